"""What travels about transfers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.clocks.models import RunningClock
from app.evidence.exhibit_models import SideCount
from app.transfers.progress import Progress

Party = Literal["sender", "police", "procuratorate", "court"]


class OpenTransfer(BaseModel):
    """A transfer to be opened as a draft. Naming the task group at once saves a second call."""

    model_config = ConfigDict(strict=True, extra="forbid")

    charge: str = Field(max_length=20, description="涉嫌罪名的刑法条文号，如 214")
    summary: str = Field(min_length=1, max_length=20_000, description="案情与拟移送的理由")
    task_group: list[int] = Field(default=[], max_length=50, description="专案组成员（2人以上，不含负责人）")
    occurred_at: str | None = Field(None, max_length=40, description="实际时间（先在纸面办理的填写）")


class TakeAction(BaseModel):
    """The inputs of an action, as `available_actions` describes them.

    With `revision` the action is taken only on that revision of the transfer.
    """

    model_config = ConfigDict(strict=True, extra="forbid")

    inputs: dict[str, Any] = Field(default={}, max_length=50)
    revision: int | None = Field(None, ge=1)


class OrganName(BaseModel):
    """An organ by name."""

    id: int
    name: str


class ActionInput(BaseModel):
    """One field of an action's form. `default` is what the platform proposes."""

    name: str
    label: str
    type: str
    required: bool
    choices: dict[str, str]
    min_items: int
    max: int | None
    organ_kind: str | None
    default: int | None


class AvailableAction(BaseModel):
    """Something that the signed-in officer may do now. `to` is the state it leads to, null if none."""

    id: str
    label: str
    to: str | None
    inputs: list[ActionInput]
    documents: list[str]
    basis: list[str]


class Step(BaseModel):
    """One act on a transfer: done at `occurred_at` (perhaps on paper), entered at `at`."""

    id: UUID
    action: str
    label: str
    from_state: str | None
    to_state: str
    organ: str
    officer: str
    inputs: dict[str, Any]
    occurred_at: datetime
    at: datetime


class Proposal(BaseModel):
    """What a police handler has proposed and the head has not decided."""

    kind: str
    label: str
    by: str
    inputs: dict[str, Any]
    at: datetime


class OpenMatter(BaseModel):
    """What runs beside the state (early involvement, a notice to withdraw …); `party`: whose it is."""

    id: str
    name: str
    party: str | None


class PaperToFollow(BaseModel):
    """A paper that follows an urgent transfer (后补); `due_at` of its clock, `delivered_at` once it came."""

    name: str
    due_at: datetime | None
    delivered_at: datetime | None


class PenaltyEffect(BaseModel):
    """A penalty of the case beside the criminal side: what becomes of it, or when it may be given."""

    name: str
    given: bool
    effect: str
    effect_name: str
    basis: list[str]


class FineOffset(BaseModel):
    """Fine paid and criminal fine (元); `at_most`: what may be offset, null until both are known."""

    fine: str | None
    criminal_fine: str | None
    at_most: str | None
    recorded: str | None
    detention_days: int | None


class LimitationShown(BaseModel):
    """Whether the act may still be punished (行政处罚法第36条), with the last days of two and five years."""

    act_end: date | None
    discovered: date
    limit: date | None
    long_limit: date | None
    outcome: Literal["within", "beyond_two", "beyond_five", "unknown"]
    detail: str


class EvidenceGap(BaseModel):
    """Evidence that the checklist misses; it blocks nothing."""

    code: str
    item: str
    detail: str


class Transfer(BaseModel):
    """A transfer as the signed-in officer sees it.

    `record` holds the latest inputs of each action. `warnings` names what the checklist of evidence lacks,
    until the transfer is sent; `evidence_override` is the head's reason for sending it all the same.
    `handover` is the list of exhibits as both sides counted them.
    """

    id: UUID
    number: str
    case_id: UUID
    case_number: str
    cause: str
    charge: str
    charge_name: str
    state: str
    state_name: str
    progress: Progress
    holder: OrganName | None
    sender: OrganName
    police: OrganName | None
    procuratorate: OrganName | None
    court: OrganName | None
    task_group: list[int]
    proposal: Proposal | None
    revision: int
    opened_at: datetime
    sent_at: datetime | None
    closed_at: datetime | None
    steps: list[Step]
    clocks: list[RunningClock]
    record: dict[str, dict[str, Any]]
    available_actions: list[AvailableAction]
    warnings: list[EvidenceGap]
    evidence_override: str | None
    matters: list[OpenMatter]
    papers_to_follow: list[PaperToFollow]
    handover: list[SideCount]
    penalties: list[PenaltyEffect]
    fine_offset: FineOffset | None
    limitation: LimitationShown | None


class PresentState(BaseModel):
    """Where a transfer stands, as a conflict tells it."""

    state: str
    state_name: str
    revision: int
    available_actions: list[AvailableAction]


class TransferOnList(BaseModel):
    """A transfer in a list. `due_at` is its next running time limit; `party_name` the first party's."""

    id: UUID
    number: str
    case_id: UUID
    case_number: str
    cause: str
    party_name: str | None
    charge: str
    charge_name: str
    state: str
    state_name: str
    progress: Progress
    holder: Literal["sender", "police", "procuratorate", "court"] | None
    sender: str
    police: str | None
    proposal_waits: bool
    opened_at: datetime
    sent_at: datetime | None
    closed_at: datetime | None
    due_at: datetime | None
    overdue: bool
