"""The three hot paths: what is sent, the same bytes to both servers, and the round that is measured."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median

from app.http.tokens import Tokens
from bench import generated
from bench.load import Measured, measure, request_bytes
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
    def ratio(self) -> float:
        """Our median rate as a share of the bare one's."""
        return rate(self.ours) / rate(self.bare)


def rate(rounds: Sequence[Measured]) -> float:
    """The median of the rounds' requests a second."""
    return median(one.rate for one in rounds)


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


def compare(path: Path, ours: str, bare: str, rounds: int, seconds: float) -> Compared:
    """Rounds in turn, ours and bare, so that what else the machine does meets both. Raises RuntimeError."""
    measured: dict[str, list[Measured]] = {ours: [], bare: []}
    for number in range(rounds + 1):
        for address, taken in measured.items():
            one = measure(address, path.requests(seconds), seconds if number else min(1, seconds))
            if one.refused or one.broken or not one.requests:
                raise RuntimeError(f"{path.name} at {address}: {one.refused} refused, {one.broken} broken")
            if number:  # the first round only warms plans, caches and connections
                taken.append(one)
    return Compared(path.name, measured[ours], measured[bare])


def _headers(organ: Organ, secret: str) -> Mapping[str, str]:
    token, _ = Tokens(secret, timedelta(hours=1)).issue(organ.officer_id, "bench")
    return {
        "Authorization": f"Bearer {token}",
        "Bench-Organ": str(organ.id),
        "Bench-Officer": str(organ.officer_id),
    }
