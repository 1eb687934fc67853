"""`ETag` and `If-Match`: an edit names the revision that it was made on."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header

from app.errors import EditUnconditional, StaleEdit


def etag(revision: int) -> str:
    """The entity tag of a revision."""
    return f'"{revision}"'


async def if_match(if_match: Annotated[str | None, Header(description="读取时得到的 ETag")] = None) -> int:
    """The revision that the client edits. Raises EditUnconditional without the header."""
    if if_match is None:
        raise EditUnconditional(
            "if_match_required", "请在 If-Match 头中带上读取时得到的 ETag，以免覆盖他人的修改。"
        )
    text = if_match.strip().removeprefix("W/").strip('"')
    if not text.isdigit():
        raise stale()
    return int(text)


def stale() -> StaleEdit:
    """Somebody was faster."""
    return StaleEdit("stale_edit", "该记录已被他人修改，请重新读取后再改。")


ExpectedRevision = Annotated[int, Depends(if_match)]
