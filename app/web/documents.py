"""Pages: the documents of a matter, one document to fill in, issue, void and download, the numbers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from app.documents import numbering, papers, queries, service
from app.documents.matter import Subject
from app.documents.models import DocumentShown, NewDocument, NumberRuleSet, Typed, Why
from app.documents.rights import may_draw_up
from app.documents.routes import Beginning, paper_response, scan_response
from app.errors import AppError
from app.evidence.routes import file_store
from app.http.access import client_address
from app.law.documents import About, documents
from app.web.given import Given, Problems, validated
from app.web.session import SentForm, SignedIn, Visitor, is_partial, see
from app.web.uploads import chunks, sent_file

router = APIRouter(prefix="/documents")
_BLANK_ROWS = 3
_BACK = {
    "transfer": "/transfers/{id}",
    "case": "/cases/{id}",
    "clue": "/clues/{id}",
    "supervision": "/supervision/requests/{id}",
    "referral": "/referrals/{id}",
}
_NAMES = {"transfer": "移送", "case": "案件", "clue": "线索", "supervision": "监督文书", "referral": "移送"}


@router.get("/of/{about}/{subject_id:uuid}")
async def of(request: Request, about: About, subject_id: UUID, who: SignedIn) -> HTMLResponse:
    """The documents of a matter: a page, or the card that stands on the matter's own page."""
    return await _list(who, Subject(about, subject_id), is_partial(request))


@router.post("/of/{about}/{subject_id:uuid}")
async def draw_up(about: About, subject_id: UUID, who: SignedIn, form: SentForm) -> Response:
    """Begin a document."""
    body = {"kind": Given.typed(form).one("kind"), "about": about, "id": subject_id}
    try:
        async with who.acting() as tx:
            made = await service.draft(tx, validated(NewDocument, body))
    except AppError as error:
        return await _list(who, Subject(about, subject_id), False, error)
    return see(f"/documents/{made.id}")


@router.get("/numbers")
async def numbers(who: SignedIn) -> HTMLResponse:
    """How the organ's numbers are worded."""
    return await _numbers(who)


@router.post("/numbers/{kind}")
async def set_number(kind: str, who: SignedIn, form: SentForm) -> Response:
    """Word the numbers of one kind."""
    given = Given.typed(form)
    body = {name: given.one(name) for name in ("abbreviation", "letters", "pattern")}
    try:
        async with who.acting() as tx:
            await numbering.set_rule(tx, kind, validated(NumberRuleSet, body))
    except AppError as error:
        return await _numbers(who, kind, error)
    return see("/documents/numbers", "saved")


@router.get("/{document_id:uuid}")
async def one(document_id: UUID, who: SignedIn) -> HTMLResponse:
    """One document."""
    return await _page(who, document_id)


@router.post("/{document_id:uuid}/fields")
async def fill_in(document_id: UUID, who: SignedIn, form: SentForm) -> Response:
    """Keep what was filled in; with the button that says so, issue it at once."""
    given = Given.typed(form)
    try:
        async with who.acting() as tx:
            shown = await queries.shown(tx, document_id)
            typed = _typed(shown, given)
            if typed:
                revision = given.number("revision") or 0
                await service.type_in(tx, document_id, validated(Typed, typed), revision)
            if given.one("issue"):
                await service.issue(tx, document_id)
    except AppError as error:
        return await _page(who, document_id, error, given)
    return see(f"/documents/{document_id}", "issued" if given.one("issue") else "saved")


@router.post("/{document_id:uuid}/void")
async def void(document_id: UUID, who: SignedIn, form: SentForm) -> Response:
    """The document no longer holds."""
    return await _end(who, document_id, form, "void")


@router.post("/{document_id:uuid}/waive")
async def waive(document_id: UUID, who: SignedIn, form: SentForm) -> Response:
    """The document is not needed."""
    return await _end(who, document_id, form, "waive")


@router.get("/{document_id:uuid}/docx")
async def word(document_id: UUID, who: SignedIn) -> Response:
    """The Word file."""
    async with who.acting() as tx:
        return paper_response(await papers.word(tx, document_id), "docx")


@router.get("/{document_id:uuid}/pdf")
async def printed(document_id: UUID, request: Request, who: SignedIn) -> Response:
    """The PDF; where it cannot be made, the page says why."""
    try:
        found = await papers.printed(who.db, who.officer_id, client_address(request), document_id)
    except AppError as error:
        if error.status == 404:
            raise
        return await _page(who, document_id, error)
    return paper_response(found, "pdf")


@router.post("/{document_id:uuid}/scans")
async def attach(document_id: UUID, request: Request, who: SignedIn, form: SentForm) -> Response:
    """Put a signed or stamped scan beside the document."""
    try:
        sent, name = sent_file(form)
        async with who.acting() as tx:
            await papers.check_may_attach(tx, document_id, name)
        store, watched = await file_store(request), Beginning(chunks(sent))
        async with store.receive(watched) as received, who.acting() as tx:
            await papers.attach(tx, store, document_id, name, watched.seen, received)
    except AppError as error:
        return await _page(who, document_id, error)
    return see(f"/documents/{document_id}", "uploaded")


@router.get("/{document_id:uuid}/scans/{scan_id:uuid}")
async def scan(document_id: UUID, scan_id: UUID, request: Request, who: SignedIn) -> Response:
    """A scan."""
    async with who.acting() as tx:
        return await scan_response(tx, await file_store(request), document_id, scan_id)


async def _end(who: Visitor, document_id: UUID, form: Any, how: str) -> Response:
    given = Given.typed(form)
    try:
        async with who.acting() as tx:
            reason = validated(Why, {"reason": given.one("reason").strip()}).reason
            await (service.void if how == "void" else service.waive)(tx, document_id, reason)
    except AppError as error:
        return await _page(who, document_id, error, given, how)
    return see(f"/documents/{document_id}", "acted")


async def _list(who: Visitor, subject: Subject, partial: bool, error: AppError | None = None) -> HTMLResponse:
    async with who.acting() as tx:
        values: dict[str, Any] = {
            "subject": subject,
            "rows": await queries.documents_of(tx, subject),
            "kinds": {
                kind.id: kind.name
                for kind in documents().values()
                if subject.about in kind.about and may_draw_up(tx, kind)
            },
            "back": _BACK[subject.about].format(id=subject.id),
            "about_name": _NAMES[subject.about],
            "problems": Problems(error),
        }
        template = "documents/card.html" if partial else "documents/list.html"
        return await who.page(tx, template, error.status if error else 200, **values)


async def _numbers(who: Visitor, kind: str = "", error: AppError | None = None) -> HTMLResponse:
    async with who.acting() as tx:
        return await who.page(
            tx,
            "documents/numbers.html",
            error.status if error else 200,
            rules=await numbering.rules(tx),
            may_set=tx.actor.is_a(*numbering.MAY_SET),
            kind=kind,
            problems=Problems(error),
        )


async def _page(
    who: Visitor,
    document_id: UUID,
    error: AppError | None = None,
    given: Given | None = None,
    form: str = "",
) -> HTMLResponse:
    async with who.acting() as tx:
        shown = await queries.shown(tx, document_id)
        return await who.page(
            tx,
            "documents/one.html",
            error.status if error else 200,
            d=shown,
            rows=_rows_to_edit(shown) if "edit" in shown.may else shown.rows,
            given=given or Given(),
            problems=Problems(error),
            wrong={one.field.rpartition(".")[2]: one.detail for one in error.errors} if error else {},
            form=form,
            back=_BACK[shown.about].format(id=shown.subject_id),
            about_name=_NAMES[shown.about],
        )


def _typed(shown: DocumentShown, given: Given) -> dict[str, Any]:
    """What the officer changed; what stands as the data say is left to the data."""
    if shown.rows is not None:
        columns = [column.id for column in shown.columns]
        rows = [
            {name: given.one(f"rows.{at}.{name}").strip() for name in columns} for at in given.indexes("rows")
        ]
        rows = [row for row in rows if any(row.values())]
        return {} if rows == shown.rows else {"rows": rows}
    fields = {
        field.id: "\n".join(given.one(f"fields.{field.id}").splitlines()).strip()
        for field in shown.fields
        if f"fields.{field.id}" in given.names()
    }
    now = {field.id: field.text for field in shown.fields}
    changed = {name: text for name, text in fields.items() if text != now[name]}
    return {"fields": changed} if changed else {}


def _rows_to_edit(shown: DocumentShown) -> list[dict[str, str]] | None:
    if shown.rows is None:
        return None
    return [*shown.rows, *({column.id: "" for column in shown.columns} for _ in range(_BLANK_ROWS))]
