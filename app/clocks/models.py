"""What travels about clocks."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal, LiteralString
from uuid import UUID

from pydantic import BaseModel

from app.database.transaction import Row
from app.law.clocks import MARKS, cite
from app.law.clocks import clock as clock_of


class RunningClock(BaseModel):
    """One clock as it stands; `due_at` is null where the law names no term."""

    id: UUID
    clock: str
    name: str
    holder_organ_id: int
    holder_organ: str
    case_id: UUID | None
    transfer_id: UUID | None
    clue_id: UUID | None
    started_at: datetime
    due_at: datetime | None
    provisional: bool
    stopped_at: datetime | None
    state: Literal["running", "expired", "met", "met_late"]
    basis: list[str]
    certainty: str
    reasons: list[str]


class ClockOnList(RunningClock):
    """A clock on a worklist, with what it runs on. Numbers are null where the actor may not see the case."""

    organ: str
    case_number: str | None
    cause: str | None
    transfer_number: str | None


CLOCK_COLUMNS: LiteralString = """k.id, k.clock, k.holder_organ_id, h.name AS holder_organ, k.case_id,
    k.transfer_id, k.clue_id, k.started_at, k.due_at, k.provisional, k.stopped_at, k.reasons"""


def running_clock(row: Row, now: datetime | None = None) -> RunningClock:
    """A row selected with CLOCK_COLUMNS (clocks k JOIN organs h ON h.id = k.holder_organ_id)."""
    return RunningClock(**_in_full(row, now))


def clock_on_list(row: Row, now: datetime) -> ClockOnList:
    """A row selected for a worklist."""
    return ClockOnList(**_in_full(row, now))


def _in_full(row: Row, now: datetime | None) -> dict[str, Any]:
    law = clock_of(row["clock"])
    return {
        **row,
        "name": law.name,
        "state": _state(row, now or datetime.now(UTC)),
        "basis": [cite(basis) for basis in law.basis],
        "certainty": MARKS[law.mark],
    }


def _state(row: Row, now: datetime) -> Literal["running", "expired", "met", "met_late"]:
    due, stopped = row["due_at"], row["stopped_at"]
    late = due is not None and (stopped or now) > due
    if stopped:
        return "met_late" if late else "met"
    return "expired" if late else "running"
