"""What follows a filing, a notice or a lapsed clock: the rest of the table, each act three weeks apart."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.database.transaction import Database
from app.law.legal_days import SHANGHAI
from app.law.procedure_table import transfer_procedure
from app.transfers.models import OpenTransfer
from app.transfers.service import act, open_transfer
from tests.cases.builders import enter
from tests.conftest import Acts
from tests.transfers.builders import (
    CHIEF,
    COURT,
    DESK,
    HANDLER,
    HEAD,
    POLICE,
    POLICE_HEAD,
    PROCURATOR,
    REFUSED,
    RESTATED,
    STRAIGHT,
    group,
    seen,
)
from tests.transfers.test_ways import FORKS

Way = tuple[tuple[str, str, Mapping[str, Any]], ...]
UPPER_CHIEF = "head@320500-procuratorate"
KUNSHAN = "handler@320583-police"
KUNSHAN_HEAD = "head@320583-police"
REASON = {"reason": "理由"}

NOTIFIED: Way = (*REFUSED, *RESTATED, (CHIEF, "notify_filing", REASON))
PROSECUTED: Way = (
    *STRAIGHT,
    (POLICE, "begin_investigation", {}),
    (POLICE, "record_measure", {"measure": "取保候审"}),
    (POLICE_HEAD, "send_for_prosecution", {"document_number": "1号"}),
    (PROCURATOR, "prosecute", {"document_number": "1号"}),
)
NOT_PROSECUTED: Way = (
    *PROSECUTED[:-1],
    (CHIEF, "not_prosecute", {"kind": "discretionary", "reason": "情节轻微"}),
    (PROCURATOR, "register_reverse_review", {}),
)
JUDGED: Way = (*PROSECUTED, (COURT, "record_judgment", {"result": "罚金", "document_number": "1号"}))
REVERSED: Way = (
    *NOT_PROSECUTED,
    (CHIEF, "reverse_by_procuratorate", {"opinion": "应当处罚", "reply_days": 30}),
)

OUTCOMES: dict[str, tuple[Way, str, set[str]]] = {
    "urgent": (
        (
            (
                HEAD,
                "urgent_send",
                REASON | {"papers_to_follow": "鉴定意见", "papers_due": "2026-08-01"},
            ),
        ),
        "sent",
        {"receipt"},
    ),
    "supplemented during review": (
        (
            *STRAIGHT[:4],
            (DESK, "ask_supplement", {"items": ["鉴定意见"]}),
            (POLICE, "begin_review", {}),
            (HANDLER, "supplement_in_review", {"statement": "已补"}),
        ),
        "reviewing",
        {"review"},
    ),
    "late": (
        (
            *STRAIGHT[:5],
            (PROCURATOR, "demand_delay_reasons", REASON),
            (POLICE, "give_delay_reasons", REASON),
        ),
        "reviewing",
        {"review"},
    ),
    "proposal withdrawn and returned": (
        (
            *STRAIGHT[:6],
            (POLICE, "withdraw_proposal", REASON),
            (POLICE, "propose_refusal", REASON),
            (POLICE_HEAD, "return_proposal", REASON),
        ),
        "reviewing",
        {"review"},
    ),
    "told by the procuratorate": (
        (
            *REFUSED,
            *RESTATED,
            (PROCURATOR, "accept_reasons", REASON),
            (PROCURATOR, "answer_organ", {"answer": "理由成立"}),
        ),
        "refusal_confirmed",
        set(),
    ),
    "not filed on notice": (
        (
            *NOTIFIED,
            (CHIEF, "issue_correction", REASON),
            (POLICE_HEAD, "ask_correction_review", REASON),
            (CHIEF, "decide_correction_review", {"result": "维持"}),
        ),
        "filing_notified",
        {"file_on_notice"},
    ),
    "filing under supervision": (
        (
            *STRAIGHT,
            (PROCURATOR, "demand_filing_reasons", REASON),
            (POLICE, "give_filing_reasons", REASON),
            (CHIEF, "notify_withdrawal", REASON),
            (POLICE_HEAD, "ask_notice_review", REASON),
            (CHIEF, "decide_notice_review", {"result": "维持"}),
            (POLICE_HEAD, "ask_notice_recheck", REASON),
            (UPPER_CHIEF, "decide_notice_recheck", {"result": "维持"}),
            (POLICE_HEAD, "record_withdrawal", REASON),
            (POLICE_HEAD, "close_withdrawn", REASON),
        ),
        "closed",
        set(),
    ),
    "not prosecuted, not to be punished": (
        (*NOT_PROSECUTED, (CHIEF, "end_reverse_review", REASON)),
        "closed",
        set(),
    ),
    "not prosecuted, punished": (
        (
            *REVERSED,
            (HANDLER, "accept_reverse", {}),
            (HANDLER, "close", {"result": "penalised", "decision_number": "苏吴市监处罚〔2026〕9号"}),
            (HANDLER, "reply_to_opinion", {"reply": "已处罚"}),
        ),
        "closed",
        set(),
    ),
    "not prosecuted, not punished": (
        (*REVERSED, (HEAD, "decline_reverse", REASON)),
        "closed",
        {"opinion_reply"},
    ),
    "judged and punished": (
        (*JUDGED, (COURT, "reverse_after_judgment", REASON)),
        "reversed",
        {"goods_handover", "reverse_acceptance"},
    ),
    "judged": (
        (*JUDGED, (HANDLER, "close_after_judgment", {"fine_offset": "20000.00"})),
        "closed",
        {"goods_handover"},
    ),
    "consulted and watched": (
        (
            (HANDLER, "consult_procuratorate", {"question": "是否移送"}),
            (PROCURATOR, "end_consultation", {"opinion": "应移送"}),
            (HANDLER, "ask_early_involvement", {"request": "固定证据"}),
            (CHIEF, "list_for_supervision", REASON),
            *STRAIGHT[:4],
            (HANDLER, "consult_police", {"question": "证据"}),
            (POLICE, "end_consultation", {"opinion": "可"}),
            (CHIEF, "lift_supervision", REASON),
        ),
        "received",
        {"review", "pass_on", "supplement_notice"},
    ),
    "reopened": (
        (
            *REFUSED,
            (HANDLER, "resume", REASON),
            (HANDLER, "close", {"result": "not_penalised"}),
            (HEAD, "reopen", {"new_evidence": "新查获仓库"}),
        ),
        "draft",
        set(),
    ),
}
ELSEWHERE = {
    # test_ways.py and below lead to these with an organ of another place
    "open_draft",
    "name_task_group",
    "propose_passing_on",
    "approve_passing_on",
    "extend_review",
    "change_jurisdiction",
    "notify_jurisdiction_change",
    "hand_over_goods",
    "accept_goods",
}


async def led_slowly(acts: Acts, database: Database, world: dict[str, int], way: Way) -> str:
    """A transfer led through a way, three weeks between the acts."""
    now = datetime(2026, 1, 5, 9, 0, tzinfo=SHANGHAI)
    case = await enter(acts(HANDLER))
    async with database.acting(world[HANDLER], at=now) as tx:
        body = OpenTransfer(charge="214", summary="事实", task_group=await group(acts))
        transfer = await open_transfer(tx, UUID(case["id"]), body)
    for who, action, inputs in way:
        now += timedelta(weeks=3)
        async with database.acting(world[who], at=now) as tx:
            await act(tx, transfer, action, inputs)
    return str(transfer)


@pytest.mark.parametrize("name", OUTCOMES)
async def test_outcomes(acts: Acts, database: Database, world: dict[str, int], name: str) -> None:
    way, state, clocks = OUTCOMES[name]
    transfer = await seen(acts, await led_slowly(acts, database, world, way), PROCURATOR)
    assert transfer["state"] == state
    running = {clock["clock"] for clock in transfer["clocks"] if clock["stopped_at"] is None}
    assert running - {"goods_handover"} == clocks - {"goods_handover"}


async def test_the_term_that_the_opinion_names(acts: Acts, database: Database, world: dict[str, int]) -> None:
    """The document's own term (30 days) comes before the default of two months."""
    transfer = await seen(acts, await led_slowly(acts, database, world, REVERSED), HANDLER)
    clock = next(clock for clock in transfer["clocks"] if clock["clock"] == "opinion_reply")
    started, due = (datetime.fromisoformat(clock[key]) for key in ("started_at", "due_at"))
    assert timedelta(days=30) <= due - started <= timedelta(days=34)


async def test_a_change_of_jurisdiction_hands_the_case_on_when_the_organ_is_told(
    acts: Acts, database: Database, world: dict[str, int]
) -> None:
    """公安机关办理刑事案件程序规定第184条: in writing within three days."""
    organs = (await acts(HANDLER).get("/api/v1/organs", params={"kind": "police", "region": 320583})).json()
    change = {"police_organ": organs[0]["id"]} | REASON
    way: Way = (*STRAIGHT, (POLICE, "change_jurisdiction", change))
    transfer = await led_slowly(acts, database, world, way)
    before = await seen(acts, transfer, POLICE)
    assert before["police"]["id"] != organs[0]["id"]
    answer = await acts(POLICE).post(
        f"/api/v1/transfers/{transfer}/actions/notify_jurisdiction_change", json={"inputs": {"note": "告知"}}
    )
    assert answer.status_code == 200, answer.text
    assert (answer.json()["state"], answer.json()["police"]["id"]) == ("filed", organs[0]["id"])
    theirs = await seen(acts, transfer, KUNSHAN)
    assert "begin_investigation" in {action["id"] for action in theirs["available_actions"]}
    assert "record_withdrawal" in {
        action["id"] for action in (await seen(acts, transfer, KUNSHAN_HEAD))["available_actions"]
    }


def test_every_action_of_the_table_is_led_to() -> None:
    ways = [*(way for way, _, _ in FORKS), *(way for way, _, _ in OUTCOMES.values())]
    led = {action for way in ways for _, action, _ in way} | ELSEWHERE
    assert {action.id for action in transfer_procedure().actions} - led == set()
