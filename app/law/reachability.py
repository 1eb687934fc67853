"""Finds in the law's data what can never come true: limbs, versions, and the charges a cause of action names.

Exact, over all completions of the facts. A limb that others absorb (whenever it holds, one of them does) may
well stand so in the statute; a limb that no facts can fulfil is an error of the data.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from app.law.completion import Decider
from app.law.given_facts import parse_facts
from app.law.logic import Formula
from app.law.models import Cause, Charge, Limb, Version
from app.law.notation import AllOf, AnyOf, Comparison, Condition, Not
from app.law.reading import LAW, LawDataError, line_of
from app.law.standards import Standard
from app.law.statutes import law


def impossible(charge: Charge) -> Iterator[LawDataError]:
    """Limbs and versions of a charge that can never decide a case."""
    for version in charge.versions:
        if version.to and version.to < charge.offence_since.from_:
            yield _at(
                charge,
                version.id,
                f"{version.id} 在行为入罪（{charge.offence_since.from_}）之前已不再施行，永远不会适用",
                "核对 from、to 与 offence_since",
            )
        before, limbs = _requirements(charge, version)
        for limb, condition in limbs:
            if limb.from_ and version.to and limb.from_ > version.to:
                yield _at(charge, limb.id, f"{limb.id} 的 from 晚于本版本的 to，永远不会适用", "核对 from")
            elif not _possible([*before, condition]):
                says = f"{limb.id} 的条件与前提互相矛盾，永远不可能成立"
                yield _at(charge, limb.id, says, "核对条件、gate 与 elements")
        for step in version.aggravated:
            if not _possible([*before, step.when]):
                yield _at(charge, step.id, f"{step.id} 的条件与前提互相矛盾，永远不可能成立", "核对条件")


def absorbed(charge: Charge) -> Iterator[LawDataError]:
    """Limbs that say nothing of their own: whenever they hold, another limb of the version holds too."""
    for version in charge.versions:
        before, limbs = _requirements(charge, version)
        silent: set[str] = set()
        for limb, condition in limbs:
            others = [
                (other, its) for other, its in limbs if other.id not in silent and _covers_time(other, limb)
            ]
            if not others or _possible([*before, condition, Not(AnyOf(tuple(its for _, its in others)))]):
                continue
            silent.add(limb.id)
            by = [other.id for other, its in others if not _possible([*before, condition, Not(its)])]
            named = "、".join(by) if by else "其他各项合起来"
            yield _at(
                charge,
                limb.id,
                f"{limb.id} 已被{named}包括：它成立时后者必成立",
                "条文确实这样写的可以保留，否则核对数额和条件",
            )


def unreachable_charges(cause: Cause) -> Iterator[LawDataError]:
    """Charges of a cause that the facts it implies rule out."""
    given = parse_facts(cause.implies)
    for name in cause.charges:
        charge = law().charges[name]
        if not any(_may_reach(charge, version, given) for version in charge.versions):
            file = LAW / "causes.yaml"
            yield LawDataError(
                file,
                line_of(file, f"id: {cause.id}"),
                f"案由 {cause.id} 带出的要素使罪名 {name} 永远不可能达到",
                "核对 implies，或者从 charges 中删去该罪名",
            )


def _may_reach(charge: Charge, version: Version, given: Mapping[str, Any]) -> bool:
    standard = Standard(charge, version, version.limbs)
    if not version.limbs:
        return bool(version.questions)  # only an officer can say
    return _possible([*_brought_into_view(charge), standard.condition], given)


def _requirements(charge: Charge, version: Version) -> tuple[list[Condition], list[tuple[Limb, Condition]]]:
    standard = Standard(charge, version, version.limbs)
    before = _brought_into_view(charge)
    limbs: list[tuple[Limb, Condition]] = []
    for one in standard.requirements:
        if one.limb is None:
            before.append(one.condition)
        else:
            limbs.append((one.limb, one.condition))
    return before, limbs


def _brought_into_view(charge: Charge) -> list[Condition]:
    gate = charge.applies_to
    if gate is None:
        return []
    conditions: list[Condition] = [Comparison("conduct", "any_of", values=gate.conduct)]
    if gate.product_category:
        conditions.append(Comparison("product_category", "any_of", values=gate.product_category))
    return conditions


def _possible(conditions: Iterable[Condition], given: Mapping[str, Any] | None = None) -> bool:
    """Whether some facts fulfil them all together."""
    facts = law().facts
    settled, _ = Decider(Formula(AllOf(tuple(conditions)), facts), facts).decide(given or {})
    return settled is not False


def _covers_time(other: Limb, limb: Limb) -> bool:
    """Whether `other` may stand in for `limb`: another one, in force as early, taken out by no more cases."""
    if other is limb or (other.displaced_for and other.displaced_for != limb.displaced_for):
        return False
    return other.from_ is None or (limb.from_ is not None and other.from_ <= limb.from_)


def _at(charge: Charge, name: str, problem: str, remedy: str) -> LawDataError:
    file = charge_file(charge.charge)
    return LawDataError(file, line_of(file, f"id: {name}"), problem, remedy)


def charge_file(charge: str) -> Path:
    """Where a charge stands."""
    return LAW / "charges" / f"{charge.replace('/', '-')}.yaml"
