"""HTTP: the checklist of a case, and files."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.responses import StreamingResponse

from app.evidence import custody, files, serving
from app.evidence.checklist import check_item, checklist, mark
from app.evidence.exhibit_models import CustodyEntry
from app.evidence.models import Checklist, EvidenceItem, File, Mark, Removal
from app.evidence.names import file_name
from app.evidence.serving import Look
from app.evidence.store import FileStore, file_store_of
from app.http.access import ActingTransaction, DatabaseOf, OfficerId, client_address
from app.http.problems import responses

router = APIRouter(prefix="/api/v1", tags=["证据"])

CONTENT = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}


async def file_store(request: Request) -> FileStore:
    """Where the process keeps evidence files."""
    return file_store_of(request.app.state.settings)


async def look_asked(
    view: Annotated[bool, Query(description="在浏览器中查看，不作为附件下载")] = False,
    why: Annotated[str, Query(max_length=200, description="查阅的理由，记入保管链")] = "",
) -> Look:
    """How and why somebody opens a file."""
    return Look(view, why.strip())


Store = Annotated[FileStore, Depends(file_store)]


@router.get("/cases/{case_id}/checklist", summary="案件的证据清单", responses=responses(401, 403, 404, 422))
async def read_checklist(
    tx: ActingTransaction,
    case_id: UUID,
    charge: Annotated[
        str | None, Query(max_length=20, description="罪名的刑法条文号；不填则取已达标准的罪名")
    ] = None,
) -> Checklist:
    """Each item with its requirement, basis, what it proves, and whether it is there."""
    return await checklist(tx, case_id, charge)


@router.put(
    "/cases/{case_id}/checklist/{item}", summary="标注证据项", responses=responses(401, 403, 404, 422)
)
async def mark_item(tx: ActingTransaction, case_id: UUID, item: str, body: Mark) -> EvidenceItem:
    """Say whether an item is there, missing, or does not apply."""
    return await mark(tx, case_id, item, body)


@router.get("/cases/{case_id}/files", summary="案件的文件", responses=responses(401, 422))
async def list_files(tx: ActingTransaction, case_id: UUID) -> list[File]:
    """The files of a case that the officer may see."""
    return await files.files_of_case(tx, case_id)


@router.post(
    "/cases/{case_id}/files",
    summary="上传文件（请求体为文件内容）",
    status_code=201,
    responses=responses(401, 403, 404, 413, 422),
    openapi_extra={"requestBody": {"required": True, "content": CONTENT}},
)
async def add_file(
    request: Request,
    db: DatabaseOf,
    officer_id: OfficerId,
    store: Store,
    case_id: UUID,
    name: Annotated[str, Query(max_length=400, description="文件名")],
    item: Annotated[str | None, Query(max_length=40, description="所属的证据清单项")] = None,
    content_length: Annotated[int | None, Header(ge=0)] = None,
) -> File:
    """Store a file. No database connection is held while its content comes in."""
    clean_name = file_name(name)
    if item is not None:
        check_item(item)
    address = client_address(request)
    async with db.acting(officer_id, address) as tx:
        await files.check_may_add_to_case(tx, case_id)
    store.check_announced(content_length)
    async with store.receive(request.stream()) as received, db.acting(officer_id, address) as tx:
        return await files.add(tx, store, files.Owner(case_id=case_id), clean_name, item, received)


@router.get(
    "/files/{file_id}",
    summary="查看或者下载文件",
    response_class=StreamingResponse,
    responses={
        200: {"content": CONTENT},
        206: {"content": CONTENT, "description": "所请求的部分"},
        **responses(401, 404, 416, 422, 500),
    },
)
async def open_file(
    request: Request,
    db: DatabaseOf,
    officer_id: OfficerId,
    store: Store,
    file_id: UUID,
    look: Annotated[Look, Depends(look_asked)],
) -> Response:
    """The content. Opening it is on record, with the reason, before the first byte leaves."""
    return await serving.answer(request, db, officer_id, store, file_id, look)


@router.get("/files/{file_id}/custody", summary="文件的保管链", responses=responses(401, 404, 422))
async def read_custody(tx: ActingTransaction, file_id: UUID) -> list[CustodyEntry]:
    """Who added, looked at, downloaded or removed the file, when and why, oldest first."""
    await files.row_of(tx, file_id)
    return await custody.of_file(tx, file_id)


@router.post("/files/{file_id}/removal", summary="移除文件", responses=responses(401, 403, 404, 409, 422))
async def remove_file(tx: ActingTransaction, file_id: UUID, body: Removal) -> File:
    """Take a file out of use, with the reason; the row stays."""
    return await files.remove(tx, file_id, body.reason)
