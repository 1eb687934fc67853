"""HTTP: clues."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from fastapi.responses import JSONResponse

from app.clues import checks, queries, service
from app.clues.models import Box, Clue, ClueAction, ClueDraft, ClueSummary, NamedOfficer
from app.evidence import files
from app.evidence.models import File
from app.evidence.names import file_name
from app.evidence.routes import CONTENT, Store
from app.evidence.upload_routes import Length, Metadata, SenderOf, begun, speaks_tus
from app.http.access import ActingTransaction, DatabaseOf, OfficerId, client_address
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
    kind: Annotated[str | None, Query(pattern=r"^[a-z_]{1,40}$")] = None,
    state: Annotated[str | None, Query(pattern=r"^[a-z_]{1,40}$")] = None,
    open_only: Annotated[bool, Query(alias="open", description="只看未办结")] = False,
) -> Page[ClueSummary]:
    """The clues of one box."""
    rows = await queries.clues(tx, page, box, kind=kind, state=state, open_only=open_only)
    items, cursor = page.cut(rows)
    return Page(items=await queries.summaries(tx, items), next_cursor=cursor)


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


@router.post(
    "/clues/{clue_id}/files",
    summary="添加附件（请求体为文件内容）",
    status_code=201,
    responses=responses(401, 403, 404, 409, 413, 422),
    openapi_extra={"requestBody": {"required": True, "content": CONTENT}},
)
async def add_file(
    request: Request,
    db: DatabaseOf,
    officer_id: OfficerId,
    store: Store,
    clue_id: UUID,
    name: Annotated[str, Query(max_length=400, description="文件名")],
    content_length: Annotated[int | None, Header(ge=0)] = None,
) -> File:
    """Attach a file. No database connection is held while its content comes in."""
    clean_name = file_name(name)
    address = client_address(request)
    async with db.acting(officer_id, address) as tx:
        await service.owner_of_files(tx, clue_id)
    store.check_announced(content_length)
    async with store.receive(request.stream()) as received, db.acting(officer_id, address) as tx:
        owner = await service.owner_of_files(tx, clue_id)
        return await files.add(tx, store, owner, clean_name, None, received)


@router.post(
    "/clues/{clue_id}/uploads",
    summary="开始向线索续传附件",
    status_code=201,
    dependencies=[Depends(speaks_tus)],
    responses=responses(401, 403, 404, 409, 412, 413, 422, 507),
)
async def begin_upload(
    request: Request,
    tx: ActingTransaction,
    who: SenderOf,
    clue_id: UUID,
    upload_length: Length = None,
    upload_metadata: Metadata = None,
) -> Response:
    """Announce an attachment; its parts go to the address in `Location`."""
    owner = await service.owner_of_files(tx, clue_id)
    return await begun(request, tx, who, owner, upload_length, upload_metadata)


@router.get(
    "/organs/{organ_id}/duty-recipients", summary="可以接收职务犯罪线索的人员", responses=responses(401, 422)
)
async def duty_recipients(
    organ_id: Annotated[int, Path(ge=1, le=2**31 - 1)], tx: ActingTransaction
) -> list[NamedOfficer]:
    """Whom a duty-crime clue to this organ may name."""
    return [NamedOfficer(**row) for row in await checks.duty_recipients(tx, organ_id)]
