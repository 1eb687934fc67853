"""What an organ sets where the law leaves it to it; running clocks stay as they are."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from app.clocks.expiry import warn_ending
from app.database.transaction import Database
from tests.cases.builders import HANDLER, enter
from tests.cluster import DatabaseUrls
from tests.conftest import Acts
from tests.transfers.builders import led_to

HEAD = "head@320506-market"
ADMINISTRATOR = "sysadmin@320506-market"
WHY = {"reason": "吴市监办〔2026〕12号"}


@pytest.fixture
async def jobs(clean: DatabaseUrls) -> AsyncIterator[Database]:
    db = Database(clean.worker, size=1)
    await db.open()
    yield db
    await db.close()


async def choose(acts: Acts, who: str, clock: str, **body: Any) -> Any:
    return await acts(who).put(f"/api/v1/clock-settings/{clock}", json={**WHY, **body})


def clock_of(case: dict[str, Any], clock: str) -> dict[str, Any]:
    [found] = [one for one in case["clocks"] if one["clock"] == clock]
    return dict(found)


def spans(clock: dict[str, Any]) -> timedelta:
    return datetime.fromisoformat(clock["due_at"]) - datetime.fromisoformat(clock["started_at"])


async def test_a_rule_of_the_platform_is_set_and_nothing_that_runs_is_moved(acts: Acts) -> None:
    before = await enter(acts(HANDLER))
    answer = await choose(acts, HEAD, "report_transfer", n=20, unit="workday")
    assert answer.status_code == 200, answer.text
    assert answer.json()[1]["clock"] == "report_transfer"
    same = (await acts(HANDLER).get(f"/api/v1/cases/{before['id']}")).json()
    assert clock_of(same, "report_transfer") == clock_of(before, "report_transfer")
    after = clock_of(await enter(acts(HANDLER)), "report_transfer")
    assert spans(after) > timedelta(days=25)
    said = "口径：按20个工作日计算（苏州市吴中区市场监督管理局设定），规定为3个工作日"
    assert said in after["reasons"]
    shown = (await acts(HANDLER).get(f"/api/v1/clocks/{after['id']}")).json()
    assert shown["length"] == "20个工作日"
    back = await choose(acts, ADMINISTRATOR, "report_transfer")
    [setting] = [one for one in back.json() if one["clock"] == "report_transfer"]
    assert (setting["is_default"], setting["n"], setting["unit"]) == (True, 3, "workday")
    assert [one["length"] for one in setting["history"]] == [None, "20个工作日"]
    assert spans(clock_of(await enter(acts(HANDLER)), "report_transfer")) < timedelta(days=15)


async def test_the_three_days_of_the_transfer_rules_may_be_working_days_of_the_holder(acts: Acts) -> None:
    """国务院令第310号第8条: the police organ counts its own review."""
    police = await acts("head@320506-police").put(
        "/api/v1/clock-settings/review", json={"n": 3, "unit": "workday", **WHY}
    )
    assert police.status_code == 200, police.text
    transfer = await led_to(acts, "sign_receipt")
    review = clock_of(transfer, "review")
    assert review["length"] == "3个工作日"
    assert any("苏州市公安局吴中区分局设定" in reason for reason in review["reasons"])
    decision = clock_of(transfer, "transfer_decision")
    assert decision["length"] == "3日"
    assert "口径：规定未写明工作日或自然日，按自然日计算，机关可设为工作日" in decision["reasons"]


@pytest.mark.parametrize(
    ("clock", "body", "code", "field"),
    [
        ("file_on_notice", {"n": 20, "unit": "day"}, "clock_fixed", "clock"),
        ("revew", {"n": 3, "unit": "day"}, "clock_unknown", "clock"),
        ("review", {"n": 5, "unit": "workday"}, "length_fixed", "n"),
        ("review", {"n": 3, "unit": "hour"}, "day_or_workday", "unit"),
        ("review", {"n": 3}, "required", "unit"),
        ("report_transfer", {"unit": "day"}, "required", "n"),
        ("report_transfer", {"n": 0, "unit": "day"}, "invalid_input", "n"),
        ("report_transfer", {"n": 3, "unit": "week"}, "invalid_input", "unit"),
        ("reminder", {"n": 3, "unit": "day"}, "unit_not_hour", "unit"),
    ],
)
async def test_what_cannot_be_set(
    acts: Acts, clock: str, body: dict[str, Any], code: str, field: str
) -> None:
    answer = await choose(acts, HEAD, clock, **body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert [one["field"] for one in answer.json()["errors"]] == [field]


async def test_only_head_and_system_administrator_set(acts: Acts) -> None:
    for who in (HANDLER, "legal@320506-market", "secadmin@320506-market"):
        answer = await choose(acts, who, "report_transfer", n=5, unit="day")
        assert (answer.status_code, answer.json()["code"]) == (403, "head_or_administrator")
    assert (await acts(HANDLER).get("/api/v1/clock-settings")).status_code == 200


async def test_a_setting_is_on_the_audit_trail(acts: Acts, clean: DatabaseUrls) -> None:
    await choose(acts, HEAD, "report_transfer", n=5, unit="workday")
    with psycopg.connect(clean.owner) as connection:
        rows = connection.execute(
            """SELECT e.subject_id, c.changes -> 'length' FROM audit_events e
                JOIN audit_changes c ON c.event_id = e.id WHERE e.action = 'clock.set'"""
        ).fetchall()
    assert rows == [("report_transfer", [None, "5个工作日"])]


@pytest.mark.parametrize(
    ("hours", "left", "warned"), [(48, 40, True), (48, 50, False), (6, 8, False), (6, 5, True)]
)
async def test_the_organ_says_how_long_before_the_end_it_is_reminded(
    acts: Acts, jobs: Database, clean: DatabaseUrls, hours: int, left: int, warned: bool
) -> None:
    await choose(acts, HEAD, "reminder", n=hours, unit="hour")
    await enter(acts(HANDLER))
    at = datetime.now(UTC) + timedelta(hours=left)
    with psycopg.connect(clean.owner) as connection:
        connection.execute("UPDATE clocks SET due_at = %s, started_at = %s", [at, at - timedelta(days=5)])
    assert await warn_ending(jobs, datetime.now(UTC)) == int(warned)
    assert await warn_ending(jobs, datetime.now(UTC)) == 0


async def test_the_head_who_has_to_decide_is_reminded_of_the_decision(
    acts: Acts, jobs: Database, clean: DatabaseUrls
) -> None:
    await led_to(acts, "report")
    at = datetime.now(UTC) + timedelta(hours=5)
    with psycopg.connect(clean.owner) as connection:
        connection.execute(
            "UPDATE clocks SET due_at = %s, started_at = %s WHERE clock = 'transfer_decision'",
            [at, at - timedelta(days=3)],
        )
    assert await warn_ending(jobs, datetime.now(UTC)) == 1
    with psycopg.connect(clean.owner) as connection:
        rows = connection.execute("SELECT roles FROM notices WHERE kind = 'clock.ending'").fetchall()
    assert rows == [(["head"],)]
