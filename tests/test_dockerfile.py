"""The Dockerfile without a daemon: its instructions in order, in a scratch directory, as an ordinary user."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.database.os_user import server_user
from tests.cluster import DatabaseUrls

ROOT = Path(__file__).parents[1]
NOBODY = 65534
FITS = "import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))"


@dataclass
class Stage:
    """One FROM … of the Dockerfile, with its file system under `root`."""

    root: Path
    directory: str = "/"
    environment: dict[str, str] = field(default_factory=dict)
    command: list[str] = field(default_factory=list)

    @property
    def here(self) -> Path:
        return self.root / self.directory.lstrip("/")


def instructions(text: str) -> Iterator[tuple[str, str]]:
    """The instructions of a Dockerfile, comments left out."""
    for line in text.replace("\\\n", " ").splitlines():
        if line.strip() and not line.startswith("#"):
            word, _, rest = line.partition(" ")
            yield word, rest.strip()


def as_user(command: list[str] | str, stage: Stage, home: Path) -> subprocess.Popen[str]:
    """Start a command of the image as somebody who is not root."""
    root = os.geteuid() == 0
    clean = {key: value for key, value in os.environ.items() if key.startswith(("PIP_", "SSL_", "LANG"))}
    return subprocess.Popen(
        command,
        shell=isinstance(command, str),
        cwd=stage.here,
        env={**clean, "HOME": str(home), "PATH": f"{home}:/usr/bin:/bin", **stage.environment},
        user=NOBODY if root else None,
        group=NOBODY if root else None,
        extra_groups=[] if root else None,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def python_for_anybody() -> str:
    """A Python for any user of the machine (a developer's own may lie in a private home)."""
    for name in (sys.executable, "/usr/bin/python3", "python3.13", "python3.12", "python3.11"):
        real = shutil.which(name)
        if real is None:
            continue
        base = os.path.realpath(real)
        if server_user().run([base, "-c", FITS]).returncode == 0:
            return base
    raise AssertionError(
        "No Python of at least 3.11 that every user of this machine may run: install python3-venv."
    )


def copy(rest: str, stage: Stage, stages: dict[str, Stage]) -> None:
    """COPY, from the project (only what git knows, as .dockerignore intends) or from an earlier stage."""
    *options, source, target = rest.split()
    origin = next((option.split("=")[1] for option in options if option.startswith("--from=")), None)
    into = stage.here / target
    if origin is not None:
        shutil.copytree(stages[origin].root / source.lstrip("/"), into, symlinks=True, dirs_exist_ok=True)
    elif source == ".":
        listed = ["git", "ls-files", "-co", "--exclude-standard", "-z", ":!tests"]
        names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout
        for name in names.rstrip("\0").split("\0"):
            if (ROOT / name).exists():
                (into / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, into / name)
    else:
        shutil.copy(ROOT / source, into)


def check_packages(rest: str) -> None:
    """What the image installs as root: the packages are there to be had (an ordinary user may only ask)."""
    install = next(part for part in rest.split(" && ") if part.startswith("apt-get install"))
    if shutil.which("apt-get") is None:
        return
    asked = subprocess.run([*shlex.split(install), "--simulate"], capture_output=True, text=True, check=False)
    assert asked.returncode == 0, asked.stderr


def give(path: Path) -> None:
    """The scratch files belong to whoever the commands run as."""
    if os.geteuid() == 0:
        for entry in (path, *path.rglob("*")):
            os.chown(entry, NOBODY, NOBODY, follow_symlinks=False)


def build(scratch: Path, home: Path) -> Stage:
    """Carry out the Dockerfile. Each stage stands in the same place, since its paths are absolute."""
    stages: dict[str, Stage] = {}
    stage = Stage(scratch)
    for word, rest in instructions((ROOT / "Dockerfile").read_text()):
        if word == "FROM":
            before = scratch.with_name(f"stage{len(stages)}")
            if stages:
                scratch.rename(before)
                stage.root = before
            stage = Stage(scratch)
            stages[rest.partition(" AS ")[2] or f"stage{len(stages)}"] = stage
        elif word == "WORKDIR":
            stage.directory = rest
        elif word == "COPY":
            stage.here.mkdir(parents=True, exist_ok=True)
            copy(rest, stage, stages)
        elif word == "ENV":
            stage.environment |= dict(part.split("=", 1) for part in shlex.split(rest))
        elif word == "RUN" and rest.startswith("apt-get"):
            check_packages(rest)
        elif word == "RUN":
            give(scratch)
            process = as_user(rest, stage, home)
            said, _ = process.communicate(timeout=300)
            assert process.returncode == 0, f"RUN {rest}\n{said}"
        elif word in {"ENTRYPOINT", "CMD"}:
            stage.command += json.loads(rest)
        else:
            assert word in {"USER", "EXPOSE"}, f"the test does not know {word}"
    give(scratch)
    return stage


@pytest.fixture
def scratch() -> Iterator[Path]:
    """A place that every user can reach."""
    with tempfile.TemporaryDirectory(prefix="xianjie-image-") as place:
        Path(place).chmod(0o755)
        yield Path(place)


def test_what_the_dockerfile_builds_serves(scratch: Path, fresh_database_urls: DatabaseUrls) -> None:
    home = scratch / "home"
    (scratch / "root").mkdir()
    home.mkdir()
    (home / "python").write_text(f'#!/bin/sh\nexec {python_for_anybody()} "$@"\n')
    (home / "python").chmod(0o755)
    give(scratch)
    image = build(scratch / "root", home)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    image.environment |= {
        "XIANJIE_DATABASE_URL": fresh_database_urls.app,
        "XIANJIE_SECRET": "of-the-test-of-the-dockerfile-alone",
    }
    server = as_user([*image.command, "--port", str(port)], image, home)
    try:
        assert answer(f"http://127.0.0.1:{port}/openapi.json", server)["info"]["title"] == "衔接 Xianjie"
    finally:
        server.terminate()
        server.wait(timeout=20)


def answer(url: str, server: subprocess.Popen[str]) -> dict[str, dict[str, str]]:
    """What `url` answers once the server is up."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5) as response:
                found: dict[str, dict[str, str]] = json.load(response)
                return found
        except OSError:
            time.sleep(0.2)
    server.kill()
    raise AssertionError(f"no answer; the server said:\n{server.communicate()[0]}")
