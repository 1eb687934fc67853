"""HTTP: the worklist of running clocks."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from app.clocks.models import ClockOnList
from app.clocks.queries import Scope, worklist
from app.http.access import ActingTransaction
from app.http.pages import Page, PageAsked
from app.http.problems import responses

router = APIRouter(prefix="/api/v1", tags=["期限"])


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
