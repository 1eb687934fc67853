"""What a search reads does not grow with the tables: words of two characters use the index too."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from psycopg.types.json import Json

from app.database.sealed import Seal
from bench.stage import enforcement_organs, fill
from tests.cluster import DatabaseUrls

CASES = 4_000
RARE = "欧阳"
TABLES = ("search_entries", "cases", "parties", "transfers", "clues", "case_grants")
FINDERS = {
    "handler1@320583-market": 1,
    "handler1@320500-market": 1,
    "handler@320583-procuratorate": 1,
    "handler@320000-procuratorate": 1,
    "supervisor@320506-supervising": 0,
}


@pytest.fixture
def filled(clean: DatabaseUrls) -> DatabaseUrls:
    """Thousands of cases of one organ, few of a small one, whose one party has a name of its own."""
    with psycopg.connect(clean.owner, autocommit=True) as connection:
        market = {one.region: one for one in enforcement_organs(connection) if one.places[0] == "market"}
        seal = Seal.from_secret("x" * 40)
        fill(connection, [market[320506]], CASES, seal)
        fill(connection, [market[320583]], 20, seal, first=CASES + 1)
        connection.execute(
            """UPDATE parties SET name = '欧阳明远' WHERE id IN (SELECT p.id FROM parties p
                JOIN cases c ON c.id = p.case_id WHERE c.county = 320583 LIMIT 1)"""
        )
        connection.execute("VACUUM ANALYZE search_entries")
    return clean


def test_a_word_of_two_characters_reads_what_it_finds(filled: DatabaseUrls, world: dict[str, int]) -> None:
    for who, finds in FINDERS.items():
        found, scans, read = searched(filled, world[who], RARE)
        assert (found, scans) == (finds, []), who
        assert read <= 20, who


def test_without_the_index_the_table_is_scanned(filled: DatabaseUrls, world: dict[str, int]) -> None:
    """That the test above can fail: the same search when indexes are forbidden."""
    forbidden = "SET enable_bitmapscan = off; SET enable_indexscan = off; SET enable_indexonlyscan = off"
    found, scans, _ = searched(filled, world["handler@320000-procuratorate"], RARE, forbidden)
    assert found == 1
    assert "search_entries" in scans


def searched(urls: DatabaseUrls, officer: int, word: str, settings: str = "") -> tuple[int, list[str], int]:
    """How many rows are found, which large tables are scanned for that, how many rows are read by indexes."""
    with psycopg.connect(urls.app) as connection:
        if settings:
            connection.execute(settings.encode())
        connection.execute("SELECT act_as(%s)", [officer])
        before = _read(connection)
        rows = connection.execute(
            "SELECT * FROM search_ids(%s::jsonb, NULL, 51)", [Json({"words": [{"text": word}]})]
        ).fetchall()
        after = _read(connection)
    scans = [table for table in ("search_entries", "cases", "parties") if after[table][0] > before[table][0]]
    return len(rows), scans, sum(after[table][1] - before[table][1] for table in TABLES)


def _read(connection: psycopg.Connection[Any]) -> dict[str, tuple[int, int]]:
    rows = connection.execute(
        "SELECT relname, seq_scan, coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables"
    ).fetchall()
    return dict.fromkeys(TABLES, (0, 0)) | {name: (int(seq), int(read)) for name, seq, read in rows}
