"""The straight way of a transfer and its forks, by the officers who may, over HTTP."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest

from tests.conftest import Acts
from tests.transfers.builders import (
    CHIEF,
    COURT,
    DESK,
    HANDED,
    HANDLER,
    HEAD,
    LEGAL,
    POLICE,
    POLICE_HEAD,
    PROCURATOR,
    REFUSED,
    RESTATED,
    SECOND,
    STRAIGHT,
    led,
    led_to,
    opened,
    seen,
    take,
)

Way = tuple[tuple[str, str, Mapping[str, Any]], ...]


def running(transfer: Mapping[str, Any]) -> set[str]:
    return {clock["clock"] for clock in transfer["clocks"] if clock["stopped_at"] is None}


async def test_a_draft_names_what_the_checklist_lacks_and_blocks_nothing(acts: Acts) -> None:
    transfer = await opened(acts)
    assert transfer["state"] == "draft"
    assert re.fullmatch(r".+移〔\d{4}〕\d+号", transfer["number"])
    assert transfer["holder"]["name"] == "苏州市吴中区市场监督管理局"
    lacking = {gap["item"] for gap in transfer["warnings"] if gap["code"] == "evidence_missing"}
    assert {"C1", "214-E1"} <= lacking
    assert [action["id"] for action in transfer["available_actions"]][:2] == ["name_task_group", "report"]


async def test_the_straight_way(acts: Acts) -> None:
    """国务院令第310号第5条至第8条、第12条."""
    transfer = await opened(acts)
    states, clocks = [], []
    for who, action, inputs in STRAIGHT:
        answer = await take(acts, transfer["id"], who, action, inputs)
        assert answer.status_code == 200, answer.text
        states.append(answer.json()["state"])
        clocks.append(running(answer.json()))
    assert states == ["reported", "approved", "sent", "received", "reviewing", "reviewing", "filed"]
    assert clocks == [
        {"transfer_decision"},
        {"transfer_sending"},
        {"receipt"},
        {"supplement_notice", "pass_on", "review"},
        {"review"},
        {"review"},
        {"goods_handover"},
    ]
    done = await led(
        acts,
        transfer,
        (
            (HANDLER, "hand_over_goods", HANDED),
            (POLICE, "accept_goods", HANDED),
            (POLICE, "begin_investigation", {}),
            (POLICE_HEAD, "send_for_prosecution", {"document_number": "吴公诉字〔2026〕1号"}),
            (PROCURATOR, "prosecute", {"document_number": "吴检刑诉〔2026〕1号"}),
            (
                COURT,
                "record_judgment",
                {
                    "outcome": "convicted",
                    "result": "有期徒刑六个月，并处罚金三万元",
                    "criminal_fine": "30000.00",
                    "document_number": "（2026）苏0506刑初1号",
                },
            ),
            (HANDLER, "close_after_judgment", {"fine_offset": "20000.00"}),
        ),
    )
    assert (done["state"], done["holder"], running(done)) == ("closed", None, set())
    assert done["closed_at"] is not None
    assert done["record"]["approve_filing"] == {"police_case_number": "A3205062026050001"}
    steps = done["steps"]
    assert [step["from_state"] for step in steps[1:]] == [step["to_state"] for step in steps[:-1]]


async def test_the_report_stops_the_clock_of_the_case(acts: Acts) -> None:
    """report_transfer runs on the case from the reached threshold until the report."""

    async def still_runs() -> bool:
        clocks = (await acts(HANDLER).get("/api/v1/clocks", params={"clock": "report_transfer"})).json()
        return transfer["case_number"] in {clock["case_number"] for clock in clocks["items"]}

    transfer = await opened(acts)
    assert await still_runs()
    await led(acts, transfer, STRAIGHT[:1])
    assert not await still_runs()


FORKS: list[tuple[Way, str, set[str]]] = [
    (((HEAD, "drop", {"reason": "不构成犯罪"}),), "closed", set()),
    ((STRAIGHT[0], (LEGAL, "legal_review", {"opinion": "同意移送"})), "reported", {"transfer_decision"}),
    ((STRAIGHT[0], (HEAD, "refuse", {"reason": "证据不足"})), "not_approved", set()),
    (
        (
            STRAIGHT[0],
            (HEAD, "refuse", {"reason": "证据不足"}),
            (SECOND, "report_again", {"new_facts": "新查获", "report": "报告", "proposal": "移送"}),
        ),
        "reported",
        {"transfer_decision"},
    ),
    (
        (STRAIGHT[0], (HEAD, "refuse", {"reason": "证据不足"}), (HANDLER, "resume", {"reason": "处罚"})),
        "resumed",
        set(),
    ),
    (
        (
            STRAIGHT[0],
            (HEAD, "refuse", {"reason": "证据不足"}),
            (HANDLER, "resume", {"reason": "处罚"}),
            (HANDLER, "close", {"result": "penalised"}),
        ),
        "closed",
        set(),
    ),
    ((*STRAIGHT[:3], (HEAD, "withdraw_transfer", {"reason": "材料有误"})), "draft", set()),
    (
        (*STRAIGHT[:4], (DESK, "ask_supplement", {"items": ["鉴定意见"]})),
        "supplement_asked",
        {"supplement", "review", "pass_on"},
    ),
    (
        (
            *STRAIGHT[:4],
            (DESK, "ask_supplement", {"items": ["鉴定意见"]}),
            (HANDLER, "supplement", {"items": ["鉴定意见1份"]}),
        ),
        "received",
        {"review", "pass_on"},
    ),
    (
        (
            *STRAIGHT[:4],
            (DESK, "ask_supplement", {"items": ["鉴定意见"]}),
            (SECOND, "explain_impossibility", {"reason": "权利人已注销"}),
        ),
        "received",
        {"review", "pass_on"},
    ),
    ((*STRAIGHT[:4], (DESK, "return", {"reason": "不属于公安机关管辖"})), "returned", set()),
    (REFUSED, "refused", {"reconsideration_request"}),
    (
        (*REFUSED, (HANDLER, "ask_reconsideration", {"reason": "数额已达标准"})),
        "reconsidering",
        {"reconsideration_decision"},
    ),
    (
        (
            *REFUSED,
            (HANDLER, "ask_reconsideration", {"reason": "数额已达标准"}),
            (POLICE_HEAD, "reconsider_and_file", {"reason": "应立案", "police_case_number": "A1"}),
        ),
        "filed",
        {"goods_handover"},
    ),
    (
        (
            *REFUSED,
            (HEAD, "ask_reconsideration", {"reason": "数额已达标准"}),
            (POLICE_HEAD, "uphold_refusal", {"reason": "维持"}),
        ),
        "refusal_upheld",
        {"supervision_request"},
    ),
    ((*REFUSED, RESTATED[0]), "supervision_suggested", set()),
    ((*REFUSED, *RESTATED[:2]), "reasons_demanded", {"explain_refusal"}),
    ((*REFUSED, *RESTATED), "reasons_given", set()),
    (
        (*REFUSED, *RESTATED, (PROCURATOR, "accept_reasons", {"reason": "理由成立"})),
        "refusal_confirmed",
        {"answer_organ"},
    ),
    (
        (*REFUSED, *RESTATED, (CHIEF, "notify_filing", {"reason": "理由不成立"})),
        "filing_notified",
        {"file_on_notice"},
    ),
    (
        (
            *REFUSED,
            *RESTATED,
            (CHIEF, "notify_filing", {"reason": "理由不成立"}),
            (POLICE, "propose_filing", {"reason": "依通知立案", "charge": "214"}),
            (POLICE_HEAD, "file_on_notice", {"police_case_number": "A1"}),
        ),
        "filed",
        {"goods_handover"},
    ),
    (
        (*STRAIGHT, (POLICE_HEAD, "record_withdrawal", {"reason": "没有犯罪事实"})),
        "withdrawn",
        set(),
    ),
    (
        (
            *STRAIGHT,
            (POLICE_HEAD, "record_withdrawal", {"reason": "没有犯罪事实"}),
            (POLICE, "reverse_by_police", {"reason": "应当行政处罚"}),
        ),
        "reversed",
        {"reverse_acceptance"},
    ),
]


@pytest.mark.parametrize(("way", "state", "clocks"), FORKS, ids=[f"{w[-1][1]}-{s}" for w, s, _ in FORKS])
async def test_forks(acts: Acts, way: Way, state: str, clocks: set[str]) -> None:
    transfer = await led(acts, await opened(acts), way)
    assert transfer["state"] == state
    assert running(transfer) == clocks


async def test_the_case_says_why_it_is_not_transferred(acts: Acts) -> None:
    """国务院令第310号第5条第2款: the reasons for not approving are recorded."""

    async def reason() -> str | None:
        case = (await acts(HANDLER).get(f"/api/v1/cases/{transfer['case_id']}")).json()
        said: str | None = case["not_transferred_reason"]
        return said

    transfer = await led(acts, await opened(acts), (STRAIGHT[0], (HEAD, "refuse", {"reason": "证据不足"})))
    assert await reason() == "证据不足"
    again = {"new_facts": "新查获", "report": "报告", "proposal": "移送"}
    await led(acts, transfer, ((HANDLER, "report_again", again),))
    assert await reason() is None
    dropped = await led(acts, await opened(acts), ((HEAD, "drop", {"reason": "不构成犯罪"}),))
    transfer = dropped
    assert await reason() == "不构成犯罪"


async def test_what_was_withdrawn_is_sent_anew(acts: Acts) -> None:
    transfer = await led(
        acts, await opened(acts), (*STRAIGHT[:3], (HEAD, "withdraw_transfer", {"reason": "材料有误"}))
    )
    assert (transfer["sent_at"], transfer["police"]) == (None, None)
    police = await acts(DESK).get(f"/api/v1/transfers/{transfer['id']}")
    assert police.status_code == 404
    told = (await acts(DESK).get("/api/v1/notices")).json()["items"]
    assert [one["kind"] for one in told] == ["transfer.withdraw_transfer", "transfer.send"]
    again = await led(acts, transfer, STRAIGHT[:4])
    assert again["state"] == "received"


async def test_a_proposal_takes_effect_with_the_heads_approval(acts: Acts) -> None:
    """公安机关办理刑事案件程序规定第178条; the waiting proposal is the police's own matter."""
    transfer = await led_to(acts, "propose_filing")
    assert transfer["state"] == "reviewing"
    assert transfer["proposal"]["kind"] == "filing"
    assert (await seen(acts, transfer["id"], PROCURATOR))["proposal"] is not None
    by_sender = await seen(acts, transfer["id"], HANDLER)
    assert by_sender["proposal"] is None
    assert "propose_filing" not in {step["action"] for step in by_sender["steps"]}
    refused = await take(acts, transfer["id"], POLICE, "propose_refusal", {"reason": "x"})
    assert (refused.status_code, refused.json()["code"]) == (409, "proposal_waiting")
    back = await led(acts, transfer, ((POLICE_HEAD, "return_proposal", {"reason": "补充理由"}),))
    assert (back["state"], back["proposal"]) == ("reviewing", None)
    early = await take(acts, transfer["id"], POLICE_HEAD, "approve_filing", {"police_case_number": "A1"})
    assert (early.status_code, early.json()["code"]) == (409, "proposal_missing")


async def test_passing_on_hands_the_case_to_the_other_police_organ(acts: Acts) -> None:
    """国务院令第310号第7条."""
    transfer = await led_to(acts, "sign_receipt")
    organs = (await acts(DESK).get("/api/v1/organs", params={"kind": "police", "region": 320583})).json()
    other = "desk@320583-police"
    assert (await acts(other).get(f"/api/v1/transfers/{transfer['id']}")).status_code == 404
    passed = await led(
        acts,
        transfer,
        (
            (DESK, "propose_passing_on", {"police_organ": organs[0]["id"], "reason": "犯罪地在昆山"}),
            (POLICE_HEAD, "approve_passing_on", {}),
        ),
    )
    assert (passed["state"], passed["police"]["id"]) == ("passed_on", organs[0]["id"])
    assert running(passed) == {"receipt"}
    received = await take(acts, transfer["id"], other, "sign_receipt")
    assert received.status_code == 200, received.text
    assert (await acts(other).get(f"/api/v1/cases/{transfer['case_id']}")).status_code == 200
    past = await take(acts, transfer["id"], DESK, "ask_supplement", {"items": ["x"]})
    assert (past.status_code, past.json()["code"]) == (403, "party_may_not")
    listed = (await acts(DESK).get("/api/v1/transfers", params={"passed_on": True})).json()["items"]
    assert [one["id"] for one in listed] == [transfer["id"]]


async def test_whoever_the_table_names_is_told(acts: Acts) -> None:
    transfer = await led_to(acts, "send")
    for who, kind in (
        (DESK, "transfer.send"),
        (PROCURATOR, "transfer.send"),
        (HEAD, "transfer.report"),
        (HANDLER, "transfer.approve"),
        (SECOND, "transfer.approve"),
    ):
        notices = (await acts(who).get("/api/v1/notices")).json()["items"]
        assert kind in {one["kind"] for one in notices if one["subject_id"] == transfer["id"]}, who
    assert (await seen(acts, transfer["id"], PROCURATOR))["state"] == "sent"


async def test_the_extended_review_says_on_what_basis(acts: Acts) -> None:
    transfer = await led_to(acts, "begin_review")
    extended = await led(
        acts,
        transfer,
        (
            (
                POLICE_HEAD,
                "extend_review",
                {"ground": "major_or_complex", "reason": "跨省", "days": 30},
            ),
        ),
    )
    before = next(clock for clock in transfer["clocks"] if clock["clock"] == "review")
    after = next(clock for clock in extended["clocks"] if clock["clock"] == "review")
    assert after["started_at"] == before["started_at"]
    assert after["due_at"] > before["due_at"]
    assert any("30日" in reason for reason in after["reasons"])


async def test_a_closed_transfer_is_reopened_on_new_evidence(acts: Acts) -> None:
    closed = await led(acts, await opened(acts), ((HEAD, "drop", {"reason": "不构成犯罪"}),))
    reopened = await led(acts, closed, ((HEAD, "reopen", {"new_evidence": "新查获仓库"}),))
    assert (reopened["state"], reopened["closed_at"]) == ("draft", None)
    await led(acts, reopened, STRAIGHT)
