"""`python -m bench.rescreen`: all stored cases against all charges, beside the same conditions as plain SQL.

Both statements read the same rows in turn; then the cases are really screened again, and the memory of the
process is looked at after the first batch and after the last.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import secrets
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import psycopg

from app.database.transaction import Database
from app.screening import rescreen
from bench.by_hand import conclusion
from bench.generated import TODAY
from bench.screening import OneCase, one_case
from bench.stage import PATTERNS, stage

GOAL = 1.5
_OLD = "bench"


@dataclass(frozen=True)
class Rescreened:
    """Seconds of each round, ours and by hand: of the processor where that can be read, else of the clock.

    The run that writes: seconds by the clock, cases changed, bytes grown.
    """

    cases: int
    ours: Sequence[float]
    by_hand: Sequence[float]
    seconds: float
    changed: int
    grown: int
    single: OneCase

    @property
    def ratio(self) -> float:
        """Our median time as a multiple of the plain statement's."""
        return median(self.ours) / median(self.by_hand)

    def as_text(self) -> str:
        """Some lines to read."""
        return (
            f"{self.cases:,} stored cases against all charges, median of {len(self.ours)} rounds in turn:"
            f" {median(self.ours):.1f} s, plain SQL {median(self.by_hand):.1f} s,"
            f" ratio {self.ratio:.2f} (goal at most {GOAL})\n"
            f"written anew: {self.cases / self.seconds:,.0f} cases/s, {self.changed:,} changed; memory grew"
            f" by {self.grown / 2**20:.1f} MiB from the first batch to the last\n"
            f"one case in Python {self.single.screening:.0f} µs, one database round trip"
            f" {self.single.round_trip:.0f} µs"
        )


def measure(cases: int, rounds: int) -> Rescreened:
    """On a database of its own, erased afterwards."""
    with stage(secrets.token_urlsafe(48), min(cases, PATTERNS)) as on:
        with psycopg.connect(on.cluster.url("xianjie_owner"), autocommit=True) as owner:
            _multiply(owner, cases)
        worker = on.cluster.url("xianjie_worker")
        with psycopg.connect(worker, autocommit=True) as connection:
            ours, by_hand = _in_turn(connection, rounds)
        return Rescreened(
            cases, ours, by_hand, *asyncio.run(_write(worker)), one_case(on.cluster.url("xianjie_app"))
        )


def _multiply(owner: psycopg.Connection[Any], cases: int) -> None:
    """Copies of the cases there are, each with a party, as an older law left them."""
    owner.execute("UPDATE cases SET law_version = %s", [_OLD])
    owner.execute("ALTER TABLE cases DISABLE TRIGGER place")
    owner.execute("ALTER TABLE parties DISABLE TRIGGER note_change")
    rows = owner.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = 'cases'::regclass AND attnum > 0"
        " AND NOT attisdropped AND attgenerated = '' ORDER BY attnum"
    )
    own = {"id": "gen_random_uuid()", "number": "number || '-' || n", "source_id": "source_id || '-' || n"}
    columns = {str(name): own.get(str(name), str(name)) for (name,) in rows}
    stored = owner.execute("SELECT count(*) FROM cases").fetchone()
    times = cases // stored[0] if stored else 0
    statement = f"""INSERT INTO cases ({", ".join(columns)})
        SELECT {", ".join(columns.values())} FROM cases CROSS JOIN generate_series(2, {times}) AS n"""
    owner.execute(statement.encode())
    owner.execute("ALTER TABLE cases ENABLE TRIGGER place")
    # one case in ten is of a party that has another
    owner.execute(
        """INSERT INTO parties (id, case_id, position, kind, name, uscc)
            SELECT gen_random_uuid(), c.id, 1, 'unit', '甲公司' || c.n, 'bench ' || c.n
            FROM (SELECT id, row_number() OVER () / 20 * 20 + greatest(row_number() OVER () % 20, 1) AS n
                FROM cases) AS c
            WHERE NOT EXISTS (SELECT 1 FROM parties p WHERE p.case_id = c.id)"""
    )
    owner.execute("ALTER TABLE parties ENABLE TRIGGER note_change")
    owner.execute("VACUUM ANALYZE cases, parties")


def _in_turn(connection: psycopg.Connection[Any], rounds: int) -> tuple[Sequence[float], Sequence[float]]:
    values = {**rescreen.law_values(), "today": TODAY}
    counted = "count(*) FILTER (WHERE conclusion = %s), count(*)"
    ours = f"""WITH {rescreen.stored()}, {rescreen.concluded()} SELECT {counted % "'must_transfer'"}
        FROM concluded""".encode()
    plain = f"""WITH {rescreen.stored()} SELECT {counted % 0} FROM (
        SELECT {conclusion(TODAY)} AS conclusion FROM (SELECT facts, acted FROM stored OFFSET 0) AS s
        OFFSET 0) AS said""".encode()
    connection.execute("SET jit = off")
    connection.execute("SET max_parallel_workers_per_gather = 0")
    seconds: dict[bytes, list[float]] = {ours: [], plain: []}
    for number in range(rounds + 1):
        for statement, taken in seconds.items():
            started = _seconds(connection)
            found = connection.execute(statement, values).fetchall()
            spent = _seconds(connection) - started
            if number:  # the first round fills the caches
                taken.append(spent)
            print(f"bench: {found} in {spent:.1f} s", file=sys.stderr, flush=True)
    return seconds[ours], seconds[plain]


def _seconds(connection: psycopg.Connection[Any]) -> float:
    """What the server's process has used of the processor: others on this machine leave it as it is."""
    times = Path(f"/proc/{connection.info.backend_pid}/stat")
    if not times.exists():
        return time.perf_counter()
    user, system = times.read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


async def _write(url: str) -> tuple[float, int, int]:
    db = Database(url, size=1)
    await db.open()
    started, first, changed = time.perf_counter(), 0, 0
    try:
        async for progress in rescreen.rescreen(db):
            first = first or _peak()
            changed = progress.changed
    finally:
        await db.close()
    return time.perf_counter() - started, changed, _peak() - first


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def main(arguments: Sequence[str] | None = None, show: Callable[[str], None] = print) -> int:
    """Exit status 0 when everything could be measured, whatever came of it."""
    parser = argparse.ArgumentParser(prog="bench.rescreen", description=__doc__)
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args(arguments)
    show(measure(asked.cases, asked.rounds).as_text())
    return 0


if __name__ == "__main__":
    sys.exit(main())
