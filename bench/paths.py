"""The three hot paths: what is sent, the same bytes to both servers, and the round that is measured."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from statistics import median

from app.http.tokens import Tokens
from bench import generated
from bench.load import Measured, measure, request_bytes
from bench.processor import used
from bench.serving import Server
from bench.stage import Organ, Stage

GOALS = {"case by id": 0.60, "list of 50": 0.80, "case entry": 0.70}
_DISTINCT = 5_000
_ENTRIES_A_SECOND = 1_500  # more than either server takes, so that no body is sent twice in a round


@dataclass(frozen=True)
class Path:
    """One route: requests for a round of so many seconds."""

    name: str
    requests: Callable[[float], Sequence[bytes]]


@dataclass(frozen=True)
class Compared:
    """The rounds of one route on the application and on the bare server."""

    name: str
    ours: Sequence[Measured]
    bare: Sequence[Measured]

    @property
    def cost_ratio(self) -> float | None:
        """The bare server's median processor time for a request as a share of ours; None off Linux."""
        ours, bare = cost(self.ours), cost(self.bare)
        return bare / ours if ours and bare else None

    @property
    def ratio(self) -> float:
        """Our median rate as a share of the bare one's."""
        return rate(self.ours) / rate(self.bare)


def rate(rounds: Sequence[Measured]) -> float:
    """The median of the rounds' requests a second."""
    return median(one.rate for one in rounds)


def cost(rounds: Sequence[Measured]) -> float | None:
    """The median processor time of a request, server and database together (microseconds)."""
    spent = [(one.server_microseconds or 0) + (one.database_microseconds or 0) for one in rounds]
    return median(spent) or None


def paths(stage: Stage, secret: str) -> list[Path]:
    """The hot paths on this stage, in the names of its organs' handlers."""
    rng = random.Random(generated.SEED + 1)  # noqa: S311 - a choice of cases, not secrets
    headers = {organ.id: _headers(organ, secret) for organ in stage.organs}
    serials = itertools.count(len(stage.cases) + 1)

    def by_id(_seconds: float) -> list[bytes]:
        chosen = (rng.choice(stage.cases) for _ in range(_DISTINCT))
        return [request_bytes("GET", f"/api/v1/cases/{case}", headers[organ.id]) for case, organ in chosen]

    def listed(_seconds: float) -> list[bytes]:
        return [request_bytes("GET", "/api/v1/cases?limit=50", headers[organ.id]) for organ in stage.organs]

    def entered(seconds: float) -> list[bytes]:
        count = max(100, round(seconds * _ENTRIES_A_SECOND))
        return [
            request_bytes(
                "POST", "/api/v1/cases", headers[rng.choice(stage.organs).id], generated.body(rng, serial)
            )
            for serial in itertools.islice(serials, count)
        ]

    return [Path("case by id", by_id), Path("list of 50", listed), Path("case entry", entered)]


def compare(path: Path, on: Stage, servers: tuple[Server, Server], rounds: int, seconds: float) -> Compared:
    """Rounds in turn, ours and bare, so that what else the machine does meets both. Raises RuntimeError."""
    measured: dict[Server, list[Measured]] = {server: [] for server in servers}
    for number in range(rounds + 1):
        for server, taken in measured.items():
            one = _round(path, on, server, seconds if number else min(1, seconds))
            if number:  # the first round only warms plans, caches and connections
                taken.append(one)
    ours, bare = measured.values()
    return Compared(path.name, ours, bare)


def _round(path: Path, on: Stage, server: Server, seconds: float) -> Measured:
    requests = path.requests(seconds)
    for longer in (1, 4, 16):  # on a busy machine a short round may end before the first answer
        before = used(server.process, on.postmaster)
        one = measure(server.address, requests, seconds * longer)
        if one.requests or one.refused or one.broken:
            break
    if one.refused or one.broken or not one.requests:
        raise RuntimeError(
            f"{path.name}: {one.requests} requests answered, {one.refused} refused, {one.broken} broken"
        )
    after = used(server.process, on.postmaster)
    if before is None or after is None:
        return one
    served, stored = (spent / one.requests for spent in after.since(before))
    return replace(one, server_microseconds=served, database_microseconds=stored)


def _headers(organ: Organ, secret: str) -> Mapping[str, str]:
    token, _ = Tokens(secret, timedelta(hours=1)).issue(organ.officer_id, "bench")
    return {
        "Authorization": f"Bearer {token}",
        "Bench-Organ": str(organ.id),
        "Bench-Officer": str(organ.officer_id),
    }
