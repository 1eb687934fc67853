"""Pages: the package of a transfer to save, the keys to check it with, and receiving one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from app.errors import AppError
from app.evidence.store import file_store_of
from app.http.access import client_address
from app.http.pages import paging
from app.packages.issuing import issue
from app.packages.keys import known_keys
from app.packages.queries import received_packages
from app.packages.receiving import check_may_receive
from app.packages.routes import as_download
from app.packages.taking_in import take_in
from app.web.session import SentForm, SignedIn, Visitor, see
from app.web.uploads import chunks, sent_file

router = APIRouter()
_PER_PAGE = 30


@router.get("/transfers/{transfer_id:uuid}/package")
async def download(request: Request, transfer_id: UUID, who: SignedIn) -> Response:
    """The package of a transfer, with the PDFs of its documents."""
    state = request.app.state
    store = file_store_of(state.settings)
    address = client_address(request)
    return as_download(await issue(who.db, who.officer_id, address, store, state.seal, transfer_id))


@router.get("/keys.jwks")
async def trust_file(who: SignedIn) -> Response:
    """The public keys of the organs, to check packages with elsewhere."""
    async with who.acting() as tx:
        keys = await known_keys(tx)
    headers = {"Content-Disposition": "attachment; filename=keys.jwks", "Cache-Control": "private, no-store"}
    return Response(keys.model_dump_json(indent=2), media_type="application/jwk-set+json", headers=headers)


@router.get("/packages")
async def page(request: Request, who: SignedIn) -> HTMLResponse:
    """What was received, and where a package is brought."""
    return await _page(request, who)


@router.post("/packages")
async def receive(request: Request, who: SignedIn, form: SentForm) -> Response:
    """Check a package and receive its transfer; what is wrong with it is told file by file."""
    state = request.app.state
    store = replace(file_store_of(state.settings), limit=state.settings.package_limit)
    try:
        sent, _ = sent_file(form)
        async with store.receive(chunks(sent)) as received:
            found = await take_in(
                who.db, who.officer_id, client_address(request), store, state.seal, received.waiting
            )
    except AppError as error:
        return await _page(request, who, error)
    return see(f"/transfers/{found.transfer_id}", "package_received")


async def _page(request: Request, who: Visitor, error: AppError | None = None) -> HTMLResponse:
    cursor = request.query_params.get("cursor")
    async with who.acting() as tx:
        check_may_receive(tx)
        found = await received_packages(tx, paging(_PER_PAGE, cursor))
        values: dict[str, Any] = {"rows": found.items, "next": found.next_cursor, "first": cursor is None}
        return await who.page(tx, "packages.html", error.status if error else 200, error=error, **values)
