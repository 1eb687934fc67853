"""Pages: one clock with its history and what may be done to it, and the start of a clock of a case."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from app.clocks import officer_acts
from app.clocks.case_dates import start_by_hand, startable
from app.clocks.models import ExtendClock, PauseClock, ResumeClock, StartClock, StopClock
from app.clocks.reading import read
from app.database.transaction import Acting
from app.errors import AppError, invalid, not_found
from app.law.legal_days import UNIT_NAMES
from app.web.given import Given, Problems, validated
from app.web.once import done_once
from app.web.session import SentForm, SignedIn, Visitor, see

router = APIRouter()
_MOMENTS = ("approved_at", "since", "until", "at")


@router.get("/clocks/{clock_id:uuid}")
async def one(clock_id: UUID, who: SignedIn) -> HTMLResponse:
    """One clock."""
    return await _page(who, clock_id)


@router.post("/clocks/{clock_id:uuid}/{act}")
async def take(clock_id: UUID, act: str, who: SignedIn, form: SentForm) -> Response:
    """Extend, halt, resume or end it."""
    given = Given.typed(form)
    try:
        async with who.acting() as tx:
            await done_once(tx, given, lambda: _act(tx, clock_id, act, given))
    except AppError as error:
        return await _page(who, clock_id, error.status, form=act, given=given, problems=Problems(error))
    return see(f"/clocks/{clock_id}", "acted")


@router.get("/cases/{case_id:uuid}/clocks/new")
async def new(case_id: UUID, who: SignedIn) -> HTMLResponse:
    """The form in which a clock of a case is started."""
    return await _start_page(who, case_id)


@router.post("/cases/{case_id:uuid}/clocks/new")
async def start(case_id: UUID, who: SignedIn, form: SentForm) -> Response:
    """Start it."""
    given = Given.typed(form)
    try:
        async with who.acting() as tx:
            body = validated(StartClock, _filled(given, "clock", "at", "document"))
            clock_id = await done_once(tx, given, lambda: start_by_hand(tx, case_id, body))
    except AppError as error:
        return await _start_page(who, case_id, error.status, given=given, problems=Problems(error))
    return see(f"/clocks/{clock_id}", "acted")


async def _act(tx: Acting, clock_id: UUID, act: str, given: Given) -> None:
    if act == "extend":
        await officer_acts.extend(
            tx, clock_id, validated(ExtendClock, _filled(given, *ExtendClock.model_fields))
        )
    elif act == "pause":
        await officer_acts.pause(
            tx, clock_id, validated(PauseClock, _filled(given, *PauseClock.model_fields))
        )
    elif act == "resume":
        await officer_acts.resume(
            tx, clock_id, validated(ResumeClock, _filled(given, *ResumeClock.model_fields))
        )
    elif act == "stop":
        await officer_acts.stop(tx, clock_id, validated(StopClock, _filled(given, *StopClock.model_fields)))
    else:
        raise invalid("act", "action_unknown", "没有这个动作，请从页面上的按钮办理。")


def _filled(given: Given, *names: str) -> dict[str, Any]:
    """The fields that were filled in; a time of the page is Asia/Shanghai."""
    found: dict[str, Any] = {}
    for name in names:
        text = given.text(name)
        if text is None:
            continue
        if name in _MOMENTS:
            text = f"{text}+08:00"
        found[name] = int(text) if name == "n" and text.isdecimal() and len(text) < 6 else text
    return found


async def _page(
    who: Visitor,
    clock_id: UUID,
    status: int = 200,
    /,
    form: str = "",
    given: Given | None = None,
    problems: Problems | None = None,
) -> HTMLResponse:
    async with who.acting() as tx:
        return await who.page(
            tx,
            "clocks/one.html",
            status,
            one=await read(tx, clock_id),
            units=UNIT_NAMES,
            form=form,
            given=given or Given(),
            problems=problems or Problems(),
            form_key=str(uuid4()),
        )


async def _start_page(
    who: Visitor,
    case_id: UUID,
    status: int = 200,
    /,
    given: Given | None = None,
    problems: Problems | None = None,
) -> HTMLResponse:
    async with who.acting() as tx:
        case = await tx.row("SELECT id, number FROM cases WHERE id = %(id)s", id=case_id)
        if case is None:
            raise not_found("案件")
        return await who.page(
            tx,
            "clocks/start.html",
            status,
            case=case,
            laws=startable(),
            given=given or Given(),
            problems=problems or Problems(),
            form_key=str(uuid4()),
        )
