"""HTTP: the calendar of legal days, and what an organ sets of its clocks."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import JSONResponse

from app.clocks.calendar import (
    DayEntry,
    YearEntry,
    YearShown,
    YearWithHistory,
    keep_day,
    keep_year,
    year,
    years,
)
from app.clocks.settings import SetClock, SettingShown, choose, settings
from app.http.access import ActingTransaction
from app.http.once import OnceOnly
from app.http.problems import responses

router = APIRouter(prefix="/api/v1", tags=["期限"])
Year = Annotated[int, Path(ge=2000, le=2999, description="年度")]
ClockId = Annotated[str, Path(max_length=60, description="期限的编号；reminder 为届满前的提醒")]


@router.get("/calendar", summary="各年节假日安排", responses=responses(401))
async def all_years(tx: ActingTransaction) -> list[YearShown]:
    """Every year that is known, newest first; due times in any other year are provisional."""
    return await years(tx)


@router.get("/calendar/{of_year}", summary="一年的节假日安排及其更正", responses=responses(401, 404, 422))
async def one_year(tx: ActingTransaction, of_year: Year) -> YearWithHistory:
    """One year with every version of it."""
    return await year(tx, of_year)


@router.put(
    "/calendar/{of_year}",
    summary="登记或者更正一年的节假日安排",
    response_model=YearWithHistory,
    responses=responses(401, 403, 409, 422),
)
async def put_year(tx: ActingTransaction, once: OnceOnly, of_year: Year, body: YearEntry) -> JSONResponse:
    """A published year, with the notice. Clocks already fixed stay; provisional ones are computed anew."""

    async def act() -> YearWithHistory:
        await keep_year(tx, of_year, body)
        return await year(tx, of_year)

    return await once(act)


@router.post(
    "/calendar/{of_year}/days",
    summary="更正一天",
    response_model=YearWithHistory,
    responses=responses(401, 403, 404, 409, 422),
)
async def put_day(tx: ActingTransaction, once: OnceOnly, of_year: Year, body: DayEntry) -> JSONResponse:
    """One day of a known year corrected; the year gets a new version."""

    async def act() -> YearWithHistory:
        await keep_day(tx, of_year, body)
        return await year(tx, of_year)

    return await once(act)


@router.get("/clock-settings", summary="本机关的期限口径", responses=responses(401))
async def all_settings(tx: ActingTransaction) -> list[SettingShown]:
    """What the own organ may set, what holds, and what was set before."""
    return await settings(tx)


@router.put(
    "/clock-settings/{clock}",
    summary="设定期限口径",
    response_model=list[SettingShown],
    responses=responses(401, 403, 422),
)
async def put_setting(tx: ActingTransaction, once: OnceOnly, clock: ClockId, body: SetClock) -> JSONResponse:
    """By head or system administrator. Holds for clocks that start from now on."""

    async def act() -> list[SettingShown]:
        await choose(tx, clock, body)
        return await settings(tx)

    return await once(act)
