"""One figure at its limit, and just below it: `tests/law/pairs/*.yaml`, and every limit of the law's data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.law.given_facts import Value, parse_facts
from app.law.models import Limb, Version
from app.law.notation import AnyOf, Comparison, Condition, Not, comparisons
from app.law.screening import Finding, screen
from app.law.standards import Timeline, timelines
from app.law.statutes import law

PAIRS = [
    pytest.param(pair, id=pair["article"])
    for file in sorted((Path(__file__).parent / "pairs").glob("*.yaml"))
    for pair in yaml.safe_load(file.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize("pair", PAIRS)
def test_at_the_limit_and_just_below(pair: dict[str, Any]) -> None:
    outcomes = [outcome for outcome in ("reached", "near", "not_reached") if outcome in pair]
    assert outcomes[0] == "reached"
    assert len(outcomes) == 2
    for outcome in outcomes:
        facts = parse_facts({**pair["facts"], **pair[outcome]})
        assert _finding(facts, pair["charge"], pair["act"]).outcome == outcome


def _finding(facts: Mapping[str, Value], charge: str, day: date) -> Finding:
    return next(one for one in screen(facts, day, day).findings if one.charge == charge)


Limit = tuple[Timeline, Version, Limb, Comparison]


def _limits() -> Iterator[Limit]:
    for timeline in timelines():
        for version in timeline.charge.versions:
            for limb in version.limbs:
                for one in comparisons(limb.when):
                    if one.operator == ">=" and law().facts[one.fact].counted_from is None:
                        yield timeline, version, limb, one


@pytest.mark.parametrize("limit", [pytest.param(one, id=f"{one[2].id} {one[3].fact}") for one in _limits()])
def test_every_limit_of_the_data_from_both_sides(limit: Limit) -> None:
    timeline, version, limb, comparison = limit
    charge = timeline.charge
    day = max(version.from_, limb.from_ or version.from_)
    facts: dict[str, Any] = dict(_nothing())
    gates = charge.applies_to
    assert gates is not None
    facts["conduct"], facts["product_category"] = (
        gates.conduct,
        gates.product_category or frozenset({"general"}),
    )
    for condition in (*charge.elements, *version.gate, limb.when):
        _fulfil(condition, comparison, facts)
    at_limit = _finding(facts, charge.charge, day)
    assert at_limit.outcome == "reached"
    lowered = facts | {_part(comparison): facts[_part(comparison)] - Decimal("0.0001")}
    assert _met(at_limit, limb) is True
    if _alternative(limb.when, comparison) is False:
        assert _met(_finding(lowered, charge.charge, day), limb) is False


def _met(finding: Finding, limb: Limb) -> bool | None:
    """Whether the limb is met; a finding of another track, or of none, does not show it."""
    return next((one.met for one in finding.conditions if one.limb == limb.id), False)


def _nothing() -> dict[str, Any]:
    """Every fact known, and none of them to the party's burden."""
    nothing: dict[str, Any] = {}
    for fact in law().facts.values():
        if fact.type == "bool":
            nothing[fact.id] = fact.assumed_when_unknown is True
        elif fact.type == "set" and not fact.never_empty:
            nothing[fact.id] = frozenset[str]()
        elif fact.unit or fact.type == "ratio":
            nothing[fact.id] = Decimal(0)
    return nothing | {"knowing": "yes"}


def _part(comparison: Comparison) -> str:
    """The figure to move: the last part of a sum, which counts once."""
    return next(reversed(law().facts[comparison.fact].sum_of), comparison.fact)


def _fulfil(condition: Condition, wanted: Comparison, facts: dict[str, Any]) -> None:
    """Set the facts so that the condition just holds, by way of the wanted comparison where it can."""
    if isinstance(condition, AnyOf):
        parts = [part for part in condition.parts if wanted in comparisons(part)] or list(condition.parts)
        _fulfil(parts[0], wanted, facts)
    elif isinstance(condition, Comparison):
        _fulfil_comparison(condition, facts)
    elif not isinstance(condition, Not):
        for part in condition.parts:
            _fulfil(part, wanted, facts)


def _fulfil_comparison(one: Comparison, facts: dict[str, Any]) -> None:
    if one.limit is not None:
        facts[_part(one)] = one.limit + 1 if one.operator == ">" else one.limit
    elif one.flag is not None:
        facts[one.fact] = one.flag
    elif one.operator in ("is", "in"):
        facts[one.fact] = min(one.values)
    elif one.operator == "not_empty":
        facts[one.fact] = frozenset({next(iter(law().facts[one.fact].values))})
    else:
        facts[one.fact] = frozenset(facts.get(one.fact, frozenset()) | one.values)


def _alternative(condition: Condition, wanted: Comparison) -> bool:
    """Whether another branch of the same limb may hold although the wanted comparison does not."""
    if isinstance(condition, Comparison | Not):
        return False
    if isinstance(condition, AnyOf):
        others = [part for part in condition.parts if wanted not in comparisons(part)]
        shared = {one.fact for part in others for one in comparisons(part)}
        return wanted.fact in shared or any(_alternative(part, wanted) for part in condition.parts)
    return any(_alternative(part, wanted) for part in condition.parts)


def test_each_version_governs_from_its_first_day_to_its_last() -> None:
    for timeline in timelines():
        gates = timeline.charge.applies_to
        assert gates is not None
        facts = {
            "conduct": gates.conduct,
            "product_category": gates.product_category or frozenset({"general"}),
        }
        for version in timeline.charge.versions:
            if len(timeline.charge.tracks) > 1:
                continue
            for day in (version.from_, version.to or version.from_ + timedelta(days=400)):
                assert _finding(facts, timeline.charge.charge, day).law_version == version.id
