"""HTTP: the worklist of running clocks, one clock, and what an officer does to it."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse

from app.clocks import officer_acts
from app.clocks.case_dates import start_by_hand
from app.clocks.models import (
    ClockOnList,
    ClockRead,
    ExtendClock,
    PauseClock,
    ResumeClock,
    StartClock,
    StopClock,
)
from app.clocks.queries import Scope, worklist
from app.clocks.reading import read
from app.http.access import ActingTransaction
from app.http.once import OnceOnly
from app.http.pages import Page, PageAsked
from app.http.problems import responses

router = APIRouter(prefix="/api/v1", tags=["期限"])
_OF_ACTS = responses(401, 403, 404, 409, 422)


@router.get("/clocks", summary="正在计算和已经届满的期限，最紧要的在前", responses=responses(401, 422))
async def clocks(
    tx: ActingTransaction,
    page: PageAsked,
    scope: Annotated[Scope, Query(description="mine：由本机关负担；area：本机关管辖范围内")] = "mine",
    clock: Annotated[str | None, Query(max_length=60, description="期限的种类，如 transfer_decision")] = None,
    expired: Annotated[bool, Query(description="只看已经届满的")] = False,
) -> Page[ClockOnList]:
    """Clocks that have run out and those that run, the one that is longest overdue first."""
    return await worklist(tx, page, scope, clock, expired)


@router.get("/clocks/{clock_id}", summary="查看一个期限", responses=responses(401, 404))
async def one(tx: ActingTransaction, clock_id: UUID) -> ClockRead:
    """A clock: how its end was computed, what moved it, and what the signed-in officer may do."""
    return await read(tx, clock_id)


@router.post("/clocks/{clock_id}/extension", summary="延长期限", response_model=ClockRead, responses=_OF_ACTS)
async def extension(tx: ActingTransaction, once: OnceOnly, clock_id: UUID, body: ExtendClock) -> JSONResponse:
    """An approval, with its document; or a document that names another length (`variant`)."""

    async def act() -> ClockRead:
        await officer_acts.extend(tx, clock_id, body)
        return await read(tx, clock_id)

    return await once(act)


@router.post("/clocks/{clock_id}/pause", summary="中止计算期限", response_model=ClockRead, responses=_OF_ACTS)
async def pause(tx: ActingTransaction, once: OnceOnly, clock_id: UUID, body: PauseClock) -> JSONResponse:
    """Time stops counting on one of the grounds that the clock names."""

    async def act() -> ClockRead:
        await officer_acts.pause(tx, clock_id, body)
        return await read(tx, clock_id)

    return await once(act)


@router.post(
    "/clocks/{clock_id}/resume", summary="恢复计算期限", response_model=ClockRead, responses=_OF_ACTS
)
async def resume(tx: ActingTransaction, once: OnceOnly, clock_id: UUID, body: ResumeClock) -> JSONResponse:
    """The ground has ended; the end moves by the days that did not count."""

    async def act() -> ClockRead:
        await officer_acts.resume(tx, clock_id, body)
        return await read(tx, clock_id)

    return await once(act)


@router.post(
    "/clocks/{clock_id}/stop", summary="登记案件期限办结", response_model=ClockRead, responses=_OF_ACTS
)
async def stop(tx: ActingTransaction, once: OnceOnly, clock_id: UUID, body: StopClock) -> JSONResponse:
    """What the clock of a case waited for was done; all others stop with the act itself."""

    async def act() -> ClockRead:
        await officer_acts.stop(tx, clock_id, body)
        return await read(tx, clock_id)

    return await once(act)


@router.post(
    "/cases/{case_id}/clocks",
    status_code=201,
    summary="登记案件期限的起算",
    response_model=ClockRead,
    responses=_OF_ACTS,
)
async def start(tx: ActingTransaction, once: OnceOnly, case_id: UUID, body: StartClock) -> JSONResponse:
    """An event from which a clock of the own case counts, where the case does not show it."""

    async def act() -> ClockRead:
        return await read(tx, await start_by_hand(tx, case_id, body))

    return await once(act, 201)
