"""The directory of organs and officers, loaded from YAML by who installs or administers the platform.

Runs as the owner's role, since the application can neither make organs nor officers. Loading twice changes
nothing but what the file changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
import yaml

from app.organs.sign_in import hash_password


def load_directory(url: str, file: Path, password: str | None = None) -> None:
    """Load organs and officers; `password` is the first password of officers that are new."""
    directory = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    with psycopg.connect(url) as connection:
        for organ in directory["organs"]:
            organ_id = _organ(connection, organ)
            for officer in organ.get("officers", []):
                _officer(connection, organ_id, officer, password)


def _organ(connection: psycopg.Connection[Any], organ: Mapping[str, Any]) -> int:
    parent = connection.execute("SELECT id FROM organs WHERE code = %s", [organ.get("parent")]).fetchone()
    row = connection.execute(
        """INSERT INTO organs (code, name, short_name, kind, line, level, region, parent_id)
            VALUES (%(code)s, %(name)s, %(short_name)s, %(kind)s, %(line)s, %(level)s, %(region)s,
              %(parent_id)s)
            ON CONFLICT (code) DO UPDATE SET name = excluded.name, short_name = excluded.short_name,
              kind = excluded.kind, line = excluded.line, level = excluded.level, region = excluded.region,
              parent_id = excluded.parent_id
            RETURNING id""",
        {**organ, "parent_id": parent[0] if parent else None},
    ).fetchone()
    assert row is not None  # noqa: S101 - an upsert returns its row
    return int(row[0])


def _officer(
    connection: psycopg.Connection[Any], organ_id: int, officer: Mapping[str, Any], password: str | None
) -> None:
    row = connection.execute(
        """INSERT INTO officers (organ_id, login, name, roles) VALUES (%s, %s, %s, %s)
            ON CONFLICT (organ_id, login) DO UPDATE SET name = excluded.name, roles = excluded.roles
            RETURNING id""",
        [organ_id, officer["login"], officer["name"], officer["roles"]],
    ).fetchone()
    if password is not None and row is not None:
        connection.execute(
            "INSERT INTO credentials (officer_id, password_hash) VALUES (%s, %s) ON CONFLICT DO NOTHING",
            [row[0], _hash(password)],
        )


@cache
def _hash(password: str) -> str:
    return hash_password(password)
