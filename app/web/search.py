"""Pages: search over everything that the officer may see, searches that are kept, the result as a sheet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from app.database.transaction import Acting
from app.errors import AppError
from app.http.pages import Paging, paging
from app.law.statutes import law
from app.search import queries, saved, sheet
from app.search.models import KINDS, Filters, FiltersToSave, Kind, SearchToSave, states
from app.search.routes import as_sheet
from app.search.words import marked, split
from app.web.given import Given, Problems, validated
from app.web.session import SentForm, SignedIn, query_without, see

router = APIRouter(prefix="/search")
_PER_KIND = 8
_PER_PAGE = 30
_PAGES = {"case": "/cases", "party": "/cases", "transfer": "/transfers", "clue": "/clues"}


@router.get("")
async def page(request: Request, who: SignedIn) -> HTMLResponse:
    """What was found, by kind; one kind alone in pages."""
    asked = query_without(request, "done")
    async with who.acting() as tx:
        return await _page(request, who, tx, asked, Problems())


@router.get("/export")
async def export(request: Request, who: SignedIn) -> Response:
    """The result as a sheet."""
    asked = query_without(request, "done", "cursor")
    try:
        async with who.acting() as tx:
            return as_sheet(await sheet.exported(tx, request.app.state.seal, validated(Filters, asked)))
    except AppError as error:
        async with who.acting() as tx:
            return await _page(request, who, tx, asked, Problems(error))


@router.post("/saved")
async def save(request: Request, who: SignedIn, form: SentForm) -> Response:
    """Keep the search under a name."""
    given = Given.typed(form)
    asked = {name: given.one(name) for name in Filters.model_fields if given.text(name)}
    try:
        async with who.acting() as tx:
            filters = FiltersToSave(**validated(Filters, asked).model_dump())
            await saved.save(tx, validated(SearchToSave, {"name": given.one("name"), "filters": filters}))
    except AppError as error:
        async with who.acting() as tx:
            return await _page(request, who, tx, asked, Problems(error))
    return see(_address(asked), "search_saved")


@router.post("/saved/{search_id:uuid}/delete")
async def forget(search_id: UUID, who: SignedIn, _form: SentForm) -> Response:
    """Delete a search that was kept."""
    async with who.acting() as tx:
        await saved.forget(tx, search_id)
    return see("/search", "search_forgotten")


async def _page(
    request: Request, who: SignedIn, tx: Acting, asked: dict[str, str], problems: Problems
) -> HTMLResponse:
    queries.must_read_cases(tx)
    groups: list[dict[str, Any]] = []
    words: list[str] = []
    if "q" in asked:
        try:
            one = paging(_PER_PAGE, asked.get("cursor"))
            filters = validated(Filters, {name: asked[name] for name in asked if name != "cursor"})
            words = split(filters.q)
            groups = await _groups(request, tx, filters, one)
        except AppError as error:
            problems = Problems(error)
    kept = await saved.saved(tx)
    kind = asked.get("kind")
    return await who.page(
        tx,
        "search.html",
        problems.error.status if problems.error else 200,
        asked=asked,
        groups=groups,
        problems=problems,
        marked=lambda text: marked(text, words),
        kinds=KINDS,
        states=states(kind) if kind in KINDS else {},
        causes={one.id: one.name for one in law().causes.values()},
        charges={one.charge: one.name for one in law().charges.values() if one.kind == "charge"},
        organs=await queries.organs_near(tx),
        kept=[(search, _address(search.filters)) for search in kept],
        export=_address({**asked, "cursor": None}, "/search/export"),
        first_address=_address({**asked, "cursor": None}) if "cursor" in asked else None,
        pages=_PAGES,
    )


async def _groups(request: Request, tx: Acting, filters: Filters, one: Paging) -> list[dict[str, Any]]:
    """The hits by kind, with the address of all of a kind, or of its next page."""
    groups = []
    kinds: list[Kind] = [filters.kind] if filters.kind else [kind for kind in KINDS if _has(kind, filters)]
    for kind in kinds:
        page = one if filters.kind else Paging(_PER_KIND, None)
        narrowed = filters.model_copy(update={"kind": kind})
        hits, cursor = await queries.hits(tx, request.app.state.seal, narrowed, page)
        asked = filters.model_dump(mode="json", exclude_none=True) | {"kind": kind}
        more = _address(asked | ({"cursor": cursor} if filters.kind else {})) if cursor else None
        if hits or filters.kind:
            groups.append({"kind": kind, "name": KINDS[kind], "hits": hits, "more": more})
    return groups


def _has(kind: Kind, filters: Filters) -> bool:
    return not (kind == "clue" and (filters.cause or filters.charge))


def _address(asked: Mapping[str, Any], path: str = "/search") -> str:
    given = {name: value for name, value in asked.items() if value}
    return f"{path}?{urlencode(given)}" if given else path
