"""Resumable uploads, exhibits and their custody."""

from migrations.sql import run

revision = "0008_exhibits"
down_revision = "0007_calendar"


def upgrade() -> None:
    """Create the tables, policies and grants."""
    run("0008_exhibits.sql")
