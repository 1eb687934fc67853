"""`Idempotency-Key`: repeating a command repeats its answer, not the act."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Annotated, Any

from fastapi import Depends, Header, Request
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse

from app.database.transaction import Acting
from app.errors import Invalid
from app.http.access import ActingTransaction


class Once:
    """Runs a command at most once for each (officer, key)."""

    def __init__(self, tx: Acting, key: str | None, request_hash: bytes) -> None:
        self.tx, self.key, self.request_hash = tx, key, request_hash

    async def __call__(self, act: Callable[[], Awaitable[Any]], status: int = 200) -> JSONResponse:
        """The command's answer, or the stored one. Raises Invalid when the key came with another request."""
        if self.key is None:
            return JSONResponse(jsonable_encoder(await act()), status)
        mine = await self.tx.execute(
            """INSERT INTO idempotency_keys (officer_id, key, request_hash)
                VALUES (%(officer)s, %(key)s, %(hash)s) ON CONFLICT DO NOTHING""",
            officer=self.tx.actor.officer_id,
            key=self.key,
            hash=self.request_hash,
        )
        if mine.rowcount == 0:
            return await self._repeat()
        body = jsonable_encoder(await act())
        await self.tx.execute(
            """UPDATE idempotency_keys SET status = %(status)s, body = %(body)s
                WHERE officer_id = %(officer)s AND key = %(key)s""",
            officer=self.tx.actor.officer_id,
            key=self.key,
            status=status,
            body={"answer": body},
        )
        return JSONResponse(body, status)

    async def _repeat(self) -> JSONResponse:
        row = await self.tx.row(
            """SELECT request_hash, status, body FROM idempotency_keys
                WHERE officer_id = %(officer)s AND key = %(key)s""",
            officer=self.tx.actor.officer_id,
            key=self.key,
        )
        if row is None or bytes(row["request_hash"]) != self.request_hash:
            raise Invalid(
                "idempotency_key_reused", "该 Idempotency-Key 已用于另一内容的请求，请为新的操作换一个键。"
            )
        return JSONResponse(row["body"]["answer"], row["status"], {"Idempotency-Replayed": "true"})


async def once(
    request: Request,
    tx: ActingTransaction,
    idempotency_key: Annotated[str | None, Header(max_length=200, min_length=1)] = None,
) -> Once:
    """What a command route runs its act through."""
    if idempotency_key is None:
        return Once(tx, None, b"")
    said = f"{request.method} {request.url.path}\n".encode() + await request.body()
    return Once(tx, idempotency_key, sha256(said).digest())


OnceOnly = Annotated[Once, Depends(once, scope="function")]
