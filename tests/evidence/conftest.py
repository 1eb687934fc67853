"""Where evidence is kept in a test: in a directory, and in a bucket of a real S3 server."""

from __future__ import annotations

import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr

from app.evidence.content import bucket_client, path_of
from app.evidence.store import FileStore, file_store_of
from app.settings import BucketAddress, Settings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

KEY, SECRET, BUCKET, PREFIX = "xianjie-test", secrets.token_urlsafe(16), "evidence", "files/2026"


@dataclass(frozen=True)
class Kept:
    """A place of evidence: `root` is where its content lies on disk, in either case.

    `harm` changes a content, or with None takes it away, as somebody with access to the store could.
    """

    root: Path
    incoming: Path
    settings: Settings
    harm: Callable[[str, bytes | None], None]

    @property
    def store(self) -> FileStore:
        """The store that the settings name."""
        return file_store_of(self.settings)

    def place(self, sha256: str) -> Path:
        """Where a content lies."""
        return self.root / sha256[:2] / sha256[2:4] / sha256

    def content(self) -> set[Path]:
        """All that lies there."""
        waiting = set(self.waiting())
        return {path for path in self.root.rglob("*") if path.is_file()} - waiting

    def waiting(self) -> list[Path]:
        """What has not found its place."""
        return list(self.incoming.glob("*"))


def a_free_port() -> int:
    """A port that nobody listens on."""
    with closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def wait_for(port: int, process: subprocess.Popen[Any], seconds: float = 30) -> None:
    """Until something listens on the port."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None:
        with suppress(OSError), closing(socket.create_connection(("127.0.0.1", port), 1)):
            return
        time.sleep(0.05)
    raise AssertionError(f"nothing listens on {port}")


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address of an S3 server, rclone's, and the directory of its bucket."""
    root, port = tmp_path_factory.mktemp("s3"), a_free_port()
    (root / BUCKET).mkdir()
    command: list[str | Path] = [Path(sys.executable).with_name("rclone"), "serve", "s3", root]
    command += ["--addr", f"127.0.0.1:{port}", "--auth-key", f"{KEY},{SECRET}"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as server:
        wait_for(port, server)
        yield f"http://127.0.0.1:{port}", root / BUCKET
        server.terminate()


@pytest.fixture(params=["directory", "bucket"])
def kept(
    request: pytest.FixtureRequest,
    configuration: Settings,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Kept:
    """The application under test keeps its evidence there."""
    if request.param == "directory":
        monkeypatch.setattr(configuration, "files", tmp_path)
        return Kept(tmp_path, tmp_path / "incoming", configuration, partial(_harm_file, tmp_path))
    endpoint, bucket = request.getfixturevalue("s3")
    prefix = f"{PREFIX}/{secrets.token_hex(4)}"
    for name, value in {
        "files": BucketAddress(BUCKET, prefix),
        "uploads": tmp_path,
        "s3_endpoint": endpoint,
        "s3_access_key": SecretStr(KEY),
        "s3_secret_key": SecretStr(SECRET),
    }.items():
        monkeypatch.setattr(configuration, name, value)
    client = bucket_client(endpoint, configuration.s3_region, KEY, SECRET, True)
    return Kept(bucket / prefix, tmp_path, configuration, partial(_harm_object, client, prefix))


def _harm_file(root: Path, sha256: str, content: bytes | None) -> None:
    place = root / path_of(bytes.fromhex(sha256))
    place.unlink()
    if content is not None:
        place.write_bytes(content)


def _harm_object(client: S3Client, prefix: str, sha256: str, content: bytes | None) -> None:
    key = f"{prefix}/{path_of(bytes.fromhex(sha256))}"
    if content is None:
        client.delete_object(Bucket=BUCKET, Key=key)
    else:
        client.put_object(Bucket=BUCKET, Key=key, Body=content)
