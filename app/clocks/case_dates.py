"""Clocks of a case that no procedure starts: by the case's own dates, or by an officer with the event's date.

Which they are stands in `app/law/clocks.yaml` (`on_case`). One whose end the case cannot show (delivery,
copy) starts by itself only while it has not run out: of an older case the platform does not know whether it
was met.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, LiteralString
from uuid import UUID

from app.audit.events import record
from app.clocks.counting import COUNTED, last_calendar, move, note
from app.clocks.models import StartClock
from app.clocks.service import Subject, start, stop
from app.database.transaction import Acting, Dated
from app.errors import Conflict, NotAllowed, invalid, not_found
from app.law.clocks import Clock, OnCase, UnknownClockError, clocks, platform
from app.law.clocks import clock as clock_of
from app.law.due_times import due
from app.law.legal_days import SHANGHAI


@dataclass(frozen=True)
class DatesOfCase:
    """The dates of a case, and whether it was penalised although it should be transferred."""

    filed_on: date | None
    decided_on: date | None
    penalised_untransferred: bool


_SENT = "移送"
NO_DATES = DatesOfCase(None, None, False)


def dates_of(fields: Mapping[str, Any], conclusion: str) -> DatesOfCase:
    """Of the fields of a case (as it is stored) and its conclusion."""
    punished = bool(fields["penalties"] or fields["fine_amount"] or fields["confiscated_amount"])
    due = conclusion == "must_transfer" and punished
    return DatesOfCase(fields["filed_on"], fields["decided_on"], due)


async def follow_dates(
    tx: Dated, organ_id: int, case_id: UUID, now: DatesOfCase, before: DatesOfCase = NO_DATES
) -> None:
    """Start and stop the clocks that the dates of a case start and stop, by what is new in them."""
    subject = Subject(organ_id, case_id=case_id)
    for law in clocks().values():
        if law.on_case is None:
            continue
        begun, ended = _day(law.on_case.start, now), _day(law.on_case.until, now)
        if ended and not _day(law.on_case.until, before) and before is not NO_DATES:
            await stop(tx, [law.id], subject, law.stops[0], _midnight(ended))
        elif begun and not ended and _begins(law.on_case, now, before):
            at = _midnight(begun)
            end = due(law, at, last_calendar()).at
            if law.on_case.until or (end is not None and end >= tx.now):
                await start(tx, law.id, subject, organ_id, at)
        elif begun and _day(law.on_case.start, before) not in (None, begun):
            await _correct_start(tx, law, case_id, _midnight(begun))


async def transferred(tx: Dated, of_case: Subject, when: datetime) -> None:
    """The case was sent to the police: what of its clocks that ends is stopped."""
    ended = [law.id for law in clocks().values() if law.on_case is not None and _SENT in law.stops]
    await stop(tx, ended, of_case, _SENT, when)


async def _correct_start(tx: Dated, law: Clock, case_id: UUID, at: datetime) -> None:
    """The date from which a running clock counts was corrected."""
    running: LiteralString = (
        "SELECT " + COUNTED + " FROM clocks k WHERE k.case_id = %(case)s AND k.clock = %(clock)s"
        " AND k.stopped_at IS NULL FOR UPDATE"
    )
    rows = await tx.rows(running, case=case_id, clock=law.id)
    for row in rows:
        await tx.execute("UPDATE clocks SET started_at = %(at)s WHERE id = %(id)s", at=at, id=row["id"])
        await move(tx, {**row, "started_at": at}, "started", since=at, reason="案件日期更正")


def _begins(on_case: OnCase, now: DatesOfCase, before: DatesOfCase) -> bool:
    """Whether what starts the clock is new: the date, or that the case should have been transferred."""
    if on_case.only == "penalised_untransferred":
        return now.penalised_untransferred and not before.penalised_untransferred
    return _day(on_case.start, before) is None


def _day(name: str | None, dates: DatesOfCase) -> date | None:
    return getattr(dates, name) if name else None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI)


async def start_by_hand(tx: Acting, case_id: UUID, body: StartClock) -> UUID:
    """An officer records the event from which a clock of the own case counts.

    Raises NotFound, NotAllowed, Conflict, Invalid.
    """
    case = await tx.row("SELECT id, organ_id FROM cases WHERE id = %(id)s", id=case_id)
    if case is None:
        raise not_found("案件")
    law = _law(body.clock)
    roles = platform().by_hand["holder"]
    if case["organ_id"] != tx.actor.organ_id or tx.actor.kind != "enforcement" or not tx.actor.is_a(*roles):
        raise NotAllowed("party_may_not", "期限的起算由本案承办机关的承办人或者负责人登记，请转告。")
    _check_moment(tx, body.at)
    running = await tx.value(
        "SELECT id FROM clocks WHERE case_id = %(case)s AND clock = %(clock)s AND stopped_at IS NULL",
        case=case_id,
        clock=law.id,
    )
    if running:
        said = f"“{law.name}”已在计算，办结后才能再次起算。"
        raise Conflict("clock_running", said, extra={"clock_id": str(running)})
    subject = Subject(case["organ_id"], case_id=case_id)
    clock_id = await start(tx, law.id, subject, case["organ_id"], body.at)
    query = "SELECT " + COUNTED + " FROM clocks k WHERE k.id = %(id)s"
    row = await tx.row(query, id=clock_id)
    assert row is not None  # noqa: S101 - it was just written
    await note(tx, row, "started", row["due_at"], since=body.at, document=body.document)
    changed = {"clock": (None, law.id), "started_at": (None, body.at), "due_at": (None, row["due_at"])}
    await record(tx, "clock.started", ("clock", clock_id), case_id=case_id, changes=changed)
    return clock_id


def startable() -> list[Clock]:
    """The clocks that an officer may start on a case."""
    return [law for law in clocks().values() if law.on_case is not None]


def _law(name: str) -> Clock:
    try:
        law = clock_of(name)
    except UnknownClockError as error:
        raise invalid("clock", "clock_unknown", error.detail) from error
    if law.on_case is None:
        known = "、".join(f"{one.id}（{one.name}）" for one in startable())
        raise invalid("clock", "clock_not_of_case", f"“{law.name}”随办理动作起算；可以登记的：{known}。")
    return law


def _check_moment(tx: Acting, at: datetime) -> None:
    if at.tzinfo is None:
        raise invalid("at", "zone_missing", "时间须带时区，例如 2026-03-03T16:20:00+08:00。")
    if at > tx.now:
        raise invalid("at", "in_the_future", "起算的事件不能晚于现在，请在事件发生后登记。")
