"""Making a package of a transfer: what is in it is whole before the first byte leaves, and on record."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from app.audit.events import record as record_event
from app.database.sealed import Seal
from app.database.transaction import Acting, Database
from app.errors import AppError
from app.evidence.custody import keep_entry
from app.evidence.store import FileStore
from app.packages import bag
from app.packages.gathering import gather
from app.packages.keys import signing_key
from app.packages.printing import print_missing
from app.packages.record import Record
from app.packages.recorded import Filed
from app.packages.writing import Bag, Blocks, Content, make

_WHY = "导出移送卷宗包"


class PackageIncomplete(AppError):
    """A file of the transfer is damaged or missing in the store."""

    status = 500


@dataclass(frozen=True)
class Issued:
    """A package ready to leave, and the name under which it is saved."""

    bag: Bag
    file_name: str


async def issue(
    db: Database,
    officer_id: int,
    address: str | None,
    store: FileStore,
    seal: Seal,
    transfer_id: UUID,
    pdf: bool = True,
) -> Issued:
    """Gather, look whether every file is whole, sign, and put on record who took what.

    With `pdf` every document has its PDF beside the Word file; PDFs that were never asked for are made now.
    Raises NotFound, NotAllowed, Conflict `transfer_not_sent` and `no_signing_key`, Unavailable
    where no PDF can be made, PackageIncomplete.
    """
    if pdf:
        await print_missing(db, officer_id, address, transfer_id)
    async with db.acting(officer_id, address) as tx:
        record = await gather(tx, seal, transfer_id)
        key = await signing_key(tx, seal)
        texts = await _texts(tx, record)
    contents = await _contents(store, record, texts)
    made = make(record, contents, lambda content: key.sign(content, record.issue.at))
    async with db.acting(officer_id, address) as tx:
        await _note(tx, record, made.sha256)
    return Issued(made, f"移送卷宗-{record.transfer.number}.zip")


async def _texts(tx: Acting, record: Record) -> Mapping[str, bytes]:
    rows = await tx.rows(
        """SELECT t.document_id, t.docx, p.pdf
            FROM document_texts t LEFT JOIN document_prints p ON p.document_id = t.document_id
            WHERE t.document_id = ANY (%(ids)s)""",
        ids=[document.id for document in record.documents],
    )
    by_id = {row["document_id"]: row for row in rows}
    texts = {one.path: by_id[one.id]["docx"] for one in record.documents if one.id in by_id}
    return texts | {one.path: by_id[one.document_id]["pdf"] for one in record.prints if one.path is not None}


async def _contents(store: FileStore, record: Record, texts: Mapping[str, bytes]) -> list[Content]:
    found = []
    hashes = {one.path: one.docx_sha256 for one in record.documents}
    hashes |= {one.path: one.sha256 for one in record.prints if one.path is not None}
    for path, sha256 in hashes.items():
        if path not in texts or bag.sha256(texts[path]) != sha256:
            raise _incomplete(path)
        found.append(Content(path, sha256, len(texts[path]), _at_once(texts[path])))
    stored: Filed
    for stored in (*record.files, *record.scans):
        if stored.path is None:
            continue
        if not await store.is_whole(bytes.fromhex(stored.sha256)):
            raise _incomplete(stored.path)
        found.append(Content(stored.path, stored.sha256, stored.size, _from(store, stored.sha256)))
    return found


def _incomplete(path: str) -> PackageIncomplete:
    return PackageIncomplete(
        "package_incomplete",
        f"“{path.rpartition('/')[2]}”的存储内容已损坏或者缺失，不能导出卷宗包，请立即联系系统管理员恢复后重试。",
    )


async def _note(tx: Acting, record: Record, sha256: str) -> None:
    await record_event(
        tx,
        "package.exported",
        ("transfer", record.transfer.id),
        case_id=record.case.id,
        transfer_id=record.transfer.id,
        changes={"package_sha256": (None, sha256)},
    )
    for file in record.files:
        if file.path is not None:
            await record_event(tx, "file.opened", ("file", file.id), case_id=record.case.id)
            await keep_entry(tx, "downloaded", _WHY, file=file.id)


def _at_once(content: bytes) -> Blocks:
    async def whole() -> AsyncIterator[bytes]:
        yield content

    return whole


def _from(store: FileStore, sha256: str) -> Blocks:
    return lambda: store.verified(bytes.fromhex(sha256))
