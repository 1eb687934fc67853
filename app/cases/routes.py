"""HTTP: cases."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, Field, TypeAdapter

from app.cases import officer_findings, queries, service
from app.cases.fields import ShortText
from app.cases.models import (
    AccumulatedCase,
    AccumulationConfirmed,
    Case,
    CaseAnswer,
    CaseEdit,
    CaseEntry,
    CaseListed,
    CaseWarning,
    Conclusion,
    HistoryEvent,
    OutsidePenalty,
    Reason,
    StoredFinding,
    Suspicion,
    Unmasked,
)
from app.cases.parties import unmask
from app.database.sealed import Seal
from app.errors import not_found
from app.http.access import ActingTransaction, DatabaseOf, OfficerId
from app.http.exact_json import ExactRoute
from app.http.hot import HotRoute
from app.http.once import Answer, JsonText, OnceOnly
from app.http.pages import Page, PageAsked, paging
from app.http.problems import responses
from app.http.revisions import ExpectedRevision, etag
from app.identifiers import IdentifierError, parse_case_number, parse_decision_number
from app.screening.fields import IsoDate

router = APIRouter(prefix="/api/v1", tags=["案件"], route_class=ExactRoute)
hot = APIRouter(prefix="/api/v1", tags=["案件"], route_class=HotRoute)
_WARNINGS = TypeAdapter(Sequence[CaseWarning])
_REVISION = re.compile(r'"revision" : (\d+)')


async def _seal(request: Request) -> Seal:
    found: Seal = request.app.state.seal
    return found


SealOf = Annotated[Seal, Depends(_seal)]
CaseId = Annotated[UUID, Path(description="案件标识")]


class CaseFilters(BaseModel):
    """The filters of the list of cases."""

    model_config = {"extra": "forbid"}

    q: ShortText | None = Field(
        None, min_length=2, max_length=100, description="当事人名称中的字词、案件编号或决定书文号"
    )
    conclusion: Conclusion | None = Field(None, description="筛查结论")
    cause: ShortText | None = Field(None, description="案由")
    charge: ShortText | None = Field(None, description="罪名条文，如 214")
    organ_id: int | None = Field(None, ge=1, le=2**31 - 1, description="机关")
    region: int | None = Field(None, ge=110000, le=999999, description="行政区划代码")
    decided_from: IsoDate | None = None
    decided_to: IsoDate | None = None
    transferred: bool | None = Field(None, description="是否已经移送公安机关")
    opened: bool | None = Field(None, description="只列其他机关向本机关开放的案件")
    limit: int = Field(50, ge=1, le=200)
    cursor: str | None = Field(None, max_length=400)

    def asked(self) -> dict[str, Any]:
        """The filters that are set, by the names of the SQL function page_ids."""
        asked = self.model_dump(exclude={"limit", "cursor", "region"}, exclude_none=True)
        if self.q is not None:
            asked["q"] = _as_stored(self.q)
        if self.region is not None:
            asked[_level_of(self.region)] = self.region
        return asked


def _as_stored(words: str) -> str:
    """A case or decision number in the form in which it is stored; other words as they are."""
    for parse in (parse_case_number, parse_decision_number):
        try:
            return str(parse(words))
        except IdentifierError:
            continue
    return words


def _level_of(region: int) -> Literal["province", "city", "county"]:
    if region % 10000 == 0:
        return "province"
    return "city" if region % 100 == 0 else "county"


@router.post(
    "/cases",
    summary="录入案件",
    status_code=201,
    response_model=CaseAnswer,
    responses={200: {"model": CaseAnswer, "description": "此前已录入"}, **responses(401, 403, 413, 422)},
)
async def enter(body: CaseEntry, tx: ActingTransaction, once: OnceOnly, seal: SealOf) -> Response:
    """Enter a case and screen it; the same source again gives the case that is there (200)."""

    async def act() -> Answer:
        entered = await service.enter(tx, seal, body)
        text = entered.text or await queries.case_text(tx, entered.case_id)
        return _answer(text, entered.warnings, 201 if entered.is_new else 200)

    return await once(act, 201)


@hot.get("/cases", summary="案件列表", response_model=Page[CaseListed], responses=responses(401, 422))
async def cases(officer_id: OfficerId, db: DatabaseOf, filters: Annotated[CaseFilters, Query()]) -> Response:
    """Cases that the actor may see, newest first."""
    page = paging(filters.limit, filters.cursor)
    return JsonText(await queries.read_cases(db, officer_id, filters.asked(), page))


@hot.get("/cases/{case_id}", summary="案件详情", response_model=Case, responses=responses(401, 404, 422))
async def case(case_id: CaseId, officer_id: OfficerId, db: DatabaseOf) -> Response:
    """One case with parties, finding, clocks and newest transfer."""
    text = await queries.read_case(db, officer_id, case_id)
    return JsonText(text, 200, {"ETag": _etag(text)})


@router.patch(
    "/cases/{case_id}",
    summary="修改案件",
    response_model=CaseAnswer,
    responses=responses(401, 403, 404, 409, 412, 413, 422, 428),
)
async def edit(
    case_id: CaseId, body: CaseEdit, revision: ExpectedRevision, tx: ActingTransaction, seal: SealOf
) -> Response:
    """Change a case of the own organ; it is screened again."""
    await service.edit(tx, seal, case_id, revision, body)
    answer = _answer(await queries.case_text(tx, case_id), (), 200)
    return JsonText(answer.text, answer.status, answer.headers)


@router.get("/cases/{case_id}/history", summary="案件全过程记录", responses=responses(401, 404, 422))
async def history(case_id: CaseId, tx: ActingTransaction, page: PageAsked) -> Page[HistoryEvent]:
    """Who did what when, newest first."""
    items, cursor = await queries.history(tx, case_id, page)
    return Page(items=items, next_cursor=cursor)


@router.get("/cases/{case_id}/findings", summary="历次筛查结论", responses=responses(401, 404, 422))
async def findings(case_id: CaseId, tx: ActingTransaction, page: PageAsked) -> Page[StoredFinding]:
    """What screening said over time, newest first."""
    items, cursor = await queries.findings(tx, case_id, page)
    return Page(items=items, next_cursor=cursor)


@router.get(
    "/cases/{case_id}/accumulation", summary="同一当事人的其他案件", responses=responses(401, 404, 422)
)
async def accumulation(case_id: CaseId, tx: ActingTransaction) -> list[AccumulatedCase]:
    """Organ, date, cause and amount of the same parties' other cases."""
    return await queries.accumulation(tx, case_id)


@router.post(
    "/cases/{case_id}/parties/{position}/unmask",
    summary="查看当事人证件号码和电话原文",
    responses=responses(401, 403, 404, 422),
)
async def unmask_party(
    case_id: CaseId,
    position: Annotated[int, Path(ge=1, le=200)],
    body: Reason,
    tx: ActingTransaction,
    seal: SealOf,
) -> Unmasked:
    """The numbers in full, with a reason; the look is on the audit trail."""
    return await unmask(tx, case_id, position, body.reason, seal)


@router.post(
    "/cases/{case_id}/not-transferred",
    summary="记录不移送理由",
    response_model=CaseAnswer,
    responses=responses(401, 403, 404, 409, 412, 422, 428),
)
async def not_transferred(
    case_id: CaseId, body: Reason, revision: ExpectedRevision, tx: ActingTransaction, once: OnceOnly
) -> Response:
    """The head records why a case that reaches a threshold is not transferred."""

    async def act() -> Answer:
        await service.record_not_transferred(tx, case_id, revision, body.reason)
        return _answer(await queries.case_text(tx, case_id), (), 200)

    return await once(act)


@router.post(
    "/cases/{case_id}/suspicion",
    summary="认定合理嫌疑（知识产权案件）",
    response_model=CaseAnswer,
    responses=responses(401, 403, 404, 409, 422),
)
async def suspicion(case_id: CaseId, body: Suspicion, tx: ActingTransaction, once: OnceOnly) -> Response:
    """An officer's finding below the threshold, with reasons; it starts the clock for the report."""

    async def act() -> Answer:
        await officer_findings.suspect(tx, case_id, body)
        return _answer(await queries.case_text(tx, case_id), (), 200)

    return await once(act)


@router.post(
    "/cases/{case_id}/accumulation/confirm",
    summary="确认累计计算",
    response_model=CaseAnswer,
    responses=responses(401, 403, 404, 409, 422),
)
async def confirm_accumulation(
    case_id: CaseId, body: AccumulationConfirmed, tx: ActingTransaction, once: OnceOnly
) -> Response:
    """Untreated acts are added up where no instrument fixes the period, with reasons; screened again."""

    async def act() -> Answer:
        await officer_findings.confirm_accumulation(tx, case_id, body)
        return _answer(await queries.case_text(tx, case_id), (), 200)

    return await once(act)


@router.post(
    "/cases/{case_id}/outside-penalties",
    summary="补充平台外的行政处罚",
    response_model=CaseAnswer,
    responses=responses(401, 403, 404, 422),
)
async def outside_penalty(
    case_id: CaseId, body: OutsidePenalty, tx: ActingTransaction, once: OnceOnly
) -> Response:
    """A penalty of the party that is not on the platform, with its source; the case is screened again."""

    async def act() -> Answer:
        await officer_findings.add_outside_penalty(tx, case_id, body)
        return _answer(await queries.case_text(tx, case_id), (), 200)

    return await once(act)


def _answer(text: str, warnings: Sequence[CaseWarning], status: int) -> Answer:
    more = _WARNINGS.dump_json(warnings).decode()
    return Answer(f'{text.rstrip()[:-1]}, "warnings" : {more}}}', status, {"ETag": _etag(text)})


def _etag(text: str) -> str:
    found = _REVISION.search(text)
    if found is None:
        raise not_found("案件")
    return etag(int(found[1]))
