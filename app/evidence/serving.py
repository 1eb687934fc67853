"""Giving a file's content out: whole or in part, verified on the way, on record before the first byte."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar
from urllib.parse import quote
from uuid import UUID

from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from app.database.transaction import Database, Row
from app.errors import AppError
from app.evidence import files
from app.evidence.store import ContentDamagedError, FileStore
from app.http.access import client_address
from app.http.problems import problem

# Further parts within this time belong to the same look.
_ONE_LOOK = timedelta(minutes=10)
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
# What a browser shows by itself, without running anything of it.
_SHOWN = ("image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf", "text/plain", "video/mp4")


# The browser's own viewer of PDF does not start in a sandbox.
_NOTHING_RUNS = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'"
_SANDBOX = f"sandbox; {_NOTHING_RUNS}"


class NoSuchPart(AppError):
    """The part asked for lies beyond the end."""

    status: ClassVar[int] = 416


@dataclass(frozen=True)
class Look:
    """How somebody opens a file: to view it in the browser or to keep it, and why."""

    view: bool = False
    why: str = ""


@dataclass(frozen=True)
class _Part:
    """The bytes from `start` until before `end`."""

    start: int
    end: int


async def answer(
    request: Request, db: Database, officer_id: int, store: FileStore, file_id: UUID, look: Look
) -> Response:
    """The content or the part of it that the request asks for. Raises NotFound, FileDamaged."""
    address = client_address(request)
    async with db.acting(officer_id, address) as tx:
        row = await files.stored(tx, file_id)
    try:
        part = _part(request, row)
    except NoSuchPart as error:
        refused = problem(error)
        refused.headers["Content-Range"] = f"bytes */{row['size']}"
        return refused
    sha256 = bytes.fromhex(row["sha256"])
    try:
        if part is None:
            content = await store.opened(sha256)
        else:
            await store.check_whole_once(sha256)
            content = store.read(sha256, part.start, part.end)
    except ContentDamagedError:
        async with db.acting(officer_id, address) as tx:
            await files.note_damaged(tx, row)
        raise files.damaged() from None
    shown = look.view and row["media_type"] in _SHOWN
    async with db.acting(officer_id, address) as tx:
        within = None if part is None else _ONE_LOOK
        await files.note_opened(tx, row, "viewed" if shown else "downloaded", look.why, within)
    return StreamingResponse(
        _told_of_damage(content, db, officer_id, address, row),
        200 if part is None else 206,
        _headers(row, part, shown),
        row["media_type"],
    )


async def _told_of_damage(
    content: AsyncIterator[bytes], db: Database, officer_id: int, address: str | None, row: Row
) -> AsyncIterator[bytes]:
    """The content; where its hash proves wrong at the end, that goes on record and the answer breaks off."""
    try:
        async for block in content:
            yield block
    except ContentDamagedError:
        async with db.acting(officer_id, address) as tx:
            await files.note_damaged(tx, row)
        raise


def _part(request: Request, row: Row) -> _Part | None:
    """The one range that is asked for; several, or one of another content, ask for the whole."""
    found = _RANGE.fullmatch(request.headers.get("range", "").strip())
    same = request.headers.get("if-range", _etag(row)) == _etag(row)
    if found is None or not same or found.groups() == ("", ""):
        return None
    size = row["size"]
    first, last = found.groups()
    if first == "":
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(int(last) + 1, size) if last else size
    if start >= size or start >= end:
        raise NoSuchPart("no_such_part", f"所请求的部分超出文件大小（{size}字节），请从头下载。")
    return _Part(start, end)


def _etag(row: Row) -> str:
    return f'"{row["sha256"]}"'


def _headers(row: Row, part: _Part | None, shown: bool) -> dict[str, str]:
    headers = {
        "Content-Length": str(row["size"] if part is None else part.end - part.start),
        "Content-Disposition": f"{'inline' if shown else 'attachment'}; "
        f"filename*=UTF-8''{quote(row['name'], safe='')}",
        "Accept-Ranges": "bytes",
        "ETag": _etag(row),
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": _NOTHING_RUNS if row["media_type"] == "application/pdf" else _SANDBOX,
        "Cache-Control": "private, no-store",
        "Digest": f"sha-256={row['sha256']}",
    }
    if part is not None:
        headers["Content-Range"] = f"bytes {part.start}-{part.end - 1}/{row['size']}"
    return headers
