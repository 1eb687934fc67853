"""Entering a case: what is stored, what is refused, and that the same case twice is one."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cases.fields import amount
from app.errors import Refused
from app.identifiers import parse_case_number
from tests.cases.builders import HANDLER, a_person, an_id_number, case_body, enter, small_case
from tests.conftest import Acts


async def test_a_case_that_reaches_a_standard(acts: Acts) -> None:
    answer = await acts(HANDLER).post("/api/v1/cases", json=case_body())
    assert answer.status_code == 201, answer.text
    case = answer.json()
    assert (case["conclusion"], case["charges"]) == ("must_transfer", ["214"])
    assert case["fine_amount"] == "20000.00"
    number = parse_case_number(case["number"])
    assert (number.region, number.year) == ("320506", 2026)
    assert answer.headers["etag"] == '"1"'
    assert [clock["clock"] for clock in case["clocks"]] == ["report_transfer"]
    finding = case["screening"]["result"]["findings"][0]
    assert finding["charge"] == "214"
    assert any(
        condition["met"] and "IP2025" not in condition["citation"][:1] for condition in finding["conditions"]
    )
    assert case["screening"]["facts"]["conduct"] == ["sell_counterfeit_goods"]
    notices = (await acts(HANDLER).get("/api/v1/notices")).json()["items"]
    assert [one["subject_id"] for one in notices] == [case["id"]]


async def test_a_case_far_below_starts_no_clock(acts: Acts) -> None:
    case = await enter(acts(HANDLER), small_case())
    assert (case["conclusion"], case["charges"], case["clocks"]) == ("not_reached", [], [])
    assert case["reached_at"] is None


async def test_a_party_is_shown_masked(acts: Acts) -> None:
    number = an_id_number()
    case = await enter(acts(HANDLER), case_body(parties=[a_person(id_number=number)]))
    party = case["parties"][0]
    assert party["id_number"] == f"{number[:4]}**********{number[-4:]}"
    assert party["phone"] == "139****5678"


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"cause": "sell_infringing_good"}, "cause", "cause_unknown"),
    ({"facts": {"sales": 1}}, "facts.sales", "fact_unknown"),
    ({"facts": {"ip_sales_amount": "5万元"}}, "facts.ip_sales_amount", "amount_with_separator"),
    ({"facts": {"ip_sales_amount": "1,000"}}, "facts.ip_sales_amount", "amount_with_separator"),
    ({"facts": {"ip_sales_amount": -1}}, "facts.ip_sales_amount", "amount_negative"),
    ({"facts": {"ip_sales_plus_unsold": 1}}, "facts.ip_sales_plus_unsold", "fact_is_derived"),
    ({"facts": {"conduct": ["steal"]}}, "facts.conduct", "fact_value_not_allowed"),
    ({"facts": {"act_end_date": "2020-01-01"}}, "facts.act_end_date", "act_end_date_contradicts"),
    ({"fine_amount": "1,000"}, "fine_amount", "amount_with_separator"),
    ({"fine_amount": "3.5万元"}, "fine_amount", "amount_with_unit"),
    ({"fine_amount": "-1"}, "fine_amount", "amount_negative"),
    ({"fine_amount": "0.001"}, "fine_amount", "amount_too_precise"),
    ({"fine_amount": "1e5"}, "fine_amount", "amount_not_a_number"),
    ({"fine_amount": True}, "fine_amount", "amount_not_a_number"),
    ({"fine_amount": "1" + "0" * 16}, "fine_amount", "amount_too_large"),
    ({"decided_on": "2026-03-01"}, "decided_on", "decided_before_filed"),
    ({"decided_on": "2099-03-01"}, "decided_on", "date_in_future"),
    ({"act_end_date": "2099-03-01"}, "act_end_date", "date_in_future"),
    ({"filed_on": "2026-02-30"}, "filed_on", "not_a_date"),
    ({"filed_on": 20260202}, "filed_on", "not_a_date"),
    ({"decision_number": "12号"}, "decision_number", "decision_number_form"),
    ({"parties": []}, "parties", "too_few"),
    ({"parties": [a_person(id_number="320506198001010011")]}, "parties.0.id_number", "id_number_check_digit"),
    ({"parties": [a_person(uscc="91320506MA1XXXXXX0")]}, "parties.0.uscc", "uscc_check_digit"),
    ({"parties": [a_person(kind="firm")]}, "parties.0.kind", "not_in_list"),
    ({"parties": [a_person(phone="abc")]}, "parties.0.phone", "phone_form"),
    ({"organ": "320506-market"}, "organ", "unknown_field"),
    ({"summary": 7}, "summary", "not_text"),
    ({"summary": "a\x00b"}, "summary", "control_character"),
]


@pytest.mark.parametrize(("change", "field", "code"), WRONG)
async def test_bad_input_names_field_code_and_remedy(
    acts: Acts, change: dict[str, Any], field: str, code: str
) -> None:
    answer = await acts(HANDLER).post("/api/v1/cases", json=case_body(**change))
    assert answer.status_code == 422, answer.text
    errors = {error["field"]: error for error in answer.json()["errors"]}
    assert errors[field]["code"] == code
    assert any("\u4e00" <= character <= "\u9fff" for character in errors[field]["detail"])
    assert (await acts(HANDLER).get("/api/v1/cases")).json()["items"] == []


async def test_all_errors_are_told_together(acts: Acts) -> None:
    body = case_body(
        cause="x", fine_amount="-1", decided_on="2026-03-01",
        facts={"sales": 1, "ip_sales_amount": "1,000"}, parties=[a_person(phone="1", id_number="1")],
    )  # fmt: skip
    answer = await acts(HANDLER).post("/api/v1/cases", json=body)
    assert {error["field"] for error in answer.json()["errors"]} == {
        "cause", "fine_amount", "decided_on", "facts.sales", "facts.ip_sales_amount", "parties.0.phone",
        "parties.0.id_number",
    }  # fmt: skip


@pytest.mark.parametrize("written", ["NaN", "Infinity", "-Infinity"])
async def test_what_is_no_number_is_refused_by_name(acts: Acts, written: str) -> None:
    content = '{"cause": "same_mark_on_goods", "fine_amount": %s, "facts": {"ip_sales_amount": %s}}'
    answer = await acts(HANDLER).post(
        "/api/v1/cases", content=content % (written, written), headers={"content-type": "application/json"}
    )
    codes = {error["field"]: error["code"] for error in answer.json()["errors"]}
    assert codes["fine_amount"] == codes["facts.ip_sales_amount"] == "amount_not_a_number"


UNREADABLE = [
    b"{", b"\xff\xfe", b"[1", b"", b'{"summary": "\\ud800"}', b'{"\\ud800": 1}', b"[" * 100_000,
    b'{"fine_amount": ' + b"9" * 5000 + b"}",
]  # fmt: skip


@pytest.mark.parametrize("content", UNREADABLE)
async def test_what_is_no_json_is_refused(acts: Acts, content: bytes) -> None:
    answer = await acts(HANDLER).post(
        "/api/v1/cases", content=content, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


async def test_twenty_megabytes_are_too_much(acts: Acts) -> None:
    body = case_body(summary="x" * 20_000_000)
    answer = await acts(HANDLER).post("/api/v1/cases", json=body)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")

    async def unannounced() -> Any:
        for _ in range(20):
            yield b"x" * 1_000_000

    answer = await acts(HANDLER).post(
        "/api/v1/cases", content=unannounced(), headers={"content-type": "application/json"}
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


async def test_the_same_source_twice_is_one_case(acts: Acts) -> None:
    body = case_body(source_system="oa", source_id="A-1")
    first = await acts(HANDLER).post("/api/v1/cases", json=body)
    second = await acts(HANDLER).post("/api/v1/cases", json=body)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["id"] == second.json()["id"]
    assert [warning["code"] for warning in second.json()["warnings"]] == ["already_entered"]
    foreign = await enter(acts("handler1@320583-market"), body)
    assert foreign["id"] != first.json()["id"]


async def test_the_same_source_at_the_same_time_is_one_case(acts: Acts) -> None:
    body = case_body(source_system="oa", source_id="A-2")
    answers = await asyncio.gather(*(acts(HANDLER).post("/api/v1/cases", json=body) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
    assert len({answer.json()["id"] for answer in answers}) == 1


async def test_an_idempotency_key_repeats_the_answer(acts: Acts) -> None:
    body, key = case_body(), {"Idempotency-Key": "k1"}
    first = await acts(HANDLER).post("/api/v1/cases", json=body, headers=key)
    again = await acts(HANDLER).post("/api/v1/cases", json=body, headers=key)
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["idempotency-replayed"] == "true"
    other = await acts(HANDLER).post("/api/v1/cases", json=small_case(), headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_one_key_pressed_many_times_at_once(acts: Acts) -> None:
    body, key = case_body(), {"Idempotency-Key": "k2"}
    answers = await asyncio.gather(
        *(acts(HANDLER).post("/api/v1/cases", json=body, headers=key) for _ in range(4))
    )
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len((await acts(HANDLER).get("/api/v1/cases")).json()["items"]) == 1


async def test_likely_duplicates_are_a_warning(acts: Acts) -> None:
    body = case_body()
    first = await enter(acts(HANDLER), body)
    second = await acts("handler2@320506-market").post("/api/v1/cases", json=body)
    assert second.status_code == 201
    [warning] = [one for one in second.json()["warnings"] if one["code"] == "likely_duplicate"]
    assert warning["case_id"] == first["id"]
    foreign = await enter(acts("handler1@340104-market"), body)
    warnings = [one for one in foreign["warnings"] if one["code"] == "likely_duplicate"]
    assert len(warnings) == 2
    assert all(one["case_id"] is None and "吴中区市场监督管理局" in one["detail"] for one in warnings)


async def test_what_should_be_there_is_a_warning(acts: Acts) -> None:
    body = {"cause": "sell_infringing_goods", "parties": [{"kind": "unit", "name": "某商行"}]}
    case = await enter(acts(HANDLER), body)
    assert {warning["field"] for warning in case["warnings"]} == {
        "act_end_date", "decision_number", "decided_on", "parties.0.uscc",
    }  # fmt: skip
    assert case["conclusion"] == "undetermined"


@pytest.mark.parametrize(
    "who",
    ["desk@320506-police", "handler@320506-procuratorate", "sysadmin@320506-market", "legal@320506-market"],
)
async def test_only_those_who_enter_cases_may(acts: Acts, who: str) -> None:
    answer = await acts(who).post("/api/v1/cases", json=case_body())
    assert (answer.status_code, answer.json()["code"]) == (403, "may_not_enter")


async def test_nobody_enters_nothing(client: httpx.AsyncClient) -> None:
    assert (await client.post("/api/v1/cases", json=case_body())).status_code == 401


@given(st.decimals(0, 9_999_999_999_999_999, places=2))
def test_every_amount_is_read_as_written(value: Decimal) -> None:
    assert amount(str(value)) == amount(value) == value


@given(st.floats() | st.booleans() | st.none() | st.lists(st.integers()))
def test_an_amount_is_never_a_float(value: object) -> None:
    with pytest.raises(Refused):
        amount(value)


@given(st.text())
def test_any_text_is_an_amount_or_refused_with_a_remedy(text: str) -> None:
    try:
        assert amount(text) >= 0
    except Refused as error:
        refused = error
    else:
        return
    assert refused.code.startswith("amount_")
    assert refused.detail
