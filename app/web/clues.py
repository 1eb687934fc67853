"""Pages: clues received and sent, a new one, one with its actions."""

from __future__ import annotations

import uuid
from typing import Any, cast
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from app.clues import checks, queries, service
from app.clues.models import Box, ClueAction, ClueDraft
from app.errors import AppError, invalid
from app.evidence import files
from app.evidence.routes import file_store
from app.http.pages import paging
from app.law.procedure_table import clue_procedure
from app.web.action_form import choices, inputs_of, recorded
from app.web.given import Given, Problems, validated
from app.web.once import done_once
from app.web.pages import render
from app.web.session import SentForm, SignedIn, Visitor, is_partial, query_without, see
from app.web.uploads import chunks, sent_file

router = APIRouter(prefix="/clues")
_PER_PAGE = 30
_BOXES = {"received": "收到的", "sent": "发出的", "passed_on": "转送出的", "area": "本辖区的"}


@router.get("")
async def list_(request: Request, who: SignedIn) -> HTMLResponse:
    """The clues of one box."""
    query = query_without(request, "done")
    page = paging(_PER_PAGE, query.get("cursor"))
    box = query.get("box") if query.get("box") in _BOXES else "received"
    table = clue_procedure()
    async with who.acting() as tx:
        rows, cursor = page.cut(
            await queries.clues(
                tx,
                page,
                cast("Box", box),
                kind=query.get("kind"),
                state=query.get("state"),
                open_only=query.get("open") == "yes",
            )
        )
        rest = {name: value for name, value in query.items() if name != "cursor"}
        values: dict[str, Any] = {
            "rows": await queries.summaries(tx, rows),
            "box": box,
            "next_address": _address({**rest, "cursor": cursor}) if cursor else None,
            "first_address": _address(rest) if "cursor" in query else None,
        }
        if is_partial(request):
            return render("clues/table.html", **values)
        return await who.page(
            tx,
            "clues/list.html",
            boxes=_BOXES,
            kinds={kind.id: kind.name for kind in table.kinds},
            states={state.id: state.name for state in table.states},
            query=query,
            **values,
        )


@router.get("/new")
async def new(who: SignedIn, kind: str = "", case: str = "") -> HTMLResponse:
    """An empty clue of a kind that the organ may send."""
    return await _form(who, Given([("kind", kind), ("origin_case_id", case)]), Problems())


@router.post("")
async def draft(who: SignedIn, form: SentForm) -> Response:
    """Open a clue; with the button that says so it is sent at once."""
    given = Given.typed(form)
    if given.text("next"):
        return await _form(who, given, Problems())
    body = {
        "kind": given.one("kind"),
        "to_organ_id": given.number("to_organ_id") or 0,
        "subject": given.one("subject"),
        "content": given.one("content"),
        "party_name": given.text("party_name"),
        "origin_case_id": given.text("origin_case_id"),
        "officers": given.numbers("officers"),
        "send": given.one("send") == "yes",
    }
    try:
        async with who.acting() as tx:
            entry = validated(ClueDraft, body)
            clue = await done_once(tx, given, lambda: service.draft(tx, entry))
    except AppError as error:
        return await _form(who, given, Problems(error, _LABELS))
    return see(f"/clues/{clue['id']}", "clue_sent")


@router.get("/{clue_id:uuid}")
async def one(clue_id: UUID, who: SignedIn) -> HTMLResponse:
    """One clue."""
    return await _page(who, clue_id)


@router.post("/{clue_id:uuid}/files")
async def upload(clue_id: UUID, request: Request, who: SignedIn, form: SentForm) -> Response:
    """Attach a file."""
    try:
        sent, name = sent_file(form)
        async with who.acting() as tx:
            await service.owner_of_files(tx, clue_id)
        store = await file_store(request)
        async with store.receive(chunks(sent)) as received, who.acting() as tx:
            owner = await service.owner_of_files(tx, clue_id)
            await files.add(tx, store, owner, name, None, received)
    except AppError as error:
        return await _page(who, clue_id, error.status, form="file", problems=Problems(error))
    return see(f"/clues/{clue_id}", "uploaded")


@router.post("/{clue_id:uuid}/actions/{action}")
async def take(clue_id: UUID, action: str, who: SignedIn, form: SentForm) -> Response:
    """Take an action on a clue."""
    given = Given.typed(form)
    table = clue_procedure()
    if action not in {row.id for row in table.actions}:
        raise invalid("action", "action_unknown", "没有这个动作，请从页面上的按钮办理。")
    body = {
        "inputs": inputs_of(table.action(action).inputs, given),
        "officers": given.numbers("officers"),
        "revision": given.number("revision") or None,
    }
    try:
        async with who.acting() as tx:
            await service.act(tx, clue_id, action, validated(ClueAction, body))
    except AppError as error:
        return await _page(who, clue_id, error.status, form=action, given=given, problems=Problems(error))
    return see(f"/clues/{clue_id}", "acted")


async def _form(who: Visitor, given: Given, problems: Problems) -> HTMLResponse:
    async with who.acting() as tx:
        kinds = {kind.id: kind for kind in clue_procedure().kinds if tx.actor.kind in kind.sources}
        kind = kinds.get(given.one("kind"))
        known = await choices(tx)
        organs = {name: known.organs_by_kind.get(name, {}) for name in kind.to} if kind else {}
        named = []
        if kind and kind.duty and (organ_id := given.number("to_organ_id")):
            named = await checks.duty_recipients(tx, organ_id)
        return await who.page(
            tx,
            "clues/form.html",
            problems.error.status if problems.error else 200,
            kinds={name: one.name for name, one in kinds.items()},
            kind=kind,
            organs=organs,
            named=named,
            given=given,
            problems=problems,
            form_key=given.text("form") or str(uuid.uuid4()),
        )


async def _page(
    who: Visitor,
    clue_id: UUID,
    status: int = 200,
    /,
    form: str = "",
    given: Given | None = None,
    problems: Problems | None = None,
) -> HTMLResponse:
    table = clue_procedure()
    async with who.acting() as tx:
        clue = await service.read(tx, clue_id)
        known = await choices(tx)
        steps = [
            (
                step,
                recorded(table.action(step.action).inputs, step.inputs, known),
                table.state(step.to_state).name,
            )
            for step in reversed(clue.steps)
        ]
        return await who.page(
            tx,
            "clues/one.html",
            status,
            clue=clue,
            actions=[
                {"id": one.id, "label": one.label, "basis": one.basis, "inputs": table.action(one.id).inputs}
                for one in sorted(clue.available_actions, key=lambda one: one.id in _ASIDE)
            ],
            steps=steps,
            may_attach=tx.actor.organ_id in (clue.from_organ.id, clue.to_organ.id)
            and clue.closed_at is None
            and tx.actor.is_a("handler", "head", "desk"),
            choices=known,
            form=form,
            given=given or Given(),
            problems=problems or Problems(),
        )


_ASIDE = frozenset({"pass_on", "merge", "reject", "discard"})  # shown below the way forward
_LABELS = {
    "kind": "种类",
    "to_organ_id": "接收机关",
    "subject": "标题",
    "content": "线索内容",
    "party_name": "当事人",
    "officers": "指定接收人员",
}


def _address(query: dict[str, str]) -> str:
    return f"/clues?{urlencode(query)}"
