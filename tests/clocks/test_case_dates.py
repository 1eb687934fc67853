"""Clocks of a case: by its own dates, or by an officer with the date of the event."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.law.clocks import clocks
from app.law.legal_days import SHANGHAI
from tests.cases.builders import HANDLER, case_body, enter, small_case
from tests.conftest import Acts
from tests.transfers.builders import STRAIGHT, led, opened

HEAD = "head@320506-market"


def today(days: int = 0) -> str:
    return (datetime.now(SHANGHAI) + timedelta(days=days)).date().isoformat()


def undecided(**change: Any) -> dict[str, Any]:
    return small_case(decision_number=None, decided_on=None, penalties=[], fine_amount=None, **change)


def of_kind(case: dict[str, Any], clock: str) -> list[dict[str, Any]]:
    return [one for one in case["clocks"] if one["clock"] == clock]


async def edited(acts: Acts, case: dict[str, Any], **change: Any) -> dict[str, Any]:
    answer = await acts(HANDLER).patch(
        f"/api/v1/cases/{case['id']}", json=change, headers={"If-Match": f'"{case["revision"]}"'}
    )
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_the_decision_runs_from_the_filing_to_the_decision(acts: Acts) -> None:
    """行政处罚法第60条: 90 days from filing; the day of the decision ends them, not the day of the entry."""
    case = await enter(acts(HANDLER), undecided(filed_on="2026-09-01"))
    [running] = of_kind(case, "case_decision")
    due = datetime.fromisoformat(running["due_at"]).astimezone(SHANGHAI)
    assert (due.date().isoformat(), running["stopped_at"]) == ("2026-11-30", None)
    decided = await edited(acts, case, decided_on="2026-10-20", penalties=["警告"])
    [ended] = of_kind(decided, "case_decision")
    assert datetime.fromisoformat(ended["stopped_at"]).astimezone(SHANGHAI).date().isoformat() == "2026-10-20"


async def test_a_transfer_ends_the_time_for_the_decision(acts: Acts) -> None:
    undecided_yet: dict[str, Any] = {
        "decided_on": None,
        "decision_number": None,
        "penalties": [],
        "fine_amount": None,
    }
    transfer = await opened(acts, **undecided_yet)
    before = (await acts(HANDLER).get(f"/api/v1/cases/{transfer['case_id']}")).json()
    assert of_kind(before, "case_decision")[0]["stopped_at"] is None
    await led(acts, transfer, STRAIGHT[:3])
    after = (await acts(HANDLER).get(f"/api/v1/cases/{transfer['case_id']}")).json()
    assert of_kind(after, "case_decision")[0]["stopped_at"] is not None


async def test_a_corrected_filing_date_moves_the_end_and_is_kept(acts: Acts) -> None:
    case = await enter(acts(HANDLER), undecided(filed_on="2026-09-01"))
    after = await edited(acts, case, filed_on="2026-09-11")
    [running] = of_kind(after, "case_decision")
    assert running["due_at"].startswith("2026-12-10T15:59:59")
    clock = (await acts(HANDLER).get(f"/api/v1/clocks/{running['id']}")).json()
    [change] = clock["changes"]
    assert (change["kind"], change["reason"]) == ("started", "案件日期更正")


async def test_a_fresh_decision_is_to_be_served_and_a_suspected_crime_to_be_copied(acts: Acts) -> None:
    case = await enter(acts(HANDLER), case_body(decided_on=today(-1), filed_on=today(-20)))
    names = {one["clock"] for one in case["clocks"]}
    assert names == {"report_transfer", "decision_delivery", "penalty_copy"}
    small = await enter(acts(HANDLER), small_case(decided_on=today(-1), filed_on=today(-20)))
    assert {one["clock"] for one in small["clocks"]} == {"decision_delivery"}


async def test_of_an_old_decision_nobody_knows_whether_it_was_served(acts: Acts) -> None:
    case = await enter(acts(HANDLER), small_case())
    assert case["clocks"] == []


async def test_an_officer_starts_and_ends_a_clock_with_the_dates_of_the_events(acts: Acts) -> None:
    """行政处罚法第56条: what is registered for keeping is decided upon within seven working days."""
    case = await enter(acts(HANDLER), small_case())
    body = {"clock": "evidence_registration", "at": "2026-09-28T10:00:00+08:00", "document": "〔2026〕7号"}
    answer = await acts(HANDLER).post(f"/api/v1/cases/{case['id']}/clocks", json=body)
    assert answer.status_code == 201, answer.text
    clock = answer.json()
    assert clock["due_at"] == "2026-10-13T15:59:59Z"
    assert clock["length"] == "7个工作日"
    assert clock["changes"][0]["document"] == "〔2026〕7号"
    again = await acts(HANDLER).post(f"/api/v1/cases/{case['id']}/clocks", json=body)
    assert (again.status_code, again.json()["code"]) == (409, "clock_running")
    done = {"outcome": "作出处理决定", "at": "2026-10-09T10:00:00+08:00"}
    ended = await acts(HANDLER).post(f"/api/v1/clocks/{clock['id']}/stop", json=done)
    assert (ended.json()["state"], ended.json()["available_actions"]) == ("met", [])
    assert [one["kind"] for one in ended.json()["changes"]] == ["started", "stopped"]
    twice = await acts(HANDLER).post(f"/api/v1/clocks/{clock['id']}/stop", json=done)
    assert (twice.status_code, twice.json()["code"]) == (409, "clock_stopped")
    history = (await acts(HANDLER).get(f"/api/v1/cases/{case['id']}/history")).json()["items"]
    assert {"clock.started", "clock.stopped"} <= {one["action"] for one in history}


async def test_every_clock_of_a_case_can_be_started(acts: Acts) -> None:
    case = await enter(acts(HANDLER), small_case())
    for law in clocks().values():
        body = {"clock": law.id, "at": "2026-09-28T10:00:00+08:00"}
        answer = await acts(HANDLER).post(f"/api/v1/cases/{case['id']}/clocks", json=body)
        assert answer.status_code == (201 if law.on_case else 422), (law.id, answer.text)
        if not law.on_case:
            assert answer.json()["code"] == "clock_not_of_case"


@pytest.mark.parametrize(
    ("who", "body", "status", "code"),
    [
        (HANDLER, {"clock": "seizur", "at": "2026-09-28T10:00:00+08:00"}, 422, "clock_unknown"),
        (HANDLER, {"clock": "seizure", "at": "2026-09-28T10:00:00"}, 422, "zone_missing"),
        (HANDLER, {"clock": "seizure", "at": "2126-09-28T10:00:00+08:00"}, 422, "in_the_future"),
        (HANDLER, {"clock": "seizure"}, 422, "invalid_input"),
        (
            "legal@320506-market",
            {"clock": "seizure", "at": "2026-09-28T10:00:00+08:00"},
            403,
            "party_may_not",
        ),
        ("head@320500-market", {"clock": "seizure", "at": "2026-09-28T10:00:00+08:00"}, 403, "party_may_not"),
        (
            "handler@320506-procuratorate",
            {"clock": "seizure", "at": "2026-09-28T10:00:00+08:00"},
            403,
            "party_may_not",
        ),
        ("handler1@340104-market", {"clock": "seizure", "at": "2026-09-28T10:00:00+08:00"}, 404, "not_found"),
    ],
)
async def test_what_is_refused(acts: Acts, who: str, body: dict[str, Any], status: int, code: str) -> None:
    case = await enter(acts(HANDLER), small_case())
    answer = await acts(who).post(f"/api/v1/cases/{case['id']}/clocks", json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


async def test_a_clock_that_an_act_ends_is_not_ended_by_hand(acts: Acts) -> None:
    case = await enter(acts(HANDLER))
    [report] = of_kind(case, "report_transfer")
    answer = await acts(HANDLER).post(f"/api/v1/clocks/{report['id']}/stop", json={"outcome": "报批"})
    assert (answer.status_code, answer.json()["code"]) == (409, "stopped_by_procedure")
    assert datetime.fromisoformat(report["due_at"]) > datetime.now(UTC)
