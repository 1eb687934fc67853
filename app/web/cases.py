"""Pages: the list of cases, entry and edit with the screening result that follows what is typed."""

from __future__ import annotations

import json
import uuid
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from app.cases import queries, service
from app.cases.models import CaseEdit, CaseEntry
from app.cases.routes import CaseFilters
from app.database.transaction import Actor
from app.errors import AppError, invalid
from app.http.pages import paging
from app.law.procedure_table import transfer_procedure
from app.law.screening import today
from app.law.statutes import law
from app.screening.routes import Asked
from app.screening.service import screen_case
from app.web import case_form
from app.web.findings import cause_name, charge_name, result
from app.web.given import Given, Problems, validated
from app.web.pages import render
from app.web.session import SentForm, SignedIn, Visitor, is_partial, query_without, see
from app.web.words import CASE_SOURCES

router = APIRouter()
_PER_PAGE = 30


@router.get("/cases")
async def list_(request: Request, who: SignedIn) -> HTMLResponse:
    """The cases that the officer may see, with filters; htmx asks for the table alone."""
    filters = query_without(request, "done")
    problem: str | None = None
    found: dict[str, Any] = {"items": [], "next_cursor": None}
    try:
        asked = validated(CaseFilters, {"limit": _PER_PAGE, **filters})
        page = paging(asked.limit, asked.cursor)
        found = json.loads(await queries.read_cases(who.db, who.officer_id, asked.asked(), page))
    except AppError as error:
        problem = error.errors[0].detail if error.errors else error.detail
    rest = query_without(request, "cursor", "done")
    async with who.acting() as tx:
        values: dict[str, Any] = {
            "rows": [_row(row) for row in found["items"]],
            "next_address": _address({**rest, "cursor": found["next_cursor"]})
            if found["next_cursor"]
            else None,
            "first_address": _address(rest) if "cursor" in filters else None,
            "problem": problem,
            "show_organ": tx.actor.kind != "enforcement" or tx.actor.level != "county",
        }
        if is_partial(request):
            return render("cases/table.html", **values)
        charges = {one.charge: one.name for one in law().charges.values() if one.kind == "charge"}
        return await who.page(
            tx,
            "cases/list.html",
            filters=_Blank(filters),
            charges=charges,
            may_enter=_may_enter(tx.actor),
            **values,
        )


@router.get("/cases/new")
async def new(who: SignedIn, cause: str = "") -> HTMLResponse:
    """An empty form."""
    given = Given([("cause", cause), ("parties.0.kind", "unit"), ("form", str(uuid.uuid4()))])
    async with who.acting() as tx:
        service.may_enter(tx.actor)
    return await _form(who, given, Problems(), None)


@router.post("/cases")
async def enter(request: Request, who: SignedIn, form: SentForm) -> Response:
    """Enter a case; the form's own key makes sure that sending it twice enters it once."""
    given = Given.typed(form)
    key = given.text("form") or str(uuid.uuid4())
    entry = {**case_form.entry_of(given), "source_system": "console", "source_id": key}
    try:
        async with who.acting() as tx:
            entered = await service.enter(tx, request.app.state.seal, validated(CaseEntry, entry))
            if entered.is_new and entered.warnings:
                return await who.page(tx, "cases/entered.html", entered=entered)
    except AppError as error:
        return await _form(who, given, Problems(error, case_form.labels(given)), None)
    return see(f"/cases/{entered.case_id}", "entered" if entered.is_new else "already")


@router.get("/cases/{case_id:uuid}/edit")
async def edit_page(case_id: UUID, who: SignedIn) -> HTMLResponse:
    """The form of a stored case."""
    async with who.acting() as tx:
        case = json.loads(await queries.case_text(tx, case_id))
    given = Given.stored({name: case[name] for name in _STORED} | {"parties": _stored_parties(case)})
    return await _form(who, given, Problems(), case)


@router.post("/cases/{case_id:uuid}/edit")
async def edit(case_id: UUID, request: Request, who: SignedIn, form: SentForm) -> Response:
    """Change a case, if nobody else has since the form was opened."""
    given = Given.typed(form)
    revision = given.number("revision") or 0
    try:
        async with who.acting() as tx:
            change = validated(CaseEdit, case_form.edit_of(given))
            await service.edit(tx, request.app.state.seal, case_id, revision, change)
    except AppError as error:
        async with who.acting() as tx:
            case = json.loads(await queries.case_text(tx, case_id))
        return await _form(who, given, Problems(error, case_form.labels(given)), case)
    return see(f"/cases/{case_id}", "saved")


@router.post("/cases/form/facts")
async def facts(form: SentForm) -> HTMLResponse:
    """The questions of the chosen cause and conduct; what is typed already stays."""
    given = case_form.with_implied(Given.typed(form))
    answer = render("cases/facts.html", **_questions(given), given=given, problems=Problems())
    answer.headers["HX-Trigger-After-Settle"] = "facts-shown"
    return answer


@router.post("/cases/form/party")
async def party(form: SentForm) -> HTMLResponse:
    """Fields for one more party."""
    typed = Given.typed(form)
    place = max(typed.indexes("parties"), default=-1) + 1
    return render("cases/party.html", given=Given(), place=place, problems=Problems(), kept={})


@router.post("/cases/screening")
async def screening(form: SentForm) -> HTMLResponse:
    """What screening says of what stands in the form; nothing is stored."""
    return render("cases/screening.html", **_screened(Given.typed(form)))


def _questions(given: Given) -> dict[str, Any]:
    cause = law().causes.get(given.one("cause"))
    return {
        "fields": case_form.fact_fields(given) if cause else [],
        "no_charge": cause is not None and not cause.charges,
    }


def _screened(given: Given) -> dict[str, Any]:
    if not given.text("cause"):
        return {"result": None, "wrong": []}
    kinds = [given.one(f"parties.{place}.kind") for place in given.indexes("parties")]
    asked = {
        "cause": given.text("cause"),
        "party_kinds": sorted({kind for kind in kinds if kind}),
        "act_end_date": given.text("act_end_date"),
        "facts": case_form.facts_given(given),
    }
    try:
        said = validated(Asked, asked)
        if said.act_end_date and said.act_end_date > today():
            raise invalid("act_end_date", "date_in_future", "日期晚于今天，请核对年份和月份。")
        found = screen_case(said.cause, said.facts, said.party_kinds, said.act_end_date, today())
    except AppError as error:
        labels = case_form.labels(given)
        wrong = [f"{labels.get(one.field, '')}：{one.detail}" for one in error.errors]
        return {"result": None, "wrong": wrong or [error.detail]}
    return {"result": result(found.screening.as_json()), "wrong": []}


async def _form(who: Visitor, given: Given, problems: Problems, case: dict[str, Any] | None) -> HTMLResponse:
    given = case_form.with_implied(given)
    places = given.indexes("parties") or [0]
    address = f"/cases/{case['id']}" if case else "/cases"
    kept = {place: _kept(case, given.one(f"parties.{place}.position")) for place in places}
    async with who.acting() as tx:
        return await who.page(
            tx,
            "cases/form.html",
            problems.error.status if problems.error else 200,
            title="修改案件" if case else "录入案件",
            submit="保存修改" if case else "保存并筛查",
            action=f"{address}/edit" if case else address,
            back=address,
            number=case["number"] if case else None,
            revision=(given.text("revision") or case["revision"]) if case else None,
            form_key=given.one("form"),
            given=given,
            problems=problems,
            causes=case_form.causes_by_line(tx.actor.line),
            **_questions(given),
            places=places,
            kept=kept,
            sources={words: words for words in CASE_SOURCES},
            penalties=case_form.PENALTIES,
            **_screened(given),
        )


_STORED = ("cause", *case_form.TEXTS, *case_form.NARRATIVE, "penalties", "facts", "revision")


def _stored_parties(case: dict[str, Any]) -> list[dict[str, Any]]:
    """Parties for the form: masked numbers are not filled in; left empty they stay as they are."""
    return [{**party, "id_number": None, "phone": None} for party in case["parties"]]


def _kept(case: dict[str, Any] | None, position: str) -> str:
    for party in case["parties"] if case else ():
        if str(party["position"]) == position and party["id_number"]:
            return f"已登记 {party['id_number']}，留空则不变"
    return ""


def _row(row: dict[str, Any]) -> dict[str, Any]:
    state = row["transfer_state"]
    return {
        **row,
        "cause_name": cause_name(row["cause"]),
        "charge_names": [charge_name(one) for one in row["charges"]],
        "state_name": transfer_procedure().state(state).name if state else None,
    }


def _may_enter(actor: Actor) -> bool:
    return actor.kind == "enforcement" and actor.is_a(*service.ENTERED_BY)


def _address(query: dict[str, str]) -> str:
    return f"/cases?{urlencode(query)}"


class _Blank(dict[str, str]):
    """Filters by attribute; one that is not set is None."""

    def __getattr__(self, name: str) -> str | None:
        return self.get(name)
