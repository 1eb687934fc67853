"""What travels about clues."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app.cases.fields import plain_text
from app.clocks.models import RunningClock
from app.evidence.models import File
from app.transfers.progress import Progress

Box = Literal["received", "sent", "passed_on", "area"]
Text = Annotated[str, Field(min_length=1, max_length=20_000), AfterValidator(plain_text)]
Line = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(plain_text)]


class ClueDraft(BaseModel):
    """A clue to be sent: its kind (of clues.yaml), recipient, and what is told.

    `officers`: for a duty-crime clue, the recipient's officers who alone may see it there.
    """

    model_config = ConfigDict(strict=True, extra="forbid", str_strip_whitespace=True)

    kind: str = Field(description="线索种类，如 suspected_crime")
    to_organ_id: int = Field(ge=1, le=2**31 - 1, description="接收机关")
    subject: Line = Field(description="标题，接收方在列表中看到")
    content: Text = Field(description="线索内容")
    party_name: Line | None = None
    origin_case_id: UUID | None = Field(None, strict=False, description="线索来自本机关的哪一案件")
    officers: list[int] = Field(default_factory=list, max_length=20, description="职务犯罪线索的指定接收人员")
    send: bool = Field(False, description="拟好后随即发送；否则可先添加附件")


class ClueAction(BaseModel):
    """The inputs of an action, as `available_actions` asks for them; for what changes hands, to whom.

    With `revision` the action is refused when somebody has acted since.
    """

    model_config = ConfigDict(strict=True, extra="forbid", str_strip_whitespace=True)

    inputs: dict[str, Any] = Field(default_factory=dict, max_length=20)
    officers: list[int] = Field(
        default_factory=list, max_length=20, description="转送职务犯罪线索时的指定接收人员"
    )
    revision: int | None = None


class OrganName(BaseModel):
    """An organ by name."""

    id: int
    name: str


class ClueSummary(BaseModel):
    """A clue in a list. `due_at` is the term of the clock that runs, null when none does."""

    id: UUID
    number: str | None
    kind: str
    kind_name: str
    duty: bool
    state: str
    state_name: str
    subject: str
    from_organ: OrganName
    to_organ: OrganName
    created_at: datetime
    sent_at: datetime | None
    due_at: datetime | None
    overdue: bool
    progress: Progress


class ClueStep(BaseModel):
    """One act on the clue."""

    action: str
    label: str
    from_state: str | None
    to_state: str
    organ_name: str
    officer_name: str
    inputs: dict[str, Any]
    at: datetime


class AvailableAction(BaseModel):
    """An action that the signed-in officer may take now, and what it asks for."""

    id: str
    label: str
    to_state: str | None
    inputs: list[dict[str, Any]]
    basis: list[str]


class NamedOfficer(BaseModel):
    """An officer named to receive a duty-crime clue."""

    officer_id: int
    name: str


class Clue(ClueSummary):
    """A clue in full."""

    content: str
    party_name: str | None
    from_officer: str
    origin_case_id: UUID | None
    became_case_id: UUID | None
    became_transfer_id: UUID | None
    merged_into: UUID | None
    result: str | None
    feedback: str | None
    closed_at: datetime | None
    revision: int
    basis: list[str]
    steps: list[ClueStep]
    clocks: list[RunningClock]
    files: list[File]
    available_actions: list[AvailableAction]
