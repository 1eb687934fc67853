"""Starting and stopping clocks. How long a clock runs, and by which law, stands in `app/law/clocks.yaml`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from app.database.transaction import Dated, new_id
from app.law.clocks import clock as clock_of
from app.law.clocks import Length
from app.law.due_times import Reading, due
from app.law.legal_days import Unit, published_calendar


@dataclass(frozen=True)
class Subject:
    """What a clock runs on: a case (perhaps its transfer, or a supervision request), or a clue.

    `organ_id` is the organ whose case it is, or that sent the clue: it places the clock in line and area.
    """

    organ_id: int
    case_id: UUID | None = None
    transfer_id: UUID | None = None
    clue_id: UUID | None = None
    supervision_id: UUID | None = None


async def start(
    tx: Dated, clock_id: str, subject: Subject, holder_organ_id: int, at: datetime, days: int | None = None
) -> UUID:
    """Start a clock at `at`; its holder is the organ that has to act before it runs out.

    `days` (日) replaces the length of the law where the document that starts the clock names another.
    """
    reading = Reading(Length(n=days, unit=Unit.DAY), "文书写明") if days else None
    found = due(clock_of(clock_id), at, published_calendar(), reading=reading)
    clock_row = new_id()
    await tx.execute(
        """
        INSERT INTO clocks (id, clock, organ_id, line, holder_organ_id, case_id, transfer_id, clue_id,
            supervision_id, started_at, due_at, provisional, reasons)
          VALUES (%(id)s, %(clock)s, %(organ)s, '', %(holder)s, %(case_id)s, %(transfer_id)s, %(clue_id)s,
            %(supervision_id)s, %(at)s, %(due)s, %(provisional)s, %(reasons)s)""",
        id=clock_row,
        clock=clock_id,
        organ=subject.organ_id,
        holder=holder_organ_id,
        case_id=subject.case_id,
        transfer_id=subject.transfer_id,
        clue_id=subject.clue_id,
        supervision_id=subject.supervision_id,
        at=at,
        due=found.at,
        provisional=found.provisional,
        reasons=list(found.reasons),
    )
    return clock_row


async def stop(
    tx: Dated, clock_ids: Sequence[str], subject: Subject, by: str, at: datetime | None = None
) -> int:
    """Stop the running clocks of these ids on the subject's innermost record; how many were running.

    `at`: when what stops them was done, if that was before it is entered.
    """
    column, value = _innermost(subject)
    query: LiteralString = (
        "UPDATE clocks SET stopped_at = %(now)s, stopped_by = %(by)s"
        " WHERE stopped_at IS NULL AND clock = ANY (%(clocks)s) AND " + column + " = %(value)s"
    )
    return (await tx.execute(query, by=by, now=at or tx.now, clocks=list(clock_ids), value=value)).rowcount


async def extend(tx: Dated, clock_id: str, subject: Subject, days: int) -> None:
    """Let the subject's running clock of this id run `days` (日) in all, counted from its start."""
    column, value = _innermost(subject)
    query: LiteralString = (
        "SELECT id, started_at FROM clocks WHERE stopped_at IS NULL AND clock = %(clock)s AND "
        + column
        + " = %(value)s"
    )
    for row in await tx.rows(query, clock=clock_id, value=value):
        reading = Reading(Length(n=days, unit=Unit.DAY), "批准延长")
        found = due(clock_of(clock_id), row["started_at"], published_calendar(), reading=reading)
        await tx.execute(
            """UPDATE clocks SET due_at = %(due)s, provisional = %(provisional)s, reasons = %(reasons)s
                WHERE id = %(id)s""",
            id=row["id"],
            due=found.at,
            provisional=found.provisional,
            reasons=list(found.reasons),
        )


def _innermost(subject: Subject) -> tuple[LiteralString, UUID]:
    if subject.supervision_id:
        return "supervision_id", subject.supervision_id
    if subject.transfer_id:
        return "transfer_id", subject.transfer_id
    if subject.clue_id:
        return "clue_id", subject.clue_id
    if subject.case_id:
        return "case_id", subject.case_id
    raise ValueError("a clock runs on a case, transfer, clue or supervision request")
