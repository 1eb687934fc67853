"""HTTP: the inbox."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from app.http.access import ActingTransaction
from app.http.pages import Page, PageAsked
from app.http.problems import responses
from app.notices import inbox
from app.notices.models import Notice, Unread

router = APIRouter(prefix="/api/v1/notices", tags=["通知"])


@router.get("", summary="收件箱，新的在前", responses=responses(401, 422))
async def notices(
    tx: ActingTransaction, page: PageAsked, unread: Annotated[bool, Query(description="只看未读")] = False
) -> Page[Notice]:
    """Notices to the signed-in officer, to the officer's roles, or to the whole organ."""
    items, cursor = page.cut(await inbox.notices(tx, page, unread))
    return Page(items=[Notice(**row) for row in items], next_cursor=cursor)


@router.get("/unread-count", summary="未读通知数", responses=responses(401))
async def unread_count(tx: ActingTransaction) -> Unread:
    """How many notices are not read."""
    return Unread(unread=await inbox.unread_count(tx))


@router.post("/read-all", summary="全部标为已读", responses=responses(401))
async def read_all(tx: ActingTransaction) -> Unread:
    """Mark all notices in the inbox as read."""
    await inbox.mark_all_read(tx)
    return Unread(unread=await inbox.unread_count(tx))


@router.post("/{notice_id}/read", summary="标为已读", responses=responses(401, 404, 422))
async def read(notice_id: UUID, tx: ActingTransaction) -> Unread:
    """Mark one notice as read."""
    await inbox.mark_read(tx, notice_id)
    return Unread(unread=await inbox.unread_count(tx))
