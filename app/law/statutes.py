"""Loads the law's files into frozen records and refuses what does not fit, with file, line and remedy."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from app.law.models import (
    FIGURES,
    Accumulation,
    Cause,
    CausesFile,
    Charge,
    Fact,
    FactsFile,
    Instrument,
    InstrumentsFile,
    Version,
)
from app.law.notation import ORDERINGS, Comparison, Condition, comparisons
from app.law.reading import LAW, checker, read

Record = TypeVar("Record")


@dataclass(frozen=True)
class Law:
    """Everything screening reads. `version` is a short content hash of the files it was loaded from.

    `checked_to` says up to when the sources were looked through for changes.
    """

    version: str
    checked_to: str
    facts: Mapping[str, Fact]
    accumulation: Mapping[str, Accumulation]
    instruments: Mapping[str, Instrument]
    charges: Mapping[str, Charge]
    causes: Mapping[str, Cause]

    def citation(self, cite: str) -> str:
        """A citation in full: 《title》（number）article. Ids of further instruments become their numbers."""
        instrument_id, _, article = cite.partition(" ")
        instrument = self.instruments[instrument_id]
        title = instrument.cited_as or f"《{instrument.title}》（{instrument.number}）"
        return title + _spelled_out(article, self.instruments)


def _spelled_out(text: str, instruments: Mapping[str, Instrument]) -> str:
    """The text with the numbers of instruments instead of their ids."""

    def number(found: re.Match[str]) -> str:
        instrument = instruments.get(found[0])
        return (instrument.cited_as or instrument.number) if instrument else found[0]

    return re.sub(r"[A-Z][A-Z0-9_]*", number, text)


@lru_cache(maxsize=1)
def law() -> Law:
    """The law in force in this installation. Raises LawDataError."""
    return load(LAW)


def load(folder: Path) -> Law:
    """Load facts.yaml, instruments.yaml, causes.yaml and charges/*.yaml of a folder. Raises LawDataError."""
    charge_files = sorted((folder / "charges").glob("*.yaml"), key=_article_order)
    files = [folder / name for name in ("facts.yaml", "instruments.yaml", "causes.yaml")]
    facts_file, instruments_file, causes_file = files
    facts_data = read(facts_file, FactsFile)
    facts = _unique(facts_file, [(fact.id, fact) for fact in facts_data.facts])
    accumulation = _unique(facts_file, [(rule.id, rule) for rule in facts_data.accumulation])
    instruments_data = read(instruments_file, InstrumentsFile)
    instruments = _unique(instruments_file, [(one.id, one) for one in instruments_data.instruments])
    _check_facts(facts_file, facts, accumulation)
    for name, fact in facts.items():
        facts[name] = fact.model_copy(update={"measured": _spelled_out(fact.measured, instruments)})
    charges: dict[str, Charge] = {}
    for file in charge_files:
        charge = read(file, Charge)
        _check_charge(file, charge, facts, instruments)
        checker(file)(
            charge.charge not in charges, "charge:", f"charge {charge.charge} twice", "one file a charge"
        )
        charges[charge.charge] = charge
    causes = _unique(causes_file, [(cause.id, cause) for cause in read(causes_file, CausesFile).causes])
    _check_causes(causes_file, causes.values(), facts, charges)
    _check_ids(charge_files, charges)
    content = hashlib.sha256()
    for file in [*files, *charge_files]:
        content.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return Law(
        version=content.hexdigest()[:12],
        checked_to=instruments_data.checked_to,
        facts=MappingProxyType(facts),
        accumulation=MappingProxyType(accumulation),
        instruments=MappingProxyType(instruments),
        charges=MappingProxyType(charges),
        causes=MappingProxyType(causes),
    )


def _article_order(file: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in file.stem.split("-"))


def _unique(file: Path, items: list[tuple[str, Record]]) -> dict[str, Record]:
    found: dict[str, Record] = {}
    for name, item in items:
        checker(file)(name not in found, f"id: {name}", f"id {name} twice", "give every record its own id")
        found[name] = item
    return found


def _check_facts(file: Path, facts: Mapping[str, Fact], accumulation: Mapping[str, Accumulation]) -> None:
    check = checker(file)
    partners: dict[str, frozenset[str]] = {}
    for fact in facts.values():
        place = f"id: {fact.id}"
        check(
            (fact.type in ("enum", "set")) == bool(fact.values),
            place,
            f"{fact.id}: values",
            "enum and set need values, others have none",
        )
        check(
            fact.type not in ("money_yuan", "count") or fact.unit is not None,
            place,
            f"{fact.id} has no unit",
            "add `unit:`",
        )
        known = fact.accumulated is None or fact.accumulated in accumulation
        check(
            known, place, f"unknown accumulation rule {fact.accumulated}", "define it under `accumulation:`"
        )
        for part in fact.sum_of:
            check(
                part in facts and facts[part].type in FIGURES,
                place,
                f"{part} is no figure",
                "a sum has figures as parts",
            )
            pair = frozenset(fact.sum_of)
            check(
                len(pair) == 2 and partners.setdefault(part, pair) == pair,
                place,
                f"{part} stands in sums with different partners",
                "a figure is added to one other figure only",
            )


def _check_charge(
    file: Path, charge: Charge, facts: Mapping[str, Fact], instruments: Mapping[str, Instrument]
) -> None:
    check = checker(file)
    needs = charge.kind == "rule" or charge.applies_to is not None
    check(needs, "charge:", "no conduct gate", "add `applies_to: {conduct: [...]}`")
    if charge.applies_to:
        for fact in ("conduct", "product_category"):
            strange = getattr(charge.applies_to, fact) - facts[fact].values.keys()
            check(not strange, "applies_to", f"{fact}: {sorted(strange)} not in facts.yaml", "use its values")
    for version in charge.versions:
        _check_version(file, version, instruments)
    for track, versions in charge.tracks.items():
        for earlier, later in pairwise(versions):
            apart = earlier.to is not None and earlier.to < later.from_
            check(
                apart,
                f"id: {later.id}",
                f"{earlier.id} and {later.id} overlap in track {track}",
                "end the earlier on the day before",
            )
    for condition, place in conditions(charge):
        for comparison in comparisons(condition):
            _check_comparison(file, comparison, place, facts)


def _check_version(file: Path, version: Version, instruments: Mapping[str, Instrument]) -> None:
    check = checker(file)
    ordered = version.to is None or version.from_ <= version.to
    check(ordered, f"id: {version.id}", f"{version.id} ends before it begins", "exchange the dates")
    for instrument in [*version.instruments, *(cite.partition(" ")[0] for cite in version.citations)]:
        check(
            instrument in instruments,
            instrument,
            f"unknown instrument {instrument}",
            "add it to instruments.yaml",
        )


def conditions(charge: Charge) -> Iterable[tuple[Condition, Version | None]]:
    """Every condition of a charge with the version in which it stands (none: in all)."""
    for element in charge.elements:
        yield element, None
    for version in charge.versions:
        for condition in version.written_conditions:
            yield condition, version


def _check_comparison(
    file: Path, comparison: Comparison, version: Version | None, facts: Mapping[str, Fact]
) -> None:
    check = checker(file)
    place = comparison.written
    check(comparison.fact in facts, place, f"unknown fact {comparison.fact}", "use a fact of facts.yaml")
    fact = facts[comparison.fact]
    allowed = {
        "bool": {"is"}, "enum": {"is", "in"}, "set": {"any_of", "all_of", "not_empty"}, "date": set[str](),
    }.get(fact.type, set(ORDERINGS))  # fmt: skip
    check(
        comparison.operator in allowed,
        place,
        f"{comparison.operator} does not suit {fact.id} ({fact.type})",
        f"use one of {sorted(allowed)}",
    )
    check(
        (comparison.flag is not None) == (fact.type == "bool"),
        place,
        f"{fact.id} is compared with a word of another type",
        "true and false are for yes-or-no facts",
    )
    strange = comparison.values - fact.values.keys()
    check(
        not strange,
        place,
        f"{sorted(strange)} not among the values of {fact.id}",
        "use its values in facts.yaml",
    )
    summed = bool(fact.sum_of) or any(fact.id in other.sum_of for other in facts.values())
    check(
        not summed or comparison.operator == ">=",
        place,
        f"{fact.id} is part of a sum and admits only >=",
        "drop the guard: another limb covers what it splits",
    )
    counts = fact.counted_from is None or bool(version and version.half_threshold_items)
    check(counts, place, "half_threshold_hits without items", "list half_threshold_items in the version")


def _check_causes(
    file: Path, causes: Iterable[Cause], facts: Mapping[str, Fact], charges: Mapping[str, Charge]
) -> None:
    check = checker(file)
    for cause in causes:
        place = f"id: {cause.id}"
        for charge in cause.charges:
            known = charge in charges and charges[charge].kind == "charge"
            check(
                known, place, f"{cause.id}: unknown charge {charge}", "use the charge of a file in charges/"
            )
        for name, value in cause.implies.items():
            fact = facts.get(name)
            words = {value} if isinstance(value, str) else set() if isinstance(value, bool) else set(value)
            fits = fact is not None and not fact.derived and words <= fact.values.keys()
            typed = fact is not None and (fact.type, type(value)) in {
                ("bool", bool),
                ("enum", str),
                ("set", tuple),
            }
            check(
                fits and typed,
                place,
                f"{cause.id} implies {name}: {value}",
                "use facts and values of facts.yaml",
            )


def _check_ids(files: Iterable[Path], charges: Mapping[str, Charge]) -> None:
    seen: set[str] = set()
    for file, charge in zip(files, charges.values(), strict=True):
        names = [version.id for version in charge.versions]
        names += [limb.id for version in charge.versions for limb in version.limbs]
        names += [step.id for version in charge.versions for step in version.aggravated]
        for name in names:
            checker(file)(
                name not in seen, f"id: {name}", f"id {name} twice", "ids of versions and limbs are unique"
            )
            seen.add(name)
