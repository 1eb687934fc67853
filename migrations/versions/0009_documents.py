"""Produced documents, frozen and numbered."""

from migrations.sql import run

revision = "0009_documents"
down_revision = "0008_exhibits"


def upgrade() -> None:
    """Create the tables, policies and grants."""
    run("0009_documents.sql")
