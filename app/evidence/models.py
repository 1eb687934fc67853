"""What travels about evidence."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

Status = Literal["present", "missing", "not_applicable"]


class File(BaseModel):
    """A file as it is listed. `sha256` is in hexadecimal; a removed file keeps its row and says why."""

    id: UUID
    name: str
    item: str | None
    media_type: str
    size: int
    sha256: str
    organ: str
    uploaded_by: str | None
    uploaded_at: datetime
    removed_at: datetime | None
    removed_reason: str | None


class Upload(BaseModel):
    """A file that arrives in parts. `offset`: bytes that have come; `file_id`: the file that it became."""

    id: UUID
    name: str
    item: str | None
    case_id: UUID | None
    clue_id: UUID | None
    length: int
    offset: int
    sha256: str | None
    created_at: datetime
    expires_at: datetime
    file_id: UUID | None


class EvidenceItem(BaseModel):
    """An item of the checklist as it stands for the case. `requirement` is the law's, `status` the case's."""

    id: str
    name: str
    category: str
    requirement: Literal["mandatory", "applicable", "not_applicable", "ask"]
    condition: str | None
    proves: list[str]
    content: list[str]
    basis: list[str]
    certainty: str
    law_note: str | None
    status: Status
    note: str
    marked_at: datetime | None
    files: list[File]


class Checklist(BaseModel):
    """The evidence that the charges ask for, and files that belong to no item."""

    charges: list[str]
    items: list[EvidenceItem]
    other_files: list[File]


class Mark(BaseModel):
    """What the officer says of an item. A mandatory item that does not apply needs a note that says why."""

    model_config = ConfigDict(strict=True, extra="forbid")

    status: Status
    note: str = Field("", max_length=2000)


class Removal(BaseModel):
    """Why a file is removed."""

    model_config = ConfigDict(strict=True, extra="forbid")

    reason: str = Field(min_length=2, max_length=500)
