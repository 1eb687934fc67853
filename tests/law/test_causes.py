"""Causes of action: what they imply, and what they still have to ask."""

from __future__ import annotations

from datetime import date

import pytest

from app.law.causes import facts_to_ask
from app.law.given_facts import parse_facts
from app.law.screening import screen
from app.law.statutes import law

DAY = date(2026, 1, 5)


def test_many_causes_lead_to_no_charge_and_many_to_one() -> None:
    with_charges = [cause for cause in law().causes.values() if cause.charges]
    assert len(law().causes) >= 60
    assert 30 <= len(with_charges) <= len(law().causes) - 20


@pytest.mark.parametrize("cause", law().causes.values(), ids=lambda cause: cause.id)
def test_what_a_cause_implies_can_be_screened_and_brings_its_charges_into_view(cause: object) -> None:
    known = law().causes[cause.id]  # type: ignore[attr-defined]
    implied = {
        name: list(value) if isinstance(value, tuple) else value for name, value in known.implies.items()
    }
    result = screen(parse_facts(implied), DAY, DAY)
    if known.charges and "conduct" in implied:
        seen = {finding.charge for finding in result.findings}
        assert seen & set(known.charges)


@pytest.mark.parametrize(
    ("cause", "asked"),
    [
        (
            "sell_infringing_goods",
            ["ip_sales_amount", "ip_unsold_value", "illegal_gain", "prior_punish_2y_tm", "knowing"],
        ),
        (
            "unlicensed_tobacco",
            ["biz_turnover", "biz_illegal_gain", "cigarette_sticks", "tobacco_admin_penalties_3y"],
        ),
        ("adulterated_goods", ["conduct", "product_category", "sales_amount", "unsold_goods_value"]),
        ("price_marking", []),
        ("unlicensed_drug_trade", []),
    ],
)
def test_a_cause_asks_what_can_still_decide_and_nothing_else(cause: str, asked: list[str]) -> None:
    assert [fact.id for fact in facts_to_ask(law().causes[cause], DAY)] == asked


def test_every_question_is_chinese_and_names_the_unit() -> None:
    for fact in law().facts.values():
        assert fact.ask().endswith("？")
        assert fact.unit is None or fact.unit in fact.ask()
