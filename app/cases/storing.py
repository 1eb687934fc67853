"""The statements that write a case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.audit.events import record
from app.cases.models import CaseEntry
from app.cases.parties import StoredParty, insert_parties
from app.clocks.case_dates import dates_of, follow_dates
from app.database.transaction import Acting, Row
from app.screening.fields import facts_as_json
from app.screening.service import Screened, store_finding, threshold_reached

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


async def insert(tx: Acting, new: NewCase) -> None:
    """Store a case with its parties, finding and audit event; a reached threshold starts its clock."""
    await _insert_case(tx, new)
    await insert_parties(tx, new.id, new.parties)
    await store_finding(tx, new.id, new.screened, "entry")
    if new.screened.conclusion == "must_transfer":
        await threshold_reached(tx, tx.actor.organ_id, new.id, new.number)
    dates = dates_of({name: getattr(new.entry, name) for name in COLUMNS}, new.screened.conclusion)
    await follow_dates(tx, tx.actor.organ_id, new.id, dates)
    entered = {
        "number": new.number,
        "parties": [party.shown() for party in new.parties],
        "conclusion": new.screened.conclusion,
        "facts": facts_as_json(new.entry.facts),
        **new.entry.model_dump(exclude={"parties", "facts"}, exclude_defaults=True),
    }
    await record(
        tx,
        "case.entered",
        ("case", new.id),
        case_id=new.id,
        changes={name: (None, value) for name, value in entered.items()},
    )


async def _insert_case(tx: Acting, new: NewCase) -> None:
    screened = new.screened
    await tx.execute(
        """INSERT INTO cases (id, number, organ_id, line, source_system, source_id, organ_number, case_source,
            cause, filed_on, act_end_date, decision_number, decided_on, penalties, fine_amount,
            confiscated_amount, amount_involved, facts, party_record, conclusion, charges, law_version,
            reached_at, generated, created_by, created_at, updated_at)
          VALUES (%(id)s, %(number)s, %(organ)s, '', %(source_system)s, %(source_id)s, %(organ_number)s,
            %(case_source)s, %(cause)s, %(filed_on)s, %(act_end_date)s, %(decision_number)s, %(decided_on)s,
            %(penalties)s, %(fine_amount)s, %(confiscated_amount)s, %(amount_involved)s, %(facts)s,
            %(party_record)s, %(conclusion)s, %(charges)s, %(law)s, %(reached)s, %(generated)s, %(officer)s,
            %(now)s, %(now)s)""",
        {column: getattr(new.entry, column) for column in COLUMNS},
        id=new.id,
        number=new.number,
        organ=tx.actor.organ_id,
        source_system=new.source[0],
        source_id=new.source[1],
        facts=facts_as_json(new.entry.facts),
        party_record=dict(screened.party_record),
        conclusion=screened.conclusion,
        charges=screened.charges,
        law=screened.law_version,
        reached=tx.now if screened.conclusion == "must_transfer" else None,
        generated=new.origin.generated,
        officer=tx.actor.officer_id,
        now=tx.now,
    )
    published = new.origin.published_source
    await tx.execute(
        """INSERT INTO case_details (case_id, summary, place, penalty_text, published_source)
          VALUES (%(id)s, %(summary)s, %(place)s, %(penalty_text)s, %(published)s)""",
        {column: getattr(new.entry, column) for column in DETAILS},
        id=new.id,
        published=dict(published) if published is not None else None,
    )


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
