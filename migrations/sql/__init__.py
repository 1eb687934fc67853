"""Migrations are SQL, since row security is SQL; a revision names its file."""

from pathlib import Path

from alembic import op
from psycopg import Connection


def run(file: str) -> None:
    """Execute one file of statements in the migration's transaction."""
    statements = Path(__file__).with_name(file).read_text(encoding="utf-8")
    driver = op.get_bind().connection.driver_connection
    assert isinstance(driver, Connection)  # noqa: S101 - env.py makes the engine
    driver.execute(statements.encode())  # without parameters a % is a %
