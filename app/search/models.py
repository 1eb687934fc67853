"""What travels about searches."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from app.cases.fields import ShortText, plain_text
from app.cases.models import CONCLUSIONS
from app.errors import Refused
from app.law.procedure_table import clue_procedure, transfer_procedure
from app.law.statutes import law
from app.screening.fields import IsoDate
from app.search.words import split

Kind = Literal["case", "party", "transfer", "clue"]
KINDS: dict[Kind, str] = {"case": "案件", "party": "当事人", "transfer": "移送", "clue": "线索"}


def states(kind: Kind) -> dict[str, str]:
    """The states by which hits of a kind are narrowed: a case's is what its screening concluded."""
    if kind in ("case", "party"):
        return {str(code): name for code, name in CONCLUSIONS.items()}
    table = transfer_procedure() if kind == "transfer" else clue_procedure()
    return {state.id: state.name for state in table.states}


class Filters(BaseModel):
    """Words and filters of a search. Without `kind`: cases, transfers and clues together.

    Every word must be found, each in any field. `kind=party` looks for parties alone.
    """

    model_config = ConfigDict(extra="forbid")

    q: ShortText = Field(
        min_length=1, max_length=100, description="字词，以空格分开；也可以是编号、文号、证件号码"
    )
    kind: Kind | None = Field(None, description="只查一类：案件、当事人、移送、线索")
    organ_id: int | None = Field(None, ge=1, le=2**31 - 1, description="办案机关；线索为发出机关")
    date_from: IsoDate | None = Field(
        None, description="案件的处罚决定（未决定的为立案）、移送的启动、线索的登记日期，自"
    )
    date_to: IsoDate | None = Field(None, description="同上，至")
    cause: ShortText | None = Field(None, description="案由，如 sell_infringing_goods")
    charge: ShortText | None = Field(None, description="罪名条文，如 214")
    state: ShortText | None = Field(None, description="状态（案件为筛查结论）；须同时指定 kind")

    @field_validator("q")
    @classmethod
    def _has_words(cls, value: str) -> str:
        words = split(value)
        if not words:
            raise Refused("no_words", "请输入要查找的汉字、字母或者数字。")
        if len(words) > 10:
            raise Refused("too_many_words", "一次最多查找10个字词，请减少以空格分开的字词。")
        return value

    @field_validator("cause")
    @classmethod
    def _known_cause(cls, value: str | None) -> str | None:
        if value is not None and value not in law().causes:
            raise Refused("unknown_cause", "没有这一案由，请从 GET /api/v1/law/causes 所列的 id 中选择。")
        return value

    @field_validator("charge")
    @classmethod
    def _known_charge(cls, value: str | None) -> str | None:
        if value is not None and value not in law().charges:
            raise Refused("unknown_charge", "没有这一罪名，请从 GET /api/v1/law/charges 所列的 id 中选择。")
        return value

    @field_validator("date_to")
    @classmethod
    def _in_order(cls, value: date | None, info: Any) -> date | None:
        first = info.data.get("date_from")
        if value and first and value < first:
            raise Refused("period_reversed", "截止日期不能早于起始日期，请核对这两个日期。")
        return value

    @field_validator("state")
    @classmethod
    def _known_state(cls, value: str | None, info: Any) -> str | None:
        kind: Kind | None = info.data.get("kind")
        if value is None:
            return None
        if kind is None:
            raise Refused("state_of_what", "按状态筛选时请同时指定 kind：各类的状态不同。")
        if value not in states(kind):
            known = "、".join(f"{code}（{name}）" for code, name in states(kind).items())
            raise Refused("unknown_state", f"{KINDS[kind]}没有这一状态，请选择：{known}。")
        return value

    @model_validator(mode="after")
    def _clues_have_no_law(self) -> Self:
        if self.kind == "clue" and (self.cause or self.charge):
            raise Refused(
                "clue_without_law", "线索没有案由和罪名，请去掉 cause、charge，或者改查案件、移送。"
            )
        return self


class SearchAsked(Filters):
    """The filters of GET /search, with the page."""

    limit: int = Field(50, ge=1, le=200)
    cursor: str | None = Field(None, max_length=400)


class Hit(BaseModel):
    """What was found. `title`: the cause of a case, the charge of a transfer, the subject of a clue.

    `on`: the day by which a period narrows. `parties` is empty for who may not read them. `excerpt`: the part
    of a case's summary round the first word found in it.
    """

    kind: Kind
    id: UUID
    case_id: UUID | None
    number: str | None
    organ: str
    title: str
    parties: list[str]
    decision_number: str | None = None
    organ_number: str | None = None
    state: str
    state_name: str
    on: date | None
    excerpt: str | None = None


class FiltersToSave(Filters):
    """Words and filters as GET /search takes them."""

    model_config = ConfigDict(strict=True)


class SearchToSave(BaseModel):
    """A search to be kept under a name."""

    model_config = ConfigDict(strict=True, extra="forbid", str_strip_whitespace=True)

    name: Annotated[str, Field(min_length=1, max_length=60), AfterValidator(plain_text)]
    filters: FiltersToSave


class SavedSearch(BaseModel):
    """A search that the officer kept; `filters` go to GET /search as it is."""

    id: UUID
    name: str
    filters: dict[str, Any]
    created_at: datetime
