"""Keys that an installation is made to know."""

from __future__ import annotations

from collections.abc import Iterable

from app.database.transaction import Database
from app.packages.keys import trust
from app.packages.trust import PublicKey
from tests.cluster import DatabaseUrls


async def trusts(urls: DatabaseUrls, keys: Iterable[PublicKey]) -> None:
    """Register keys, as `xianjie keys trust` does."""
    db = Database(urls.owner, 1)
    await db.open()
    try:
        async with db.platform() as tx:
            await trust(tx, list(keys))
    finally:
        await db.close()
