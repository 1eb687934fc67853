"""The calendar of legal days, each organ's clock settings, extensions and pauses."""

from migrations.sql import run

revision = "0007_calendar"
down_revision = "0006_supervision"


def upgrade() -> None:
    """Create the tables, policies and grants."""
    run("0007_calendar.sql")
