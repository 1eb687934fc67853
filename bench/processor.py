"""Processor time of a server and of its database, as Linux counts it.

Rates depend on what else the machine does; the time that a request costs depends on it far less.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")


@dataclass(frozen=True)
class Used:
    """Nanoseconds by process."""

    server: int
    database: dict[str, int]

    def since(self, before: Used) -> tuple[float, float]:
        """Microseconds of the server and of the database since then."""
        spent = sum(now - before.database.get(process, 0) for process, now in self.database.items())
        return (self.server - before.server) / 1e3, spent / 1e3


def used(server: int, postmaster: int) -> Used | None:
    """What the server's process and the children of PostgreSQL's have used; None where Linux is not."""
    if not (PROC / str(server) / "schedstat").exists():
        return None
    children = (PROC / str(postmaster) / "task" / str(postmaster) / "children").read_text().split()
    return Used(_of(str(server)), {child: _of(child) for child in children})


def _of(process: str) -> int:
    total = 0
    for thread in (PROC / process / "task").glob("*/schedstat"):
        try:
            total += int(thread.read_text().split()[0])
        except OSError:
            continue  # it ended meanwhile
    return total
