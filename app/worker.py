"""Background jobs, as the role xianjie_worker: clocks, screening again, and the upkeep of evidence.

Any number of processes may run them side by side.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from time import monotonic

import psycopg

from app.clocks.expiry import BATCH, settle_provisional, tell_expired, warn_ending
from app.database.roles_check import check_role
from app.database.transaction import Database
from app.errors import AppError
from app.evidence.store import file_store_of
from app.evidence.upkeep import recheck, sweep_uploads
from app.screening.due import screen_due
from app.settings import Settings

log = logging.getLogger(__name__)


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
        jobs = asyncio.create_task(_work(db, settings))
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
    while await settle_provisional(db) == BATCH:
        pass
    for job in (tell_expired, warn_ending):
        while await job(db, datetime.now(UTC)) == BATCH:
            pass
    while await screen_due(db):
        pass


async def keep_evidence(db: Database, settings: Settings) -> None:
    """Forget uploads that expired, and hash again the files whose turn it is, for half the pause at most."""
    store, until = file_store_of(settings), monotonic() + settings.jobs_every_seconds / 2
    await sweep_uploads(db, store, datetime.now(UTC))
    every = timedelta(days=settings.recheck_days)
    while monotonic() < until and await recheck(db, store, datetime.now(UTC), every):
        pass


async def _work(db: Database, settings: Settings) -> None:
    while True:
        try:
            await run_jobs(db)
            await keep_evidence(db, settings)
        except (psycopg.Error, OSError, AppError):
            pause = settings.jobs_every_seconds
            log.exception("background jobs failed; trying again in %s seconds", pause)
        await asyncio.sleep(settings.jobs_every_seconds)
