"""The clocks of one subject, and the worklist: running clocks that the actor may see, the worst first.

Row security decides what is seen; each list names the predicate that fits the actor, so that an index carries
it (`clocks_running_by_*`).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, LiteralString
from uuid import UUID

from app.clocks.models import CLOCK_COLUMNS, ClockOnList, RunningClock, clock_on_list, running_clock
from app.database.transaction import Acting, Row
from app.errors import invalid
from app.http.pages import Page, Paging, encode_cursor
from app.law.clocks import UnknownClockError
from app.law.clocks import clock as clock_of

Scope = Literal["mine", "area"]

_COLUMNS: LiteralString = (
    CLOCK_COLUMNS + ", c.number AS case_number, c.cause, o.name AS organ, t.number AS transfer_number"
)
_TABLES: LiteralString = """clocks k
    JOIN organs h ON h.id = k.holder_organ_id JOIN organs o ON o.id = k.organ_id
    LEFT JOIN cases c ON c.id = k.case_id LEFT JOIN transfers t ON t.id = k.transfer_id"""
_UNDATED = "undated"


async def worklist(
    tx: Acting, page: Paging, scope: Scope, clock: str | None = None, expired: bool = False
) -> Page[ClockOnList]:
    """A page of running clocks: worst first, at last those that have no due time."""
    if clock is not None:
        _check_known(clock)
    dated, after = _place(page.after)
    rows = await _dated(tx, page.size + 1, scope, clock, expired, dated) if after is None else []
    if len(rows) <= page.size and not expired:
        rows += await _undated(tx, page.size + 1 - len(rows), scope, clock, after)
    kept = rows[: page.size]
    more = len(rows) > page.size
    return Page(
        items=[clock_on_list(row, tx.now) for row in kept],
        next_cursor=_cursor(kept[-1]) if more and kept else None,
    )


async def clocks_of(
    tx: Acting, subject: Literal["case", "transfer", "referral"], subject_id: UUID
) -> list[RunningClock]:
    """All clocks of a case, transfer or referral: those that run first, the next to run out at the head."""
    rows = await tx.rows(
        f"""SELECT {CLOCK_COLUMNS} FROM clocks k JOIN organs h ON h.id = k.holder_organ_id
            WHERE k.{subject}_id = %(id)s ORDER BY k.stopped_at IS NOT NULL, k.due_at, k.id""",
        id=subject_id,
    )
    return [running_clock(row, tx.now) for row in rows]


async def _dated(
    tx: Acting,
    limit: int,
    scope: Scope,
    clock: str | None,
    expired: bool,
    after: tuple[datetime, UUID] | None,
) -> list[Row]:
    query: LiteralString = f"""SELECT {_COLUMNS} FROM {_TABLES}
        WHERE k.stopped_at IS NULL AND k.due_at IS NOT NULL AND {_fitting(tx, scope)}
          {"AND k.clock = %(clock)s" if clock else ""} {"AND k.due_at < %(now)s" if expired else ""}
          {"AND (k.due_at, k.id) > (%(due)s, %(id)s)" if after else ""}
        ORDER BY k.due_at, k.id LIMIT %(limit)s"""
    due, id_ = after or (None, None)
    return await tx.rows(query, **_values(tx), clock=clock, now=tx.now, due=due, id=id_, limit=limit)


async def _undated(tx: Acting, limit: int, scope: Scope, clock: str | None, after: UUID | None) -> list[Row]:
    query: LiteralString = f"""SELECT {_COLUMNS} FROM {_TABLES}
        WHERE k.stopped_at IS NULL AND k.due_at IS NULL AND {_fitting(tx, scope)}
          {"AND k.clock = %(clock)s" if clock else ""} {"AND k.id > %(id)s" if after else ""}
        ORDER BY k.id LIMIT %(limit)s"""
    return await tx.rows(query, **_values(tx), clock=clock, id=after, limit=limit)


def _fitting(tx: Acting, scope: Scope) -> LiteralString:
    """Which clocks concern the actor: those the own organ has to meet, or those of its area."""
    if scope == "mine":
        return "k.holder_organ_id = %(organ)s"
    actor = tx.actor
    if actor.kind == "police":
        of_police = _OF_POLICE[actor.level]
        return f"k.transfer_id IN (SELECT p.id FROM transfers p WHERE p.closed_at IS NULL AND {of_police})"
    place = _PLACE[actor.level]
    if actor.kind == "enforcement":
        return "k.organ_id = %(organ)s" if actor.level == "county" else f"k.line = %(line)s AND {place}"
    if actor.kind in ("procuratorate", "coordinating", "supervising"):
        return place
    return "k.holder_organ_id = %(organ)s"


_PLACE: dict[str, LiteralString] = {
    "county": "k.county = %(region)s",
    "city": "k.city = %(region)s",
    "province": "k.province = %(region)s",
    "nation": "true",
}
_OF_POLICE: dict[str, LiteralString] = {
    "county": "p.police_organ_id = %(organ)s",
    "city": "p.police_city = %(region)s",
    "province": "p.police_province = %(region)s",
    "nation": "p.police_organ_id IS NOT NULL",
}


def _values(tx: Acting) -> dict[str, Any]:
    return {"organ": tx.actor.organ_id, "region": tx.actor.region, "line": tx.actor.line}


def _check_known(clock: str) -> None:
    try:
        clock_of(clock)
    except UnknownClockError as error:
        raise invalid("clock", "clock_unknown", error.detail) from error


def _cursor(row: Row) -> str:
    due = row["due_at"].isoformat() if row["due_at"] else _UNDATED
    return encode_cursor(f"{due} {row['id']}")


def _place(cursor: str | None) -> tuple[tuple[datetime, UUID] | None, UUID | None]:
    if cursor is None:
        return None, None
    due, _, row = cursor.partition(" ")
    try:
        if due == _UNDATED:
            return None, UUID(row)
        return (datetime.fromisoformat(due), UUID(row)), None
    except ValueError as error:
        raise invalid("cursor", "bad_cursor", "翻页标记无效，请从第一页重新查询。") from error
