"""Files that arrive in parts: announced, resumed where they stopped, and then a file of their case or clue.

How much of an upload has come is what lies on disk, so a killed server loses nothing that it had written.
"""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, LiteralString
from uuid import UUID

from anyio import to_thread

from app.database.transaction import Acting, Database, Row, new_id
from app.errors import AppError, Conflict, TooLarge, invalid, not_found
from app.evidence import files
from app.evidence.models import Upload
from app.evidence.parts import Checksum, Parts, StoreFull
from app.evidence.store import FileStore, Received, empty_file

MOST_OPEN = 20
_ROOM_LEFT = 1024**3
_COLUMNS: LiteralString = """u.id, u.name, u.item, u.length, u.case_id, u.clue_id, u.created_at, u.expires_at,
    u.file_id, u.sha256, u.expires_at <= %(now)s AS expired"""


class UploadExpired(AppError):
    """The upload was not finished in time."""

    status: ClassVar[int] = 410


@dataclass(frozen=True)
class Announced:
    """What is going to be uploaded. `sha256` of the whole where the sender knows it."""

    owner: files.Owner
    name: str
    item: str | None
    length: int
    sha256: bytes | None


@dataclass(frozen=True)
class Sender:
    """The officer who uploads, and where to."""

    db: Database
    officer_id: int
    address: str | None
    store: FileStore

    def acting(self) -> AbstractAsyncContextManager[Acting]:
        """A transaction in the officer's name."""
        return self.db.acting(self.officer_id, self.address)

    @property
    def parts(self) -> Parts:
        """Where the parts lie."""
        return Parts(self.store.incoming)


async def begin(tx: Acting, store: FileStore, announced: Announced, days: int) -> Upload:
    """Open an upload. The caller has seen to it that the actor may add files to the case or clue.

    Raises Invalid for an empty file, TooLarge, Conflict `too_many_uploads`, StoreFull.
    """
    if announced.length == 0:
        raise empty_file()
    if announced.length > store.upload_limit:
        most = f"{store.upload_limit // 1024**2}MB"
        raise TooLarge("file_too_large", f"文件超过上限{most}，请压缩或拆分后再上传。")
    open_now = await tx.value(
        "SELECT count(*) FROM uploads WHERE file_id IS NULL AND expires_at > %(now)s", now=tx.now
    )
    if open_now >= MOST_OPEN:
        raise Conflict("too_many_uploads", f"您有{open_now}个上传尚未完成，请先完成或者取消其中一些。")
    await files.check_room(tx, store, announced.owner, announced.length)
    await to_thread.run_sync(_check_disk, store, announced.length)
    upload_id = new_id()
    await tx.execute(
        """INSERT INTO uploads (id, officer_id, organ_id, case_id, clue_id, item, name, length, sha256,
              created_at, expires_at)
            VALUES (%(id)s, %(officer)s, %(organ)s, %(case)s, %(clue)s, %(item)s, %(name)s, %(length)s,
              %(sha256)s, %(now)s, %(expires)s)""",
        id=upload_id,
        officer=tx.actor.officer_id,
        organ=tx.actor.organ_id,
        case=announced.owner.case_id,
        clue=announced.owner.clue_id,
        item=announced.item,
        name=announced.name,
        length=announced.length,
        sha256=announced.sha256,
        now=tx.now,
        expires=tx.now + timedelta(days=days),
    )
    return _shown(await _row(tx, upload_id), 0)


async def own_uploads(tx: Acting, parts: Parts) -> list[Upload]:
    """The actor's uploads that are neither finished nor expired, newest first."""
    rows = await tx.rows(
        f"""SELECT {_COLUMNS} FROM uploads u WHERE u.file_id IS NULL AND u.expires_at > %(now)s
            ORDER BY u.id DESC""",
        now=tx.now,
    )
    return [_shown(row, parts.arrived(row["id"])) for row in rows]


async def look(sender: Sender, upload_id: UUID) -> Upload:
    """How far an upload has come. One that had come in full when the server was killed is finished now.

    Raises NotFound, UploadExpired, UploadBusy, and what finishing raises.
    """
    async with sender.acting() as tx:
        row = await _row(tx, upload_id)
    offset = sender.parts.arrived(upload_id)
    if row["file_id"] is not None or offset < row["length"]:
        return _shown(row, offset)
    async with sender.parts.alone(upload_id):
        return await _finished(sender, upload_id)


async def append(
    sender: Sender,
    upload_id: UUID,
    offset: int,
    announced: int | None,
    chunks: AsyncIterator[bytes],
    checksum: Checksum | None,
) -> Upload:
    """Add what comes at `offset`; with the last byte the upload becomes a file. `announced`: bytes to come.

    Raises NotFound, UploadExpired, UploadBusy, Conflict `offset_mismatch`, TooLarge, StoreFull,
    ChecksumWrong, Invalid `sha256_mismatch`.
    """
    async with sender.acting() as tx:
        row = await _row(tx, upload_id)
    if row["file_id"] is not None:
        _check_offset(row["length"], offset)
        return _shown(row, offset)
    async with sender.parts.alone(upload_id) as path:
        _check_offset(sender.parts.arrived(upload_id), offset)
        room = row["length"] - offset
        if announced is not None and announced > room:
            raise TooLarge("upload_exceeds_length", "上传的内容超过申报的文件大小，请核对后重新开始上传。")
        if room:
            await sender.parts.write(path, offset, room, chunks, checksum)
        now = sender.parts.arrived(upload_id)
        if now < row["length"]:
            return _shown(row, now)
        return await _finished(sender, upload_id)


async def give_up(sender: Sender, upload_id: UUID) -> None:
    """Forget an upload that is not finished. Raises NotFound, UploadBusy, Conflict `upload_finished`."""
    async with sender.acting() as tx:
        await _row(tx, upload_id, expired_too=True)
    async with sender.parts.alone(upload_id), sender.acting() as tx:
        row = await _row(tx, upload_id, expired_too=True)
        if row["file_id"] is not None:
            raise Conflict("upload_finished", "该上传已完成，不能取消；不需要的文件请在案件中移除。")
        await _forget(tx, sender.parts, upload_id)


async def _finished(sender: Sender, upload_id: UUID) -> Upload:
    """The upload as a file of its case or clue, in one transaction. The caller holds its lock.

    The actor must still be able to add it. Raises Invalid `sha256_mismatch`, with which it is forgotten.
    """
    sha256 = await to_thread.run_sync(sender.parts.sha256, upload_id)
    async with sender.acting() as tx:
        row = await _row(tx, upload_id)
        if row["file_id"] is not None:  # by the request that held the lock before
            return _shown(row, row["length"])
        wrong = row["sha256"] is not None and bytes(row["sha256"]) != sha256
        if wrong:
            await _forget(tx, sender.parts, upload_id)
        else:
            received = Received(sha256, row["length"], sender.parts.place(upload_id))
            owner = await files.owner_of_upload(tx, row)
            file = await files.add(tx, sender.store, owner, row["name"], row["item"], received)
            await tx.execute(
                "UPDATE uploads SET file_id = %(file)s WHERE id = %(id)s", id=upload_id, file=file.id
            )
            row["file_id"] = file.id
    if wrong:
        raise invalid(
            "sha256", "sha256_mismatch", "收到的文件与申报的 SHA-256 不符，已丢弃，请核对文件后重新上传。"
        )
    sender.parts.erase(upload_id)
    return _shown(row, row["length"])


async def _forget(tx: Acting, parts: Parts, upload_id: UUID) -> None:
    await tx.execute("DELETE FROM uploads WHERE id = %(id)s", id=upload_id)
    parts.erase(upload_id)


async def _row(tx: Acting, upload_id: UUID, expired_too: bool = False) -> Row:
    row = await tx.row(f"SELECT {_COLUMNS} FROM uploads u WHERE u.id = %(id)s", id=upload_id, now=tx.now)
    if row is None:
        raise not_found("上传")
    if row["expired"] and row["file_id"] is None and not expired_too:
        raise UploadExpired("upload_expired", "该上传已过保留期限，请重新开始上传。")
    return row


def _shown(row: Row, offset: int) -> Upload:
    done = row["file_id"] is not None
    values = {name: row[name] for name in Upload.model_fields if name not in ("offset", "sha256")}
    sha256 = bytes(row["sha256"]).hex() if row["sha256"] is not None else None
    return Upload(**values, offset=row["length"] if done else offset, sha256=sha256)


def _check_offset(has: int, offset: int) -> None:
    if offset != has:
        raise Conflict(
            "offset_mismatch",
            f"已收到{has}字节，请从该处续传（先查询上传进度）。",
            extra={"offset": has},
        )


def _check_disk(store: FileStore, length: int) -> None:
    store.incoming.mkdir(mode=0o700, parents=True, exist_ok=True)
    if shutil.disk_usage(store.incoming).free < length + _ROOM_LEFT:
        raise StoreFull("store_full", "存储空间不足，暂时不能上传这样大的文件，请联系系统管理员。")
