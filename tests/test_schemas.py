"""The generated descriptions are what the code says, and what the code writes fits them."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import jsonschema_rs
import pytest

from app.openapi_command import drifted
from app.schemas import schemas

LINES: list[dict[str, Any]] = [
    {
        "id": "a",
        "act_end_date": "2025-06-01",
        "facts": {"conduct": ["sell_counterfeit_goods"], "ip_sales_amount": 61000},
    },
    {"id": 2, "facts": {"conduct": ["produce"], "knowing": "unknown", "sales_amount": "12.50"}},
    {"facts": {}},
    {"id": "b", "facts": {"conduct": ["tax_evasion"], "tax_notice_issued": None, "tax_evaded_ratio": 0.2}},
]
WRONG: list[dict[str, Any]] = [
    {"facts": {"nonsense": 1}},
    {"facts": {"ip_sales_amount": -1}},
    {"facts": {"conduct": ["no_such_word"]}},
    {"facts": {"sales_plus_unsold": 1}},
    {"id": "x"},
]


def screened(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    text = "\n".join(json.dumps(line) for line in lines)
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "screen", "-"],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_openapi_and_schemas_are_what_the_code_says() -> None:
    assert drifted() == [], "run `make openapi`"


@pytest.mark.parametrize("name", schemas())
def test_each_schema_is_a_schema(name: str) -> None:
    jsonschema_rs.validator_for(schemas()[name])


def test_what_screen_writes_fits_its_schema() -> None:
    result = jsonschema_rs.validator_for(schemas()["screen-result"])
    answers = screened(LINES + WRONG)
    assert len(answers) == len(LINES) + len(WRONG)
    for answer in answers:
        result.validate(answer)


def test_the_input_schema_takes_and_refuses_what_screen_does() -> None:
    accepts = jsonschema_rs.validator_for(schemas()["screen-input"])
    for line, answer in zip(LINES + WRONG, screened(LINES + WRONG), strict=True):
        assert accepts.is_valid(line) == ("error" not in answer), line
