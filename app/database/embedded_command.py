"""`xianjie database`: the embedded PostgreSQL by hand, for a look with psql or a server without the demo."""

from __future__ import annotations

import argparse
import secrets
import shlex
import sys
from pathlib import Path

from app.database import embedded
from app.database.embedded import Cluster, EmbeddedPostgresError
from app.database.os_user import own_directory


def configure(parser: argparse.ArgumentParser) -> None:
    """One word says what to do."""
    parser.add_argument(
        "act",
        choices=("start", "stop", "status", "environment"),
        help="environment: start, and print the settings for `xianjie migrate` and `xianjie serve`",
    )
    parser.epilog = "XIANJIE_DATA_DIR names the directory of its data."


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0; 1 when it cannot be done; `status` gives 3 when no server runs."""
    directory = embedded.default_directory()
    try:
        if arguments.act == "status":
            running = embedded.is_running(directory)
            print(f"PostgreSQL on {directory}: {'running' if running else 'stopped'}")
            return 0 if running else 3
        if arguments.act == "stop":
            embedded.stop(directory)
            return 0
        cluster = embedded.start(directory)
    except EmbeddedPostgresError as error:
        print(f"xianjie database: {error}", file=sys.stderr)
        return 1
    if arguments.act == "environment":
        owner = {"XIANJIE_MIGRATION_URL": cluster.url("xianjie_owner")}
        for name, value in (database_environment(cluster) | owner | keeping_environment(directory)).items():
            print(f"export {name}={shlex.quote(value)}")
    return 0


def database_environment(cluster: Cluster) -> dict[str, str]:
    """The settings with which the application finds the embedded server."""
    return {
        "XIANJIE_DATABASE_URL": cluster.url("xianjie_app"),
        "XIANJIE_WORKER_URL": cluster.url("xianjie_worker"),
    }


def keeping_environment(directory: Path) -> dict[str, str]:
    """The settings for what an installation keeps outside the database: evidence files and the secret."""
    own_directory(directory, mode=0o711)
    files = directory / "files"
    files.mkdir(mode=0o700, exist_ok=True)
    secret = directory / "secret"
    if not secret.exists():
        unfinished = directory / f"secret.{secrets.token_hex(4)}"
        unfinished.touch(mode=0o600)
        unfinished.write_text(secrets.token_urlsafe(48))
        unfinished.rename(secret)
    return {"XIANJIE_FILES": str(files), "XIANJIE_SECRET": secret.read_text()}
