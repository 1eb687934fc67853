"""HTTP: reverse referrals and transfers for detention: opening, reading, acting."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse

from app.errors import Conflict
from app.http.access import ActingTransaction
from app.http.once import OnceOnly
from app.http.pages import Page, PageAsked
from app.http.problems import responses
from app.http.revisions import etag
from app.referrals import view
from app.referrals.models import Box, Kind, Opening, OpenReferral, Referral, ReferralOnList
from app.referrals.queries import referrals
from app.referrals.service import act, open_referral
from app.transfers.models import TakeAction

router = APIRouter(prefix="/api/v1", tags=["反向移送与移送拘留"])


@router.get("/referrals/openings", summary="可以开始的反向移送、移送行政拘留", responses=responses(401))
async def openings(tx: ActingTransaction) -> list[Opening]:
    """What the signed-in officer may open, with what each asks for."""
    return await view.opening_forms(tx)


@router.post(
    "/referrals",
    summary="开始反向移送或者移送行政拘留",
    status_code=201,
    response_model=Referral,
    responses=responses(401, 403, 409, 422),
)
async def open_(tx: ActingTransaction, once: OnceOnly, body: OpenReferral) -> JSONResponse:
    """Open one. A reverse referral needs no transfer before it."""

    async def opened() -> Referral:
        return await view.referral(tx, await open_referral(tx, body))

    return await once(opened, status=201)


@router.get("/referrals", summary="反向移送与移送行政拘留列表，新的在前", responses=responses(401, 422))
async def list_(
    tx: ActingTransaction,
    page: PageAsked,
    box: Annotated[
        Box, Query(description="turn 待本机关办理；open 未办结；overdue 已逾期；all 全部")
    ] = "all",
    kind: Annotated[Kind | None, Query(description="只看一种")] = None,
) -> Page[ReferralOnList]:
    """Those that concern the officer's organ; for superiors and procuratorates those of their area."""
    return await referrals(tx, page, box, kind)


@router.get(
    "/referrals/{referral_id}", summary="反向移送、移送行政拘留详情", responses=responses(401, 404, 422)
)
async def read(tx: ActingTransaction, referral_id: UUID, response: Response) -> Referral:
    """State, organs, steps, clocks, and what the signed-in officer may do now."""
    found = await view.referral(tx, referral_id)
    response.headers["ETag"] = etag(found.revision)
    return found


@router.post(
    "/referrals/{referral_id}/actions/{action}",
    summary="在反向移送、移送行政拘留上办理一个动作",
    response_model=Referral,
    responses=responses(401, 403, 404, 409, 422),
)
async def take(
    tx: ActingTransaction, once: OnceOnly, referral_id: UUID, action: str, body: TakeAction
) -> JSONResponse:
    """Take one of `available_actions`. A refusal says why; a 409 carries the current state."""

    async def taken() -> Referral:
        try:
            await act(tx, referral_id, action, body.inputs, body.revision)
        except Conflict as conflict:
            present = await view.present(tx, referral_id)
            extra = {**conflict.extra, **present.model_dump(mode="json")}
            raise Conflict(conflict.code, conflict.detail, extra=extra) from conflict
        return await view.referral(tx, referral_id)

    return await once(taken)
