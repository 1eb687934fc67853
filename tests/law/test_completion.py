"""What is undetermined, and what is missing, held against plain enumeration of all completions."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from itertools import product
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.law.completion import Decider
from app.law.logic import Formula
from app.law.models import Fact
from app.law.notation import AllOf, AnyOf, AtLeast, Comparison, Condition, Not


def _figure(name: str, **more: Any) -> Fact:
    return Fact(id=name, name=name, type="money_yuan", unit="元", measured="-", **more)


FACTS: dict[str, Fact] = {
    fact.id: fact
    for fact in [
        _figure("sold"),
        _figure("unsold"),
        _figure("gain"),
        _figure("together", sum_of={"sold": 1, "unsold": 1}),
        _figure("thrice", sum_of={"sold": 3, "unsold": 1}),
        Fact(id="prior", name="p", type="bool", measured="-"),
        Fact(
            id="party", name="p", type="enum", measured="-", values={"person": "", "unit": "", "unknown": ""}
        ),
        Fact(id="harm", name="h", type="set", measured="-", values={"a": "", "b": "", "c": ""}),
        Fact(id="goods", name="g", type="set", measured="-", values={"a": "", "b": ""}, never_empty=True),
    ]
}
BASE = ["sold", "unsold", "gain", "prior", "party", "harm", "goods"]
STEPS = [Fraction(step, 6) for step in range(25)]
SUBSETS = [
    frozenset(m for m, kept in zip("abc", bits, strict=True) if kept) for bits in product([0, 1], repeat=3)
]
VALUES: dict[str, list[Any]] = {
    "sold": STEPS,
    "unsold": STEPS,
    "gain": [Fraction(step, 2) for step in range(9)],
    "prior": [True, False],
    "party": ["person", "unit"],
    "harm": SUBSETS,
    "goods": [one for one in SUBSETS if one and "c" not in one],
}

ORDERINGS = {
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
    "==": operator.eq,
}

limits = st.integers(1, 3).map(Decimal)
leaves = st.one_of(
    st.builds(Comparison, st.sampled_from(["sold", "unsold", "together", "thrice"]), st.just(">="), limits),
    st.builds(Comparison, st.just("gain"), st.sampled_from([">=", ">", "<=", "<", "=="]), limits),
    st.builds(lambda flag: Comparison("prior", "is", flag=flag), st.booleans()),
    st.builds(
        lambda word: Comparison("party", "is", values=frozenset({word})), st.sampled_from(["person", "unit"])
    ),
    st.builds(
        lambda fact, how, words: Comparison(fact, how, values=words),
        st.sampled_from(["harm", "goods"]),
        st.sampled_from(["any_of", "all_of"]),
        st.frozensets(st.sampled_from("ab"), min_size=1),
    ),
    st.sampled_from([Comparison("harm", "not_empty"), Comparison("goods", "not_empty")]),
)


def _join(parts: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    several = st.lists(parts, min_size=1, max_size=3).map(tuple)
    return st.one_of(
        st.builds(AllOf, several), st.builds(AnyOf, several), st.builds(AtLeast, st.integers(1, 3), several),
        st.builds(Not, leaves.filter(lambda one: one.fact in ("prior", "party", "harm"))),
    )  # fmt: skip


trees: st.SearchStrategy[Condition] = st.recursive(leaves, _join, max_leaves=6)
STATED: dict[str, list[Any]] = {
    name: [Decimal(half) / 2 for half in range(9)] if FACTS[name].type == "money_yuan" else values
    for name, values in VALUES.items()
}
known = st.fixed_dictionaries({}, optional={name: st.sampled_from(STATED[name]) for name in BASE})


def plainly(condition: Condition, facts: Mapping[str, Any]) -> bool:
    """A condition over facts that are all known, in the plainest words."""
    match condition:
        case AllOf(parts):
            return all(plainly(part, facts) for part in parts)
        case AnyOf(parts):
            return any(plainly(part, facts) for part in parts)
        case AtLeast(count, parts):
            return sum(plainly(part, facts) for part in parts) >= count
        case Not(part):
            return not plainly(part, facts)
        case Comparison():
            return _plain_comparison(condition, facts)


def _plain_comparison(one: Comparison, facts: Mapping[str, Any]) -> bool:
    if one.limit is not None:
        parts = FACTS[one.fact].sum_of or {one.fact: 1}
        total, limit = (
            sum(times * Fraction(facts[name]) for name, times in parts.items()),
            Fraction(one.limit),
        )
        return bool(ORDERINGS[one.operator](total, limit))
    value = facts[one.fact]
    if one.flag is not None:
        return bool(value == one.flag)
    if one.operator == "is":
        return value in one.values
    if one.operator == "not_empty":
        return len(value) > 0
    return bool(value & one.values) if one.operator == "any_of" else bool(one.values <= value)


def _read(condition: Condition) -> Iterator[str]:
    if isinstance(condition, Comparison):
        yield from FACTS[condition.fact].sum_of or [condition.fact]
    elif isinstance(condition, Not):
        yield from _read(condition.part)
    else:
        for part in condition.parts:
            yield from _read(part)


def enumerated(condition: Condition, facts: Mapping[str, Any]) -> tuple[bool | None, set[str]]:
    """The outcome over all completions, and the facts of which a change alone can change it."""
    missing = [name for name in dict.fromkeys(_read(condition)) if name not in facts]
    table = {
        values: plainly(condition, {**facts, **dict(zip(missing, values, strict=True))})
        for values in product(*(VALUES[name] for name in missing))
    }
    if len(set(table.values())) == 1:
        return next(iter(table.values())), set()
    mattering = set()
    for place, name in enumerate(missing):
        seen: dict[tuple[Any, ...], bool] = {}
        for values, truth in table.items():
            rest = (*values[:place], *values[place + 1 :])
            if seen.setdefault(rest, truth) != truth:
                mattering.add(name)
                break
    return None, mattering


@settings(max_examples=200, deadline=None)
@given(trees, known)
def test_undetermined_and_missing_are_exact(tree: Condition, facts: dict[str, Any]) -> None:
    outcome, missing = Decider(Formula(tree, FACTS), FACTS).decide(facts)
    assert (outcome, set(missing)) == enumerated(tree, facts)


@settings(max_examples=100, deadline=None)
@given(trees, known, st.data())
def test_a_settled_outcome_stays_when_more_becomes_known(
    tree: Condition, facts: dict[str, Any], data: st.DataObject
) -> None:
    decider = Decider(Formula(tree, FACTS), FACTS)
    outcome, missing = decider.decide(facts)
    more = {name: data.draw(st.sampled_from(STATED[name])) for name in BASE if name not in facts}
    fuller, left = decider.decide(facts | more)
    assert left == ()
    assert outcome in (None, fuller)
    if outcome is None:
        only_missing = {name: value for name, value in more.items() if name in missing}
        assert decider.decide(facts | only_missing)[0] is fuller
