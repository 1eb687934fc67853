"""Full-text search over cases, parties, transfers and clues."""

from migrations.sql import run

revision = "0014_search"
down_revision = "0013_entry"


def upgrade() -> None:
    """Create the tables, policies and grants."""
    run("0014_search.sql")
