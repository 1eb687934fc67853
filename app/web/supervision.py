"""Pages: what was not transferred, refusals, and requests with their answers."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from app.database.transaction import Acting
from app.errors import AppError, invalid
from app.http.pages import paging
from app.law.supervision import supervision
from app.supervision import queries, service
from app.supervision.models import Answer, Note
from app.supervision.routes import shown_refusal, shown_untransferred
from app.web.findings import cause_name, charge_name
from app.web.given import Given, Problems, validated, whole_number
from app.web.pages import render
from app.web.session import SentForm, SignedIn, Visitor, is_partial, query_without, see

router = APIRouter(prefix="/supervision")
_PER_PAGE = 30
_BOXES = {"received": "收到的", "sent": "发出的", "area": "本辖区的"}
_WHY = {
    "refused": "不予立案",
    "supervision_suggested": "移送机关建议监督",
    "reasons_given": "已说明理由，待审查",
    "overdue": "逾期未决定",
}


@router.get("/untransferred")
async def untransferred(request: Request, who: SignedIn) -> HTMLResponse:
    """Cases with a reached threshold that were not transferred, those longest ago first."""
    query = query_without(request, "done")
    page = paging(_PER_PAGE, query.get("cursor"))
    async with who.acting() as tx:
        rows = await queries.untransferred(
            tx,
            page,
            organ_id=whole_number(query.get("organ")),
            region=whole_number(query.get("region")),
            charge=query.get("charge"),
            unexplained=query.get("unexplained") == "yes",
        )
        rest = {name: value for name, value in query.items() if name != "cursor"}
        cursor = queries.next_cursor(page, rows)
        values: dict[str, Any] = {
            "rows": [shown_untransferred(row, tx.now) for row in rows[: page.size]],
            "cause_name": cause_name,
            "charge_name": charge_name,
            "next_address": _address("untransferred", {**rest, "cursor": cursor}) if cursor else None,
            "first_address": _address("untransferred", rest) if "cursor" in query else None,
        }
        if is_partial(request):
            return render("supervision/untransferred_table.html", **values)
        return await who.page(
            tx,
            "supervision/untransferred.html",
            summary=await queries.summary(tx),
            organs=await _organs(tx),
            query=query,
            **values,
        )


@router.get("/refusals")
async def refusals(request: Request, who: SignedIn) -> HTMLResponse:
    """Transfers that were refused, or not decided in time."""
    page = paging(_PER_PAGE, request.query_params.get("cursor"))
    async with who.acting() as tx:
        rows, cursor = page.cut(await queries.refusals(tx, page))
        return await who.page(
            tx,
            "supervision/refusals.html",
            rows=[shown_refusal(row) for row in rows],
            cause_name=cause_name,
            charge_name=charge_name,
            why=_WHY,
            next_address=_address("refusals", {"cursor": cursor}) if cursor else None,
            first_address="/supervision/refusals" if page.after else None,
        )


@router.get("/requests")
async def requests(request: Request, who: SignedIn) -> HTMLResponse:
    """What was asked of organs, and what they answered."""
    query = query_without(request, "done")
    page = paging(_PER_PAGE, query.get("cursor"))
    async with who.acting() as tx:
        usual = "received" if tx.actor.kind == "enforcement" else "sent"
        box = query.get("box") if query.get("box") in _BOXES else usual
        state = query.get("state") if query.get("state") in supervision().states else None
        rows, cursor = page.cut(await queries.requests(tx, page, box=box or usual, state=state, case_id=None))
        rest = {name: value for name, value in query.items() if name != "cursor"}
        values: dict[str, Any] = {
            "rows": [service.summary(row) for row in rows],
            "next_address": _address("requests", {**rest, "cursor": cursor}) if cursor else None,
            "first_address": _address("requests", rest) if "cursor" in query else None,
        }
        if is_partial(request):
            return render("supervision/requests_table.html", **values)
        return await who.page(
            tx,
            "supervision/requests.html",
            box=box,
            boxes=_BOXES,
            state=state or "",
            states=supervision().states,
            **values,
        )


@router.get("/requests/{request_id:uuid}")
async def one(request_id: UUID, who: SignedIn) -> HTMLResponse:
    """One request."""
    return await _page(who, request_id)


@router.post("/requests/{request_id:uuid}/{act}")
async def take(request_id: UUID, act: str, who: SignedIn, form: SentForm) -> Response:
    """Answer, accept, pass upwards or take back."""
    given = Given.typed(form)
    try:
        async with who.acting() as tx:
            await _act(tx, request_id, act, given)
    except AppError as error:
        return await _page(who, request_id, error.status, form=act, given=given, problems=Problems(error))
    return see(f"/supervision/requests/{request_id}", "answered" if act == "answer" else "acted")


async def _act(tx: Acting, request_id: UUID, act: str, given: Given) -> None:
    revision = given.number("revision")
    if act == "answer":
        said = {
            "answer_kind": given.one("answer_kind"),
            "answer": given.one("answer"),
            "revision": revision,
        }
        await service.answer(tx, request_id, validated(Answer, said))
        return
    acts = {"accept": service.accept, "escalate": service.escalate, "withdraw": service.withdraw}
    if act not in acts:
        raise invalid("act", "action_unknown", "没有这个动作，请从页面上的按钮办理。")
    await acts[act](tx, request_id, validated(Note, {"note": given.one("note"), "revision": revision}))


async def _page(
    who: Visitor,
    request_id: UUID,
    status: int = 200,
    /,
    form: str = "",
    given: Given | None = None,
    problems: Problems | None = None,
) -> HTMLResponse:
    async with who.acting() as tx:
        return await who.page(
            tx,
            "supervision/request.html",
            status,
            one=await service.read(tx, request_id),
            form=form,
            given=given or Given(),
            problems=problems or Problems(),
        )


async def _organs(tx: Acting) -> dict[int, str]:
    """The enforcement organs of the actor's own area, for the filter."""
    size = {"county": 1, "city": 100, "province": 10000, "nation": 1000000}[tx.actor.level]
    rows = await tx.rows(
        """SELECT id, name FROM organs WHERE active AND kind = 'enforcement'
              AND region / %(size)s = %(region)s / %(size)s ORDER BY region, id LIMIT 500""",
        size=size,
        region=tx.actor.region,
    )
    return {row["id"]: row["name"] for row in rows}


def _address(page: str, query: dict[str, str]) -> str:
    return f"/supervision/{page}?{urlencode(query)}"
