"""Cases, parties, findings and whom they are opened to."""

from migrations.sql import run

revision = "0002_cases"
down_revision = "0001_organs"


def upgrade() -> None:
    """Create the tables, policies and grants."""
    run("0002_cases.sql")
