"""What tests do with a second installation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from fastapi import FastAPI

from app.database.transaction import Database
from app.packages.trust import PublicKey
from app.settings import Settings
from tests.cluster import DatabaseUrls
from tests.packages.trusting import trusts


@dataclass(frozen=True)
class Second:
    """The installation; `officers` by `login@organ code`."""

    urls: DatabaseUrls
    settings: Settings
    app: FastAPI
    http: httpx.AsyncClient
    officers: Mapping[str, int]

    async def trusts(self, keys: Mapping[str, PublicKey]) -> None:
        """Register keys, as `xianjie keys trust` does."""
        await trusts(self.urls, keys.values())

    async def asks(self, who: str, method: str, path: str, **more: Any) -> httpx.Response:
        """A request by an officer."""
        token, _ = self.app.state.tokens.issue(self.officers[who], "test")
        return await self.http.request(method, path, headers={"Authorization": f"Bearer {token}"}, **more)

    async def receives(self, who: str, content: bytes) -> httpx.Response:
        """Bring a package."""
        return await self.asks(who, "POST", "/api/v1/packages", content=content)

    async def exports(self, who: str, transfer_id: str) -> httpx.Response:
        """Ask for a package, without PDFs made for it."""
        return await self.asks(who, "GET", f"/api/v1/transfers/{transfer_id}/package", params={"pdf": False})

    async def count(self, table: str) -> int:
        """How many rows a table has."""
        db = Database(self.urls.owner, 1)
        await db.open()
        try:
            async with db.transaction() as tx:
                rows = await tx.connection.execute(f"SELECT count(*) FROM {table}".encode())
                return sum(int(row["count"]) for row in await rows.fetchall())
        finally:
            await db.close()
