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


@pytest.fixture
def filled(clean: DatabaseUrls) -> DatabaseUrls:
    """A big organ with nearly all cases, and a small one whose few are older than all of them."""
    with psycopg.connect(clean.owner, autocommit=True) as connection:
        organs = enforcement_organs(connection)
        market = {one.region: one for one in organs if one.places[0] == "market"}
        small, big = market[320583], market[320506]
        seal = Seal.from_secret("x" * 40)
        fill(connection, [small], 120, seal)
        fill(connection, [big], CASES, seal, first=1000)
    return clean


@pytest.mark.parametrize("asked", [{}, {"conclusion": "undetermined"}])
@pytest.mark.parametrize(
    "who",
    [
        "handler1@320506-market",
        "handler1@320583-market",
        "handler1@320500-market",
        "handler1@320000-market",
        "handler@320506-procuratorate",
        "handler@320583-procuratorate",
        "handler@320000-procuratorate",
    ],
)
def test_a_page_reads_few_rows(
    filled: DatabaseUrls, world: dict[str, int], who: str, asked: dict[str, str]
) -> None:
    with psycopg.connect(filled.app) as connection:
        connection.execute(
            "SELECT read_cases(%s::int, %s::jsonb, NULL, %s::int)", [world[who], Json(asked), PAGE]
        )
        connection.rollback()
        row = connection.execute(
            "SELECT read_cases(%s::int, %s::jsonb, NULL, %s::int)", [world[who], Json(asked), PAGE]
        ).fetchone()
        assert row is not None
        assert len(row[0]["items"]) == PAGE
        read = connection.execute(
            """SELECT seq_scan, idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'cases'"""
        ).fetchone()
    assert read is not None
    assert read[0] == 0
    assert read[1] <= MOST_ROWS
