"""The calculator: what the console asks while facts are typed; nothing is stored."""

from __future__ import annotations

import httpx
import psycopg
import pytest

from tests.cases.builders import HANDLER
from tests.cluster import DatabaseUrls
from tests.conftest import Acts


async def test_it_answers_and_stores_nothing(acts: Acts, clean: DatabaseUrls) -> None:
    asked = {
        "cause": "sell_infringing_goods",
        "act_end_date": "2026-02-20",
        "facts": {"ip_sales_amount": 80000.5},
    }
    answer = await acts(HANDLER).post("/api/v1/screening", json=asked)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["conclusion"] == "must_transfer"
    assert [finding["charge"] for finding in found["findings"]] == ["214"]
    with psycopg.connect(clean.superuser) as connection:
        assert connection.execute("SELECT count(*) FROM findings").fetchone() == (0,)


async def test_without_facts_it_says_what_is_missing(acts: Acts) -> None:
    found = (await acts(HANDLER).post("/api/v1/screening", json={})).json()
    assert (found["conclusion"], found["missing_facts"]) == ("undetermined", ["conduct"])


@pytest.mark.parametrize(
    ("asked", "field", "code"),
    [
        ({"cause": "x"}, "cause", "cause_unknown"),
        ({"facts": {"x": 1}}, "facts.x", "fact_unknown"),
        ({"facts": []}, "facts", "not_an_object"),
        ({"act_end_date": "2026-02-30"}, "act_end_date", "not_a_date"),
        ({"act_end_date": "2026-02-20", "decided_on": "2026-01-01"}, "decided_on", "date_order"),
        ({"what": 1}, "what", "unknown_field"),
    ],
)
async def test_bad_input(acts: Acts, asked: dict[str, object], field: str, code: str) -> None:
    answer = await acts(HANDLER).post("/api/v1/screening", json=asked)
    assert answer.status_code == 422, answer.text
    assert (field, code) in [(error["field"], error["code"]) for error in answer.json()["errors"]]


async def test_every_officer_may_calculate_and_nobody_else(acts: Acts, client: httpx.AsyncClient) -> None:
    assert (await acts("desk@320506-police").post("/api/v1/screening", json={})).status_code == 200
    assert (await client.post("/api/v1/screening", json={})).status_code == 401
