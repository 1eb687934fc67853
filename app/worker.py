"""Background jobs, as the role xianjie_worker: telling of clocks that run out, and of those that did, and
screening cases again whose parties' records changed.

Each batch is one transaction that takes its clocks with SKIP LOCKED and marks them, so any number of
processes may run the jobs side by side and nobody is told twice.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import LiteralString

import psycopg

from app.database.roles_check import check_role
from app.database.transaction import Database, Row, Transaction, new_id
from app.law.clocks import clock as clock_of
from app.law.legal_days import SHANGHAI
from app.notices.service import Addressee
from app.screening.due import screen_due
from app.settings import Settings

log = logging.getLogger(__name__)
BATCH = 200

# A clock with whom its running out concerns: the holder, the holder's superior, the procuratorate of the same
# level and region as the organ whose matter it is, and of a clue the sender with its superior.
_CLOCKS: LiteralString = """
    SELECT k.id, k.clock, k.due_at, k.holder_organ_id, k.case_id, k.transfer_id, k.clue_id, k.supervision_id,
        c.number AS case_number, h.parent_id AS superior_id, p.id AS procuratorate_id, l.duty,
        l.from_organ_id AS sender_id, l.from_officer_id AS sender_officer_id,
        s.parent_id AS sender_superior_id,
        (SELECT coalesce(array_agg(n.officer_id), '{}') FROM clue_officers n
          JOIN officers f ON f.id = n.officer_id AND f.organ_id = k.holder_organ_id
          WHERE n.clue_id = k.clue_id) AS named
      FROM clocks k JOIN organs h ON h.id = k.holder_organ_id JOIN organs o ON o.id = k.organ_id
        LEFT JOIN cases c ON c.id = k.case_id
        LEFT JOIN clues l ON l.id = k.clue_id LEFT JOIN organs s ON s.id = l.from_organ_id
        LEFT JOIN LATERAL (SELECT b.id FROM organs b WHERE b.kind = 'procuratorate' AND b.level = o.level
          AND b.region = o.region AND b.active ORDER BY b.id LIMIT 1) AS p ON true
      WHERE k.stopped_at IS NULL AND """
_EXPIRED: LiteralString = "k.expiry_noticed_at IS NULL AND k.due_at < %(now)s"
# Within a day of its end, or in the last third of a shorter clock.
_ENDING: LiteralString = """k.expiry_noticed_at IS NULL AND k.warned_at IS NULL AND k.due_at >= %(now)s
    AND k.due_at < %(now)s + interval '1 day' AND k.due_at < %(now)s + (k.due_at - k.started_at) / 3"""
_TAKE: LiteralString = " ORDER BY k.due_at LIMIT %(most)s FOR UPDATE OF k SKIP LOCKED"


@asynccontextmanager
async def working(settings: Settings) -> AsyncIterator[None]:
    """Run the jobs while the block lasts, when a worker's address is set. Raises UnsafeRole."""
    if settings.worker_url is None:
        yield
        return
    db = Database(settings.worker_url.get_secret_value(), size=1)
    await db.open()
    try:
        async with db.transaction() as tx:
            await check_role(tx)
        jobs = asyncio.create_task(_work(db, settings.jobs_every_seconds))
        try:
            yield
        finally:
            jobs.cancel()
            with suppress(asyncio.CancelledError):
                await jobs
    finally:
        await db.close()


async def run_jobs(db: Database) -> None:
    """Everything that is due now, batch by batch."""
    for job in (tell_expired, warn_ending):
        while await job(db, datetime.now(UTC)) == BATCH:
            pass
    while await screen_due(db):
        pass


async def tell_expired(db: Database, now: datetime, most: int = BATCH) -> int:
    """One batch of clocks that ran out: tell those concerned. How many there were."""
    query: LiteralString = _CLOCKS + _EXPIRED + _TAKE
    async with db.transaction() as tx:
        clocks = await tx.rows(query, now=now, most=most)
        for clock in clocks:
            await _notify(tx, clock, "clock.expired", "期限已届满", _concerned(clock), now)
            await _record(tx, clock, now)
        await tx.execute(
            "UPDATE clocks SET expiry_noticed_at = %(now)s WHERE id = ANY (%(ids)s)",
            now=now,
            ids=[clock["id"] for clock in clocks],
        )
    return len(clocks)


async def warn_ending(db: Database, now: datetime, most: int = BATCH) -> int:
    """One batch of clocks that run out soon: warn who has to act. How many there were."""
    query: LiteralString = _CLOCKS + _ENDING + _TAKE
    async with db.transaction() as tx:
        clocks = await tx.rows(query, now=now, most=most)
        for clock in clocks:
            words = f"期限将于{clock['due_at'].astimezone(SHANGHAI):%m月%d日%H:%M}届满"
            await _notify(tx, clock, "clock.ending", words, _holders(clock), now)
        await tx.execute(
            "UPDATE clocks SET warned_at = %(now)s WHERE id = ANY (%(ids)s)",
            now=now,
            ids=[clock["id"] for clock in clocks],
        )
    return len(clocks)


async def _work(db: Database, every_seconds: float) -> None:
    while True:
        try:
            await run_jobs(db)
        except psycopg.Error:
            log.exception("background jobs failed; trying again in %s seconds", every_seconds)
        await asyncio.sleep(every_seconds)


def _holders(clock: Row) -> list[Addressee]:
    holder = clock["holder_organ_id"]
    if clock["duty"]:
        return [Addressee(holder, officer_id=officer) for officer in clock["named"]]
    return [Addressee(holder, roles=["handler", "desk"])]


def _concerned(clock: Row) -> list[Addressee]:
    """Of a duty-crime clue the named officers and the sender alone; else as the law lets see it."""
    if clock["clue_id"]:
        sender = Addressee(clock["sender_id"], officer_id=clock["sender_officer_id"])
        if clock["duty"]:
            return [*_holders(clock), sender]
        return [
            Addressee(clock["holder_organ_id"], roles=["head"]),
            sender,
            *_heads(clock["sender_superior_id"]),
        ]
    heads = dict.fromkeys([clock["holder_organ_id"], clock["superior_id"]])
    told = [one for organ in heads for one in _heads(organ)]
    if clock["procuratorate_id"] and clock["procuratorate_id"] not in heads:
        told.append(Addressee(clock["procuratorate_id"], roles=["handler", "head"]))
    return told


def _heads(organ_id: int | None) -> list[Addressee]:
    return [] if organ_id is None else [Addressee(organ_id, roles=["head"])]


async def _notify(
    tx: Transaction, clock: Row, kind: str, words: str, to: Iterable[Addressee], now: datetime
) -> None:
    subject_kind, subject_id = _subject(clock)
    number = f"{clock['case_number']}：" if clock["case_number"] else ""
    for addressee in to:
        await tx.execute(
            """INSERT INTO notices (id, organ_id, officer_id, roles, kind, title, subject_kind, subject_id,
                  created_at)
                VALUES (%(id)s, %(organ)s, %(officer)s, %(roles)s, %(kind)s, %(title)s, %(subject_kind)s,
                  %(subject)s, %(now)s)""",
            id=new_id(),
            organ=addressee.organ_id,
            officer=addressee.officer_id,
            roles=list(addressee.roles) if addressee.roles else None,
            kind=kind,
            title=f"{number}“{clock_of(clock['clock']).name}”{words}",
            subject_kind=subject_kind,
            subject=subject_id,
            now=now,
        )


def _subject(clock: Row) -> tuple[str, object]:
    for kind in ("supervision", "transfer", "clue"):
        if clock[f"{kind}_id"]:
            return kind, clock[f"{kind}_id"]
    return "case", clock["case_id"]


async def _record(tx: Transaction, clock: Row, now: datetime) -> None:
    """The running out on the audit trail: nobody's act, seen with the case, transfer or clue."""
    await tx.execute(
        """INSERT INTO audit_events (id, at, officer_name, organ_name, roles, action, subject_kind,
              subject_id, case_id, transfer_id, clue_id, restricted)
            VALUES (%(event)s, %(now)s, '系统', '平台', '{}', 'clock.expired', 'clock', %(clock)s, %(case)s,
              %(transfer)s, %(clue)s, %(restricted)s)""",
        event=new_id(),
        now=now,
        clock=clock["id"],
        case=clock["case_id"],
        transfer=clock["transfer_id"],
        clue=clock["clue_id"],
        restricted=bool(clock["duty"]),
    )
