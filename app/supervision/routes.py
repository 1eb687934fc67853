"""HTTP: what was not transferred, refusals, and requests with their answers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse

from app.database.transaction import Row
from app.http.access import ActingTransaction
from app.http.once import OnceOnly
from app.http.pages import Page, PageAsked
from app.http.problems import responses
from app.law.procedure_table import transfer_procedure
from app.supervision import queries, service
from app.supervision.models import (
    Answer,
    Note,
    OrganName,
    Refusal,
    RequestDraft,
    RequestSummary,
    Summary,
    SupervisionRequest,
    Untransferred,
)

router = APIRouter(prefix="/api/v1", tags=["监督"])


@router.get(
    "/supervision/untransferred", summary="应移送未移送的案件，最久的在前", responses=responses(401, 403, 422)
)
async def untransferred(
    tx: ActingTransaction,
    page: PageAsked,
    organ: Annotated[int | None, Query(ge=1, le=2**31 - 1, description="机关")] = None,
    region: Annotated[int | None, Query(ge=1, le=999999, description="行政区划代码")] = None,
    charge: Annotated[
        str | None, Query(pattern=r"^[0-9A-Z-]{1,20}$", description="涉嫌罪名的条文，如 214")
    ] = None,
    unexplained: Annotated[bool, Query(description="只看没有记录不移送理由的")] = False,
) -> Page[Untransferred]:
    """Cases in the actor's area that reach a threshold or are suspected, without transfer, longest first."""
    rows = await queries.untransferred(
        tx, page, organ_id=organ, region=region, charge=charge, unexplained=unexplained
    )
    items = [shown_untransferred(row, tx.now) for row in rows[: page.size]]
    return Page(items=items, next_cursor=queries.next_cursor(page, rows))


@router.get("/supervision/summary", summary="监督概况", responses=responses(401, 403))
async def summary(tx: ActingTransaction) -> Summary:
    """The figures of the actor's area."""
    return Summary(**await queries.summary(tx))


@router.get("/supervision/refusals", summary="不予立案与逾期未决定的移送", responses=responses(401, 403, 422))
async def refusals(tx: ActingTransaction, page: PageAsked) -> Page[Refusal]:
    """Transfers on which the procuratorate may demand reasons or decide on reasons given."""
    items, cursor = page.cut(await queries.refusals(tx, page))
    return Page(items=[shown_refusal(row) for row in items], next_cursor=cursor)


@router.post(
    "/cases/{case_id}/supervision-requests",
    status_code=201,
    response_model=SupervisionRequest,
    summary="就案件提出监督请求",
    responses=responses(401, 403, 404, 422),
)
async def issue(case_id: UUID, body: RequestDraft, tx: ActingTransaction, once: OnceOnly) -> JSONResponse:
    """Ask the organ whose case it is for information, or suggest transfer."""
    return await once(lambda: service.issue(tx, case_id, body), 201)


@router.get("/supervision-requests", summary="监督请求列表", responses=responses(401, 422))
async def requests(
    tx: ActingTransaction,
    page: PageAsked,
    box: Annotated[
        Literal["received", "sent", "area"], Query(description="收到的、发出的、本辖区的")
    ] = "received",
    state: Annotated[str | None, Query(pattern=r"^[a-z_]{1,20}$")] = None,
    case: Annotated[UUID | None, Query(description="只看该案件的")] = None,
) -> Page[RequestSummary]:
    """Requests, newest first."""
    items, cursor = page.cut(await queries.requests(tx, page, box=box, state=state, case_id=case))
    return Page(items=[service.summary(row) for row in items], next_cursor=cursor)


@router.get("/supervision-requests/{request_id}", summary="监督请求详情", responses=responses(401, 404, 422))
async def request(request_id: UUID, tx: ActingTransaction) -> SupervisionRequest:
    """One request with its clock and answer."""
    return await service.read(tx, request_id)


@router.post(
    "/supervision-requests/{request_id}/answer",
    response_model=SupervisionRequest,
    summary="答复",
    responses=responses(401, 403, 404, 409, 422),
)
async def answer(request_id: UUID, body: Answer, tx: ActingTransaction, once: OnceOnly) -> JSONResponse:
    """The addressee answers."""
    return await once(lambda: service.answer(tx, request_id, body))


@router.post(
    "/supervision-requests/{request_id}/accept",
    response_model=SupervisionRequest,
    summary="认可答复",
    responses=responses(401, 403, 404, 409, 422),
)
async def accept(request_id: UUID, body: Note, tx: ActingTransaction, once: OnceOnly) -> JSONResponse:
    """The asking organ accepts the answer."""
    return await once(lambda: service.accept(tx, request_id, body))


@router.post(
    "/supervision-requests/{request_id}/escalate",
    response_model=SupervisionRequest,
    summary="报上一级机关",
    responses=responses(401, 403, 404, 409, 422),
)
async def escalate(request_id: UUID, body: Note, tx: ActingTransaction, once: OnceOnly) -> JSONResponse:
    """The asking organ passes the matter to its superior."""
    return await once(lambda: service.escalate(tx, request_id, body))


@router.post(
    "/supervision-requests/{request_id}/withdraw",
    response_model=SupervisionRequest,
    summary="撤回",
    responses=responses(401, 403, 404, 409, 422),
)
async def withdraw(request_id: UUID, body: Note, tx: ActingTransaction, once: OnceOnly) -> JSONResponse:
    """The asking organ takes the request back."""
    return await once(lambda: service.withdraw(tx, request_id, body))


def shown_untransferred(row: Row, now: datetime) -> Untransferred:
    """A row of the list of untransferred cases."""
    organ = OrganName(id=row["organ_id"], name=row["organ"])
    since = row["untransferred_since"]
    return Untransferred(
        **{**row, "organ": organ},
        ground="reasonable_suspicion" if row["suspected"] else "threshold_reached",
        since=since,
        days=(now - since).days,
    )


def shown_refusal(row: Row) -> Refusal:
    """A row of the list of refusals."""
    _, reviewing = queries.refusal_states()
    why = {"supervision_suggested": "supervision_suggested", "reasons_given": "reasons_given"}
    return Refusal(
        **{
            **row,
            "transfer_id": row["id"],
            "organ": OrganName(id=row["organ_id"], name=row["organ"]),
            "police": OrganName(id=row["police_organ_id"], name=row["police"]),
            "state_name": transfer_procedure().state(row["state"]).name,
            "why": "overdue" if row["state"] in reviewing else why.get(row["state"], "refused"),
        }
    )
