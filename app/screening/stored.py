"""Stored cases screened again by the platform itself: what it reads of them, and what it keeps."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from app.audit.events import differences, record
from app.database.transaction import Dated, Row
from app.errors import AppError
from app.law.accumulation import figures_added_up
from app.law.given_facts import FactError, parse_facts
from app.law.legal_days import SHANGHAI
from app.law.priors import Penalty
from app.law.statutes import law
from app.screening.records import Case, Records, records_from, screen_with_records
from app.screening.service import Screened, Why, follow_change, store_finding

_CONCLUDED = ("conclusion", "charges", "law_version", "party_record")


async def stored_cases(tx: Dated, ids: Collection[UUID]) -> list[Row]:
    """The cases as they are screened: with the kinds of their parties, what officers added, and the day on
    which the law is applied (today, or the day on which the case was last sent to the police)."""
    return await tx.rows(
        """SELECT c.id, c.number, c.organ_id, c.cause, c.facts, c.act_end_date, c.decided_on, c.reached_at,
            c.conclusion, c.charges, c.law_version, c.party_record,
            ARRAY(SELECT DISTINCT p.kind FROM parties p WHERE p.case_id = c.id) AS kinds,
            ARRAY(SELECT f.charge FROM officer_findings f
              WHERE f.case_id = c.id AND f.kind = 'accumulation') AS confirmed,
            (SELECT coalesce(jsonb_agg(jsonb_build_array(y.organ_name, y.cause, y.decided_on, y.source)
              ORDER BY y.id), '[]') FROM outside_penalties y WHERE y.case_id = c.id) AS outside,
            coalesce((SELECT (max(t.sent_at) AT TIME ZONE 'Asia/Shanghai')::date FROM transfers t
              WHERE t.case_id = c.id), %(today)s) AS applied_on
          FROM cases c WHERE c.id = ANY (%(ids)s) ORDER BY c.id""",
        ids=list(ids),
        today=tx.now.astimezone(SHANGHAI).date(),
    )


async def records_of(tx: Dated, ids: Sequence[UUID]) -> Mapping[UUID, Records]:
    """What the records of all organs say of the parties of these cases; for every case an entry.

    One query, whatever the number of the cases. Only the platform may ask it.
    """
    since: date | None = await tx.value("SELECT recorded_since()")
    since = since or tx.now.astimezone(SHANGHAI).date()
    rows = await tx.rows(
        "SELECT * FROM case_records(%(ids)s, %(figures)s)", ids=list(ids), figures=sorted(figures_added_up())
    )
    of: dict[UUID, list[Row]] = {case: [] for case in ids}
    for row in rows:
        of[row["case_id"]].append(row)
    nothing = Records(since)
    return {case: records_from(since, found) if found else nothing for case, found in of.items()}


def screen_as_stored(row: Row, records: Records) -> Screened | None:
    """Screen a row of `stored_cases`; None where it no longer fits the law's vocabulary or the calendar."""
    if row["cause"] not in law().causes:
        return None
    outside = [
        Penalty(organ, cause, date.fromisoformat(day), source) for organ, cause, day, source in row["outside"]
    ]
    try:
        case = Case(
            row["cause"],
            parse_facts(row["facts"]),
            row["kinds"],
            row["act_end_date"],
            row["decided_on"],
            row["applied_on"],
            tuple(outside),
            frozenset(row["confirmed"]),
        )
        return screen_with_records(case, records)
    except (FactError, AppError):
        return None


def differs(row: Row, screened: Screened) -> bool:
    """Whether the conclusion, its law or what the records add is not what is stored."""
    return bool(_differences(row, screened))


async def keep(tx: Dated, row: Row, screened: Screened, why: Why) -> None:
    """Keep what is now concluded of a locked case, with its finding, and let follow what that sets going."""
    await tx.execute(
        """UPDATE cases SET conclusion = %(conclusion)s, charges = %(charges)s, law_version = %(law)s,
              party_record = %(party_record)s, reached_at = %(reached)s,
              not_transferred_reason =
                CASE WHEN (reached_at IS NULL) = (%(reached)s::timestamptz IS NULL)
                  THEN not_transferred_reason END,
              revision = revision + 1, updated_at = %(now)s
            WHERE id = %(id)s""",
        id=row["id"],
        conclusion=screened.conclusion,
        charges=screened.charges,
        law=screened.law_version,
        party_record=dict(screened.party_record),
        reached=(row["reached_at"] or tx.now) if screened.conclusion == "must_transfer" else None,
        now=tx.now,
    )
    await kept(tx, row, screened, why)


async def kept(tx: Dated, row: Row, screened: Screened, why: Why) -> None:
    """The finding of a case that has been written already, its audit event, and what follows."""
    await store_finding(tx, row["id"], screened, why)
    changes = _differences(row, screened)
    changes.pop("party_record", None)
    await record(tx, "case.screened", ("case", row["id"]), case_id=row["id"], changes=changes)
    await follow_change(tx, row["organ_id"], row["id"], row["number"], row["conclusion"], screened.conclusion)


def _differences(row: Row, screened: Screened) -> dict[str, tuple[Any, Any]]:
    return differences(
        {name: row[name] for name in _CONCLUDED}, {name: getattr(screened, name) for name in _CONCLUDED}
    )
