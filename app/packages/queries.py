"""Which packages were received."""

from __future__ import annotations

from typing import LiteralString
from uuid import UUID

from app.database.transaction import Acting
from app.http.pages import Page, Paging
from app.packages.models import ReceivedPackage

_SELECT: LiteralString = """
    SELECT r.id, r.transfer_id, t.number AS transfer_number, r.case_id,
        encode(r.package_sha256, 'hex') AS package_sha256, r.kid, s.name AS signer, r.issued_at,
        o.name AS received_by, r.received_at
      FROM received_packages r JOIN transfers t ON t.id = r.transfer_id
        JOIN organs s ON s.id = r.signer_organ_id JOIN organs o ON o.id = r.organ_id"""


async def received_packages(tx: Acting, page: Paging) -> Page[ReceivedPackage]:
    """The packages that the acting organ received, the newest first."""
    rows = await tx.rows(
        f"""{_SELECT} WHERE r.organ_id = %(organ)s AND (%(after)s::uuid IS NULL OR r.id < %(after)s)
            ORDER BY r.id DESC LIMIT %(limit)s""",
        organ=tx.actor.organ_id,
        after=page.after_id,
        limit=page.size + 1,
    )
    kept, cursor = page.cut(rows)
    return Page(items=[ReceivedPackage(**row) for row in kept], next_cursor=cursor)


async def origin_of(tx: Acting, transfer_id: UUID) -> ReceivedPackage | None:
    """With which package a transfer came; None for one that was opened here."""
    row = await tx.row(f"{_SELECT} WHERE r.transfer_id = %(id)s", id=transfer_id)
    return ReceivedPackage(**row) if row else None
