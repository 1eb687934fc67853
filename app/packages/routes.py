"""HTTP: packages of transfers out and in, and the keys by which they are checked."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import StreamingResponse

from app.database.sealed import Seal
from app.evidence.routes import Store
from app.evidence.store import FileStore, file_store_of
from app.http.access import ActingTransaction, DatabaseOf, OfficerId, client_address
from app.http.pages import Page, PageAsked
from app.http.problems import responses
from app.packages import queries
from app.packages.issuing import Issued, issue
from app.packages.keys import known_keys
from app.packages.models import ReceivedPackage
from app.packages.taking_in import check_may_take_in, take_in
from app.packages.trust import KeySet
from app.packages.writing import zipped

router = APIRouter(prefix="/api/v1", tags=["卷宗包"])

ZIP = {"application/zip": {"schema": {"type": "string", "format": "binary"}}}


async def seal_of(request: Request) -> Seal:
    """The process's seal."""
    found: Seal = request.app.state.seal
    return found


async def package_store(request: Request) -> FileStore:
    """Where packages come in; they may be larger than one evidence file."""
    chosen = request.app.state.settings
    return replace(file_store_of(chosen), limit=chosen.package_limit)


SealOf = Annotated[Seal, Depends(seal_of)]
PackageStore = Annotated[FileStore, Depends(package_store)]


@router.get("/keys", summary="各机关的签名公钥（JWKS）", responses=responses(401, 404, 422))
async def read_keys(
    tx: ActingTransaction,
    organ: Annotated[
        list[str] | None, Query(max_length=100, description="机关代码，可重复；不填为全部")
    ] = None,
) -> KeySet:
    """Public keys with organ code, validity and revocation: a trust file for `xianjie package verify`."""
    return await known_keys(tx, organ or ())


@router.get(
    "/transfers/{transfer_id}/package",
    summary="导出移送卷宗包（zip）",
    response_class=StreamingResponse,
    responses={200: {"content": ZIP}, **responses(401, 403, 404, 409, 422, 500, 503)},
)
async def read_package(
    request: Request,
    db: DatabaseOf,
    officer_id: OfficerId,
    store: Store,
    seal: SealOf,
    transfer_id: UUID,
    pdf: Annotated[bool, Query(description="文书是否附 PDF；没有生成过的现在生成，需要一些时间")] = True,
) -> StreamingResponse:
    """The whole file of a sent transfer, signed by the officer's organ; that it leaves is on record first."""
    address = client_address(request)
    return as_download(await issue(db, officer_id, address, store, seal, transfer_id, pdf))


@router.get("/packages", summary="本机关接收的卷宗包，新的在前", responses=responses(401, 422))
async def list_packages(tx: ActingTransaction, page: PageAsked) -> Page[ReceivedPackage]:
    """Which transfers came with a package from another installation."""
    return await queries.received_packages(tx, page)


@router.post(
    "/packages",
    summary="接收移送卷宗包（请求体为 zip 文件）",
    status_code=201,
    responses=responses(401, 403, 409, 413, 422),
    openapi_extra={"requestBody": {"required": True, "content": ZIP}},
)
async def add_package(
    request: Request,
    db: DatabaseOf,
    officer_id: OfficerId,
    store: PackageStore,
    seal: SealOf,
    content_length: Annotated[int | None, Header(ge=0)] = None,
) -> ReceivedPackage:
    """Check a package by the known keys and receive its transfer. No connection is held while it comes in."""
    address = client_address(request)
    await check_may_take_in(db, officer_id, address)
    store.check_announced(content_length)
    async with store.receive(request.stream()) as received:
        return await take_in(db, officer_id, address, store, seal, received.waiting)


def as_download(issued: Issued) -> StreamingResponse:
    """The package as a file to save."""
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(issued.file_name, safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
        "X-Package-Sha256": issued.bag.sha256,
    }
    return StreamingResponse(zipped(issued.bag), media_type="application/zip", headers=headers)
