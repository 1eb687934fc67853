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
WAIT: tuple[str, str, Mapping[str, Any]] = ("", "wait", {})

JUDGMENT = {
    "outcome": "convicted",
    "result": "罚金",
    "criminal_fine": "50000",
    "document_number": "1号",
    "detention_days": 5,
}

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
JUDGED: Way = (*PROSECUTED, (COURT, "record_judgment", JUDGMENT))
REVERSED: Way = (
    *NOT_PROSECUTED,
    (CHIEF, "reverse_by_procuratorate", {"opinion": "应当处罚", "reply_days": 30}),
)

URGENT = {
    "ground": "flight",
    "reason": "当事人已购买机票",
    "papers_to_follow": ["鉴定意见", "涉案物品清单"],
    "papers_days": 10,
}
WITHDRAWAL_NOTIFIED: Way = (
    *STRAIGHT,
    (PROCURATOR, "demand_filing_reasons", REASON),
    (POLICE, "give_filing_reasons", REASON),
    (CHIEF, "notify_withdrawal", REASON),
)

OUTCOMES: dict[str, tuple[Way, str, set[str]]] = {
    "urgent": (
        (
            (
                HEAD,
                "urgent_send",
                URGENT,
            ),
        ),
        "sent",
        {"receipt", "papers_to_follow"},
    ),
    "urgent, the papers follow": (
        (
            (HANDLER, "urgent_send", URGENT),
            (DESK, "sign_receipt", {}),
            (HANDLER, "deliver_papers", {"papers": ["涉案物品清单"]}),
            (HANDLER, "deliver_papers", {"papers": ["鉴定意见"]}),
            (POLICE, "begin_review", {}),
        ),
        "reviewing",
        {"review"},
    ),
    "missing evidence overridden by itself": (
        (
            STRAIGHT[0],
            (HEAD, "approve", {}),
            (HEAD, "override_evidence", {"reason": "检验报告待出"}),
            STRAIGHT[2],
        ),
        "sent",
        {"receipt"},
    ),
    "the police take part early": (
        (
            (HANDLER, "ask_police_involvement", {"request": "固定电子数据"}),
            (POLICE, "grant_early_involvement", {"officers": "王警官"}),
            (POLICE, "record_advice", {"advice": "先固定交易记录"}),
            (POLICE, "end_early_involvement", {"result": "证据已固定"}),
            (HANDLER, "ask_early_involvement", {"request": "定性"}),
            (PROCURATOR, "decline_early_involvement", REASON),
            (CHIEF, "offer_early_involvement", REASON | {"officers": "李检察官"}),
            (PROCURATOR, "record_advice", {"advice": "补充主观明知的证据"}),
            (PROCURATOR, "end_early_involvement", {"result": "已提出意见"}),
        ),
        "draft",
        set(),
    ),
    "the police consult the procuratorate": (
        (
            *STRAIGHT[:5],
            (POLICE, "consult_by_police", {"question": "是否达到追诉标准"}),
            (PROCURATOR, "end_consultation", {"opinion": "达到"}),
        ),
        "reviewing",
        {"review"},
    ),
    "not filed on notice, taken to the superior": (
        (
            *NOTIFIED,
            (CHIEF, "issue_correction", REASON),
            (CHIEF, "report_to_superior", REASON),
            (UPPER_CHIEF, "record_superior_result", {"result": "上级公安机关责令立案"}),
            (POLICE_HEAD, "answer_correction", {"reply": "即日立案"}),
            (POLICE, "propose_filing", {"reason": "依通知", "charge": "214"}),
            (POLICE_HEAD, "file_on_notice", {"police_case_number": "A1"}),
        ),
        "filed",
        {"goods_handover"},
    ),
    "not withdrawn on notice": (
        (
            *WITHDRAWAL_NOTIFIED,
            (CHIEF, "correct_non_withdrawal", REASON),
            (POLICE_HEAD, "answer_correction", {"reply": "立即撤销"}),
            (POLICE_HEAD, "record_withdrawal", REASON),
            (POLICE_HEAD, "reopen_investigation", REASON | {"police_case_number": "A2"}),
        ),
        "investigating",
        set(),
    ),
    "the notice to withdraw is taken back": (
        (
            *WITHDRAWAL_NOTIFIED,
            (POLICE_HEAD, "ask_notice_review", REASON),
            (CHIEF, "revoke_withdrawal_notice", {"result": "通知有误"}),
        ),
        "filed",
        set(),
    ),
    "the superior takes the notice back": (
        (
            *WITHDRAWAL_NOTIFIED,
            (POLICE_HEAD, "ask_notice_review", REASON),
            (CHIEF, "decide_notice_review", {"result": "维持"}),
            (POLICE_HEAD, "ask_notice_recheck", REASON),
            (UPPER_CHIEF, "revoke_notice_on_recheck", {"result": "通知有误"}),
        ),
        "filed",
        set(),
    ),
    "back to the police and to the court again": (
        (
            *PROSECUTED[:-1],
            (PROCURATOR, "return_for_investigation", REASON),
            *PROSECUTED[-2:],
            (CHIEF, "withdraw_prosecution", REASON),
            (CHIEF, "not_prosecute", {"kind": "conditional", "reason": "附条件"}),
            (CHIEF, "prosecute_after_all", REASON),
        ),
        "sent_for_prosecution",
        set(),
    ),
    "the review of a non-prosecution is suspended and extended": (
        (
            *NOT_PROSECUTED,
            (PROCURATOR, "suspend_reverse_review", REASON | {"ground": "victim"}),
            (PROCURATOR, "resume_reverse_review", REASON),
            (PROCURATOR, "ask_outside_opinion", {"question": "同案处理"}),
            (PROCURATOR, "record_outside_opinion", {"opinion": "应处罚"}),
            (CHIEF, "extend_reverse_review", REASON | {"days": 60}),
        ),
        "not_prosecuted",
        {"reverse_review"},
    ),
    "the organ neither accepts nor answers": (
        (
            *REVERSED,
            WAIT,
            (PROCURATOR, "urge_acceptance", REASON),
            (PROCURATOR, "urge_reply", REASON),
            (CHIEF, "report_no_reply", REASON),
        ),
        "reversed",
        {"reverse_acceptance", "opinion_reply"},
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
    "change_procuratorate",
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
        if action == "wait":
            continue
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
