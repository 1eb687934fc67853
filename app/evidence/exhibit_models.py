"""What travels about exhibits (涉案物品)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, field_validator

from app.cases.fields import Amount, ShortText
from app.errors import Refused
from app.law.exhibits import exhibit_law
from app.screening.fields import PastDate

State = Literal["held", "handed_over", "accepted", "disposed"]
STATES: Mapping[str, str] = {
    "held": "移送机关保管",
    "handed_over": "已移交，待公安机关接收",
    "accepted": "公安机关已接收",
    "disposed": "已处置完毕",
}
SIDES = {"handed_over": "移交", "accepted": "接收"}
LARGEST_QUANTITY = Decimal(10) ** 14  # numeric(18, 4)
_QUANTITY = re.compile(r"[0-9]+(\.[0-9]+)?")
_TAKEN = ConfigDict(strict=True, extra="forbid")


def _quantity(value: object) -> Decimal:
    """A quantity: an integer, a decimal or a plain decimal string. Raises Refused."""
    if isinstance(value, str):
        text = value.strip()
        if text.startswith(("-", "－")):
            raise _negative()
        if not _QUANTITY.fullmatch(text):
            raise _not_a_quantity()
        value = Decimal(text)
    if not isinstance(value, (int, Decimal)) or isinstance(value, bool):
        raise _not_a_quantity()
    figure = Decimal(value)
    if not figure.is_finite():
        raise _not_a_quantity()
    if figure < 0:
        raise _negative()
    if figure >= LARGEST_QUANTITY:
        raise Refused("quantity_too_large", "数量过大，请核对计量单位。")
    exact = figure.quantize(Decimal("0.0001"))
    if exact != figure:
        raise Refused("quantity_too_precise", "数量最多四位小数，请换用更小的计量单位。")
    return exact


def _not_a_quantity() -> Refused:
    return Refused("quantity_not_a_number", "数量应为数字，例如 120 或 3.5，单位写在“单位”一栏。")


def _negative() -> Refused:
    return Refused("quantity_negative", "数量不能为负数，请按实际清点的数量填写。")


def _above_zero(value: object) -> Decimal:
    figure = _quantity(value)
    if figure == 0:
        raise Refused("quantity_zero", "数量应大于零；没有的物品不必登记。")
    return figure


_IN_JSON = WithJsonSchema(
    {
        "anyOf": [
            {"type": "string", "pattern": r"^[0-9]{1,14}(\.[0-9]{1,4})?$"},
            {"type": "number", "minimum": 0},
        ],
        "description": "数量，最多四位小数",
    }
)
Counted = Annotated[Decimal, BeforeValidator(_quantity), _IN_JSON]
Quantity = Annotated[Decimal, BeforeValidator(_above_zero), _IN_JSON]
Note = Annotated[str, Field(max_length=2000)]


class ExhibitEntry(BaseModel):
    """An exhibit as it is entered or corrected: 行政执法机关移送涉嫌犯罪案件的规定 第四条第二款."""

    model_config = _TAKEN

    name: ShortText = Field(description="名称")
    specification: ShortText = Field(description="规格型号")
    quantity: Quantity
    unit: Annotated[ShortText, Field(max_length=20)] = Field(description="计量单位")
    value: Amount | None = Field(None, description="价值（元）；尚未计价的不填")
    valuation: str = Field(max_length=40, description="计价依据，见 /exhibit-choices")
    valuation_paper: ShortText | None = Field(None, description="计价文书号或者出处")
    features: Annotated[str, Field(min_length=1, max_length=2000)] = Field(description="特征")
    origin: ShortText | None = Field(None, description="来源")
    place: ShortText = Field(description="存放地点")
    keeper: ShortText = Field(description="保管人")
    measure: str = Field(max_length=40, description="取得物品的措施，见 /exhibit-choices")
    seizure_paper: ShortText | None = Field(None, description="查封、扣押等文书号")
    seized_on: PastDate = Field(description="查封、扣押等的日期")
    perishable: bool = Field(False, description="易腐烂、变质等不宜或者不易保管")
    sample_of: UUID | None = Field(None, strict=False, description="从哪一件物品留取的样品")
    note: Note | None = None

    @field_validator("measure")
    @classmethod
    def _known_measure(cls, value: str) -> str:
        if exhibit_law().measure(value) is None:
            named = "、".join(f"{one.id}（{one.name}）" for one in exhibit_law().measures)
            raise Refused("measure_unknown", f"没有这种措施，请填写 {named} 之一。")
        return value

    @field_validator("valuation")
    @classmethod
    def _known_valuation(cls, value: str) -> str:
        if exhibit_law().valuation(value) is None:
            named = "、".join(f"{one.id}（{one.name}）" for one in exhibit_law().valuations)
            raise Refused("valuation_unknown", f"没有这种计价依据，请填写 {named} 之一。")
        return value


class Move(BaseModel):
    """A change of keeper or place: within the organ that holds the exhibit, or back to the sender."""

    model_config = _TAKEN

    keeper: ShortText = Field(description="新的保管人")
    place: ShortText = Field(description="新的存放地点")
    moved_at: datetime | None = Field(None, strict=False, description="变动时间；不填为现在")
    why: Annotated[str, Field(min_length=2, max_length=500)] = Field(description="变动的原因")
    back_to_sender: bool = Field(False, description="公安机关退回移送机关")


class Photograph(BaseModel):
    """A photograph of the exhibit: an image among the case's files."""

    model_config = _TAKEN

    file_id: UUID = Field(strict=False, description="已上传的照片文件")


class Count(BaseModel):
    """How much of an exhibit one side counted at the hand-over."""

    model_config = _TAKEN

    exhibit: UUID = Field(strict=False, description="物品")
    counted: Counted
    note: Note = Field("", description="清点有差异的，写明差异情况")


class DisposalEntry(BaseModel):
    """A disposal as it is recorded. What `recorded` must hold stands with the kind in `exhibits.yaml`."""

    model_config = _TAKEN

    kind: str = Field(max_length=40, description="处置方式，见 /exhibit-choices")
    quantity: Quantity
    disposed_on: PastDate = Field(description="处置日期")
    recorded: dict[str, Any] = Field(description="该处置方式应当载明的内容")

    @field_validator("kind")
    @classmethod
    def _known_kind(cls, value: str) -> str:
        if exhibit_law().disposal(value) is None:
            named = "、".join(f"{one.id}（{one.name}）" for one in exhibit_law().disposals)
            raise Refused("disposal_unknown", f"没有这种处置方式，请填写 {named} 之一。")
        return value


class CustodyEntry(BaseModel):
    """One link of the chain of custody: who had or looked at it, when, where and why."""

    id: UUID
    action: str
    action_name: str
    why: str
    from_keeper: str | None
    to_keeper: str | None
    place: str | None
    officer: str
    organ: str
    at: datetime


class SideCount(BaseModel):
    """What one side counted and signed for. `difference` is counted less expected."""

    transfer_id: UUID
    exhibit: UUID
    side: Literal["handed_over", "accepted"]
    side_name: str
    expected: Decimal
    counted: Decimal
    difference: Decimal
    note: str
    organ: str
    officer: str
    at: datetime


class Disposed(BaseModel):
    """A recorded disposal. `recorded` has the labels of the kind's fields."""

    id: UUID
    kind: str
    kind_name: str
    quantity: Decimal
    disposed_on: date
    recorded: dict[str, Any]
    organ: str
    officer: str
    at: datetime


class PhotographOnFile(BaseModel):
    """A photograph among the case's files."""

    id: UUID
    name: str
    sha256: str


class Exhibit(BaseModel):
    """An exhibit as it stands. `remaining` is the quantity less what was disposed of."""

    id: UUID
    case_id: UUID
    position: int
    name: str
    specification: str
    quantity: Decimal
    remaining: Decimal
    unit: str
    value: Decimal | None
    valuation: str
    valuation_name: str
    valuation_paper: str | None
    features: str
    origin: str | None
    place: str
    keeper: str
    measure: str
    measure_name: str
    seizure_paper: str | None
    seized_on: date
    perishable: bool
    sample_of: UUID | None
    note: str | None
    state: State
    state_name: str
    holder_organ: str
    revision: int
    updated_at: datetime
    photographs: list[PhotographOnFile]
    counts: list[SideCount]
    disposals: list[Disposed]


class Choice(BaseModel):
    """An entry of a list to choose from, with the rules that it rests on."""

    id: str
    name: str
    paper: bool
    basis: list[str]


class DisposalFieldAsked(BaseModel):
    """What the record of a disposal asks for."""

    id: str
    label: str
    type: str
    required: bool
    min_items: int


class DisposalChoice(BaseModel):
    """A way of disposal, what its record asks for, and the rules that it rests on."""

    id: str
    name: str
    before_handover: str
    fields: list[DisposalFieldAsked]
    basis: list[str]


class ExhibitChoices(BaseModel):
    """What may be chosen for an exhibit; a valuation or measure whose rules no longer hold is marked so."""

    measures: list[Choice]
    valuations: list[Choice]
    disposals: list[DisposalChoice]
    perishable: str
    perishable_basis: list[str]
