"""The machine-readable file of a transfer, as `data/transfer.json` of a package has it.

Its schema is `schemas/transfer-package.json`.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.packages.evidence_record import (
    ChecklistMark,
    Count,
    Custody,
    Disposal,
    Document,
    Exhibit,
    File,
    Photograph,
    Print,
    Scan,
)
from app.packages.recorded import Amount, Json, Moment, Officer, Organ, OrganCode, Recorded, Sha256, Text

FORMAT = "xianjie-transfer-package"
VERSION = 1
Many = Field(max_length=100_000)


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
    taken_up: bool
    suspected_at: Moment | None


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
