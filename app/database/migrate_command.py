"""`xianjie migrate`: bring the database to the newest revision, as the owner's role."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""Where `migrations` stands beside `app`: the clone, or what it was installed into."""


def configure(parser: argparse.ArgumentParser) -> None:
    """The command takes no options."""
    parser.epilog = "XIANJIE_MIGRATION_URL names the database as the role that owns it."


def run(_: argparse.Namespace) -> int:
    """Exit status 0 when the database is at the newest revision, 2 when no database is named."""
    url = os.environ.get("XIANJIE_MIGRATION_URL")
    if not url:
        print("xianjie migrate: set XIANJIE_MIGRATION_URL (the owner's role)", file=sys.stderr)
        return 2
    migrate(url)
    return 0


def migrate(url: str) -> None:
    """Upgrade to the newest revision."""
    from alembic import command
    from alembic.config import Config

    configuration = Config()
    for name, value in (("script_location", ROOT / "migrations"), ("prepend_sys_path", ROOT)):
        configuration.set_main_option(name, str(value).replace("%", "%%"))
    configuration.set_main_option("path_separator", "os")
    configuration.attributes["url"] = url
    command.upgrade(configuration, "head")
