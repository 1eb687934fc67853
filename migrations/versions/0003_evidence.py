"""Checklist items and files."""

from migrations.sql import run

revision = "0003_evidence"
down_revision = "0002_cases"


def upgrade() -> None:
    """Create the tables, policies and grants."""
    run("0003_evidence.sql")
