"""A server process for each application, all with the same uvicorn settings."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

HOST = "127.0.0.1"
_START_SECONDS = 30


@dataclass(frozen=True)
class Server:
    """Where a server answers, and its process."""

    address: str
    process: int


@contextmanager
def serving(application: str, environment: Mapping[str, str], factory: bool = False) -> Iterator[Server]:
    """`application` (module:name), served by one worker process while the block lasts."""
    port = _free_port()
    command = [
        sys.executable, "-m", "uvicorn", application, "--host", HOST, "--port", str(port),
        "--log-level", "warning", "--no-access-log", "--no-server-header",
        "--loop", "uvloop", "--http", "httptools",
    ]  # fmt: skip
    server = subprocess.Popen(  # noqa: S603 - our own program and arguments
        command + (["--factory"] if factory else []), env={**os.environ, **environment}
    )
    try:
        _wait_for(port, server)
        yield Server(f"http://{HOST}:{port}", server.pid)
    finally:
        server.terminate()
        server.wait(timeout=20)


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        port: int = taken.getsockname()[1]
        return port


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end:
        if server.poll() is not None:
            raise RuntimeError(f"the server ended with status {server.returncode} before it answered")
        try:
            socket.create_connection((HOST, port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"the server did not answer within {_START_SECONDS} s")
