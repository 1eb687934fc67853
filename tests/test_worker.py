"""Background jobs: who is told of a clock that ran out or is about to, and that nobody is told twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from asgi_lifespan import LifespanManager
from pydantic import SecretStr

from app.api import create_app
from app.audit.events import record
from app.clocks import expiry
from app.clocks.expiry import tell_expired, warn_ending
from app.database.roles_check import UnsafeRole
from app.database.transaction import Database, Dated
from app.settings import Settings
from app.worker import run_jobs
from tests.cases.builders import enter
from tests.clues.builders import SENDER, duty_body, sent
from tests.cluster import DatabaseUrls
from tests.conftest import Acts
from tests.transfers.builders import led_to

HANDLER = "handler1@320506-market"


@pytest.fixture
async def jobs(clean: DatabaseUrls) -> AsyncIterator[Database]:
    db = Database(clean.worker, size=2)
    await db.open()
    yield db
    await db.close()


def set_due(urls: DatabaseUrls, due: timedelta, length: timedelta = timedelta(days=5)) -> None:
    with psycopg.connect(urls.owner) as connection:
        at = datetime.now(UTC) + due
        connection.execute("UPDATE clocks SET due_at = %s, started_at = %s", [at, at - length])


def told(urls: DatabaseUrls, kind: str) -> set[tuple[str, str | None, str | None]]:
    """Organ, officer and roles of all notices of this kind."""
    with psycopg.connect(urls.owner) as connection:
        rows = connection.execute(
            """SELECT o.code, f.login, array_to_string(n.roles, ',') FROM notices n
                JOIN organs o ON o.id = n.organ_id LEFT JOIN officers f ON f.id = n.officer_id
                WHERE n.kind = %s""",
            [kind],
        ).fetchall()
    assert len(rows) == len(set(rows))
    return set(rows)


async def test_a_clock_that_ran_out_is_told_to_head_superior_and_procuratorate(
    acts: Acts, jobs: Database, clean: DatabaseUrls
) -> None:
    case = await enter(acts(HANDLER))
    set_due(clean, timedelta(minutes=-1))
    assert await tell_expired(jobs, datetime.now(UTC)) == 1
    assert told(clean, "clock.expired") == {
        ("320506-market", None, "head"),
        ("320500-market", None, "head"),
        ("320506-procuratorate", None, "handler,head"),
    }
    notice = (await acts("handler@320506-procuratorate").get("/api/v1/notices")).json()["items"][0]
    assert notice["title"] == f"{case['number']}：“提出移送报告”期限已届满"
    assert (notice["subject_kind"], notice["subject_id"], notice["from_organ"]) == ("case", case["id"], None)
    with psycopg.connect(clean.owner) as connection:
        events = connection.execute(
            "SELECT organ_name, officer_id FROM audit_events WHERE case_id = %s AND action = 'clock.expired'",
            [case["id"]],
        ).fetchall()
    assert events == [("平台", None)]


async def test_nobody_is_told_twice_also_by_two_workers(
    acts: Acts, jobs: Database, clean: DatabaseUrls
) -> None:
    for _ in range(6):
        await enter(acts(HANDLER))
    set_due(clean, timedelta(minutes=-1))
    now = datetime.now(UTC)
    counts = await asyncio.gather(*(tell_expired(jobs, now, most=2) for _ in range(4)))
    await asyncio.gather(run_jobs(jobs), run_jobs(jobs))
    with psycopg.connect(clean.owner) as connection:
        notices = connection.execute("SELECT count(*) FROM notices WHERE kind = 'clock.expired'").fetchone()
    assert sum(counts) <= 6
    assert notices == (18,)
    await run_jobs(jobs)
    with psycopg.connect(clean.owner) as connection:
        again = connection.execute("SELECT count(*) FROM notices WHERE kind = 'clock.expired'").fetchone()
    assert again == notices


@pytest.mark.parametrize(
    ("due", "length", "warned"),
    [
        (timedelta(hours=20), timedelta(days=5), True),
        (timedelta(hours=30), timedelta(days=5), False),
        (timedelta(hours=20), timedelta(hours=24), False),
        (timedelta(hours=7), timedelta(hours=24), True),
        (timedelta(minutes=-1), timedelta(days=5), False),
    ],
)
async def test_who_has_to_act_is_warned_once_before_the_end(
    acts: Acts, jobs: Database, clean: DatabaseUrls, due: timedelta, length: timedelta, warned: bool
) -> None:
    await enter(acts(HANDLER))
    set_due(clean, due, length)
    expected = {("320506-market", None, "handler,desk")} if warned else set()
    for _ in range(2):
        await warn_ending(jobs, datetime.now(UTC))
        assert told(clean, "clock.ending") == expected


async def test_a_stopped_clock_is_told_to_nobody(acts: Acts, jobs: Database, clean: DatabaseUrls) -> None:
    await enter(acts(HANDLER))
    set_due(clean, timedelta(minutes=-1))
    with psycopg.connect(clean.owner) as connection:
        connection.execute("UPDATE clocks SET stopped_at = now(), stopped_by = 'report'")
    assert await tell_expired(jobs, datetime.now(UTC)) == 0


async def test_an_overdue_clue_is_told_to_recipient_sender_and_the_sender_s_superior(
    acts: Acts, jobs: Database, clean: DatabaseUrls
) -> None:
    await sent(acts)
    set_due(clean, timedelta(minutes=-1))
    await run_jobs(jobs)
    assert told(clean, "clock.expired") == {
        ("320506-police", None, "head"),
        ("320506-market", "handler1", None),
        ("320500-market", None, "head"),
    }


@pytest.mark.parametrize("due", [timedelta(minutes=-1), timedelta(hours=1)])
async def test_of_a_duty_crime_clue_only_sender_and_named_officer_hear(
    acts: Acts, jobs: Database, clean: DatabaseUrls, due: timedelta
) -> None:
    body = await duty_body(acts, SENDER, "320506-commission", "熊晓燕")
    clue: dict[str, Any] = (await acts(SENDER).post("/api/v1/clues", json=body)).json()
    set_due(clean, due)
    await run_jobs(jobs)
    named, sender = ("320506-commission", "handler", None), ("320506-market", "handler1", None)
    late = due < timedelta()
    assert told(clean, "clock.expired") == ({named, sender} if late else set())
    assert told(clean, "clock.ending") == (set() if late else {named})
    with psycopg.connect(clean.owner) as connection:
        rows = connection.execute(
            "SELECT restricted, clue_id::text FROM audit_events WHERE officer_id IS NULL"
        ).fetchall()
    assert rows == ([(True, clue["id"])] if late else [])


async def test_the_application_runs_the_jobs_when_it_has_a_worker_s_address(
    acts: Acts, clean: DatabaseUrls, configuration: Settings
) -> None:
    await enter(acts(HANDLER))
    set_due(clean, timedelta(minutes=-1))
    with_jobs = configuration.model_copy(update={"worker_url": SecretStr(clean.worker)})
    async with LifespanManager(create_app(with_jobs)):
        for _ in range(100):
            if told(clean, "clock.expired"):
                break
            await asyncio.sleep(0.05)
    assert len(told(clean, "clock.expired")) == 3


async def test_the_jobs_refuse_a_role_that_row_security_does_not_bind(
    clean: DatabaseUrls, configuration: Settings
) -> None:
    unsafe = configuration.model_copy(update={"worker_url": SecretStr(clean.owner)})
    with pytest.raises(UnsafeRole):
        async with LifespanManager(create_app(unsafe)):
            pass


async def test_a_job_that_dies_half_way_has_told_nobody_and_the_next_tells_everybody_once(
    acts: Acts, jobs: Database, clean: DatabaseUrls, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        await enter(acts(HANDLER))
    set_due(clean, timedelta(minutes=-1))
    told_already: list[str] = []

    async def dies(tx: Dated, *arguments: Any, **more: Any) -> Any:
        told_already.append("one")
        if len(told_already) == 2:
            await tx.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return await record(tx, *arguments, **more)

    with monkeypatch.context() as patched:
        patched.setattr(expiry, "record", dies)
        with pytest.raises(psycopg.OperationalError):
            await tell_expired(jobs, datetime.now(UTC))
    assert len(told_already) == 2
    assert told(clean, "clock.expired") == set()
    await run_jobs(jobs)
    await run_jobs(jobs)
    with psycopg.connect(clean.owner) as connection:
        notices = connection.execute("SELECT count(*) FROM notices WHERE kind = 'clock.expired'").fetchone()
    assert notices == (9,)


async def test_who_is_told_of_an_expiry_is_who_the_law_s_data_name(
    acts: Acts, jobs: Database, clean: DatabaseUrls
) -> None:
    """A review that ran out: its head, the police above and the procuratorate; both lists show it."""
    transfer = await led_to(acts, "begin_review")
    with psycopg.connect(clean.owner) as connection:
        late = datetime.now(UTC) - timedelta(hours=1)
        connection.execute("UPDATE clocks SET due_at = %s WHERE clock = 'review'", [late])
    assert await tell_expired(jobs, datetime.now(UTC)) == 1
    assert told(clean, "clock.expired") == {
        ("320506-police", None, "head"),
        ("320500-police", None, "head"),
        ("320506-procuratorate", None, "handler,head"),
    }
    for who in ("handler@320506-procuratorate", "head@320500-police", "head@320500-market"):
        query = {"scope": "area", "expired": "true"}
        items = (await acts(who).get("/api/v1/clocks", params=query)).json()["items"]
        assert [(one["transfer_id"], one["clock"]) for one in items] == [(transfer["id"], "review")], who
