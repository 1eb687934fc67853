"""The statements that write a case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.audit.events import record
from app.cases.models import CaseEntry
from app.cases.parties import StoredParty, party_rows
from app.clocks.case_dates import dates_of, follow_dates
from app.database.transaction import Acting, Row
from app.screening.fields import facts_as_json
from app.screening.service import Screened, finding_row, threshold_reached

COLUMNS = (
    "organ_number", "case_source", "cause", "filed_on", "act_end_date", "decision_number", "decided_on",
    "penalties", "fine_amount", "confiscated_amount", "amount_involved",
)  # fmt: skip
DETAILS = ("summary", "place", "penalty_text")


@dataclass(frozen=True)
class Origin:
    """Where a case comes from, beside its source: a published real case, or generated for demonstration."""

    published_source: Mapping[str, Any] | None = None
    generated: bool = False


@dataclass(frozen=True)
class NewCase:
    """A case that is about to be stored, screened and its personal data sealed."""

    id: UUID
    number: str
    source: tuple[str, str]
    entry: CaseEntry
    parties: Sequence[StoredParty]
    screened: Screened
    origin: Origin


async def insert(tx: Acting, new: Sequence[NewCase]) -> None:
    """Store cases with parties, findings and audit events; a reached threshold starts its clock."""
    facts = {one.id: facts_as_json(one.entry.facts) for one in new}
    await tx.execute(
        "SELECT store_cases(%(new)s)",
        new={
            "cases": [_case_row(tx, one, facts[one.id]) for one in new],
            "case_details": [_details_row(one) for one in new],
            "parties": [row for one in new for row in party_rows(one.id, one.parties)],
            "findings": [finding_row(tx, one.id, one.screened, "entry") for one in new],
        },
    )
    for one in new:
        if one.screened.conclusion == "must_transfer":
            await threshold_reached(tx, tx.actor.organ_id, one.id, one.number)
        dates = dates_of({name: getattr(one.entry, name) for name in COLUMNS}, one.screened.conclusion)
        await follow_dates(tx, tx.actor.organ_id, one.id, dates)
        entered = {
            "number": one.number,
            "parties": [party.shown() for party in one.parties],
            "conclusion": one.screened.conclusion,
            "facts": facts[one.id],
            **one.entry.model_dump(exclude={"parties", "facts"}, exclude_defaults=True),
        }
        await record(
            tx,
            "case.entered",
            ("case", one.id),
            case_id=one.id,
            changes={name: (None, value) for name, value in entered.items()},
        )


def _case_row(tx: Acting, new: NewCase, facts: Mapping[str, Any]) -> dict[str, Any]:
    screened = new.screened
    return {
        **{column: getattr(new.entry, column) for column in COLUMNS},
        "id": new.id,
        "number": new.number,
        "organ_id": tx.actor.organ_id,
        "source_system": new.source[0],
        "source_id": new.source[1],
        "facts": facts,
        "party_record": dict(screened.party_record),
        "conclusion": screened.conclusion,
        "charges": screened.charges,
        "law_version": screened.law_version,
        "reached_at": tx.now if screened.conclusion == "must_transfer" else None,
        "generated": new.origin.generated,
        "created_by": tx.actor.officer_id,
        "created_at": tx.now,
    }


def _details_row(new: NewCase) -> dict[str, Any]:
    published = new.origin.published_source
    return {
        **{column: getattr(new.entry, column) for column in DETAILS},
        "case_id": new.id,
        "published_source": dict(published) if published is not None else None,
    }


async def update(tx: Acting, row: Row, after: Mapping[str, Any], screened: Screened) -> None:
    """Write the editable fields of a case and what screening concluded; the revision moves on."""
    reached = row["reached_at"] or tx.now if screened.conclusion == "must_transfer" else None
    await tx.execute(
        """UPDATE cases SET organ_number = %(organ_number)s, case_source = %(case_source)s, cause = %(cause)s,
            filed_on = %(filed_on)s, act_end_date = %(act_end_date)s, decision_number = %(decision_number)s,
            decided_on = %(decided_on)s, penalties = %(penalties)s, fine_amount = %(fine_amount)s,
            confiscated_amount = %(confiscated_amount)s, amount_involved = %(amount_involved)s,
            facts = %(facts)s, party_record = %(party_record)s, conclusion = %(conclusion)s,
            charges = %(charges)s, law_version = %(law)s, reached_at = %(reached)s,
            not_transferred_reason =
              CASE WHEN (reached_at IS NULL) = (%(reached)s::timestamptz IS NULL)
                THEN not_transferred_reason END,
            revision = revision + 1, updated_at = %(now)s
          WHERE id = %(id)s""",
        after,
        id=row["id"],
        party_record=dict(screened.party_record),
        conclusion=screened.conclusion,
        charges=screened.charges,
        law=screened.law_version,
        reached=reached,
        now=tx.now,
    )
    await tx.execute(
        """UPDATE case_details SET summary = %(summary)s, place = %(place)s, penalty_text = %(penalty_text)s
            WHERE case_id = %(id)s""",
        after,
        id=row["id"],
    )
