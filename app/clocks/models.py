"""What travels about clocks."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, LiteralString
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.database.transaction import Row
from app.law.clocks import MARKS, Length, cite
from app.law.clocks import clock as clock_of
from app.law.legal_days import Unit

State = Literal["running", "halted", "expired", "met", "met_late"]
ClockAct = Literal["extend", "pause", "resume", "stop"]


class RunningClock(BaseModel):
    """One clock as it stands; `due_at` is null where the law names no term, and while the clock is halted.

    `length` is what is counted, in words; `reasons` tell how the end was computed.
    """

    id: UUID
    clock: str
    name: str
    holder_organ_id: int
    holder_organ: str
    case_id: UUID | None
    transfer_id: UUID | None
    clue_id: UUID | None
    referral_id: UUID | None
    started_at: datetime
    due_at: datetime | None
    provisional: bool
    stopped_at: datetime | None
    halted_at: datetime | None
    halted_on: str | None
    state: State
    length: str | None
    basis: list[str]
    certainty: str
    reasons: list[str]


class ClockOnList(RunningClock):
    """A clock on a worklist, with what it runs on. Numbers are null where the actor may not see the case."""

    organ: str
    case_number: str | None
    cause: str | None
    transfer_number: str | None


class ClockChange(BaseModel):
    """What moved the end of a clock: by whom, on what ground and document, from when to when."""

    kind: Literal["extended", "length", "paused", "resumed", "calendar", "stopped", "started"]
    kind_name: str
    ground: str | None
    length: str | None
    since: datetime | None
    until: datetime | None
    document: str
    party_notice: str
    reason: str
    due_before: datetime | None
    due_after: datetime | None
    officer_name: str
    organ_name: str
    at: datetime


class ExtensionOpen(BaseModel):
    """An extension that is still to be had. `n` null: the approval names the number."""

    by: str
    n: int | None
    unit: Unit
    party_notice: bool


class VariantOpen(BaseModel):
    """Another length by a document. `n` null: the document names the number."""

    id: str
    when: str
    n: int | None
    unit: Unit
    basis: list[str]


class ClockRead(ClockOnList):
    """A clock with its history and what the signed-in officer may do to it."""

    supervision_id: UUID | None
    uncertain: str | None
    note: str | None
    stops: list[str]
    grounds: list[str]
    open_grounds: list[str]
    extension: ExtensionOpen | None
    variants: list[VariantOpen]
    changes: list[ClockChange]
    available_actions: list[ClockAct]


Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
_STRICT = ConfigDict(extra="forbid")


class ExtendClock(BaseModel):
    """An approval that a clock runs longer, or (`variant`) a document that names another length for it."""

    model_config = _STRICT
    variant: Annotated[str | None, Field(max_length=60, description="特别情形的编号；不填为延长")] = None
    n: Annotated[int | None, Field(strict=True, ge=1, le=3660, description="延长多少；特别情形为总长度")] = (
        None
    )
    unit: Annotated[Unit | None, Field(description="文书写明期限的单位；默认为该期限的单位")] = None
    document: Annotated[Line, Field(description="批准文书或者写明期限的文书的名称、文号")]
    reason: Annotated[Words, Field(description="理由")]
    party_notice: Annotated[Line | None, Field(description="书面告知当事人的文书，查封扣押延长时必填")] = None
    approved_at: Annotated[datetime | None, Field(description="批准的时间，默认为现在")] = None


class PauseClock(BaseModel):
    """Time that does not count begins: `ground` is one of those that the clock names."""

    model_config = _STRICT
    ground: Annotated[Line, Field(description="不计入或者中止的事由，须为该期限所列事由之一")]
    document: Annotated[Line, Field(description="依据的文书，如检验委托书、听证通知书")]
    since: Annotated[datetime | None, Field(description="事由发生的时间，默认为现在")] = None
    reason: Annotated[str, Field(max_length=2000, description="说明")] = ""


class ResumeClock(BaseModel):
    """The ground has ended."""

    model_config = _STRICT
    ground: Annotated[Line | None, Field(description="终了的事由；只有一个时可以不填")] = None
    document: Annotated[Line, Field(description="依据的文书，如检验报告、听证笔录")]
    until: Annotated[datetime | None, Field(description="事由终了的时间，默认为现在")] = None
    reason: Annotated[str, Field(max_length=2000, description="说明")] = ""


class StopClock(BaseModel):
    """What the clock of a case waited for was done."""

    model_config = _STRICT
    outcome: Annotated[Line, Field(description="办结的方式，须为该期限所列之一")]
    document: Annotated[str, Field(max_length=200, description="文书")] = ""
    at: Annotated[datetime | None, Field(description="办结的时间，默认为现在")] = None


class StartClock(BaseModel):
    """An event from which a clock of a case counts."""

    model_config = _STRICT
    clock: Annotated[str, Field(max_length=60, description="期限的编号，如 evidence_registration")]
    at: Annotated[datetime, Field(description="事件发生的时间")]
    document: Annotated[str, Field(max_length=200, description="文书，如先行登记保存通知书的文号")] = ""


CLOCK_COLUMNS: LiteralString = """k.id, k.clock, k.holder_organ_id, h.name AS holder_organ, k.case_id,
    k.transfer_id, k.clue_id, k.referral_id, k.started_at, k.due_at, k.provisional, k.stopped_at, k.reasons,
    k.halted_at, k.halted_on, k.length_n, k.length_unit"""
CHANGE_NAMES = {
    "started": "登记起算",
    "extended": "延长",
    "length": "另定期限",
    "paused": "中止（不计入期限）",
    "resumed": "恢复计算",
    "calendar": "按公布的节假日安排重算",
    "stopped": "登记办结",
}


def running_clock(row: Row, now: datetime | None = None) -> RunningClock:
    """A row selected with CLOCK_COLUMNS (clocks k JOIN organs h ON h.id = k.holder_organ_id)."""
    return RunningClock(**in_full(row, now))


def clock_on_list(row: Row, now: datetime) -> ClockOnList:
    """A row selected for a worklist."""
    return ClockOnList(**in_full(row, now))


def clock_change(row: Row) -> ClockChange:
    """A row of the history."""
    length = str(Length(n=row["n"], unit=Unit(row["unit"]))) if row["n"] else None
    return ClockChange(**{**row, "kind_name": CHANGE_NAMES[row["kind"]], "length": length})


def in_full(row: Row, now: datetime | None) -> dict[str, Any]:
    """The row with what the law says of its clock."""
    law = clock_of(row["clock"])
    own = row["length_n"] and Length(n=row["length_n"], unit=Unit(row["length_unit"]))
    return {
        **row,
        "name": law.name,
        "state": _state(row, now or datetime.now(UTC)),
        "length": str(own or law.length or law.length_by_document or "立即"),
        "basis": [cite(basis) for basis in law.basis],
        "certainty": MARKS[law.mark],
    }


def _state(row: Row, now: datetime) -> State:
    due, stopped = row["due_at"], row["stopped_at"]
    late = due is not None and (stopped or now) > due
    if stopped:
        return "met_late" if late else "met"
    if row["halted_at"]:
        return "halted"
    return "expired" if late else "running"
