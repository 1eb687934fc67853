"""What travels about cases."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from app.cases.fields import (
    Address,
    Amount,
    DecisionNumber,
    IdNumber,
    LongText,
    Phone,
    ShortText,
    Uscc,
)
from app.errors import Refused
from app.screening.fields import CauseId, Facts, PastDate
from app.screening.service import Why

PartyKind = Literal["person", "unit", "individual_business"]
PARTY_KINDS: dict[PartyKind, str] = {"person": "自然人", "unit": "单位", "individual_business": "个体工商户"}
Conclusion = Literal["must_transfer", "undetermined", "near", "not_reached"]
CONCLUSIONS: dict[Conclusion, str] = {
    "must_transfer": "达到立案追诉标准，应当移送",
    "undetermined": "尚不能判断",
    "near": "接近立案追诉标准",
    "not_reached": "未达到立案追诉标准",
}
_TAKEN = ConfigDict(strict=True, extra="forbid")


class PartyEntry(BaseModel):
    """A party as entered. `position` names the stored party whose other fields are kept, in an edit."""

    model_config = _TAKEN

    position: int | None = Field(None, ge=1, le=200, description="修改时：对应的已有当事人序号")
    kind: PartyKind
    name: ShortText
    uscc: Uscc | None = None
    id_number: IdNumber | None = None
    phone: Phone | None = None
    legal_representative: ShortText | None = None
    address: Address | None = None


class _CaseFields(BaseModel):
    model_config = _TAKEN

    organ_number: ShortText | None = Field(None, description="本机关案号")
    case_source: ShortText | None = Field(None, description="案件来源")
    filed_on: PastDate | None = Field(None, description="行政立案日期")
    act_end_date: PastDate | None = Field(None, description="行为终了日")
    decision_number: DecisionNumber | None = Field(None, description="行政处罚决定书文号")
    decided_on: PastDate | None = Field(None, description="处罚决定日期")
    fine_amount: Amount | None = Field(None, description="罚款金额（元）")
    confiscated_amount: Amount | None = Field(None, description="没收金额（元）")
    amount_involved: Amount | None = Field(None, description="涉案金额（元）")

    @field_validator("decided_on")
    @classmethod
    def _decided_after_filing(cls, value: date | None, info: ValidationInfo) -> date | None:
        filed = info.data.get("filed_on")
        if value and filed and value < filed:
            raise decided_before_filed()
        return value


class CaseEntry(_CaseFields):
    """A case as entered. (organ, source_system, source_id) says which one it is: entered twice, it is one."""

    source_system: ShortText | None = Field(None, description="来源系统；缺省为 api")
    source_id: ShortText | None = Field(None, description="来源系统中的编号；缺省则视为新案件")
    cause: CauseId = Field(description="案由")
    facts: Facts = Field(default_factory=dict)
    penalties: list[ShortText] = Field(default_factory=list, max_length=20, description="处罚种类")
    summary: LongText = Field("", description="案情摘要")
    place: Address = Field("", description="案发地")
    penalty_text: LongText = Field("", description="处罚内容")
    parties: list[PartyEntry] = Field(min_length=1, max_length=200, description="当事人")


class CaseEdit(_CaseFields):
    """What is to be changed. Absent fields stay as they are; `null` empties a field that may be empty.

    `facts` and `parties` replace what was there. A party with `position` keeps what is not given of it, so
    that an ID number need not be typed again.
    """

    cause: CauseId | None = None
    facts: Facts | None = None
    penalties: list[ShortText] | None = Field(None, max_length=20)
    summary: LongText | None = None
    place: Address | None = None
    penalty_text: LongText | None = None
    parties: list[PartyEntry] | None = Field(None, min_length=1, max_length=200)


def decided_before_filed() -> Refused:
    """The order of the two dates is wrong."""
    return Refused("decided_before_filed", "处罚决定日期不能早于立案日期，请核对这两个日期。")


class Reason(BaseModel):
    """Why."""

    model_config = _TAKEN

    reason: LongText = Field(min_length=2, max_length=2000, description="理由")


Reasons = Annotated[LongText, Field(min_length=2, max_length=5000, description="理由")]
ChargeId = Annotated[str, Field(max_length=20, description="罪名条文，如 214")]


class Suspicion(BaseModel):
    """Reasonable suspicion of a charge, below its threshold."""

    model_config = _TAKEN

    charge: ChargeId
    reasons: Reasons


class AccumulationConfirmed(BaseModel):
    """The acts that screening names for this charge are to be added up."""

    model_config = _TAKEN

    charge: ChargeId
    reasons: Reasons


class OutsidePenalty(BaseModel):
    """A penalty decision against the party that is not on the platform, and where it is known from."""

    model_config = _TAKEN

    organ_name: ShortText = Field(description="处罚机关名称")
    cause: CauseId = Field(description="案由")
    decided_on: PastDate = Field(description="处罚决定日期")
    source: Address = Field(min_length=2, description="来源，如决定书文号、公示网址、协查函号")


class OfficerFinding(BaseModel):
    """What an officer found in the case: `suspicion` 合理嫌疑, `accumulation` 累计计算."""

    kind: Literal["suspicion", "accumulation"]
    charge: str
    reasons: str
    officer_name: str
    found_at: datetime


class OutsidePenaltyShown(BaseModel):
    """A penalty from outside the platform that an officer added."""

    organ_name: str
    cause: str
    decided_on: date
    source: str
    added_at: datetime


class CaseWarning(BaseModel):
    """Something to look at; unlike an error it stops nothing."""

    code: str
    field: str | None = None
    detail: str
    case_id: UUID | None = None


class OrganOfCase(BaseModel):
    """The organ whose case it is."""

    id: int
    code: str
    name: str


class PartyShown(BaseModel):
    """A party; ID number and telephone masked."""

    position: int
    kind: PartyKind
    name: str
    uscc: str | None
    id_number: str | None
    phone: str | None
    legal_representative: str | None
    address: str | None


class StoredFinding(BaseModel):
    """What screening said, when, of which facts, by which law (content hash of the law's data)."""

    id: UUID
    screened_at: datetime
    screened_for: Why
    law_version: str
    act_end_date: date | None
    decided_on: date
    facts: dict[str, Any]
    conclusion: Conclusion
    result: dict[str, Any]


class ClockOfCase(BaseModel):
    """A clock that started on the case or its transfers."""

    id: UUID
    clock: str
    holder_organ: str
    transfer_id: UUID | None
    started_at: datetime
    due_at: datetime | None
    provisional: bool
    stopped_at: datetime | None
    reasons: list[str]


class TransferOfCase(BaseModel):
    """The newest transfer of the case."""

    id: UUID
    number: str
    charge: str
    state: str
    opened_at: datetime
    sent_at: datetime | None
    closed_at: datetime | None


class Case(BaseModel):
    """A case as it is read. Money as decimal strings in 元.

    `summary`, `parties` … are empty or null where the actor may see figures only.
    """

    id: UUID
    number: str = Field(description="终身案件编号，含校验位")
    revision: int
    organ: OrganOfCase
    source_system: str
    source_id: str
    organ_number: str | None
    case_source: str | None
    cause: str
    filed_on: date | None
    act_end_date: date | None
    decision_number: str | None
    decided_on: date | None
    penalties: list[str]
    fine_amount: str | None
    confiscated_amount: str | None
    amount_involved: str | None
    facts: dict[str, Any]
    summary: str | None
    place: str | None
    penalty_text: str | None
    published_source: dict[str, Any] | None
    conclusion: Conclusion
    charges: list[str]
    law_version: str
    reached_at: datetime | None
    not_transferred_reason: str | None
    officer_findings: list[OfficerFinding]
    outside_penalties: list[OutsidePenaltyShown]
    generated: bool
    created_at: datetime
    updated_at: datetime
    parties: list[PartyShown]
    screening: StoredFinding | None
    clocks: list[ClockOfCase]
    transfer: TransferOfCase | None


class CaseAnswer(Case):
    """A case that was just entered or edited, with what to look at."""

    warnings: list[CaseWarning]


class CaseListed(BaseModel):
    """One line of a list of cases. `party` is the first party's name."""

    id: UUID
    number: str
    revision: int
    organ: OrganOfCase
    party: str | None
    cause: str
    organ_number: str | None
    decision_number: str | None
    filed_on: date | None
    act_end_date: date | None
    decided_on: date | None
    fine_amount: str | None
    amount_involved: str | None
    conclusion: Conclusion
    charges: list[str]
    reached_at: datetime | None
    not_transferred_reason: str | None
    generated: bool
    transfer_state: str | None
    created_at: datetime


class HistoryEvent(BaseModel):
    """One event of the audit trail: who did what when, and what changed from what to what."""

    id: UUID
    at: datetime
    action: str
    action_name: str
    organ_name: str
    officer_name: str
    roles: list[str]
    subject_kind: str
    subject_id: str
    changes: dict[str, tuple[Any, Any]]


class AccumulatedCase(BaseModel):
    """Another case of the same party, of whichever organ: date, cause and amount, not its file.

    `by_name`: only the name is alike and a number is wanting, so whether it is the same party is a question.
    `untreated`: no decision yet (未经处理), so its figures may have to be added up.
    """

    organ_name: str
    act_end_date: date | None
    decided_on: date | None
    cause: str
    amount_involved: Decimal | None
    fine_amount: Decimal | None
    conclusion: Conclusion
    same_organ: bool
    by_name: bool
    untreated: bool


class Unmasked(BaseModel):
    """ID number and telephone of one party, in full."""

    position: int
    name: str
    id_number: str | None
    phone: str | None
