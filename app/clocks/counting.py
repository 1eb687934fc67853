"""How a clock is counted on this platform: the calendar in force, the organ's setting, what moved its end.

The calendar is kept in memory and read again when a year was added or corrected; which it is, and the
organ's setting, is asked once in a transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID
from weakref import WeakKeyDictionary

from app.database.transaction import Dated, Row, Transaction, new_id
from app.law.clocks import Clock, Length
from app.law.clocks import clock as clock_of
from app.law.due_times import Extended, Halt, Reading, due
from app.law.legal_days import (
    Calendar,
    CalendarYear,
    Due,
    Pause,
    Unit,
    calendar_of,
    in_shanghai,
    published_calendar,
    shipped_years,
)

# What the end of a running clock is computed from.
COUNTED: LiteralString = """k.id, k.clock, k.holder_organ_id, k.started_at, k.due_at, k.length_n,
    k.length_unit, k.length_why"""
_NEWEST_YEARS: LiteralString = """SELECT DISTINCT ON (year) year, rest, work, source FROM calendar_years
    ORDER BY year, revision DESC"""


@dataclass(frozen=True)
class _Kept:
    stamp: tuple[int, datetime | None]
    calendar: Calendar


@dataclass
class _Asked:
    """What a transaction has looked up."""

    calendar: Calendar
    settings: dict[tuple[int, str], Reading | None]


_kept = _Kept((0, None), published_calendar())
_asked: WeakKeyDictionary[Transaction, _Asked] = WeakKeyDictionary()


async def calendar(tx: Transaction) -> Calendar:
    """The calendar in force: the years of the platform, and for all others those of the product."""
    return (await _of_transaction(tx)).calendar


def last_calendar() -> Calendar:
    """The calendar that this process read last, for what need not be exact."""
    return _kept.calendar


async def _of_transaction(tx: Transaction) -> _Asked:
    global _kept
    if tx in _asked:
        return _asked[tx]
    row = await tx.row(
        """SELECT y.serial, y.recorded_at FROM calendar_years y ORDER BY y.serial DESC LIMIT 1"""
    )
    stamp = (row["serial"], row["recorded_at"]) if row else (0, None)
    if _kept.stamp != stamp:
        _kept = _Kept(stamp, await _read_calendar(tx))
    _asked[tx] = _Asked(_kept.calendar, {})
    return _asked[tx]


async def _read_calendar(tx: Transaction) -> Calendar:
    own = {row["year"]: year_of(row) for row in await tx.rows(_NEWEST_YEARS)}
    return calendar_of({**shipped_years(), **own}.values())


def year_of(row: Row) -> CalendarYear:
    """A year as the platform keeps it."""
    return CalendarYear(row["year"], frozenset(row["rest"]), frozenset(row["work"]), row["source"], "v")


async def setting(tx: Transaction, organ_id: int, clock: Clock) -> Reading | None:
    """What the organ set for this clock, None where it counts as the law's data say."""
    if clock.settable is None:
        return None
    settings = (await _of_transaction(tx)).settings
    key = (organ_id, clock.id)
    if key not in settings:
        row = await tx.row(
            """SELECT s.n, s.unit, o.name FROM clock_settings s JOIN organs o ON o.id = s.organ_id
                WHERE s.organ_id = %(organ)s AND s.clock = %(clock)s ORDER BY s.serial DESC LIMIT 1""",
            organ=organ_id,
            clock=clock.id,
        )
        chosen = row is not None and row["n"] is not None
        settings[key] = _set_by(row) if row and chosen else None
    return settings[key]


def _set_by(row: Row) -> Reading:
    return Reading(Length(n=row["n"], unit=Unit(row["unit"])), f"{row['name']}设定")


async def first_due(
    tx: Transaction, clock: Clock, holder_organ_id: int, at: datetime, reading: Reading | None
) -> tuple[Due, Reading | None]:
    """When a clock that starts at `at` runs out, and by which reading: given, or the holder's setting."""
    chosen = reading or await setting(tx, holder_organ_id, clock)
    return due(clock, at, await calendar(tx), reading=chosen), chosen


@dataclass(frozen=True)
class Moves:
    """What moved the end of a clock so far."""

    extensions: Sequence[Extended]
    pauses: Sequence[Pause]
    open: Sequence[Halt]


def moves_of(history: Iterable[Mapping[str, Any]]) -> Moves:
    """The extensions and pauses in the history of a clock."""
    extensions: list[Extended] = []
    pauses: list[Pause] = []
    running: dict[str, datetime] = {}
    for row in history:
        if row["kind"] == "extended":
            words = "，".join(filter(None, [row["ground"], row["document"]]))
            extensions.append(Extended(row["n"], words))
        elif row["kind"] == "paused":
            running[row["ground"]] = row["since"]
        elif row["kind"] == "resumed":
            del running[row["ground"]]
            start, end = (in_shanghai(row[name]).date() for name in ("since", "until"))
            pauses.append(Pause(row["ground"], start, end))
    return Moves(extensions, pauses, [Halt(ground, since) for ground, since in running.items()])


async def changes(tx: Transaction, clock_id: UUID) -> list[Row]:
    """The history of a clock, oldest first."""
    return await tx.rows(
        """SELECT id, kind, ground, n, unit, since, until, document, party_notice, reason, due_before,
              due_after, officer_name, organ_name, at
            FROM clock_changes WHERE clock_id = %(id)s ORDER BY id""",
        id=clock_id,
    )


async def move(tx: Dated, row: Row, kind: str, **what: object) -> Due:
    """Add to the history of a running clock (COUNTED) what moves its end, and compute that anew.

    An end that moved is warned of and told anew.
    """
    moves = moves_of([*await changes(tx, row["id"]), {"document": "", **what, "kind": kind}])
    halt = moves.open[0] if moves.open else None
    found = due(
        clock_of(row["clock"]),
        row["started_at"],
        await calendar(tx),
        reading=reading_of(row),
        extensions=moves.extensions,
        pauses=moves.pauses,
        halt=halt,
    )
    await tx.execute(
        """UPDATE clocks SET due_at = %(due)s, provisional = %(provisional)s, reasons = %(reasons)s,
              halted_at = %(halted_at)s, halted_on = %(halted_on)s,
              warned_at = CASE WHEN due_at = %(due)s THEN warned_at END,
              expiry_noticed_at = CASE WHEN due_at = %(due)s THEN expiry_noticed_at END
            WHERE id = %(id)s""",
        id=row["id"],
        due=found.at,
        provisional=found.provisional,
        reasons=list(found.reasons),
        halted_at=halt.since if halt else None,
        halted_on=halt.ground if halt else None,
    )
    await note(tx, row, kind, found.at, **what)
    return found


def reading_of(row: Row) -> Reading | None:
    """By which reading a running clock is counted, None for the law's own length."""
    if row["length_n"] is None:
        return None
    return Reading(Length(n=row["length_n"], unit=Unit(row["length_unit"])), row["length_why"])


async def note(tx: Dated, row: Row, kind: str, due_after: datetime | None, **what: object) -> None:
    """Add to the history of a clock (COUNTED)."""
    actor = tx.actor
    change: dict[str, object] = {"ground": None, "n": None, "unit": None, "since": None, "until": None}
    change |= {"document": "", "party_notice": "", "reason": "", "kind": kind, **what}
    await tx.execute(
        """INSERT INTO clock_changes (id, clock_id, kind, ground, n, unit, since, until, document,
              party_notice, reason, due_before, due_after, officer_id, organ_id, officer_name, organ_name, at)
            VALUES (%(id)s, %(clock)s, %(kind)s, %(ground)s, %(n)s, %(unit)s, %(since)s, %(until)s,
              %(document)s, %(party_notice)s, %(reason)s, %(before)s, %(after)s, %(officer)s, %(organ)s,
              %(officer_name)s, %(organ_name)s, %(now)s)""",
        change,
        id=new_id(),
        clock=row["id"],
        before=row["due_at"],
        after=due_after,
        officer=actor.officer_id if actor else None,
        organ=actor.organ_id if actor else None,
        officer_name=actor.officer_name if actor else "系统",
        organ_name=actor.organ_name if actor else "平台",
        now=tx.now,
    )
