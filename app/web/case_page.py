"""Page: one case with its finding, evidence, transfer, clocks and history, and what may be done with it."""

from __future__ import annotations

import json
import uuid
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from app.cases import officer_findings, queries, service
from app.cases.models import AccumulationConfirmed, OutsidePenalty, Reason, Suspicion
from app.cases.parties import unmask
from app.clocks.queries import clocks_of
from app.database.transaction import Acting
from app.errors import AppError
from app.evidence import files, serving
from app.evidence.checklist import check_item, checklist, mark
from app.evidence.models import Mark, Removal
from app.evidence.routes import file_store
from app.http.pages import Paging
from app.law.checklist import charges_with_checklist
from app.law.statutes import law
from app.law.supervision import supervision
from app.supervision import queries as supervision_queries
from app.supervision.models import RequestDraft
from app.supervision.service import issue, summary
from app.transfers import view
from app.transfers.models import OpenTransfer
from app.transfers.service import open_transfer
from app.web.action_form import choices
from app.web.case_form import causes_by_line
from app.web.changes import changes_in_words
from app.web.findings import cause_name, charge_name, fact_name, result, stated
from app.web.given import Given, Problems, validated
from app.web.once import done_once
from app.web.session import SentForm, SignedIn, Visitor, see
from app.web.transfer_view import shown
from app.web.uploads import chunks, sent_file

router = APIRouter()
_HISTORY = 30


@router.get("/cases/{case_id:uuid}")
async def page(case_id: UUID, who: SignedIn, charge: str = "") -> HTMLResponse:
    """The case."""
    return await _page(who, case_id, charge=charge)


async def _page(
    who: Visitor, case_id: UUID, status: int = 200, /, charge: str = "", form: str = "", **more: Any
) -> HTMLResponse:
    async with who.acting() as tx:
        case = json.loads(await queries.case_text(tx, case_id))
        history, _ = await queries.history(tx, case_id, Paging(_HISTORY, None))
        transfer = await view.transfer(tx, UUID(case["transfer"]["id"])) if case["transfer"] else None
        known = await choices(tx, transfer)
        values: dict[str, Any] = {
            "case": case,
            "cause_name": cause_name(case["cause"]),
            "facts": [(fact_name(name), stated(name, value)) for name, value in case["facts"].items()],
            "result": result(case["screening"]["result"]) if case["screening"] else None,
            "clocks": await clocks_of(tx, "case", case_id),
            "history": [(event, changes_in_words(event.changes, event.action)) for event in history],
            "accumulation": await queries.accumulation(tx, case_id),
            "cause_names": cause_name,
            "charge_names": charge_name,
            "stated": stated,
            "record": _party_record(case),
            "suspicion": _suspicion(case),
            "causes_by_line": causes_by_line(tx.actor.line),
            "requests": await _requests(tx, case_id),
            "request_kinds": _request_kinds(tx),
            "checklist": await _checklist(tx, case, charge or (transfer.charge if transfer else "")),
            "shown": shown(transfer, known) if transfer else None,
            "choices": known,
            "may": _may(tx, case, transfer),
            "form": form,
            "form_key": str(uuid.uuid4()),
            "given": Given(),
            "problems": Problems(),
        }
        return await who.page(tx, "cases/one.html", status, **{**values, **more})


@router.post("/cases/{case_id:uuid}/parties/{position}/unmask")
async def unmask_party(
    case_id: UUID, position: int, request: Request, who: SignedIn, form: SentForm
) -> HTMLResponse:
    """The numbers of a party in full, on the page once; the look is on record with its reason."""
    given = Given.typed(form)
    try:
        async with who.acting() as tx:
            reason = validated(Reason, {"reason": given.one("reason").strip()}).reason
            found = await unmask(tx, case_id, position, reason, request.app.state.seal)
    except AppError as error:
        problems = Problems(error, {"reason": "理由"})
        return await _page(
            who, case_id, error.status, form=f"unmask-{position}", given=given, problems=problems
        )
    return await _page(who, case_id, unmasked=found)


@router.post("/cases/{case_id:uuid}/not-transferred")
async def not_transferred(case_id: UUID, who: SignedIn, form: SentForm) -> Response:
    """The head records why the case is not transferred."""
    given = Given.typed(form)
    try:
        async with who.acting() as tx:
            reason = validated(Reason, {"reason": given.one("reason").strip()}).reason
            await service.record_not_transferred(tx, case_id, given.number("revision") or 0, reason)
    except AppError as error:
        return await _again(who, case_id, "not-transferred", given, error)
    return see(f"/cases/{case_id}", "reason_recorded")


@router.post("/cases/{case_id:uuid}/suspicion")
async def suspect(case_id: UUID, who: SignedIn, form: SentForm) -> Response:
    """An officer finds reasonable suspicion below the threshold."""
    given = Given.typed(form)
    body = {"charge": given.one("charge"), "reasons": given.one("reasons").strip()}
    try:
        async with who.acting() as tx:
            await officer_findings.suspect(tx, case_id, validated(Suspicion, body))
    except AppError as error:
        return await _again(who, case_id, "suspicion", given, error)
    return see(f"/cases/{case_id}", "suspected")


@router.post("/cases/{case_id:uuid}/accumulation/confirm")
async def confirm_accumulation(case_id: UUID, who: SignedIn, form: SentForm) -> Response:
    """An officer confirms that untreated acts are added up."""
    given = Given.typed(form)
    body = {"charge": given.one("charge"), "reasons": given.one("reasons").strip()}
    try:
        async with who.acting() as tx:
            await officer_findings.confirm_accumulation(tx, case_id, validated(AccumulationConfirmed, body))
    except AppError as error:
        return await _again(who, case_id, f"accumulation-{given.one('charge')}", given, error)
    return see(f"/cases/{case_id}", "accumulated")


@router.post("/cases/{case_id:uuid}/outside-penalties")
async def outside_penalty(case_id: UUID, who: SignedIn, form: SentForm) -> Response:
    """An officer adds a penalty of the party that is not on the platform."""
    given = Given.typed(form)
    body = {name: given.one(name).strip() for name in ("organ_name", "cause", "decided_on", "source")}
    try:
        async with who.acting() as tx:
            penalty = validated(OutsidePenalty, body)
            await done_once(tx, given, lambda: officer_findings.add_outside_penalty(tx, case_id, penalty))
    except AppError as error:
        return await _again(who, case_id, "outside", given, error)
    return see(f"/cases/{case_id}", "outside_added")


@router.post("/cases/{case_id:uuid}/transfers")
async def open_draft(case_id: UUID, who: SignedIn, form: SentForm) -> Response:
    """Open a transfer of the case as a draft."""
    given = Given.typed(form)
    body = {
        "charge": given.one("charge"),
        "summary": given.one("summary").strip(),
        "task_group": given.numbers("task_group"),
    }
    try:
        async with who.acting() as tx:
            await open_transfer(tx, case_id, validated(OpenTransfer, body))
    except AppError as error:
        return await _again(who, case_id, "open", given, error)
    return see(f"/cases/{case_id}", "opened")


@router.post("/cases/{case_id:uuid}/requests")
async def request_(case_id: UUID, who: SignedIn, form: SentForm) -> Response:
    """The procuratorate or supervising agency asks the organ about the case, or suggests transfer."""
    given = Given.typed(form)
    body = {
        "kind": given.one("kind"),
        "reasons": given.one("reasons").strip(),
        "reply_within_days": given.number("reply_within_days") or None,
    }
    try:
        async with who.acting() as tx:
            draft = validated(RequestDraft, body)
            await done_once(tx, given, lambda: issue(tx, case_id, draft))
    except AppError as error:
        return await _again(who, case_id, "request", given, error)
    return see(f"/cases/{case_id}", "requested")


@router.post("/cases/{case_id:uuid}/checklist")
async def mark_item(case_id: UUID, who: SignedIn, form: SentForm) -> Response:
    """Say of an item whether it is there."""
    given = Given.typed(form)
    try:
        async with who.acting() as tx:
            said = validated(Mark, {"status": given.one("status"), "note": given.one("note").strip()})
            await mark(tx, case_id, given.one("item"), said)
    except AppError as error:
        return await _again(who, case_id, f"item-{given.one('item')}", given, error)
    return see(_back(case_id, given), "marked")


@router.post("/cases/{case_id:uuid}/files")
async def upload(case_id: UUID, request: Request, who: SignedIn, form: SentForm) -> Response:
    """Add a file to the case, for an item of the checklist or for none."""
    given = Given.typed(form)
    item = given.text("item")
    try:
        sent, clean_name = sent_file(form)
        if item is not None:
            check_item(item)
        async with who.acting() as tx:
            await files.check_may_add_to_case(tx, case_id)
        store = await file_store(request)
        async with store.receive(chunks(sent)) as received, who.acting() as tx:
            await files.add(tx, store, files.Owner(case_id=case_id), clean_name, item, received)
    except AppError as error:
        return await _again(who, case_id, f"item-{item or 'other'}", given, error)
    return see(_back(case_id, given), "uploaded")


@router.get("/files/{file_id:uuid}")
async def download(file_id: UUID, request: Request, who: SignedIn, view: bool = False) -> Response:
    """A file's content, to keep or (`view`) to look at; opening it is on record."""
    store = await file_store(request)
    return await serving.answer(request, who.db, who.officer_id, store, file_id, serving.Look(view))


@router.post("/cases/{case_id:uuid}/files/{file_id:uuid}/remove")
async def remove(case_id: UUID, file_id: UUID, who: SignedIn, form: SentForm) -> Response:
    """Take a file out of use."""
    given = Given.typed(form)
    try:
        async with who.acting() as tx:
            await files.remove(
                tx, file_id, validated(Removal, {"reason": given.one("reason").strip()}).reason
            )
    except AppError as error:
        return await _again(who, case_id, f"file-{file_id}", given, error)
    return see(_back(case_id, given), "removed")


async def _again(who: Visitor, case_id: UUID, form: str, given: Given, error: AppError) -> HTMLResponse:
    """The page with the form open as it was filled in, and what is wrong with it."""
    return await _page(who, case_id, error.status, form=form, given=given, problems=Problems(error))


async def _requests(tx: Acting, case_id: UUID) -> list[Any]:
    page = Paging(50, None)
    rows = await supervision_queries.requests(tx, page, box="area", state=None, case_id=case_id)
    return [summary(row) for row in rows]


async def _checklist(tx: Acting, case: dict[str, Any], charge: str) -> dict[str, Any] | None:
    """The checklist of one charge: the one asked for, the transfer's, or the first that the finding names."""
    named = [one for one in [charge, *case["charges"]] if one in charges_with_checklist()]
    if tx.actor.kind == "coordinating" or not named:
        return None
    found = await checklist(tx, UUID(case["id"]), named[0])
    groups: dict[str, list[Any]] = {}
    for item in found.items:
        groups.setdefault(item.category, []).append(item)
    due = [item for item in found.items if item.requirement in ("mandatory", "applicable")]
    there = [item for item in due if item.status != "missing"]
    return {
        "charge": named[0],
        "charges": {one: charge_name(one) for one in dict.fromkeys([*named, *case["charges"]])},
        "groups": groups,
        "other_files": found.other_files,
        "due": len(due),
        "there": len(there),
        "percent": 100 * len(there) // len(due) if due else 100,
        "ask": len([item for item in found.items if item.requirement == "ask" and item.status == "missing"]),
    }


def _request_kinds(tx: Acting) -> dict[str, str]:
    roles = tx.actor.roles
    return {
        kind.id: f"{kind.name}（{kind.document}）"
        for kind in supervision().kinds
        if set(kind.by.get(tx.actor.kind, ())) & set(roles)  # type: ignore[call-overload]
    }


def _may(tx: Acting, case: dict[str, Any], transfer: Any) -> dict[str, bool]:
    actor = tx.actor
    own = actor.kind == "enforcement" and case["organ"]["id"] == actor.organ_id
    free = transfer is None or transfer.closed_at is not None
    return {
        "edit": own and actor.is_a(*service.EDITED_BY),
        "open": own and free and actor.is_a("handler"),
        "refuse": own
        and free
        and actor.is_a("head")
        and (case["conclusion"] == "must_transfer" or _is_suspected(case)),
        "find": own and actor.is_a(*officer_findings.FOUND_BY),
        "mark": own and actor.is_a("handler", "legal", "head"),
        "upload": (own or actor.kind in ("police", "procuratorate"))
        and actor.is_a("handler", "legal", "head", "desk", "supervisor"),
        "unmask": (own or actor.kind in ("police", "procuratorate", "court"))
        and actor.is_a("handler", "head", "legal", "desk", "supervisor"),
    }


def _party_record(case: dict[str, Any]) -> dict[str, Any]:
    """What the newest screening says of the parties' records."""
    said = case["screening"]["result"] if case["screening"] else {}
    return {name: said.get(name, []) for name in ("counted", "accumulated", "questions")}


def _is_suspected(case: dict[str, Any]) -> bool:
    return any(one["kind"] == "suspicion" for one in case["officer_findings"])


def _suspicion(case: dict[str, Any]) -> dict[str, str]:
    """The charges for which an officer may find reasonable suspicion: of intellectual property, in view."""
    if case["conclusion"] == "must_transfer" or _is_suspected(case) or not case["screening"]:
        return {}
    in_view = [one["charge"] for one in case["screening"]["result"]["findings"]]
    known = law().charges
    return {code: known[code].name for code in in_view if code in known and known[code].reasonable_suspicion}


def _back(case_id: UUID, given: Given) -> str:
    return f"/cases/{case_id}" + (f"?charge={given.one('charge')}" if given.text("charge") else "")
