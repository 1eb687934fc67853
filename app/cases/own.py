"""A case of the acting organ, kept from others until the transaction ends."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from app.database.transaction import Acting, Row
from app.errors import NotAllowed, not_found
from app.http.revisions import stale


async def own_case(
    tx: Acting, case_id: UUID, refusal: NotAllowed, roles: Sequence[str], revision: int | None = None
) -> Row:
    """The acting organ's case and its details, locked. Raises NotFound, `refusal`, StaleEdit."""
    row = await tx.row(
        """SELECT c.*, d.summary, d.place, d.penalty_text FROM cases c
            LEFT JOIN case_details d ON d.case_id = c.id WHERE c.id = %(id)s AND c.organ_id = %(organ)s
            FOR UPDATE OF c""",
        id=case_id,
        organ=tx.actor.organ_id,
    )
    if row is None and not await tx.row("SELECT 1 FROM cases WHERE id = %(id)s", id=case_id):
        raise not_found("案件")
    if row is None or not tx.actor.is_a(*roles):
        raise refusal
    if revision is not None and row["revision"] != revision:
        raise stale()
    return row
