"""Screening the stored cases again after the law's data changed, while the system serves.

PostgreSQL says of every case what the law now concludes; only where that differs is the case screened in
Python, for the reasons and the missing facts. A batch is one transaction, and each case in it then bears the
version of the law it was screened under: whoever stops this, and starts it again, goes on where it stood.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID

from psycopg.rows import dict_row
from sqlalchemy import ColumnClause, Date, column, select, table
from sqlalchemy.dialects.postgresql import JSONB, psycopg

from app.audit.events import differences, record
from app.database.transaction import Database, Dated, Row, Transaction
from app.errors import AppError
from app.law.given_facts import FactError, parse_facts
from app.law.legal_days import SHANGHAI
from app.law.statutes import law
from app.screening.compiled import ACTED, APPLIED, FACTS, conclusions
from app.screening.service import Screened, follow_change, is_no_crime, screen_case, store_finding

BATCH = 5_000
_FIRST = UUID(int=0)

# A case as `screen_case` reads it: what the cause implies, what the parties are, what was stated, what the
# records of the parties added when it was last screened, each before the next; the law is applied
# today, or on the day on which the case was last sent to the police.
_STORED = """stored AS (
    SELECT c.id, c.number, c.organ_id, c.cause, c.facts AS stated, c.act_end_date, c.reached_at,
        c.conclusion AS conclusion_before, c.charges AS charges_before, c.law_version AS law_before,
        k.rule IS NULL AS unknown_cause, coalesce((k.rule ->> 'no_crime')::boolean, false) AS no_crime,
        p.kinds, coalesce(k.rule -> 'implies', '{}')
          || CASE WHEN p.kinds = '{unit}' THEN '{"party_type": "unit"}'::jsonb
               WHEN NOT 'unit' = ANY (p.kinds) THEN '{"party_type": "person"}' ELSE '{}' END
          || c.facts || coalesce(c.party_record -> 'facts', '{}') AS facts, c.party_record,
        coalesce(c.act_end_date, (c.facts ->> 'act_end_date')::date) AS acted,
        coalesce((SELECT (max(t.sent_at) AT TIME ZONE 'Asia/Shanghai')::date FROM transfers t
          WHERE t.case_id = c.id), %(today)s::date) AS applied
      FROM cases c
        LEFT JOIN jsonb_each(%(causes)s::jsonb) AS k (id, rule) ON k.id = c.cause
        CROSS JOIN LATERAL (
          SELECT array_agg(DISTINCT q.kind) AS kinds FROM parties q WHERE q.case_id = c.id) AS p
      WHERE """
_WAITING = "c.law_version <> %(law)s"
_TAKEN = "c.id = ANY (%(ids)s)"
_COLUMNS = (
    "id", "number", "organ_id", "cause", "stated", "act_end_date", "reached_at", "conclusion_before",
    "charges_before", "law_before", "unknown_cause", "no_crime", "kinds", "party_record",
)  # fmt: skip


@dataclass(frozen=True)
class Progress:
    """How far re-screening is: cases looked at, of them changed, and the numbers of those that cannot be."""

    done: int
    changed: int
    refused: tuple[str, ...]


class EvaluatorsDiffer(RuntimeError):
    """The database and Python say different things of one case: nothing of its batch is kept."""


async def waiting(tx: Transaction) -> int:
    """How many stored cases were last screened under another version of the law."""
    found: int = await tx.value("SELECT count(*) FROM cases WHERE law_version <> %(law)s", law=law().version)
    return found


async def changes(tx: Transaction) -> AsyncIterator[Row]:
    """The stored cases that would change, charge by charge and organ by organ, each where it is concerned.

    Rows: `charge` (NULL where none is named), `organ`, `number`, `conclusion_before`, `conclusion`, and
    `first`, true in one row of each case.
    """
    await tx.execute("SET LOCAL jit = off")
    async with tx.connection.cursor(name="changes", row_factory=dict_row) as cursor:
        await cursor.execute(_dry_run(), {"today": _today(datetime.now(UTC)), **law_values()})
        async for row in cursor:
            yield row


async def rescreen(db: Database, most: int = BATCH) -> AsyncIterator[Progress]:
    """Screen every case that waits, batch by batch; passes over again for those that somebody was editing.

    Raises EvaluatorsDiffer.
    """
    done, changed = 0, 0
    refused: dict[str, None] = {}
    more = True
    while more:
        after, more = _FIRST, False
        while True:
            async with db.platform() as tx:
                rows = await _take(tx, after, most)
                taken = [row for row in rows if row["conclusion"] is not None]
                refused |= dict.fromkeys(row["number"] for row in rows if row["conclusion"] is None)
                different = [row for row in taken if row["differs"]]
                left_over = [row["number"] for row in different if not await _screen_again(tx, row)]
                await _mark(tx, [row["id"] for row in taken if not row["differs"]])
            if not rows:
                break
            refused |= dict.fromkeys(left_over)
            after = rows[-1]["id"]
            done += len(taken) - len(left_over)
            changed += len(different) - len(left_over)
            more = more or len(taken) > len(left_over)
            yield Progress(done, changed, tuple(refused))


async def _take(tx: Dated, after: UUID, most: int) -> list[Row]:
    """The next cases, kept from being edited meanwhile, with what is now concluded of them."""
    waiting = await tx.rows(
        """SELECT id FROM cases WHERE id > %(after)s AND law_version <> %(law)s
            ORDER BY id LIMIT %(most)s FOR UPDATE SKIP LOCKED""",
        after=after,
        law=law().version,
        most=most,
    )
    await tx.execute("SET LOCAL jit = off")
    await tx.execute("SET LOCAL plan_cache_mode = force_generic_plan")  # planning costs more than it gains
    values = {"today": _today(tx.now), "ids": [row["id"] for row in waiting], **law_values()}
    return await (await tx.connection.execute(_batch(), values, prepare=True)).fetchall()


async def _mark(tx: Dated, ids: list[UUID]) -> None:
    """What is concluded as before only bears the new version."""
    await tx.execute(
        "UPDATE cases SET law_version = %(law)s WHERE id = ANY (%(ids)s)", law=law().version, ids=ids
    )


async def _screen_again(tx: Dated, row: Row) -> bool:
    """Keep the new finding and what follows; False where the stored facts no longer fit the vocabulary."""
    try:
        screened = screen_case(
            row["cause"],
            parse_facts(row["stated"]),
            row["kinds"] or (),
            row["act_end_date"],
            row["applied"],
            row["party_record"],
        )
    except (FactError, AppError):
        return False
    if screened.conclusion != row["conclusion"] or screened.charges != row["charges"]:
        raise EvaluatorsDiffer(
            f"case {row['number']}: the database says {row['conclusion']} {row['charges']},"
            f" Python {screened.conclusion} {screened.charges}"
        )
    await store_finding(tx, row["id"], screened, "law_changed")
    await _write(tx, row, screened)
    before = {name: row[f"{name}_before"] for name in ("conclusion", "charges")}
    await record(
        tx,
        "case.screened",
        ("case", row["id"]),
        case_id=row["id"],
        changes=differences(
            {**before, "law_version": row["law_before"]},
            {
                "conclusion": screened.conclusion,
                "charges": screened.charges,
                "law_version": screened.law_version,
            },
        ),
    )
    await follow_change(
        tx, row["organ_id"], row["id"], row["number"], row["conclusion_before"], screened.conclusion
    )
    return True


async def _write(tx: Dated, row: Row, screened: Screened) -> None:
    reached = screened.conclusion == "must_transfer"
    await tx.execute(
        """UPDATE cases SET conclusion = %(conclusion)s, charges = %(charges)s, law_version = %(law)s,
              reached_at = %(reached)s,
              not_transferred_reason =
                CASE WHEN %(reached)s::timestamptz IS NOT NULL THEN not_transferred_reason END,
              revision = revision + 1, updated_at = %(now)s
            WHERE id = %(id)s""",
        id=row["id"],
        conclusion=screened.conclusion,
        charges=screened.charges,
        law=screened.law_version,
        reached=(row["reached_at"] or tx.now) if reached else None,
        now=tx.now,
    )


def law_values() -> dict[str, Any]:
    """What the statements ask of the law: its version and its causes; `today` is for the caller to say."""
    causes = {
        one.id: {"implies": one.implies, "no_crime": is_no_crime(one.id)} for one in law().causes.values()
    }
    return {"law": law().version, "causes": json.dumps(causes)}


def _today(now: datetime) -> Any:
    return now.astimezone(SHANGHAI).date()


def _batch() -> bytes:
    return f"WITH {_STORED} {_TAKEN}), {_concluded()} SELECT * FROM concluded ORDER BY id".encode()


def _dry_run() -> bytes:
    return over_all(
        """e.charge, o.name AS organ, c.number, c.conclusion_before, c.conclusion,
            e.charge IS NOT DISTINCT FROM (c.charges_before || c.charges)[1] AS first""",
        """JOIN organs o ON o.id = c.organ_id
            LEFT JOIN LATERAL (
              SELECT DISTINCT unnest(c.charges_before || c.charges) AS charge) AS e ON true
          WHERE c.differs
          ORDER BY string_to_array(e.charge, '-')::int[], o.code, c.number""",
    )


def over_all(columns: str, rest: str = "") -> bytes:
    """A statement over all cases that wait, called `c`, with what is now concluded of them."""
    return f"WITH {stored()}, {_concluded()} SELECT {columns} FROM concluded c {rest}".encode()


def stored() -> str:
    """The cases that wait, as screening reads them: the clause `stored` of a statement."""
    return f"{_STORED} {_WAITING})"


@cache
def _concluded() -> str:
    """What the law now concludes of the stored cases, and whether that differs.

    The conclusion is NULL where a case cannot be screened: its cause is no longer in the law's data, or its
    act ended after the day on which the law is applied.
    """
    columns: list[ColumnClause[Any]] = [column(name) for name in _COLUMNS]
    stored = table("stored", *columns, column(FACTS, JSONB), column(ACTED, Date), column(APPLIED, Date))
    compiled = conclusions(select(stored)).compile(
        dialect=psycopg.dialect(paramstyle="pyformat"),  # type: ignore[no-untyped-call]
        compile_kwargs={"render_postcompile": True},
    )
    return f"""said AS ({compiled}), concluded AS (
        SELECT s.*, NOT (conclusion = conclusion_before AND charges @> charges_before
            AND charges <@ charges_before) AS differs
          FROM (
            SELECT {", ".join(_COLUMNS)}, applied, charges, CASE WHEN unknown_cause THEN NULL
                WHEN no_crime AND facts -> 'conduct' IS NULL THEN 'not_reached' ELSE conclusion
              END AS conclusion FROM said) AS s)"""
