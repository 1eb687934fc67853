"""Resumable uploads from the console: the protocol of the API, for the officer of the session."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from app.clues.service import owner_of_files
from app.errors import AppError
from app.evidence import upload_routes
from app.evidence.routes import file_store
from app.evidence.uploads import Sender
from app.http.access import client_address
from app.http.problems import problem
from app.web.session import SignedIn, check_origin, form_not_trusted

router = APIRouter()


async def sender(request: Request, who: SignedIn) -> Sender:
    """The officer of the session, whose own page sends the request. Raises NotAllowed."""
    check_origin(request)
    if not hmac.compare_digest(request.headers.get("x-csrf-token", ""), who.csrf):
        raise form_not_trusted()
    return Sender(who.db, who.officer_id, client_address(request), await file_store(request))


SenderOf = Annotated[Sender, Depends(sender)]


@router.post("/cases/{case_id:uuid}/uploads")
async def begin_for_case(case_id: UUID, request: Request, who: SenderOf) -> Response:
    """Announce a file of a case."""

    async def begun() -> Response:
        async with who.acting() as tx:
            return await upload_routes.begin(request, tx, who, case_id, *_announced(request))

    return await _told(request, begun)


@router.post("/clues/{clue_id:uuid}/uploads")
async def begin_for_clue(clue_id: UUID, request: Request, who: SenderOf) -> Response:
    """Announce an attachment of a clue."""

    async def begun() -> Response:
        async with who.acting() as tx:
            owner = await owner_of_files(tx, clue_id)
            return await upload_routes.begun(request, tx, who, owner, *_announced(request))

    return await _told(request, begun)


@router.head("/uploads/{upload_id:uuid}")
async def progress(upload_id: UUID, request: Request, who: SenderOf) -> Response:
    """How much has come."""
    return await _told(request, lambda: upload_routes.progress(who, upload_id))


@router.patch("/uploads/{upload_id:uuid}")
async def add_part(upload_id: UUID, request: Request, who: SenderOf) -> Response:
    """Add the bytes that come."""
    headers = request.headers
    length = headers.get("content-length", "")
    return await _told(
        request,
        lambda: upload_routes.add_part(
            request,
            who,
            upload_id,
            headers.get("upload-offset"),
            headers.get("upload-checksum"),
            headers.get("content-type"),
            int(length) if length.isdecimal() else None,
        ),
    )


@router.delete("/uploads/{upload_id:uuid}")
async def cancel(upload_id: UUID, request: Request, who: SenderOf) -> Response:
    """Forget an unfinished upload."""
    return await _told(request, lambda: upload_routes.cancel(who, upload_id))


async def _told(request: Request, act: Callable[[], Awaitable[Response]]) -> Response:
    """What went wrong, as a problem that the page's script reads, not as a page."""
    try:
        upload_routes.speaks_tus(request.headers.get("tus-resumable"))
        return await act()
    except AppError as error:
        return problem(error)


def _announced(request: Request) -> tuple[str | None, str | None]:
    return request.headers.get("upload-length"), request.headers.get("upload-metadata")
