"""One clock as an officer reads it."""

from __future__ import annotations

from uuid import UUID

from app.clocks.models import ClockRead, ExtensionOpen, VariantOpen, clock_change, in_full
from app.clocks.officer_acts import available
from app.clocks.one import ClockAt, at_clock
from app.database.transaction import Acting
from app.law.clocks import cite


async def read(tx: Acting, clock_id: UUID) -> ClockRead:
    """The clock with its history and what the actor may do. Raises NotFound."""
    at = await at_clock(tx, clock_id)
    law = at.law
    return ClockRead(
        **in_full(at.row, tx.now),
        uncertain=law.uncertain,
        note=law.note,
        stops=list(law.stops),
        grounds=list(law.pauses),
        open_grounds=at.open_grounds,
        extension=_extension(at),
        variants=_variants(at),
        changes=[clock_change(row) for row in at.history],
        available_actions=available(tx, at),
    )


def _extension(at: ClockAt) -> ExtensionOpen | None:
    one = at.extension
    if one is None:
        return None
    return ExtensionOpen(by=one.by, n=one.n, unit=one.unit or at.unit, party_notice=one.party_notice)


def _variants(at: ClockAt) -> list[VariantOpen]:
    return [
        VariantOpen(
            id=one.id,
            when=one.when,
            n=one.length.n if one.length else None,
            unit=one.length.unit if one.length else at.unit,
            basis=[cite(basis) for basis in one.basis],
        )
        for one in at.law.variants
        if one.who
    ]
