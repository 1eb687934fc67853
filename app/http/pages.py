"""Lists: a page of limited size and an opaque cursor to the next; no page costs more than the first."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from fastapi import Depends, Query
from pydantic import BaseModel

from app.errors import invalid

T = TypeVar("T")


class Page(BaseModel, Generic[T]):
    """One page. `next_cursor` is null on the last."""

    items: list[T]
    next_cursor: str | None = None


class Paging:
    """Which page is asked for: rows after `after`, at most `size`."""

    def __init__(self, size: int, after: str | None) -> None:
        self.size, self.after = size, after

    @property
    def after_id(self) -> UUID | None:
        """The cursor where a list is in the order of its ids."""
        if self.after is None:
            return None
        try:
            return UUID(self.after)
        except ValueError as error:
            raise _bad_cursor() from error

    def cut(self, rows: Sequence[Any], cursor_of: str = "id") -> tuple[list[Any], str | None]:
        """The page of rows fetched with limit size + 1, and the next cursor."""
        page = list(rows[: self.size])
        more = len(rows) > self.size
        return page, encode_cursor(str(page[-1][cursor_of])) if more and page else None


def encode_cursor(value: str) -> str:
    """An opaque form of a row's place."""
    return base64.urlsafe_b64encode(value.encode()).decode().rstrip("=")


def paging(limit: int, cursor: str | None) -> Paging:
    """The page of so many rows after `cursor`. Raises Invalid."""
    if cursor is None:
        return Paging(limit, None)
    try:
        return Paging(limit, base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode())
    except (binascii.Error, ValueError) as error:
        raise _bad_cursor() from error


def _bad_cursor() -> Exception:
    return invalid("cursor", "bad_cursor", "翻页标记无效，请从第一页重新查询。")


async def asked(
    limit: Annotated[int, Query(ge=1, le=200, description="每页条数")] = 50,
    cursor: Annotated[str | None, Query(max_length=400, description="上一页给出的 next_cursor")] = None,
) -> Paging:
    """The page that a request asks for."""
    return paging(limit, cursor)


PageAsked = Annotated[Paging, Depends(asked)]
