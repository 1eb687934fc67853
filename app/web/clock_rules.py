"""Pages: the calendar of legal days, and what the own organ sets of its clocks."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from app.clocks import calendar
from app.clocks.calendar import DayEntry, YearEntry
from app.clocks.settings import SET_BY, SetClock, choose, settings
from app.errors import AppError
from app.law.legal_days import UNIT_NAMES, Unit
from app.web.given import Given, Problems, validated
from app.web.once import done_once
from app.web.session import SentForm, SignedIn, Visitor, see

router = APIRouter()


@router.get("/calendar")
async def years(who: SignedIn) -> HTMLResponse:
    """Every year that is known, and the form for a year newly published."""
    return await _years_page(who)


@router.post("/calendar")
async def keep_year(who: SignedIn, form: SentForm) -> Response:
    """Add a published year."""
    given = Given.typed(form)
    year = given.one("year")
    wanted = int(year) if year.isdecimal() and len(year) == 4 else 0
    try:
        async with who.acting() as tx:
            said = {name: given.one(name) for name in ("source", "notice_number")}
            body = validated(YearEntry, {**said, "rest": _days(given, "rest"), "work": _days(given, "work")})
            await done_once(tx, given, lambda: calendar.keep_year(tx, wanted, body))
    except AppError as error:
        return await _years_page(who, error.status, given=given, problems=Problems(error))
    return see(f"/calendar/{wanted}", "saved")


@router.get("/calendar/{year:int}")
async def year(year: int, who: SignedIn) -> HTMLResponse:
    """One year with its versions."""
    return await _year_page(who, year)


@router.post("/calendar/{year:int}/days")
async def keep_day(year: int, who: SignedIn, form: SentForm) -> Response:
    """Correct one day."""
    given = Given.typed(form)
    try:
        async with who.acting() as tx:
            names = ("day", "kind", "source", "notice_number", "reason")
            filled: dict[str, Any] = {name: given.one(name) for name in names}
            filled["revision"] = given.number("revision")
            body = validated(DayEntry, filled)
            await done_once(tx, given, lambda: calendar.keep_day(tx, year, body))
    except AppError as error:
        return await _year_page(who, year, error.status, given=given, problems=Problems(error))
    return see(f"/calendar/{year}", "saved")


@router.get("/clocks/settings")
async def own_settings(who: SignedIn) -> HTMLResponse:
    """What the own organ may set and has set."""
    return await _settings_page(who)


@router.post("/clocks/settings/{clock}")
async def set_clock(clock: str, who: SignedIn, form: SentForm) -> Response:
    """Set one; an empty length brings the default back."""
    given = Given.typed(form)
    n, unit = given.text("n"), given.text("unit")
    filled: dict[str, Any] = {"reason": given.one("reason")}
    if n is not None:
        filled |= {"n": int(n) if n.isdecimal() and len(n) < 6 else n, "unit": unit}
    try:
        async with who.acting() as tx:
            body = validated(SetClock, filled)
            await done_once(tx, given, lambda: choose(tx, clock, body))
    except AppError as error:
        return await _settings_page(who, error.status, form=clock, given=given, problems=Problems(error))
    return see("/clocks/settings", "saved")


def _days(given: Given, name: str) -> list[str]:
    """Days written one a line or with commas, perhaps as spans 2027-01-01..2027-01-03."""
    found: list[str] = []
    for text in given.one(name).replace("，", " ").replace(",", " ").replace("、", " ").split():
        first, _, last = text.partition("..")
        try:
            start, end = date.fromisoformat(first), date.fromisoformat(last or first)
        except ValueError:
            found.append(text)
            continue
        found += [(start + timedelta(days=n)).isoformat() for n in range(min((end - start).days, 366) + 1)]
    return found


async def _years_page(
    who: Visitor, status: int = 200, /, given: Given | None = None, problems: Problems | None = None
) -> HTMLResponse:
    async with who.acting() as tx:
        return await who.page(
            tx,
            "clocks/calendar.html",
            status,
            years=await calendar.years(tx),
            keeps=await calendar.keeps_calendar(tx),
            given=given or Given(),
            problems=problems or Problems(),
            form_key=str(uuid4()),
        )


async def _year_page(
    who: Visitor,
    wanted: int,
    status: int = 200,
    /,
    given: Given | None = None,
    problems: Problems | None = None,
) -> HTMLResponse:
    async with who.acting() as tx:
        return await who.page(
            tx,
            "clocks/year.html",
            status,
            one=await calendar.year(tx, wanted),
            keeps=await calendar.keeps_calendar(tx),
            given=given or Given(),
            problems=problems or Problems(),
            form_key=str(uuid4()),
        )


async def _settings_page(
    who: Visitor,
    status: int = 200,
    /,
    form: str = "",
    given: Given | None = None,
    problems: Problems | None = None,
) -> HTMLResponse:
    async with who.acting() as tx:
        return await who.page(
            tx,
            "clocks/settings.html",
            status,
            rows=await settings(tx),
            may_set=tx.actor.is_a(*SET_BY),
            units={unit.value: words for unit, words in UNIT_NAMES.items()},
            day_units={Unit.DAY.value: "自然日", Unit.WORKDAY.value: "工作日"},
            form=form,
            given=given or Given(),
            problems=problems or Problems(),
            form_key=str(uuid4()),
        )
