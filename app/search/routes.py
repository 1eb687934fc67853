"""HTTP: search."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse

from app.cases.intake.template import MEDIA_TYPE
from app.cases.routes import SealOf
from app.http.access import ActingTransaction
from app.http.once import OnceOnly
from app.http.pages import Page, paging
from app.http.problems import responses
from app.search import queries, saved, sheet
from app.search.models import Filters, Hit, SavedSearch, SearchAsked, SearchToSave

router = APIRouter(prefix="/api/v1", tags=["检索"])


@router.get("/search", summary="检索案件、当事人、移送和线索", responses=responses(401, 403, 422))
async def search(tx: ActingTransaction, seal: SealOf, asked: Annotated[SearchAsked, Query()]) -> Page[Hit]:
    """What has all the words, newest first, within what the signed-in officer may see."""
    items, cursor = await queries.hits(tx, seal, asked, paging(asked.limit, asked.cursor))
    return Page(items=items, next_cursor=cursor)


@router.get(
    "/search.xlsx",
    summary="导出检索结果",
    response_class=Response,
    responses={200: {"content": {MEDIA_TYPE: {}}}, **responses(401, 403, 422)},
)
async def export(tx: ActingTransaction, seal: SealOf, asked: Annotated[Filters, Query()]) -> Response:
    """The same as a sheet, at most 5,000 rows; the export is on the audit trail."""
    return as_sheet(await sheet.exported(tx, seal, asked))


def as_sheet(content: bytes) -> Response:
    """The sheet as a download."""
    name = quote("检索结果.xlsx")
    return Response(content, 200, {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}, MEDIA_TYPE)


@router.get("/searches", summary="本人保存的检索", responses=responses(401))
async def searches(tx: ActingTransaction) -> list[SavedSearch]:
    """The searches that the signed-in officer keeps."""
    return await saved.saved(tx)


@router.post(
    "/searches",
    summary="保存检索",
    status_code=201,
    response_model=SavedSearch,
    responses=responses(401, 403, 409, 422),
)
async def save(body: SearchToSave, tx: ActingTransaction, once: OnceOnly) -> JSONResponse:
    """Keep a search under a name."""
    return await once(lambda: saved.save(tx, body), 201)


@router.delete(
    "/searches/{search_id}", summary="删除保存的检索", status_code=204, responses=responses(401, 404, 422)
)
async def forget(search_id: UUID, tx: ActingTransaction) -> None:
    """Delete a search that the signed-in officer keeps."""
    await saved.forget(tx, search_id)
