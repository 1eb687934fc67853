"""The lists stay quick when a province has transferred cases for years: an index carries each, by plan."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import psycopg
import pytest

from app.clues import queries as clues
from app.database.transaction import Acting, Database
from app.http.pages import Paging
from app.notices import inbox
from app.supervision import queries
from tests.cluster import DatabaseUrls

MANY = 20_000
PAGE = Paging(50, None)
PROCURATOR, CITY = "handler@320506-procuratorate", "handler@320500-procuratorate"


@pytest.fixture
def many(clean: DatabaseUrls, world: dict[str, int]) -> None:
    """Many cases that were transferred, a few that were not; many clues and notices of other organs."""
    with psycopg.connect(clean.owner, autocommit=True) as connection:
        values = {"n": MANY, "officer": world["handler1@320506-market"]}
        connection.execute(
            """INSERT INTO cases (id, number, organ_id, line, source_system, source_id, cause, conclusion,
                  law_version, created_by, reached_at, taken_up)
                SELECT gen_random_uuid(), n::text, o.id, '', 'api', n::text, 'x', 'must_transfer', '1',
                  %(officer)s, now() - n * interval '1 minute', n %% 400 <> 0
                FROM generate_series(1, %(n)s) n JOIN organs o ON o.code = '320506-market'""",
            values,
        )
        connection.execute(
            """INSERT INTO clocks (id, clock, organ_id, line, holder_organ_id, case_id, started_at, due_at)
                SELECT gen_random_uuid(), 'report_transfer', organ_id, '', organ_id, id, reached_at,
                  reached_at FROM cases""",
        )
        connection.execute(
            """INSERT INTO clues (id, number, kind, duty, from_organ_id, from_officer_id, to_organ_id, line,
                  state, subject, content, sent_at)
                SELECT gen_random_uuid(), n::text, 'other_region', false, f.organ_id, f.id, t.id, '', 'sent',
                  'x', 'x', now()
                FROM generate_series(1, %(n)s) n JOIN officers f ON f.id = %(officer)s
                  JOIN organs t ON t.code =
                    CASE WHEN n %% 400 = 0 THEN '320583-market' ELSE '340104-market' END""",
            values,
        )
        connection.execute(
            """INSERT INTO notices (id, organ_id, kind, title, subject_kind, subject_id)
                SELECT gen_random_uuid(), o.id, 'x', 'x', 'case', gen_random_uuid()
                FROM generate_series(1, %(n)s) n
                  JOIN organs o ON o.code =
                    CASE WHEN n %% 400 = 0 THEN '320583-market' ELSE '340104-market' END""",
            values,
        )
        connection.execute("ANALYZE")


Ask = Callable[[Acting], Awaitable[Any]]
LISTS: dict[str, tuple[str, Ask]] = {
    "untransferred, county": (
        PROCURATOR,
        lambda tx: queries.untransferred(
            tx, PAGE, organ_id=None, region=None, charge=None, unexplained=False
        ),
    ),
    "untransferred, city": (
        CITY,
        lambda tx: queries.untransferred(
            tx, PAGE, organ_id=None, region=None, charge=None, unexplained=False
        ),
    ),
    "untransferred, own organ": (
        "handler1@320506-market",
        lambda tx: queries.untransferred(
            tx, PAGE, organ_id=None, region=None, charge=None, unexplained=False
        ),
    ),
    "clues received": (
        "handler1@320583-market",
        lambda tx: clues.clues(tx, PAGE, "received", kind=None, state=None, open_only=False),
    ),
    "notices": ("handler1@320583-market", lambda tx: inbox.notices(tx, PAGE, unread=True)),
}


@pytest.mark.parametrize("mode", ["force_generic_plan", "force_custom_plan"])
@pytest.mark.usefixtures("many")
async def test_no_list_reads_the_table(database: Database, world: dict[str, int], mode: str) -> None:
    for name, (who, ask) in LISTS.items():
        async with database.acting(world[who]) as tx:
            await tx.connection.execute(f"SET LOCAL plan_cache_mode = {mode}".encode())
            statement, values = await _asked(tx, ask)
            cursor = await tx.connection.execute(
                b"EXPLAIN (ANALYZE, FORMAT JSON) " + statement.encode(), values
            )
            row = await cursor.fetchone()
        assert row is not None
        plan = row["QUERY PLAN"]
        plan = json.loads(plan) if isinstance(plan, str) else plan
        read = sum(_rows_read(plan[0]["Plan"]))
        assert read < MANY / 40, (name, read)
        assert plan[0]["Plan"]["Actual Rows"] == 50, name


async def _asked(tx: Acting, ask: Ask) -> tuple[str, Mapping[str, Any]]:
    """The statement that a query sends, with its values."""
    sent: list[tuple[str, Mapping[str, Any]]] = []

    async def keep(query: str, values: Mapping[str, Any] | None = None, /, **named: Any) -> list[Any]:
        sent.append((query, {**(values or {}), **named}))
        return []

    tx.rows = keep  # type: ignore[method-assign, assignment]
    await ask(tx)
    assert len(sent) == 1
    return sent[0]


def _rows_read(plan: Mapping[str, Any]) -> list[float]:
    """Rows that each scan of a table that grows gave or threw away."""
    own = (plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)) * plan["Actual Loops"]
    below = [count for child in plan.get("Plans", []) for count in _rows_read(child)]
    grows = "Scan" in plan["Node Type"] and plan.get("Relation Name") != "organs"
    return ([float(own)] if grows else []) + below
