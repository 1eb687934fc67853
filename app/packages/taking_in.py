"""From a file that somebody brought to a transfer that is here: check, keep the contents, put down."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

from anyio import to_thread

from app.database.sealed import Seal
from app.database.transaction import Acting, Database
from app.errors import AppError, FieldError, Invalid
from app.evidence.store import FileStore
from app.packages.checking import Report, Trust, check
from app.packages.keys import known_keys
from app.packages.models import ReceivedPackage
from app.packages.queries import origin_of
from app.packages.reading import Package, opened
from app.packages.receiving import check_fits, check_may_receive, receive
from app.packages.record import Record

_LARGEST_TEXT = 64 * 1024 * 1024


async def check_may_take_in(db: Database, officer_id: int, address: str | None) -> None:
    """Before anything is sent: raises NotAllowed where the officer does not receive packages."""
    async with db.acting(officer_id, address) as tx:
        check_may_receive(tx)


async def take_in(
    db: Database,
    officer_id: int,
    address: str | None,
    store: FileStore,
    seal: Seal,
    file: Path,
    trust: Trust | None = None,
) -> ReceivedPackage:
    """Receive a package, good by the keys of `trust`, or else by those that this installation knows.

    Raises Invalid `package_not_good` with each problem, and what `receiving.receive` raises. Contents that
    were kept before a refusal lie in the store under their hash, where nothing names them.
    """
    async with db.acting(officer_id, address) as tx:
        check_may_receive(tx)
        known = trust if trust is not None else await _known(tx)
    report = await to_thread.run_sync(check, file, known)
    if report.record is None or report.key is None or report.sha256 is None or not report.good:
        raise refusal(report)
    async with db.acting(officer_id, address) as tx:
        await check_fits(tx, report.record)
    with opened(file) as package:
        texts = {path: package.read(path, _LARGEST_TEXT) for path in _texts(report.record)}
        await _keep(store, package, report.record)
    async with db.acting(officer_id, address) as tx:
        await receive(tx, seal, report.record, texts, report.key, report.sha256)
        found = await origin_of(tx, report.record.transfer.id)
    if found is None:
        raise AppError("not_found", "接收后读不到该移送，请联系系统管理员。")
    return found


def refusal(report: Report) -> Invalid:
    """What is wrong with a package, problem by problem; the field is the file in it."""
    found = [FieldError(one.file or "file", one.code, one.detail) for one in report.problems]
    return Invalid("package_not_good", f"卷宗包未通过核验，不能接收：{found[0].detail}", found)


async def _known(tx: Acting) -> Trust:
    return {key.kid: key for key in (await known_keys(tx)).keys}


def _texts(record: Record) -> list[str]:
    """What lies in the database: Word files and PDFs."""
    return [*(one.path for one in record.documents), *(one.path for one in record.prints if one.path)]


async def _keep(store: FileStore, package: Package, record: Record) -> None:
    kept: set[str] = set()
    for file in (*record.files, *record.scans):
        if file.path is None or file.sha256 in kept:
            continue
        kept.add(file.sha256)
        async with store.receive(_blocks(package, file.path)) as received:
            await store.keep(received)


async def _blocks(package: Package, path: str) -> AsyncIterator[bytes]:
    for block in package.blocks(path):
        yield block
