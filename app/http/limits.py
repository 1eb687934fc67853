"""No body larger than the installation takes: refused by its announced length, or while it arrives."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import TooLarge
from app.http.problems import problem


def too_large(limit: int) -> TooLarge:
    """The error for a body above `limit` bytes."""
    mebibytes = max(1, limit // (1024 * 1024))
    return TooLarge("body_too_large", f"提交的内容超过上限（{mebibytes} MB），请分批提交或压缩后重试。")


class BodyLimit:
    """ASGI middleware. `larger`: limits of paths that end so or, with `/` at the end, that lie below it."""

    def __init__(self, app: ASGIApp, limit: int, larger: Mapping[str, int]) -> None:
        self.app, self.limit, self.larger = app, limit, larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on unless its body is too large."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = self._limit_of(scope["path"])
        announced = Headers(scope=scope).get("content-length", "")
        if announced.isdecimal() and int(announced) > limit:
            await problem(too_large(limit))(scope, receive, send)
            return
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > limit:
                # The framework passes on this type alone while it reads a body; problems.py words it.
                raise HTTPException(413)
            return message

        await self.app(scope, counted, send)

    def _limit_of(self, path: str) -> int:
        for ending, limit in self.larger.items():
            if path.endswith(ending) or (ending.endswith("/") and ending in path):
                return limit
        return self.limit
