"""HTTP: clues."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse

from app.clues import checks, queries, service
from app.clues.models import Box, Clue, ClueAction, ClueDraft, ClueSummary, NamedOfficer
from app.http.access import ActingTransaction
from app.http.once import OnceOnly
from app.http.pages import Page, PageAsked
from app.http.problems import responses

router = APIRouter(prefix="/api/v1", tags=["线索"])


@router.post(
    "/clues",
    status_code=201,
    response_model=Clue,
    summary="拟发线索",
    responses=responses(401, 403, 404, 409, 422),
)
async def draft(body: ClueDraft, tx: ActingTransaction, once: OnceOnly) -> JSONResponse:
    """Open a clue; with `send` it is sent at once."""
    return await once(lambda: service.draft(tx, body), 201)


@router.get("/clues", summary="线索列表，新的在前", responses=responses(401, 422))
async def clues(
    tx: ActingTransaction,
    page: PageAsked,
    box: Annotated[Box, Query(description="收到的、发出的、转送出的、本辖区的")] = "received",
    kind: Annotated[str | None, Query(max_length=40)] = None,
    state: Annotated[str | None, Query(max_length=40)] = None,
    open_only: Annotated[bool, Query(alias="open", description="只看未办结")] = False,
) -> Page[ClueSummary]:
    """The clues of one box."""
    rows = await queries.clues(tx, page, box, kind=kind, state=state, open_only=open_only)
    items, cursor = page.cut(rows)
    return Page(items=[queries.summary(row) for row in items], next_cursor=cursor)


@router.get("/clues/{clue_id}", summary="线索详情与可用动作", responses=responses(401, 404, 422))
async def clue(clue_id: UUID, tx: ActingTransaction) -> Clue:
    """One clue with its steps, clocks, attachments, and what the signed-in officer may do."""
    return await service.read(tx, clue_id)


@router.post(
    "/clues/{clue_id}/actions/{action}",
    response_model=Clue,
    summary="办理线索",
    responses=responses(401, 403, 404, 409, 422),
)
async def act(
    clue_id: UUID, action: str, body: ClueAction, tx: ActingTransaction, once: OnceOnly
) -> JSONResponse:
    """Take one of the available actions."""
    return await once(lambda: service.act(tx, clue_id, action, body))


@router.get(
    "/organs/{organ_id}/duty-recipients", summary="可以接收职务犯罪线索的人员", responses=responses(401, 422)
)
async def duty_recipients(organ_id: int, tx: ActingTransaction) -> list[NamedOfficer]:
    """Whom a duty-crime clue to this organ may name."""
    return [NamedOfficer(**row) for row in await checks.duty_recipients(tx, organ_id)]
