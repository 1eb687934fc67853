"""Prepare `.venv` from the lock: `python tools/setup.py` for running, with `dev` for testing too.

Needs nothing but Python's standard library. A stamp in `.venv` remembers which lock is installed, so that a
second run does nothing and needs no network. The package index is the one that pip is configured for.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed"
LOCKS = {"run": ROOT / "requirements.txt", "dev": ROOT / "requirements-dev.txt"}


def main(arguments: list[str]) -> int:
    """Install what `arguments` ask for; exit status 1 when a step failed."""
    purpose = "dev" if arguments == ["dev"] else "run"
    with (ROOT / "pyproject.toml").open() as project:
        fcntl.flock(project, fcntl.LOCK_EX)  # two `make` at once install one after the other
        try:
            prepare(purpose)
        except subprocess.CalledProcessError as error:
            print(f"setup: this step failed (exit status {error.returncode}):", *error.cmd, file=sys.stderr)
            return 1
    return 0


def prepare(purpose: str) -> None:
    """Bring `.venv` to the lock of `purpose`; what is installed for testing also serves for running."""
    if works() and installed() in {fingerprint(purpose), fingerprint("dev")}:
        return
    STAMP.unlink(missing_ok=True)
    if not works():
        print("setup: creating .venv with Python", sys.version.split()[0])
        shutil.rmtree(VENV, ignore_errors=True)
        venv.create(VENV, with_pip=True, symlinks=True)
    print(f"setup: installing {LOCKS[purpose].name}")
    pip("install", "--require-hashes", "-r", LOCKS[purpose])
    pip("install", "--no-deps", "--no-build-isolation", "-e", ROOT)
    STAMP.write_text(fingerprint(purpose))


def fingerprint(purpose: str) -> str:
    """What must be the same for `.venv` to be up to date: purpose, locks, project file, place."""
    files = (*LOCKS.values(), ROOT / "pyproject.toml")
    parts = (purpose.encode(), str(ROOT).encode(), *(file.read_bytes() for file in files))
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def installed() -> str:
    """The fingerprint of what is installed, or nothing."""
    return STAMP.read_text() if STAMP.exists() else ""


def works() -> bool:
    """Whether `.venv` has a Python that runs, in this very place (a moved one does not)."""
    if not PYTHON.exists():
        return False
    question = "import sys; assert sys.version_info >= (3, 11); print(sys.prefix)"
    answer = subprocess.run([PYTHON, "-c", question], capture_output=True, text=True, check=False)  # noqa: S603
    return answer.returncode == 0 and answer.stdout.strip() == str(VENV) and (VENV / "bin" / "pip").exists()


def pip(command: str, *arguments: str | Path) -> None:
    """Run pip quietly; its warnings about root and newer versions are not for us."""
    quiet = ("-q", "--disable-pip-version-check", "--no-input", "--root-user-action=ignore")
    subprocess.run([PYTHON, "-m", "pip", command, *quiet, *arguments], cwd=ROOT, check=True)  # noqa: S603


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
