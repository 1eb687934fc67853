"""Migrations are SQL, since row security is SQL; a revision names its file."""

from pathlib import Path

from alembic import op


def run(file: str) -> None:
    """Execute one file of statements in the migration's transaction."""
    op.get_bind().exec_driver_sql(Path(__file__).with_name(file).read_text(encoding="utf-8"))
