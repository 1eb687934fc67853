"""What the procedure keeps beside the state of a transfer."""

from migrations.sql import run

revision = "0010_procedure"
down_revision = "0009_documents"


def upgrade() -> None:
    """Create the tables, policies and grants."""
    run("0010_procedure.sql")
