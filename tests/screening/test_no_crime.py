"""A cause that amounts to no charge raises no alarm, unless the officer states a conduct that does."""

from __future__ import annotations

from datetime import date

from app.law.given_facts import parse_facts
from app.screening.service import screen_case

DAY = date(2026, 1, 5)


def test_an_unmarked_price_is_no_open_question() -> None:
    found = screen_case("price_marking", {}, ["unit"], DAY, DAY)
    assert (found.conclusion, found.charges, found.screening.missing_facts) == ("not_reached", [], ())


def test_a_stated_conduct_is_screened_whatever_the_cause() -> None:
    facts = parse_facts({"conduct": ["sell_counterfeit_goods"], "ip_sales_amount": "90000"})
    assert screen_case("price_marking", facts, ["unit"], DAY, DAY).conclusion == "must_transfer"


def test_a_cause_that_may_be_a_charge_asks_for_its_facts() -> None:
    assert screen_case("adulterated_goods", {}, ["unit"], DAY, DAY).conclusion == "undetermined"
