"""Screening the stored cases again after the law's data changed, while the system serves.

The records of the parties are looked up anew, for a whole batch in one query. PostgreSQL then says of every
case what the law now concludes; only where that differs is the case screened in Python, for the reasons and
the missing facts. A batch is one transaction, and each case in it then bears the version of the law it was
screened under: whoever stops this, and starts it again, goes on where it stood.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnClause, Date, column, select, table
from sqlalchemy.dialects.postgresql import JSONB, psycopg

from app.database.transaction import Database, Dated, Row, Transaction
from app.law.legal_days import SHANGHAI
from app.law.statutes import law
from app.screening.compiled import ACTED, APPLIED, FACTS, conclusions
from app.screening.records import Records
from app.screening.service import Screened, is_no_crime
from app.screening.stored import keep, records_of, screen_as_stored, stored_cases

BATCH = 5_000
_FIRST = UUID(int=0)

# A case as it is screened: what is counted where no record is found, what the cause implies, what the
# parties are, what was stated, what records and sums add, each before the next. The law is applied today, or
# on the day on which the case was last sent to the police.
_STORED = """stored AS (
    SELECT c.id, c.number, c.organ_id, c.conclusion AS conclusion_before, c.charges AS charges_before,
        k.rule IS NULL AS unknown_cause, coalesce((k.rule ->> 'no_crime')::boolean, false) AS no_crime,
        CASE WHEN r.facts IS NULL THEN %(none_found)s::jsonb ELSE '{}' END
          || coalesce(k.rule -> 'implies', '{}')
          || CASE WHEN p.kinds = '{unit}' THEN '{"party_type": "unit"}'::jsonb
               WHEN NOT 'unit' = ANY (p.kinds) THEN '{"party_type": "person"}' ELSE '{}' END
          || c.facts || coalesce(r.facts, '{}') AS facts,
        coalesce(c.act_end_date, (c.facts ->> 'act_end_date')::date) AS acted,
        coalesce((SELECT (max(t.sent_at) AT TIME ZONE 'Asia/Shanghai')::date FROM transfers t
          WHERE t.case_id = c.id), %(today)s::date) AS applied
      FROM cases c
        LEFT JOIN jsonb_each(%(causes)s::jsonb) AS k (id, rule) ON k.id = c.cause
        LEFT JOIN jsonb_each(%(records)s::jsonb) AS r (id, facts) ON r.id::uuid = c.id
        CROSS JOIN LATERAL (
          SELECT array_agg(DISTINCT q.kind) AS kinds FROM parties q WHERE q.case_id = c.id) AS p
      WHERE """
_WAITING = "c.law_version <> %(law)s"
_TAKEN = "c.id = ANY (%(ids)s)"
_COLUMNS = (
    "id", "number", "organ_id", "conclusion_before", "charges_before", "unknown_cause", "no_crime",
)  # fmt: skip


@dataclass(frozen=True)
class Progress:
    """How far re-screening is: cases looked at, of them changed, and the numbers of those that cannot be."""

    done: int
    changed: int
    refused: tuple[str, ...]


class Change(NamedTuple):
    """A stored case that would change, under one of the charges concerned (None where none is named).

    `first` is true in one of the changes of each case.
    """

    charge: str | None
    organ: str
    number: str
    conclusion_before: str
    conclusion: str
    first: bool


class EvaluatorsDiffer(RuntimeError):
    """The database and Python say different things of one case: nothing of its batch is kept."""


async def waiting(tx: Transaction) -> int:
    """How many stored cases were last screened under another version of the law."""
    found: int = await tx.value("SELECT count(*) FROM cases WHERE law_version <> %(law)s", law=law().version)
    return found


async def changes(db: Database, most: int = BATCH) -> AsyncIterator[Change]:
    """The stored cases that would change, charge by charge and organ by organ, each where it is concerned.

    They are sorted on disk, so that memory stays as it is however many there are. Raises EvaluatorsDiffer.
    """
    with closing(sqlite3.connect("")) as found:
        found.execute("CREATE TABLE found (place, organ_code, number, charge, organ, before, after, first)")
        after = _FIRST
        while True:
            async with db.platform() as tx:
                ids = await _next(tx, after, most)
                batch = await _concluded_of(tx, ids)
                organs = await _organs(tx, {row["organ_id"] for row in batch.different})
            if not ids:
                break
            after = ids[-1]
            found.executemany(
                "INSERT INTO found VALUES (?, ?, ?, ?, ?, ?, ?, ?)", _lines(batch.different, organs)
            )
        rows = found.execute(
            "SELECT charge, organ, number, before, after, first FROM found"
            " ORDER BY place IS NULL, place, organ_code, number"
        )
        for charge, organ, number, before, concluded, first in rows:
            yield Change(charge, organ, number, before, concluded, bool(first))


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
                ids = await _next(tx, after, most, lock=True)
                batch = await _concluded_of(tx, ids)
                left_over = await _keep(tx, batch)
                await _mark(tx, batch.unchanged)
            if not ids:
                break
            after = ids[-1]
            refused |= dict.fromkeys([*batch.refused, *left_over])
            looked_at = len(ids) - len(batch.refused) - len(left_over)
            done += looked_at
            changed += len(batch.different) - len(left_over)
            more = more or looked_at > 0
            yield Progress(done, changed, tuple(refused))


@dataclass(frozen=True)
class _Batch:
    """What the law now concludes of some cases: which differ, and which only add other records.

    `looked_up`: those with records, as they were screened with them. `refused`: numbers of those that cannot
    be screened.
    """

    different: Sequence[Row]
    only_records: Sequence[UUID]
    unchanged: Sequence[UUID]
    refused: Sequence[str]
    records: Mapping[UUID, Records]
    looked_up: Mapping[UUID, tuple[Row, Screened]]


async def _next(tx: Dated, after: UUID, most: int, *, lock: bool = False) -> list[UUID]:
    """The next cases that wait, kept from being edited meanwhile where they are to be written."""
    if lock:
        rows = await tx.rows(
            """SELECT id FROM cases WHERE id > %(after)s AND law_version <> %(law)s
                ORDER BY id LIMIT %(most)s FOR UPDATE SKIP LOCKED""",
            after=after, law=law().version, most=most,
        )  # fmt: skip
    else:
        rows = await tx.rows(
            "SELECT id FROM cases WHERE id > %(after)s AND law_version <> %(law)s ORDER BY id LIMIT %(most)s",
            after=after, law=law().version, most=most,
        )  # fmt: skip
    return [row["id"] for row in rows]


async def _concluded_of(tx: Dated, ids: Sequence[UUID]) -> _Batch:
    records = await records_of(tx, ids)
    looked_up, unreadable = _looked_up(await stored_cases(tx, await _with_records(tx, records)), records)
    added = {str(case): screened.party_record.get("facts", {}) for case, (_, screened) in looked_up.items()}
    values = {
        "today": tx.now.astimezone(SHANGHAI).date(),
        "ids": list(ids),
        **law_values(),
        "records": json.dumps(added | {str(case): {} for case in unreadable}, default=str),
    }
    await tx.execute("SET LOCAL jit = off")
    await tx.execute("SET LOCAL plan_cache_mode = force_generic_plan")  # planning costs more than it gains
    rows = await (await tx.connection.execute(_batch(), values, prepare=True)).fetchall()
    refused = {row["id"] for row in rows if row["conclusion"] is None} | unreadable
    different = [row for row in rows if row["differs"] and row["id"] not in refused]
    settled = refused | {row["id"] for row in different}
    only_records = [
        case
        for case, (row, screened) in looked_up.items()
        if case not in settled and row["party_record"] != screened.party_record
    ]
    settled.update(only_records)
    return _Batch(
        different,
        only_records,
        [case for case in ids if case not in settled],
        [row["number"] for row in rows if row["id"] in refused],
        records,
        looked_up,
    )


async def _with_records(tx: Transaction, records: Mapping[UUID, Records]) -> list[UUID]:
    """The cases to which records or officers add something, or did when they were last screened."""
    found = [case for case, said in records.items() if said.penalties or said.untreated or said.in_question]
    rows = await tx.rows(
        """SELECT c.id FROM cases c WHERE c.id = ANY (%(ids)s) AND (
              c.party_record @? '$.counted[*].found[*]' OR c.party_record @? '$.accumulated[*]'
              OR c.party_record @? '$.questions[*]'
              OR EXISTS (SELECT 1 FROM outside_penalties y WHERE y.case_id = c.id))""",
        ids=list(records),
    )
    return [*dict.fromkeys([*found, *(row["id"] for row in rows)])]


def _looked_up(
    cases: Iterable[Row], records: Mapping[UUID, Records]
) -> tuple[dict[UUID, tuple[Row, Screened]], set[UUID]]:
    """The cases screened with their records, and those whose stored facts no longer fit the vocabulary."""
    screened: dict[UUID, tuple[Row, Screened]] = {}
    unreadable: set[UUID] = set()
    for row in cases:
        said = screen_as_stored(row, records[row["id"]])
        if said is None:
            unreadable.add(row["id"])
        else:
            screened[row["id"]] = row, said
    return screened, unreadable


async def _keep(tx: Dated, batch: _Batch) -> list[str]:
    """Keep the new findings and what follows; the numbers of those whose facts do not fit the vocabulary."""
    without = [row["id"] for row in batch.different if row["id"] not in batch.looked_up]
    screened, unreadable = _looked_up(await stored_cases(tx, without), batch.records)
    screened |= batch.looked_up
    for row in batch.different:
        if row["id"] in screened:
            _agree(row, screened[row["id"]][1])
            await keep(tx, *screened[row["id"]], "law_changed")
    for case in batch.only_records:
        await keep(tx, *screened[case], "law_changed")
    return [row["number"] for row in batch.different if row["id"] in unreadable]


def _agree(row: Row, screened: Screened) -> None:
    if screened.conclusion != row["conclusion"] or screened.charges != row["charges"]:
        raise EvaluatorsDiffer(
            f"case {row['number']}: the database says {row['conclusion']} {row['charges']},"
            f" Python {screened.conclusion} {screened.charges}"
        )


async def _mark(tx: Dated, ids: Sequence[UUID]) -> None:
    """What is concluded as before only bears the new version."""
    await tx.execute(
        "UPDATE cases SET law_version = %(law)s WHERE id = ANY (%(ids)s)", law=law().version, ids=list(ids)
    )


async def _organs(tx: Transaction, ids: Collection[int]) -> dict[int, tuple[str, str]]:
    rows = await tx.rows("SELECT id, code, name FROM organs WHERE id = ANY (%(ids)s)", ids=list(ids))
    return {row["id"]: (row["code"], row["name"]) for row in rows}


def _lines(rows: Iterable[Row], organs: Mapping[int, tuple[str, str]]) -> Iterator[tuple[Any, ...]]:
    """A line for each charge of a case, with that by which it is sorted."""
    for row in rows:
        code, organ = organs[row["organ_id"]]
        charges: list[str | None] = [*dict.fromkeys([*row["charges_before"], *row["charges"]])]
        for number, charge in enumerate(charges or [None]):
            place = "-".join(f"{int(part):04}" for part in charge.split("-")) if charge else None
            yield (
                place, code, row["number"], charge, organ, row["conclusion_before"], row["conclusion"],
                number == 0,
            )  # fmt: skip


def law_values() -> dict[str, Any]:
    """What the statements ask of the law: its version, its causes, what is counted where no record is found.

    `today`, and the facts that `records` add to a case, are for the caller to say.
    """
    causes = {
        one.id: {"implies": one.implies, "no_crime": is_no_crime(one.id)} for one in law().causes.values()
    }
    none_found = {
        fact.id: False if fact.type == "bool" else "0" for fact in law().facts.values() if fact.counted
    }
    return {
        "law": law().version,
        "causes": json.dumps(causes),
        "none_found": json.dumps(none_found),
        "records": "{}",
    }


@cache
def _batch() -> bytes:
    return f"WITH {_STORED} {_TAKEN}), {concluded()} SELECT * FROM concluded ORDER BY id".encode()


def stored() -> str:
    """The cases that wait, as screening reads them: the clause `stored` of a statement."""
    return f"{_STORED} {_WAITING})"


@cache
def concluded() -> str:
    """What the law now concludes of the stored cases, and whether that differs: the clause `concluded`.

    The conclusion is NULL where a case cannot be screened: its cause is no longer in the law's data, or its
    act ended after the day on which the law is applied.
    """
    columns: list[ColumnClause[Any]] = [column(name) for name in _COLUMNS]
    cases = table("stored", *columns, column(FACTS, JSONB), column(ACTED, Date), column(APPLIED, Date))
    compiled = conclusions(select(cases)).compile(
        dialect=psycopg.dialect(paramstyle="pyformat"),  # type: ignore[no-untyped-call]
        compile_kwargs={"render_postcompile": True},
    )
    return f"""said AS ({compiled}), concluded AS (
        SELECT s.*, NOT (conclusion = conclusion_before AND charges @> charges_before
            AND charges <@ charges_before) AS differs
          FROM (
            SELECT {", ".join(_COLUMNS)}, charges, CASE WHEN unknown_cause THEN NULL
                WHEN no_crime AND facts -> 'conduct' IS NULL THEN 'not_reached' ELSE conclusion
              END AS conclusion FROM said) AS s)"""
