"""The function past the policies gives each kind of actor exactly the rows that the policies show it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Json

from tests.cluster import DatabaseUrls
from tests.database.settled import KEYS, Settled
from tests.database.visibility import ACTORS, Actor

TABLES = {"case": "cases", "transfer": "transfers", "clue": "clues"}
# What each row of `settled.py` says somewhere: in its number (A, clue …), its party, its subject.
NUMBERS = ["a", "b", "t", "c", "clue", "draft", "duty", "x"]
CONTENT = ["张三", "secret"]


@pytest.fixture(scope="module")
def settled(database_urls: DatabaseUrls, world: dict[str, int]) -> Iterator[DatabaseUrls]:
    """The rows of every table; they go again with the module."""
    kept = ("organs", "officers", "credentials", "alembic_version")
    empty = f"TRUNCATE {', '.join(table for table in KEYS if table not in kept)}"
    with psycopg.connect(database_urls.owner) as connection:
        connection.execute(empty)
        Settled(connection, world).settle()
    yield database_urls
    with psycopg.connect(database_urls.owner) as connection:
        connection.execute(empty)


def found(connection: psycopg.Connection[Any], word: str, **asked: str) -> set[tuple[str, str]]:
    words = [{"text": word, "causes": ["x"], "charges": ["214"]}]
    rows = connection.execute(
        "SELECT kind, id::text FROM search_ids(%s::jsonb, NULL, 1000)", [Json({"words": words, **asked})]
    ).fetchall()
    return {(str(kind), str(one)) for kind, one in rows}


def seen(connection: psycopg.Connection[Any]) -> set[tuple[str, str]]:
    return {
        (kind, str(row[0]))
        for kind, table in TABLES.items()
        for row in connection.execute(f"SELECT id::text FROM {table}").fetchall()
    }


@pytest.mark.parametrize("actor", ACTORS, ids=lambda actor: actor.who)
def test_what_is_found_is_what_is_seen(settled: DatabaseUrls, world: dict[str, int], actor: Actor) -> None:
    with psycopg.connect(settled.app) as connection:
        connection.execute("SELECT act_as(%s)", [world[actor.who]])
        visible = seen(connection)
        everywhere = set().union(*(found(connection, word) for word in [*NUMBERS, *CONTENT]))
        assert everywhere == visible


@pytest.mark.parametrize("actor", ACTORS, ids=lambda actor: actor.who)
def test_parties_are_found_by_those_who_read_them(
    settled: DatabaseUrls, world: dict[str, int], actor: Actor
) -> None:
    with psycopg.connect(settled.app) as connection:
        connection.execute("SELECT act_as(%s)", [world[actor.who]])
        readable = {
            ("case", str(row[0])) for row in connection.execute("SELECT DISTINCT case_id::text FROM parties")
        }
        assert found(connection, "张三", kind="party") == readable


def test_nobody_finds_nothing(settled: DatabaseUrls) -> None:
    with psycopg.connect(settled.app) as connection:
        assert [found(connection, word) for word in [*NUMBERS, *CONTENT]] == [set()] * 10
