"""JSON bodies read with every figure as the decimal that was written, never as a float."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from decimal import Decimal
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute


def read_json(text: bytes) -> Any:
    """JSON with decimals; `NaN` and `Infinity` too, so that the field that refuses them can be named.

    Raises ValueError for what is no JSON in UTF-8, lone surrogates and nesting without end included.
    """
    try:
        value = json.loads(text, parse_float=Decimal, parse_constant=Decimal)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if b"\\ud" in text.lower():
        json.dumps(value, ensure_ascii=False, default=str).encode()
    return value


class ExactRequest(Request):
    """A request whose JSON body keeps its decimals."""

    async def json(self) -> Any:
        """The body."""
        if not hasattr(self, "_json"):
            body = await self.body()
            try:
                self._json = read_json(body)
            except json.JSONDecodeError:
                raise
            except ValueError as error:
                raise json.JSONDecodeError(str(error), "", 0) from error
        return self._json


class ExactRoute(APIRoute):
    """For a router's `route_class`: its bodies are read exactly."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's handler, on an ExactRequest."""
        handle = super().get_route_handler()

        async def exact(request: Request) -> Response:
            return await handle(ExactRequest(request.scope, request.receive))

        return exact
