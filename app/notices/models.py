"""What travels about notices."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from app.notices.service import SubjectKind


class Notice(BaseModel):
    """One notice in the officer's inbox: what happened, and where to look."""

    id: UUID
    kind: str
    title: str
    subject_kind: SubjectKind
    subject_id: UUID
    from_organ: str | None
    created_at: datetime
    read_at: datetime | None


class Unread(BaseModel):
    """How many notices the officer has not read; counting ends at 1000."""

    unread: int
