"""Reverse referrals that no transfer came before (反向衔接), by the officers who may, over HTTP."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from app.database.transaction import Database
from app.law.legal_days import SHANGHAI
from app.referrals.models import OpenReferral
from app.referrals.service import act, open_referral
from tests.cases.builders import enter
from tests.conftest import Acts
from tests.referrals.builders import (
    DATES,
    DECISION,
    NOT_PROSECUTED,
    OPINION,
    Way,
    led,
    open_one,
    organ,
    reverse,
    running,
    take,
)
from tests.transfers.builders import CHIEF, COURT, HANDLER, HEAD, POLICE, POLICE_HEAD, PROCURATOR

UPPER = "head@320500-procuratorate"
FOREIGN = ("handler1@340104-market", "handler1@320506-tobacco", "handler@320583-procuratorate", COURT)
REASON = {"reason": "理由"}
SENT: Way = ((PROCURATOR, "take_over", {}), (CHIEF, "issue_opinion", OPINION))


async def test_a_non_prosecution_comes_to_the_organ_and_its_result_back(acts: Acts) -> None:
    """刑事诉讼法第177条第3款; 反向衔接工作指引第4、12条."""
    found = await reverse(acts)
    assert (found["state"], running(found)) == ("registered", {"reverse_internal"})
    found = await led(acts, found, SENT[:1])
    assert (found["state"], running(found)) == ("reviewing", {"reverse_review"})
    found = await led(acts, found, SENT[1:])
    assert (found["state"], running(found)) == ("sent", {"reverse_acceptance", "opinion_reply"})
    assert found["holder"]["name"] == "苏州市吴中区市场监督管理局"
    case = await enter(acts(HANDLER))
    found = await led(
        acts,
        found,
        (
            (HANDLER, "accept", DATES | {"case": case["number"]}),
            (HANDLER, "decide", DECISION),
            (HANDLER, "reply", {"reply": "已处罚款三千元"}),
        ),
    )
    assert (found["state"], running(found)) == ("replied", set())
    assert (found["case_id"], found["case_number"]) == (case["id"], case["number"])
    seen = (await acts(PROCURATOR).get(f"/api/v1/referrals/{found['id']}")).json()
    assert seen["record"]["decide"]["fine"] == "3000"


async def test_the_police_send_what_is_no_crime_but_a_breach(acts: Acts) -> None:
    """移送规定第13条; 行政处罚法第27条第1款: with the head's approval, not the handler's own."""
    found = await reverse(acts, POLICE)
    early = await take(acts, found["id"], POLICE, "send", {"note": "笔录"})
    assert (early.status_code, early.json()["code"]) == (403, "role_may_not")
    found = await led(acts, found, ((POLICE_HEAD, "send", {"note": "笔录、清单"}),))
    assert running(found) == {"reverse_acceptance"}
    told = (await acts(PROCURATOR).get("/api/v1/notices")).json()["items"]
    assert [one["subject_id"] for one in told] == [found["id"]]
    found = await led(
        acts, found, ((HEAD, "decline", REASON), (HANDLER, "reply", {"reply": "不予立案，理由如下"}))
    )
    assert (found["state"], running(found)) == ("replied", set())


async def test_the_examination_halts_and_goes_on(
    acts: Acts, database: Database, world: dict[str, int]
) -> None:
    """反向衔接工作指引第12、13条: what halts does not count, and each ground ends by itself."""
    organ_id = await organ(acts, "320506-market")
    now = datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)
    async with database.acting(world[PROCURATOR], at=now) as tx:
        inputs = NOT_PROSECUTED | {"organ": organ_id}
        referral = await open_referral(tx, OpenReferral(kind="reverse", inputs=inputs))
    way: list[tuple[str, str, dict[str, Any]]] = [
        (PROCURATOR, "take_over", {}),
        (PROCURATOR, "suspend_review", REASON | {"ground": "victim"}),
        (PROCURATOR, "ask_outside_opinion", {"question": "同案"}),
        (PROCURATOR, "resume_review", REASON),
        (PROCURATOR, "record_outside_opinion", {"opinion": "应处罚"}),
    ]
    dues = []
    for who, action, given in way:
        now += timedelta(days=1)
        async with database.acting(world[who], at=now) as tx:
            await act(tx, referral, action, given)
            dues.append(await tx.value("SELECT due_at FROM clocks WHERE clock = 'reverse_review'"))
    assert [due is None for due in dues] == [False, True, True, True, False]
    assert dues[-1] > dues[0]


@pytest.mark.parametrize(
    ("way", "state"),
    [
        (((PROCURATOR, "take_over", {}), (CHIEF, "end_review", REASON)), "ended"),
        (((PROCURATOR, "end_for_prosecution", REASON),), "ended"),
        (((PROCURATOR, "take_over", {}), (CHIEF, "extend_review", REASON | {"days": 40})), "reviewing"),
        ((*SENT, (HANDLER, "reply_progress", {"reply": "正在核查"})), "sent"),
        ((*SENT, (HEAD, "return_to_procuratorate", REASON), (CHIEF, "end_returned", REASON)), "ended"),
    ],
)
async def test_other_ways(acts: Acts, way: Way, state: str) -> None:
    assert (await led(acts, await reverse(acts), way))["state"] == state


async def test_what_is_not_the_organ_s_goes_to_the_right_one(acts: Acts) -> None:
    """行政处罚法第22条. Who gave it back keeps seeing it, and only it; the tobacco organ takes it up."""
    found = await led(acts, await reverse(acts), (*SENT, (HEAD, "return_to_procuratorate", REASON)))
    assert (found["state"], running(found)) == ("returned", set())
    missing = await take(acts, found["id"], CHIEF, "send_elsewhere", REASON)
    assert (missing.status_code, missing.json()["errors"][0]["field"]) == (422, "inputs.organ")
    tobacco = await organ(acts, "320506-tobacco")
    found = await led(acts, found, ((CHIEF, "send_elsewhere", REASON | {"organ": tobacco}),))
    theirs = await take(acts, found["id"], "handler1@320506-tobacco", "accept", DATES)
    assert theirs.status_code == 200, theirs.text
    before = await acts(HANDLER).get(f"/api/v1/referrals/{found['id']}")
    assert (before.status_code, before.json()["available_actions"]) == (200, [])


async def test_the_organ_that_does_not_answer_is_urged_and_reported(
    acts: Acts, database: Database, world: dict[str, int]
) -> None:
    """反向衔接工作指引第2条: 跟踪督促."""
    organ_id = await organ(acts, "320506-market")
    now = datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)
    async with database.acting(world[PROCURATOR], at=now) as tx:
        inputs = NOT_PROSECUTED | {"organ": organ_id}
        referral = await open_referral(tx, OpenReferral(kind="reverse", inputs=inputs))
    for weeks, who, action, given in (
        (0, PROCURATOR, "take_over", {}),
        (0, CHIEF, "issue_opinion", OPINION),
        (4, PROCURATOR, "urge_acceptance", REASON),
        (4, PROCURATOR, "urge_reply", REASON),
        (0, CHIEF, "report_no_reply", REASON),
    ):
        now += timedelta(weeks=weeks)
        async with database.acting(world[who], at=now) as tx:
            await act(tx, referral, action, given)
    told = (await acts("handler@320500-procuratorate").get("/api/v1/notices")).json()["items"]
    assert [one["kind"] for one in told] == ["reverse.report_no_reply"]
    early = await take(acts, (await reverse(acts))["id"], PROCURATOR, "urge_reply", REASON)
    assert (early.status_code, early.json()["code"]) == (409, "action_not_in_state")


@pytest.mark.parametrize(
    ("dates", "more", "field", "code"),
    [
        (("2023-01-05", "2026-03-02"), {}, "limitation_ground", "limitation_expired"),
        (
            ("2020-01-05", "2026-03-02"),
            {"limitation_ground": "health_or_finance", "limitation_reason": "x"},
            "limitation_ground",
            "limitation_expired",
        ),
        (
            ("2023-01-05", "2026-03-02"),
            {"limitation_ground": "continuing"},
            "limitation_reason",
            "input_missing",
        ),
        (("2026-03-03", "2026-03-02"), {}, "discovered", "discovered_before_act_end"),
        (("2026-03-03", "2999-03-02"), {}, "discovered", "discovered_in_future"),
        (("2026-02-30", "2026-03-02"), {}, "act_end", "input_not_a_date"),
        (("2026-02-03", "2026-03-02"), {"case": "320506-2026-000999"}, "case", "case_number_unknown"),
    ],
)
async def test_what_may_no_longer_be_punished(
    acts: Acts, dates: tuple[str, str], more: dict[str, str], field: str, code: str
) -> None:
    """行政处罚法第36条: two years, five where life, health or finance is concerned."""
    found = await led(acts, await reverse(acts), SENT)
    inputs = dict(zip(("act_end", "discovered"), dates, strict=True)) | more
    answer = await take(acts, found["id"], HANDLER, "accept", inputs)
    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
    assert answer.json()["errors"][0]["field"] == f"inputs.{field}"


async def test_an_exception_from_the_limitation_is_named(acts: Acts) -> None:
    found = await led(acts, await reverse(acts), SENT)
    inputs = {"act_end": "2023-01-05", "discovered": "2026-03-02"} | {
        "limitation_ground": "health_or_finance", "limitation_reason": "食品致人损害，2024年有后果",
    }  # fmt: skip
    assert (await take(acts, found["id"], HANDLER, "accept", inputs)).status_code == 200


async def test_before_it_is_sent_the_organ_sees_nothing(acts: Acts) -> None:
    """The examination stays with the procuratorate, also afterwards."""
    found = await reverse(acts)
    path = f"/api/v1/referrals/{found['id']}"
    assert (await acts(HANDLER).get(path)).status_code == 404
    clocks = (await acts(HANDLER).get("/api/v1/clocks", params={"scope": "area"})).json()["items"]
    assert clocks == []
    await led(acts, found, SENT)
    seen = (await acts(HANDLER).get(path)).json()
    assert [step["action"] for step in seen["steps"]] == ["issue_opinion"]
    theirs = (await acts(UPPER).get(path)).json()["steps"]
    assert theirs[0]["action"] == "register"
    for who in FOREIGN:
        assert (await acts(who).get(path)).status_code == 404, who
        assert (await take(acts, found["id"], who, "accept", DATES)).status_code == 404, who
    for who in ("handler1@320500-market", "handler@320500-procuratorate"):
        assert (await acts(who).get(path)).status_code == 200, who
        assert (await take(acts, found["id"], who, "accept", DATES)).status_code == 403, who


@pytest.mark.parametrize(
    ("who", "kind", "status"),
    [
        (HANDLER, "reverse", 403),
        (COURT, "reverse", 403),
        (CHIEF, "reverse", 403),
        (PROCURATOR, "detention", 403),
    ],
)
async def test_who_may_not_open(acts: Acts, who: str, kind: str, status: int) -> None:
    answer = await open_one(acts, who, kind, {})
    assert (answer.status_code, answer.json()["code"]) == (status, "may_not_open")
    assert "依据" in answer.json()["detail"]


async def test_bad_openings(acts: Acts) -> None:
    market, court = await organ(acts, "320506-market"), await organ(acts, "320506-court")
    for change, field, code in (
        ({"organ": court}, "organ", "organ_unknown"),
        ({"organ": None}, "organ", "input_missing"),
        ({"organ": market, "charge": "999"}, "charge", "charge_unknown"),
        ({"organ": market, "occurred_at": "2999-01-01T09:00"}, "occurred_at", "occurred_in_future"),
        ({"organ": market, "colour": "red"}, "colour", "input_unknown"),
    ):
        answer = await open_one(acts, PROCURATOR, "reverse", NOT_PROSECUTED | change)
        assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
        assert answer.json()["errors"][0]["field"] == f"inputs.{field}"
    assert (await acts(PROCURATOR).get("/api/v1/referrals")).json()["items"] == []
    assert (await reverse(acts))["number"].endswith("〕1号")


async def test_the_clock_counts_from_the_decision_on_paper(acts: Acts) -> None:
    """反向衔接工作指引第4条: three working days from the decision, not from its entry."""
    found = await reverse(acts, occurred_at="2026-03-02T10:00")
    [clock] = found["clocks"]
    assert clock["started_at"].startswith("2026-03-02T02:00") or clock["started_at"].startswith(
        "2026-03-02T10:00"
    )
    assert clock["state"] == "expired"
    early = await take(acts, found["id"], PROCURATOR, "take_over", {"occurred_at": "2026-03-01T10:00"})
    assert (early.status_code, early.json()["code"]) == (422, "occurred_before_answered")
    late = await take(acts, found["id"], PROCURATOR, "take_over", {"occurred_at": "2026-03-03T10:00"})
    assert late.status_code == 200
    assert {clock["state"] for clock in late.json()["clocks"] if clock["clock"] == "reverse_internal"} == {
        "met"
    }


async def test_lists(acts: Acts) -> None:
    first = await reverse(acts)
    second = await led(acts, await reverse(acts), SENT)

    async def listed(who: str, **query: str) -> list[str]:
        answer = await acts(who).get("/api/v1/referrals", params=query)
        assert answer.status_code == 200, answer.text
        return [one["id"] for one in answer.json()["items"]]

    assert await listed(PROCURATOR) == [second["id"], first["id"]]
    assert await listed(PROCURATOR, box="turn") == [first["id"]]
    assert await listed(HANDLER, box="turn") == [second["id"]]
    assert await listed(HANDLER, kind="detention") == []
    assert await listed("handler1@320500-market") == [second["id"]]
    assert await listed("handler1@340104-market") == []
    assert await listed(PROCURATOR, box="overdue") == []


async def test_a_repeated_key_and_a_stale_revision(acts: Acts) -> None:
    found = await reverse(acts)
    path = f"/api/v1/referrals/{found['id']}/actions/take_over"
    key = {"Idempotency-Key": "once"}
    first = await acts(PROCURATOR).post(path, json={"inputs": {}}, headers=key)
    again = await acts(PROCURATOR).post(path, json={"inputs": {}}, headers=key)
    assert (first.status_code, again.json()) == (200, first.json())
    stale = await take(acts, found["id"], CHIEF, "issue_opinion", OPINION, revision=1)
    assert (stale.status_code, stale.json()["code"]) == (409, "referral_changed")
    assert stale.json()["revision"] == 2
