"""A transfer for administrative detention, which only the police may impose (行政处罚法第18条)."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.cases.builders import enter
from tests.conftest import Acts
from tests.referrals.builders import Way, led, open_one, organ, running, take
from tests.transfers.builders import DESK, HANDLER, HEAD, POLICE, POLICE_HEAD, PROCURATOR

REASON = {"reason": "理由"}
MATERIALS = {"materials": ["案件移送书", "调查报告", "监测报告"]}
RECEIVED: Way = (
    (HEAD, "approve", {}),
    (HANDLER, "send", MATERIALS),
    (DESK, "sign_receipt", {}),
)


async def opened(acts: Acts, **change: Any) -> dict[str, Any]:
    case = await enter(acts(HANDLER))
    inputs = {
        "case": case["number"],
        "provision": "food",
        "persons": ["李建国", "王五"],
        "facts": "用非食品原料生产食品，尚不构成犯罪",
    }
    answer = await open_one(acts, HANDLER, "detention", inputs | change)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_to_the_decision_and_its_execution(acts: Acts) -> None:
    """食品安全法第123条; 移送适用行政拘留环境违法案件暂行办法."""
    found = await opened(acts)
    assert (found["party_name"], found["state"]) == ("李建国、王五", "draft")
    case = f"/api/v1/cases/{found['case_id']}"
    assert (await acts(POLICE).get(case)).status_code == 404
    found = await led(acts, found, RECEIVED[:1])
    assert running(found) == {"detention_sending"}
    found = await led(acts, found, RECEIVED[1:])
    assert (found["state"], running(found)) == ("received", {"detention_decision"})
    assert (await acts(POLICE).get(case)).status_code == 200
    proposal = {"persons": ["李建国 五日", "王五 三日"], "reason": "食品安全法第123条"}
    found = await led(acts, found, ((POLICE, "propose_detention", proposal),))
    assert found["proposal"]["label"] == "行政拘留"
    hidden = (await acts(HANDLER).get(f"/api/v1/referrals/{found['id']}")).json()
    assert hidden["proposal"] is None
    assert "propose_detention" not in {step["action"] for step in hidden["steps"]}
    found = await led(
        acts,
        found,
        (
            (POLICE_HEAD, "approve_detention", {"decision_number": "吴公（治）行罚决字〔2026〕1号"}),
            (POLICE, "record_execution", {"result": "已执行"}),
        ),
    )
    assert (found["state"], running(found)) == ("executed", set())


@pytest.mark.parametrize(
    ("way", "state"),
    [
        (((HEAD, "drop", REASON),), "dropped"),
        ((*RECEIVED, (POLICE_HEAD, "return", REASON)), "returned"),
        ((*RECEIVED, (POLICE_HEAD, "treat_as_crime", REASON | {"police_case_number": "A1"})), "criminal"),
        (
            (
                *RECEIVED,
                (DESK, "ask_supplement", {"items": ["监测报告"]}),
                (HANDLER, "supplement", {"items": ["监测报告"]}),
                (POLICE_HEAD, "extend_decision", REASON | {"days": 60}),
                (POLICE, "propose_detention", REASON | {"persons": ["李建国"]}),
                (POLICE_HEAD, "return_proposal", REASON),
                (POLICE, "propose_no_detention", REASON),
                (POLICE_HEAD, "approve_no_detention", {}),
            ),
            "not_detained",
        ),
    ],
)
async def test_other_ways(acts: Acts, way: Way, state: str) -> None:
    assert (await led(acts, await opened(acts), way))["state"] == state


async def test_who_may_not(acts: Acts) -> None:
    found = await opened(acts)
    for who, action, status, code in (
        (HANDLER, "approve", 403, "role_may_not"),
        (PROCURATOR, "approve", 403, "party_may_not"),
        (POLICE, "sign_receipt", 404, "not_found"),
        ("head@340104-market", "approve", 404, "not_found"),
        (HANDLER, "fly", 404, "action_unknown"),
        (HANDLER, "send", 409, "action_not_in_state"),
    ):
        answer = await take(acts, found["id"], who, action)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    await led(acts, found, RECEIVED[:1])
    kunshan = await organ(acts, "320583-police")
    wrong = await take(acts, found["id"], HANDLER, "send", MATERIALS | {"police_organ": kunshan})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "police_not_counterpart")
    alone = await led(acts, found, RECEIVED[1:])
    denied = await take(acts, alone["id"], POLICE_HEAD, "approve_detention", {"decision_number": "1"})
    assert (denied.status_code, denied.json()["code"]) == (409, "proposal_missing")
    assert denied.json()["state"] == "received"


async def test_a_case_of_another_organ_is_not_named(acts: Acts) -> None:
    case = await enter(acts("handler1@320583-market"))
    body = {"case": case["number"], "provision": "food", "persons": ["甲"], "facts": "事实"}
    answer = await open_one(acts, HANDLER, "detention", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "case_number_unknown")


@pytest.mark.parametrize(
    "request_",
    [
        ("GET", "/api/v1/referrals"),
        ("GET", "/api/v1/referrals/openings"),
        ("POST", "/api/v1/referrals"),
        ("GET", "/api/v1/referrals/0190163d-8694-739b-aea5-966c26f8ad91"),
        ("POST", "/api/v1/referrals/0190163d-8694-739b-aea5-966c26f8ad91/actions/approve"),
    ],
)
async def test_nobody_is_told_to_sign_in(client: httpx.AsyncClient, request_: tuple[str, str]) -> None:
    answer = await client.request(*request_, json={})
    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")
