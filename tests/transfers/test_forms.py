"""What an action asks for is checked before anything is written."""

from __future__ import annotations

from typing import Any

import pytest

from app.law.procedure_table import Input, transfer_procedure
from app.transfers.forms import InputError, parse_inputs

TABLE = transfer_procedure()


def field(type_: str, **more: Any) -> tuple[Input, ...]:
    return (Input.model_validate({"name": "it", "label": "事项", "type": type_, **more}),)


def test_inputs_are_taken_in_the_form_in_which_they_are_recorded() -> None:
    asked = TABLE.action("extend_review").inputs
    given = {"ground": "needs_verification", "reason": "  须查证  ", "days": "7"}
    assert parse_inputs(asked, given) == {"ground": "needs_verification", "reason": "须查证", "days": 7}
    assert parse_inputs(TABLE.action("approve").inputs, {"opinion": " "}) == {}
    assert parse_inputs(field("lines"), {"it": "甲\n\n乙 "}) == {"it": ["甲", "乙"]}
    assert parse_inputs(field("officers"), {"it": [3, "4", 3]}) == {"it": [3, 4]}


@pytest.mark.parametrize(
    ("asked", "value", "code"),
    [
        (field("text", required=True), None, "input_missing"),
        (field("text", required=True), "　 ", "input_missing"),
        (field("text"), 7, "input_wrong_type"),
        (field("text"), "a\x00b", "input_wrong_type"),
        (field("text"), "长" * 20_001, "input_too_long"),
        (field("lines", required=True, min_items=1), "\n \n", "input_missing"),
        (field("lines", min_items=2), ["甲"], "input_too_few"),
        (field("lines"), {"甲": 1}, "input_wrong_type"),
        (field("officers", min_items=2), [5], "input_too_few"),
        (field("officers", min_items=2), [5, 5], "input_too_few"),
        (field("officers"), "5,6", "input_wrong_type"),
        (field("officers"), ["x"], "input_wrong_type"),
        (field("flag"), "yes", "input_wrong_type"),
        (field("count"), True, "input_wrong_type"),
        (field("count"), 0, "input_out_of_range"),
        (field("count", max=30), 31, "input_out_of_range"),
        (field("organ"), 2**31, "input_out_of_range"),
        (field("money"), "1,000", "input_not_money"),
        (field("money"), "5万元", "input_not_money"),
        (field("money"), "-1", "input_not_money"),
        (field("money"), "NaN", "input_not_money"),
        (field("money"), 12.5, "input_not_money"),
        (field("date"), "2026-02-30", "input_not_a_date"),
        (field("choice", choices={"a": "甲", "b": "乙"}), "c", "input_not_a_choice"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_a_remedy(
    asked: tuple[Input, ...], value: Any, code: str
) -> None:
    with pytest.raises(InputError) as caught:
        parse_inputs(asked, {"it": value})
    assert caught.value.code == code
    assert caught.value.field == "it"
    assert "请" in caught.value.detail


def test_an_input_that_nobody_asked_for_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        parse_inputs(field("text"), {"it": "甲", "that": "乙"})
    assert (caught.value.code, caught.value.field) == ("input_unknown", "that")
