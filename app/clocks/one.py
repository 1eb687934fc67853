"""One clock: as it stands, what it runs on, its history, and who its parties are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import LiteralString
from uuid import UUID

from app.clocks.counting import changes, moves_of
from app.clocks.models import CLOCK_COLUMNS
from app.database.transaction import Acting, Row
from app.errors import not_found
from app.law.clocks import Clock, Extension
from app.law.clocks import clock as clock_of
from app.law.legal_days import Unit
from app.notices.service import SubjectKind

_ROW: LiteralString = (
    "SELECT "
    + CLOCK_COLUMNS
    + """, k.length_why, k.organ_id, k.supervision_id, c.number AS case_number, c.cause, o.name AS organ,
        t.number AS transfer_number, s.from_organ_id AS requester_id, coalesce(l.duty, false) AS duty,
        coalesce(t.procuratorate_organ_id, p.id) AS procuratorate_id
      FROM clocks k JOIN organs h ON h.id = k.holder_organ_id JOIN organs o ON o.id = k.organ_id
        LEFT JOIN cases c ON c.id = k.case_id LEFT JOIN transfers t ON t.id = k.transfer_id
        LEFT JOIN clues l ON l.id = k.clue_id LEFT JOIN supervision_requests s ON s.id = k.supervision_id
        LEFT JOIN LATERAL (SELECT b.id FROM organs b WHERE b.kind = 'procuratorate' AND b.level = o.level
          AND b.region = o.region AND b.active ORDER BY b.id LIMIT 1) AS p ON true
      WHERE k.id = %(id)s"""
)


@dataclass(frozen=True)
class ClockAt:
    """A clock with its row and history; `extension` is the one that may still be had."""

    row: Row
    law: Clock
    history: Sequence[Row]

    @property
    def unit(self) -> Unit:
        """What the clock is counted in."""
        if self.row["length_unit"]:
            return Unit(self.row["length_unit"])
        return self.law.length.unit if self.law.length else Unit.DAY

    @property
    def extension(self) -> Extension | None:
        """The next extension that the law allows, None when there is none (any more)."""
        had = sum(change["kind"] == "extended" for change in self.history)
        extension = self.law.extend
        while extension and extension.times is not None and had >= extension.times:
            had -= extension.times
            extension = extension.then
        return extension

    @property
    def open_grounds(self) -> list[str]:
        """The grounds on which the clock is halted."""
        return [one.ground for one in moves_of(self.history).open]

    def party(self, name: str) -> int | None:
        """The organ that has to act (holder), or the one whose document names the term (issuer)."""
        if name == "holder":
            found: int = self.row["holder_organ_id"]
            return found
        issuer: int | None = self.row["requester_id"] or self.row["procuratorate_id"]
        return issuer


def subject_of(row: Row) -> tuple[SubjectKind, UUID]:
    """What the clock runs on, for notices."""
    kinds: tuple[SubjectKind, ...] = ("supervision", "transfer", "clue", "referral")
    for kind in kinds:
        if row[f"{kind}_id"]:
            return kind, row[f"{kind}_id"]
    return "case", row["case_id"]


async def at_clock(tx: Acting, clock_id: UUID) -> ClockAt:
    """The clock. Raises NotFound where there is none that the actor sees."""
    row = await tx.row(_ROW, id=clock_id)
    if row is None:
        raise not_found("期限")
    return ClockAt(row, clock_of(row["clock"]), await changes(tx, clock_id))


async def locked_clock(tx: Acting, clock_id: UUID) -> ClockAt:
    """The clock, which nobody else changes until the transaction ends. Raises NotFound."""
    await at_clock(tx, clock_id)
    await tx.row("SELECT 1 FROM clocks WHERE id = %(id)s FOR UPDATE", id=clock_id)
    return await at_clock(tx, clock_id)
