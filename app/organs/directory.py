"""The directory of organs and officers, loaded from YAML by who installs or administers the platform.

Runs as the owner's role, since the application can neither make organs nor officers. Loading twice changes
nothing but what the file changed.
"""

from __future__ import annotations

import secrets
from functools import cache
from pathlib import Path
from typing import Any, Literal

import psycopg
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from app.identifiers import parse_region
from app.organs.models import OrganKind, Role
from app.organs.sign_in import hash_password


class OfficerEntry(BaseModel):
    """One officer of the file."""

    model_config = ConfigDict(extra="forbid")

    login: str = Field(pattern=r"^[a-z0-9._-]{2,40}$")
    name: str = Field(min_length=1)
    roles: tuple[Role, ...] = Field(min_length=1)


class OrganEntry(BaseModel):
    """One organ of the file, with its officers. `region` is its GB/T 2260 code."""

    model_config = ConfigDict(extra="forbid")

    code: str = Field(pattern=r"^[a-z0-9-]{3,40}$")
    name: str = Field(min_length=1)
    short_name: str = Field(min_length=1, description="in document numbers")
    kind: OrganKind
    line: str = Field(min_length=1)
    level: Literal["county", "city", "province", "nation"]
    region: int
    parent: str | None = None
    telephone: str | None = Field(None, pattern=r"^[0-9+][0-9 -]{4,30}$", description="in documents")
    officers: tuple[OfficerEntry, ...] = ()

    @field_validator("region")
    @classmethod
    def _known(cls, value: int) -> int:
        parse_region(f"{value:06d}")
        return value


class Directory(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid")

    organs: tuple[OrganEntry, ...]


class DirectoryError(ValueError):
    """The file does not fit; the message names the organ or officer and what is wrong."""


def load_directory(url: str, file: Path, password: str | None = None) -> dict[str, str]:
    """Load organs and officers; the first passwords, by `login@organ code`, of officers that had none.

    `password` is given to all of them, else each gets one of its own. Raises DirectoryError.
    """
    directory = read_directory(file)
    first: dict[str, str] = {}
    with psycopg.connect(url) as connection:
        for organ in directory.organs:
            organ_id = _organ(connection, organ)
            for officer in organ.officers:
                chosen = password or secrets.token_urlsafe(12)
                if _officer(connection, organ_id, officer, chosen):
                    first[f"{officer.login}@{organ.code}"] = chosen
    return first


def read_directory(file: Path) -> Directory:
    """The organs and officers of a file. Raises DirectoryError."""
    try:
        return Directory.model_validate(yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader))
    except (OSError, yaml.YAMLError) as error:
        raise DirectoryError(f"{file}: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise DirectoryError(f"{file}: {place}: {first['msg']}") from error


def _organ(connection: psycopg.Connection[Any], organ: OrganEntry) -> int:
    parent = connection.execute("SELECT id FROM organs WHERE code = %s", [organ.parent]).fetchone()
    if organ.parent and not parent:
        raise DirectoryError(f"{organ.code}: parent {organ.parent} is unknown; put superiors first")
    row = connection.execute(
        """INSERT INTO organs (code, name, short_name, kind, line, level, region, parent_id, telephone)
            VALUES (%(code)s, %(name)s, %(short_name)s, %(kind)s, %(line)s, %(level)s, %(region)s,
              %(parent_id)s, %(telephone)s)
            ON CONFLICT (code) DO UPDATE SET name = excluded.name, short_name = excluded.short_name,
              kind = excluded.kind, line = excluded.line, level = excluded.level, region = excluded.region,
              parent_id = excluded.parent_id, telephone = coalesce(excluded.telephone, organs.telephone)
            RETURNING id""",
        {**organ.model_dump(exclude={"officers", "parent"}), "parent_id": parent[0] if parent else None},
    ).fetchone()
    assert row is not None  # noqa: S101 - an upsert returns its row
    return int(row[0])


def _officer(
    connection: psycopg.Connection[Any], organ_id: int, officer: OfficerEntry, password: str
) -> bool:
    """Whether the officer had no password before and has this one now."""
    row = connection.execute(
        """INSERT INTO officers (organ_id, login, name, roles) VALUES (%s, %s, %s, %s)
            ON CONFLICT (organ_id, login) DO UPDATE SET name = excluded.name, roles = excluded.roles,
              -- who has no role came with a received package, and becomes an officer of this platform now
              active = officers.active OR officers.roles = '{}'
            RETURNING id, EXISTS (SELECT 1 FROM credentials c WHERE c.officer_id = officers.id) AS known""",
        [organ_id, officer.login, officer.name, list(officer.roles)],
    ).fetchone()
    assert row is not None  # noqa: S101 - an upsert returns its row
    if row[1]:
        return False
    connection.execute(
        "INSERT INTO credentials (officer_id, password_hash) VALUES (%s, %s)", [row[0], _hash(password)]
    )
    return True


@cache
def _hash(password: str) -> str:
    return hash_password(password)
