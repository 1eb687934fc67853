"""Organs, officers, who acts, the audit trail."""

from migrations.sql import run

revision = "0001_organs"
down_revision = None


def upgrade() -> None:
    """Create the tables, policies and grants."""
    run("0001_organs.sql")
