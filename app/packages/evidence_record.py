"""The evidence and the documents of a transfer in its record."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from app.packages.recorded import (
    Amount,
    Figure,
    Filed,
    Json,
    Moment,
    Officer,
    OrganCode,
    Recorded,
    Sha256,
    Text,
)


class ChecklistMark(Recorded):
    """What the officer said of an item of the checklist."""

    id: UUID
    item: Text
    status: Text
    note: Text
    updated_by: Officer
    updated_at: Moment


class File(Filed):
    """A file of the case. One that was removed from use keeps its row and is not in the package."""

    id: UUID
    organ: OrganCode
    organ_kind: Text
    item: Text | None
    name: Text
    media_type: Text
    uploaded_by: Officer
    uploaded_at: Moment
    removed_at: Moment | None
    removed_reason: Text | None


class Exhibit(Recorded):
    """A seized object (涉案物品): quantity, value and how valued, where it is and who keeps it."""

    id: UUID
    organ: OrganCode
    position: int
    name: Text
    specification: Text
    quantity: Figure
    unit: Text
    value: Amount | None
    valuation: Text
    valuation_paper: Text | None
    features: Text
    origin: Text | None
    place: Text
    keeper: Text
    measure: Text
    seizure_paper: Text | None
    seized_on: date
    perishable: bool
    sample_of: UUID | None
    note: Text | None
    state: Text
    holder: OrganCode
    revision: int
    created_by: Officer
    created_at: Moment
    updated_at: Moment


class Photograph(Recorded):
    """A file that shows an exhibit."""

    exhibit_id: UUID
    file_id: UUID
    added_by: Officer
    added_at: Moment


class Count(Recorded):
    """What one side counted of an exhibit when it was handed over."""

    id: UUID
    exhibit_id: UUID
    side: Text
    counted: Figure
    expected: Figure
    note: Text
    officer: Officer
    organ: OrganCode
    officer_name: Text
    organ_name: Text
    at: Moment


class Disposal(Recorded):
    """What became of an exhibit: auctioned, returned, destroyed."""

    id: UUID
    exhibit_id: UUID
    kind: Text
    quantity: Figure
    disposed_on: date
    recorded: Json
    officer: Officer
    organ: OrganCode
    officer_name: Text
    organ_name: Text
    at: Moment


class Custody(Recorded):
    """One link of the chain of custody of a file or an exhibit."""

    id: UUID
    file_id: UUID | None
    exhibit_id: UUID | None
    action: Text
    why: Text
    from_keeper: Text | None
    to_keeper: Text | None
    place: Text | None
    officer: Officer
    organ: OrganCode
    officer_name: Text
    organ_name: Text
    at: Moment
    written_at: Moment


class Document(Recorded):
    """A document as it was issued (or void since): number, every printed field, and its Word file."""

    id: UUID
    kind: Text
    state: Literal["issued", "void"]
    number: Text
    serial_year: int | None
    serial: int | None
    organ: OrganCode
    organ_kind: Text
    readers: list[Text]
    of: Literal["case", "transfer"]
    step_id: UUID | None
    action: Text | None
    replaces: UUID | None
    filled: Json
    content: Json
    template_sha256: Sha256 | None
    docx_sha256: Sha256
    docx_size: int
    created_by: Officer
    created_at: Moment
    updated_at: Moment
    issued_by: Officer | None
    issued_at: Moment | None
    voided_by: Officer | None
    voided_at: Moment | None
    void_reason: Text | None
    revision: int
    path: Text


class Print(Filed):
    """The PDF made of a document."""

    document_id: UUID
    made_at: Moment


class Scan(Filed):
    """A signed or stamped paper of a document, scanned."""

    id: UUID
    document_id: UUID
    organ: OrganCode
    name: Text
    media_type: Text
    uploaded_by: Officer
    uploaded_at: Moment
