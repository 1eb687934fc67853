"""What the platform does by itself: unfinished uploads go, and the store is looked through for damage."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from app.cli import main
from app.database.transaction import Database
from app.evidence.upkeep import recheck, sweep_uploads
from app.settings import Settings, settings
from tests.cluster import DatabaseUrls
from tests.conftest import Acts
from tests.evidence.conftest import Kept
from tests.evidence.test_files import upload, uploaded
from tests.evidence.test_uploads import begun, offset, send
from tests.transfers.builders import HANDLER, HEAD

MONTH = timedelta(days=30)


@pytest.fixture
async def jobs(clean: DatabaseUrls) -> AsyncIterator[Database]:
    db = Database(clean.worker, size=2)
    await db.open()
    yield db
    await db.close()


async def test_an_expired_upload_is_swept_and_a_running_one_stays(
    acts: Acts, kept: Kept, jobs: Database, clean: DatabaseUrls
) -> None:
    old, _ = await begun(acts)
    await send(acts, old, 0, b"x")
    with psycopg.connect(clean.owner) as connection:
        connection.execute("UPDATE uploads SET expires_at = now() - interval '1 second'")
    running, _ = await begun(acts)
    await send(acts, running, 0, b"x")
    left, new = kept.incoming / "tmpleft", kept.incoming / "tmpnew"
    left.touch()
    new.touch()
    nobody_s = kept.incoming / "0192d0a0-0000-7000-8000-000000000000"
    nobody_s.touch()
    for path in (left, nobody_s, kept.incoming / running.rpartition("/")[2]):
        os.utime(path, times=(time.time() - 90_000,) * 2)
    assert await sweep_uploads(jobs, kept.store, datetime.now(UTC)) == 1
    assert {path.name for path in kept.waiting()} == {running.rpartition("/")[2], "tmpnew"}
    assert (await offset(acts, old)).status_code == 404
    assert (await offset(acts, running)).headers["upload-offset"] == "1"


async def test_each_file_is_hashed_again_in_its_turn_and_damage_told_once(
    acts: Acts, kept: Kept, jobs: Database, clean: DatabaseUrls
) -> None:
    whole = await uploaded(acts, content=b"whole")
    bad = (await upload(acts, whole["case_id"], content=b"to be changed", name="二.txt")).json()
    kept.harm(bad["sha256"], b"was changed")
    assert not await recheck(jobs, kept.store, datetime.now(UTC), MONTH)
    later = datetime.now(UTC) + timedelta(days=31)
    for _ in range(2):
        assert await recheck(jobs, kept.store, later, MONTH)
    with psycopg.connect(clean.owner) as connection:
        rows = connection.execute("SELECT id::text, damaged_at IS NOT NULL FROM files").fetchall()
    assert dict(rows) == {whole["id"]: False, bad["id"]: True}
    assert await recheck(jobs, kept.store, later + timedelta(days=31), MONTH)
    for who in (HANDLER, HEAD):
        notices = (await acts(who).get("/api/v1/notices")).json()["items"]
        assert [one["kind"] for one in notices].count("file.damaged") == 1
    history = (await acts(HANDLER).get(f"/api/v1/cases/{whole['case_id']}/history")).json()["items"]
    assert [event["action"] for event in history].count("file.damaged") == 1


async def verified(
    kept: Kept, clean: DatabaseUrls, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[int, str]:
    """What the command says, with the settings in the environment."""
    chosen = kept.settings
    values = {
        "DATABASE_URL": clean.app,
        "WORKER_URL": clean.worker,
        "SECRET": chosen.secret.get_secret_value(),
    }
    values |= (
        {"FILES": str(chosen.files)}
        if isinstance(chosen.files, Path)
        else {
            "FILES": f"s3://{chosen.files.bucket}/{chosen.files.prefix}",
            "UPLOADS": str(chosen.uploads),
            "S3_ENDPOINT": chosen.s3_endpoint or "",
            "S3_ACCESS_KEY": chosen.s3_access_key.get_secret_value() if chosen.s3_access_key else "",
            "S3_SECRET_KEY": chosen.s3_secret_key.get_secret_value() if chosen.s3_secret_key else "",
        }
    )
    for name, value in values.items():
        monkeypatch.setenv(f"XIANJIE_{name}", value)
    settings.cache_clear()
    try:
        status = await asyncio.to_thread(main, ["evidence", "verify"])
    finally:
        settings.cache_clear()
    return status, capsys.readouterr().out


async def test_the_command_names_what_is_damaged_or_missing(
    acts: Acts,
    kept: Kept,
    clean: DatabaseUrls,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    one = await uploaded(acts, content=b"whole")
    changed = (await upload(acts, one["case_id"], content=b"to be changed", name="二.txt")).json()
    gone = (await upload(acts, one["case_id"], content=b"to be lost", name="三.txt")).json()
    assert await verified(kept, clean, monkeypatch, capsys) == (0, "")
    kept.harm(changed["sha256"], b"was changed")
    kept.harm(gone["sha256"], None)
    status, said = await verified(kept, clean, monkeypatch, capsys)
    assert status == 1
    assert sorted(said.splitlines()) == sorted(
        [
            f"损坏 {changed['sha256']} 文件 {changed['id']} 机关 320506-market",
            f"缺失 {gone['sha256']} 文件 {gone['id']} 机关 320506-market",
        ]
    )


def test_a_bucket_needs_a_directory_for_what_arrives(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], configuration: Settings
) -> None:
    for name in ("FILES", "UPLOADS"):
        monkeypatch.delenv(f"XIANJIE_{name}", raising=False)
    monkeypatch.setenv("XIANJIE_DATABASE_URL", "postgresql://")
    monkeypatch.setenv("XIANJIE_SECRET", configuration.secret.get_secret_value())
    for files, said in (("s3://evidence", "XIANJIE_UPLOADS must name"), ("s3://", "names no bucket")):
        monkeypatch.setenv("XIANJIE_FILES", files)
        settings.cache_clear()
        assert main(["evidence", "verify"]) == 2
        assert said in capsys.readouterr().err
    settings.cache_clear()
