"""Screening a stored case again: after an edit, or when something about its parties became known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.cases.parties import identifiers, stored_parties
from app.database.transaction import Acting, Row
from app.law.given_facts import Value, parse_facts
from app.law.legal_days import SHANGHAI
from app.law.priors import Penalty
from app.screening.records import Asked, Case, look_up, screen_with_records
from app.screening.service import Screened, applied_on
from app.screening.stored import differs, keep


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
    await keep(tx, row, screened, "facts_changed")
    return screened


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
