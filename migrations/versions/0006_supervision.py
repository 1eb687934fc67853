"""Supervision requests."""

from migrations.sql import run

revision = "0006_supervision"
down_revision = "0005_clues"


def upgrade() -> None:
    """Create the tables, policies and grants."""
    run("0006_supervision.sql")
