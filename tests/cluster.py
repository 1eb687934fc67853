"""One PostgreSQL for a whole test run, shared by the parallel workers of pytest.

The process that starts the run (pytest itself, or the controller of its workers) chooses the directory and
clears it away at the end, also when a worker has died. The first test that asks for a database starts the
server and migrates a template; each worker then works on a copy of it. `XIANJIE_TEST_POSTGRES` names another
server (PostgreSQL 15 or later, a superuser's URL) to be used in place of the embedded one; it is for tests
alone, since they set the passwords of the three roles there.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql

from app.database import embedded

_DIRECTORY = "XIANJIE_TEST_CLUSTER_DIRECTORY"  # tells the workers of a run where its server is
_PREFIX = "xianjie-test-"
_TEMPLATE = "xianjie_test_template"
_FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
}
_in_use = pytest.StashKey[ExitStack]()


@dataclass(frozen=True)
class DatabaseUrls:
    """One database, as each role reaches it."""

    name: str
    app: str
    owner: str
    worker: str
    superuser: str


@dataclass(frozen=True)
class Server:
    """The run's PostgreSQL: a superuser's URL, and the passwords of the three roles."""

    superuser: str
    passwords: dict[str, str]

    def urls(self, database: str) -> DatabaseUrls:
        """The addresses of `database` on this server."""
        parts = urlsplit(self.superuser)
        place = parts.netloc.rpartition("@")[2]
        app, owner, worker = (
            parts._replace(netloc=f"{role}:{self.passwords[role]}@{place}", path=f"/{database}").geturl()
            for role in ("xianjie_app", "xianjie_owner", "xianjie_worker")
        )
        return DatabaseUrls(database, app, owner, worker, parts._replace(path=f"/{database}").geturl())

    def create(self, database: str, template: str | None = None) -> DatabaseUrls:
        """Make a database, empty or as a copy of `template`, with the grants of roles.sql."""
        if template is not None:
            self._execute(
                sql.SQL("CREATE DATABASE {} OWNER xianjie_owner TEMPLATE {}").format(
                    sql.Identifier(database), sql.Identifier(template)
                )
            )
        embedded.create_roles(self.superuser, self.passwords, database)
        return self.urls(database)

    def drop(self, database: str) -> None:
        """Drop a database, open connections included."""
        self._execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))

    def _execute(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.superuser, autocommit=True) as connection:
            connection.execute(statement)


def migrate(urls: DatabaseUrls) -> None:
    """Run `xianjie migrate` on a database, as an operator would."""
    environment = os.environ | {
        "XIANJIE_MIGRATION_URL": urls.owner,
        "XIANJIE_DATABASE_URL": urls.app,
        "XIANJIE_WORKER_URL": urls.worker,
    }
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "migrate"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"xianjie migrate failed:\n{done.stdout}{done.stderr}")


def pytest_configure(config: pytest.Config) -> None:
    """Choose the run's directory, once, and clear away what killed runs left."""
    if hasattr(config, "workerinput"):
        return
    _sweep()
    directory = Path(tempfile.mkdtemp(prefix=_PREFIX))
    config.stash[_in_use] = ExitStack()
    config.stash[_in_use].enter_context(embedded.in_use(directory))
    os.environ[_DIRECTORY] = str(directory)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the run's server and erase its directory."""
    if hasattr(config, "workerinput") or _in_use not in config.stash:
        return
    directory = Path(os.environ[_DIRECTORY])
    if os.environ.get("XIANJIE_TEST_POSTGRES") and (directory / "server.json").exists():
        _drop_all(_started(directory))
    config.stash[_in_use].close()
    embedded.remove(directory)


@pytest.fixture(scope="session")
def server() -> Server:
    """The run's PostgreSQL, with a migrated template database."""
    with _alone() as directory:
        return _started(directory)


@pytest.fixture(scope="session")
def database_urls(server: Server) -> DatabaseUrls:
    """This worker's own migrated database, the same for all its tests."""
    return _copy(server)


@pytest.fixture
def fresh_database_urls(server: Server) -> Iterator[DatabaseUrls]:
    """A migrated database for one test alone."""
    urls = _copy(server)
    yield urls
    server.drop(urls.name)


@pytest.fixture
def empty_database_urls(server: Server) -> Iterator[DatabaseUrls]:
    """A database with the roles' grants and no table, for one test alone."""
    with _alone():
        urls = server.create(_name())
    yield urls
    server.drop(urls.name)


def _copy(server: Server) -> DatabaseUrls:
    with _alone():
        return server.create(_name(), template=_template())


def _started(directory: Path) -> Server:
    """The server of the run; started by whoever asks first."""
    known = directory / "server.json"
    if known.exists():
        return Server(**json.loads(known.read_text()))
    if elsewhere := os.environ.get("XIANJIE_TEST_POSTGRES"):
        server = Server(elsewhere, {role: secrets.token_urlsafe(24) for role in embedded.ROLES})
    else:
        cluster = embedded.start(directory, _FAST)
        server = Server(cluster.url(embedded.SUPERUSER, "postgres"), dict(cluster.passwords))
    try:
        migrate(server.create(_template()))
    except RuntimeError:
        server.drop(_template())
        raise
    known.touch(mode=0o600)
    known.write_text(json.dumps({"superuser": server.superuser, "passwords": server.passwords}))
    return server


@contextmanager
def _alone() -> Iterator[Path]:
    """One worker at a time: two that set the same role's grants at once would disturb each other."""
    directory = Path(os.environ[_DIRECTORY])
    with (directory / "workers").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield directory


def _run() -> str:
    return Path(os.environ[_DIRECTORY]).name.removeprefix(_PREFIX).replace("-", "_").lower()


def _template() -> str:
    return f"{_TEMPLATE}_{_run()}"


def _name() -> str:
    return f"xianjie_test_{_run()}_{uuid.uuid4().hex[:8]}"


def _drop_all(server: Server) -> None:
    with psycopg.connect(server.superuser) as connection:
        rows = connection.execute(
            "SELECT datname FROM pg_database WHERE datname LIKE %s", [r"xianjie\_test\_%"]
        )
        names = [str(name) for (name,) in rows]
    for name in names:
        if _run() in name:
            server.drop(name)


def _sweep() -> None:
    """Runs that were killed could not stop their server; nobody uses it any more."""
    for directory in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        if (directory / "users").exists() and directory.stat().st_uid == os.geteuid():
            with suppress(embedded.EmbeddedPostgresError):
                embedded.remove(directory)
