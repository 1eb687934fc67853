"""Alembic's environment: runs as the owner's role, whose address is XIANJIE_MIGRATION_URL."""

import os

from alembic import context
from sqlalchemy import create_engine, pool

url = context.config.attributes.get("url") or os.environ["XIANJIE_MIGRATION_URL"]
engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1), poolclass=pool.NullPool)
with engine.connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
