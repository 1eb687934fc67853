"""Editing: only on the revision that was read, on the audit trail from what to what, screened again."""

from __future__ import annotations

import asyncio
from typing import Any

import psycopg
import pytest

from tests.cases.builders import HANDLER, a_person, an_id_number, case_body, edit, enter, small_case
from tests.cluster import DatabaseUrls
from tests.conftest import Acts

HEAD = "head@320506-market"


async def test_an_edit_is_screened_again_and_told_from_what_to_what(acts: Acts) -> None:
    case = await enter(acts(HANDLER), small_case())
    answer = await edit(acts(HANDLER), case, {"facts": {"ip_sales_amount": "80000"}, "fine_amount": "5.00"})
    assert answer.status_code == 200, answer.text
    edited = answer.json()
    assert (answer.headers["etag"], edited["revision"]) == ('"2"', 2)
    assert (edited["conclusion"], edited["charges"], edited["fine_amount"]) == (
        "must_transfer",
        ["214"],
        "5.00",
    )
    assert [clock["stopped_at"] for clock in edited["clocks"]] == [None]
    history = (await acts(HANDLER).get(f"/api/v1/cases/{case['id']}/history")).json()["items"]
    events = {event["action"]: event for event in history}
    assert [event["action_name"] for event in history][-1] == "录入案件"
    assert events["case.edited"]["changes"]["fine_amount"] == ["20000.00", "5.00"]
    assert events["case.edited"]["changes"].keys() == {"facts", "fine_amount"}
    assert events["case.screened"]["changes"]["conclusion"] == ["not_reached", "must_transfer"]
    findings = (await acts(HANDLER).get(f"/api/v1/cases/{case['id']}/findings")).json()["items"]
    assert [(one["screened_for"], one["conclusion"]) for one in findings] == [
        ("facts_changed", "must_transfer"), ("entry", "not_reached"),
    ]  # fmt: skip


async def test_a_threshold_that_is_left_stops_the_clock(acts: Acts) -> None:
    case = await enter(acts(HANDLER))
    edited = (await edit(acts(HANDLER), case, {"facts": small_case()["facts"]})).json()
    assert (edited["conclusion"], edited["reached_at"]) == ("not_reached", None)
    assert edited["clocks"][0]["stopped_at"] is not None
    again = (await edit(acts(HANDLER), edited, {"facts": {"ip_sales_amount": "90000"}})).json()
    assert [clock["stopped_at"] is None for clock in again["clocks"]] == [False, True]


async def test_what_changes_no_fact_is_not_screened_again(acts: Acts) -> None:
    case = await enter(acts(HANDLER))
    assert (await edit(acts(HANDLER), case, {"summary": "补充摘要"})).status_code == 200
    findings = (await acts(HANDLER).get(f"/api/v1/cases/{case['id']}/findings")).json()["items"]
    assert len(findings) == 1


async def test_the_revision_must_be_named_and_be_the_latest(acts: Acts) -> None:
    case = await enter(acts(HANDLER))
    path = f"/api/v1/cases/{case['id']}"
    missing = await acts(HANDLER).patch(path, json={"summary": "x"})
    assert (missing.status_code, missing.json()["code"]) == (428, "if_match_required")
    for tag in ('"7"', "x", '"0"'):
        stale = await acts(HANDLER).patch(path, json={"summary": "x"}, headers={"If-Match": tag})
        assert (stale.status_code, stale.json()["code"]) == (412, "stale_edit")


async def test_of_two_at_once_one_wins(acts: Acts) -> None:
    case = await enter(acts(HANDLER))
    answers = await asyncio.gather(
        *(edit(acts(who), case, {"summary": who}) for who in (HANDLER, "handler2@320506-market", HEAD))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412]
    [winner] = [answer.json() for answer in answers if answer.status_code == 200]
    read = (await acts(HANDLER).get(f"/api/v1/cases/{case['id']}")).json()
    assert (read["summary"], read["revision"]) == (winner["summary"], 2)


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"decided_on": "2026-01-01"}, "decided_on", "decided_before_filed"),
        ({"filed_on": "2026-11-01"}, "decided_on", "decided_before_filed"),
        ({"fine_amount": "1,0"}, "fine_amount", "amount_with_separator"),
        ({"cause": None}, "cause", "required"),
        ({"summary": None}, "summary", "required"),
        ({"source_id": "x"}, "source_id", "unknown_field"),
        ({"parties": [a_person(position=9)]}, "parties.0.position", "no_such_party"),
        ({"facts": {"x": 1}}, "facts.x", "fact_unknown"),
    ],
)
async def test_a_bad_edit_changes_nothing(acts: Acts, change: dict[str, Any], field: str, code: str) -> None:
    case = await enter(acts(HANDLER))
    answer = await edit(acts(HANDLER), case, change)
    assert answer.status_code == 422, answer.text
    assert (field, code) in [(error["field"], error["code"]) for error in answer.json()["errors"]]
    assert (await acts(HANDLER).get(f"/api/v1/cases/{case['id']}")).json()["revision"] == 1


@pytest.mark.parametrize(
    "who",
    ["legal@320506-market", "handler1@320500-market", "handler@320506-procuratorate", "feed@320506-market"],
)
async def test_who_sees_it_may_not_therefore_edit_it(acts: Acts, who: str) -> None:
    case = await enter(acts(HANDLER))
    answer = await edit(acts(who), case, {"summary": "x"})
    assert (answer.status_code, answer.json()["code"]) == (403, "may_not_edit")


async def test_a_party_keeps_the_number_that_is_not_typed_again(acts: Acts) -> None:
    number = an_id_number()
    case = await enter(acts(HANDLER), case_body(parties=[a_person(id_number=number), a_person(name="王芳")]))
    kept = {"position": 1, "kind": "person", "name": "李建国（更名）"}
    edited = (await edit(acts(HANDLER), case, {"parties": [kept]})).json()
    [party] = edited["parties"]
    assert (party["name"], party["id_number"][-4:]) == ("李建国（更名）", number[-4:])
    path = f"/api/v1/cases/{case['id']}/parties/1/unmask"
    assert (await acts(HANDLER).post(path, json={"reason": "核对"})).json()["id_number"] == number
    emptied = (await edit(acts(HANDLER), edited, {"parties": [kept | {"id_number": None}]})).json()
    assert emptied["parties"][0]["id_number"] is None


async def test_numbers_in_full_are_an_audited_look(acts: Acts) -> None:
    number = an_id_number()
    case = await enter(acts(HANDLER), case_body(parties=[a_person(id_number=number)]))
    path = f"/api/v1/cases/{case['id']}/parties/1/unmask"
    for who in (HANDLER, "handler@320506-procuratorate"):
        seen = await acts(who).post(path, json={"reason": "核对当事人身份"})
        assert seen.json() == {"position": 1, "name": "李建国", "id_number": number, "phone": "13912345678"}
    for who in ("handler1@320500-market", "supervisor@320506-supervising", "feed@320506-market"):
        refused = await acts(who).post(path, json={"reason": "看看"})
        assert (refused.status_code, refused.json()["code"]) == (403, "may_not_unmask")
    assert (
        await acts("statistics@320506-coordinating").post(path, json={"reason": "看看"})
    ).status_code == 404
    assert (await acts(HANDLER).post(path, json={})).status_code == 422
    assert (await acts(HANDLER).post(path.replace("/1/", "/2/"), json={"reason": "核对"})).status_code == 404
    history = (await acts(HANDLER).get(f"/api/v1/cases/{case['id']}/history")).json()["items"]
    looks = [event for event in history if event["action"] == "party.unmasked"]
    assert [look["organ_name"] for look in looks] == ["苏州市吴中区人民检察院", "苏州市吴中区市场监督管理局"]
    assert looks[0]["changes"]["reason"] == [None, "核对当事人身份"]


async def test_no_dump_shows_an_id_number_or_telephone(acts: Acts, clean: DatabaseUrls) -> None:
    number, phone = an_id_number(), "13987651234"
    body = case_body(parties=[a_person(id_number=number, phone=phone)], source_system="oa", source_id="1")
    case = (await acts(HANDLER).post("/api/v1/cases", json=body, headers={"Idempotency-Key": "dump"})).json()
    await edit(acts(HANDLER), case, {"parties": [a_person(id_number=number, phone=phone, name="李建新")]})
    await acts(HANDLER).post(f"/api/v1/cases/{case['id']}/parties/1/unmask", json={"reason": "核对"})
    with psycopg.connect(clean.superuser) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        text = "\n".join(
            str(row[0]) for (table,) in tables for row in connection.execute(f"SELECT t::text FROM {table} t")
        )
    assert case["number"] in text
    for secret in (number, phone):
        assert secret not in text
        assert secret.encode().hex() not in text


async def test_why_a_case_is_not_transferred(acts: Acts) -> None:
    case = await enter(acts(HANDLER))
    path, tag = f"/api/v1/cases/{case['id']}/not-transferred", {"If-Match": '"1"'}
    reason = {"reason": "销售金额系重复统计，正在复核"}
    refused = await acts(HANDLER).post(path, json=reason, headers=tag)
    assert (refused.status_code, refused.json()["code"]) == (403, "head_only")
    answer = await acts(HEAD).post(path, json=reason, headers={**tag, "Idempotency-Key": "n1"})
    assert answer.status_code == 200, answer.text
    assert answer.json()["not_transferred_reason"] == reason["reason"]
    assert answer.json()["clocks"][0]["stopped_at"] is not None
    again = await acts(HEAD).post(path, json=reason, headers={**tag, "Idempotency-Key": "n1"})
    assert again.json() == answer.json()
    assert (await acts(HEAD).post(path, json=reason, headers=tag)).status_code == 412
    small = await enter(acts(HANDLER), small_case())
    other = await acts(HEAD).post(f"/api/v1/cases/{small['id']}/not-transferred", json=reason, headers=tag)
    assert (other.status_code, other.json()["code"]) == (409, "threshold_not_reached")
