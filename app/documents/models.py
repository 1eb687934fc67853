"""What travels about documents."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app.cases.fields import plain_text
from app.law.documents import About

_TAKEN = ConfigDict(strict=True, extra="forbid", str_strip_whitespace=True)
State = Literal["owed", "draft", "waived", "issued", "void"]
STATES: dict[State, str] = {
    "owed": "待制发",
    "draft": "草稿",
    "waived": "不需制发",
    "issued": "已制发",
    "void": "已作废",
}
Words = Annotated[str, Field(max_length=20_000), AfterValidator(plain_text)]
Short = Annotated[str, Field(min_length=1, max_length=40), AfterValidator(plain_text)]


class NewDocument(BaseModel):
    """A document to be drawn up. `about` and `id` say on what."""

    model_config = _TAKEN

    kind: str = Field(max_length=60, description="文书种类，如 supervision_letter")
    about: About
    id: UUID = Field(strict=False)


class Typed(BaseModel):
    """What the officer fills in: `fields` by name (empty text gives the field back to the data); for a list
    `rows`, which replace those of the register.
    """

    model_config = _TAKEN

    fields: dict[str, Words] = Field(default={}, max_length=40)
    rows: list[dict[str, Words]] | None = Field(None, max_length=1000)


class Why(BaseModel):
    """Why a document is void, or not needed."""

    model_config = _TAKEN

    reason: Annotated[str, Field(min_length=2, max_length=500), AfterValidator(plain_text)]


class FieldShown(BaseModel):
    """A field: its words, where they come from (`source`), whether it must not be empty, whether it is."""

    id: str
    label: str
    text: str
    source: str
    required: bool
    by_hand: bool
    missing: bool


class Missing(BaseModel):
    """What has to be filled in before the document can be issued; `field` as in `fields` or `rows`."""

    field: str
    label: str
    detail: str


class Scan(BaseModel):
    """A signed or stamped paper, scanned."""

    id: UUID
    name: str
    media_type: str
    size: int
    sha256: str
    uploaded_by: str | None
    uploaded_at: datetime


class DocumentListed(BaseModel):
    """A document in a list. `action` is the act that names it; hashes are hexadecimal SHA-256."""

    id: UUID
    kind: str
    name: str
    state: State
    state_name: str
    number: str | None
    organ: str
    own: bool
    action: str | None
    action_name: str | None
    missing: list[Missing]
    docx_sha256: str | None
    pdf_sha256: str | None
    template_sha256: str | None
    issued_at: datetime | None
    issued_by: str | None
    voided_at: datetime | None
    void_reason: str | None
    scans: list[Scan]
    revision: int


class DocumentShown(DocumentListed):
    """A document in full. `may` are what the signed-in officer may do with it; `rows` those of a list."""

    about: About
    subject_id: UUID
    case_id: UUID | None
    head: dict[str, str]
    fields: list[FieldShown]
    rows: list[dict[str, str]] | None
    columns: list[FieldShown]
    basis: list[str]
    may: list[Literal["edit", "issue", "waive", "void", "attach"]]


class Preview(BaseModel):
    """A document as it would be issued now, before anything is produced."""

    kind: str
    name: str
    head: dict[str, str]
    fields: list[FieldShown]
    rows: list[dict[str, str]] | None
    missing: list[Missing]
    number_example: str


class DocumentKind(BaseModel):
    """A kind of document: its fields, who issues it, on what, and after which acts."""

    kind: str
    name: str
    issuers: list[str]
    about: list[About]
    fields: list[dict[str, Any]]
    actions: list[str]
    basis: list[str]


class NumberRule(BaseModel):
    """How the numbers of one kind are worded; `set_at` null: as the platform proposes."""

    kind: str
    name: str
    abbreviation: str
    letters: str
    pattern: str
    set_at: datetime | None
    example: str


class NumberRuleSet(BaseModel):
    """A wording of numbers."""

    model_config = _TAKEN

    abbreviation: Short = Field(description="机关代字，如 苏吴市监")
    letters: Short = Field(description="文种的字，如 移送")
    pattern: Annotated[str, Field(min_length=1, max_length=80), AfterValidator(plain_text)] = Field(
        "{abbreviation}{letters}〔{year}〕{serial}号",
        description="以 {abbreviation} {letters} {year} {serial} 拼成",
    )


class Registered(BaseModel):
    """A line of the register of numbers: issued or void, none left out."""

    id: UUID
    kind: str
    name: str
    number: str
    year: int
    serial: int
    state: State
    state_name: str
    issued_at: datetime
    issued_by: str | None
    void_reason: str | None
