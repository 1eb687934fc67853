"""HTTP: the law's data for every officer who is signed in; the same that the console shows."""

from __future__ import annotations

from datetime import date

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from app.errors import not_found
from app.http.access import signed_in_officer
from app.http.problems import responses
from app.law.screening import today
from app.law.statutes import law
from app.screening import law_reader as reader
from app.screening import law_shown as shown
from app.screening.clock_reader import ClockShown, clocks_shown

router = APIRouter(
    prefix="/api/v1/law",
    tags=["法律数据"],
    responses=responses(401),
    dependencies=[Depends(signed_in_officer)],
)


class LawShown(BaseModel):
    """Which law the installation screens by: content hash, and up to when the sources were looked through."""

    version: str
    checked_to: str
    today: date


@router.get("", summary="所用法律数据的版本")
async def version() -> LawShown:
    """The version that findings name in `law`."""
    known = law()
    return LawShown(version=known.version, checked_to=known.checked_to, today=today())


@router.get("/charges", summary="罪名一览")
async def charges() -> tuple[shown.ChargeListed, ...]:
    """All charges, and the rules beside them."""
    return reader.charges_listed()


@router.get("/charges/{charge:path}", summary="一个罪名的全部追诉标准", responses=responses(404))
async def charge(charge: str) -> shown.ChargeShown:
    """Every version with its conditions, sources, marks, evidence and the causes that lead there."""
    if charge not in law().charges:
        raise not_found("罪名")
    return reader.charge_shown(charge)


@router.get("/facts", summary="案情要素词汇")
async def facts() -> tuple[shown.FactShown, ...]:
    """Every fact: how it is measured, which values it takes, which charges ask for it."""
    return reader.facts_shown()


@router.get("/causes", summary="案由一览")
async def causes() -> tuple[shown.CauseShown, ...]:
    """Every cause of action with the charges it may amount to and the facts it asks for."""
    return reader.causes_shown()


@router.get("/instruments", summary="依据一览")
async def instruments() -> tuple[shown.InstrumentShown, ...]:
    """Every statute, interpretation and filing standard that the charges cite."""
    return reader.instruments_shown()


@router.get("/clocks", summary="法定期限一览")
async def clocks() -> tuple[ClockShown, ...]:
    """Every time limit with its basis and how surely it is known."""
    return clocks_shown()
