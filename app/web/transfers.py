"""Pages: the list of transfers, one transfer, and acting on it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from app.errors import AppError, invalid
from app.http.pages import paging
from app.law.procedure_table import transfer_procedure
from app.packages.gathering import may_export
from app.packages.queries import origin_of
from app.packages.receiving import may_receive
from app.transfers import queries, view
from app.transfers.queries import Filters
from app.transfers.service import act
from app.web.action_form import choices, inputs_of
from app.web.findings import cause_name
from app.web.given import Given, Problems
from app.web.pages import render
from app.web.session import SentForm, SignedIn, Visitor, is_partial, query_without, see
from app.web.transfer_view import shown

router = APIRouter()
_PER_PAGE = 30
_VIEWS = {
    "turn": "待本机关办理",
    "elsewhere": "由其他机关办理",
    "open": "未办结",
    "overdue": "已逾期",
    "all": "全部",
}


@router.get("/transfers")
async def list_(request: Request, who: SignedIn) -> HTMLResponse:
    """The transfers that concern the officer's organ."""
    query = query_without(request, "done")
    async with who.acting() as tx:
        chosen = query.get("view") or ("turn" if tx.actor.kind in ("enforcement", "police") else "open")
        views = dict(_VIEWS) | ({"passed_on": "已转送他处"} if tx.actor.kind == "police" else {})
        filters = Filters(
            state=query.get("state"),
            turn=chosen == "turn",
            open_only=chosen == "open",
            overdue=chosen == "overdue",
            passed_on=chosen == "passed_on",
            elsewhere=chosen == "elsewhere",
        )
        found = await queries.transfers(tx, paging(_PER_PAGE, query.get("cursor")), filters)
        rest = {name: value for name, value in query.items() if name != "cursor"}
        values: dict[str, Any] = {
            "rows": found.items,
            "cause_name": cause_name,
            "next_address": _address({**rest, "cursor": found.next_cursor}) if found.next_cursor else None,
            "first_address": _address(rest) if "cursor" in query else None,
            "chosen": chosen,
            "police": tx.actor.kind == "police",
            "receives": may_receive(tx.actor),
        }
        if is_partial(request):
            return render("transfers/table.html", **values)
        states = {state.id: state.name for state in transfer_procedure().states}
        return await who.page(
            tx, "transfers/list.html", views=views, states=states, state=filters.state or "", **values
        )


@router.get("/transfers/{transfer_id:uuid}")
async def page(transfer_id: UUID, who: SignedIn) -> HTMLResponse:
    """One transfer."""
    return await _page(who, transfer_id)


@router.post("/transfers/{transfer_id:uuid}/actions/{action}")
async def take(transfer_id: UUID, action: str, who: SignedIn, form: SentForm) -> Response:
    """Take an action on a transfer, on the revision that the page showed."""
    given = Given.typed(form)
    table = transfer_procedure()
    if action not in {one.id for one in table.actions}:
        raise invalid("action", "action_unknown", "没有这个动作，请从页面上的按钮办理。")
    revision = given.number("revision")
    try:
        async with who.acting() as tx:
            await act(tx, transfer_id, action, inputs_of(table.action(action).inputs, given), revision)
    except AppError as error:
        return await _page(who, transfer_id, error.status, form=action, given=given, problems=Problems(error))
    back = given.one("back")
    return see(back if back.startswith("/cases/") else f"/transfers/{transfer_id}", "acted")


async def _page(
    who: Visitor,
    transfer_id: UUID,
    status: int = 200,
    /,
    form: str = "",
    given: Given | None = None,
    problems: Problems | None = None,
) -> HTMLResponse:
    async with who.acting() as tx:
        transfer = await view.transfer(tx, transfer_id)
        known = await choices(tx, transfer)
        parties = await tx.rows(
            "SELECT name, kind FROM parties WHERE case_id = %(case)s ORDER BY position", case=transfer.case_id
        )
        return await who.page(
            tx,
            "transfers/one.html",
            status,
            package=await may_export(tx, transfer_id),
            origin=await origin_of(tx, transfer_id),
            shown=shown(transfer, known),
            choices=known,
            cause_name=cause_name(transfer.cause),
            parties=parties,
            form=form,
            given=given or Given(),
            problems=problems or Problems(),
        )


def _address(query: dict[str, str]) -> str:
    return f"/transfers?{urlencode(query)}"
