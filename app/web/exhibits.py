"""Pages: the exhibits of a case, one exhibit with its custody and disposal, and the custody of a file."""

from __future__ import annotations

import uuid
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from app.database.transaction import Acting
from app.errors import AppError, not_found
from app.evidence import custody, disposals, exhibit_queries, exhibits, files
from app.evidence.exhibit_models import DisposalEntry, Exhibit, ExhibitEntry, Move
from app.evidence.routes import file_store
from app.law.exhibits import exhibit_law
from app.web.given import Given, Problems, validated
from app.web.once import done_once
from app.web.session import SentForm, SignedIn, Visitor, is_partial, see
from app.web.uploads import chunks, sent_file

router = APIRouter()
_LABELS = {
    "name": "名称",
    "specification": "规格型号",
    "quantity": "数量",
    "unit": "单位",
    "value": "价值",
    "valuation": "计价依据",
    "valuation_paper": "计价文书号",
    "features": "特征",
    "origin": "来源",
    "place": "存放地点",
    "keeper": "保管人",
    "measure": "措施",
    "seizure_paper": "文书号",
    "seized_on": "日期",
    "sample_of": "样品取自",
    "note": "说明",
}


@router.get("/exhibits/of/case/{case_id:uuid}")
async def of_case(case_id: UUID, request: Request, who: SignedIn) -> HTMLResponse:
    """The exhibits of a case: a page, or the card that stands on the case's own page."""
    async with who.acting() as tx:
        found = await exhibit_queries.exhibits_of_case(tx, case_id)
        case = await _case(tx, case_id)
        template = "exhibits/card.html" if is_partial(request) else "exhibits/list.html"
        return await who.page(tx, template, case=case, exhibits=found, may_add=_may_add(tx, case))


@router.get("/exhibits/new")
async def new(case: UUID, who: SignedIn) -> HTMLResponse:
    """An empty form."""
    return await _form(who, case, Given([("form", str(uuid.uuid4()))]), Problems())


@router.post("/cases/{case_id:uuid}/exhibits")
async def add(case_id: UUID, who: SignedIn, form: SentForm) -> Response:
    """Enter an exhibit."""
    given = Given.typed(form)
    try:
        async with who.acting() as tx:
            entry = validated(ExhibitEntry, _entry(given))
            await done_once(tx, given, lambda: exhibits.add(tx, case_id, entry))
    except AppError as error:
        return await _form(who, case_id, given, Problems(error, _LABELS))
    return see(f"/cases/{case_id}", "exhibit_added")


@router.get("/exhibits/{exhibit_id:uuid}")
async def one(exhibit_id: UUID, who: SignedIn) -> HTMLResponse:
    """One exhibit."""
    return await _page(who, exhibit_id)


@router.get("/exhibits/{exhibit_id:uuid}/edit")
async def edit_page(exhibit_id: UUID, who: SignedIn) -> HTMLResponse:
    """The form of a stored exhibit."""
    async with who.acting() as tx:
        found = await exhibit_queries.exhibit(tx, exhibit_id)
    return await _form(who, found.case_id, Given.stored(found.model_dump()), Problems(), found)


@router.post("/exhibits/{exhibit_id:uuid}/edit")
async def edit(exhibit_id: UUID, who: SignedIn, form: SentForm) -> Response:
    """Correct the record, if nobody else has since the form was opened."""
    given = Given.typed(form)
    revision = given.number("revision") or 0
    async with who.acting() as tx:
        found = await exhibit_queries.exhibit(tx, exhibit_id)
    try:
        async with who.acting() as tx:
            said = _entry(given) | {"keeper": found.keeper, "place": found.place}
            await exhibits.edit(tx, exhibit_id, revision, validated(ExhibitEntry, said))
    except AppError as error:
        return await _form(who, found.case_id, given, Problems(error, _LABELS), found)
    return see(f"/exhibits/{exhibit_id}", "saved")


@router.post("/exhibits/{exhibit_id:uuid}/moves")
async def move(exhibit_id: UUID, who: SignedIn, form: SentForm) -> Response:
    """Put down that keeper or place changed."""
    given = Given.typed(form)
    body = {name: given.one(name).strip() for name in ("keeper", "place", "why")}
    try:
        async with who.acting() as tx:
            said = validated(
                Move,
                {
                    **body,
                    "moved_at": given.text("moved_at"),
                    "back_to_sender": given.one("back_to_sender") == "yes",
                },
            )
            await done_once(tx, given, lambda: exhibits.move(tx, exhibit_id, said))
    except AppError as error:
        return await _page(who, exhibit_id, "move", given, Problems(error))
    return see(f"/exhibits/{exhibit_id}", "exhibit_moved")


@router.post("/exhibits/{exhibit_id:uuid}/photographs")
async def photograph(exhibit_id: UUID, request: Request, who: SignedIn, form: SentForm) -> Response:
    """Add a photograph to the case's files and to the exhibit."""
    given = Given.typed(form)
    try:
        sent, name = sent_file(form)
        async with who.acting() as tx:
            case_id = (await exhibits.held(tx, exhibit_id, exhibits.KEPT_BY))["case_id"]
            await files.check_may_add_to_case(tx, case_id)
        store = await file_store(request)
        async with store.receive(chunks(sent)) as received, who.acting() as tx:
            file = await files.add(tx, store, files.Owner(case_id=case_id), name, None, received)
            await exhibits.photograph(tx, exhibit_id, file.id)
    except AppError as error:
        return await _page(who, exhibit_id, "photograph", given, Problems(error))
    return see(f"/exhibits/{exhibit_id}", "uploaded")


@router.post("/exhibits/{exhibit_id:uuid}/disposals")
async def dispose(exhibit_id: UUID, who: SignedIn, form: SentForm) -> Response:
    """Record a disposal."""
    given = Given.typed(form)
    kind = given.one("kind")
    try:
        async with who.acting() as tx:
            entry = validated(
                DisposalEntry,
                {
                    "kind": kind,
                    "quantity": given.one("quantity"),
                    "disposed_on": given.text("disposed_on"),
                    "recorded": _recorded(kind, given),
                },
            )
            await done_once(tx, given, lambda: disposals.dispose(tx, exhibit_id, entry))
    except AppError as error:
        return await _page(who, exhibit_id, f"dispose-{kind}", given, Problems(error))
    return see(f"/exhibits/{exhibit_id}", "exhibit_disposed")


@router.get("/files/{file_id:uuid}/custody")
async def file_custody(file_id: UUID, who: SignedIn) -> HTMLResponse:
    """Who added, looked at, downloaded or removed a file."""
    async with who.acting() as tx:
        row = await files.row_of(tx, file_id)
        return await who.page(tx, "exhibits/file.html", file=row, links=await custody.of_file(tx, file_id))


async def _page(
    who: Visitor,
    exhibit_id: UUID,
    form: str = "",
    given: Given | None = None,
    problems: Problems | None = None,
) -> HTMLResponse:
    problems = problems or Problems()
    async with who.acting() as tx:
        found = await exhibit_queries.exhibit(tx, exhibit_id)
        holds = found.holder_organ == tx.actor.organ_name and found.state in ("held", "accepted")
        return await who.page(
            tx,
            "exhibits/one.html",
            problems.error.status if problems.error else 200,
            exhibit=found,
            case=await _case(tx, found.case_id),
            links=await custody.of_exhibit(tx, exhibit_id),
            may_keep=holds and tx.actor.is_a(*exhibits.KEPT_BY),
            may_edit=found.state == "held" and holds and tx.actor.is_a(*exhibits.ENTERED_BY),
            choices=exhibit_queries.choices(),
            form=form,
            form_key=str(uuid.uuid4()),
            given=given or Given(),
            problems=problems,
        )


async def _form(
    who: Visitor, case_id: UUID, given: Given, problems: Problems, stored: Exhibit | None = None
) -> HTMLResponse:
    listed = exhibit_queries.choices()
    async with who.acting() as tx:
        others = await exhibit_queries.exhibits_of_case(tx, case_id)
        sources = [one for one in others if one.sample_of is None and one is not stored]
        return await who.page(
            tx,
            "exhibits/form.html",
            problems.error.status if problems.error else 200,
            case=await _case(tx, case_id),
            stored=stored,
            given=given,
            problems=problems,
            choices=listed,
            valuations={one.id: one.name for one in listed.valuations},
            measures={one.id: one.name for one in listed.measures},
            sources={
                one.id: f"{one.position} {one.name}" for one in sources if not stored or one.id != stored.id
            },
        )


async def _case(tx: Acting, case_id: UUID) -> dict[str, Any]:
    case = await tx.row("SELECT id, number, organ_id FROM cases WHERE id = %(id)s", id=case_id)
    if case is None:
        raise not_found("案件")
    return case


def _may_add(tx: Acting, case: dict[str, Any]) -> bool:
    own: bool = case["organ_id"] == tx.actor.organ_id
    return own and tx.actor.is_a(*exhibits.ENTERED_BY)


def _entry(given: Given) -> dict[str, Any]:
    said: dict[str, Any] = {name: given.text(name) for name in _LABELS}
    return {**said, "perishable": given.one("perishable") == "yes"}


def _recorded(kind: str, given: Given) -> dict[str, Any]:
    found = exhibit_law().disposal(kind)
    fields = found.fields if found else ()
    return {
        field.id: given.all(field.id) if field.type == "photographs" else given.one(field.id)
        for field in fields
    }
