"""Entering and editing cases. Every case is screened when it enters and when its facts change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from psycopg import errors

from app.audit.events import differences, record
from app.cases.again import screen_again, screen_stored
from app.cases.models import CaseEdit, CaseEntry, CaseWarning
from app.cases.own import own_case
from app.cases.parties import StoredParty, identifiers, replace_parties, sealed_party
from app.cases.penalties import check_new_penalties
from app.cases.storing import COLUMNS, DETAILS, NewCase, Origin, insert, update
from app.cases.warnings import already_entered, duplicates, recommended
from app.clocks.case_dates import dates_of, follow_dates
from app.database.sealed import Seal
from app.database.transaction import Acting, Actor, Row, new_id
from app.errors import Conflict, NotAllowed, invalid
from app.identifiers import CaseNumber
from app.identifiers.folding import fold
from app.law.given_facts import parse_facts
from app.law.legal_days import SHANGHAI
from app.screening.fields import facts_as_json
from app.screening.records import Asked, Case, look_up, screen_alone, screen_with_records
from app.screening.service import Screened, check_days, threshold_left
from app.screening.stored import differs, kept

__all__ = [
    "Entered",
    "Origin",
    "Ready",
    "edit",
    "enter",
    "enter_all",
    "may_enter",
    "ready",
    "record_not_transferred",
]

ENTERED_BY = ("handler", "head", "feed")
EDITED_BY = ("handler", "head")
SCREENED = {"cause", "facts", "act_end_date", "decided_on", "parties"}


@dataclass(frozen=True)
class Entered:
    """The case (new, or the one that was there) and what to look at; as JSON where it entered alone."""

    case_id: UUID
    is_new: bool
    warnings: Sequence[CaseWarning]
    text: str | None = None


async def enter(tx: Acting, seal: Seal, entry: CaseEntry, origin: Origin | None = None) -> Entered:
    """Enter a case of the acting organ; the same (source_system, source_id) again gives the one there is.

    Raises NotAllowed, Invalid.
    """
    [entered] = await enter_all(tx, seal, [ready(tx, entry)], origin)
    return replace(entered, warnings=[*entered.warnings, *recommended(entry)])


@dataclass(frozen=True)
class Ready:
    """An entry that can be screened and stored."""

    entry: CaseEntry
    case: Case


def ready(tx: Acting, entry: CaseEntry) -> Ready:
    """Make an entry ready. Raises NotAllowed, Invalid."""
    may_enter(tx.actor)
    today = tx.now.astimezone(SHANGHAI).date()
    check_days(entry.facts, entry.act_end_date, today)
    kinds = {party.kind for party in entry.parties}
    return Ready(entry, Case(entry.cause, entry.facts, kinds, entry.act_end_date, entry.decided_on, today))


async def enter_all(
    tx: Acting, seal: Seal, entries: Sequence[Ready], origin: Origin | None = None
) -> list[Entered]:
    """Enter cases in a handful of round trips, whatever their number. `warnings` tells likely duplicates."""
    named = any(one.entry.source_id is not None for one in entries)
    try:
        async with tx.connection.transaction() if named else nullcontext():
            return await _enter_all(tx, seal, entries, origin or Origin())
    except errors.UniqueViolation:
        # Somebody entered one of them a moment ago: now it is seen.
        return await _enter_all(tx, seal, entries, origin or Origin())


async def _enter_all(tx: Acting, seal: Seal, entries: Sequence[Ready], origin: Origin) -> list[Entered]:
    year, region = tx.now.astimezone(SHANGHAI).year, f"{tx.actor.region:06d}"
    places, new = list[UUID](), dict[UUID, NewCase]()
    there = await _there_already(tx, entries)
    sealed = [[sealed_party(party, seal) for party in one.entry.parties] for one in entries]
    screened = await _with_records(tx, entries, sealed)
    for one, parties, said, row in zip(entries, sealed, screened, there, strict=True):
        case_id, source = new_id(), _source(one.entry)
        known = row["existing"] or next((made.id for made in new.values() if made.source == source), None)
        places.append(known or case_id)
        if known is None:
            number = str(CaseNumber(region, year, row["serial"]))
            source = (source[0], source[1] or str(case_id))
            new[case_id] = NewCase(case_id, number, source, one.entry, parties, said, origin)
    stored = await _insert(tx, list(new.values()))
    await _screen_each_other(tx, list(new.values()))
    taken = set[UUID]()
    entered = []
    for case_id in places:
        is_new = case_id in new and case_id not in taken
        taken.add(case_id)
        if is_new:
            row = stored[case_id]
            entered.append(Entered(case_id, True, duplicates(row["found"]), row["text"]))
        else:
            entered.append(Entered(case_id, False, [already_entered(case_id)]))
    return entered


async def _with_records(
    tx: Acting, entries: Sequence[Ready], sealed: Sequence[Sequence[StoredParty]]
) -> list[Screened]:
    """The entries with what the records of their parties add; none is looked up without a charge in view."""
    in_view = [place for place, one in enumerate(entries) if one.case.charges]
    found = await look_up(tx, [Asked(identifiers(sealed[place])) for place in in_view]) if in_view else []
    records = dict(zip(in_view, found, strict=True))
    return [
        screen_with_records(one.case, records[place]) if place in records else screen_alone(one.case)
        for place, one in enumerate(entries)
    ]


async def _screen_each_other(tx: Acting, new: Sequence[NewCase]) -> None:
    """Cases of one party that came in together did not see each other when they were screened."""
    seen = Counter(sign for one in new for sign in _signs(one))
    for one in new:
        if any(seen[sign] > 1 for sign in _signs(one)):
            await screen_again(tx, await own_case(tx, one.id, _may_not_enter(), ENTERED_BY))


def _signs(new: NewCase) -> set[str | bytes]:
    known = identifiers(new.parties)
    return {sign for uscc, index, name in known for sign in (uscc, index, fold(name)) if sign}


async def _there_already(tx: Acting, entries: Sequence[Ready]) -> list[Row]:
    """For each entry the case that is there already, else the next serial."""
    sources = [_source(one.entry) for one in entries]
    return await tx.rows(
        "SELECT existing, serial FROM places_of(%(systems)s, %(ids)s)",
        systems=[system for system, _ in sources],
        ids=[source_id for _, source_id in sources],
    )


def _source(entry: CaseEntry) -> tuple[str, str | None]:
    return entry.source_system or "api", entry.source_id


async def _insert(tx: Acting, new: Sequence[NewCase]) -> dict[UUID, Row]:
    """Store the cases in one round trip; by case what is like it on the platform, and one alone as JSON."""
    async with tx.connection.pipeline():
        await insert(tx, new)
        rows = await tx.rows(
            """SELECT id, found, CASE WHEN %(alone)s THEN case_json(id)::text END AS text
                FROM alike(%(ids)s)""",
            ids=[one.id for one in new],
            alone=len(new) == 1,
        )
    return {row["id"]: row for row in rows}


async def edit(tx: Acting, seal: Seal, case_id: UUID, revision: int, change: CaseEdit) -> None:
    """Change a case of the acting organ and screen it again.

    Raises NotFound, NotAllowed, StaleEdit (somebody was faster), Invalid, Conflict `penalty_must_wait`.
    """
    refusal = NotAllowed("may_not_edit", "只有本案承办机关的承办人或者负责人可以修改案件。")
    row = await own_case(tx, case_id, refusal, EDITED_BY, revision)
    given = change.model_dump(exclude_unset=True, exclude={"parties", "facts"})
    before, after = _merged(row, given)
    facts = change.facts if change.facts is not None else parse_facts(row["facts"])
    after["facts"] = facts_as_json(facts)
    _check_order(after)
    await check_new_penalties(tx, case_id, before, after)
    if change.parties is not None:
        old, new = await replace_parties(tx, case_id, change.parties, seal)
        if len(old) != len(new) or not all(one.same_as(two) for one, two in zip(old, new, strict=True)):
            before["parties"], after["parties"] = ([p.shown() for p in some] for some in (old, new))
    screened = await screen_stored(tx, case_id, after, facts)
    changes = differences(before, after)
    await update(tx, row, after, screened)
    dates = dates_of(after, screened.conclusion)
    await follow_dates(tx, row["organ_id"], case_id, dates, dates_of(row, row["conclusion"]))
    await record(tx, "case.edited", ("case", case_id), case_id=case_id, changes=changes)
    if changes.keys() & SCREENED or differs(row, screened):
        await kept(tx, row, screened, "facts_changed")


async def record_not_transferred(tx: Acting, case_id: UUID, revision: int, reason: str) -> None:
    """The head records why a case with a reached threshold is not transferred; ends the clock for the report.

    Raises NotFound, NotAllowed, StaleEdit, Conflict.
    """
    refusal = NotAllowed("head_only", "不移送的理由由本案承办机关负责人记录。")
    row = await own_case(tx, case_id, refusal, ("head",), revision)
    if row["conclusion"] != "must_transfer" and row["suspected_at"] is None:
        raise Conflict(
            "threshold_not_reached",
            "本案筛查结论不是达到立案追诉标准，也未认定合理嫌疑，无需记录不移送理由。",
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
    await threshold_left(tx, tx.actor.organ_id, case_id, "not_transferred")
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
        raise _may_not_enter()


def _may_not_enter() -> NotAllowed:
    return NotAllowed("may_not_enter", "只有行政执法机关的承办人、负责人或者数据报送账号可以录入案件。")


def _merged(row: Row, given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The editable fields before and after. Raises Invalid where a field that must be there is emptied."""
    before = {name: row[name] for name in (*COLUMNS, "facts", *DETAILS)}
    for name in ("cause", "penalties", *DETAILS):
        if name in given and given[name] is None:
            raise invalid(name, "required", "该字段不能清空，请填写或不提交该字段。")
    return before, {**before, **given}


def _check_order(after: Mapping[str, Any]) -> None:
    if after["filed_on"] and after["decided_on"] and after["decided_on"] < after["filed_on"]:
        raise invalid(
            "decided_on", "decided_before_filed", "处罚决定日期不能早于立案日期，请核对这两个日期。"
        )
