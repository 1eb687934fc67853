"""What was measured, as a table to read and as JSON to keep."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from bench.load import Measured, has_wrk
from bench.paths import GOALS, Compared, cost, rate
from bench.screening import OneCase, Screened

RESULTS = Path(__file__).with_name("results")
_ENOUGH = 3.0  # a client that reaches three times the fastest route does not bound it


@dataclass(frozen=True)
class Report:
    """One run of the bench."""

    cases: int
    rounds: int
    hello: Measured
    compared: Sequence[Compared]
    screened: Screened
    one_case: OneCase

    @property
    def headroom(self) -> float:
        """What the client reaches against a server that does nothing, as a multiple of the fastest route."""
        return self.hello.rate / max(rate(side) for one in self.compared for side in (one.ours, one.bare))

    @property
    def client_bound(self) -> bool:
        """Whether the client itself may be what limits the rates."""
        return not has_wrk() or self.headroom < _ENOUGH

    def as_json(self) -> dict[str, Any]:
        """Everything, every round included."""
        return {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "commit": _commit(),
            "machine": {
                "cores": os.cpu_count(),
                "load_before": os.getloadavg()[1],
                "python": platform.python_version(),
            },
            "client": {
                "wrk": has_wrk(),
                "bound": self.client_bound,
                "headroom": self.headroom,
                **asdict(self.hello),
            },
            "stored_cases": self.cases,
            "routes": {
                one.name: {
                    "ratio": one.ratio,
                    "cost_ratio": one.cost_ratio,
                    "goal": GOALS[one.name],
                    "ours": [{"rate": each.rate, **asdict(each)} for each in one.ours],
                    "bare": [{"rate": each.rate, **asdict(each)} for each in one.bare],
                }
                for one in self.compared
            },
            "screening": {
                "cases_a_second": self.screened.cases / self.screened.seconds,
                **asdict(self.screened),
            },
            "one_case": asdict(self.one_case),
        }

    def as_text(self) -> str:
        """The table."""
        lines = [
            f"{self.cases:,} stored cases, median of {self.rounds} rounds in turn; each server 1 process,"
            " 4 database connections",
            "",
            f"{'':12} {'':6} {'req/s':>8} {'p50 ms':>8} {'p99 ms':>8} {'CPU µs':>8}"
            f"   {'of bare':>8} {'goal':>6} {'by CPU':>8}",
        ]
        for one in self.compared:
            ratio = f"   {one.ratio:8.0%} {GOALS[one.name]:6.0%}"
            ratio += f" {one.cost_ratio:8.0%}" if one.cost_ratio else ""
            lines += [_line(one.name, "ours", one.ours) + ratio, _line("", "bare", one.bare)]
        client = "wrk" if has_wrk() else "client in Python (no wrk: apt-get install wrk)"
        bound = (
            "CLIENT-BOUND: the rates above may be the client's, not the servers'"
            if self.client_bound
            else "enough"
        )
        lines += [
            "",
            f"{client} reaches {self.hello.rate:,.0f} req/s against an empty server,"
            f" {self.headroom:.1f} times the fastest route ({_ENOUGH:.0f} asked): {bound}",
            f"xianjie screen: {self.screened.cases:,} cases in {self.screened.seconds:.1f} s ="
            f" {self.screened.cases / self.screened.seconds:,.0f} cases/s,"
            f" at most {self.screened.peak / 2**20:.0f} MiB",
            f"one case: screened in {self.one_case.screening:.0f} µs; one database round trip"
            f" {self.one_case.round_trip:.0f} µs",
        ]
        return "\n".join(lines)

    def write(self) -> Path:
        """Keep the JSON; gives its file."""
        RESULTS.mkdir(exist_ok=True)
        file = RESULTS / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"
        file.write_text(json.dumps(self.as_json(), ensure_ascii=False, indent=2) + "\n")
        return file


def _line(name: str, server: str, rounds: Sequence[Measured]) -> str:
    p50, p99 = (median(getattr(one, field) for one in rounds) for field in ("p50", "p99"))
    spent = cost(rounds)
    used = f"{spent:8,.0f}" if spent else f"{'-':>8}"
    return f"{name:12} {server:6} {rate(rounds):8,.0f} {p50:8.1f} {p99:8.1f} {used}"


def _commit() -> str | None:
    command = ["git", "rev-parse", "--short", "HEAD"]
    found = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    return found.stdout.strip() or None
