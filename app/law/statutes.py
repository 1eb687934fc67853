"""Loads the law's files into frozen records and refuses what does not fit, with file, line and remedy."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from app.law.models import (
    Accumulation,
    Cause,
    CausesFile,
    Charge,
    Fact,
    FactsFile,
    Instrument,
    InstrumentsFile,
    Limitation,
)
from app.law.reading import LAW, Problems, checker, read
from app.law.statute_checks import (
    check_causes,
    check_charge,
    check_counted,
    check_facts,
    check_ids,
)

Record = TypeVar("Record")


@dataclass(frozen=True)
class Law:
    """Everything screening reads. `version` is a short content hash of the files it was loaded from.

    `checked_to` says up to when the sources were looked through for changes.
    """

    version: str
    checked_to: str
    facts: Mapping[str, Fact]
    limitation: Limitation
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

    def in_words(self, text: str) -> str:
        """A note with the numbers of instruments in place of their ids."""
        return _spelled_out(text, self.instruments)


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
    """Load facts.yaml, instruments.yaml, causes.yaml and charges/*.yaml of a folder.

    Raises LawDataError with everything that is wrong.
    """
    files = [folder / name for name in ("facts.yaml", "instruments.yaml", "causes.yaml")]
    facts_file, instruments_file, causes_file = files
    problems = Problems()
    with problems.noted():
        instruments_data = read(instruments_file, InstrumentsFile)
        instruments = _by_id(instruments_file, ((one.id, one) for one in instruments_data.instruments))
    with problems.noted():
        facts_data = read(facts_file, FactsFile)
        facts = _by_id(facts_file, ((fact.id, fact) for fact in facts_data.facts))
        accumulation = _by_id(facts_file, ((rule.id, rule) for rule in facts_data.accumulation))
        check_facts(facts_file, facts, accumulation, problems)
    problems.tell()
    for name, fact in facts.items():
        facts[name] = fact.model_copy(update={"measured": _spelled_out(fact.measured, instruments)})
    charge_files = _charge_files(folder / "charges", problems)
    charges = _charges(charge_files, facts, instruments, problems)
    with problems.noted():
        causes = _by_id(causes_file, ((one.id, one) for one in read(causes_file, CausesFile).causes))
        unread = {file.stem for file in charge_files} - {name.replace("/", "-") for name in charges}
        known = unread | {name for name, one in charges.items() if one.kind == "charge"}
        check_causes(causes_file, causes.values(), facts, known, problems)
        check_counted(facts_file, facts.values(), known, causes, problems)
    problems.tell()
    return Law(
        version=_content_hash([*files, *charge_files]),
        checked_to=instruments_data.checked_to,
        facts=MappingProxyType(facts),
        limitation=facts_data.limitation,
        accumulation=MappingProxyType(accumulation),
        instruments=MappingProxyType(instruments),
        charges=MappingProxyType(charges),
        causes=MappingProxyType(causes),
    )


def _charges(
    files: Iterable[Path],
    facts: Mapping[str, Fact],
    instruments: Mapping[str, Instrument],
    problems: Problems,
) -> dict[str, Charge]:
    found: list[tuple[Path, Charge]] = []
    for file in files:
        with problems.noted():
            charge = read(file, Charge)
            check_charge(file, charge, facts, instruments, problems)
            found.append((file, charge))
    check_ids(found, problems)
    return {charge.charge: charge for _, charge in found}


def _charge_files(folder: Path, problems: Problems) -> list[Path]:
    """The files of charges in the order of their articles."""
    ordered: list[tuple[list[int], Path]] = []
    for file in sorted(folder.glob("*.yaml")):
        with problems.noted():
            parts = file.stem.split("-")
            numbered = all(part.isascii() and part.isdecimal() for part in parts)
            checker(file)(numbered, "charge:", "文件名不是罪名编号", "用条文号作文件名，如 142-1.yaml")
            ordered.append(([int(part) for part in parts], file))
    with problems.noted():
        checker(folder)(bool(ordered), "", "没有罪名文件", "核对文件夹：charges/ 下一个罪名一个文件")
    return [file for _, file in sorted(ordered)]


def _by_id(file: Path, items: Iterable[tuple[str, Record]]) -> dict[str, Record]:
    found: dict[str, Record] = {}
    problems = Problems()
    for name, item in items:
        with problems.noted():
            checker(file)(name not in found, f"id: {name}", f"编号 {name} 重复", "每一条各用一个编号")
        found[name] = item
    problems.tell()
    return found


def _content_hash(files: Iterable[Path]) -> str:
    content = hashlib.sha256()
    for file in files:
        content.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return content.hexdigest()[:12]
