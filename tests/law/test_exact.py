"""The rewritten condition under plain three-valued logic says what all completions together say."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings

from app.law.completion import Decider
from app.law.exact import NotExactError, exact
from app.law.logic import Formula
from app.law.notation import AllOf, Comparison, Condition, Not
from app.law.standards import ANY_TIME, timelines
from tests.law.test_completion import FACTS, enumerated, known, trees


@settings(max_examples=300, deadline=None)
@given(trees, known)
def test_plain_logic_over_the_rewritten_condition_is_exact(tree: Condition, facts: dict[str, Any]) -> None:
    plain = Formula(exact(tree, FACTS), FACTS).truth(facts)
    assert plain is Decider(Formula(tree, FACTS), FACTS).decide(facts)[0]
    assert plain is enumerated(tree, facts)[0]


def test_one_of_two_words_always_holds() -> None:
    person, unit = (Comparison("party", "is", values=frozenset({word})) for word in ("person", "unit"))
    sold = Comparison("sold", ">=", limit=Decimal(2))
    either = Formula(exact(AllOf((sold, Not(AllOf((person, unit))))), FACTS), FACTS)
    assert either.truth({"sold": Decimal(3)}) is True
    assert either.truth({}) is None


def test_a_sum_asked_from_both_sides_is_refused() -> None:
    more = Comparison("together", ">=", limit=Decimal(2))
    less = Not(Comparison("sold", ">=", limit=Decimal(1)))
    with pytest.raises(NotExactError, match="sold"):
        exact(AllOf((more, less)), FACTS)


def test_every_charge_can_be_rewritten() -> None:
    from app.law.statutes import law

    for timeline in timelines():
        for plan in (
            timeline.plan(date(2020, 1, 1), date(2026, 1, 1)),
            timeline.plan(ANY_TIME, date(2026, 1, 1)),
        ):
            for meetings in plan.tries:
                for meeting in meetings:
                    exact(meeting.condition, law().facts, plan.mind)
