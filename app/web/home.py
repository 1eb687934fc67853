"""The first page after sign-in: what waits for this officer."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from app.web.session import SignedIn

router = APIRouter()


@router.get("/")
async def home(who: SignedIn) -> HTMLResponse:
    """What waits for the signed-in officer."""
    async with who.acting() as tx:
        return await who.page(tx, "home.html")
