"""Page: what the officer was told."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from app.http.pages import paging
from app.notices import inbox
from app.web.session import SentForm, SignedIn, see

router = APIRouter()
_PER_PAGE = 30
_PAGES = {
    "case": "/cases",
    "transfer": "/transfers",
    "clue": "/clues",
    "referral": "/referrals",
    "supervision": "/supervision/requests",
}


@router.get("/inbox")
async def list_(request: Request, who: SignedIn) -> HTMLResponse:
    """The notices, newest first."""
    unread = request.query_params.get("unread") == "yes"
    page = paging(_PER_PAGE, request.query_params.get("cursor"))
    async with who.acting() as tx:
        rows, cursor = page.cut(await inbox.notices(tx, page, unread))
        return await who.page(tx, "inbox.html", rows=rows, cursor=cursor, unread=unread)


@router.get("/inbox/{notice_id:uuid}")
async def follow(notice_id: UUID, who: SignedIn) -> Response:
    """Go to what a notice is about; it counts as read from then on."""
    async with who.acting() as tx:
        await inbox.mark_read(tx, notice_id)
        row = await tx.row("SELECT subject_kind, subject_id FROM notices WHERE id = %(id)s", id=notice_id)
    return see(f"{_PAGES[row['subject_kind']]}/{row['subject_id']}" if row else "/inbox")


@router.post("/inbox/read-all")
async def read_all(who: SignedIn, form: SentForm) -> Response:  # noqa: ARG001 - its token is checked
    """Mark everything as read."""
    async with who.acting() as tx:
        await inbox.mark_all_read(tx)
    return see("/inbox", "read")
