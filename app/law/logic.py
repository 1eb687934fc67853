"""Conditions over facts in three truths: True, False, and None while facts that matter are unknown.

A condition is compiled once into numbered comparisons and a small tree over their numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Context, Decimal
from typing import Any

from app.law.models import Fact
from app.law.notation import AllOf, AtLeast, Comparison, Condition, Not

Truth = bool | None
Facts = Mapping[str, Any]
Node = int | tuple[Any, ...]
Test = Callable[[Facts], Truth]

EXACT = Context(prec=250)
"""Sums are exact: no stated figure has more digits than fit."""

ALL, ANY, AT_LEAST, NOT = "all", "any", "at_least", "not"


class Formula:
    """A condition ready to be evaluated: `tests` answer its comparisons, `node` joins their answers."""

    def __init__(self, condition: Condition, facts: Mapping[str, Fact]) -> None:
        self.comparisons: list[Comparison] = []
        self._numbers: dict[Comparison, int] = {}
        self.node = self._compile(condition)
        self._tests = Tests(enumerate(self.comparisons), facts)
        self._nothing_stated = [check_of(one, facts)({}) for one in self.comparisons]

    def _compile(self, condition: Condition) -> Node:
        if isinstance(condition, Comparison):
            number = self._numbers.setdefault(condition, len(self.comparisons))
            if number == len(self.comparisons):
                self.comparisons.append(condition)
            return number
        if isinstance(condition, Not):
            return (NOT, self._compile(condition.part))
        parts = tuple(self._compile(part) for part in condition.parts)
        if isinstance(condition, AtLeast):
            return (AT_LEAST, condition.count, parts)
        return (ALL if isinstance(condition, AllOf) else ANY, parts)

    def states(self, facts: Facts) -> list[Truth]:
        """The truth of each comparison."""
        states = self._nothing_stated.copy()
        self._tests.answer(facts, states)
        return states

    def reading(self, fact: str) -> list[int]:
        """The numbers of the comparisons that read a fact."""
        return [number for number, _ in self._tests.about.get(fact, ())]

    def truth(self, facts: Facts) -> Truth:
        """The truth by Kleene's logic; None may still turn out settled, see `app.law.completion`."""
        return truth(self.node, self.states(facts))


class Tests:
    """Numbered comparisons, found by the facts that they read: what nobody states is not asked for."""

    def __init__(
        self,
        comparisons: Iterable[tuple[int, Comparison]],
        facts: Mapping[str, Fact],
        share: Decimal | None = None,
    ) -> None:
        self.about: dict[str, list[tuple[int, Test]]] = {}
        for number, one in comparisons:
            test = check_of(one, facts, share)
            for name in facts[one.fact].sum_of or (one.fact,):
                self.about.setdefault(name, []).append((number, test))

    def answer(self, facts: Facts, states: list[Truth]) -> list[int]:
        """Put the truth of each comparison of a stated fact in its place; gives the places."""
        about, places = self.about, []
        for name in facts:
            for number, test in about.get(name, ()):
                states[number] = test(facts)
                places.append(number)
        return places


def truth(node: Node, states: Sequence[Truth]) -> Truth:
    """Kleene's three-valued logic over a tree."""
    if isinstance(node, int):
        return states[node]
    kind = node[0]
    if kind == ALL:
        result: Truth = True
        for part in node[1]:
            held = states[part] if isinstance(part, int) else truth(part, states)
            if held is False:
                return False
            if held is None:
                result = None
        return result
    if kind == ANY:
        result = False
        for part in node[1]:
            held = states[part] if isinstance(part, int) else truth(part, states)
            if held is True:
                return True
            if held is None:
                result = None
        return result
    if kind == NOT:
        held = truth(node[1], states)
        return None if held is None else not held
    answers = [truth(part, states) for part in node[2]]
    certain = answers.count(True)
    if certain >= node[1]:
        return True
    return None if certain + answers.count(None) >= node[1] else False


def check_of(comparison: Comparison, facts: Mapping[str, Fact], share: Decimal | None = None) -> Test:
    """The test of one comparison; `share` lowers the limit of a `>=` to that share of it."""
    name, limit = comparison.fact, comparison.limit
    if limit is not None:
        if share is not None and comparison.operator == ">=":
            limit = limit * share
        parts = facts[name].sum_of
        if parts:
            return _sum_reaches(tuple((part, Decimal(times)) for part, times in parts.items()), limit)
        return _figure_test(name, comparison.operator, limit)
    if comparison.flag is not None:
        return _equals(name, comparison.flag)
    if comparison.operator == "is":
        return _equals(name, next(iter(comparison.values)))
    if comparison.operator == "not_stated":
        return _not_stated(name, comparison.values)
    return _set_test(name, comparison.operator, comparison.values)


def _equals(name: str, wanted: bool | str) -> Test:
    def test(facts: Facts) -> Truth:
        value = facts.get(name)
        return None if value is None else value == wanted

    return test


def _not_stated(name: str, values: frozenset[str]) -> Test:
    def test(facts: Facts) -> Truth:
        return values.isdisjoint(facts.get(name, ()))

    return test


def _figure_test(name: str, operator: str, limit: Decimal) -> Test:
    def at_least(facts: Facts) -> Truth:
        value = facts.get(name)
        return None if value is None else value >= limit

    def compare(facts: Facts) -> Truth:
        value = facts.get(name)
        return None if value is None else holds(value, operator, limit)

    return at_least if operator == ">=" and limit > 0 else compare


def holds(value: Any, operator: str, limit: Any) -> bool:
    """One figure against a limit."""
    if operator == ">=":
        return bool(value >= limit)
    if operator == ">":
        return bool(value > limit)
    if operator == "<=":
        return bool(value <= limit)
    if operator == "<":
        return bool(value < limit)
    return bool(value == limit)


def _sum_reaches(parts: tuple[tuple[str, Decimal], ...], limit: Decimal) -> Test:
    def test(facts: Facts) -> Truth:
        total, missing = known_sum(parts, facts)
        if total >= limit:
            return True
        return None if missing else False

    return test


def known_sum(parts: Sequence[tuple[str, Decimal]], facts: Facts) -> tuple[Decimal, bool]:
    """The sum of the known parts, and whether a part is missing. Parts are never negative."""
    total, missing = Decimal(0), False
    for name, times in parts:
        value = facts.get(name)
        if value is None:
            missing = True
        else:
            total = EXACT.fma(times, value, total)
    return total, missing


def _set_test(name: str, operator: str, values: frozenset[str]) -> Test:
    def test(facts: Facts) -> Truth:
        value = facts.get(name)
        return None if value is None else set_holds(value, operator, values)

    return test


def set_holds(value: Any, operator: str, values: frozenset[str]) -> bool:
    """One set or word against the values of a comparison."""
    if operator == "in":
        return bool(value in values)
    if operator == "any_of":
        return not values.isdisjoint(value)
    if operator == "all_of":
        return bool(values <= value)
    return bool(value)
