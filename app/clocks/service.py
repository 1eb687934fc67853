"""Starting and stopping clocks. How long a clock runs, and by which law, stands in `app/law/clocks.yaml`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from app.clocks.counting import COUNTED, changes, first_due, move, moves_of
from app.database.transaction import Dated, Row, new_id
from app.law.clocks import Length
from app.law.clocks import clock as clock_of
from app.law.due_times import Reading
from app.law.legal_days import Due, Unit


@dataclass(frozen=True)
class Subject:
    """What a clock runs on: a case (perhaps its transfer, or a supervision request), a clue, or a referral.

    `organ_id` is the organ whose case it is, or that sent the clue: it places the clock in line and area.
    """

    organ_id: int
    case_id: UUID | None = None
    transfer_id: UUID | None = None
    clue_id: UUID | None = None
    supervision_id: UUID | None = None
    referral_id: UUID | None = None


async def start(
    tx: Dated, clock_id: str, subject: Subject, holder_organ_id: int, at: datetime, days: int | None = None
) -> UUID:
    """Start a clock at `at`; its holder is the organ that has to act before it runs out.

    Counted as the law says, or as the holder has set it. `days` (日) replaces both where the document that
    starts the clock names another length.
    """
    document = Reading(Length(n=days, unit=Unit.DAY), "文书写明") if days else None
    found, reading = await first_due(tx, clock_of(clock_id), holder_organ_id, at, document)
    clock_row = new_id()
    await tx.execute(
        """
        INSERT INTO clocks (id, clock, organ_id, line, holder_organ_id, case_id, transfer_id, clue_id,
            supervision_id, referral_id, started_at, due_at, provisional, reasons, length_n, length_unit,
            length_why)
          VALUES (%(id)s, %(clock)s, %(organ)s, '', %(holder)s, %(case_id)s, %(transfer_id)s, %(clue_id)s,
            %(supervision_id)s, %(referral_id)s, %(at)s, %(due)s, %(provisional)s, %(reasons)s, %(n)s,
            %(unit)s, %(why)s)""",
        id=clock_row,
        clock=clock_id,
        organ=subject.organ_id,
        holder=holder_organ_id,
        case_id=subject.case_id,
        transfer_id=subject.transfer_id,
        clue_id=subject.clue_id,
        supervision_id=subject.supervision_id,
        referral_id=subject.referral_id,
        at=at,
        due=found.at,
        provisional=found.provisional,
        reasons=list(found.reasons),
        n=reading.length.n if reading else None,
        unit=reading.length.unit if reading else None,
        why=reading.why if reading else None,
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


async def extend(tx: Dated, clock_id: str, subject: Subject, days: int, why: str = "批准延长") -> None:
    """Let the subject's running clock of this id run `days` (日) in all, counted from its start.

    `why` says by which approval.
    """
    for row in await _running(tx, [clock_id], subject):
        await lengthen(tx, row, Length(n=days, unit=Unit.DAY), why)


async def pause(
    tx: Dated, clock_ids: Sequence[str], subject: Subject, ground: str, at: datetime | None = None
) -> None:
    """Halt the subject's running clocks of these ids since `at`; several grounds may run side by side."""
    for row in await _running(tx, clock_ids, subject):
        await move(tx, row, "paused", ground=ground, since=at or tx.now)


async def resume(
    tx: Dated,
    clock_ids: Sequence[str],
    subject: Subject,
    at: datetime | None = None,
    ground: str | None = None,
) -> None:
    """End the ground on which the subject's clocks of these ids halt, or every ground there is."""
    for row in await _running(tx, clock_ids, subject):
        for one in moves_of(await changes(tx, row["id"])).open:
            if ground in (None, one.ground):
                await move(tx, row, "resumed", ground=one.ground, since=one.since, until=at or tx.now)


async def lengthen(tx: Dated, row: Row, length: Length, why: str, **more: object) -> Due:
    """Count a running clock (COUNTED) by another length from its start; `why` names document or approval."""
    changed = {"length_n": length.n, "length_unit": length.unit, "length_why": why}
    await tx.execute(
        """UPDATE clocks SET length_n = %(length_n)s, length_unit = %(length_unit)s,
              length_why = %(length_why)s WHERE id = %(id)s""",
        changed,
        id=row["id"],
    )
    return await move(
        tx, {**row, **changed}, "length", n=length.n, unit=length.unit, **{"ground": why, **more}
    )


async def _running(tx: Dated, clock_ids: Sequence[str], subject: Subject) -> list[Row]:
    column, value = _innermost(subject)
    query: LiteralString = (
        "SELECT " + COUNTED + " FROM clocks k WHERE k.stopped_at IS NULL AND k.clock = ANY (%(clocks)s)"
        " AND k." + column + " = %(value)s ORDER BY k.id FOR UPDATE OF k"
    )
    return await tx.rows(query, clocks=list(clock_ids), value=value)


def _innermost(subject: Subject) -> tuple[LiteralString, UUID]:
    if subject.referral_id:
        return "referral_id", subject.referral_id
    if subject.supervision_id:
        return "supervision_id", subject.supervision_id
    if subject.transfer_id:
        return "transfer_id", subject.transfer_id
    if subject.clue_id:
        return "clue_id", subject.clue_id
    if subject.case_id:
        return "case_id", subject.case_id
    raise ValueError("a clock runs on a case, transfer, clue or supervision request")
