"""Pages: the filing standards that screening uses, as a reader sees them."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from app.errors import not_found
from app.law.notation import Condition
from app.law.statutes import law
from app.law.wording import required
from app.web.findings import grouped
from app.web.session import SignedIn

router = APIRouter(prefix="/law")


@router.get("")
async def charges(who: SignedIn) -> HTMLResponse:
    """All charges with the standards in force."""
    async with who.acting() as tx:
        known = law()
        return await who.page(
            tx, "law/charges.html", charges=known.charges.values(), version=known.version, cite=known.citation
        )


@router.get("/{charge}")
async def charge(charge: str, who: SignedIn) -> HTMLResponse:
    """One charge: every version of its standard, condition by condition, with its source."""
    known = law()
    if charge not in known.charges:
        raise not_found("罪名")

    def words(condition: Condition) -> str:
        return grouped(required(condition, known.facts))

    async with who.acting() as tx:
        one = known.charges[charge]
        versions = sorted(one.versions, key=lambda version: (version.to is None, version.from_), reverse=True)
        return await who.page(
            tx, "law/charge.html", charge=one, versions=versions, cite=known.citation, words=words
        )
