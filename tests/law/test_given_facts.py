"""What may be stated as a fact, and what is refused with which code."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from app.law.given_facts import FactError, parse_date, parse_facts


@pytest.mark.parametrize(
    ("raw", "parsed"),
    [
        ({"sales_amount": 50000}, {"sales_amount": Decimal(50000)}),
        ({"sales_amount": "50000.50"}, {"sales_amount": Decimal("50000.50")}),
        ({"sales_amount": Decimal("0.1")}, {"sales_amount": Decimal("0.1")}),
        ({"sales_amount": None}, {}),
        ({"knowing": "unknown"}, {}),
        ({"party_type": "unknown"}, {}),
        ({"knowing": "no"}, {"knowing": "no"}),
        ({"is_fake_drug": False}, {"is_fake_drug": False}),
        ({"health_harm": []}, {"health_harm": frozenset()}),
        ({"conduct": []}, {}),
        ({"product_category": []}, {}),
        ({"conduct": ["sell", "sell"]}, {"conduct": frozenset({"sell"})}),
        ({"salt_tons": "19.5"}, {"salt_tons": Decimal("19.5")}),
    ],
)
def test_stated_facts(raw: dict[str, Any], parsed: dict[str, Any]) -> None:
    assert parse_facts(raw) == parsed


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("sales", 1, "fact_unknown"),
        ("sales_plus_unsold", 1, "fact_is_derived"),
        ("half_threshold_hits", 2, "fact_is_derived"),
        ("sales_amount", True, "amount_not_a_number"),
        ("sales_amount", 0.5, "amount_not_a_number"),
        ("sales_amount", "NaN", "amount_not_a_number"),
        ("sales_amount", Decimal("NaN"), "amount_not_a_number"),
        ("sales_amount", Decimal("Infinity"), "amount_not_a_number"),
        ("sales_amount", "", "amount_not_a_number"),
        ("sales_amount", "1e5", "amount_not_a_number"),
        ("sales_amount", "５００００", "amount_with_separator"),
        ("sales_amount", [1], "amount_not_a_number"),
        ("sales_amount", -1, "amount_negative"),
        ("sales_amount", "-0.01", "amount_negative"),
        ("label_pieces", -1, "amount_negative"),
        ("sales_amount", "1,000", "amount_with_separator"),
        ("sales_amount", "5万元", "amount_with_separator"),
        ("sales_amount", "5 万", "amount_with_separator"),
        ("sales_amount", Decimal("1e400"), "amount_too_large"),
        ("is_fake_drug", "true", "fact_not_true_or_false"),
        ("is_fake_drug", 1, "fact_not_true_or_false"),
        ("knowing", "maybe", "fact_value_not_allowed"),
        ("knowing", ["yes"], "fact_value_not_allowed"),
        ("conduct", ["steal"], "fact_value_not_allowed"),
        ("conduct", [["sell"]], "fact_value_not_allowed"),
        ("conduct", "sell", "fact_not_a_list"),
        ("act_end_date", "2025-02-30", "date_not_valid"),
    ],
)
def test_refused_facts_name_field_and_remedy(name: str, value: Any, code: str) -> None:
    with pytest.raises(FactError) as caught:
        parse_facts({name: value})
    assert (caught.value.code, caught.value.field) == (code, name)
    assert any("\u4e00" <= letter <= "\u9fff" for letter in caught.value.detail)


@pytest.mark.parametrize("value", ["2025-2-1", "20250201", 20250201, "2025-02-01T00:00", "", "2025-13-01"])
def test_refused_dates(value: Any) -> None:
    with pytest.raises(FactError) as caught:
        parse_date("decided_on", value)
    assert (caught.value.code, caught.value.field) == ("date_not_valid", "decided_on")
