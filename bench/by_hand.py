"""The same conditions as plain SQL, the way one writes them by hand for a query that is run once.

Each charge is a CASE over its versions, each limb a comparison of `facts ->> 'x'`; unknown stays NULL. It
leaves out what a hand leaves out: acts without a day, and open facts that settle only together.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from app.law.exact import lowered
from app.law.notation import AllOf, AtLeast, Comparison, Condition, Not
from app.law.screening import PRODUCT_CONDUCT
from app.law.standards import NEAR_SHARE, Standard, Timeline, near_figures, timelines
from app.law.statutes import law


def conclusion(applied: date) -> str:
    """An expression over `facts` and `acted`: 0 must transfer, 1 undetermined, 2 near, 3 not reached."""
    charges = ",\n  ".join(_charge(timeline, applied) for timeline in timelines())
    product = f"facts -> 'conduct' ?| {_words(PRODUCT_CONDUCT)}"
    return f"""least(
  CASE WHEN facts -> 'conduct' IS NULL THEN 1
    WHEN facts -> 'product_category' IS NULL AND {product} THEN 1 ELSE 3 END,
  {charges})"""


def _charge(timeline: Timeline, applied: date) -> str:
    gate = timeline.charge.applies_to
    assert gate is not None  # noqa: S101 - every charge has one
    view = [f"facts -> 'conduct' ?| {_words(gate.conduct)}"]
    if gate.product_category:
        view.append(f"facts -> 'product_category' ?| {_words(gate.product_category)}")
    versions = []
    for first, until in timeline.spans():
        if first <= applied:
            plan = timeline.plan(first, applied)
            tracks = [_meeting(meeting.standards) for meeting in plan.tries[0] if meeting.standards]
            outcome = f"least({', '.join(tracks)})" if tracks else "3"
            days = f"acted < '{until}'" if until else "true"
            versions.append(f"WHEN {days} THEN {outcome}")
    return f"CASE WHEN {' AND '.join(view)} THEN CASE {' '.join(versions)} END END"


def _meeting(standards: tuple[Standard, ...]) -> str:
    both = [_standard(one) for one in standards]
    return f"greatest({', '.join(both)})" if len(both) > 1 else both[0]


def _standard(standard: Standard) -> str:
    before = [_sql(one.condition) for one in standard.requirements if not one.limb]
    limbs = [_sql(one.condition) for one in standard.requirements if one.limb]
    reached = _all([*before, _any(limbs)])
    close = [_sql(lowered(one, NEAR_SHARE)) for limb in standard.requirements if limb.limb
             for one in near_figures(limb.condition)]  # fmt: skip
    below = f"CASE WHEN {_any(close)} THEN 2 ELSE 3 END"
    return f"CASE {reached} WHEN true THEN 0 WHEN false THEN {below} ELSE 1 END"


def _sql(condition: Condition) -> str:
    if isinstance(condition, Comparison):
        return _comparison(condition)
    if isinstance(condition, Not):
        return f"(NOT {_sql(condition.part)})"
    parts = [_sql(part) for part in condition.parts]
    if isinstance(condition, AtLeast):
        held = " + ".join(f"coalesce(({part})::int, 0)" for part in parts)
        return f"({held} >= {condition.count})"
    return _all(parts) if isinstance(condition, AllOf) else _any(parts)


def _comparison(one: Comparison) -> str:
    fact = law().facts[one.fact]
    if one.limit is not None:
        if fact.sum_of:
            total = " + ".join(f"coalesce({_figure(name)}, 0) * {n}" for name, n in fact.sum_of.items())
            return f"({total} {one.operator} {one.limit})"
        operator = "=" if one.operator == "==" else one.operator
        return f"({_figure(one.fact)} {operator} {one.limit})"
    if one.flag is not None:
        stated = f"(facts ->> '{one.fact}')::boolean"
        assumed = fact.assumed_when_unknown
        stated = stated if assumed is None else f"coalesce({stated}, {str(assumed).lower()})"
        return stated if one.flag else f"(NOT {stated})"
    match one.operator:
        case "is" | "in":
            stated = f"facts ->> '{one.fact}'"
            if fact.assumed_when_unknown is not None:
                stated = f"coalesce({stated}, '{fact.assumed_when_unknown}')"
            return f"({stated} = ANY ({_words(one.values)}))"
        case "any_of":
            return f"(facts -> '{one.fact}' ?| {_words(one.values)})"
        case "all_of":
            return f"(facts -> '{one.fact}' ?& {_words(one.values)})"
        case "not_stated":
            return f"(NOT coalesce(facts -> '{one.fact}' ?| {_words(one.values)}, false))"
    return f"(facts -> '{one.fact}' <> '[]')"


def _figure(name: str) -> str:
    return f"(facts ->> '{name}')::numeric"


def _all(parts: Iterable[str]) -> str:
    return f"({' AND '.join(parts) or 'true'})"


def _any(parts: Iterable[str]) -> str:
    return f"({' OR '.join(parts) or 'false'})"


def _words(words: Iterable[str]) -> str:
    return f"'{{{','.join(sorted(words))}}}'::text[]"
