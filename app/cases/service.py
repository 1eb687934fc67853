"""Entering and editing cases. Every case is screened when it enters and when its facts change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import errors

from app.audit.events import differences, record
from app.cases.models import CaseEdit, CaseEntry, CaseWarning
from app.cases.parties import StoredParty, insert_parties, replace_parties, sealed_party, stored_parties
from app.cases.warnings import already_entered, duplicates, recommended
from app.database.sealed import Seal
from app.database.transaction import Acting, Actor, Row, new_id
from app.errors import Conflict, NotAllowed, invalid, not_found
from app.http.revisions import stale
from app.identifiers import CaseNumber
from app.law.given_facts import parse_facts
from app.law.legal_days import SHANGHAI
from app.screening.fields import facts_as_json
from app.screening.service import (
    Screened,
    applied_on,
    follow_change,
    screen_case,
    store_finding,
    threshold_left,
    threshold_reached,
)

ENTERED_BY = ("handler", "head", "feed")
EDITED_BY = ("handler", "head")
SCREENED = {"cause", "facts", "act_end_date", "parties"}
_COLUMNS = (
    "organ_number", "case_source", "cause", "filed_on", "act_end_date", "decision_number", "decided_on",
    "penalties", "fine_amount", "confiscated_amount", "amount_involved",
)  # fmt: skip
_DETAILS = ("summary", "place", "penalty_text")


@dataclass(frozen=True)
class Origin:
    """Where a case comes from, beside its source: a published real case, or generated for demonstration."""

    published_source: Mapping[str, Any] | None = None
    generated: bool = False


@dataclass(frozen=True)
class Entered:
    """The case (new, or the one that was there) and what to look at."""

    case_id: UUID
    is_new: bool
    warnings: Sequence[CaseWarning]


async def enter(tx: Acting, seal: Seal, entry: CaseEntry, origin: Origin | None = None) -> Entered:
    """Enter a case of the acting organ; the same (source_system, source_id) again gives the one there is.

    Raises NotAllowed, Invalid.
    """
    may_enter(tx.actor)
    today = tx.now.astimezone(SHANGHAI).date()
    kinds = {party.kind for party in entry.parties}
    screened = screen_case(entry.cause, entry.facts, kinds, entry.act_end_date, today)
    parties = [sealed_party(party, seal) for party in entry.parties]
    named = entry.model_copy(update={"source_system": entry.source_system or "api"})
    found = await _before_entry(tx, named, parties[0])
    if found["existing"]:
        return Entered(found["existing"], False, [already_entered(found["existing"])])
    new = _NewCase(new_id(), _number(tx, found["serial"]), named, parties, screened, origin or Origin())
    if entry.source_id is None:
        await _insert(tx, new)
    else:
        try:
            async with tx.connection.transaction():
                await _insert(tx, new)
        except errors.UniqueViolation:
            raced = (await _before_entry(tx, named, parties[0]))["existing"]
            return Entered(raced, False, [already_entered(raced)])
    return Entered(new.id, True, [*duplicates(found["duplicates"]), *recommended(entry)])


async def edit(tx: Acting, seal: Seal, case_id: UUID, revision: int, change: CaseEdit) -> None:
    """Change a case of the acting organ and screen it again.

    Raises NotFound, NotAllowed, StaleEdit (somebody was faster), Invalid.
    """
    refusal = NotAllowed("may_not_edit", "只有本案承办机关的承办人或者负责人可以修改案件。")
    row = await _own_case(tx, case_id, revision, refusal, EDITED_BY)
    given = change.model_dump(exclude_unset=True, exclude={"parties", "facts"})
    before, after = _merged(row, given)
    facts = change.facts if change.facts is not None else parse_facts(row["facts"])
    after["facts"] = facts_as_json(facts)
    _check_order(after)
    if change.parties is not None:
        old, new = await replace_parties(tx, case_id, change.parties, seal)
        if len(old) != len(new) or not all(one.same_as(two) for one, two in zip(old, new, strict=True)):
            before["parties"], after["parties"] = ([p.shown() for p in some] for some in (old, new))
    kinds = [party.columns["kind"] for party in await stored_parties(tx, case_id)]
    applied = await applied_on(tx, case_id, tx.now.astimezone(SHANGHAI).date())
    screened = screen_case(after["cause"], facts, kinds, after["act_end_date"], applied)
    changes = differences(before, after)
    await _update(tx, row, after, screened)
    await record(tx, "case.edited", ("case", case_id), case_id=case_id, changes=changes)
    if changes.keys() & SCREENED or row["law_version"] != screened.law_version:
        await _screened_again(tx, row, screened)


async def record_not_transferred(tx: Acting, case_id: UUID, revision: int, reason: str) -> None:
    """The head records why a case with a reached threshold is not transferred; ends the clock for the report.

    Raises NotFound, NotAllowed, StaleEdit, Conflict.
    """
    refusal = NotAllowed("head_only", "不移送的理由由本案承办机关负责人记录。")
    row = await _own_case(tx, case_id, revision, refusal, ("head",))
    if row["conclusion"] != "must_transfer":
        raise Conflict(
            "threshold_not_reached",
            "本案筛查结论不是达到立案追诉标准，无需记录不移送理由。",
            extra={"conclusion": row["conclusion"]},
        )
    if await tx.value(
        "SELECT EXISTS (SELECT 1 FROM transfers WHERE case_id = %(case)s AND closed_at IS NULL)", case=case_id
    ):
        raise Conflict("transfer_open", "本案已有办理中的移送，请在移送流程中作出决定。")
    await tx.execute(
        """UPDATE cases SET not_transferred_reason = %(reason)s, revision = revision + 1, updated_at = %(now)s
            WHERE id = %(id)s""",
        id=case_id,
        reason=reason,
        now=tx.now,
    )
    await threshold_left(tx, case_id, "not_transferred")
    await record(
        tx,
        "case.not_transferred",
        ("case", case_id),
        case_id=case_id,
        changes={"not_transferred_reason": (row["not_transferred_reason"], reason)},
    )


def may_enter(actor: Actor) -> None:
    """Raises NotAllowed unless the officer enters cases for an enforcement organ."""
    if actor.kind != "enforcement" or not actor.is_a(*ENTERED_BY):
        raise NotAllowed("may_not_enter", "只有行政执法机关的承办人、负责人或者数据报送账号可以录入案件。")


async def _own_case(
    tx: Acting, case_id: UUID, revision: int, refusal: NotAllowed, roles: Sequence[str]
) -> Row:
    """The acting organ's case and its details, locked. Raises NotFound, `refusal`, StaleEdit."""
    row = await tx.row(
        """SELECT c.*, d.summary, d.place, d.penalty_text FROM cases c
            LEFT JOIN case_details d ON d.case_id = c.id WHERE c.id = %(id)s AND c.organ_id = %(organ)s
            FOR UPDATE OF c""",
        id=case_id,
        organ=tx.actor.organ_id,
    )
    if row is None and not await tx.row("SELECT 1 FROM cases WHERE id = %(id)s", id=case_id):
        raise not_found("案件")
    if row is None or not tx.actor.is_a(*roles):
        raise refusal
    if row["revision"] != revision:
        raise stale()
    return row


@dataclass(frozen=True)
class _NewCase:
    id: UUID
    number: str
    entry: CaseEntry
    parties: Sequence[StoredParty]
    screened: Screened
    origin: Origin


def _number(tx: Acting, serial: int) -> str:
    return str(CaseNumber(f"{tx.actor.region:06d}", tx.now.astimezone(SHANGHAI).year, serial))


async def _before_entry(tx: Acting, entry: CaseEntry, party: StoredParty) -> Row:
    """In one round trip: the case that is there already, else the next serial; and likely duplicates."""
    row = await tx.row(
        """WITH existing AS (SELECT id FROM cases WHERE organ_id = %(organ)s
              AND source_system = %(system)s AND source_id = %(source)s)
            SELECT (SELECT id FROM existing) AS existing,
              CASE WHEN NOT EXISTS (SELECT 1 FROM existing) THEN nextval('case_serial') END AS serial,
              (SELECT coalesce(json_agg(d), '[]') FROM likely_duplicates(%(uscc)s, %(id_index)s, %(name)s,
                %(decision)s, %(decided)s, %(amount)s, NULL) d) AS duplicates""",
        organ=tx.actor.organ_id,
        system=entry.source_system,
        source=entry.source_id,
        uscc=party.columns["uscc"],
        id_index=party.columns["id_number_index"],
        name=party.columns["name"],
        decision=entry.decision_number,
        decided=entry.decided_on,
        amount=entry.amount_involved,
    )
    assert row is not None  # noqa: S101 - a select without a table gives one row
    return row


async def _insert(tx: Acting, new: _NewCase) -> None:
    """Everything of a new case in one round trip."""
    async with tx.connection.pipeline():
        await _insert_case(tx, new)
        await insert_parties(tx, new.id, new.parties)
        await store_finding(tx, new.id, new.screened, "entry")
        if new.screened.conclusion == "must_transfer":
            await threshold_reached(tx, new.id, new.number)
        await record(
            tx,
            "case.entered",
            ("case", new.id),
            case_id=new.id,
            changes={
                name: (None, value)
                for name, value in {
                    "number": new.number,
                    "parties": [party.shown() for party in new.parties],
                    "conclusion": new.screened.conclusion,
                    "facts": facts_as_json(new.entry.facts),
                    **new.entry.model_dump(exclude={"parties", "facts"}, exclude_defaults=True),
                }.items()
            },
        )


async def _insert_case(tx: Acting, new: _NewCase) -> None:
    entry, screened = new.entry, new.screened
    await tx.execute(
        """INSERT INTO cases (id, number, organ_id, line, source_system, source_id, organ_number, case_source,
            cause, filed_on, act_end_date, decision_number, decided_on, penalties, fine_amount,
            confiscated_amount, amount_involved, facts, conclusion, charges, law_version, reached_at,
            generated, created_by, created_at, updated_at)
          VALUES (%(id)s, %(number)s, %(organ)s, '', %(source_system)s, %(source_id)s, %(organ_number)s,
            %(case_source)s, %(cause)s, %(filed_on)s, %(act_end_date)s, %(decision_number)s, %(decided_on)s,
            %(penalties)s, %(fine_amount)s, %(confiscated_amount)s, %(amount_involved)s, %(facts)s,
            %(conclusion)s, %(charges)s, %(law)s, %(reached)s, %(generated)s, %(officer)s, %(now)s,
            %(now)s)""",
        {column: getattr(entry, column) for column in _COLUMNS},
        id=new.id,
        number=new.number,
        organ=tx.actor.organ_id,
        source_system=entry.source_system,
        source_id=entry.source_id or str(new.id),
        facts=facts_as_json(entry.facts),
        conclusion=screened.conclusion,
        charges=screened.charges,
        law=screened.law_version,
        reached=tx.now if screened.conclusion == "must_transfer" else None,
        generated=new.origin.generated,
        officer=tx.actor.officer_id,
        now=tx.now,
    )
    await tx.execute(
        """INSERT INTO case_details (case_id, summary, place, penalty_text, published_source)
          VALUES (%(id)s, %(summary)s, %(place)s, %(penalty_text)s, %(published)s)""",
        {column: getattr(entry, column) for column in _DETAILS},
        id=new.id,
        published=new.origin.published_source,
    )


def _merged(row: Row, given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The editable fields before and after. Raises Invalid where a field that must be there is emptied."""
    before = {name: row[name] for name in (*_COLUMNS, "facts", *_DETAILS)}
    for name in ("cause", "penalties", *_DETAILS):
        if name in given and given[name] is None:
            raise invalid(name, "required", "该字段不能清空，请填写或不提交该字段。")
    return before, {**before, **given}


def _check_order(after: Mapping[str, Any]) -> None:
    if after["filed_on"] and after["decided_on"] and after["decided_on"] < after["filed_on"]:
        raise invalid(
            "decided_on", "decided_before_filed", "处罚决定日期不能早于立案日期，请核对这两个日期。"
        )


async def _update(tx: Acting, row: Row, after: Mapping[str, Any], screened: Screened) -> None:
    reached = row["reached_at"] or tx.now if screened.conclusion == "must_transfer" else None
    await tx.execute(
        """UPDATE cases SET organ_number = %(organ_number)s, case_source = %(case_source)s, cause = %(cause)s,
            filed_on = %(filed_on)s, act_end_date = %(act_end_date)s, decision_number = %(decision_number)s,
            decided_on = %(decided_on)s, penalties = %(penalties)s, fine_amount = %(fine_amount)s,
            confiscated_amount = %(confiscated_amount)s, amount_involved = %(amount_involved)s,
            facts = %(facts)s, conclusion = %(conclusion)s, charges = %(charges)s, law_version = %(law)s,
            reached_at = %(reached)s,
            not_transferred_reason =
              CASE WHEN %(reached)s::timestamptz IS NOT NULL THEN not_transferred_reason END,
            revision = revision + 1, updated_at = %(now)s
          WHERE id = %(id)s""",
        after,
        id=row["id"],
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


async def _screened_again(tx: Acting, row: Row, screened: Screened) -> None:
    await store_finding(tx, row["id"], screened, "facts_changed")
    await record(
        tx,
        "case.screened",
        ("case", row["id"]),
        case_id=row["id"],
        changes=differences(
            {name: row[name] for name in ("conclusion", "charges", "law_version")},
            {
                "conclusion": screened.conclusion,
                "charges": screened.charges,
                "law_version": screened.law_version,
            },
        ),
    )
    await follow_change(tx, row["id"], row["number"], row["conclusion"], screened.conclusion)
