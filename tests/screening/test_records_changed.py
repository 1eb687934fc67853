"""What one organ enters may change what was concluded of another's case: the platform screens it again."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from app.database.transaction import Database
from app.screening import due
from app.worker import run_jobs
from tests.cases.builders import HANDLER, a_person, an_id_number, case_body, edit, enter
from tests.cluster import DatabaseUrls
from tests.conftest import Acts
from tests.transfers.builders import open_on

HEFEI, KUNSHAN = "handler1@340104-market", "handler1@320583-market"
Json = dict[str, Any]


@pytest.fixture
async def worker(clean: DatabaseUrls) -> AsyncIterator[Database]:
    db = Database(clean.worker, size=2)
    await db.open()
    yield db
    await db.close()


def asked(urls: DatabaseUrls, query: str, *values: Any) -> list[Json]:
    with psycopg.connect(urls.owner, row_factory=dict_row, autocommit=True) as connection:
        cursor = connection.execute(query.encode(), values)
        return cursor.fetchall() if cursor.description else []


def sale(number: str, sold: str, **change: Any) -> Json:
    """A sale that nobody has decided, under the law that adds up two years (法发〔2011〕3号 第十四条)."""
    facts = {"ip_sales_amount": sold, "ip_unsold_value": "0", "illegal_gain": "0"}
    undecided: Json = {"decision_number": None, "decided_on": None, "penalties": [], "fine_amount": None}
    dates = {"filed_on": "2025-03-02", "act_end_date": "2025-01-15"}
    parties = [a_person(id_number=number)]
    return case_body(**{"facts": facts, "parties": parties, **undecided, **dates, **change})


async def case_of(acts: Acts, who: str, case: Json) -> Json:
    found: Json = (await acts(who).get(f"/api/v1/cases/{case['id']}")).json()
    return found


def report_clocks(case: Json) -> list[Json]:
    return [one for one in case["clocks"] if one["clock"] == "report_transfer"]


def marks(urls: DatabaseUrls) -> int:
    (row,) = asked(urls, "SELECT count(*) AS marks FROM changed_parties")
    return int(row["marks"])


async def three_organs(acts: Acts, number: str) -> list[tuple[str, Json]]:
    """Two cases below the threshold, and a third that takes the sum over 50,000."""
    return [
        (who, await enter(acts(who), sale(number, sold)))
        for who, sold in ((HANDLER, "20000"), (HEFEI, "20000"), (KUNSHAN, "15000"))
    ]


async def test_the_third_case_crosses_the_sum_and_the_two_before_follow(
    acts: Acts, worker: Database, clean: DatabaseUrls
) -> None:
    first, second, third = await three_organs(acts, an_id_number())
    assert [case["conclusion"] for _, case in (first, second, third)] == [
        "not_reached",
        "not_reached",
        "must_transfer",
    ]
    await run_jobs(worker)
    for who, case in (first, second):
        after = await case_of(acts, who, case)
        assert (after["conclusion"], after["charges"]) == ("must_transfer", ["214"])
        assert after["screening"]["screened_for"] == "records_changed"
        assert after["screening"]["facts"]["ip_sales_amount"] == "55000"
        assert after["facts"]["ip_sales_amount"] == "20000"
        assert len(report_clocks(after)) == 1
        notices = (await acts(who).get("/api/v1/notices")).json()["items"]
        assert [(one["kind"], one["subject_id"], one["from_organ"]) for one in notices] == [
            ("case.reached", case["id"], None)
        ]
        history = (await acts(who).get(f"/api/v1/cases/{case['id']}/history")).json()["items"]
        assert (history[0]["action"], history[0]["organ_name"]) == ("case.screened", "平台")
    assert marks(clean) == 0


async def test_an_organ_learns_organ_date_cause_and_figures_and_nothing_else(
    acts: Acts, worker: Database
) -> None:
    number = an_id_number()
    (who, case), *others = await three_organs(acts, number)
    await run_jobs(worker)
    after = await acts(who).get(f"/api/v1/cases/{case['id']}")
    [found] = after.json()["screening"]["result"]["accumulated"]
    assert {one["organ"] for one in found["cases"]} == {
        "合肥市蜀山区市场监督管理局", "昆山市市场监督管理局",
    }  # fmt: skip
    for one in found["cases"]:
        assert set(one) == {"organ", "act_end_date", "cause", "figures", "in_doubt"}
    told = after.text + (await acts(who).get("/api/v1/notices")).text
    told += (await acts(who).get(f"/api/v1/cases/{case['id']}/history")).text
    for _, other in others:
        assert other["id"] not in told
        assert other["number"] not in told
        assert (await acts(who).get(f"/api/v1/cases/{other['id']}")).status_code == 404
    for secret in ("340104", "320583", number):
        assert secret not in told


async def test_what_is_decided_meanwhile_is_no_longer_added_and_the_clock_stops(
    acts: Acts, worker: Database
) -> None:
    first, _, (who, third) = await three_organs(acts, an_id_number())
    await run_jobs(worker)
    decided = {"decision_number": "昆市监处罚〔2026〕9号", "decided_on": "2025-04-01", "penalties": ["罚款"]}
    changed = await edit(acts(who), third, decided)
    assert changed.status_code == 200, changed.text
    await run_jobs(worker)
    after = await case_of(acts, *first)
    assert (after["conclusion"], after["charges"], after["reached_at"]) == ("not_reached", [], None)
    assert [one["stopped_at"] is None for one in report_clocks(after)] == [False]
    assert after["screening"]["result"]["accumulated"] == []


async def test_a_penalty_that_becomes_known_later_lowers_the_threshold_of_the_case_that_was_there(
    acts: Acts, worker: Database
) -> None:
    number = an_id_number()
    now = {"filed_on": "2026-03-01", "act_end_date": "2026-02-20"}
    case = await enter(acts(HANDLER), sale(number, "30000", **now))
    assert case["screening"]["facts"]["prior_punish_2y_tm"] is False
    await enter(acts(HEFEI), sale(number, "1", decided_on="2025-06-01", penalties=["罚款"]))
    await run_jobs(worker)
    after = await case_of(acts, HANDLER, case)
    assert after["screening"]["facts"]["prior_punish_2y_tm"] is True
    assert after["conclusion"] == "must_transfer"


async def test_another_party_in_its_place_takes_the_record_away(acts: Acts, worker: Database) -> None:
    first, _, (who, third) = await three_organs(acts, an_id_number())
    await run_jobs(worker)
    changed = await edit(acts(who), third, {"parties": [a_person(id_number=an_id_number())]})
    assert changed.status_code == 200, changed.text
    await run_jobs(worker)
    assert (await case_of(acts, *first))["conclusion"] == "not_reached"
    assert (await case_of(acts, who, third))["conclusion"] == "not_reached"


async def test_what_a_court_has_judged_is_treated_also_when_the_file_is_closed(
    acts: Acts, worker: Database, clean: DatabaseUrls
) -> None:
    number = an_id_number()
    judged = await enter(acts(HANDLER), sale(number, "60000"))
    case = await enter(acts(HEFEI), sale(number, "20000"))
    assert case["conclusion"] == "must_transfer"
    assert (await open_on(acts, judged["id"])).status_code == 201
    asked(
        clean,
        """INSERT INTO transfer_steps (id, transfer_id, action, to_state, organ_id, officer_id, organ_name,
              officer_name)
            SELECT id, id, 'judge', 'judged', organ_id, opened_by, 'x', 'x' FROM transfers""",
    )
    for state in ("judged", "closed"):
        asked(clean, "UPDATE transfers SET state = %s", state)
        await run_jobs(worker)
        after = await case_of(acts, HEFEI, case)
        assert (after["conclusion"], after["screening"]["result"]["accumulated"]) == ("not_reached", [])


async def test_killed_in_between_nothing_is_half_done_and_it_is_worked_off_later(
    acts: Acts, worker: Database, clean: DatabaseUrls
) -> None:
    first, second, _ = await three_organs(acts, an_id_number())
    waiting = marks(clean)
    with psycopg.connect(clean.owner) as holding:
        holding.execute("LOCK TABLE notices IN EXCLUSIVE MODE")
        process = killable(clean.worker)
        assert until(lambda: bool(asked(clean, "SELECT 1 FROM pg_locks WHERE NOT granted")))
        process.kill()
        process.wait()
    assert until(lambda: not asked(clean, _OTHERS_LOCKS))
    assert marks(clean) == waiting
    assert (await case_of(acts, *first))["conclusion"] == "not_reached"
    await run_jobs(worker)
    for one in (first, second):
        after = await case_of(acts, *one)
        assert after["conclusion"] == "must_transfer"
        assert len(report_clocks(after)) == 1
    assert marks(clean) == 0


def killable(url: str) -> subprocess.Popen[bytes]:
    """The job in a process of its own."""
    return subprocess.Popen([sys.executable, "-c", _JOB, url])


_JOB = """
import asyncio, sys
from app.database.transaction import Database
from app.screening.due import screen_due

async def work():
    db = Database(sys.argv[1], size=1)
    await db.open()
    await screen_due(db)

asyncio.run(work())
"""
_OTHERS_LOCKS = """SELECT 1 FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
    WHERE c.relname = 'changed_parties' AND l.pid <> pg_backend_pid()"""


def until(holds: Callable[[], bool], seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        time.sleep(0.02)
    return holds()


async def test_the_same_mark_again_changes_nothing(acts: Acts, worker: Database, clean: DatabaseUrls) -> None:
    await three_organs(acts, an_id_number())
    await asyncio.gather(run_jobs(worker), run_jobs(worker))
    await run_jobs(worker)
    before = asked(clean, "SELECT id, revision, party_record FROM cases ORDER BY id")
    findings = asked(clean, "SELECT id FROM findings")
    asked(
        clean,
        """INSERT INTO changed_parties (case_id, uscc, id_number_index, name)
            SELECT case_id, uscc, id_number_index, name FROM parties""",
    )
    assert await due.screen_due(worker) == 3
    assert asked(clean, "SELECT id, revision, party_record FROM cases ORDER BY id") == before
    assert asked(clean, "SELECT id FROM findings") == findings
    assert await due.screen_due(worker) == 0


async def test_a_case_that_somebody_edits_is_screened_afterwards(
    acts: Acts, worker: Database, clean: DatabaseUrls
) -> None:
    first, second, _ = await three_organs(acts, an_id_number())
    with psycopg.connect(clean.owner) as editing:
        editing.execute("SELECT 1 FROM cases WHERE id = %s FOR UPDATE", [first[1]["id"]])
        await run_jobs(worker)
        assert (await case_of(acts, *first))["conclusion"] == "not_reached"
        assert (await case_of(acts, *second))["conclusion"] == "must_transfer"
        assert marks(clean) == 3
    await run_jobs(worker)
    assert (await case_of(acts, *first))["conclusion"] == "must_transfer"
    assert marks(clean) == 0


async def test_batches_are_bounded_by_marks_and_by_cases(
    acts: Acts, worker: Database, clean: DatabaseUrls
) -> None:
    for _ in range(2):
        await three_organs(acts, an_id_number())
    assert await due.screen_due(worker, most=2) == 2
    assert await due.screen_due(worker, cases=3) == 1
    assert await due.screen_due(worker, cases=1) == 1
    assert await due.screen_due(worker) == 2
    assert {row["conclusion"] for row in asked(clean, "SELECT conclusion FROM cases")} == {"must_transfer"}


async def test_a_case_whose_cause_is_no_longer_known_does_not_hold_up_the_others(
    acts: Acts, worker: Database, clean: DatabaseUrls
) -> None:
    first, second, _ = await three_organs(acts, an_id_number())
    asked(clean, "UPDATE cases SET cause = 'no_longer_there' WHERE id = %s", first[1]["id"])
    await run_jobs(worker)
    assert marks(clean) == 0
    assert (await case_of(acts, *second))["screening"]["result"]["accumulated"] == []


async def test_an_edit_that_changes_no_fact_leaves_no_mark(acts: Acts, clean: DatabaseUrls) -> None:
    case = await enter(acts(HANDLER))
    asked(clean, "TRUNCATE changed_parties")
    assert (await edit(acts(HANDLER), case, {"summary": "补充案情"})).status_code == 200
    assert marks(clean) == 0


async def test_only_the_worker_asks_for_the_records_of_stored_cases(
    acts: Acts, database: Database, worker: Database, world: dict[str, int]
) -> None:
    (_, first), (_, second), _ = await three_organs(acts, an_id_number())
    query = "SELECT * FROM case_records(%(cases)s::uuid[], ARRAY['ip_sales_amount'])"
    async with worker.platform() as tx:
        rows = await tx.rows(query, cases=[first["id"]])
        assert {row["case_id"] for row in rows} == {rows[0]["case_id"]}
        assert [row["facts"] for row in rows] == [{"ip_sales_amount": "15000"}, {"ip_sales_amount": "20000"}]
        assert "name" not in rows[0]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await tx.rows("SELECT name FROM parties")
    for statement in (
        query,
        "SELECT * FROM cases_of_changed_parties('{1}')",
        "SELECT * FROM changed_parties",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            async with database.acting(world[HANDLER]) as acting:
                await acting.execute(statement, cases=[second["id"]])
