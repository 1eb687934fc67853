"""The inbox: what is told to an organ, to some of its roles, or to one officer, and what was read."""

from __future__ import annotations

import uuid

import httpx

from app.database.transaction import Database
from app.notices.service import Addressee, notify
from tests.conftest import Acts

HANDLER, OTHER, HEAD = "handler1@320506-market", "handler2@320506-market", "head@320506-market"
FOREIGN = "handler1@320583-market"


async def told(database: Database, world: dict[str, int], *, to: str, roles: list[str] | None = None) -> None:
    """A notice from the procuratorate to the organ of `to`, to these roles of it, or to `to` alone."""
    async with database.acting(world["handler@320506-procuratorate"]) as tx:
        organ = await tx.value("SELECT id FROM organs WHERE code = %(code)s", code=to.rpartition("@")[2])
        officer = world[to] if "@" in to else None
        addressee = Addressee(organ, roles=roles, officer_id=officer)
        await notify(tx, addressee, "supervision.issued", "检察意见", ("supervision", uuid.uuid4()))


async def unread(acts: Acts, who: str) -> int:
    count: int = (await acts(who).get("/api/v1/notices/unread-count")).json()["unread"]
    return count


async def test_a_notice_reaches_whom_it_is_for(acts: Acts, database: Database, world: dict[str, int]) -> None:
    await told(database, world, to="320506-market")
    await told(database, world, to="320506-market", roles=["head"])
    await told(database, world, to=HANDLER)
    found = {who: await unread(acts, who) for who in (HANDLER, OTHER, HEAD, FOREIGN)}
    assert found == {HANDLER: 2, OTHER: 1, HEAD: 2, FOREIGN: 0}
    assert await unread(acts, "sysadmin@320506-market") == 0


async def test_reading_is_each_officer_s_own(acts: Acts, database: Database, world: dict[str, int]) -> None:
    for _ in range(3):
        await told(database, world, to="320506-market")
    newest = (await acts(HANDLER).get("/api/v1/notices")).json()["items"][0]
    assert newest["read_at"] is None
    for _ in range(2):
        assert (await acts(HANDLER).post(f"/api/v1/notices/{newest['id']}/read")).json() == {"unread": 2}
    assert (await acts(HANDLER).get("/api/v1/notices")).json()["items"][0]["read_at"] is not None
    left = (await acts(HANDLER).get("/api/v1/notices?unread=true")).json()["items"]
    assert len(left) == 2
    assert newest["id"] not in {one["id"] for one in left}
    assert (await acts(HANDLER).post("/api/v1/notices/read-all")).json() == {"unread": 0}
    assert await unread(acts, OTHER) == 3


async def test_pages_go_on(acts: Acts, database: Database, world: dict[str, int]) -> None:
    for _ in range(5):
        await told(database, world, to="320506-market")
    whole = [one["id"] for one in (await acts(HANDLER).get("/api/v1/notices")).json()["items"]]
    first = (await acts(HANDLER).get("/api/v1/notices?limit=3")).json()
    rest = (await acts(HANDLER).get(f"/api/v1/notices?limit=3&cursor={first['next_cursor']}")).json()
    assert [one["id"] for one in first["items"] + rest["items"]] == whole
    assert whole == sorted(whole, reverse=True)


async def test_a_foreign_notice_does_not_exist_and_nobody_is_asked_to_sign_in(
    acts: Acts, client: httpx.AsyncClient, database: Database, world: dict[str, int]
) -> None:
    await told(database, world, to=HANDLER)
    notice = (await acts(HANDLER).get("/api/v1/notices")).json()["items"][0]
    for who in (FOREIGN, OTHER, HEAD):
        assert (await acts(who).post(f"/api/v1/notices/{notice['id']}/read")).status_code == 404
    for address in ("/api/v1/notices", "/api/v1/notices/unread-count"):
        assert (await client.get(address)).status_code == 401
    for address in (f"/api/v1/notices/{notice['id']}/read", "/api/v1/notices/read-all"):
        assert (await client.post(address)).status_code == 401
