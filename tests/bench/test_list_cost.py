"""What a list reads does not grow with the table, whoever asks: counted in rows, not in time."""

from __future__ import annotations

import psycopg
import pytest
from psycopg.types.json import Json

from app.database.sealed import Seal
from bench.stage import enforcement_organs, fill
from tests.cluster import DatabaseUrls

CASES = 6_000
PAGE = 50
MOST_ROWS = 10 * PAGE  # the ids of the page, its lines, and each party's look at its case
READERS = (
    "handler1@320506-market",
    "handler1@320583-market",
    "handler1@320500-market",
    "handler1@320000-market",
    "handler@320506-procuratorate",
    "handler@320583-procuratorate",
    "handler@320000-procuratorate",
)


@pytest.fixture
def filled(clean: DatabaseUrls) -> DatabaseUrls:
    """A big organ with nearly all cases, and a small one whose few are older than all of them."""
    with psycopg.connect(clean.owner, autocommit=True) as connection:
        organs = enforcement_organs(connection)
        market = {one.region: one for one in organs if one.places[0] == "market"}
        seal = Seal.from_secret("x" * 40)
        fill(connection, [market[320583]], 120, seal)
        fill(connection, [market[320506]], CASES, seal, first=1000)
    return clean


def test_a_page_reads_few_rows(filled: DatabaseUrls, world: dict[str, int]) -> None:
    for who in READERS:
        for asked in ({}, {"conclusion": "undetermined"}):
            shown, read = page(filled, world[who], asked)
            assert shown == PAGE, (who, asked)
            assert read <= MOST_ROWS, (who, asked)


def test_a_search_reads_what_it_finds(filled: DatabaseUrls, world: dict[str, int]) -> None:
    assert page(filled, world["handler@320000-procuratorate"], {"q": "查无此人"}) == (0, 0)


def page(filled: DatabaseUrls, officer: int, asked: dict[str, str]) -> tuple[int, int]:
    """How many lines a page shows, and how many rows of `cases` it reads for that, none by a scan."""
    with psycopg.connect(filled.app) as connection:
        for _ in range(2):  # the second time with the plans that are kept
            connection.rollback()
            row = connection.execute(
                "SELECT read_cases(%s::int, %s::jsonb, NULL, %s::int)", [officer, Json(asked), PAGE]
            ).fetchone()
        read = connection.execute(
            "SELECT seq_scan, idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'cases'"
        ).fetchone()
    assert row is not None
    assert read is not None
    assert read[0] == 0
    return len(row[0]["items"]), read[1] or 0
