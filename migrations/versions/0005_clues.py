"""Clues, with duty-crime clues that nobody else sees."""

from migrations.sql import run

revision = "0005_clues"
down_revision = "0004_transfers"


def upgrade() -> None:
    """Create the tables, policies and grants."""
    run("0005_clues.sql")
