"""Who sends a request: the bearer token of the API, verified, and the transaction in that officer's name."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Request
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase

from app.database.transaction import Acting, Database
from app.errors import NotSignedIn
from app.http.tokens import Tokens


async def database(request: Request) -> Database:
    """The process's database."""
    found: Database = request.app.state.database
    return found


async def tokens(request: Request) -> Tokens:
    """The process's token keys."""
    found: Tokens = request.app.state.tokens
    return found


def client_address(request: Request) -> str | None:
    """Where the request came from, as the server saw it."""
    return request.client.host if request.client else None


class SignedIn(SecurityBase):
    """The officer whom the bearer token names, and how OpenAPI says that one is needed.

    One dependency in place of FastAPI's scheme and a function that reads it, since every request pays for it.
    """

    def __init__(self) -> None:
        self.model = HTTPBearer(description="登录接口给出的令牌")
        self.scheme_name = "HTTPBearer"

    async def __call__(self, request: Request) -> int:
        """The officer's id. Raises NotSignedIn."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise NotSignedIn("not_signed_in", "请先登录：在 Authorization 头中携带登录接口给出的令牌。")
        keys: Tokens = request.app.state.tokens
        return keys.officer_of(token.strip())


signed_in_officer = SignedIn()
OfficerId = Annotated[int, Depends(signed_in_officer)]
DatabaseOf = Annotated[Database, Depends(database)]


async def acting(request: Request, officer_id: OfficerId, db: DatabaseOf) -> AsyncIterator[Acting]:
    """A transaction in the officer's name; it commits before the answer is sent."""
    async with db.acting(officer_id, client_address(request)) as tx:
        yield tx


ActingTransaction = Annotated[Acting, Depends(acting, scope="function")]
