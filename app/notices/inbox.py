"""The inbox of the acting officer: notices to the officer, to the officer's roles, or to the whole organ."""

from __future__ import annotations

from typing import LiteralString
from uuid import UUID

from app.database.transaction import Acting, Row
from app.errors import not_found
from app.http.pages import Paging

COUNTED_AT_MOST = 1000

# The same condition as the policy's, so that the organ's index carries the query.
_MINE: LiteralString = """n.organ_id = %(organ)s
    AND (n.officer_id IS NULL OR n.officer_id = %(officer)s)
    AND (n.roles IS NULL OR n.roles && %(roles)s::text[])"""
_UNREAD: LiteralString = """NOT EXISTS (
    SELECT 1 FROM notice_reads r WHERE r.notice_id = n.id AND r.officer_id = %(officer)s)"""


async def notices(tx: Acting, page: Paging, unread: bool) -> list[Row]:
    """One page, newest first; with `unread` only what the officer has not read. One row more than asked."""
    query: LiteralString = (
        """SELECT n.id, n.kind, n.title, n.subject_kind, n.subject_id, n.created_at, o.name AS from_organ,
            (SELECT r.read_at FROM notice_reads r WHERE r.notice_id = n.id AND r.officer_id = %(officer)s)
              AS read_at
          FROM notices n LEFT JOIN organs o ON o.id = n.from_organ_id
          WHERE """
        + _MINE
        + " AND (%(after)s::uuid IS NULL OR n.id < %(after)s)"
        + (" AND " + _UNREAD if unread else "")
        + " ORDER BY n.id DESC LIMIT %(most)s"
    )
    return await tx.rows(query, _me(tx), after=page.after_id, most=page.size + 1)


async def unread_count(tx: Acting) -> int:
    """How many notices the officer has not read, at most 1000."""
    query: LiteralString = (
        "SELECT count(*) FROM (SELECT 1 FROM notices n WHERE "
        + _MINE
        + " AND "
        + _UNREAD
        + " LIMIT %(most)s) AS unread"
    )
    return int(await tx.value(query, _me(tx), most=COUNTED_AT_MOST))


async def mark_read(tx: Acting, notice_id: UUID) -> None:
    """Mark one notice as read. Raises NotFound when it is not in the officer's inbox."""
    query: LiteralString = "SELECT 1 FROM notices n WHERE n.id = %(id)s AND " + _MINE
    if await tx.row(query, _me(tx), id=notice_id) is None:
        raise not_found("通知")
    await tx.execute(
        """INSERT INTO notice_reads (notice_id, officer_id) VALUES (%(id)s, %(officer)s)
            ON CONFLICT DO NOTHING""",
        _me(tx),
        id=notice_id,
    )


async def mark_all_read(tx: Acting) -> None:
    """Mark all that is in the officer's inbox now as read."""
    query: LiteralString = (
        "INSERT INTO notice_reads (notice_id, officer_id) SELECT n.id, %(officer)s FROM notices n WHERE "
        + _MINE
        + " AND "
        + _UNREAD
        + " ON CONFLICT DO NOTHING"
    )
    await tx.execute(query, _me(tx))


def _me(tx: Acting) -> dict[str, object]:
    return {"organ": tx.actor.organ_id, "officer": tx.actor.officer_id, "roles": list(tx.actor.roles)}
