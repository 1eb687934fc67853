"""Whole cases and events written by one statement each."""

from migrations.sql import run

revision = "0013_entry"
down_revision = "0012_rescreening"


def upgrade() -> None:
    """Create the functions and grants."""
    run("0013_entry.sql")
