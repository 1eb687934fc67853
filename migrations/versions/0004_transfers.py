"""Transfers, their steps, and clocks."""

from migrations.sql import run

revision = "0004_transfers"
down_revision = "0003_evidence"


def upgrade() -> None:
    """Create the tables, policies and grants."""
    run("0004_transfers.sql")
