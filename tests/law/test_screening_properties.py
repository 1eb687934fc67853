"""The real law under random facts: settled means settled, and what is missing is what settles."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.law.given_facts import Value
from app.law.models import Charge, Fact
from app.law.notation import comparisons
from app.law.screening import Finding, screen
from app.law.standards import timelines
from app.law.statute_checks import conditions
from app.law.statutes import law

CHARGES = [timeline.charge for timeline in timelines()]
MIND = [fact.id for fact in law().facts.values() if fact.assumed_when_unknown is not None]
days = st.tuples(st.dates(date(2009, 1, 1), date(2026, 1, 1)), st.integers(0, 3000))


@cache
def _read_by(code: str) -> dict[str, list[Decimal]]:
    """The base facts a charge reads, with the limits they are held against."""
    read: dict[str, list[Decimal]] = {}
    for condition, _ in conditions(law().charges[code]):
        for one in comparisons(condition):
            fact = law().facts[one.fact]
            if not fact.counted_from and one.fact not in ("conduct", "product_category"):
                for name in fact.sum_of or [fact.id]:
                    read.setdefault(name, []).append(one.limit or Decimal(0))
    return read


def _values(fact: Fact, limits: list[Decimal]) -> st.SearchStrategy[Any]:
    if fact.type == "bool":
        return st.booleans()
    if fact.type == "enum":
        return st.sampled_from([word for word in fact.values if word != "unknown"])
    if fact.type == "set":
        return st.frozensets(st.sampled_from(list(fact.values)), max_size=2)
    shares = st.sampled_from(["0", "0.33", "0.5", "0.8", "0.99", "1", "2"])
    return st.builds(lambda limit, share: limit * Decimal(share), st.sampled_from(limits), shares)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Charge, dict[str, Any], dict[str, Any], date, date]:
    """A charge, facts that bring it into view, the same completed, day of act and of decision."""
    charge = draw(st.sampled_from(CHARGES))
    gates = charge.applies_to
    assert gates is not None
    category = gates.product_category or frozenset({"general", "tobacco", "publication", "drug", "salt"})
    seen = {
        "conduct": frozenset({draw(st.sampled_from(sorted(gates.conduct)))}),
        "product_category": frozenset({draw(st.sampled_from(sorted(category)))}),
    }
    full = {
        name: draw(_values(law().facts[name], limits)) for name, limits in _read_by(charge.charge).items()
    }
    known = draw(st.sets(st.sampled_from(sorted(full)))) if full else set()
    act, later = draw(days)
    decided = min(date.fromordinal(act.toordinal() + later), date(2026, 6, 1))
    return charge, {**seen, **{name: full[name] for name in known}}, {**seen, **full}, act, decided


def _finding(charge: Charge, facts: Mapping[str, Value], act: date | None, decided: date) -> Finding:
    return next(one for one in screen(facts, act, decided).findings if one.charge == charge.charge)


@settings(max_examples=400, deadline=None)
@given(cases())
def test_what_is_settled_stays_and_what_is_missing_settles(
    case: tuple[Charge, dict[str, Any], dict[str, Any], date, date],
) -> None:
    charge, partly, full, act, decided = case
    before = _finding(charge, partly, act, decided)
    mind = {name: partly[name] for name in MIND if name in partly}
    after = _finding(charge, {**{n: v for n, v in full.items() if n not in MIND}, **mind}, act, decided)
    assert after.outcome != "undetermined"
    assert after.missing_facts == ()
    if before.outcome == "undetermined":
        assert before.missing_facts
        assert not set(before.missing_facts) & (partly.keys() | set(MIND))
        told = {**partly, **{name: full[name] for name in before.missing_facts if name in full}}
        settled = _finding(charge, told, act, decided)
        assert (settled.outcome == "reached") is (after.outcome == "reached")
        assert settled.outcome != "undetermined"
    else:
        assert before.missing_facts == ()
        assert (before.outcome == "reached") is (after.outcome == "reached")


@settings(max_examples=300, deadline=None)
@given(cases(), st.data())
def test_more_of_a_figure_never_helps_the_party(
    case: tuple[Charge, dict[str, Any], dict[str, Any], date, date], data: st.DataObject
) -> None:
    charge, _, full, act, decided = case
    figures = sorted(
        name for name, value in full.items() if isinstance(value, Decimal) and name != "capital_min"
    )
    if figures and _finding(charge, full, act, decided).outcome == "reached":
        name = data.draw(st.sampled_from(figures))
        assert _finding(charge, full | {name: full[name] + 1}, act, decided).outcome == "reached"


@settings(max_examples=300, deadline=None)
@given(cases())
def test_without_a_day_of_act_reached_means_reached_on_every_day(
    case: tuple[Charge, dict[str, Any], dict[str, Any], date, date],
) -> None:
    charge, partly, _, act, decided = case
    undated, dated = _finding(charge, partly, None, decided), _finding(charge, partly, act, decided)
    stood = any(version.from_ <= act for version in charge.versions)
    if stood and len(charge.tracks) == 1 and not any(limb.from_ for v in charge.versions for limb in v.limbs):
        if undated.outcome == "reached":
            assert dated.outcome == "reached"
        elif undated.outcome != "undetermined":
            assert dated.outcome != "reached"
