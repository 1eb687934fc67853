"""What travels about supervision. Money in 元 as decimal strings."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app.cases.fields import plain_text
from app.clocks.models import RunningClock

Text = Annotated[str, Field(min_length=1, max_length=20_000), AfterValidator(plain_text)]


class OrganName(BaseModel):
    """An organ by name."""

    id: int
    name: str


class Untransferred(BaseModel):
    """A case that should be transferred and that no transfer has taken up.

    `ground`: a threshold is reached, or below it an officer found reasonable suspicion of the charges named
    (合理嫌疑, 行政执法机关移送涉嫌犯罪案件的规定 第三条第二款). `since`: from when either was so, `days` ago.
    `expired`: the clock `report_transfer` ran out and no reason was recorded. `penalty_instead`: 以罚代刑,
    penalised and expired.
    """

    id: UUID
    number: str
    organ: OrganName
    party: str | None
    cause: str
    charges: list[str]
    amount_involved: Decimal | None
    fine_amount: Decimal | None
    confiscated_amount: Decimal | None
    penalties: list[str]
    decided_on: date | None
    ground: Literal["threshold_reached", "reasonable_suspicion"]
    since: datetime
    days: int
    due_at: datetime | None
    expired: bool
    penalty_instead: bool
    not_transferred_reason: str | None
    transfer_state: str | None
    open_request: UUID | None


class Refusal(BaseModel):
    """A transfer that the police refused to file, or did not decide in time."""

    transfer_id: UUID
    number: str
    case_id: UUID
    case_number: str
    cause: str
    charge: str
    organ: OrganName
    police: OrganName
    state: str
    state_name: str
    updated_at: datetime
    review_due_at: datetime | None
    why: Literal["refused", "supervision_suggested", "reasons_given", "overdue"]


class Summary(BaseModel):
    """The figures of the actor's area. `suspected`: of the untransferred those below the threshold."""

    untransferred: int
    suspected: int
    expired: int
    penalty_instead: int
    expired_clocks: int
    refusals: int
    awaiting_answer: int
    answered: int


class RequestDraft(BaseModel):
    """What is asked of the organ whose case it is. `reply_within_days`: the document's own term, in 日."""

    model_config = ConfigDict(strict=True, extra="forbid", str_strip_whitespace=True)

    kind: str = Field(description="监督请求的种类，如 suggest_transfer")
    reasons: Text = Field(description="事实与理由")
    reply_within_days: int | None = Field(None, ge=1, le=365, description="文书写明的答复期限（日）")


class Answer(BaseModel):
    """The organ's answer."""

    model_config = ConfigDict(strict=True, extra="forbid", str_strip_whitespace=True)

    answer_kind: str = Field(description="will_transfer、reasons 或 information")
    answer: Text
    revision: int | None = None


class Note(BaseModel):
    """Why an answer is accepted, a request passed upwards or withdrawn."""

    model_config = ConfigDict(strict=True, extra="forbid", str_strip_whitespace=True)

    note: Annotated[str, Field(max_length=2_000), AfterValidator(plain_text)] = ""
    revision: int | None = None


class RequestSummary(BaseModel):
    """A request in a list."""

    id: UUID
    number: str
    kind: str
    kind_name: str
    document: str
    case_id: UUID
    case_number: str | None
    from_organ: OrganName
    to_organ: OrganName
    state: str
    state_name: str
    issued_at: datetime
    answered_at: datetime | None
    due_at: datetime | None
    overdue: bool


class SupervisionRequest(RequestSummary):
    """A request in full; `available_actions` are those of the signed-in officer."""

    reasons: str
    answer_kind: str | None
    answer: str | None
    closed_at: datetime | None
    revision: int
    basis: list[str]
    answers: dict[str, str]
    clocks: list[RunningClock]
    available_actions: list[Literal["answer", "accept", "escalate", "withdraw"]]
