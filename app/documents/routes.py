"""HTTP: the documents of transfers, cases, clues and supervision requests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from app.database.transaction import Acting
from app.documents import numbering, papers, queries, service
from app.documents.matter import Subject
from app.documents.models import (
    DocumentKind,
    DocumentListed,
    DocumentShown,
    NewDocument,
    NumberRule,
    NumberRuleSet,
    Preview,
    Registered,
    Typed,
    Why,
)
from app.evidence.files import damaged
from app.evidence.names import file_name
from app.evidence.routes import CONTENT, Store
from app.evidence.store import FileStore
from app.http.access import ActingTransaction, DatabaseOf, OfficerId, client_address
from app.http.once import OnceOnly
from app.http.pages import Page, PageAsked
from app.http.problems import responses
from app.http.revisions import ExpectedRevision, etag
from app.law.documents import About

router = APIRouter(prefix="/api/v1", tags=["文书"])


@router.get("/transfers/{transfer_id}/documents", summary="移送的文书", responses=responses(401, 404, 422))
async def of_transfer(tx: ActingTransaction, transfer_id: UUID) -> list[DocumentListed]:
    """What is owed (with what is missing), drafted, issued and void, with numbers and hashes."""
    return await queries.documents_of(tx, Subject("transfer", transfer_id))


@router.get("/cases/{case_id}/documents", summary="案件的文书", responses=responses(401, 404, 422))
async def of_case(tx: ActingTransaction, case_id: UUID) -> list[DocumentListed]:
    """The documents of the case, of its transfers and of requests about it."""
    return await queries.documents_of(tx, Subject("case", case_id))


@router.get("/clues/{clue_id}/documents", summary="线索的文书", responses=responses(401, 404, 422))
async def of_clue(tx: ActingTransaction, clue_id: UUID) -> list[DocumentListed]:
    """The documents of a clue."""
    return await queries.documents_of(tx, Subject("clue", clue_id))


@router.get(
    "/supervision-requests/{request_id}/documents",
    summary="监督请求的文书",
    responses=responses(401, 404, 422),
)
async def of_request(tx: ActingTransaction, request_id: UUID) -> list[DocumentListed]:
    """The documents of a supervision request."""
    return await queries.documents_of(tx, Subject("supervision", request_id))


@router.get(
    "/referrals/{referral_id}/documents", summary="反向移送等的文书", responses=responses(401, 404, 422)
)
async def of_referral(tx: ActingTransaction, referral_id: UUID) -> list[DocumentListed]:
    """The documents of a reverse referral, or of a transfer for detention."""
    return await queries.documents_of(tx, Subject("referral", referral_id))


@router.get("/documents/kinds", summary="文书种类与栏目", responses=responses(401))
async def kinds(_: ActingTransaction) -> list[DocumentKind]:
    """Every kind of document, who issues it, its fields and basis."""
    return queries.kinds()


@router.get("/documents/preview", summary="制发前的预览", responses=responses(401, 404, 422))
async def preview(
    tx: ActingTransaction,
    kind: Annotated[str, Query(max_length=60, description="文书种类")],
    about: Annotated[About, Query(description="transfer、case、clue 或 supervision")],
    id: Annotated[UUID, Query(description="移送、案件、线索或监督请求的编号")],  # noqa: A002
) -> Preview:
    """Each field with its words and where they come from, and what is missing; nothing is produced."""
    return await queries.preview(tx, Subject(about, id), kind)


@router.get("/documents/numbers", summary="文号登记簿", responses=responses(401, 422))
async def numbers(
    tx: ActingTransaction,
    page: PageAsked,
    kind: Annotated[str, Query(max_length=60, description="文书种类")],
    year: Annotated[int, Query(ge=2000, le=2999, description="年度")],
) -> Page[Registered]:
    """The numbers that the own organ has drawn, void ones with their reason, newest first."""
    items, cursor = page.cut(await queries.register(tx, page, kind, year))
    return Page(items=[queries.registered(row) for row in items], next_cursor=cursor)


@router.get("/documents/number-rules", summary="本机关的文号规则", responses=responses(401))
async def number_rules(tx: ActingTransaction) -> list[NumberRule]:
    """How the numbers of each kind are worded."""
    return await numbering.rules(tx)


@router.put("/documents/number-rules/{kind}", summary="设定文号规则", responses=responses(401, 403, 422))
async def set_number_rule(tx: ActingTransaction, kind: str, body: NumberRuleSet) -> NumberRule:
    """Word the numbers of one kind from now on; numbers that were issued stay as they are."""
    return await numbering.set_rule(tx, kind, body)


@router.post(
    "/documents",
    status_code=201,
    summary="起草文书",
    response_model=DocumentShown,
    responses=responses(401, 403, 404, 409, 422),
)
async def draft(body: NewDocument, tx: ActingTransaction, once: OnceOnly) -> JSONResponse:
    """Begin a document on a transfer, case, clue or supervision request."""
    return await once(lambda: service.draft(tx, body), 201)


@router.get("/documents/{document_id}", summary="一份文书", responses=responses(401, 404, 422))
async def read(tx: ActingTransaction, document_id: UUID, response: Response) -> DocumentShown:
    """As it was issued; as it would be issued now, with what is missing."""
    found = await queries.shown(tx, document_id)
    response.headers["ETag"] = etag(found.revision)
    return found


@router.patch(
    "/documents/{document_id}",
    summary="填写文书",
    responses=responses(401, 403, 404, 409, 412, 422, 428),
)
async def type_in(
    tx: ActingTransaction, document_id: UUID, body: Typed, revision: ExpectedRevision, response: Response
) -> DocumentShown:
    """Fill in what the data do not say, or word it otherwise; an empty text leaves it to the data again."""
    found = await service.type_in(tx, document_id, body, revision)
    response.headers["ETag"] = etag(found.revision)
    return found


@router.post(
    "/documents/{document_id}/issue",
    summary="制发",
    response_model=DocumentShown,
    responses=responses(401, 403, 404, 409, 422),
)
async def issue(tx: ActingTransaction, once: OnceOnly, document_id: UUID) -> JSONResponse:
    """Draw the number and freeze the document; every missing field is named."""
    return await once(lambda: service.issue(tx, document_id))


@router.post(
    "/documents/{document_id}/void",
    summary="作废",
    response_model=DocumentShown,
    responses=responses(401, 403, 404, 409, 422),
)
async def void(tx: ActingTransaction, once: OnceOnly, document_id: UUID, body: Why) -> JSONResponse:
    """The number is kept with the reason; a document that an act names is owed anew."""
    return await once(lambda: service.void(tx, document_id, body.reason))


@router.post(
    "/documents/{document_id}/waive",
    summary="认定不需制发",
    response_model=DocumentShown,
    responses=responses(401, 403, 404, 409, 422),
)
async def waive(tx: ActingTransaction, once: OnceOnly, document_id: UUID, body: Why) -> JSONResponse:
    """An owed or begun document is not needed, for instance a list of goods where there are none."""
    return await once(lambda: service.waive(tx, document_id, body.reason))


@router.get(
    "/documents/{document_id}/docx",
    summary="下载 Word",
    response_class=Response,
    responses={200: {"content": CONTENT}, **responses(401, 404, 422, 500)},
)
async def word(tx: ActingTransaction, document_id: UUID) -> Response:
    """The file as it was issued; a draft is made anew at each call and has no number."""
    return paper_response(await papers.word(tx, document_id), "docx")


@router.get(
    "/documents/{document_id}/pdf",
    summary="下载 PDF",
    response_class=Response,
    responses={200: {"content": CONTENT}, **responses(401, 404, 409, 422, 500, 503)},
)
async def printed(request: Request, db: DatabaseOf, officer_id: OfficerId, document_id: UUID) -> Response:
    """Made by LibreOffice of the Word file that was issued, once. Without LibreOffice: 503."""
    return paper_response(await papers.printed(db, officer_id, client_address(request), document_id), "pdf")


@router.post(
    "/documents/{document_id}/scans",
    status_code=201,
    summary="附上签章扫描件（请求体为文件内容）",
    responses=responses(401, 403, 404, 409, 413, 422),
    openapi_extra={"requestBody": {"required": True, "content": CONTENT}},
)
async def attach(
    request: Request,
    db: DatabaseOf,
    officer_id: OfficerId,
    store: Store,
    document_id: UUID,
    name: Annotated[str, Query(max_length=400, description="文件名，.pdf、.jpg 或 .png")],
    content_length: Annotated[int | None, Header(ge=0)] = None,
) -> DocumentShown:
    """Put a signed or stamped scan beside the document, which stays as it is."""
    clean_name, address = file_name(name), client_address(request)
    async with db.acting(officer_id, address) as tx:
        await papers.check_may_attach(tx, document_id, clean_name)
    store.check_announced(content_length)
    watched = Beginning(request.stream())
    async with store.receive(watched) as received, db.acting(officer_id, address) as tx:
        return await papers.attach(tx, store, document_id, clean_name, watched.seen, received)


@router.get(
    "/documents/{document_id}/scans/{scan_id}",
    summary="下载签章扫描件",
    response_class=StreamingResponse,
    responses={200: {"content": CONTENT}, **responses(401, 404, 422, 500)},
)
async def open_scan(
    tx: ActingTransaction, store: Store, document_id: UUID, scan_id: UUID
) -> StreamingResponse:
    """The scan, once its hash has been checked."""
    return await scan_response(tx, store, document_id, scan_id)


class Beginning:
    """A stream that keeps its first bytes, which tell what it is."""

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self.chunks, self.seen = chunks, b""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self.chunks:
            if len(self.seen) < 16:
                self.seen += chunk[:16]
            yield chunk


async def scan_response(tx: Acting, store: FileStore, document_id: UUID, scan_id: UUID) -> StreamingResponse:
    """A scan as an answer. Raises NotFound, FileDamaged."""
    row = await papers.scan(tx, document_id, scan_id)
    if not await store.is_whole(row["sha256"]):
        raise damaged()
    headers = _headers(row["name"], row["size"], row["sha256"])
    return StreamingResponse(store.read(row["sha256"]), media_type=row["media_type"], headers=headers)


def paper_response(paper: papers.Paper, form: papers.Form) -> Response:
    """A paper as an answer."""
    headers = _headers(paper.name, len(paper.content), paper.sha256)
    return Response(paper.content, media_type=papers.MEDIA[form], headers=headers)


def _headers(name: str, size: int, sha256: bytes) -> dict[str, str]:
    return {
        "Content-Length": str(size),
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "private, no-store",
        "Digest": f"sha-256={sha256.hex()}",
    }
