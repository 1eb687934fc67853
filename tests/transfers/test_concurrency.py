"""Many at once on the same transfers: one act at a time, each done once, the record as its history says."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from random import Random
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from app.database.transaction import Database
from app.errors import AppError
from app.transfers.service import act
from app.transfers.situation import standing
from tests.cases.builders import enter
from tests.cluster import DatabaseUrls
from tests.conftest import Acts
from tests.transfers.builders import (
    HANDLER,
    HEAD,
    SECOND,
    STRAIGHT,
    group,
    led,
    led_to,
    open_on,
    opened,
    take,
)
from tests.transfers.consistent import Connection, consistent
from tests.transfers.drawn import CAST, Filler, Names

WORKERS = 10


@pytest.fixture
async def wide(clean: DatabaseUrls) -> AsyncIterator[Database]:
    """A connection for each worker."""
    database = Database(clean.app, WORKERS)
    await database.open()
    yield database
    await database.close()


async def names_of(acts: Acts) -> Names:
    organs = {one["code"]: one["id"] for one in (await acts(HANDLER).get("/api/v1/organs")).json()}
    police = (organs["320506-police"], organs["320583-police"])
    procuratorates = (organs["320506-procuratorate"], organs["320583-procuratorate"])
    return Names(await group(acts), police, procuratorates, organs["320506-court"])


class Crowd:
    """Workers who press whatever they find, each on its own connection."""

    def __init__(
        self, database: Database, world: dict[str, int], names: Names, transfers: list[UUID]
    ) -> None:
        self.database, self.world, self.names, self.transfers = database, world, names, transfers
        self.taken: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()

    async def worker(self, seed: int, acts: int) -> None:
        chance = Random(seed)
        for _ in range(acts):
            who, transfer = self.world[chance.choice(CAST)], chance.choice(self.transfers)
            try:
                async with self.database.acting(who) as tx:
                    found = (await standing(tx, transfer)).available
                if not found:
                    continue
                action = chance.choice(found)
                async with self.database.acting(who) as tx:
                    given = Filler(self.names, chance, tx.actor.organ_id).inputs(action.id)
                    given.pop("occurred_at", None)
                    await act(tx, transfer, action.id, given)
                self.taken[action.id] += 1
            except AppError as error:
                self.refused[error.code] += 1


async def test_a_crowd_leaves_every_transfer_as_its_history_says(
    acts: Acts, wide: Database, world: dict[str, int], superuser: Connection
) -> None:
    transfers = [UUID((await opened(acts))["id"]) for _ in range(3)]
    transfers += [UUID((await led_to(acts, "sign_receipt"))["id"]) for _ in range(2)]
    crowd = Crowd(wide, world, await names_of(acts), transfers)
    await asyncio.gather(*(crowd.worker(seed, 25) for seed in range(WORKERS)))
    assert crowd.taken.total() > 20
    assert crowd.refused["action_not_in_state"], "they never met"
    for transfer in transfers:
        consistent(superuser, transfer)


async def test_of_many_who_decide_at_once_one_does(acts: Acts, superuser: Connection) -> None:
    transfer = await led_to(acts, "report")
    decisions: list[tuple[str, dict[str, str]]] = [("approve", {}), ("refuse", {"reason": "不构成犯罪"})]
    answers: list[httpx.Response] = await asyncio.gather(
        *(take(acts, transfer["id"], HEAD, *decision) for decision in decisions * 4)
    )
    assert sorted(one.status_code for one in answers) == [200, *[409] * 7]
    winner = next(one.json() for one in answers if one.status_code == 200)
    for loser in answers:
        if loser.status_code == 409:
            assert (loser.json()["state"], loser.json()["revision"]) == (winner["state"], winner["revision"])
    consistent(superuser, UUID(transfer["id"]))


async def test_one_key_sent_many_times_at_once_is_one_act(acts: Acts, superuser: Connection) -> None:
    transfer = await led_to(acts, "approve")
    address, key = f"/api/v1/transfers/{transfer['id']}/actions/send", {"Idempotency-Key": str(uuid4())}
    answers = await asyncio.gather(
        *(acts(HANDLER).post(address, json={"inputs": {}}, headers=key) for _ in range(8))
    )
    assert [one.status_code for one in answers] == [200] * 8
    assert all(one.json() == answers[0].json() for one in answers)
    assert sum("idempotency-replayed" in one.headers for one in answers) == 7
    model = consistent(superuser, UUID(transfer["id"]))
    assert model.done.count("send") == 1


async def test_one_revision_carries_one_act(acts: Acts, superuser: Connection) -> None:
    """Acts that do not exclude each other by state still do by the revision that they were based on."""
    transfer = await opened(acts)
    asked = [{"question": f"问题{n}"} for n in range(6)]
    answers = await asyncio.gather(
        *(
            take(acts, transfer["id"], who, "consult_procuratorate", one, revision=transfer["revision"])
            for who, one in zip((HANDLER, SECOND, HEAD) * 2, asked, strict=True)
        )
    )
    assert sorted(one.status_code for one in answers) == [200, *[409] * 5]
    assert {one.json()["code"] for one in answers if one.status_code == 409} == {"transfer_changed"}
    consistent(superuser, UUID(transfer["id"]))


async def test_many_who_open_at_once_open_one_and_lose_no_number(acts: Acts, superuser: Connection) -> None:
    case = await enter(acts(HANDLER))
    answers = await asyncio.gather(
        *(open_on(acts, case["id"], who) for who in (HANDLER, SECOND) for _ in range(4))
    )
    assert sorted(one.status_code for one in answers) == [201, *[409] * 7]
    (first,) = [one.json() for one in answers if one.status_code == 201]
    assert first["number"].endswith("〕1号")
    consistent(superuser, UUID(first["id"]))
    assert (await opened(acts))["number"].endswith("〕2号")


async def test_an_answer_that_was_lost_is_given_again(
    acts: Acts, superuser: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The act is done, the answer never arrives: repeated with its key it is told, not done again."""
    transfer = await led(acts, await opened(acts), STRAIGHT[:2])
    address, key = f"/api/v1/transfers/{transfer['id']}/actions/send", {"Idempotency-Key": str(uuid4())}

    async def lost(*_: Any) -> None:
        raise ConnectionResetError

    with monkeypatch.context() as patch:
        patch.setattr("app.http.once.JsonText.__call__", lost)
        broken = await acts(HANDLER).post(address, json={"inputs": {}}, headers=key)
    assert broken.status_code == 500
    assert consistent(superuser, UUID(transfer["id"])).state == "sent"
    again = await acts(HANDLER).post(address, json={"inputs": {}}, headers=key)
    assert (again.status_code, again.json()["state"]) == (200, "sent")
    assert again.headers["idempotency-replayed"] == "true"
    assert consistent(superuser, UUID(transfer["id"])).done.count("send") == 1
