"""An action that may not be taken says why: wrong state, organ, role, officer, inputs; one of two at once."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from app.database.transaction import Database
from tests.cases.builders import case_body, enter
from tests.conftest import Acts
from tests.transfers.builders import (
    CHIEF,
    COURT,
    DESK,
    HANDLER,
    HEAD,
    LEGAL,
    POLICE,
    POLICE_HEAD,
    PROCURATOR,
    SECOND,
    STRAIGHT,
    group,
    led,
    led_to,
    open_on,
    opened,
    take,
)

FOREIGN_POLICE = "desk@320583-police"
FOREIGN_ORGAN = "handler1@320583-market"
SUPERIOR = "head@320500-market"


@pytest.mark.parametrize(
    ("last", "who", "action", "status", "code"),
    [
        ("report", HANDLER, "report", 409, "action_not_in_state"),
        ("report", HANDLER, "approve", 403, "role_may_not"),
        ("report", LEGAL, "approve", 403, "role_may_not"),
        ("report", CHIEF, "approve", 403, "party_may_not"),
        ("report", SUPERIOR, "approve", 403, "party_may_not"),
        ("report", DESK, "approve", 404, "not_found"),
        ("report", FOREIGN_ORGAN, "approve", 404, "not_found"),
        ("report", "audit@320506-market", "approve", 404, "not_found"),
        ("report", "feed@320506-market", "approve", 403, "role_may_not"),
        ("report", "supervisor@320506-supervising", "approve", 403, "party_may_not"),
        ("report", "statistics@320506-coordinating", "approve", 403, "party_may_not"),
        ("approve", DESK, "sign_receipt", 404, "not_found"),
        ("approve", HEAD, "send", 403, "role_may_not"),
        ("approve", HANDLER, "open_draft", 409, "action_not_in_state"),
        ("send", FOREIGN_POLICE, "sign_receipt", 404, "not_found"),
        ("send", POLICE, "sign_receipt", 403, "role_may_not"),
        ("send", HANDLER, "sign_receipt", 403, "party_may_not"),
        ("send", "desk@320500-police", "sign_receipt", 403, "party_may_not"),
        ("sign_receipt", HEAD, "withdraw_transfer", 409, "action_not_in_state"),
        ("sign_receipt", COURT, "begin_review", 404, "not_found"),
        ("begin_review", POLICE_HEAD, "approve_filing", 409, "proposal_missing"),
        ("begin_review", PROCURATOR, "demand_delay_reasons", 409, "clock_not_expired"),
        ("begin_review", POLICE, "give_delay_reasons", 409, "clock_not_running"),
        ("begin_review", POLICE, "fly", 404, "action_unknown"),
        ("approve_filing", POLICE, "accept_goods", 409, "matter_not_open"),
    ],
)
async def test_who_may_not_is_told_why(
    acts: Acts, last: str, who: str, action: str, status: int, code: str
) -> None:
    transfer = await led_to(acts, last)
    answer = await take(acts, transfer["id"], who, action)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    after = (await acts(HANDLER).get(f"/api/v1/transfers/{transfer['id']}")).json()
    assert after["revision"] == transfer["revision"]
    if status == 409:
        assert answer.json()["state"] == after["state"]
        assert {one["id"] for one in answer.json()["available_actions"]}.isdisjoint({action})


async def test_only_members_of_the_task_group_report(acts: Acts, database: Database) -> None:
    case = await enter(acts(HANDLER))
    answer = await open_on(acts, case["id"], task_group=[])
    early = await take(acts, answer.json()["id"], HANDLER, "report", STRAIGHT[0][2])
    assert (early.status_code, early.json()["code"]) == (403, "not_in_task_group")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"charge": "999"}, "charge_unknown"),
        ({"charge": "149"}, "charge_unknown"),
        ({"summary": "  "}, "input_missing"),
        ({"task_group": "one"}, "input_too_few"),
        ({"task_group": "head"}, "officer_barred"),
        ({"task_group": "audit"}, "officer_barred"),
        ({"task_group": "foreign"}, "officer_unknown"),
    ],
)
async def test_a_draft_that_cannot_stand_leaves_nothing(
    acts: Acts, world: dict[str, int], change: dict[str, Any], code: str
) -> None:
    case = await enter(acts(HANDLER))
    first = world[HANDLER]
    groups = {
        "one": [first],
        "head": [first, world[HEAD]],
        "audit": [first, world["audit@320506-market"]],
        "foreign": [first, world[FOREIGN_ORGAN]],
    }
    if "task_group" in change:
        change = {"task_group": groups[change["task_group"]]}
    answer = await open_on(acts, case["id"], **change)
    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
    assert (await acts(HANDLER).get("/api/v1/transfers")).json()["items"] == []
    good = await open_on(acts, case["id"])
    assert good.json()["number"].endswith("〕1号")


@pytest.mark.parametrize(
    ("who", "status"),
    [
        (HEAD, 403),
        (PROCURATOR, 403),
        ("handler1@320500-market", 403),
        (FOREIGN_ORGAN, 404),
        (DESK, 404),
        ("sysadmin@320506-market", 404),
    ],
)
async def test_who_may_not_open_a_transfer(acts: Acts, who: str, status: int) -> None:
    case = await enter(acts(HANDLER))
    answer = await open_on(acts, case["id"], who)
    assert answer.status_code == status, answer.text


async def test_a_case_has_one_open_transfer(acts: Acts) -> None:
    transfer = await opened(acts)
    again = await open_on(acts, transfer["case_id"])
    assert (again.status_code, again.json()["code"]) == (409, "transfer_already_open")
    assert again.json()["transfer_id"] == transfer["id"]
    closed = await led(acts, transfer, ((HEAD, "drop", {"reason": "不构成犯罪"}),))
    anew = await open_on(acts, transfer["case_id"])
    assert anew.status_code == 201
    reopened = await take(acts, closed["id"], HEAD, "reopen", {"new_evidence": "x"})
    assert (reopened.status_code, reopened.json()["code"]) == (409, "transfer_already_open")
    assert reopened.json()["state"] == "closed"


async def test_two_drafts_at_once_on_one_case(acts: Acts) -> None:
    case = await enter(acts(HANDLER))
    await group(acts)
    answers = await asyncio.gather(*(open_on(acts, case["id"], who) for who in (HANDLER, SECOND)))
    assert sorted(answer.status_code for answer in answers) == [201, 409]


@pytest.mark.parametrize(
    "pair",
    [
        (("approve", {}), ("refuse", {"reason": "证据不足"})),
        (("approve", {}), ("approve", {})),
    ],
)
async def test_of_two_at_once_one_wins(acts: Acts, pair: Any) -> None:
    """The other learns the state that the winner left."""
    transfer = await led_to(acts, "report")
    answers: list[httpx.Response] = await asyncio.gather(
        *(take(acts, transfer["id"], HEAD, action, inputs) for action, inputs in pair)
    )
    won, lost = sorted(answers, key=lambda answer: answer.status_code)
    assert (won.status_code, lost.status_code) == (200, 409)
    assert lost.json()["code"] == "action_not_in_state"
    assert lost.json()["state"] == won.json()["state"]
    assert lost.json()["revision"] == transfer["revision"] + 1


async def test_police_decide_while_the_sender_withdraws(acts: Acts) -> None:
    transfer = await led_to(acts, "send")
    answers = await asyncio.gather(
        take(acts, transfer["id"], HEAD, "withdraw_transfer", {"reason": "材料有误"}),
        take(acts, transfer["id"], DESK, "sign_receipt"),
    )
    codes = sorted(answer.status_code for answer in answers)
    assert codes in ([200, 404], [200, 409]), [answer.text for answer in answers]


async def test_a_repeated_key_repeats_the_answer_not_the_act(acts: Acts) -> None:
    transfer = await led_to(acts, "report")
    path = f"/api/v1/transfers/{transfer['id']}/actions/approve"
    key = {"Idempotency-Key": "approve-1"}
    first = await acts(HEAD).post(path, json={"inputs": {"opinion": "同意"}}, headers=key)
    again = await acts(HEAD).post(path, json={"inputs": {"opinion": "同意"}}, headers=key)
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    other = await acts(HEAD).post(path, json={"inputs": {"opinion": "改"}}, headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    steps = (await acts(HEAD).get(f"/api/v1/transfers/{transfer['id']}")).json()["steps"]
    assert [step["action"] for step in steps].count("approve") == 1


async def test_an_act_may_be_tied_to_the_revision_that_was_read(acts: Acts) -> None:
    transfer = await led_to(acts, "report")
    stale = await take(acts, transfer["id"], HEAD, "approve", revision=transfer["revision"] - 1)
    assert (stale.status_code, stale.json()["code"]) == (409, "transfer_changed")
    assert stale.json()["revision"] == transfer["revision"]
    current = await take(acts, transfer["id"], HEAD, "approve", revision=transfer["revision"])
    assert current.status_code == 200


@pytest.mark.parametrize(
    ("inputs", "field", "code"),
    [
        ({"police_organ": "x"}, "police_organ", "input_wrong_type"),
        ({"police_organ": 2**40}, "police_organ", "input_out_of_range"),
        ({"police_organ": "foreign"}, "police_organ", "police_not_counterpart"),
        ({"police_organ": "court"}, "police_organ", "organ_unknown"),
        ({"attachments": "a\u0000b"}, "attachments", "input_wrong_type"),
        ({"attachments": ["a"]}, "attachments", "input_wrong_type"),
        ({"attachments": "字" * 20_001}, "attachments", "input_too_long"),
        ({"seized_goods_notice": "是"}, "seized_goods_notice", "input_wrong_type"),
        ({"colour": "red"}, "colour", "input_unknown"),
    ],
)
async def test_wrong_inputs_name_the_field(acts: Acts, inputs: dict[str, Any], field: str, code: str) -> None:
    transfer = await led_to(acts, "approve")
    organs = (await acts(HANDLER).get("/api/v1/organs")).json()
    codes = {"foreign": "320583-police", "court": "320506-court"}
    wanted = codes.get(str(inputs.get("police_organ")))
    if wanted:
        inputs = {"police_organ": next(organ["id"] for organ in organs if organ["code"] == wanted)}
    answer = await take(acts, transfer["id"], HANDLER, "send", inputs)
    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
    assert answer.json()["errors"][0]["field"] == f"inputs.{field}"


async def test_a_lone_surrogate_is_refused(acts: Acts) -> None:
    transfer = await led_to(acts, "report")
    answer = await acts(HEAD).post(
        f"/api/v1/transfers/{transfer['id']}/actions/approve",
        content=b'{"inputs": {"opinion": "\\ud800"}}',
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code == 422, answer.text


@pytest.mark.parametrize(
    "request_",
    [
        ("GET", "/api/v1/transfers"),
        ("GET", "/api/v1/transfers/0190163d-8694-739b-aea5-966c26f8ad91"),
        ("POST", "/api/v1/transfers/0190163d-8694-739b-aea5-966c26f8ad91/actions/approve"),
        ("POST", "/api/v1/cases/0190163d-8694-739b-aea5-966c26f8ad91/transfers"),
        ("GET", "/api/v1/clocks"),
    ],
)
async def test_nobody_is_told_to_sign_in(client: httpx.AsyncClient, request_: tuple[str, str]) -> None:
    answer = await client.request(*request_, json={})
    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")


async def test_what_is_not_there(acts: Acts) -> None:
    nowhere = "0190163d-8694-739b-aea5-966c26f8ad91"
    assert (await acts(HANDLER).get(f"/api/v1/transfers/{nowhere}")).status_code == 404
    assert (await open_on(acts, nowhere)).status_code == 404
    assert (await take(acts, nowhere, HANDLER, "report")).status_code == 404
    assert (await acts(HANDLER).get("/api/v1/transfers/17")).status_code == 422
    assert (await enter(acts(HANDLER), case_body()))["id"]
