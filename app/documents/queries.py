"""Reading documents: those of a subject, one in full, the register of numbers, the kinds there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, LiteralString
from uuid import UUID

from app.database.transaction import Acting, Row
from app.documents.filling import Filling, fill
from app.documents.matter import Act, Matter, Subject, matter, table_of
from app.documents.models import (
    STATES,
    DocumentKind,
    DocumentListed,
    DocumentShown,
    FieldShown,
    Missing,
    Preview,
    Registered,
    Scan,
)
from app.documents.numbering import example
from app.documents.rights import may
from app.errors import invalid, not_found
from app.http.pages import Paging
from app.law.clocks import cite
from app.law.documents import About, Document, documents
from app.law.procedure_table import (
    clue_procedure,
    detention_procedure,
    reverse_procedure,
    transfer_procedure,
)

_ROW: LiteralString = """SELECT d.*, o.name AS organ, r.kind AS referral, f.name AS issuer,
      p.sha256 AS pdf_sha256
    FROM documents d JOIN organs o ON o.id = d.organ_id LEFT JOIN officers f ON f.id = d.issued_by
      LEFT JOIN referrals r ON r.id = d.referral_id LEFT JOIN document_prints p ON p.document_id = d.id"""
_OF: Mapping[About, LiteralString] = {
    "transfer": "d.transfer_id = %(id)s",
    "case": "d.case_id = %(id)s",
    "clue": "d.clue_id = %(id)s",
    "supervision": "d.supervision_id = %(id)s",
    "referral": "d.referral_id = %(id)s",
}


async def documents_of(tx: Acting, subject: Subject) -> list[DocumentListed]:
    """The documents owed, drafted and issued, oldest first; of a case also those of its transfers.

    Raises NotFound.
    """
    found = await matter(tx, subject)
    query: LiteralString = _ROW + " WHERE " + _OF[subject.about] + " ORDER BY d.id"
    rows = await tx.rows(query, id=subject.id)
    scans = await _scans(tx, [row["id"] for row in rows])
    listed = []
    for row in rows:
        about = subject_of(row)
        its = found if about == subject else await matter(tx, about)
        missing = await _missing(tx, its, row) if row["organ_id"] == tx.actor.organ_id else []
        listed.append(DocumentListed(**_listed(tx, row, missing, scans.get(row["id"], []))))
    return listed


async def document_row(tx: Acting, document_id: UUID) -> Row:
    """One document. Raises NotFound."""
    query: LiteralString = _ROW + " WHERE d.id = %(id)s"
    row = await tx.row(query, id=document_id)
    if row is None:
        raise not_found("文书")
    return row


async def shown(tx: Acting, document_id: UUID) -> DocumentShown:
    """One document in full: as it was issued, or as it would be issued now. Raises NotFound."""
    row = await document_row(tx, document_id)
    document, about = documents()[row["kind"]], subject_of(row)
    its = acted(await matter(tx, about), row)
    filling = None if row["content"] else await fill(tx, its, document, row["filled"])
    head, fields, rows = _said(document, row["content"]) if filling is None else _fresh(filling)
    missing = _missing_shown(document, filling) if filling else []
    return DocumentShown(
        **_listed(tx, row, missing, (await _scans(tx, [document_id])).get(document_id, [])),
        about=about.about,
        subject_id=about.id,
        case_id=its.case_id,
        head=head,
        fields=fields,
        rows=rows,
        columns=_columns(document),
        basis=[cite(basis) for basis in document.basis],
        may=may(tx, row),
    )


async def preview(tx: Acting, subject: Subject, kind: str) -> Preview:
    """The document as it would be issued now, from the data alone. Raises NotFound, Invalid."""
    document = known(kind)
    filling = await fill(tx, await matter(tx, subject), document, {})
    head, fields, rows = _fresh(filling)
    return Preview(
        kind=kind,
        name=document.name,
        head=head,
        fields=fields,
        rows=rows,
        missing=_missing_shown(document, filling),
        number_example=await example(tx, document),
    )


async def register(tx: Acting, page: Paging, kind: str, year: int) -> list[Row]:
    """The numbers that the own organ drew for one kind in one year, newest first; one more than asked."""
    return await tx.rows(
        """SELECT d.id, d.kind, d.number, d.serial_year AS year, d.serial, d.state, d.issued_at,
              d.void_reason, f.name AS issued_by
            FROM documents d LEFT JOIN officers f ON f.id = d.issued_by
            WHERE d.organ_id = %(organ)s AND d.kind = %(kind)s AND d.serial_year = %(year)s
              AND (%(after)s::uuid IS NULL
                OR d.serial < (SELECT b.serial FROM documents b WHERE b.id = %(after)s))
            ORDER BY d.serial DESC LIMIT %(most)s""",
        organ=tx.actor.organ_id,
        kind=known(kind).id,
        year=year,
        after=page.after_id,
        most=page.size + 1,
    )


def registered(row: Row) -> Registered:
    """A line of the register."""
    return Registered(**row, name=documents()[row["kind"]].name, state_name=STATES[row["state"]])


def kinds() -> list[DocumentKind]:
    """Every kind of document."""
    return [
        DocumentKind(
            kind=one.id,
            name=one.name,
            issuers=list(one.issuers),
            about=list(one.about),
            fields=[{"id": f.id, "label": f.label, "required": f.required} for f in one.fields],
            actions=naming(one.id),
            basis=[cite(basis) for basis in one.basis],
        )
        for one in documents().values()
    ]


def naming(kind: str) -> list[str]:
    """The acts by which a document of this kind is issued."""
    tables = (transfer_procedure(), clue_procedure(), reverse_procedure(), detention_procedure())
    found = [action.id for table in tables for action in table.actions if kind in action.documents]
    return list(dict.fromkeys(found))


def known(kind: str) -> Document:
    """The kind of this name. Raises Invalid."""
    try:
        return documents()[kind]
    except KeyError:
        raise invalid(
            "kind", "document_unknown", "没有这种文书，请从 /api/v1/documents/kinds 中选择。"
        ) from None


def subject_of(row: Row) -> Subject:
    """What a document is about."""
    for about in ("clue", "transfer", "supervision", "referral"):
        if row[f"{about}_id"]:
            return Subject(about, row[f"{about}_id"])
    return Subject("case", row["case_id"])


def acted(found: Matter, row: Row) -> Matter:
    """The matter from the act that names the document."""
    step = next((one for one in found.steps if one["id"] == row["step_id"]), None)
    return found.with_act(Act(found.table.action(step["action"]), step) if step else None)


async def _missing(tx: Acting, found: Matter, row: Row) -> list[Missing]:
    if row["state"] not in ("owed", "draft"):
        return []
    document = documents()[row["kind"]]
    return _missing_shown(document, await fill(tx, acted(found, row), document, row["filled"]))


def missing_shown(filling: Filling) -> list[Missing]:
    """What is missing, each with what to do."""
    return _missing_shown(filling.document, filling)


def _missing_shown(document: Document, filling: Filling) -> list[Missing]:
    return [
        Missing(field=field, label=label, detail=f"《{document.name}》缺“{label}”，请填写后再制发。")
        for field, label in filling.missing
    ]


def _listed(tx: Acting, row: Row, missing: Sequence[Missing], scans: list[Scan]) -> dict[str, Any]:
    action = row["action"]
    table = table_of(row["clue_id"] is not None, row["referral"])
    hashes = {name: row[name].hex() if row[name] else None for name in _HASHES}
    same = {name: row[name] for name in ("id", "kind", "state", "number", "organ", "action", *_SAME)}
    return {
        **same,
        **hashes,
        "name": documents()[row["kind"]].name,
        "state_name": STATES[row["state"]],
        "own": row["organ_id"] == tx.actor.organ_id,
        "action_name": table.action(action).label if action else None,
        "issued_by": row["issuer"],
        "missing": list(missing),
        "scans": scans,
    }


_HASHES = ("docx_sha256", "pdf_sha256", "template_sha256")
_SAME = ("issued_at", "voided_at", "void_reason", "revision")


async def _scans(tx: Acting, ids: Sequence[UUID]) -> dict[UUID, list[Scan]]:
    rows = await tx.rows(
        """SELECT s.document_id, s.id, s.name, s.media_type, s.size, encode(s.sha256, 'hex') AS sha256,
              f.name AS uploaded_by, s.uploaded_at
            FROM document_scans s LEFT JOIN officers f ON f.id = s.uploaded_by
            WHERE s.document_id = ANY (%(ids)s) ORDER BY s.id""",
        ids=list(ids),
    )
    found: dict[UUID, list[Scan]] = {}
    for row in rows:
        found.setdefault(row.pop("document_id"), []).append(Scan(**row))
    return found


Said = tuple[dict[str, str], list[FieldShown], list[dict[str, str]] | None]


def _fresh(filling: Filling) -> Said:
    missing = {field for field, _ in filling.missing}
    fields = [
        FieldShown(
            id=one.field.id,
            label=one.field.label,
            text=one.text,
            source=one.source,
            required=one.field.required,
            by_hand=one.field.by_hand,
            missing=one.field.id in missing,
        )
        for one in filling.fields
    ]
    return dict(filling.head), fields, [dict(row) for row in filling.rows] if filling.document.rows else None


def _said(document: Document, content: Mapping[str, Any]) -> Said:
    """What an issued document says, by what was frozen with it."""
    law = {field.id: field for field in document.fields}
    fields = [
        FieldShown(
            **said,
            required=said["id"] in law and law[said["id"]].required,
            by_hand=said["id"] in law and law[said["id"]].by_hand,
            missing=False,
        )
        for said in content["fields"]
    ]
    return content["head"], fields, content.get("rows")


def _columns(document: Document) -> list[FieldShown]:
    if not document.rows:
        return []
    return [
        FieldShown(
            id=one.id,
            label=one.label,
            text="",
            source="",
            required=one.required,
            by_hand=False,
            missing=False,
        )
        for one in document.fields
    ]
