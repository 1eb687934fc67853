"""The papers of a document: the Word file, the PDF made of it, and signed or stamped scans."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from app.audit.events import record
from app.database.transaction import Acting, Database, Row, new_id
from app.documents import queries
from app.documents.converting import pdfs
from app.documents.filling import fill
from app.documents.matter import matter
from app.documents.models import DocumentShown
from app.documents.rendering import template
from app.documents.rights import check_may
from app.errors import Conflict, invalid, not_found
from app.evidence.files import damaged
from app.evidence.names import media_type
from app.evidence.store import FileStore, Received
from app.law.documents import documents

log = logging.getLogger(__name__)
Form = Literal["docx", "pdf"]
MEDIA: dict[Form, str] = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
}
SCANNED = ("application/pdf", "image/jpeg", "image/png")
_BEGINNINGS = {"application/pdf": b"%PDF-", "image/jpeg": b"\xff\xd8\xff", "image/png": b"\x89PNG\r\n\x1a\n"}
_UNNUMBERED = "（文号待编）"


@dataclass(frozen=True)
class Paper:
    """A file with its name and hash."""

    name: str
    content: bytes
    sha256: bytes


async def word(tx: Acting, document_id: UUID) -> Paper:
    """The Word file as it was issued; of a draft as it would be, without number.

    Opening what is issued is on record. Raises NotFound, FileDamaged when the content no longer has its hash.
    """
    row = await queries.document_row(tx, document_id)
    name = documents()[row["kind"]].name
    if row["number"] is None:
        its = queries.acted(await matter(tx, queries.subject_of(row)), row)
        filling = await fill(tx, its, documents()[row["kind"]], row["filled"])
        made = template(row["kind"]).fill(filling.values(_UNNUMBERED))
        return Paper(f"{name}（草稿）.docx", made, hashlib.sha256(made).digest())
    content = await tx.value("SELECT docx FROM document_texts WHERE document_id = %(id)s", id=document_id)
    await _opened(tx, row)
    return _whole(f"{name} {row['number']}.docx", content, row["docx_sha256"])


async def printed(db: Database, officer_id: int, address: str | None, document_id: UUID) -> Paper:
    """The PDF of an issued document, made of the very Word file that was issued, when first asked for.

    No database connection is held while it is made. Raises NotFound, Conflict for a draft, Unavailable,
    FileDamaged.
    """
    async with db.acting(officer_id, address) as tx:
        row = await queries.document_row(tx, document_id)
        _check_issued(row)
        name = f"{documents()[row['kind']].name} {row['number']}.pdf"
        found = await _print(tx, document_id)
        if found is not None:
            await _opened(tx, row)
            return _whole(name, found["pdf"], found["sha256"])
        text = await tx.value("SELECT docx FROM document_texts WHERE document_id = %(id)s", id=document_id)
    [made] = await pdfs([_whole(name, text, row["docx_sha256"]).content])
    async with db.acting(officer_id, address) as tx:
        row = await queries.document_row(tx, document_id)
        await tx.execute(
            """INSERT INTO document_prints (document_id, sha256, pdf, made_at)
                VALUES (%(id)s, %(sha256)s, %(pdf)s, %(now)s) ON CONFLICT DO NOTHING""",
            id=document_id,
            sha256=hashlib.sha256(made).digest(),
            pdf=made,
            now=tx.now,
        )
        found = await _print(tx, document_id)  # another's, where two asked at once: there is one PDF
        assert found is not None  # noqa: S101 - inserted above, by us or another
        await _opened(tx, row)
        return _whole(name, found["pdf"], found["sha256"])


async def check_may_attach(tx: Acting, document_id: UUID, name: str) -> Row:
    """Raises NotFound, NotAllowed, Conflict (not issued), Invalid for what is no scan."""
    row = await queries.document_row(tx, document_id)
    its = await matter(tx, queries.subject_of(row))
    check_may(tx, its, documents()[row["kind"]], row, "attach")
    _check_issued(row)
    if media_type(name) not in SCANNED:
        raise invalid("name", "scan_wrong_type", "扫描件应为 PDF、JPEG 或者 PNG，请转换后上传。")
    return row


async def attach(
    tx: Acting, store: FileStore, document_id: UUID, name: str, beginning: bytes, received: Received
) -> DocumentShown:
    """Keep a signed or stamped scan beside the document. Raises as check_may_attach."""
    row = await check_may_attach(tx, document_id, name)
    kind = media_type(name)
    if not beginning.startswith(_BEGINNINGS[kind]):
        raise invalid(
            "file", "scan_wrong_content", "文件内容与扩展名不符，请上传 PDF、JPEG 或者 PNG 扫描件。"
        )
    scan = new_id()
    await tx.execute(
        """INSERT INTO document_scans (id, document_id, organ_id, name, media_type, size, sha256, uploaded_by,
              uploaded_at)
            VALUES (%(id)s, %(document)s, %(organ)s, %(name)s, %(media_type)s, %(size)s, %(sha256)s,
              %(officer)s, %(now)s)""",
        id=scan,
        document=document_id,
        organ=tx.actor.organ_id,
        name=name,
        media_type=kind,
        size=received.size,
        sha256=received.sha256,
        officer=tx.actor.officer_id,
        now=tx.now,
    )
    changes = {"name": (None, name), "sha256": (None, received.sha256.hex())}
    await _record(tx, "document.scan_added", row, changes)
    await store.keep(received)
    return await queries.shown(tx, document_id)


async def scan(tx: Acting, document_id: UUID, scan_id: UUID) -> Row:
    """A scan for reading; opening it is on record. Raises NotFound."""
    row = await queries.document_row(tx, document_id)
    found = await tx.row(
        "SELECT * FROM document_scans WHERE id = %(id)s AND document_id = %(document)s",
        id=scan_id,
        document=document_id,
    )
    if found is None:
        raise not_found("扫描件")
    await _opened(tx, row)
    return found


async def _print(tx: Acting, document_id: UUID) -> Row | None:
    return await tx.row("SELECT sha256, pdf FROM document_prints WHERE document_id = %(id)s", id=document_id)


def _check_issued(row: Row) -> None:
    if row["number"] is None:
        raise Conflict("document_not_issued", "该文书尚未制发，请先补齐栏目并制发；草稿可下载 Word 查看。")


def _whole(name: str, content: bytes | None, sha256: bytes) -> Paper:
    if content is None or hashlib.sha256(content).digest() != sha256:
        log.error("%s: content does not match its hash %s", name, sha256.hex())
        raise damaged()
    return Paper(name, content, sha256)


async def _opened(tx: Acting, row: Row) -> None:
    await _record(tx, "document.opened", row, {})


async def _record(tx: Acting, action: str, row: Row, changes: Mapping[str, tuple[object, object]]) -> None:
    duty = row["clue_id"] and await tx.value("SELECT duty FROM clues WHERE id = %(id)s", id=row["clue_id"])
    await record(
        tx,
        action,
        ("document", row["id"]),
        case_id=row["case_id"],
        transfer_id=row["transfer_id"],
        clue_id=row["clue_id"],
        restricted=bool(duty),
        internal_to=row["organ_kind"] if not row["readers"] else None,
        changes=changes,
    )
