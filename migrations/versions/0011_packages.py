"""Signing keys of organs and received packages."""

from migrations.sql import run

revision = "0011_packages"
down_revision = "0010_procedure"


def upgrade() -> None:
    """Create the tables, policies and grants."""
    run("0011_packages.sql")
