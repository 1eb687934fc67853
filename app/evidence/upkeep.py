"""What the platform does by itself: forget uploads that nobody finished, look whether the store is whole."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from time import time
from typing import LiteralString
from uuid import UUID

from anyio import to_thread

from app.audit.events import record
from app.database.transaction import Database, Dated, Row
from app.evidence.files import DAMAGED, Owner, told_of_damage
from app.evidence.parts import Parts, UploadBusy
from app.evidence.store import FileStore, State
from app.notices.service import SubjectKind, notify

log = logging.getLogger(__name__)
# What lies unfinished longer than this without belonging to anything is left by a killed server.
_LEFT_BEHIND = timedelta(days=1)
_FILES: LiteralString = """SELECT f.id, f.sha256, f.case_id, f.clue_id, f.damaged_at,
    f.uploaded_by AS uploader, f.organ_id AS uploader_organ, o.code AS organ, coalesce(c.duty, false) AS duty
    FROM files f JOIN organs o ON o.id = f.organ_id LEFT JOIN clues c ON c.id = f.clue_id WHERE """


@dataclass(frozen=True)
class Bad:
    """A file whose content is damaged or missing; named without what the case is about."""

    file_id: UUID
    organ: str
    sha256: str
    state: State


async def sweep_uploads(db: Database, store: FileStore, now: datetime) -> int:
    """Forget uploads that expired, and what a killed server left behind. How many uploads there were."""
    parts, swept = Parts(store.incoming), 0
    async with db.platform() as tx:
        rows = await tx.rows("SELECT id FROM uploads WHERE expires_at <= %(now)s LIMIT 200", now=now)
    for row in rows:
        with suppress(UploadBusy):
            async with parts.alone(row["id"]), db.platform() as tx:
                await tx.execute("DELETE FROM uploads WHERE id = %(id)s", id=row["id"])
                parts.erase(row["id"])
                swept += 1
    left = await to_thread.run_sync(_left_behind, store)
    async with db.platform() as tx:
        known = await tx.rows(
            "SELECT id::text FROM uploads WHERE id::text = ANY (%(names)s)", names=list(left)
        )
    for name in left.keys() - {row["id"] for row in known}:
        left[name].unlink(missing_ok=True)
    return swept


async def recheck(db: Database, store: FileStore, now: datetime, every: timedelta) -> bool:
    """Hash the content of the file that was longest not looked at. False when none is due."""
    async with db.platform() as tx:
        row = await tx.row(
            _FILES
            + """coalesce(f.checked_at, f.uploaded_at) < %(before)s
              ORDER BY coalesce(f.checked_at, f.uploaded_at), f.id LIMIT 1 FOR UPDATE OF f SKIP LOCKED""",
            before=now - every,
        )
        if row is None:
            return False
        await _note(tx, row, await store.state(bytes(row["sha256"])))
    return True


async def verify(db: Database, store: FileStore) -> AsyncIterator[Bad | None]:
    """Hash every content once; for each file None, or what is wrong with it. It also goes on record."""
    last = b""
    while True:
        async with db.platform() as tx:
            last = await tx.value("SELECT min(sha256) FROM files WHERE sha256 > %(last)s", last=last)
        if last is None:
            return
        state = await store.state(bytes(last))
        async with db.platform() as tx:
            rows = await tx.rows(_FILES + "f.sha256 = %(sha256)s ORDER BY f.id FOR UPDATE OF f", sha256=last)
            for row in rows:
                await _note(tx, row, state)
        for row in rows:
            whole = state == "whole"
            yield None if whole else Bad(row["id"], row["organ"], bytes(row["sha256"]).hex(), state)


async def _note(tx: Dated, row: Row, state: State) -> None:
    """When the file was looked at; where it was found damaged first, that is on record and told."""
    whole = state == "whole"
    await tx.execute(
        """UPDATE files SET checked_at = %(now)s,
            damaged_at = CASE WHEN %(whole)s THEN NULL ELSE coalesce(damaged_at, %(now)s) END
          WHERE id = %(id)s""",
        id=row["id"],
        now=tx.now,
        whole=whole,
    )
    if whole or row["damaged_at"] is not None:
        return
    log.error("file %s: its content is %s", row["id"], state)
    owner = Owner(row["case_id"], row["clue_id"], row["duty"])
    await record(tx, "file.damaged", ("file", row["id"]), **owner.audited)
    subject: tuple[SubjectKind, UUID] = (
        ("case", row["case_id"]) if row["case_id"] is not None else ("clue", row["clue_id"])
    )
    for to in told_of_damage(row):
        await notify(tx, to, "file.damaged", DAMAGED, subject)


def _left_behind(store: FileStore) -> dict[str, Path]:
    """What nobody has written to for long, by name."""
    found = {}
    for path in store.incoming.glob("*"):
        with suppress(FileNotFoundError):
            if time() - path.stat().st_mtime > _LEFT_BEHIND.total_seconds():
                found[path.name] = path
    return found
