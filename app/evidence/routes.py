"""HTTP: the checklist of a case, and files."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import StreamingResponse

from app.database.transaction import Row
from app.evidence import files
from app.evidence.checklist import check_item, checklist, mark
from app.evidence.models import Checklist, EvidenceItem, File, Mark, Removal
from app.evidence.names import file_name
from app.evidence.store import FileStore, blocks, is_whole
from app.http.access import ActingTransaction, DatabaseOf, OfficerId, client_address
from app.http.problems import responses

router = APIRouter(prefix="/api/v1", tags=["证据"])

CONTENT = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}


async def file_store(request: Request) -> FileStore:
    """Where the process keeps evidence files."""
    chosen = request.app.state.settings
    return FileStore(chosen.files, chosen.file_limit)


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
    summary="下载文件",
    response_class=StreamingResponse,
    responses={200: {"content": CONTENT}, **responses(401, 404, 422, 500)},
)
async def open_file(
    request: Request, db: DatabaseOf, officer_id: OfficerId, store: Store, file_id: UUID
) -> StreamingResponse:
    """The content, once its hash has been checked; opening is on record before the first byte leaves."""
    address = client_address(request)
    async with db.acting(officer_id, address) as tx:
        row = await files.stored(tx, file_id)
    sha256 = bytes.fromhex(row["sha256"])
    try:
        content = store.open(sha256)
    except FileNotFoundError:
        content = None
    whole = content is not None and await is_whole(content, sha256)
    async with db.acting(officer_id, address) as tx:
        await (files.note_opened if whole else files.note_damaged)(tx, row)
    if content is None or not whole:
        if content is not None:
            content.close()
        raise files.damaged()
    return StreamingResponse(blocks(content), media_type=row["media_type"], headers=_headers(row))


@router.post("/files/{file_id}/removal", summary="移除文件", responses=responses(401, 403, 404, 409, 422))
async def remove_file(tx: ActingTransaction, file_id: UUID, body: Removal) -> File:
    """Take a file out of use, with the reason; the row stays."""
    return await files.remove(tx, file_id, body.reason)


def _headers(row: Row) -> dict[str, str]:
    return {
        "Content-Length": str(row["size"]),
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(row['name'], safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "private, no-store",
        "Digest": f"sha-256={row['sha256']}",
    }
