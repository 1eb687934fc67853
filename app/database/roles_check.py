"""The application refuses to run as a role that row security does not bind."""

from __future__ import annotations

from app.database.transaction import Transaction

OLDEST_SERVER = 150000


class UnsafeRole(RuntimeError):
    """The database role could get past the policies; the message says what to do."""


async def check_role(tx: Transaction) -> None:
    """Raises UnsafeRole for a superuser, BYPASSRLS, an owner of tables, and a server that is too old."""
    row = await tx.row("""
        SELECT r.rolname, r.rolsuper, r.rolbypassrls, current_setting('server_version_num')::int AS version,
            EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
              WHERE n.nspname = 'public' AND pg_has_role(current_user, c.relowner, 'MEMBER')) AS owns
          FROM pg_roles r WHERE r.rolname = current_user""")
    assert row is not None  # noqa: S101 - the current role always exists
    if row["version"] < OLDEST_SERVER:
        raise UnsafeRole(f"PostgreSQL 15 or later is needed, this server is {row['version'] // 10000}.")
    if row["rolsuper"] or row["rolbypassrls"] or row["owns"]:
        raise UnsafeRole(
            f"Role {row['rolname']} is a superuser, bypasses row security or owns the tables. "
            "Connect as xianjie_app (XIANJIE_DATABASE_URL); only `xianjie migrate` uses the owner's role."
        )
