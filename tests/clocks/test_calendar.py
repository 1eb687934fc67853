"""The State Council's calendar as the platform keeps it, and the ends that were provisional without it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest

from app.clocks.expiry import settle_provisional
from app.database.transaction import Database
from tests.cases.builders import HANDLER, enter, small_case
from tests.cluster import DatabaseUrls
from tests.conftest import Acts

KEEPER = "statistics@320000-coordinating"
ADMINISTRATOR = "sysadmin@320000-market"
NOTICE = {"source": "国务院办公厅关于2027年部分节假日安排的通知", "notice_number": "国办发明电〔2026〕9号"}
# invented for the test, as no notice for 2027 is known to it
YEAR: dict[str, Any] = {
    "rest": ["2027-01-01", "2027-01-02", "2027-01-03", "2027-01-04"],
    "work": ["2027-01-09"],
    **NOTICE,
}
SEIZED = {"clock": "seizure", "at": "2026-11-02T10:00:00+08:00"}
APPROVED = {"document": "延〔2026〕1号", "reason": "待检验", "party_notice": "告知书"}


@pytest.fixture
async def jobs(clean: DatabaseUrls) -> AsyncIterator[Database]:
    db = Database(clean.worker, size=1)
    await db.open()
    yield db
    await db.close()


async def put(acts: Acts, who: str, year: int = 2027, **body: Any) -> Any:
    return await acts(who).put(f"/api/v1/calendar/{year}", json=body)


async def seizure(acts: Acts) -> dict[str, Any]:
    """A seizure that was extended to a day in 2027, of which no notice is known."""
    case = await enter(acts(HANDLER), small_case())
    clock = (await acts(HANDLER).post(f"/api/v1/cases/{case['id']}/clocks", json=SEIZED)).json()
    answer = await acts("head@320506-market").post(f"/api/v1/clocks/{clock['id']}/extension", json=APPROVED)
    found: dict[str, Any] = answer.json()
    return found


async def test_the_years_of_the_product_are_there_with_their_source(acts: Acts) -> None:
    years = (await acts(HANDLER).get("/api/v1/calendar")).json()
    assert [one["year"] for one in years] == list(range(2026, 2003, -1))
    assert years[0]["revision"] == 0
    assert (years[0]["source"], years[0]["recorded_by"]) == (
        "国务院办公厅关于2026年部分节假日安排的通知（2025-11-04）",
        None,
    )
    assert "2026-02-28" in years[0]["work"]


async def test_a_year_that_is_published_settles_the_ends_that_were_provisional(
    acts: Acts, jobs: Database, clean: DatabaseUrls
) -> None:
    clock = await seizure(acts)
    assert (clock["due_at"], clock["provisional"]) == ("2027-01-01T15:59:59Z", True)
    assert await settle_provisional(jobs) == 0
    answer = await put(acts, KEEPER, **YEAR)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["revision"], len(answer.json()["history"])) == (1, 1)
    assert await settle_provisional(jobs) == 1
    assert await settle_provisional(jobs) == 0
    after = (await acts(HANDLER).get(f"/api/v1/clocks/{clock['id']}")).json()
    assert (after["due_at"], after["provisional"]) == ("2027-01-05T15:59:59Z", False)
    change = after["changes"][-1]
    assert (change["kind"], change["reason"], change["officer_name"]) == (
        "calendar",
        "2027年节假日安排已公布",
        "系统",
    )
    notices = (await acts(HANDLER).get("/api/v1/notices")).json()["items"]
    assert any("由01月01日23:59改为01月05日23:59" in one["title"] for one in notices)
    with psycopg.connect(clean.owner) as connection:
        events = connection.execute(
            "SELECT count(*) FROM audit_events WHERE action IN ('clock.recounted', 'calendar.kept')"
        ).fetchone()
    assert events == (2,)


async def test_a_corrected_day_counts_from_then_on_and_moves_nothing_that_is_fixed(
    acts: Acts, jobs: Database
) -> None:
    started = {"clock": "evidence_registration", "at": "2026-11-20T10:00:00+08:00"}
    case, other = [await enter(acts(HANDLER), small_case()) for _ in range(2)]
    fixed = (await acts(HANDLER).post(f"/api/v1/cases/{case['id']}/clocks", json=started)).json()
    assert fixed["due_at"] == "2026-12-01T15:59:59Z"
    day = {"revision": 0, "day": "2026-11-30", "kind": "rest", "reason": "补充通知", **NOTICE}
    answer = await acts(ADMINISTRATOR).post("/api/v1/calendar/2026/days", json=day)
    assert answer.status_code == 200, answer.text
    assert [one["revision"] for one in answer.json()["history"]] == [1, 0]
    assert await settle_provisional(jobs) == 0
    same = (await acts(HANDLER).get(f"/api/v1/clocks/{fixed['id']}")).json()
    assert same["due_at"] == "2026-12-01T15:59:59Z"
    later = (await acts(HANDLER).post(f"/api/v1/cases/{other['id']}/clocks", json=started)).json()
    assert later["due_at"] == "2026-12-02T15:59:59Z"


async def test_of_two_at_once_the_second_reads_again(acts: Acts) -> None:
    assert (await put(acts, KEEPER, **YEAR)).status_code == 200
    again = await put(acts, KEEPER, **YEAR)
    assert (again.status_code, again.json()["code"], again.json()["revision"]) == (409, "year_changed", 1)
    bare = await put(acts, KEEPER, **YEAR, revision=1)
    assert (bare.status_code, bare.json()["errors"][0]["field"]) == (422, "reason")
    corrected = await put(acts, KEEPER, **YEAR, revision=1, reason="漏列")
    assert corrected.json()["revision"] == 2


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"work": ["2027-01-05"]}, "work"),
        ({"work": ["2027-01-02"]}, "work"),
        ({"rest": ["2028-01-01"]}, "rest"),
        ({"rest": ["soon"]}, "rest.0"),
        ({"notice_number": " "}, "notice_number"),
        ({"more": 1}, "more"),
    ],
)
async def test_a_year_that_cannot_be(acts: Acts, change: dict[str, Any], field: str) -> None:
    answer = await put(acts, KEEPER, **{**YEAR, **change})
    assert answer.status_code == 422
    assert [one["field"] for one in answer.json()["errors"]] == [field]
    assert answer.json()["errors"][0]["detail"]


@pytest.mark.parametrize(
    "who",
    [
        HANDLER,
        "head@320000-market",
        "sysadmin@320506-market",
        "statistics@320506-coordinating",
        "head@320000-procuratorate",
    ],
)
async def test_who_does_not_keep_the_calendar(acts: Acts, who: str) -> None:
    answer = await put(acts, who, **YEAR)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_the_keeper")
    assert (await acts(who).get("/api/v1/calendar/2026")).status_code == 200


async def test_an_unknown_year(acts: Acts) -> None:
    assert (await acts(KEEPER).get("/api/v1/calendar/2035")).status_code == 404
    day = {"revision": 0, "day": "2035-01-01", "kind": "rest", "reason": "x", **NOTICE}
    assert (await acts(KEEPER).post("/api/v1/calendar/2035/days", json=day)).status_code == 404
    assert (await acts(KEEPER).get("/api/v1/calendar/1900")).status_code == 422
