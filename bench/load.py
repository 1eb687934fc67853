"""Load: Debian's wrk where it is installed, else a client in Python, which the table then says bounds it."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from typing import Any
from urllib.parse import urlsplit

CONNECTIONS = 32
_SCRIPT = Path(__file__).with_name("wrk.lua")


@dataclass(frozen=True)
class Measured:
    """One round. Latencies in ms; `refused` answers have status 400 and above, `broken` are connections.

    The microseconds are processor time for each request, of the server's process and of PostgreSQL's.
    """

    requests: int
    seconds: float
    p50: float
    p99: float
    refused: int
    broken: int
    server_microseconds: float | None = None
    database_microseconds: float | None = None

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


def has_wrk() -> bool:
    """Whether Debian's wrk is installed (a package of that name on PyPI is something else)."""
    return shutil.which("wrk") is not None


def request_bytes(method: str, path: str, headers: Mapping[str, str], body: Any = None) -> bytes:
    """One HTTP/1.1 request as it goes over the wire."""
    content = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
    lines = {"Host": "bench", **headers}
    if body is not None:
        lines |= {"Content-Type": "application/json", "Content-Length": str(len(content))}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + content


def measure(address: str, requests: Sequence[bytes], seconds: float) -> Measured:
    """Send the requests over and over for so many seconds, on 32 connections."""
    if not has_wrk():
        return asyncio.run(_measure_in_python(address, requests, seconds))
    with tempfile.NamedTemporaryFile(prefix="bench-") as file:
        for request in requests:
            file.write(b"%d\n" % len(request) + request)
        file.flush()
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s", "--timeout", "10s"]
        done = subprocess.run(  # noqa: S603 - our own program and arguments
            [*command, "-s", str(_SCRIPT), address, "--", file.name],
            capture_output=True,
            text=True,
            check=False,
        )
    lines = [line for line in done.stdout.splitlines() if line.startswith("BENCH ")]
    if done.returncode or not lines:
        raise RuntimeError(f"wrk failed:\n{done.stdout}{done.stderr}")
    return Measured(**json.loads(lines[0].removeprefix("BENCH ")))


async def _measure_in_python(address: str, requests: Sequence[bytes], seconds: float) -> Measured:
    parts = urlsplit(address)
    started = time.perf_counter()
    end = started + seconds
    taken: list[float] = []
    refused = 0
    turn = 0

    async def one_connection() -> None:
        nonlocal refused, turn
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        while (sent := time.perf_counter()) < end:
            turn += 1
            writer.write(requests[turn % len(requests)])
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            await reader.readexactly(int(length.partition(b":")[2]))
            taken.append(time.perf_counter() - sent)
            refused += head.split(b" ", 2)[1] >= b"400"
        writer.close()

    await asyncio.gather(*(one_connection() for _ in range(CONNECTIONS)))
    steps = quantiles(taken, n=100)
    return Measured(len(taken), time.perf_counter() - started, steps[49] * 1e3, steps[98] * 1e3, refused, 0)
