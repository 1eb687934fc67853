"""HTTP: resumable uploads by the tus protocol 1.0 (creation, expiration, checksum, termination)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from email.utils import format_datetime
from typing import Annotated, ClassVar
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Request, Response
from starlette.requests import ClientDisconnect

from app.database.transaction import Acting
from app.errors import AppError, Invalid, invalid, not_found
from app.evidence import files, uploads
from app.evidence.checklist import check_item
from app.evidence.models import Upload
from app.evidence.names import file_name
from app.evidence.parts import CHECKSUMS, Checksum
from app.evidence.routes import CONTENT, Store
from app.evidence.uploads import Announced, Sender
from app.http.access import ActingTransaction, DatabaseOf, OfficerId, client_address
from app.http.problems import responses

VERSION = "1.0.0"
EXTENSIONS = "creation,expiration,checksum,termination"
_PART = "application/offset+octet-stream"
# What clients send of themselves; the type is told by the name, whatever is claimed.
_IGNORED = {"filetype", "type", "name", "relativePath"}
_METADATA = {"filename", "item", "sha256"}
_UPLOAD = responses(401, 404, 409, 410, 412, 413, 415, 422, 423, 507)

router = APIRouter(prefix="/api/v1", tags=["续传"])


class OtherTus(AppError):
    """The client speaks another version of the protocol."""

    status: ClassVar[int] = 412


class NotAPart(AppError):
    """The body is not declared as a part of an upload."""

    status: ClassVar[int] = 415


async def sender(request: Request, db: DatabaseOf, officer_id: OfficerId, store: Store) -> Sender:
    """The officer of the bearer token, who uploads."""
    return Sender(db, officer_id, client_address(request), store)


def speaks_tus(tus_resumable: Annotated[str | None, Header(description="1.0.0")] = None) -> None:
    """Raises OtherTus unless the client speaks version 1.0.0."""
    if tus_resumable != VERSION:
        raise OtherTus("tus_version", f"请按 tus 协议 {VERSION} 上传，并带上 Tus-Resumable: {VERSION} 头。")


SenderOf = Annotated[Sender, Depends(sender)]
Length = Annotated[str | None, Header(alias="Upload-Length", description="文件的字节数")]
Metadata = Annotated[
    str | None,
    Header(alias="Upload-Metadata", max_length=4000, description="filename、item、sha256，值为 Base64"),
]


@router.options("/uploads", status_code=204, summary="续传的能力", responses=responses(401))
async def abilities(store: Store, _: OfficerId) -> Response:
    """What the server knows of the protocol."""
    return _answer(
        204,
        {
            "Tus-Version": VERSION,
            "Tus-Extension": EXTENSIONS,
            "Tus-Max-Size": str(store.upload_limit),
            "Tus-Checksum-Algorithm": ",".join(CHECKSUMS),
        },
    )


@router.get("/uploads", summary="本人尚未完成的上传", responses=responses(401))
async def list_uploads(tx: ActingTransaction, who: SenderOf) -> list[Upload]:
    """The officer's uploads that may be resumed, newest first."""
    return await uploads.own_uploads(tx, who.parts)


@router.post(
    "/cases/{case_id}/uploads",
    status_code=201,
    summary="开始向案件续传文件",
    dependencies=[Depends(speaks_tus)],
    responses=responses(401, 403, 404, 409, 412, 413, 422, 507),
)
async def begin_for_case(
    request: Request,
    tx: ActingTransaction,
    who: SenderOf,
    case_id: UUID,
    upload_length: Length = None,
    upload_metadata: Metadata = None,
) -> Response:
    """Announce a file of a case; its parts go to the address in `Location`."""
    return await begin(request, tx, who, case_id, upload_length, upload_metadata)


@router.post(
    "/transfers/{transfer_id}/uploads",
    status_code=201,
    summary="开始向移送的案件续传文件",
    dependencies=[Depends(speaks_tus)],
    responses=responses(401, 403, 404, 409, 412, 413, 422, 507),
)
async def begin_for_transfer(
    request: Request,
    tx: ActingTransaction,
    who: SenderOf,
    transfer_id: UUID,
    upload_length: Length = None,
    upload_metadata: Metadata = None,
) -> Response:
    """Announce a file of the case that is transferred."""
    case_id = await tx.value("SELECT case_id FROM transfers WHERE id = %(id)s", id=transfer_id)
    if case_id is None:
        raise not_found("移送")
    return await begin(request, tx, who, case_id, upload_length, upload_metadata)


@router.head(
    "/uploads/{upload_id}", summary="上传进度", dependencies=[Depends(speaks_tus)], responses=_UPLOAD
)
async def progress(who: SenderOf, upload_id: UUID) -> Response:
    """How much has come, as tus says it: `Upload-Offset`."""
    return said(await uploads.look(who, upload_id), 200)


@router.get("/uploads/{upload_id}", summary="一个上传", responses=responses(401, 404, 410, 422, 423))
async def read_upload(who: SenderOf, upload_id: UUID) -> Upload:
    """How much has come, and the file that it became."""
    return await uploads.look(who, upload_id)


@router.patch(
    "/uploads/{upload_id}",
    status_code=204,
    summary="上传一部分",
    dependencies=[Depends(speaks_tus)],
    responses={460: {"description": "Checksum Mismatch"}, **_UPLOAD},
    openapi_extra={
        "requestBody": {"required": True, "content": {_PART: CONTENT["application/octet-stream"]}}
    },
)
async def add_part(
    request: Request,
    who: SenderOf,
    upload_id: UUID,
    upload_offset: Annotated[str | None, Header(description="从第几字节起")] = None,
    upload_checksum: Annotated[str | None, Header(description="如 sha256 <Base64>")] = None,
    content_type: Annotated[str | None, Header()] = None,
    content_length: Annotated[int | None, Header(ge=0)] = None,
) -> Response:
    """Add the bytes that come. With the last one the file stands in its case: `Upload-File` names it."""
    if content_type != _PART:
        raise NotAPart("not_a_part", f"续传的请求应带 Content-Type: {_PART}。")
    offset = _whole_number(upload_offset, "Upload-Offset")
    checksum = _checksum(upload_checksum)
    try:
        found = await uploads.append(who, upload_id, offset, content_length, request.stream(), checksum)
    except ClientDisconnect:
        return _answer(400, {})  # to nobody; what came stays
    return said(found, 204)


@router.delete(
    "/uploads/{upload_id}",
    status_code=204,
    summary="取消上传",
    dependencies=[Depends(speaks_tus)],
    responses=responses(401, 404, 409, 412, 422, 423),
)
async def cancel(who: SenderOf, upload_id: UUID) -> Response:
    """Forget an unfinished upload and what came of it."""
    await uploads.give_up(who, upload_id)
    return _answer(204, {})


async def begin(
    request: Request, tx: Acting, who: Sender, case_id: UUID, length: str | None, metadata: str | None
) -> Response:
    """Open an upload for a case. Raises NotFound, NotAllowed, Invalid, TooLarge, Conflict, StoreFull."""
    await files.check_may_add_to_case(tx, case_id)
    return await begun(request, tx, who, files.Owner(case_id=case_id), length, metadata)


async def begun(
    request: Request, tx: Acting, who: Sender, owner: files.Owner, length: str | None, metadata: str | None
) -> Response:
    """Open an upload for what the actor may add files to; the answer says where its parts go."""
    known = _metadata(metadata)
    if "filename" not in known:
        raise invalid(
            "Upload-Metadata.filename", "required", "请在 Upload-Metadata 中给出 filename（文件名）。"
        )
    if item := known.get("item"):
        check_item(item)
    announced = Announced(
        owner,
        file_name(known["filename"]),
        item or None,
        _length(request, length),
        _sha256(known.get("sha256")),
    )
    found = await uploads.begin(tx, who.store, announced, request.app.state.settings.upload_days)
    place = "/uploads" if not request.url.path.startswith("/api/") else f"{router.prefix}/uploads"
    answer = said(found, 201)
    answer.headers["Location"] = f"{place}/{found.id}"
    return answer


def said(upload: Upload, status: int) -> Response:
    """The state of an upload in the headers of the protocol."""
    headers = {
        "Upload-Offset": str(upload.offset),
        "Upload-Length": str(upload.length),
        "Upload-Expires": format_datetime(upload.expires_at, usegmt=True),
        "Cache-Control": "no-store",
    }
    if upload.file_id is not None:
        headers["Upload-File"] = str(upload.file_id)
    return _answer(status, headers)


def _answer(status: int, headers: Mapping[str, str]) -> Response:
    return Response(status_code=status, headers={"Tus-Resumable": VERSION, **headers})


def _length(request: Request, given: str | None) -> int:
    if given is None and "upload-defer-length" in request.headers:
        raise invalid(
            "Upload-Length", "length_needed", "请在开始时给出文件大小（Upload-Length），不支持延后给出。"
        )
    return _whole_number(given, "Upload-Length")


def _whole_number(given: str | None, field: str) -> int:
    if given is None:
        raise invalid(field, "required", f"缺少 {field} 头，请按 tus 协议补上。")
    if not (given.isascii() and given.isdecimal()) or len(given) > 18:
        raise invalid(field, "not_an_integer", f"{field} 应为不小于零的整数（字节数）。")
    return int(given)


def _metadata(given: str | None) -> dict[str, str]:
    """`key base64,key base64`. Raises Invalid for what is not, and for keys that nobody knows."""
    found: dict[str, str] = {}
    for pair in (given or "").split(","):
        key, _, value = pair.strip().partition(" ")
        if not key or key in _IGNORED:
            continue
        if key not in _METADATA:
            named = "、".join(sorted(_METADATA))
            raise invalid(f"Upload-Metadata.{key}", "unknown_field", f"没有这一项，可用的为 {named}。")
        try:
            found[key] = base64.b64decode(value.strip(), validate=True).decode()
        except (binascii.Error, ValueError) as error:
            raise invalid(
                f"Upload-Metadata.{key}", "not_base64", "值应为 UTF-8 文字的 Base64 编码。"
            ) from error
    return found


def _sha256(given: str | None) -> bytes | None:
    if not given:
        return None
    try:
        digest = bytes.fromhex(given)
    except ValueError:
        digest = b""
    if len(digest) != 32:
        raise invalid("Upload-Metadata.sha256", "not_a_sha256", "SHA-256 应为64位十六进制数。")
    return digest


def _checksum(given: str | None) -> Checksum | None:
    if given is None:
        return None
    algorithm, _, value = given.strip().partition(" ")
    if algorithm not in CHECKSUMS:
        raise Invalid("checksum_algorithm", f"校验算法可用 {'、'.join(CHECKSUMS)}，请更换。")
    try:
        return Checksum(algorithm, base64.b64decode(value.strip(), validate=True))
    except (binascii.Error, ValueError) as error:
        raise invalid("Upload-Checksum", "not_base64", "校验值应为 Base64 编码。") from error
