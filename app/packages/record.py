"""The machine-readable file of a transfer, as `data/transfer.json` of a package has it.

It speaks to another installation: organs by their codes, officers by organ code and login, never by a number
that only this database knows. Money in 元 as decimal text, times in UTC. The schema is
`schemas/transfer-package.json`; this module needs nothing but Pydantic, so that checking starts at once.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

FORMAT = "xianjie-transfer-package"
VERSION = 1


def _in_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
OrganCode = Annotated[str, Field(pattern=r"^[a-z0-9-]{3,40}$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Text = Annotated[str, Field(max_length=100_000)]
Amount = Annotated[str, Field(pattern=r"^[0-9]{1,16}\.[0-9]{2}$")]
Figure = Annotated[str, Field(pattern=r"^[0-9]{1,14}\.[0-9]{4}$")]
Json = dict[str, Any]
Many = Field(max_length=100_000)


class Recorded(BaseModel):
    """What all parts of the record share: nothing is guessed, nothing unknown is taken."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Organ(Recorded):
    """An organ that the record names; the receiver matches it by `code`."""

    code: OrganCode
    name: Text
    kind: Text
    level: Text
    region: int


class Officer(Recorded):
    """An officer, by organ code and login."""

    organ: OrganCode
    login: Annotated[str, Field(pattern=r"^[a-z0-9._-]{2,40}$")]
    name: Text


class Origin(Recorded):
    """From which package a transfer came that was itself received."""

    package_sha256: Sha256
    kid: Text
    signer: OrganCode
    issued_at: Moment
    received_at: Moment


class Issue(Recorded):
    """Who made the package, when; `origin` where the transfer was opened in another installation."""

    organ: OrganCode
    officer: Officer
    at: Moment
    origin: Origin | None


class Case(Recorded):
    """The penalty case."""

    id: UUID
    number: Text
    organ: OrganCode
    source_system: Text
    source_id: Text
    organ_number: Text | None
    case_source: Text | None
    cause: Text
    filed_on: date | None
    act_end_date: date | None
    decision_number: Text | None
    decided_on: date | None
    penalties: list[Text]
    fine_amount: Amount | None
    confiscated_amount: Amount | None
    amount_involved: Amount | None
    facts: Json
    party_record: Json
    conclusion: Text
    charges: list[Text]
    law_version: Text
    reached_at: Moment | None
    not_transferred_reason: Text | None
    generated: bool
    revision: int
    created_by: Officer
    created_at: Moment
    updated_at: Moment


class CaseDetails(Recorded):
    """Narrative of the case."""

    summary: Text
    place: Text
    penalty_text: Text
    published_source: Json | None


class Party(Recorded):
    """A party; ID number and telephone in full, since the receiver has to know whom the case is about."""

    id: UUID
    position: int
    kind: Text
    name: Text
    uscc: Text | None
    legal_representative: Text | None
    id_number: Annotated[str, Field(pattern=r"^[0-9]{17}[0-9X]$")] | None
    phone: Annotated[str, Field(pattern=r"^[0-9+-]{7,20}$")] | None
    address: Text | None


class Finding(Recorded):
    """What screening concluded, from which facts and which law."""

    id: UUID
    screened_at: Moment
    screened_for: Text
    law_version: Text
    act_end_date: date | None
    decided_on: date
    facts: Json
    conclusion: Text
    result: Json


class OfficerFinding(Recorded):
    """What an officer found: reasonable suspicion, or that acts are to be added up."""

    id: UUID
    kind: Text
    charge: Text
    reasons: Text
    officer: Officer
    officer_name: Text
    found_at: Moment


class OutsidePenalty(Recorded):
    """A penalty of the party that is on no platform, with its source."""

    id: UUID
    organ_name: Text
    cause: Text
    decided_on: date
    source: Text
    added_by: Officer
    added_at: Moment


class ChecklistMark(Recorded):
    """What the officer said of an item of the checklist."""

    id: UUID
    item: Text
    status: Text
    note: Text
    updated_by: Officer
    updated_at: Moment


class File(Recorded):
    """A file of the case; `path` is its place in the package, null where it was removed from use."""

    id: UUID
    organ: OrganCode
    organ_kind: Text
    item: Text | None
    name: Text
    media_type: Text
    size: Annotated[int, Field(ge=0)]
    sha256: Sha256
    uploaded_by: Officer
    uploaded_at: Moment
    removed_at: Moment | None
    removed_reason: Text | None
    path: Text | None


class Transfer(Recorded):
    """The transfer as it stands. `police_past` are police organs through whose hands it went."""

    id: UUID
    number: Text
    organ: OrganCode
    charge: Text
    state: Text
    proposal: Text | None
    proposed_by: Officer | None
    matters: list[Text]
    police: OrganCode | None
    police_past: list[OrganCode]
    procuratorate: OrganCode | None
    court: OrganCode | None
    task_group: list[Officer]
    revision: int
    opened_by: Officer
    opened_at: Moment
    sent_at: Moment | None
    closed_at: Moment | None
    updated_at: Moment


class Step(Recorded):
    """One act on the transfer. Organs and officers in `inputs` stand by code and login."""

    id: UUID
    action: Text
    from_state: Text | None
    to_state: Text
    organ: OrganCode
    officer: Officer
    organ_name: Text
    officer_name: Text
    inputs: Json
    internal_to: Text | None
    at: Moment
    occurred_at: Moment | None


class Clock(Recorded):
    """A time limit on the transfer, or (`of` case) on its case."""

    id: UUID
    clock: Text
    of: Literal["case", "transfer"]
    holder: OrganCode
    started_at: Moment
    due_at: Moment | None
    provisional: bool
    reasons: list[Text]
    stopped_at: Moment | None
    stopped_by: Text | None
    length_n: int | None
    length_unit: Text | None
    length_why: Text | None
    halted_at: Moment | None
    halted_on: Text | None


class ClockChange(Recorded):
    """What moved the end of a clock. Without officer: the platform itself."""

    id: UUID
    clock_id: UUID
    kind: Text
    ground: Text | None
    n: int | None
    unit: Text | None
    since: Moment | None
    until: Moment | None
    document: Text
    party_notice: Text
    reason: Text
    due_before: Moment | None
    due_after: Moment | None
    officer: Officer | None
    organ: OrganCode | None
    officer_name: Text
    organ_name: Text
    at: Moment


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
    path: Text | None


class Print(Recorded):
    """The PDF made of a document."""

    document_id: UUID
    sha256: Sha256
    size: Annotated[int, Field(gt=0)]
    made_at: Moment
    path: Text | None


class Scan(Recorded):
    """A signed or stamped paper of a document, scanned."""

    id: UUID
    document_id: UUID
    organ: OrganCode
    name: Text
    media_type: Text
    size: Annotated[int, Field(gt=0)]
    sha256: Sha256
    uploaded_by: Officer
    uploaded_at: Moment
    path: Text | None


class Record(Recorded):
    """The whole file of a transfer, as the organ that made the package sees it."""

    format: Literal["xianjie-transfer-package"]
    version: Literal[1]
    issue: Issue
    organs: Annotated[list[Organ], Many]
    case: Case
    details: CaseDetails
    parties: Annotated[list[Party], Many]
    findings: Annotated[list[Finding], Many]
    officer_findings: Annotated[list[OfficerFinding], Many]
    outside_penalties: Annotated[list[OutsidePenalty], Many]
    checklist: Annotated[list[ChecklistMark], Many]
    files: Annotated[list[File], Many]
    exhibits: Annotated[list[Exhibit], Many]
    photographs: Annotated[list[Photograph], Many]
    counts: Annotated[list[Count], Many]
    disposals: Annotated[list[Disposal], Many]
    transfer: Transfer
    steps: Annotated[list[Step], Many]
    clocks: Annotated[list[Clock], Many]
    clock_changes: Annotated[list[ClockChange], Many]
    documents: Annotated[list[Document], Many]
    prints: Annotated[list[Print], Many]
    scans: Annotated[list[Scan], Many]
    custody: Annotated[list[Custody], Many]

    def to_json(self) -> bytes:
        """The record as it is written into the package."""
        return (self.model_dump_json(indent=2) + "\n").encode()
