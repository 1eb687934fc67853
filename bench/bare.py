"""The limit to be compared with: FastAPI and psycopg doing the same SQL, and nothing else.

It connects as the owner of the tables, for whom no policy is evaluated; no token is verified, no input
checked, nothing screened, no acting officer looked up. Who acts is taken from a header, and the finding that
entry stores is a constant. It reads with the application's own SQL functions, and an entry looks up the same
records and duplicates and writes the same rows as the application's, in the same round trips.
"""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import FastAPI, Header, Request, Response
from psycopg import AsyncConnection
from psycopg.rows import TupleRow
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool

from app.database.transaction import new_id
from bench.generated import TODAY

POOL_SIZE = 4
# The functions past the policies ask who acts: for this server that is settled once for each connection.
_SETTINGS = "-c xianjie.kind=enforcement"

_ONE = "SELECT case_json(%s)::text"

_PAGE = """
    SELECT page_json(ARRAY(
      SELECT c.id FROM cases c WHERE c.organ_id = %s ORDER BY c.id DESC LIMIT 51), 50)::text"""

_PLACES = "SELECT existing, serial FROM places_of(%(systems)s::text[], %(ids)s::text[])"
_RECORDS = """
    SELECT * FROM records_of(ARRAY[0], ARRAY[%(uscc)s::text], ARRAY[NULL::bytea], ARRAY[%(name)s::text],
      ARRAY[NULL::uuid], ARRAY['ip_sales_amount', 'illegal_gain'])"""
_STORED = "SELECT id, found, case_json(id)::text FROM alike(ARRAY[%(id)s::uuid])"

_INSERTS = (
    """INSERT INTO cases (id, number, organ_id, line, source_system, source_id, organ_number, case_source,
        cause, filed_on, act_end_date, decision_number, decided_on, penalties, fine_amount, amount_involved,
        facts, conclusion, charges, law_version, created_by, created_at, updated_at)
      VALUES (%(id)s, %(number)s, %(organ)s, '', 'api', %(number)s, %(organ_number)s, %(case_source)s,
        %(cause)s, %(filed_on)s, %(act_end_date)s, %(decision_number)s, %(decided_on)s, %(penalties)s,
        %(fine_amount)s, %(amount_involved)s, %(facts)s, 'undetermined', %(charges)s, 'bare', %(officer)s,
        %(now)s, %(now)s)""",
    """INSERT INTO case_details (case_id, summary, place, penalty_text)
      VALUES (%(id)s, %(summary)s, %(place)s, '')""",
    """INSERT INTO parties (id, case_id, position, kind, name, uscc, legal_representative, address)
      VALUES (%(id)s, %(id)s, 1, %(kind)s, %(name)s, %(uscc)s, %(legal_representative)s, %(address)s)""",
    """INSERT INTO findings (id, case_id, screened_at, screened_for, law_version, act_end_date, decided_on,
        facts, conclusion, result)
      VALUES (%(id)s, %(id)s, %(now)s, 'entry', 'bare', %(act_end_date)s, %(today)s, %(facts)s,
        'undetermined', %(result)s)""",
    """INSERT INTO audit_events (id, at, officer_id, organ_id, officer_name, organ_name, roles, address,
        action, subject_kind, subject_id, case_id)
      VALUES (%(id)s, %(now)s, %(officer)s, %(organ)s, '', '', %(roles)s, '127.0.0.1', 'case.entered',
        'case', %(id)s, %(id)s)""",
    "INSERT INTO audit_changes (event_id, changes) VALUES (%(id)s, %(changes)s)",
)


@asynccontextmanager
async def _lifespan(served: FastAPI) -> AsyncIterator[None]:
    pool: AsyncConnectionPool[AsyncConnection[TupleRow]] = AsyncConnectionPool(
        os.environ["BENCH_OWNER_URL"],
        min_size=POOL_SIZE,
        max_size=POOL_SIZE,
        open=False,
        kwargs={"autocommit": True, "options": _SETTINGS},
    )
    await pool.open(wait=True)
    served.state.pool = pool
    served.state.result = Jsonb(json.loads(os.environ["BENCH_FINDING"]))
    yield
    await pool.close()


app = FastAPI(lifespan=_lifespan)


@app.get("/api/v1/cases/{case_id}")
async def one(case_id: UUID, request: Request) -> Response:
    """One case."""
    async with request.app.state.pool.connection() as connection:
        row = await (await connection.execute(_ONE, [case_id])).fetchone()
    return Response(row[0], media_type="application/json")


@app.get("/api/v1/cases")
async def page(bench_organ: Annotated[int, Header()], request: Request) -> Response:
    """The newest 50 cases of an organ."""
    async with request.app.state.pool.connection() as connection:
        row = await (await connection.execute(_PAGE, [bench_organ])).fetchone()
    return Response(row[0], media_type="application/json")


@app.post("/api/v1/cases", status_code=201)
async def enter(
    body: dict[str, Any],
    bench_organ: Annotated[int, Header()],
    bench_officer: Annotated[int, Header()],
    request: Request,
) -> Response:
    """Enter a case: look for it and its like, insert, read it back."""
    party, case_id = body["parties"][0], new_id()
    values: dict[str, Any] = dict.fromkeys(("uscc", "legal_representative", "address"))
    values |= party | body
    values |= {"id": case_id, "organ": bench_organ, "officer": bench_officer, "now": datetime.now(UTC)}
    values |= {"systems": ["api"], "ids": [None], "today": TODAY, "charges": [], "roles": ["handler"]}
    values |= {"facts": Jsonb(body["facts"])}
    values |= {"result": request.app.state.result, "changes": Jsonb(body)}
    async with request.app.state.pool.connection() as connection, connection.transaction():
        _, serial = await (await connection.execute(_PLACES, values)).fetchone()
        await (await connection.execute(_RECORDS, values)).fetchall()
        values["number"] = f"bare-{serial}"
        async with connection.pipeline():
            for statement in _INSERTS:
                await connection.execute(statement, values)
            _, _, text = await (await connection.execute(_STORED, values)).fetchone()
    return Response(text, 201, media_type="application/json")
