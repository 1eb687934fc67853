"""What travels about referrals."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.clocks.models import RunningClock
from app.transfers.models import AvailableAction, OpenMatter, OrganName, Proposal, Step
from app.transfers.progress import Progress

Kind = Literal["reverse", "detention"]
KINDS: dict[Kind, str] = {"reverse": "反向移送", "detention": "移送行政拘留"}
Box = Literal["turn", "open", "all", "overdue"]


class OpenReferral(BaseModel):
    """A referral to be opened, with the inputs of its opening action (`GET /referrals/openings`)."""

    model_config = ConfigDict(strict=True, extra="forbid")

    kind: Kind = Field(description="reverse 反向移送；detention 移送行政拘留")
    inputs: dict[str, Any] = Field(default={}, max_length=50, description="开始的一步所要的内容")


class Opening(BaseModel):
    """A referral that the signed-in officer may open, with its form."""

    kind: Kind
    kind_name: str
    action: AvailableAction


class ReferralOnList(BaseModel):
    """A referral in a list. `due_at` is its next running time limit."""

    id: UUID
    number: str
    kind: Kind
    kind_name: str
    party_name: str
    state: str
    state_name: str
    progress: Progress
    holder: str | None
    sender: str
    enforcement: str
    police: str | None
    case_id: UUID | None
    opened_at: datetime
    sent_at: datetime | None
    closed_at: datetime | None
    due_at: datetime | None
    overdue: bool


class Referral(BaseModel):
    """A referral as the signed-in officer sees it. `record` holds the latest inputs of each action."""

    id: UUID
    number: str
    kind: Kind
    kind_name: str
    party_name: str
    state: str
    state_name: str
    progress: Progress
    holder: OrganName | None
    sender: OrganName
    enforcement: OrganName
    police: OrganName | None
    procuratorate: OrganName | None
    case_id: UUID | None
    case_number: str | None
    proposal: Proposal | None
    matters: list[OpenMatter]
    revision: int
    opened_at: datetime
    sent_at: datetime | None
    closed_at: datetime | None
    steps: list[Step]
    clocks: list[RunningClock]
    record: dict[str, dict[str, Any]]
    available_actions: list[AvailableAction]


class PresentReferral(BaseModel):
    """Where a referral stands, as a conflict tells it."""

    state: str
    state_name: str
    revision: int
    available_actions: list[AvailableAction]
