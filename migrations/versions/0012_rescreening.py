"""Cases whose conclusion has to be computed anew."""

from migrations.sql import run

revision = "0012_rescreening"
down_revision = "0011_packages"


def upgrade() -> None:
    """Create the tables, policies and grants."""
    run("0012_rescreening.sql")
