"""Whether the facts still missing can change the outcome, and exactly which: over all completions at once.

Each missing fact has finitely many kinds of value that a condition can tell apart (below a limit, at it,
above it; each word; each mix of set members). The condition is unfolded over these into a decision diagram:
where it shrinks to true or false the outcome is settled, and the facts that stay in it can still change it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, pairwise
from typing import Any

from app.law.logic import ANY, AT_LEAST, NOT, Facts, Formula, Node, Truth, holds, set_holds, truth
from app.law.models import Fact
from app.law.notation import Comparison

_KEPT = 2_000


@dataclass(frozen=True, slots=True)
class Figure:
    """A comparison of missing figures: the weighted sum of one or two of them against a limit."""

    weights: tuple[tuple[str, Fraction], ...]
    operator: str
    limit: Fraction


@dataclass(frozen=True, slots=True)
class Word:
    """A comparison of a missing word, flag or set."""

    fact: str
    comparison: Comparison


Tree = bool | Figure | Word | tuple[Any, ...]


class Decider:
    """Decides one formula for any facts. Keeps what it has worked out for each pattern of missing facts."""

    def __init__(self, formula: Formula, facts: Mapping[str, Fact]) -> None:
        self.formula, self._facts = formula, facts
        self._kept: dict[tuple[Any, ...], tuple[Truth, tuple[str, ...]]] = {}
        self._open = [_pending(one, facts[one.fact], {}) for one in formula.comparisons]
        self._sums = [
            (number, tuple(facts[one.fact].sum_of))
            for number, one in enumerate(formula.comparisons)
            if facts[one.fact].sum_of
        ]

    def decide(self, facts: Facts, states: list[Truth] | None = None) -> tuple[Truth, tuple[str, ...]]:
        """True or False if every completion of the missing facts says so; else None and what matters.

        `states`: the formula's comparisons, where they are already answered for these facts.
        """
        states = self.formula.states(facts) if states is None else states
        settled = truth(self.formula.node, states)
        if settled is not None:
            return settled, ()
        half_known = any(
            states[number] is None and not facts.keys().isdisjoint(parts) for number, parts in self._sums
        )
        pattern = self._ranked(states, facts) if half_known else tuple(states)
        answer = self._kept.get(pattern)
        if answer is None:
            pending = pattern if half_known else self._pended(states)
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            answer = self._kept[pattern] = _Unfolding(self.formula.node, pending, self._facts).answer()
        return answer

    def _pended(self, states: list[Truth]) -> tuple[Any, ...]:
        return tuple(one if state is None else state for state, one in zip(states, self._open, strict=True))

    def _ranked(self, states: list[Truth], facts: Facts) -> tuple[Any, ...]:
        """With the known part of each sum taken off its limit."""
        pending = list(self._pended(states))
        for number, _ in self._sums:
            if states[number] is None:
                comparison = self.formula.comparisons[number]
                pending[number] = _pending(comparison, self._facts[comparison.fact], facts)
        return _ranked(pending)


def _pending(comparison: Comparison, fact: Fact, facts: Facts) -> Figure | Word:
    if comparison.limit is None:
        return Word(comparison.fact, comparison)
    limit, missing = Fraction(comparison.limit), []
    for name, times in (fact.sum_of or {fact.id: 1}).items():
        if name in facts:
            limit -= times * Fraction(facts[name])
        else:
            missing.append((name, times))
    if len(missing) == 1:
        name, times = missing[0]
        return Figure(((name, Fraction(1)),), comparison.operator, limit / times)
    return Figure(tuple((name, Fraction(times)) for name, times in missing), comparison.operator, limit)


def _ranked(pending: list[Any]) -> tuple[Any, ...]:
    """Limits of a fact that is in no open sum only matter by their order: their ranks make patterns recur."""
    tied = {
        name for one in pending if isinstance(one, Figure) and len(one.weights) > 1 for name, _ in one.weights
    }
    limits: dict[str, set[Fraction]] = {}
    for one in pending:
        if isinstance(one, Figure) and len(one.weights) == 1:
            limits.setdefault(one.weights[0][0], set()).add(one.limit)
    ranks = {
        name: {limit: Fraction(rank) for rank, limit in enumerate(sorted(found), 0 if 0 in found else 1)}
        for name, found in limits.items()
        if name not in tied
    }
    return tuple(
        Figure(one.weights, one.operator, ranks[one.weights[0][0]][one.limit])
        if isinstance(one, Figure) and one.weights[0][0] in ranks
        else one
        for one in pending
    )


class _Unfolding:
    """One formula with some comparisons open, unfolded over the missing facts in a fixed order."""

    def __init__(self, node: Node, pending: tuple[Any, ...], facts: Mapping[str, Fact]) -> None:
        self._tree = _resolved(node, pending)
        open_ones = list(_open(self._tree))
        self._domains = _domains(open_ones, facts)
        self._order = {name: place for place, name in enumerate(self._domains)}
        self._done: dict[Tree, Any] = {}
        self._shared: dict[Any, _Diagram] = {}
        self._mattering: set[str] = set()

    def answer(self) -> tuple[Truth, tuple[str, ...]]:
        result = self._unfold(self._tree)
        if isinstance(result, bool):
            return result, ()
        return None, tuple(name for name in self._domains if name in self._mattering)

    def _unfold(self, tree: Tree) -> Any:
        if isinstance(tree, bool):
            return tree
        if tree in self._done:
            return self._done[tree]
        name = min((name for one in _open(tree) for name in _names(one)), key=self._order.__getitem__)
        branches = tuple(self._unfold(_substituted(tree, name, value)) for value in self._domains[name])
        result = (
            branches[0]
            if all(branch is branches[0] for branch in branches)
            else self._diagram(name, branches)
        )
        self._done[tree] = result
        return result

    def _diagram(self, name: str, branches: tuple[Any, ...]) -> Any:
        self._mattering.add(name)
        return self._shared.setdefault((name, tuple(map(_identity, branches))), _Diagram())


class _Diagram:
    """A node of the decision diagram; the same function is always the same object."""

    __slots__ = ()


def _identity(branch: Any) -> Any:
    return branch if isinstance(branch, bool) else id(branch)


def _names(one: Figure | Word) -> tuple[str, ...]:
    return (one.fact,) if isinstance(one, Word) else tuple(name for name, _ in one.weights)


def _open(tree: Tree) -> Iterator[Figure | Word]:
    if isinstance(tree, Figure | Word):
        yield tree
    elif isinstance(tree, tuple):
        for part in tree[-1]:
            yield from _open(part)


def _resolved(node: Node, pending: tuple[Any, ...]) -> Tree:
    if isinstance(node, int):
        open_or_settled: Tree = pending[node]
        return open_or_settled
    if node[0] == NOT:
        return _joined(NOT, 0, [_resolved(node[1], pending)])
    return _joined(
        node[0], node[1] if node[0] == AT_LEAST else 0, [_resolved(part, pending) for part in node[-1]]
    )


def _joined(kind: str, count: int, parts: Iterable[Tree]) -> Tree:
    """A join with settled parts taken out."""
    if kind == NOT:
        (part,) = parts
        return not part if isinstance(part, bool) else (NOT, (part,))
    if kind == AT_LEAST:
        kept = tuple(part for part in parts if part is not False)
        still = tuple(part for part in kept if part is not True)
        count -= len(kept) - len(still)
        if count <= 0 or len(still) < count:
            return count <= 0
        return (AT_LEAST, count, still)
    ends = kind == ANY
    left: dict[Tree, None] = {}
    for part in parts:
        if part is ends:
            return ends
        if not isinstance(part, bool):
            left[part] = None
    if not left:
        return not ends
    return next(iter(left)) if len(left) == 1 else (kind, tuple(left))


def _substituted(tree: Tree, name: str, value: Any) -> Tree:
    if isinstance(tree, Word):
        return tree if tree.fact != name else word_holds(tree.comparison, value)
    if isinstance(tree, Figure):
        return _with_figure(tree, name, value)
    if isinstance(tree, bool):
        return tree
    count = tree[1] if tree[0] == AT_LEAST else 0
    return _joined(tree[0], count, [_substituted(part, name, value) for part in tree[-1]])


def word_holds(comparison: Comparison, value: Any) -> bool:
    """A comparison of a word, flag or set with one value."""
    if comparison.flag is not None:
        return bool(value == comparison.flag)
    if comparison.operator == "is":
        return value in comparison.values
    return set_holds(value, comparison.operator, comparison.values)


def _with_figure(one: Figure, name: str, value: Fraction) -> Tree:
    weights = dict(one.weights)
    if name not in weights:
        return one
    limit = one.limit - weights.pop(name) * value
    if not weights:
        return holds(0, one.operator, limit)
    if limit <= 0:
        return True  # the rest is never negative, and sums are only asked whether they reach a limit
    ((other, times),) = weights.items()
    return Figure(((other, Fraction(1)),), one.operator, limit / times)


def _domains(open_ones: list[Figure | Word], facts: Mapping[str, Fact]) -> dict[str, list[Any]]:
    """For each missing fact values that stand for all it can take: words first, then figures."""
    words: dict[str, list[Comparison]] = {}
    figures: list[Figure] = []
    for one in open_ones:
        if isinstance(one, Word):
            words.setdefault(one.fact, []).append(one.comparison)
        else:
            figures.append(one)
    domains = {name: word_values(facts[name], asked) for name, asked in words.items()}
    domains = dict(sorted(domains.items(), key=lambda item: facts[item[0]].type != "enum"))
    for names in dict.fromkeys(_group(figure, figures) for figure in figures):
        domains |= _figure_values(names, [one for one in figures if set(_names(one)) & set(names)])
    return domains


def word_values(fact: Fact, asked: list[Comparison]) -> list[Any]:
    """Words, flags or sets that stand for all that the fact can be, as far as the comparisons tell apart."""
    if fact.type == "bool":
        return [False, True]
    if fact.type == "enum":
        return [word for word in fact.values if word != "unknown"]
    # members that no comparison tells apart stand for each other; those asked for together stay apart
    alike: dict[Any, str] = {}
    for member in fact.values:
        together = any(member in one.values for one in asked if one.operator == "all_of")
        alike.setdefault(member if together else tuple(member in one.values for one in asked), member)
    members = list(alike.values())
    sizes = range(1 if fact.never_empty else 0, len(members) + 1)
    return [frozenset(chosen) for size in sizes for chosen in combinations(members, size)]


def _group(figure: Figure, figures: list[Figure]) -> tuple[str, ...]:
    """The fact of a comparison together with the one it is summed with, if it is."""
    for other in figures:
        if len(other.weights) > 1 and set(_names(figure)) & set(_names(other)):
            return tuple(sorted(_names(other)))
    return _names(figure)


def _figure_values(names: tuple[str, ...], asked: list[Figure]) -> dict[str, list[Fraction]]:
    limits = {name: {one.limit for one in asked if _names(one) == (name,)} for name in names}
    if len(names) == 1:
        return {names[0]: figures_between(limits[names[0]])}
    first, second = names
    lines = [(dict(one.weights), one.limit) for one in asked if len(one.weights) > 1]
    corners = {
        (limit - w[second] * at) / w[first] for w, limit in lines for at in limits[second] | {Fraction(0)}
    }
    for (w, limit), (v, other) in combinations(lines, 2):
        turn = w[first] * v[second] - v[first] * w[second]
        if turn:
            corners.add((limit * v[second] - other * w[second]) / turn)
    values = figures_between(limits[first] | corners)
    crossings = {(limit - w[first] * at) / w[second] for w, limit in lines for at in values}
    return {first: values, second: figures_between(limits[second] | crossings)}


def figures_between(points: Iterable[Fraction]) -> list[Fraction]:
    """Zero, every point, one value between each two, and one beyond all."""
    steps = sorted({point for point in points if point > 0} | {Fraction(0)})
    middles = [(low + high) / 2 for low, high in pairwise(steps)]
    return sorted([*steps, *middles, steps[-1] + 1])
