"""Page: running and expired clocks, worst first."""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from app.clocks.queries import Scope, worklist
from app.http.pages import paging
from app.law.clocks import clocks as all_clocks
from app.web.findings import cause_name
from app.web.pages import render
from app.web.session import SignedIn, is_partial, query_without

router = APIRouter()
_PER_PAGE = 40


@router.get("/clocks")
async def list_(request: Request, who: SignedIn) -> HTMLResponse:
    """The worklist of clocks."""
    query = query_without(request, "done")
    async with who.acting() as tx:
        wide = tx.actor.kind in ("procuratorate", "supervising")
        scope = query.get("scope") or ("area" if wide else "mine")
        found = await worklist(
            tx,
            paging(_PER_PAGE, query.get("cursor")),
            cast("Scope", scope if scope in ("mine", "area") else "mine"),
            query.get("clock"),
            query.get("expired") == "yes",
        )
        rest = {name: value for name, value in query.items() if name != "cursor"}
        values: dict[str, Any] = {
            "rows": found.items,
            "cause_name": cause_name,
            "next_address": _address({**rest, "cursor": found.next_cursor}) if found.next_cursor else None,
            "first_address": _address(rest) if "cursor" in query else None,
        }
        if is_partial(request):
            return render("clocks/table.html", **values)
        names = {clock.id: clock.name for clock in all_clocks().values()}
        return await who.page(
            tx,
            "clocks/list.html",
            scope=scope,
            clock=query.get("clock", ""),
            expired=query.get("expired") == "yes",
            names=names,
            **values,
        )


def _address(query: dict[str, str]) -> str:
    return f"/clocks?{urlencode(query)}"
