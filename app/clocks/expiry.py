"""What happens to clocks by themselves: reminders, the telling of their end, and years published late.

Each batch is one transaction that takes its clocks with SKIP LOCKED and marks them, so any number of
processes may run the jobs side by side, a killed one leaves nothing half-done, and nobody is told twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, LiteralString

from app.audit.events import record
from app.clocks.counting import COUNTED, calendar, move
from app.clocks.one import subject_of
from app.database.transaction import Database, Dated, Row
from app.law.clocks import clock as clock_of
from app.law.clocks import platform, told_of_expiry
from app.law.legal_days import SHANGHAI
from app.notices.service import Addressee, notify

BATCH = 200

# A clock with whom its running out concerns: the holder, the holder's superior, the procuratorate of the same
# level and region as the organ whose matter it is, with its superior, and of a clue the sender with its own.
_CLOCKS: LiteralString = (
    "SELECT "
    + COUNTED
    + """, k.case_id, k.transfer_id, k.clue_id, k.supervision_id, k.referral_id, c.number AS case_number,
        h.parent_id AS superior_id, p.id AS procuratorate_id, p.parent_id AS procuratorate_superior_id,
        l.duty, l.from_organ_id AS sender_id, l.from_officer_id AS sender_officer_id,
        s.parent_id AS sender_superior_id,
        (SELECT coalesce(array_agg(n.officer_id), '{}') FROM clue_officers n
          JOIN officers f ON f.id = n.officer_id AND f.organ_id = k.holder_organ_id
          WHERE n.clue_id = k.clue_id) AS named
      FROM clocks k JOIN organs h ON h.id = k.holder_organ_id JOIN organs o ON o.id = k.organ_id
        LEFT JOIN cases c ON c.id = k.case_id
        LEFT JOIN clues l ON l.id = k.clue_id LEFT JOIN organs s ON s.id = l.from_organ_id
        LEFT JOIN LATERAL (SELECT b.id, b.parent_id FROM organs b WHERE b.kind = 'procuratorate'
          AND b.level = o.level AND b.region = o.region AND b.active ORDER BY b.id LIMIT 1) AS p ON true
        LEFT JOIN LATERAL (SELECT make_interval(hours => coalesce((SELECT g.n FROM clock_settings g
          WHERE g.organ_id = k.holder_organ_id AND g.clock = 'reminder' ORDER BY g.serial DESC LIMIT 1),
          %(hours)s)) AS lead) AS w ON true
      WHERE k.stopped_at IS NULL AND """
)
_EXPIRED: LiteralString = "k.expiry_noticed_at IS NULL AND k.due_at < %(now)s"
# Within the holder's lead before its end; of a clock that is not longer than that, in its last part. The
# longest lead of all organs bounds what is looked at.
_ENDING: LiteralString = """k.expiry_noticed_at IS NULL AND k.warned_at IS NULL AND k.due_at >= %(now)s
    AND k.due_at < %(now)s + make_interval(hours => (
      SELECT greatest(max(g.n), %(hours)s) FROM clock_settings g WHERE g.clock = 'reminder'))
    AND k.due_at < %(now)s + CASE WHEN k.due_at - k.started_at <= w.lead
      THEN (k.due_at - k.started_at) / %(part)s ELSE w.lead END"""
_PUBLISHED: LiteralString = """k.provisional AND k.due_at IS NOT NULL
    AND extract(year FROM k.due_at AT TIME ZONE 'Asia/Shanghai')::int = ANY (%(years)s)"""
_TAKE: LiteralString = " ORDER BY k.due_at LIMIT %(most)s FOR UPDATE OF k SKIP LOCKED"


async def tell_expired(db: Database, now: datetime, most: int = BATCH) -> int:
    """One batch of clocks that ran out: tell those concerned. How many there were."""
    query: LiteralString = _CLOCKS + _EXPIRED + _TAKE
    async with db.platform() as tx:
        tx.now = now
        clocks = await tx.rows(query, now=now, most=most, hours=platform().warning.hours)
        for clock in clocks:
            await _notify(tx, clock, "clock.expired", "期限已届满", _concerned(clock))
            await _record(tx, clock, "clock.expired")
        await tx.execute(
            "UPDATE clocks SET expiry_noticed_at = %(now)s WHERE id = ANY (%(ids)s)",
            now=now,
            ids=[clock["id"] for clock in clocks],
        )
    return len(clocks)


async def warn_ending(db: Database, now: datetime, most: int = BATCH) -> int:
    """One batch of clocks that run out soon: remind who has to act. How many there were."""
    query: LiteralString = _CLOCKS + _ENDING + _TAKE
    rule = platform().warning
    async with db.platform() as tx:
        tx.now = now
        clocks = await tx.rows(query, now=now, most=most, hours=rule.hours, part=rule.last_part_of_shorter)
        for clock in clocks:
            words = f"期限将于{_shown(clock['due_at'])}届满"
            await _notify(tx, clock, "clock.ending", words, _holders(clock))
        await tx.execute(
            "UPDATE clocks SET warned_at = %(now)s WHERE id = ANY (%(ids)s)",
            now=now,
            ids=[clock["id"] for clock in clocks],
        )
    return len(clocks)


async def settle_provisional(db: Database, most: int = BATCH) -> int:
    """One batch of clocks whose end was provisional and whose year has been published since: count anew."""
    query: LiteralString = _CLOCKS + _PUBLISHED + _TAKE
    async with db.platform() as tx:
        years = sorted((await calendar(tx)).published)
        clocks = await tx.rows(query, most=most, years=years, hours=platform().warning.hours)
        for clock in clocks:
            await _settle(tx, clock)
    return len(clocks)


async def _settle(tx: Dated, clock: Row) -> None:
    before = clock["due_at"]
    year = before.astimezone(SHANGHAI).year
    found = await move(tx, clock, "calendar", reason=f"{year}年节假日安排已公布")
    assert found.at is not None  # noqa: S101 - it had an end, and has one still
    moved = f"由{_shown(before)}改为{_shown(found.at)}" if found.at != before else f"仍为{_shown(before)}"
    words = f"期限按{year}年节假日安排重算，到期时间{moved}"
    await _notify(tx, clock, "clock.recounted", words, _holders(clock))
    await _record(tx, clock, "clock.recounted", {"due_at": (before, found.at)})


def _shown(moment: datetime) -> str:
    return f"{moment.astimezone(SHANGHAI):%m月%d日%H:%M}"


def _holders(clock: Row) -> list[Addressee]:
    holder = clock["holder_organ_id"]
    if clock["duty"]:
        return [Addressee(holder, officer_id=officer) for officer in clock["named"]]
    law = clock_of(clock["clock"])
    return [Addressee(holder, roles=law.reminds or platform().warning.roles)]


def _concerned(clock: Row) -> list[Addressee]:
    """Of a duty-crime clue the named officers and the sender alone; else as the law's data say."""
    if clock["clue_id"]:
        sender = Addressee(clock["sender_id"], officer_id=clock["sender_officer_id"])
        if clock["duty"]:
            return [*_holders(clock), sender]
        return [
            Addressee(clock["holder_organ_id"], roles=["head"]),
            sender,
            *_organ(clock["sender_superior_id"], ["head"]),
        ]
    told: dict[int, Addressee] = {}
    for party in told_of_expiry(clock_of(clock["clock"])):
        organ = clock[f"{party}_organ_id" if party == "holder" else f"{party}_id"]
        roles = ["handler", "head"] if party == "procuratorate" else ["head"]
        for addressee in _organ(organ, roles):
            told.setdefault(addressee.organ_id, addressee)
    return list(told.values())


def _organ(organ_id: int | None, roles: Sequence[str]) -> list[Addressee]:
    return [] if organ_id is None else [Addressee(organ_id, roles=roles)]


async def _notify(tx: Dated, clock: Row, kind: str, words: str, to: Iterable[Addressee]) -> None:
    number = f"{clock['case_number']}：" if clock["case_number"] else ""
    title = f"{number}“{clock_of(clock['clock']).name}”{words}"
    for addressee in to:
        await notify(tx, addressee, kind, title, subject_of(clock))


async def _record(
    tx: Dated, clock: Row, action: str, changes: Mapping[str, tuple[Any, Any]] | None = None
) -> None:
    """On the audit trail: nobody's act, seen with the case, transfer or clue."""
    await record(
        tx,
        action,
        ("clock", clock["id"]),
        case_id=clock["case_id"],
        transfer_id=clock["transfer_id"],
        clue_id=clock["clue_id"],
        restricted=bool(clock["duty"]),
        changes=changes,
    )
