"""One way to the database: a transaction in the name of an acting officer.

Statements are SQL with named parameters (``%(name)s``) where SQL says it best, or SQLAlchemy expressions
where a statement is composed. Both run on the same psycopg connection.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import Any, LiteralString, cast
from uuid import UUID

from psycopg import AsyncConnection, AsyncCursor, errors
from psycopg.rows import DictRow, dict_row
from psycopg.types.json import JsonbDumper, set_json_loads
from psycopg_pool import AsyncConnectionPool
from sqlalchemy import Executable
from sqlalchemy.dialects.postgresql import psycopg as psycopg_dialect
from sqlalchemy.sql import ClauseElement
from uuid6 import uuid7

from app.errors import NotSignedIn

Row = DictRow
_DIALECT = psycopg_dialect.dialect(paramstyle="pyformat")  # type: ignore[no-untyped-call]


@dataclass(frozen=True)
class Actor:
    """The officer in whose name a transaction runs. `kind` is the organ's, or `administrator`."""

    officer_id: int
    organ_id: int
    officer_name: str
    organ_name: str
    kind: str
    line: str
    level: str
    region: int
    roles: tuple[str, ...]

    def is_a(self, *roles: str) -> bool:
        """Whether the officer has one of these roles."""
        return any(role in self.roles for role in roles)


class Transaction:
    """A running transaction; everything in it happens together or not at all."""

    def __init__(self, connection: AsyncConnection[DictRow]) -> None:
        self.connection = connection

    async def execute(
        self, query: LiteralString | Executable, /, values: Mapping[str, Any] | None = None, **named: Any
    ) -> AsyncCursor[DictRow]:
        """Run a statement; the cursor has its rows and `rowcount`."""
        if isinstance(query, str):
            return await self.connection.execute(query, {**(values or {}), **named} or None)
        compiled = cast("ClauseElement", query).compile(
            dialect=_DIALECT, compile_kwargs={"render_postcompile": True}
        )
        return await self.connection.execute(str(compiled), compiled.params)

    async def rows(
        self, query: LiteralString | Executable, /, values: Mapping[str, Any] | None = None, **named: Any
    ) -> list[Row]:
        """All rows."""
        return await (await self.execute(query, values, **named)).fetchall()

    async def row(
        self, query: LiteralString | Executable, /, values: Mapping[str, Any] | None = None, **named: Any
    ) -> Row | None:
        """The first row, or None."""
        return await (await self.execute(query, values, **named)).fetchone()

    async def value(
        self, query: LiteralString | Executable, /, values: Mapping[str, Any] | None = None, **named: Any
    ) -> Any:
        """The first column of the first row, or None."""
        row = await self.row(query, values, **named)
        return next(iter(row.values())) if row else None


class Dated(Transaction):
    """A transaction in which everything happens at one moment, `now`.

    Without `actor` the platform itself acts: a job, under the policies of its role.
    """

    actor: Actor | None = None
    address: str | None = None

    def __init__(self, connection: AsyncConnection[DictRow], now: datetime) -> None:
        super().__init__(connection)
        self.now = now


class Acting(Dated):
    """A transaction in which row security knows who acts. `address` is where the request came from."""

    actor: Actor

    def __init__(
        self, connection: AsyncConnection[DictRow], actor: Actor, address: str | None, now: datetime
    ) -> None:
        super().__init__(connection, now)
        self.actor = actor
        self.address = address


class Database:
    """The connections of one process to one PostgreSQL, as one role."""

    def __init__(self, url: str, size: int = 4) -> None:
        self.pool: AsyncConnectionPool[AsyncConnection[DictRow]] = AsyncConnectionPool(
            url,
            min_size=min(2, size),
            max_size=size,
            open=False,
            configure=_configure,
            kwargs={"row_factory": dict_row, "autocommit": True},
        )

    async def open(self) -> None:
        """Connect."""
        await self.pool.open(wait=True, timeout=20)

    async def close(self) -> None:
        """Let go of all connections."""
        await self.pool.close()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """A transaction in which nobody acts: row security shows nothing."""
        async with self.pool.connection() as connection, connection.transaction():
            yield Transaction(connection)

    @asynccontextmanager
    async def platform(self) -> AsyncIterator[Dated]:
        """A transaction of the platform itself; it sees what the policies of its role let it see."""
        async with self.pool.connection() as connection, connection.transaction():
            yield Dated(connection, datetime.now(UTC))

    @asynccontextmanager
    async def acting(
        self, officer_id: int, address: str | None = None, at: datetime | None = None
    ) -> AsyncIterator[Acting]:
        """A transaction in the name of an officer. Raises NotSignedIn when the account no longer holds.

        `at` replaces the present moment where past acts are entered, as in the demonstration.
        """
        async with self.pool.connection() as connection:  # leaving it commits, or rolls back
            actor = await _begin_as(connection, officer_id)
            yield Acting(connection, actor, address, at or datetime.now(UTC))

    async def hot(self, query: LiteralString, values: Mapping[str, Any]) -> Any:
        """One statement that names its actor itself (a function calling act_as) and gives one value."""
        async with self.pool.connection() as connection:
            try:
                row = await (await connection.execute(query, values)).fetchone()
            except errors.InvalidAuthorizationSpecification as error:
                raise _account_gone() from error
        return next(iter(row.values())) if row else None


def new_id() -> UUID:
    """A UUIDv7: unique, and in the order of time."""
    return UUID(int=uuid7().int)


async def _begin_as(connection: AsyncConnection[DictRow], officer_id: int) -> Actor:
    """Begin a transaction and say who acts in it, in one round trip."""
    try:
        cursor = await connection.execute(b"BEGIN; SELECT * FROM act_as(%d)" % officer_id, prepare=False)
    except errors.InvalidAuthorizationSpecification as error:
        raise _account_gone() from error
    cursor.nextset()
    row = await cursor.fetchone()
    assert row is not None  # noqa: S101 - act_as gives a row or raises
    return Actor(**{**row, "roles": tuple(row["roles"])})


def _account_gone() -> NotSignedIn:
    return NotSignedIn("account_inactive", "账号已停用或不存在，请联系本单位系统管理员。")


def _json_scalar(value: Any) -> str:
    if isinstance(value, (Decimal, UUID)):
        return str(value)
    if isinstance(value, bytes):
        return rf"\x{value.hex()}"
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    raise TypeError(f"{type(value).__name__} has no JSON form")


class _Jsonb(JsonbDumper):
    """A dict as jsonb, with decimals, ids and dates as strings, and bytes as bytea is written."""

    _dumps = json.JSONEncoder(ensure_ascii=False, default=_json_scalar, separators=(",", ":")).encode


async def _configure(connection: AsyncConnection[DictRow]) -> None:
    set_json_loads(partial(json.loads, parse_float=Decimal), connection)
    connection.adapters.register_dumper(dict, _Jsonb)
