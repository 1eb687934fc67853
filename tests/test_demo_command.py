"""`xianjie demo` from nothing to sign-in, twice, and what stands in its way."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.database import embedded
from app.demo.load import PASSWORD, SIGN_INS


@pytest.fixture
def directory() -> Iterator[Path]:
    """A data directory that the server's user can reach."""
    with tempfile.TemporaryDirectory(prefix="xianjie-demo-") as place:
        Path(place).chmod(0o711)
        yield Path(place) / "data"
        embedded.remove(Path(place) / "data")


@pytest.fixture
def port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        number: int = free.getsockname()[1]
        return number


def start(directory: Path, port: int, **environment: str) -> subprocess.Popen[str]:
    """Start the demo with few cases, whatever database the tester's own environment names."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("XIANJIE_")}
    return subprocess.Popen(
        [sys.executable, "-m", "app.cli", "demo", "--port", str(port), "--cases", "12"],
        env={**clean, "XIANJIE_DATA_DIR": str(directory), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@contextmanager
def demo(directory: Path, port: int, end: signal.Signals) -> Iterator[str]:
    """A running demo's address; ended by a signal, after which its database must be stopped too."""
    process = start(directory, port)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(f"{address}/openapi.json", process)
        yield address
    finally:
        process.send_signal(end)
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert "stopped; the data is kept" in said
    assert not embedded.is_running(directory)


def wait_for(url: str, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < deadline:
        try:
            urllib.request.urlopen(url, timeout=60).close()
            return
        except OSError:
            time.sleep(0.1)
    process.kill()
    pytest.fail(f"the demo does not answer:\n{process.communicate()[0]}")


def sign_in(address: str, organ: str, login: str) -> str:
    """A token."""
    body = json.dumps({"organ": organ, "login": login, "password": PASSWORD}).encode()
    request = urllib.request.Request(
        f"{address}/api/v1/sign-in", body, {"Content-Type": "application/json"}, method="POST"
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return str(json.load(answer)["token"])


def cases(address: str, token: str) -> object:
    request = urllib.request.Request(f"{address}/api/v1/cases", headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def test_the_demo_serves_keeps_its_data_and_stops_cleanly(directory: Path, port: int) -> None:
    with demo(directory, port, signal.SIGINT) as address:
        for _, organ, login in SIGN_INS:
            sign_in(address, organ, login)
        before = cases(address, sign_in(address, "320000-procuratorate", "handler"))
    with demo(directory, port, signal.SIGTERM) as address:
        token = sign_in(address, "320000-procuratorate", "handler")
        assert cases(address, token) == before


def test_a_busy_port_is_said_before_anything_starts(directory: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        process = start(directory, other.getsockname()[1])
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "make demo PORT=" in said
    assert not directory.exists()


def test_a_database_of_ones_own_needs_the_owners_address(directory: Path, port: int) -> None:
    process = start(directory, port, XIANJIE_DATABASE_URL="postgresql:///nowhere", XIANJIE_MIGRATION_URL="")
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "XIANJIE_MIGRATION_URL" in said
