"""Earlier penalties, untreated acts added up, and the heavier of several charges, by the law's data alone."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.law.accumulation import Act, accumulate, limitation_years
from app.law.given_facts import parse_facts
from app.law.priors import Penalty, counts, years_later
from app.law.screening import screen
from app.law.statutes import law

TODAY = date(2026, 6, 1)
DAY = date(2026, 2, 20)


def penalty(cause: str, day: date, organ: str = "甲局", by_name: bool = False) -> Penalty:
    return Penalty(organ, cause, day, None, by_name)


def value(name: str, charge: str, cause: str, acted: date | None, *penalties: Penalty) -> Any:
    return {one.fact.id: one.value for one in counts({}, [charge], cause, acted, penalties)}[name]


@pytest.mark.parametrize(
    ("name", "charge", "cause", "counting", "other", "years"),
    [
        ("prior_punish_2y_tm", "213", "same_mark_on_goods", "sell_labels", "counterfeit_patent", 2),
        ("prior_punish_2y_patent", "216", "counterfeit_patent", "counterfeit_patent", "sell_labels", 2),
        ("prior_punish_2y_copyright", "217", "copyright_infringement", "selling_infringing_copies",
         "sell_labels", 2),
        ("prior_punish_2y_secret", "219", "trade_secret_infringement", "trade_secret_infringement",
         "sell_labels", 2),
        ("food_safety_punished", "143", "food_over_limit", "toxic_food", "expired_food", 2),
    ],
)  # fmt: skip
def test_one_penalty_within_the_years_makes_the_flag_true(
    name: str, charge: str, cause: str, counting: str, other: str, years: int
) -> None:
    first = DAY.replace(year=DAY.year - years)
    assert value(name, charge, cause, DAY, penalty(counting, first)) is True
    assert value(name, charge, cause, DAY, penalty(counting, first - timedelta(days=1))) is False
    assert value(name, charge, cause, DAY, penalty(other, first)) is False
    assert value(name, charge, cause, DAY) is False


def test_tax_law_asks_for_two_penalties_in_five_years_article_201() -> None:
    one, two = penalty("tax_evasion", date(2022, 1, 1)), penalty("tax_evasion", date(2024, 1, 1))
    assert value("tax_punished_5y", "201", "tax_evasion", DAY, one) is False
    assert value("tax_punished_5y", "201", "tax_evasion", DAY, one, two) is True
    assert (
        value("tax_punished_5y", "201", "tax_evasion", DAY, one, one) is False
    )  # one decision, entered twice


def test_tobacco_counts_three_years_tob2010_article_3() -> None:
    days = [date(2023, 2, 20), date(2023, 2, 19), date(2025, 1, 1)]
    found = value(
        "tobacco_admin_penalties_3y", "225", "unlicensed_tobacco", DAY,
        *(penalty("unlicensed_tobacco", day) for day in days),
    )  # fmt: skip
    assert found == Decimal(2)


def test_the_same_kind_is_the_same_cause() -> None:
    others = penalty("false_advertising", date(2025, 1, 1)), penalty("collusive_bidding", date(2025, 1, 1))
    name = "same_kind_admin_penalties_2y"
    assert value(name, "222", "false_advertising", DAY, *others) == Decimal(1)
    assert value(name, "223", "collusive_bidding", DAY, *others) == Decimal(1)


def test_what_cannot_be_told_stays_unknown() -> None:
    earlier = date(2025, 1, 1)
    name, charge, cause = "prior_punish_2y_tm", "214", "sell_infringing_goods"
    assert value(name, charge, cause, DAY, penalty("sell_labels", earlier, by_name=True)) is None
    assert value(name, charge, cause, None, penalty("sell_labels", earlier)) is None
    assert value(name, charge, cause, None) is False


def test_what_is_stated_is_not_counted() -> None:
    stated = parse_facts({"prior_punish_2y_tm": False})
    assert counts(stated, ["214"], None, DAY, [penalty("sell_labels", date(2025, 1, 1))]) == []


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(1, 10))
def test_years_later_is_the_same_day_or_the_last_of_february(day: date, years: int) -> None:
    later = years_later(day, years)
    assert later.year == day.year + years
    assert (later.month, later.day) == ((2, 28) if (day.month, day.day) == (2, 29) and later.day == 28
                                        else (day.month, day.day))  # fmt: skip


def facts(**stated: Any) -> Any:
    return parse_facts({"conduct": ["sell_counterfeit_goods"], "prior_punish_2y_tm": False, **stated})


def added(own: Any, acted: date | None, *others: Act) -> list[Any]:
    return accumulate(own, acted, TODAY, screen(own, acted, TODAY).findings, others)


def other(acted: date | None, **stated: Any) -> Act:
    return Act(facts(**stated), acted, "乙局", "sell_infringing_goods")


SALE = {"illegal_gain": "0", "ip_unsold_value": "0"}


@pytest.mark.parametrize(("sold", "reached"), [("29999.99", False), ("30000", True)])
def test_sales_of_untreated_acts_add_up_to_fifty_thousand_ip2025_articles_5_and_29(
    sold: str, reached: bool
) -> None:
    found = added(facts(ip_sales_amount="20000", **SALE), DAY, other(DAY, ip_sales_amount=sold))
    assert [(one.charge.charge, one.fixed) for one in found] == ([("214", False)] if reached else [])


def test_what_is_reached_alone_is_not_added_up() -> None:
    assert added(facts(ip_sales_amount="50000", **SALE), DAY, other(DAY, ip_sales_amount="50000")) == []


def test_two_years_before_ip2025_and_every_beginning_is_tried() -> None:
    own, day = facts(ip_sales_amount="20000", **SALE), date(2024, 1, 1)
    early, late = (
        other(date(2022, 3, 1), ip_sales_amount="15000"),
        other(date(2025, 1, 1), ip_sales_amount="30000"),
    )
    [found] = added(own, day, early, late)
    assert (found.fixed, found.acts, found.totals["ip_sales_amount"]) == (True, (late,), Decimal(50000))
    assert added(own, day, other(date(2021, 12, 31), ip_sales_amount="30000")) == []
    assert added(own, day, other(None, ip_sales_amount="30000")) == []


@pytest.mark.parametrize(
    ("charge", "lightest", "heaviest"), [("214", 5, 15), ("140", 5, 20), ("144", 10, 20), ("201", 5, 10)]
)
def test_the_limitation_follows_the_sentence_by_criminal_law_article_87(
    charge: str, lightest: int, heaviest: int
) -> None:
    """三年以下 → 五年；五年以下、七年以下 → 十年；十年以下 → 十五年；无期徒刑、死刑 → 二十年."""
    sentences = law().charges[charge].sentences
    assert [limitation_years(sentences[0]), limitation_years(sentences[-1])] == [lightest, heaviest]


@pytest.mark.parametrize(
    ("days", "added_up"),
    [
        ([date(2011, 2, 20)], 1),  # fifteen years, the limitation of the heaviest sentence for 214
        ([date(2011, 2, 19)], 0),
        ([date(2011, 2, 19), date(2018, 1, 1)], 2),  # art. 89: it runs anew from the later act
        ([None], 1),
    ],
)
def test_where_no_period_is_written_limitation_bounds_the_sum(days: list[date | None], added_up: int) -> None:
    others = [other(day, ip_sales_amount="40000") for day in days]
    found = added(facts(ip_sales_amount="20000", **SALE), DAY, *others)
    assert [len(one.acts) for one in found] == ([added_up] if added_up else [])
    for one in found:
        shown = one.as_json({})
        assert (shown["needs_confirmation"], shown["limitation"]["years"]) == (True, 15)
        assert "第87条" in shown["limitation"]["citation"]


@pytest.mark.parametrize(
    ("day", "in_doubt"), [(date(2021, 2, 20), False), (date(2021, 2, 19), True), (None, True)]
)
def test_an_act_beyond_the_limitation_of_the_lightest_sentence_is_in_doubt(
    day: date | None, in_doubt: bool
) -> None:
    [found] = added(facts(ip_sales_amount="20000", **SALE), DAY, other(day, ip_sales_amount="40000"))
    assert [one["in_doubt"] for one in found.as_json({})["cases"]] == [in_doubt]


def test_a_written_period_asks_for_no_limitation() -> None:
    own, day = facts(ip_sales_amount="20000", **SALE), date(2024, 1, 1)
    [found] = added(own, day, other(date(2023, 1, 1), ip_sales_amount="40000"))
    shown = found.as_json({})
    assert (shown["limitation"], shown["cases"][0]["in_doubt"]) == (None, False)


def test_acts_of_another_charge_are_not_added() -> None:
    label = Act(
        parse_facts({"conduct": ["sell_label"], "ip_sales_amount": "90000"}), DAY, "乙局", "sell_labels"
    )
    assert added(facts(ip_sales_amount="20000", **SALE), DAY, label) == []


def test_tobacco_and_publications_are_not_added_together() -> None:
    business = {
        "conduct": ["unlicensed_business"],
        "product_category": ["tobacco"],
        "same_kind_admin_penalties_2y": 0,
    }
    own = parse_facts({
        **business, "illegal_business_type": "tobacco", "biz_turnover": "30000", "biz_illegal_gain": "0",
        "cigarette_sticks": 0, "tobacco_admin_penalties_3y": 0,
    })  # fmt: skip
    for kind, reached in (("tobacco", True), ("publication", False)):
        act = Act(
            parse_facts({**business, "illegal_business_type": kind, "biz_turnover": "20000"}),
            DAY, "乙局", "unlicensed_tobacco",
        )  # fmt: skip
        assert [one.charge.charge for one in added(own, DAY, act)] == (["225"] if reached else [])


def test_of_two_charges_the_one_with_the_heavier_sentence_is_named() -> None:
    """刑法第149条第2款: toxic food sold for 100,000 yuan is 144 (up to five years) before 140 (up to two)."""
    found = screen(
        parse_facts({
            "conduct": ["sell"], "product_category": ["food"], "toxic_nonfood_added": True,
            "sales_amount": "100000", "quality_defect": ["unqualified_as_qualified"],
        }),
        DAY, TODAY,
    )  # fmt: skip
    reached = [one.charge for one in found.findings if one.outcome == "reached"]
    assert reached == ["140", "144"]
    assert found.heaviest is not None
    assert (found.heaviest["charge"], found.heaviest["equal"]) == ("144", [])
    assert "五年以下有期徒刑" in found.heaviest["reason"]
    assert "择一重" in "".join(found.heaviest["rules"])
    assert found.as_json()["heaviest"] == found.heaviest


def test_the_amount_sold_lifts_140_above_144() -> None:
    """刑法第140条: from 2,000,000 yuan fifteen years or life."""
    given_facts = {
        "conduct": ["sell"], "product_category": ["food"], "toxic_nonfood_added": True,
        "quality_defect": ["unqualified_as_qualified"],
    }  # fmt: skip
    for sold, heavier in (("199999", "144"), ("200000", "140"), ("2000000", "140")):
        found = screen(parse_facts({**given_facts, "sales_amount": sold}), DAY, TODAY)
        assert found.heaviest is not None
        assert found.heaviest["charge"] == heavier, sold


def test_charges_of_equal_weight_are_all_named() -> None:
    found = screen(
        parse_facts({
            "conduct": ["use_mark_on_goods", "sell_counterfeit_goods"], "registered_marks_count": 1,
            "illegal_turnover": "60000", "ip_sales_amount": "60000",
        }),
        DAY, TODAY,
    )  # fmt: skip
    assert found.heaviest is not None
    assert found.heaviest["equal"] == ["213", "214"]
    assert "数罪并罚" in "".join(found.heaviest["rules"])


def test_one_charge_alone_has_no_heavier() -> None:
    assert screen(facts(ip_sales_amount="50000"), DAY, TODAY).heaviest is None


def test_every_charge_has_sentences_that_rise_and_ip_charges_allow_suspicion() -> None:
    for charge in law().charges.values():
        if charge.kind == "charge":
            weights = [step.weight for step in charge.sentences]
            assert weights, charge.charge
            assert weights == sorted(weights), charge.charge
    suspected = {one.charge for one in law().charges.values() if one.reasonable_suspicion}
    assert suspected == {"213", "214", "215", "216", "217", "218", "219", "219-1"}
