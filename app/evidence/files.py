"""Files of cases and clues: adding, opening, removing, each an audited act. Content lies in the store."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, LiteralString
from uuid import UUID

from app.audit.events import record
from app.database.transaction import Acting, Row, new_id
from app.errors import AppError, Conflict, NotAllowed, NotFound, TooLarge, not_found
from app.evidence import custody
from app.evidence.models import File
from app.evidence.names import media_type
from app.evidence.store import FileStore, Received
from app.notices.service import Addressee, SubjectKind, notify

log = logging.getLogger(__name__)

_MAY_ADD = ("handler", "legal", "head", "desk", "supervisor")
_COLUMNS: LiteralString = """f.id, f.name, f.item, f.media_type, f.size, encode(f.sha256, 'hex') AS sha256,
    o.name AS organ, u.name AS uploaded_by, f.uploaded_at, f.removed_at, f.removed_reason"""
_TABLES: LiteralString = """files f JOIN organs o ON o.id = f.organ_id
    LEFT JOIN officers u ON u.id = f.uploaded_by"""


class FileDamaged(AppError):
    """The content on disk is gone or no longer what was uploaded."""

    status = 500


@dataclass(frozen=True)
class Owner:
    """What a file belongs to: a case, or a clue (`restricted` for one of suspected duty crime)."""

    case_id: UUID | None = None
    clue_id: UUID | None = None
    restricted: bool = False

    @property
    def audited(self) -> dict[str, Any]:
        """How events of such files hang on their case or clue."""
        return {"case_id": self.case_id, "clue_id": self.clue_id, "restricted": self.restricted}


async def check_may_add_to_case(tx: Acting, case_id: UUID) -> None:
    """The case's organ may, and police and procuratorate who see it. Raises NotFound, NotAllowed."""
    case = await tx.row("SELECT organ_id FROM cases WHERE id = %(id)s", id=case_id)
    if case is None:
        raise not_found("案件")
    party = case["organ_id"] == tx.actor.organ_id or tx.actor.kind in ("police", "procuratorate")
    if not party or not tx.actor.is_a(*_MAY_ADD):
        raise NotAllowed("may_not_add_files", "您的机关或者岗位不能向该案件上传材料，请转交承办人。")


async def add(
    tx: Acting, store: FileStore, owner: Owner, name: str, item: str | None, received: Received
) -> File:
    """Add received content to a case or clue; the same content under the same name and item is added once.

    The caller has checked the name, the item, and that the actor may see the case or clue. Raises TooLarge.
    """
    await check_room(tx, store, owner, received.size)
    same = await tx.row(
        f"""SELECT {_COLUMNS} FROM {_TABLES}
            WHERE (f.case_id = %(case)s OR f.clue_id = %(clue)s) AND f.organ_id = %(organ)s
              AND f.name = %(name)s AND f.item IS NOT DISTINCT FROM %(item)s
              AND f.sha256 = %(sha256)s AND f.removed_at IS NULL""",
        case=owner.case_id,
        clue=owner.clue_id,
        organ=tx.actor.organ_id,
        name=name,
        item=item,
        sha256=received.sha256,
    )
    if same is not None:
        return File(**same)
    file_id = new_id()
    await tx.execute(
        """INSERT INTO files (id, organ_id, organ_kind, case_id, clue_id, item, name, media_type, size,
            sha256, uploaded_by, uploaded_at)
          VALUES (%(id)s, %(organ)s, %(kind)s, %(case)s, %(clue)s, %(item)s, %(name)s, %(media_type)s,
            %(size)s, %(sha256)s, %(officer)s, %(now)s)""",
        id=file_id,
        organ=tx.actor.organ_id,
        kind=tx.actor.kind,
        case=owner.case_id,
        clue=owner.clue_id,
        item=item,
        name=name,
        media_type=media_type(name),
        size=received.size,
        sha256=received.sha256,
        officer=tx.actor.officer_id,
        now=tx.now,
    )
    changes = {"name": (None, name), "item": (None, item), "sha256": (None, received.sha256.hex())}
    await record(tx, "file.added", ("file", file_id), **owner.audited, changes=changes)
    await custody.keep_entry(tx, "added", "上传", file=file_id)
    # The content is in its place before the row commits: a row never stands without its content.
    await store.keep(received)
    return File(**await row_of(tx, file_id))


async def check_room(tx: Acting, store: FileStore, owner: Owner, size: int) -> None:
    """The files of one case or clue have a limit together. Raises TooLarge."""
    there = await tx.value(
        """SELECT coalesce(sum(size), 0) FROM files
            WHERE (case_id = %(case)s OR clue_id = %(clue)s) AND removed_at IS NULL""",
        case=owner.case_id,
        clue=owner.clue_id,
    )
    if there + size > store.case_limit:
        most = f"{store.case_limit // 1024**2}MB"
        raise TooLarge(
            "case_limit_exceeded",
            f"该案件的文件合计将超过上限{most}，请移除不需要的文件，或者联系系统管理员。",
        )


async def owner_of_upload(tx: Acting, upload: Row) -> Owner:
    """What an upload belongs to, as long as the actor may still add to it. Raises NotFound, NotAllowed."""
    if upload["case_id"] is not None:
        await check_may_add_to_case(tx, upload["case_id"])
        return Owner(case_id=upload["case_id"])
    clue = await tx.row(
        "SELECT duty FROM clues WHERE id = %(id)s AND closed_at IS NULL", id=upload["clue_id"]
    )
    if clue is None:
        raise not_found("线索")
    return Owner(clue_id=upload["clue_id"], restricted=clue["duty"])


async def files_of_case(tx: Acting, case_id: UUID) -> list[File]:
    """The case's files, removed ones with their reason."""
    return await _files(tx, "f.case_id = %(id)s", case_id)


async def files_of_clue(tx: Acting, clue_id: UUID) -> list[File]:
    """The clue's files, removed ones with their reason."""
    return await _files(tx, "f.clue_id = %(id)s", clue_id)


async def stored(tx: Acting, file_id: UUID) -> Row:
    """The file's row for reading its content. Raises NotFound, also for a removed one (`file_removed`)."""
    row = await row_of(tx, file_id)
    if row["removed_at"] is not None:
        raise NotFound("file_removed", f"该文件已移除，理由：{row['removed_reason']}。")
    return row


async def note_opened(
    tx: Acting, row: Row, action: str = "downloaded", why: str = "", within: timedelta | None = None
) -> None:
    """Put on record that the actor viewed or downloaded the file, and why: once `within` that time.

    Where no reason is given it is the capacity in which the actor looks.
    """
    if within is not None and await custody.has_looked(tx, row["id"], within):
        return
    await record(tx, "file.opened", ("file", row["id"]), **_owner(row).audited)
    reason = why or custody.capacity(tx, row["uploader_organ"])
    await custody.keep_entry(tx, action, reason, file=row["id"])


async def note_damaged(tx: Acting, row: Row) -> None:
    """Put on record that the content is not what was uploaded, and tell who has to see to it, once a day."""
    log.error("file %s: content does not match its hash %s", row["id"], row["sha256"])
    told = await tx.value(
        """SELECT EXISTS (SELECT 1 FROM audit_events WHERE action = 'file.damaged' AND subject_kind = 'file'
              AND subject_id = %(id)s AND at > %(since)s)""",
        id=str(row["id"]),
        since=tx.now - timedelta(days=1),
    )
    await record(tx, "file.damaged", ("file", row["id"]), **_owner(row).audited)
    if not told:
        subject: tuple[SubjectKind, UUID] = (
            ("case", row["case_id"]) if row["case_id"] is not None else ("clue", row["clue_id"])
        )
        for to in told_of_damage(row):
            await notify(tx, to, "file.damaged", DAMAGED, subject)


DAMAGED = "有文件的存储内容与上传时不符，请勿采用，并核对、重新上传"


def told_of_damage(row: Row) -> list[Addressee]:
    """Who has to see to a damaged file: who uploaded it, and the head, save of a duty-crime clue."""
    organ = row["uploader_organ"]
    heads = [] if row["duty"] else [Addressee(organ, roles=["head"])]
    return [Addressee(organ, officer_id=row["uploader"]), *heads]


def damaged() -> FileDamaged:
    """What the reader is told."""
    return FileDamaged(
        "file_damaged", "该文件的存储内容已损坏或者缺失，校验值不符，请勿采用，并立即联系系统管理员。"
    )


async def remove(tx: Acting, file_id: UUID, reason: str) -> File:
    """Take a file out of use; row and content stay. Only who uploaded it may, until it has been sent.

    Raises NotFound, NotAllowed, Conflict.
    """
    row = await stored(tx, file_id)
    if row["uploader"] != tx.actor.officer_id:
        raise NotAllowed("not_own_file", "只有上传人可以移除文件，请转告上传人。")
    if await _was_sent(tx, row):
        raise Conflict("file_was_sent", "该文件已随案件或者线索送出，不能移除；需要更正的请另行上传并说明。")
    await tx.execute(
        "UPDATE files SET removed_at = %(now)s, removed_reason = %(reason)s WHERE id = %(id)s",
        id=file_id,
        now=tx.now,
        reason=reason,
    )
    changes = {"removed_reason": (None, reason)}
    await record(tx, "file.removed", ("file", file_id), **_owner(row).audited, changes=changes)
    await custody.keep_entry(tx, "removed", reason, file=file_id)
    return File(**await row_of(tx, file_id))


async def _was_sent(tx: Acting, row: Row) -> bool:
    """Whether the case was opened to another organ, or the clue sent, since the file was added."""
    if row["clue_id"] is not None:
        return row["clue_sent_at"] is not None and row["clue_sent_at"] >= row["uploaded_at"]
    granted: bool = await tx.value(
        """SELECT EXISTS (SELECT 1 FROM case_grants
            WHERE case_id = %(case)s AND granted_at >= %(uploaded)s)""",
        case=row["case_id"],
        uploaded=row["uploaded_at"],
    )
    return granted


async def _files(tx: Acting, condition: LiteralString, owner_id: UUID) -> list[File]:
    rows = await tx.rows(f"SELECT {_COLUMNS} FROM {_TABLES} WHERE {condition} ORDER BY f.id", id=owner_id)
    return [File(**row) for row in rows]


async def row_of(tx: Acting, file_id: UUID) -> Row:
    """The file's row, also of a removed one. Raises NotFound."""
    row = await tx.row(
        f"""SELECT {_COLUMNS}, f.case_id, f.clue_id, f.uploaded_by AS uploader, f.organ_id AS uploader_organ,
            coalesce(c.duty, false) AS duty, c.sent_at AS clue_sent_at
            FROM {_TABLES} LEFT JOIN clues c ON c.id = f.clue_id WHERE f.id = %(id)s""",
        id=file_id,
    )
    if row is None:
        raise not_found("文件")
    return row


def _owner(row: Row) -> Owner:
    return Owner(row["case_id"], row["clue_id"], row["duty"])
