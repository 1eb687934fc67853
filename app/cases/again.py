"""Screening a stored case again: after an edit, or when something about its parties became known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.audit.events import differences, record
from app.cases.parties import identifiers, stored_parties
from app.database.transaction import Acting, Row
from app.law.given_facts import Value, parse_facts
from app.law.legal_days import SHANGHAI
from app.law.priors import Penalty
from app.screening.records import Asked, Case, look_up, screen_with_records
from app.screening.service import Screened, applied_on, follow_change, store_finding

_CONCLUDED = ("conclusion", "charges", "law_version", "party_record")


async def screen_stored(
    tx: Acting, case_id: UUID, columns: Mapping[str, Any], facts: Mapping[str, Value]
) -> Screened:
    """Screen a case as its columns stand, with the records of its stored parties. Raises Invalid."""
    parties = await stored_parties(tx, case_id)
    [records] = await look_up(tx, [Asked(identifiers(parties), case_id)])
    case = Case(
        columns["cause"],
        facts,
        {party.columns["kind"] for party in parties},
        columns["act_end_date"],
        columns["decided_on"],
        await applied_on(tx, case_id, tx.now.astimezone(SHANGHAI).date()),
        await _outside(tx, case_id),
        await _confirmed(tx, case_id),
    )
    return screen_with_records(case, records)


async def screen_again(tx: Acting, row: Row) -> Screened:
    """Screen the acting organ's case `row` (locked) again and keep what is concluded, if it is new."""
    screened = await screen_stored(tx, row["id"], row, parse_facts(row["facts"]))
    if not differs(row, screened):
        return screened
    reached = row["reached_at"] or tx.now if screened.conclusion == "must_transfer" else None
    await tx.execute(
        """UPDATE cases SET conclusion = %(conclusion)s, charges = %(charges)s, law_version = %(law)s,
              party_record = %(party_record)s, reached_at = %(reached)s,
              not_transferred_reason =
                CASE WHEN %(reached)s::timestamptz IS NOT NULL THEN not_transferred_reason END,
              revision = revision + 1, updated_at = %(now)s
            WHERE id = %(id)s""",
        id=row["id"],
        conclusion=screened.conclusion,
        charges=screened.charges,
        law=screened.law_version,
        party_record=dict(screened.party_record),
        reached=reached,
        now=tx.now,
    )
    await screened_again(tx, row, screened)
    return screened


def differs(row: Row, screened: Screened) -> bool:
    """Whether the conclusion, its law or what the records add is not what is stored."""
    before = differences(_said(row), _concluded(screened))
    return bool(before)


async def screened_again(tx: Acting, row: Row, screened: Screened) -> None:
    """Keep the new finding of a case, and let follow what the change of its conclusion sets going."""
    await store_finding(tx, row["id"], screened, "facts_changed")
    changes = differences(_said(row), _concluded(screened))
    changes.pop("party_record", None)
    await record(tx, "case.screened", ("case", row["id"]), case_id=row["id"], changes=changes)
    await follow_change(
        tx, tx.actor.organ_id, row["id"], row["number"], row["conclusion"], screened.conclusion
    )


def _said(row: Row) -> dict[str, Any]:
    return {name: row[name] for name in _CONCLUDED}


def _concluded(screened: Screened) -> dict[str, Any]:
    return {name: getattr(screened, name) for name in _CONCLUDED}


async def _outside(tx: Acting, case_id: UUID) -> tuple[Penalty, ...]:
    rows = await tx.rows(
        "SELECT organ_name, cause, decided_on, source FROM outside_penalties WHERE case_id = %(case)s",
        case=case_id,
    )
    return tuple(Penalty(row["organ_name"], row["cause"], row["decided_on"], row["source"]) for row in rows)


async def _confirmed(tx: Acting, case_id: UUID) -> frozenset[str]:
    rows = await tx.rows(
        "SELECT charge FROM officer_findings WHERE case_id = %(case)s AND kind = 'accumulation'",
        case=case_id,
    )
    return frozenset(row["charge"] for row in rows)
