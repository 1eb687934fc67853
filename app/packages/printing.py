"""The PDFs that a package is to hold and that nobody has asked for yet, made together."""

from __future__ import annotations

from uuid import UUID

from app.database.transaction import Database
from app.documents.converting import pdfs
from app.packages import bag
from app.packages.carried import ISSUED
from app.packages.gathering import exportable


async def print_missing(db: Database, officer_id: int, address: str | None, transfer_id: UUID) -> None:
    """Make the PDFs of the documents that the package holds. No connection is held meanwhile.

    Raises as `gathering.exportable`, and Unavailable `converter_missing` where LibreOffice is not installed.
    """
    async with db.acting(officer_id, address) as tx:
        case_id = (await exportable(tx, transfer_id))["case_id"]
        rows = await tx.rows(
            f"""SELECT d.id, t.docx FROM documents d JOIN document_texts t ON t.document_id = d.id
                WHERE {ISSUED} AND NOT EXISTS (SELECT 1 FROM document_prints p WHERE p.document_id = d.id)""",
            transfer=transfer_id,
            case=case_id,
        )
    if not rows:
        return
    made = await pdfs([row["docx"] for row in rows])
    async with db.acting(officer_id, address) as tx:
        for row, pdf in zip(rows, made, strict=True):
            await tx.execute(
                """INSERT INTO document_prints (document_id, sha256, pdf, made_at)
                    VALUES (%(id)s, %(sha256)s, %(pdf)s, %(now)s) ON CONFLICT DO NOTHING""",
                id=row["id"],
                sha256=bytes.fromhex(bag.sha256(pdf)),
                pdf=pdf,
                now=tx.now,
            )
