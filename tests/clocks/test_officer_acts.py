"""Extending, halting and resuming a clock: by whom, how often, on which grounds, how far the end moves."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import psycopg
import pytest

from tests.cases.builders import HANDLER, enter, small_case
from tests.cluster import DatabaseUrls
from tests.conftest import Acts
from tests.transfers.builders import led_to

HEAD = "head@320506-market"
PROCURATOR = "handler@320506-procuratorate"
SUPERVISOR = "supervisor@320506-supervising"
APPROVED = {"document": "吴市监延〔2026〕3号", "reason": "案情复杂"}
OCTOBER = "2026-10-09T10:00:00+08:00"


async def started(acts: Acts, clock: str, at: str = OCTOBER) -> dict[str, Any]:
    """A clock on a case of 吴中's market organ."""
    case = await enter(acts(HANDLER), small_case())
    answer = await acts(HANDLER).post(f"/api/v1/cases/{case['id']}/clocks", json={"clock": clock, "at": at})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def done(acts: Acts, who: str, clock: dict[str, Any], act: str, **body: Any) -> dict[str, Any]:
    answer = await tried(acts, who, clock, act, **body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def tried(acts: Acts, who: str, clock: dict[str, Any], act: str, **body: Any) -> httpx.Response:
    return await acts(who).post(f"/api/v1/clocks/{clock['id']}/{act}", json=body)


async def refused(
    acts: Acts, who: str, clock: dict[str, Any], act: str, **body: Any
) -> tuple[int, str, list[str]]:
    answer = await tried(acts, who, clock, act, **body)
    said = answer.json()
    assert said["detail"]
    return answer.status_code, said["code"], [one["field"] for one in said["errors"]]


async def test_the_head_extends_once_and_after_that_a_collective_decision_does(acts: Acts) -> None:
    """行政处罚法第60条: 90 days; 30 more, and then what the meeting decides."""
    clock = await started(acts, "case_decision")
    assert clock["due_at"] == "2027-01-07T15:59:59Z"
    assert clock["extension"] == {"by": "负责人批准", "n": 30, "unit": "day", "party_notice": False}
    assert clock["available_actions"] == ["pause", "stop"]
    longer = await done(acts, HEAD, clock, "extension", **APPROVED)
    assert longer["due_at"] == "2027-02-08T15:59:59Z"  # 120 days end on a Saturday
    assert "延长30日（负责人批准，吴市监延〔2026〕3号），合计120日" in longer["reasons"]
    assert longer["extension"] == {"by": "集体讨论决定", "n": None, "unit": "day", "party_notice": False}
    assert await refused(acts, HEAD, clock, "extension", **APPROVED) == (422, "required", ["n"])
    last = await done(acts, HEAD, clock, "extension", n=10, **APPROVED)
    assert last["due_at"] == "2027-02-16T15:59:59Z"
    assert [(one["kind"], one["length"]) for one in last["changes"]] == [
        ("started", None),
        ("extended", "30日"),
        ("extended", "10日"),
    ]


async def test_a_filing_is_extended_once_only(acts: Acts) -> None:
    clock = await started(acts, "case_filing", "2026-11-16T10:00:00+08:00")
    assert clock["due_at"] == "2026-12-07T15:59:59Z"
    longer = await done(acts, HEAD, clock, "extension", **APPROVED)
    assert longer["due_at"] == "2026-12-28T15:59:59Z"
    assert longer["extension"] is None
    assert await refused(acts, HEAD, clock, "extension", **APPROVED) == (409, "extension_used_up", [])


async def test_a_seizure_is_extended_only_with_the_notice_to_the_party(acts: Acts) -> None:
    """行政强制法第25条第3款."""
    clock = await started(acts, "seizure", "2026-11-02T10:00:00+08:00")
    wrong = await refused(acts, HEAD, clock, "extension", **APPROVED)
    assert wrong == (422, "party_notice_missing", ["party_notice"])
    longer = await done(acts, HEAD, clock, "extension", party_notice="延长查封扣押期限告知书", **APPROVED)
    assert longer["due_at"] == "2027-01-01T15:59:59Z"
    assert longer["provisional"] is True
    assert longer["changes"][-1]["party_notice"] == "延长查封扣押期限告知书"


async def test_the_days_of_a_hearing_and_a_test_do_not_count(acts: Acts) -> None:
    clock = await started(acts, "case_decision")
    since = {"ground": "听证", "document": "听证通知书", "since": "2026-10-20T09:00:00+08:00"}
    halted = await done(acts, HANDLER, clock, "pause", **since)
    assert (halted["state"], halted["due_at"], halted["halted_on"]) == ("halted", None, "听证")
    assert halted["available_actions"] == ["resume", "stop"]
    assert any("自2026年10月20日起因“听证”暂停计算" in reason for reason in halted["reasons"])
    assert await refused(acts, HANDLER, clock, "pause", **since) == (409, "already_halted", [])
    tested = {"ground": "检测检验检疫鉴定", "document": "委托书", "since": "2026-10-25T09:00:00+08:00"}
    await done(acts, HANDLER, clock, "pause", **tested)
    which = await refused(acts, HANDLER, clock, "resume", document="听证笔录")
    assert which == (422, "ground_missing", ["ground"])
    first = await done(
        acts, HANDLER, clock, "resume", ground="听证", document="笔录", until="2026-10-30T09:00:00+08:00"
    )
    assert (first["state"], first["open_grounds"]) == ("halted", ["检测检验检疫鉴定"])
    whole = await done(acts, HANDLER, clock, "resume", document="报告", until="2026-11-04T09:00:00+08:00")
    assert (whole["state"], whole["halted_on"]) == ("running", None)
    assert whole["due_at"] == "2027-01-22T15:59:59Z"  # fifteen days later: those of both grounds, once
    kinds = [one["kind"] for one in whole["changes"]]
    assert kinds == ["started", "paused", "paused", "resumed", "resumed"]


async def test_working_days_are_left_out_by_the_same_arithmetic(acts: Acts) -> None:
    clock = await started(acts, "case_filing", "2026-11-02T10:00:00+08:00")
    assert clock["due_at"] == "2026-11-23T15:59:59Z"
    since = {"ground": "检测检验检疫鉴定", "document": "委托书", "since": "2026-11-06T09:00:00+08:00"}
    await done(acts, HANDLER, clock, "pause", **since)
    # Friday to Wednesday: Friday, Monday and Tuesday are left out
    later = await done(acts, HANDLER, clock, "resume", document="报告", until="2026-11-11T16:00:00+08:00")
    assert later["due_at"] == "2026-11-26T15:59:59Z"


async def test_only_the_grounds_of_the_clock_halt_it(acts: Acts) -> None:
    clock = await started(acts, "case_filing", "2026-11-16T10:00:00+08:00")
    body = {"ground": "听证", "document": "x"}
    assert await refused(acts, HANDLER, clock, "pause", **body) == (422, "ground_unknown", ["ground"])
    kept = await started(acts, "evidence_registration", "2026-11-16T10:00:00+08:00")
    assert await refused(acts, HANDLER, kept, "pause", **body) == (409, "no_grounds", [])
    assert await refused(acts, HEAD, kept, "extension", **APPROVED) == (409, "no_extension", [])
    assert await refused(acts, HANDLER, kept, "resume", document="x") == (409, "not_halted", [])


async def test_what_was_done_after_the_end_saves_nothing_but_what_was_done_before_is_entered_later(
    acts: Acts,
) -> None:
    clock = await started(acts, "case_filing", "2026-10-09T10:00:00+08:00")
    assert clock["state"] == "expired"
    assert await refused(acts, HEAD, clock, "extension", **APPROVED) == (409, "clock_expired", [])
    before = {"approved_at": "2026-10-29T10:00:00+08:00", **APPROVED}
    longer = await done(acts, HEAD, clock, "extension", **before)
    assert longer["due_at"] == "2026-11-19T15:59:59Z"


@pytest.mark.parametrize(
    ("act", "body", "code"),
    [
        ("extension", {"approved_at": "2126-01-01T10:00:00+08:00", **APPROVED}, "in_the_future"),
        ("extension", {"approved_at": "2026-01-01T10:00:00+08:00", **APPROVED}, "before_the_start"),
        ("extension", {"approved_at": "2026-11-20T10:00:00", **APPROVED}, "zone_missing"),
        ("extension", {"n": 31, **APPROVED}, "extension_too_long"),
        ("extension", {"n": 5, "unit": "month", **APPROVED}, "unit_fixed"),
        ("extension", {"variant": "other", **APPROVED}, "variant_unknown"),
        ("extension", {"n": 0, **APPROVED}, "invalid_input"),
        ("extension", {"reason": "x"}, "invalid_input"),
        ("extension", {"more": 1, **APPROVED}, "invalid_input"),
        ("pause", {"ground": "听证", "document": " "}, "invalid_input"),
    ],
)
async def test_bad_input(acts: Acts, act: str, body: dict[str, Any], code: str) -> None:
    clock = await started(acts, "case_decision", "2026-11-16T10:00:00+08:00")
    status, found, fields = await refused(acts, HEAD, clock, act, **body)
    assert (status, found) == (422, code)
    assert fields


@pytest.mark.parametrize(
    ("who", "status"),
    [
        (HANDLER, 403),  # the head approves
        ("head@320500-market", 403),
        ("head@320506-procuratorate", 403),
        ("head@320506-police", 404),
        ("head@340104-market", 404),
        ("sysadmin@320506-market", 404),
    ],
)
async def test_who_may_not_extend(acts: Acts, who: str, status: int) -> None:
    clock = await started(acts, "case_decision")
    assert (await refused(acts, who, clock, "extension", **APPROVED))[0] == status


async def test_a_longer_limitation_is_a_circumstance_of_the_law(acts: Acts) -> None:
    """行政处罚法第36条."""
    clock = await started(acts, "penalty_limitation", "2025-03-03T00:00:00+08:00")
    assert clock["due_at"] == "2027-03-03T15:59:59Z"
    longer = await done(acts, HEAD, clock, "extension", variant="life_health_finance", **APPROVED)
    assert (longer["due_at"], longer["length"]) == ("2030-03-04T15:59:59Z", "5年")
    assert any("涉及公民生命健康安全" in reason for reason in longer["reasons"])


async def test_what_an_action_of_the_procedure_moves_is_moved_there(acts: Acts) -> None:
    transfer = await led_to(acts, "begin_review")
    [review] = [one for one in transfer["clocks"] if one["clock"] == "review" and not one["stopped_at"]]
    code = await refused(acts, "head@320506-police", review, "extension", **APPROVED)
    assert code == (409, "moved_by_procedure", [])
    seen = (await acts(PROCURATOR).get(f"/api/v1/clocks/{review['id']}")).json()
    assert (seen["available_actions"], seen["uncertain"] is None) == ([], False)


async def test_the_term_of_a_letter_is_entered_by_who_wrote_it(acts: Acts) -> None:
    """行政执法监督条例第27、28条: within the term that the letter names."""
    case = await enter(acts(HANDLER))
    asked = await acts(SUPERVISOR).post(
        f"/api/v1/cases/{case['id']}/supervision-requests",
        json={"kind": "supervision_letter", "reasons": "逾期未移送"},
    )
    assert asked.status_code == 201, asked.text
    [clock] = asked.json()["clocks"]
    assert clock["due_at"] is None
    assert (await refused(acts, HEAD, clock, "extension", n=15, **APPROVED))[1] == "party_may_not"
    fixed = await done(acts, SUPERVISOR, clock, "extension", n=15, **APPROVED)
    assert fixed["due_at"] is not None
    notices = (await acts(HEAD).get("/api/v1/notices")).json()["items"]
    assert any("按文书定为15日" in one["title"] for one in notices)


async def test_repeating_the_key_repeats_the_answer_and_two_at_once_extend_once(
    acts: Acts, clean: DatabaseUrls
) -> None:
    clock = await started(acts, "case_filing", "2026-11-16T10:00:00+08:00")
    address = f"/api/v1/clocks/{clock['id']}/extension"
    key = {"Idempotency-Key": "one"}
    first, again = [await acts(HEAD).post(address, json=APPROVED, headers=key) for _ in range(2)]
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    other = await started(acts, "case_filing", "2026-11-16T10:00:00+08:00")
    answers = await asyncio.gather(*(tried(acts, HEAD, other, "extension", **APPROVED) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    with psycopg.connect(clean.owner) as connection:
        events = connection.execute(
            "SELECT count(*) FROM audit_events WHERE action = 'clock.extended'"
        ).fetchone()
    assert events == (2,)
