"""Conditions rewritten so that plain three-valued logic, SQL's too, loses nothing.

Kleene's logic calls a condition unknown although it is settled where a missing fact would have to take two
values at once: `party_type is person` and `party_type is unit` are both unknown, yet one of them holds. Of
all other facts the missing ones can take, together, the values that suit every comparison best, and those
that suit it worst; there the logic is exact. So only facts of the first kind are written out, value by value:

    exact(f)  =  (f or (f with value 1 and f with value 2 …)) and (f with value 1 or f with value 2 …)

which equals f where the fact is known, and else is true, false or unknown exactly as the values say.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from app.law.completion import figures_between, word_holds, word_values
from app.law.logic import holds
from app.law.models import Fact
from app.law.notation import AllOf, AnyOf, AtLeast, Comparison, Condition, Not, comparisons

ALWAYS, NEVER = AllOf(()), AnyOf(())


class NotExactError(ValueError):
    """Sums that are asked for from both sides (by a limb and by an exception): there is no finite form."""


def exact(condition: Condition, facts: Mapping[str, Fact], known: Collection[str] = ()) -> Condition:
    """The condition in the form described above. Facts in `known` are never missing. Raises NotExactError."""
    condition = simplified(_without_trivial(condition, facts))
    written_out = _two_sided(condition, facts, known)
    while written_out:  # the order decides only how long the result is
        results = {name: _written_out(condition, name, values) for name, values in written_out.items()}
        name = min(results, key=lambda one: len(comparisons(results[one])))
        condition = results[name]
        del written_out[name]
    return condition


def two_sided(
    condition: Condition, facts: Mapping[str, Fact], known: Collection[str] = ()
) -> tuple[str, ...]:
    """The facts that are written out: while they are stated, the condition is exact as it stands."""
    return tuple(_two_sided(simplified(_without_trivial(condition, facts)), facts, known))


def _two_sided(
    condition: Condition, facts: Mapping[str, Fact], known: Collection[str]
) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for name, asked in _asked(condition, facts).items():
        if name not in known:
            values = _values(facts, name, [one for one, _ in asked])
            if values is None:
                _check_one_sided(name, asked)
            elif not _one_sided(asked, values):
                found[name] = values
    return found


def simplified(condition: Condition) -> Condition:
    """Constants folded, joins of joins flattened, repeated parts dropped."""
    if isinstance(condition, Comparison):
        return condition
    if isinstance(condition, Not):
        part = simplified(condition.part)
        return NEVER if part == ALWAYS else ALWAYS if part == NEVER else Not(part)
    parts = [simplified(part) for part in condition.parts]
    if isinstance(condition, AtLeast):
        return _at_least(condition.count, parts)
    return _joined(type(condition), parts)


def _joined(kind: type[AllOf] | type[AnyOf], parts: Iterable[Condition]) -> Condition:
    ends = NEVER if kind is AllOf else ALWAYS
    kept: dict[Condition, None] = {}
    for part in parts:
        kept.update(dict.fromkeys(part.parts if isinstance(part, kind) else [part]))
    if ends in kept:
        return ends
    return next(iter(kept)) if len(kept) == 1 else kind(tuple(kept))


def _at_least(count: int, parts: list[Condition]) -> Condition:
    count -= parts.count(ALWAYS)
    left = tuple(part for part in parts if part not in (ALWAYS, NEVER))
    if count <= 0:
        return ALWAYS
    return AtLeast(count, left) if count <= len(left) else NEVER


def _without_trivial(condition: Condition, facts: Mapping[str, Fact]) -> Condition:
    """Comparisons that hold for every value, or for none, as constants: no figure is below zero."""
    if isinstance(condition, Comparison):
        limit = condition.limit
        if limit is None or limit > 0 or (limit == 0 and condition.operator not in (">=", "<")):
            return condition
        return ALWAYS if condition.operator in (">=", ">") else NEVER
    if isinstance(condition, Not):
        return Not(_without_trivial(condition.part, facts))
    return replace(condition, parts=tuple(_without_trivial(part, facts) for part in condition.parts))


Asked = list[tuple[Comparison, bool]]


def _asked(condition: Condition, facts: Mapping[str, Fact]) -> dict[str, Asked]:
    """The comparisons of each base fact, and whether the condition gains (True) when they hold."""
    asked: dict[str, Asked] = {}
    for one, gains in _signed(condition, gains=True):
        if one.operator != "not_stated":  # speaks of what is stated, so it is never unknown
            for name in facts[one.fact].sum_of or [one.fact]:
                asked.setdefault(name, []).append((one, gains))
    return asked


def _signed(condition: Condition, gains: bool) -> Iterator[tuple[Comparison, bool]]:
    if isinstance(condition, Comparison):
        yield condition, gains
    elif isinstance(condition, Not):
        yield from _signed(condition.part, not gains)
    else:
        for part in condition.parts:
            yield from _signed(part, gains)


def _values(facts: Mapping[str, Fact], name: str, asked: list[Comparison]) -> list[Any] | None:
    """Values that stand for all that the fact can take; None for a part of a sum, which has no few."""
    if any(facts[one.fact].sum_of for one in asked):
        return None
    if asked[0].limit is None:
        return word_values(facts[name], asked)
    return figures_between({Fraction(one.limit) for one in asked if one.limit is not None})


def _one_sided(asked: Asked, values: list[Any]) -> bool:
    """Whether one value suits all comparisons best, and one suits all worst."""
    suits = [{_holds(one, value) is gains for one, gains in asked} for value in values]
    return {True} in suits and {False} in suits


def _check_one_sided(name: str, asked: Asked) -> None:
    if any(one.operator != ">=" for one, _ in asked) or len({gains for _, gains in asked}) > 1:
        raise NotExactError(
            f"{name} is part of a sum, and one condition asks for more of it where another asks for less"
        )


def _holds(comparison: Comparison, value: Any) -> bool:
    if comparison.limit is not None:
        return holds(value, comparison.operator, Fraction(comparison.limit))
    return word_holds(comparison, value)


def _written_out(condition: Condition, name: str, values: list[Any]) -> Condition:
    """The exact form for one fact, made where all that asks for the fact stands together."""
    if isinstance(condition, AllOf | AnyOf):
        about = [part for part in condition.parts if _mentions(part, name)]
        others = [part for part in condition.parts if not _mentions(part, name)]
        if len(about) == 1 and not isinstance(about[0], Comparison):
            return _joined(type(condition), [*others, _written_out(about[0], name, values)])
        if others:
            together = _joined(type(condition), about)
            return _joined(type(condition), [*others, _written_out(together, name, values)])
    each = dict.fromkeys(simplified(_with_value(condition, name, value)) for value in values)
    if len(each) == 1:
        return next(iter(each))
    always, ever = _joined(AllOf, each), _joined(AnyOf, each)
    return _joined(AllOf, [_joined(AnyOf, [condition, always]), ever])


def _mentions(condition: Condition, name: str) -> bool:
    return any(one.fact == name and one.operator != "not_stated" for one in comparisons(condition))


def _with_value(condition: Condition, name: str, value: Any) -> Condition:
    if isinstance(condition, Comparison):
        if condition.fact != name or condition.operator == "not_stated":
            return condition
        return ALWAYS if _holds(condition, value) else NEVER
    if isinstance(condition, Not):
        return Not(_with_value(condition.part, name, value))
    return replace(condition, parts=tuple(_with_value(part, name, value) for part in condition.parts))


def lowered(condition: Condition, share: Decimal) -> Condition:
    """The condition with every limit of a `>=` lowered to a share of it."""
    if isinstance(condition, Comparison):
        if condition.limit is None or condition.operator != ">=":
            return condition
        return replace(condition, limit=condition.limit * share)
    if isinstance(condition, Not):
        return Not(lowered(condition.part, share))
    return replace(condition, parts=tuple(lowered(part, share) for part in condition.parts))
