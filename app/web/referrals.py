"""Pages: reverse referrals and transfers for detention: the list, a new one, one with its actions."""

from __future__ import annotations

import uuid
from typing import Any, cast
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from app.errors import AppError, invalid
from app.http.pages import paging
from app.referrals import queries, view
from app.referrals.models import KINDS, Box, Kind, OpenReferral, Referral
from app.referrals.service import act, open_referral, openings
from app.referrals.standing import procedure
from app.web.action_form import Choices, choices, inputs_of, recorded
from app.web.given import Given, Problems
from app.web.once import done_once
from app.web.pages import render
from app.web.session import SentForm, SignedIn, Visitor, is_partial, query_without, see

router = APIRouter(prefix="/referrals")
_PER_PAGE = 30
_VIEWS: dict[Box, str] = {"turn": "待本机关办理", "open": "未办结", "overdue": "已逾期", "all": "全部"}
# Acts that end or give back something are shown apart from the way forward.
_GRAVE = frozenset(
    {"drop", "decline", "return", "return_to_procuratorate", "return_to_police", "end_review", "end_returned",
     "end_for_prosecution", "approve_no_detention", "return_proposal"}
)  # fmt: skip


@router.get("")
async def list_(request: Request, who: SignedIn) -> HTMLResponse:
    """The referrals that concern the officer's organ."""
    query = query_without(request, "done")
    chosen = query.get("view") if query.get("view") in _VIEWS else "open"
    kind = query.get("kind") if query.get("kind") in KINDS else None
    async with who.acting() as tx:
        page = paging(_PER_PAGE, query.get("cursor"))
        found = await queries.referrals(tx, page, cast("Box", chosen), cast("Kind | None", kind))
        rest = {name: value for name, value in query.items() if name != "cursor"}
        values: dict[str, Any] = {
            "rows": found.items,
            "chosen": chosen,
            "next_address": _address({**rest, "cursor": found.next_cursor}) if found.next_cursor else None,
            "first_address": _address(rest) if "cursor" in query else None,
        }
        if is_partial(request):
            return render("referrals/table.html", **values)
        return await who.page(
            tx,
            "referrals/list.html",
            views=_VIEWS,
            kinds=KINDS,
            kind=kind or "",
            openings=[(name, action.label) for name, action in openings(tx)],
            **values,
        )


@router.get("/new")
async def new(who: SignedIn, kind: str = "") -> HTMLResponse:
    """An empty form of a referral that the officer may open."""
    return await _form(who, Given([("kind", kind)]), Problems())


@router.post("")
async def open_(who: SignedIn, form: SentForm) -> Response:
    """Open a referral."""
    given = Given.typed(form)
    try:
        async with who.acting() as tx:
            action = next((one for kind, one in openings(tx) if kind == given.one("kind")), None)
            if action is None:
                raise invalid("kind", "kind_not_yours", "您不能开始这一种移送，请从列表页的按钮开始。")
            kind = cast("Kind", given.one("kind"))
            body = OpenReferral(kind=kind, inputs=inputs_of(action.inputs, given))

            async def opened() -> Referral:
                return await view.referral(tx, await open_referral(tx, body))

            found = await done_once(tx, given, opened)
    except AppError as error:
        return await _form(who, given, Problems(error))
    return see(f"/referrals/{found['id']}", "acted")


@router.get("/{referral_id:uuid}")
async def page(referral_id: UUID, who: SignedIn) -> HTMLResponse:
    """One referral."""
    return await _page(who, referral_id)


@router.post("/{referral_id:uuid}/actions/{action}")
async def take(referral_id: UUID, action: str, who: SignedIn, form: SentForm) -> Response:
    """Take an action on a referral, on the revision that the page showed."""
    given = Given.typed(form)
    revision = given.number("revision")
    try:
        async with who.acting() as tx:
            found = await view.referral(tx, referral_id)
            table = procedure(found.kind)
            if action not in {one.id for one in table.actions}:
                raise invalid("action", "action_unknown", "没有这个动作，请从页面上的按钮办理。")
            await act(tx, referral_id, action, inputs_of(table.action(action).inputs, given), revision)
    except AppError as error:
        return await _page(who, referral_id, error.status, form=action, given=given, problems=Problems(error))
    return see(f"/referrals/{referral_id}", "acted")


async def _form(who: Visitor, given: Given, problems: Problems) -> HTMLResponse:
    async with who.acting() as tx:
        forms = {one.kind: one for one in await view.opening_forms(tx)}
        return await who.page(
            tx,
            "referrals/form.html",
            problems.error.status if problems.error else 200,
            forms=forms,
            opening=forms.get(cast("Kind", given.one("kind"))),
            choices=await choices(tx),
            given=given,
            problems=problems,
            form_key=given.text("form") or str(uuid.uuid4()),
        )


async def _page(
    who: Visitor,
    referral_id: UUID,
    status: int = 200,
    /,
    form: str = "",
    given: Given | None = None,
    problems: Problems | None = None,
) -> HTMLResponse:
    async with who.acting() as tx:
        referral = await view.referral(tx, referral_id)
        known = await choices(tx)
        return await who.page(
            tx,
            "referrals/one.html",
            status,
            r=referral,
            steps=_steps(referral, known),
            proposal=_proposal(referral, known),
            actions=sorted(referral.available_actions, key=lambda one: one.id in _GRAVE),
            grave=_GRAVE,
            choices=known,
            form=form,
            given=given or Given(),
            problems=problems or Problems(),
        )


def _steps(referral: Referral, known: Choices) -> list[tuple[Any, list[tuple[str, str]], str]]:
    table = procedure(referral.kind)
    shown = []
    for step in reversed(referral.steps):
        said = recorded(table.action(step.action).inputs, step.inputs, known)
        shown.append((step, said, table.state(step.to_state).name))
    return shown


def _proposal(referral: Referral, known: Choices) -> list[tuple[str, str]]:
    if referral.proposal is None:
        return []
    made = next(one for one in procedure(referral.kind).actions if one.makes == referral.proposal.kind)
    return recorded(made.inputs, referral.proposal.inputs, known)


def _address(query: dict[str, str]) -> str:
    return f"/referrals?{urlencode(query)}"
