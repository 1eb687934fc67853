"""Reading clues. What an actor may see is the policies' to say; each query names the index it goes by."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from app.clocks.models import CLOCK_COLUMNS, running_clock
from app.clues.models import Box, Clue, ClueStep, ClueSummary, OrganName
from app.database.transaction import Acting, Row
from app.errors import not_found
from app.evidence.files import files_of_clue
from app.http.pages import Paging
from app.law.clocks import cite
from app.law.procedure_table import clue_procedure
from app.transfers.progress import Life, progress

_FROM: LiteralString = """
    FROM clues c JOIN organs s ON s.id = c.from_organ_id JOIN organs r ON r.id = c.to_organ_id
      LEFT JOIN LATERAL (SELECT k.due_at FROM clocks k WHERE k.clue_id = c.id AND k.stopped_at IS NULL
        ORDER BY k.due_at LIMIT 1) AS running ON true"""
_COLUMNS: LiteralString = """c.*, s.name AS sender, r.name AS recipient, running.due_at,
    coalesce(running.due_at < %(now)s, false) AS overdue"""
_BOXES: dict[Box, LiteralString] = {
    "received": "c.to_organ_id = %(organ)s AND c.sent_at IS NOT NULL",
    "sent": "c.from_organ_id = %(organ)s",
    "passed_on": """c.id IN (SELECT p.clue_id FROM clue_steps p
        WHERE p.organ_id = %(organ)s AND p.action = 'pass_on')""",
}
_AREAS: dict[str, LiteralString] = {
    "county": "c.county = %(area)s",
    "city": "c.city = %(area)s",
    "province": "c.province = %(area)s",
    "nation": "true",
}


OF_CLUE = Life(
    table=clue_procedure,
    steps="""SELECT clue_id AS of, action, from_state, to_state, at FROM clue_steps
        WHERE clue_id = ANY (%(ids)s) ORDER BY id""",
    clocks="""SELECT clue_id AS of, clock, holder_organ_id, due_at FROM clocks
        WHERE clue_id = ANY (%(ids)s) AND stopped_at IS NULL ORDER BY due_at, id""",
    organs={"sender": "from_organ_id", "recipient": "to_organ_id"},
)


async def clues(
    tx: Acting, page: Paging, box: Box, *, kind: str | None, state: str | None, open_only: bool
) -> list[Row]:
    """One page of a box, newest first, one row more than asked."""
    where = _AREAS[tx.actor.level] if box == "area" else _BOXES[box]
    query: LiteralString = (
        "SELECT "
        + _COLUMNS
        + _FROM
        + " WHERE "
        + where
        + """ AND (%(after)s::uuid IS NULL OR c.id < %(after)s)
            AND (%(kind)s::text IS NULL OR c.kind = %(kind)s)
            AND (%(state)s::text IS NULL OR c.state = %(state)s) AND (NOT %(open)s OR c.closed_at IS NULL)
          ORDER BY c.id DESC LIMIT %(most)s"""
    )
    return await tx.rows(
        query,
        organ=tx.actor.organ_id,
        area=tx.actor.region,
        now=tx.now,
        after=page.after_id,
        kind=kind,
        state=state,
        open=open_only,
        most=page.size + 1,
    )


async def clue_row(tx: Acting, clue_id: UUID) -> Row:
    """One clue. Raises NotFound, the same for one that the actor may not see."""
    query: LiteralString = "SELECT " + _COLUMNS + _FROM + " WHERE c.id = %(id)s"
    row = await tx.row(query, id=clue_id, now=tx.now)
    if row is None:
        raise not_found("线索")
    return row


async def steps(tx: Acting, clue_id: UUID) -> list[ClueStep]:
    """What was done with the clue, in order."""
    rows = await tx.rows(
        """SELECT action, from_state, to_state, organ_name, officer_name, inputs, at FROM clue_steps
            WHERE clue_id = %(id)s ORDER BY id""",
        id=clue_id,
    )
    table = clue_procedure()
    return [ClueStep(**row, label=table.action(row["action"]).label) for row in rows]


async def full(tx: Acting, row: Row) -> Clue:
    """A clue row in full, but for the actions that the actor may take."""
    clocks: LiteralString = (
        "SELECT " + CLOCK_COLUMNS + " FROM clocks k JOIN organs h ON h.id = k.holder_organ_id"
        " WHERE k.clue_id = %(id)s ORDER BY k.started_at, k.id"
    )
    done = await steps(tx, row["id"])
    return Clue(
        **_summary(row),
        progress=(await progress(tx, [row], OF_CLUE))[row["id"]],
        **{name: row[name] for name in _FULL},
        from_officer=done[0].officer_name,
        basis=[cite(basis) for basis in clue_procedure().kind(row["kind"]).basis],
        steps=done,
        clocks=[running_clock(clock, tx.now) for clock in await tx.rows(clocks, id=row["id"])],
        files=await files_of_clue(tx, row["id"]),
        available_actions=[],
    )


_FULL = (
    "content",
    "party_name",
    "origin_case_id",
    "became_case_id",
    "became_transfer_id",
    "merged_into",
    "result",
    "feedback",
    "closed_at",
    "revision",
)
_SHORT = ["id", "number", "kind", "duty", "state", "subject", "created_at", "sent_at", "due_at", "overdue"]


async def summaries(tx: Acting, rows: Sequence[Row]) -> list[ClueSummary]:
    """The rows of a list."""
    lines = await progress(tx, rows, OF_CLUE)
    return [ClueSummary(**_summary(row), progress=lines[row["id"]]) for row in rows]


def _summary(row: Row) -> dict[str, object]:
    table = clue_procedure()
    return {
        **{name: row[name] for name in _SHORT},
        "kind_name": table.kind(row["kind"]).name,
        "state_name": table.state(row["state"]).name,
        "from_organ": OrganName(id=row["from_organ_id"], name=row["sender"]),
        "to_organ": OrganName(id=row["to_organ_id"], name=row["recipient"]),
    }


async def running(tx: Acting, clue_id: UUID) -> dict[str, datetime | None]:
    """The clocks that run on the clue, with their terms."""
    rows = await tx.rows(
        "SELECT clock, due_at FROM clocks WHERE clue_id = %(id)s AND stopped_at IS NULL", id=clue_id
    )
    return {row["clock"]: row["due_at"] for row in rows}
