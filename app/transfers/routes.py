"""HTTP: opening transfers, reading them, acting on them."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import JSONResponse

from app.database.transaction import Acting
from app.errors import AppError, Conflict
from app.http.access import ActingTransaction
from app.http.once import OnceOnly
from app.http.pages import Page, PageAsked
from app.http.problems import responses
from app.http.revisions import etag
from app.transfers import view
from app.transfers.models import OpenTransfer, TakeAction, Transfer, TransferOnList
from app.transfers.queries import Filters, Role, transfers
from app.transfers.service import act, open_transfer

router = APIRouter(prefix="/api/v1", tags=["移送"])


@router.post(
    "/cases/{case_id}/transfers",
    summary="拟移送：开立移送",
    status_code=201,
    response_model=Transfer,
    responses=responses(401, 403, 404, 409, 422),
)
async def open_(tx: ActingTransaction, once: OnceOnly, case_id: UUID, body: OpenTransfer) -> JSONResponse:
    """Open a draft. The answer's `warnings` name what the checklist of evidence lacks; nothing is blocked."""

    async def opened() -> Transfer:
        return await view.transfer(tx, await open_transfer(tx, case_id, body))

    return await once(opened, status=201)


async def filters(
    state: Annotated[str | None, Query(max_length=40, description="状态，如 reviewing")] = None,
    role: Annotated[Role | None, Query(description="本机关在移送中的地位")] = None,
    turn: Annotated[bool, Query(description="只看待本机关办理的")] = False,
    overdue: Annotated[bool, Query(description="只看有期限已届满的")] = False,
    open_only: Annotated[bool, Query(description="只看未办结的")] = False,
    passed_on: Annotated[bool, Query(description="公安机关：只看已转送他处的")] = False,
    elsewhere: Annotated[bool, Query(description="只看正由其他机关办理、尚未办结的")] = False,
) -> Filters:
    """What the list is narrowed to."""
    return Filters(state, role, turn, overdue, open_only, passed_on, elsewhere)


@router.get("/transfers", summary="移送列表，新的在前", responses=responses(401, 422))
async def list_(
    tx: ActingTransaction, page: PageAsked, narrowed: Annotated[Filters, Depends(filters)]
) -> Page[TransferOnList]:
    """Transfers of the own organ; for superiors, police, procuratorate and court those that concern them."""
    return await transfers(tx, page, narrowed)


@router.get("/transfers/{transfer_id}", summary="移送详情", responses=responses(401, 404, 422))
async def read(tx: ActingTransaction, transfer_id: UUID, response: Response) -> Transfer:
    """State, parties, steps, clocks, and what the signed-in officer may do now."""
    found = await view.transfer(tx, transfer_id)
    response.headers["ETag"] = etag(found.revision)
    return found


@router.post(
    "/transfers/{transfer_id}/actions/{action}",
    summary="在移送上办理一个动作",
    response_model=Transfer,
    responses=responses(401, 403, 404, 409, 422),
)
async def take(
    tx: ActingTransaction, once: OnceOnly, transfer_id: UUID, action: str, body: TakeAction
) -> JSONResponse:
    """Take one of `available_actions`. A refusal says why; a 409 carries the current state."""

    async def taken() -> Transfer:
        try:
            await act(tx, transfer_id, action, body.inputs, body.revision)
        except Conflict as conflict:
            raise await _with_present_state(tx, transfer_id, conflict) from conflict
        return await view.transfer(tx, transfer_id)

    return await once(taken)


async def _with_present_state(tx: Acting, transfer_id: UUID, conflict: Conflict) -> AppError:
    present = await view.present_state(tx, transfer_id)
    return Conflict(
        conflict.code,
        conflict.detail,
        extra={**conflict.extra, **present.model_dump(mode="json")},
    )
