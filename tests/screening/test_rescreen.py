"""Stored cases follow a changed law: dry run, new findings, clocks and notices, batches, and after a kill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from app.database.transaction import Database
from app.law.statutes import law
from app.screening import rescreen
from tests.cases.builders import HANDLER, case_body, enter, small_case
from tests.cluster import DatabaseUrls
from tests.conftest import SECRET, Acts

OLD = "0ld0ld0ld0ld"


@pytest.fixture
async def worker(clean: DatabaseUrls) -> AsyncIterator[Database]:
    db = Database(clean.worker, size=2)
    await db.open()
    yield db
    await db.close()


def asked(urls: DatabaseUrls, query: str, *values: Any) -> list[dict[str, Any]]:
    with psycopg.connect(urls.owner, row_factory=dict_row, autocommit=True) as connection:
        cursor = connection.execute(query.encode(), values)
        return cursor.fetchall() if cursor.description else []


def screened_under_old_law(urls: DatabaseUrls, number: str, conclusion: str, charges: list[str]) -> None:
    """As if an older law had concluded this of the case."""
    asked(
        urls,
        """UPDATE cases SET law_version = %s, conclusion = %s, charges = %s,
              reached_at = CASE WHEN %s = 'must_transfer' THEN now() END WHERE number = %s""",
        OLD, conclusion, charges, conclusion, number,
    )  # fmt: skip


async def run(worker: Database, most: int = rescreen.BATCH) -> list[rescreen.Progress]:
    return [one async for one in rescreen.rescreen(worker, most)]


async def test_a_case_that_the_new_law_reaches(acts: Acts, worker: Database, clean: DatabaseUrls) -> None:
    case = await enter(acts(HANDLER))
    asked(clean, "DELETE FROM clocks")
    asked(clean, "DELETE FROM notices")
    screened_under_old_law(clean, case["number"], "not_reached", [])
    assert (await run(worker))[-1] == rescreen.Progress(1, 1, ())
    (stored,) = asked(clean, "SELECT * FROM cases")
    assert (stored["conclusion"], stored["charges"]) == ("must_transfer", ["214"])
    assert (stored["law_version"], stored["revision"]) == (law().version, 2)
    assert stored["reached_at"] is not None
    finding = asked(clean, "SELECT * FROM findings ORDER BY id DESC")[0]
    assert (finding["screened_for"], finding["conclusion"]) == ("law_changed", "must_transfer")
    assert finding["law_version"] == law().version
    assert finding["result"]["findings"][0]["conditions"]
    (clock,) = asked(clean, "SELECT * FROM clocks")
    assert (clock["clock"], clock["stopped_at"]) == ("report_transfer", None)
    (notice,) = asked(clean, "SELECT * FROM notices")
    assert (notice["kind"], notice["roles"]) == ("case.reached", ["handler", "head"])
    (event,) = asked(
        clean,
        "SELECT * FROM audit_events e JOIN audit_changes c ON c.event_id = e.id WHERE officer_id IS NULL",
    )
    assert (event["action"], event["organ_name"]) == ("case.screened", "平台")
    assert event["changes"] == {
        "conclusion": ["not_reached", "must_transfer"],
        "charges": [[], ["214"]],
        "law_version": [OLD, law().version],
    }
    seen = (await acts(HANDLER).get(f"/api/v1/cases/{case['id']}")).json()
    assert seen["conclusion"] == "must_transfer"


async def test_a_case_that_the_new_law_no_longer_reaches(
    acts: Acts, worker: Database, clean: DatabaseUrls
) -> None:
    case = await enter(acts(HANDLER), small_case())
    screened_under_old_law(clean, case["number"], "must_transfer", ["214"])
    asked(
        clean,
        """INSERT INTO clocks (id, clock, organ_id, line, holder_organ_id, case_id, started_at)
            SELECT id, 'report_transfer', organ_id, line, organ_id, id, now() FROM cases""",
    )
    await run(worker)
    (stored,) = asked(clean, "SELECT * FROM cases")
    assert (stored["conclusion"], stored["charges"], stored["reached_at"]) == ("not_reached", [], None)
    (clock,) = asked(clean, "SELECT * FROM clocks")
    assert clock["stopped_by"] == "screening"


async def test_an_unchanged_case_only_bears_the_new_version(
    acts: Acts, worker: Database, clean: DatabaseUrls
) -> None:
    case = await enter(acts(HANDLER))
    screened_under_old_law(clean, case["number"], "must_transfer", ["214"])
    assert (await run(worker))[-1] == rescreen.Progress(1, 0, ())
    (stored,) = asked(clean, "SELECT * FROM cases")
    assert (stored["law_version"], stored["revision"]) == (law().version, 1)
    assert len(asked(clean, "SELECT * FROM findings")) == 1
    assert await run(worker) == []


async def test_causes_parties_and_no_crime_count_as_at_entry(
    acts: Acts, worker: Database, clean: DatabaseUrls
) -> None:
    """Every kind of case, entered as it is: screening again under the same law changes nothing."""
    unit, person = {"kind": "unit", "name": "甲公司"}, {"kind": "person", "name": "李建国"}
    for cause in law().causes:
        for parties in ([unit], [person], [unit, person]):
            facts = {name: v for name, v in case_body()["facts"].items() if law().causes[cause].charges}
            await enter(acts(HANDLER), case_body(cause=cause, parties=parties, facts=facts))
    asked(clean, "UPDATE cases SET law_version = %s", OLD)
    (total,) = asked(clean, "SELECT count(*) AS cases FROM cases")
    progress = await run(worker, most=7)
    assert progress[-1] == rescreen.Progress(total["cases"], 0, ())
    assert len(progress) > 10


async def test_what_cannot_be_screened_is_named_and_left(
    acts: Acts, worker: Database, clean: DatabaseUrls
) -> None:
    lost, strange, good = [await enter(acts(HANDLER)) for _ in range(3)]
    asked(clean, "UPDATE cases SET law_version = %s, conclusion = 'near'", OLD)
    asked(clean, "UPDATE cases SET cause = 'no_longer_there' WHERE number = %s", lost["number"])
    asked(
        clean,
        """UPDATE cases SET facts = facts || '{"fact_of_old": "1"}' WHERE number = %s""",
        strange["number"],
    )
    progress = (await run(worker))[-1]
    assert progress.refused == (lost["number"], strange["number"])
    assert (progress.done, progress.changed) == (1, 1)
    versions = {row["number"]: row["law_version"] for row in asked(clean, "SELECT * FROM cases")}
    assert versions == {lost["number"]: OLD, strange["number"]: OLD, good["number"]: law().version}


async def test_a_case_somebody_edits_is_taken_up_afterwards(
    acts: Acts, worker: Database, clean: DatabaseUrls
) -> None:
    first, second = [await enter(acts(HANDLER)) for _ in range(2)]
    asked(clean, "UPDATE cases SET law_version = %s, conclusion = 'near'", OLD)
    numbers = []
    with psycopg.connect(clean.owner) as editing:
        editing.execute("SELECT 1 FROM cases WHERE number = %s FOR UPDATE", [first["number"]])
        async for progress in rescreen.rescreen(worker, 1):
            numbers.append(progress.done)
            editing.rollback()
    assert numbers == [1, 2]
    assert {row["law_version"] for row in asked(clean, "SELECT * FROM cases")} == {law().version}
    assert second["number"]


def command(urls: DatabaseUrls, files: Path, *arguments: str) -> subprocess.Popen[str]:
    environment = os.environ | {
        "XIANJIE_DATABASE_URL": urls.app,
        "XIANJIE_WORKER_URL": urls.worker,
        "XIANJIE_SECRET": SECRET,
        "XIANJIE_FILES": str(files),
    }
    return subprocess.Popen(
        [sys.executable, "-m", "app.cli", "law", "rescreen", *arguments],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def ended(process: subprocess.Popen[str], status: int) -> tuple[str, str]:
    out, err = process.communicate(timeout=120)
    assert process.returncode == status, err
    return out, err


def wait_until(holds: Callable[[], bool], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not holds() and time.monotonic() < until:
        time.sleep(0.005)


async def several(acts: Acts, urls: DatabaseUrls, count: int) -> Sequence[str]:
    numbers = [(await enter(acts(HANDLER)))["number"] for _ in range(count)]
    for number in numbers:
        screened_under_old_law(urls, number, "undetermined", ["214"])
    return numbers


async def test_the_dry_run_names_charge_organ_and_case_and_changes_nothing(
    acts: Acts, clean: DatabaseUrls, tmp_path: Path
) -> None:
    (number,) = await several(acts, clean, 1)
    out, _ = ended(command(clean, tmp_path, "--dry-run"), 0)
    assert "第214条 销售假冒注册商标的商品罪" in out
    assert "市场监督管理局：1 件" in out
    assert f"{number}  尚不能判断 → 达到立案追诉标准" in out
    assert "结论将变化的案件：1 件" in out
    assert {row["law_version"] for row in asked(clean, "SELECT * FROM cases")} == {OLD}


async def test_killed_and_started_again_it_ends_where_one_run_ends(
    acts: Acts, clean: DatabaseUrls, tmp_path: Path
) -> None:
    await several(acts, clean, 12)
    process = command(clean, tmp_path, "--batch", "1")
    done = "SELECT count(*) AS cases FROM cases WHERE law_version = %s"
    wait_until(lambda: asked(clean, done, law().version)[0]["cases"] >= 3)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    (at_kill,) = asked(clean, done, law().version)
    assert at_kill["cases"] >= 3
    out, _ = ended(command(clean, tmp_path), 0)
    assert f"重新筛查 {12 - at_kill['cases']} 件" in out
    counts = asked(
        clean,
        "SELECT count(*) FILTER (WHERE screened_for = 'law_changed') AS new FROM findings GROUP BY case_id",
    )
    assert [row["new"] for row in counts] == [1] * 12


@pytest.mark.parametrize("others", [False, True])
def test_the_command_says_each_setting_that_it_lacks(tmp_path: Path, others: bool) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("XIANJIE_")}
    usual = {
        "XIANJIE_DATABASE_URL": "postgresql://",
        "XIANJIE_SECRET": SECRET,
        "XIANJIE_FILES": str(tmp_path),
    }
    found = subprocess.run(
        [sys.executable, "-m", "app.cli", "law", "rescreen", "--dry-run"],
        env=environment | (usual if others else {}), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert found.returncode == 2
    lacking = {"XIANJIE_WORKER_URL"} if others else usual.keys()
    assert {line.split(": ")[1] for line in found.stderr.splitlines()} == lacking
