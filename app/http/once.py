"""`Idempotency-Key`: repeating a command repeats its answer, not the act."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Annotated, Any

from fastapi import Depends, Header, Request
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse

from app.database.transaction import Acting
from app.errors import Invalid
from app.http.access import ActingTransaction


class JsonText(JSONResponse):
    """An answer whose content is JSON text already, as PostgreSQL built it."""

    def render(self, content: str) -> bytes:
        """The text as it is."""
        return content.encode()


@dataclass(frozen=True)
class Answer:
    """What an act may give in place of a value: JSON text, with its own status and headers."""

    text: str
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)


class Once:
    """Runs a command at most once for each (officer, key)."""

    def __init__(self, tx: Acting, key: str | None, request_hash: bytes) -> None:
        self.tx, self.key, self.request_hash = tx, key, request_hash

    async def __call__(self, act: Callable[[], Awaitable[Any]], status: int = 200) -> JSONResponse:
        """The command's answer, or the stored one. Raises Invalid when the key came with another request."""
        if self.key is None:
            return _respond(_answer(await act(), status))
        mine = await self.tx.execute(
            """INSERT INTO idempotency_keys (officer_id, key, request_hash)
                VALUES (%(officer)s, %(key)s, %(hash)s) ON CONFLICT DO NOTHING""",
            officer=self.tx.actor.officer_id,
            key=self.key,
            hash=self.request_hash,
        )
        if mine.rowcount == 0:
            return await self._repeat()
        answer = _answer(await act(), status)
        await self.tx.execute(
            """UPDATE idempotency_keys SET status = %(status)s,
                body = jsonb_build_object('answer', %(text)s::jsonb, 'headers', %(headers)s)
                WHERE officer_id = %(officer)s AND key = %(key)s""",
            officer=self.tx.actor.officer_id,
            key=self.key,
            status=answer.status,
            text=answer.text,
            headers=dict(answer.headers),
        )
        return _respond(answer)

    async def _repeat(self) -> JSONResponse:
        row = await self.tx.row(
            """SELECT request_hash, status, (body -> 'answer')::text AS answer, body -> 'headers' AS headers
                FROM idempotency_keys WHERE officer_id = %(officer)s AND key = %(key)s""",
            officer=self.tx.actor.officer_id,
            key=self.key,
        )
        if row is None or bytes(row["request_hash"]) != self.request_hash:
            raise Invalid(
                "idempotency_key_reused", "该 Idempotency-Key 已用于另一内容的请求，请为新的操作换一个键。"
            )
        headers = {**row["headers"], "Idempotency-Replayed": "true"}
        return _respond(Answer(row["answer"], row["status"], headers))


def _answer(given: Any, status: int) -> Answer:
    if isinstance(given, Answer):
        return given
    return Answer(json.dumps(jsonable_encoder(given), ensure_ascii=False, separators=(",", ":")), status)


def _respond(answer: Answer) -> JSONResponse:
    return JsonText(answer.text, answer.status, dict(answer.headers))


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
