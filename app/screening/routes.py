"""HTTP: the calculator. Nothing is stored; the console asks it while facts are typed."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from app.http.access import signed_in_officer
from app.http.exact_json import ExactRoute
from app.http.problems import responses
from app.law.screening import today
from app.screening.fields import CauseId, Facts, IsoDate
from app.screening.service import screen_case

router = APIRouter(prefix="/api/v1", tags=["筛查"], route_class=ExactRoute)


class Asked(BaseModel):
    """Facts and dates; with `cause`, the facts that the cause implies are added unless stated otherwise."""

    model_config = ConfigDict(strict=True, extra="forbid")

    cause: CauseId | None = Field(None, description="案由")
    party_kinds: list[Literal["person", "unit", "individual_business"]] = Field(
        default_factory=list, max_length=200, description="当事人类型"
    )
    act_end_date: IsoDate | None = Field(None, description="行为终了日")
    decided_on: IsoDate | None = Field(None, description="适用法律之日；缺省为今天")
    facts: Facts = Field(default_factory=dict)


@router.post(
    "/screening",
    summary="筛查试算（不保存）",
    responses=responses(401, 413, 422),
    dependencies=[Depends(signed_in_officer)],
)
async def calculate(body: Asked) -> dict[str, Any]:
    """Conclusion, findings with conditions and citations, and the facts that are missing."""
    screened = screen_case(
        body.cause, body.facts, body.party_kinds, body.act_end_date, body.decided_on or today()
    )
    return screened.screening.as_json()
