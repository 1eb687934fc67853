"""A connection that dies between any two statements of an act leaves nothing of it; repeated, it is done."""

from __future__ import annotations

import itertools
import os
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import UUID, uuid4

import httpx
import psycopg

from app.settings import Settings
from tests.cases.builders import case_body, enter
from tests.clues.builders import SENDER, clue_body
from tests.conftest import Acts
from tests.transfers.builders import (
    HANDED,
    HANDLER,
    REFUSED,
    STRAIGHT,
    group,
    led,
    opened,
)
from tests.transfers.consistent import Connection, consistent

Send = Callable[[dict[str, str]], Awaitable[httpx.Response]]
Way = tuple[tuple[str, str, Mapping[str, Any]], ...]
HANDING_OVER = (HANDLER, "hand_over_goods", HANDED)
# Every round trip by night; else every third, beginning elsewhere in each act.
STRIDE = 1 if os.environ.get("XIANJIE_STATEFUL") == "nightly" else 3
begin = itertools.count()


@dataclass
class Death:
    """Kills a backend before the round trip `at` of whoever talks to the database, counted from one."""

    superuser: Connection
    at: int
    passed: int = 0

    @property
    def came(self) -> bool:
        return self.passed >= self.at

    def kill(self, pid: int) -> None:
        self.superuser.execute("SELECT pg_terminate_backend(%s)", [pid])
        while self.superuser.execute("SELECT 1 FROM pg_stat_activity WHERE pid = %s", [pid]).fetchone():
            pass  # PostgreSQL's own way to wait looks only every 100 ms

    @contextmanager
    def waiting(self) -> Iterator[None]:
        original = psycopg.AsyncConnection.wait

        async def wait(connection: psycopg.AsyncConnection[Any], *given: Any, **named: Any) -> Any:
            self.passed += 1
            if self.passed == self.at:
                self.kill(connection.info.backend_pid)
            return await original(connection, *given, **named)

        with patch.object(psycopg.AsyncConnection, "wait", wait):
            yield


def everything(superuser: Connection) -> list[dict[str, Any]]:
    """Every row of every table, summed up."""
    names = superuser.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
    parts = [
        f"SELECT '{row['tablename']}' AS name, count(*), md5(string_agg(t::text, ' ' ORDER BY t::text))"
        f" FROM {row['tablename']} t"
        for row in names
    ]
    return superuser.execute((" UNION ALL ".join(parts) + " ORDER BY 1").encode()).fetchall()


async def gets_through(superuser: Connection, send: Send, key: dict[str, str]) -> httpx.Response:
    """Send the request again and again, killed some round trips later each time, until it gets through."""
    before = everything(superuser)
    for at in itertools.count(1 + next(begin) % STRIDE, STRIDE):
        death = Death(superuser, at)
        with death.waiting():
            answer = await send(key)
        if answer.status_code < 500:
            assert at > 5, "killed too seldom to show anything"
            break
        assert death.came, answer.text
        assert answer.json()["code"] == "database_gone", answer.text
        assert everything(superuser) == before, f"half-done when killed at round trip {at}"
    assert answer.status_code in (200, 201), answer.text
    return answer


async def done_once(superuser: Connection, send: Send) -> httpx.Response:
    """As `gets_through`; sent once more with its key it repeats the answer and does nothing."""
    key = {"Idempotency-Key": str(uuid4())}
    answer = await gets_through(superuser, send, key)
    after = everything(superuser)
    again = await send(key)
    assert (again.status_code, again.json()) == (answer.status_code, answer.json())
    assert again.headers["idempotency-replayed"] == "true"
    assert everything(superuser) == after
    return answer


async def killed_along(
    acts: Acts,
    superuser: Connection,
    transfer: dict[str, Any],
    way: Way,
    calmly: frozenset[str] = frozenset(),
) -> None:
    """Lead a transfer along a way, killed everywhere but in the acts taken calmly."""
    for step in way:
        who, action, inputs = step
        if action in calmly:
            await led(acts, transfer, (step,))
            continue

        async def send(
            key: dict[str, str], who: str = who, action: str = action, inputs: Mapping[str, Any] = inputs
        ) -> httpx.Response:
            address = f"/api/v1/transfers/{transfer['id']}/actions/{action}"
            return await acts(who).post(address, json={"inputs": inputs}, headers=key)

        await done_once(superuser, send)
        consistent(superuser, UUID(transfer["id"]))


async def test_a_transfer_killed_everywhere_up_to_the_hand_over_of_goods(
    acts: Acts, superuser: Connection
) -> None:
    case = await enter(acts(HANDLER), case_body())
    body = {"charge": "214", "summary": "事实", "task_group": await group(acts)}

    async def send(key: dict[str, str]) -> httpx.Response:
        return await acts(HANDLER).post(f"/api/v1/cases/{case['id']}/transfers", json=body, headers=key)

    transfer = (await done_once(superuser, send)).json()
    calmly = frozenset({"begin_review", "propose_filing"})
    await killed_along(acts, superuser, transfer, (*STRAIGHT, HANDING_OVER), calmly)


async def test_a_refusal_killed_everywhere(acts: Acts, superuser: Connection) -> None:
    transfer = await led(acts, await opened(acts), REFUSED[:5])
    await killed_along(acts, superuser, transfer, REFUSED[5:])


async def test_a_file_killed_everywhere(acts: Acts, superuser: Connection, configuration: Settings) -> None:
    case = await enter(acts(HANDLER))
    assert isinstance(configuration.files, Path)
    incoming = configuration.files / "incoming"
    before = set(incoming.iterdir()) if incoming.exists() else set()

    async def send(key: dict[str, str]) -> httpx.Response:
        return await acts(HANDLER).post(
            f"/api/v1/cases/{case['id']}/files",
            params={"name": "现场照片.png"},
            content=b"\x89PNG the scene" * 1000,
            headers=key,
        )

    await gets_through(superuser, send, {})
    assert set(incoming.iterdir()) <= before, "what came in was left lying"


async def test_a_case_and_a_clue_killed_everywhere(acts: Acts, superuser: Connection) -> None:
    body, clue = case_body(), await clue_body(acts)

    async def enter_it(key: dict[str, str]) -> httpx.Response:
        return await acts(HANDLER).post("/api/v1/cases", json=body, headers=key)

    async def send_it(key: dict[str, str]) -> httpx.Response:
        return await acts(SENDER).post("/api/v1/clues", json=clue, headers=key)

    await done_once(superuser, enter_it)
    await done_once(superuser, send_it)
