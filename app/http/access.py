"""Who sends a request: the bearer token of the API, verified, and the transaction in that officer's name."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from app.database.transaction import Acting, Database
from app.errors import NotSignedIn
from app.http.tokens import Tokens

_bearer = HTTPBearer(auto_error=False, description="登录接口给出的令牌")


def database(request: Request) -> Database:
    """The process's database."""
    found: Database = request.app.state.database
    return found


def tokens(request: Request) -> Tokens:
    """The process's token keys."""
    found: Tokens = request.app.state.tokens
    return found


def client_address(request: Request) -> str | None:
    """Where the request came from, as the server saw it."""
    return request.client.host if request.client else None


async def signed_in_officer(
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    keys: Annotated[Tokens, Depends(tokens)],
) -> int:
    """The officer whom the bearer token names. Raises NotSignedIn."""
    if credentials is None:
        raise NotSignedIn("not_signed_in", "请先登录：在 Authorization 头中携带登录接口给出的令牌。")
    return keys.officer_of(credentials.credentials)


OfficerId = Annotated[int, Depends(signed_in_officer)]
DatabaseOf = Annotated[Database, Depends(database)]


async def acting(request: Request, officer_id: OfficerId, db: DatabaseOf) -> AsyncIterator[Acting]:
    """A transaction in the officer's name; it commits before the answer is sent."""
    async with db.acting(officer_id, client_address(request)) as tx:
        yield tx


ActingTransaction = Annotated[Acting, Depends(acting, scope="function")]
