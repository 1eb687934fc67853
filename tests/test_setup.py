"""`make setup` and the Makefile, in a copy of the project with a lock of one package."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The project with its set-up, and of its lock only what the build itself needs."""
    place = tmp_path / "a clone"
    for name in ("app/__init__.py", "app/cli.py", "Makefile", "pyproject.toml", "tools"):
        source, target = ROOT / name, place / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
    (place / "README.md").write_text("copy")
    lock = re.search(
        r"^setuptools==.*?(?=^\S)", (ROOT / "requirements.txt").read_text(), re.MULTILINE | re.DOTALL
    )
    assert lock is not None
    for name in ("requirements.txt", "requirements-dev.txt"):
        (place / name).write_text(lock[0])
    return place


def make(place: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run make with next to nothing in the environment."""
    kept = {key: value for key, value in os.environ.items() if key.startswith(("PIP_", "SSL_"))}
    clean = {**kept, "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(place.parent), **environment}
    return subprocess.run(
        ["make", *words], cwd=place, env=clean, capture_output=True, text=True, check=False, timeout=180
    )


def test_setup(copy: Path) -> None:
    """A wrong hash is refused; quick and offline when nothing changed; a moved clone is mended."""
    lock = copy / "requirements.txt"
    good = lock.read_text()
    lock.write_text(re.sub(r"sha256:\w{8}", "sha256:00000000", good))
    refused = make(copy, "setup")
    assert refused.returncode != 0
    assert "this step failed" in refused.stderr
    assert not (copy / ".venv/installed").exists()

    lock.write_text(good)
    assert make(copy, "setup").returncode == 0
    command = [str(copy / ".venv/bin/xianjie"), "--help"]
    assert "usage: xianjie" in subprocess.run(command, capture_output=True, text=True, check=True).stdout

    begun = time.monotonic()
    again = make(copy, "setup", PIP_NO_INDEX="1", PIP_FIND_LINKS="")
    assert (again.returncode, again.stdout) == (0, "")
    assert time.monotonic() - begun < 5

    moved = copy.rename(copy.with_name("moved"))
    assert make(moved, "setup").returncode == 0
    script = (moved / ".venv/bin/xianjie").read_text()
    assert str(moved) in script
    assert str(copy) not in script


def test_without_a_fitting_python_setup_says_so(copy: Path) -> None:
    bare = copy / "bin"
    bare.mkdir()
    for name in ("sh", "cat", "make"):
        found = shutil.which(name)
        assert found is not None
        (bare / name).symlink_to(found)
    (bare / "python3").write_text("#!/bin/sh\nexit 1\n")
    (bare / "python3").chmod(0o755)
    done = make(copy, "setup", PATH=str(bare))
    assert done.returncode != 0
    assert "no Python of at least 3.11" in done.stderr


@pytest.mark.parametrize(
    ("script", "package"), [("browser.sh", "chromium"), ("office.sh", "libreoffice-writer-nogui")]
)
def test_an_ordinary_user_is_told_the_one_command_for_what_is_missing(
    copy: Path, script: str, package: str
) -> None:
    bare = copy / "bin"
    bare.mkdir()
    (bare / "id").write_text("#!/bin/sh\necho 1000\n")
    (bare / "id").chmod(0o755)
    script = str(copy / "tools" / script)
    clean = {"PATH": str(bare)}
    assert subprocess.run(["/bin/sh", script], env=clean, check=False).returncode == 1
    told = subprocess.run(
        ["/bin/sh", script, "advice"], env=clean, capture_output=True, text=True, check=False
    )
    assert told.returncode == 1
    assert f"apt-get install -y --no-install-recommends {package}" in told.stderr


def test_make_alone_lists_every_command(copy: Path) -> None:
    listed = {line.split()[1] for line in make(copy).stdout.splitlines()}
    declared = re.search(r"^\.PHONY: (.*)$", (copy / "Makefile").read_text(), re.MULTILINE)
    assert declared is not None
    assert listed == set(declared[1].split()) - {"setup-dev"}


def test_no_lock_names_a_place() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        assert "://" not in (ROOT / name).read_text()
