"""A referral as its procedure sees it: where it stands, and who the acting officer is to it."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from app.database.transaction import Acting, Row
from app.errors import not_found
from app.law.procedure_table import Procedure, detention_procedure, reverse_procedure
from app.transfers.situation import Standing, actor_of, situation_of, superior_of

# Which column holds the organ of which party.
COLUMNS: Mapping[str, str] = {
    "organ": "enforcement_organ_id",
    "police": "police_organ_id",
    "procuratorate": "procuratorate_organ_id",
}


def procedure(kind: str) -> Procedure:
    """The table by which a kind of referral goes."""
    return reverse_procedure() if kind == "reverse" else detention_procedure()


async def standing(tx: Acting, referral_id: UUID) -> Standing:
    """The referral as it stands. Raises NotFound where the actor may not see it."""
    row = await tx.row("SELECT * FROM referrals WHERE id = %(id)s", id=referral_id)
    if row is None:
        raise not_found("移送")
    return await _stand(tx, row)


async def locked(tx: Acting, referral_id: UUID) -> Standing:
    """The referral as it stands, kept from others until the transaction ends; unlocked to who only looks."""
    row = await tx.row("SELECT * FROM referrals WHERE id = %(id)s FOR UPDATE", id=referral_id)
    return await standing(tx, referral_id) if row is None else await _stand(tx, row)


async def _stand(tx: Acting, row: Row) -> Standing:
    parties: dict[str, int | None] = {party: row[column] for party, column in COLUMNS.items()}
    parties["superior_procuratorate"] = await superior_of(tx, row["procuratorate_organ_id"])
    proposer = tx.actor.officer_id in (row["proposed_by"], row["opened_by"])
    actor = actor_of(tx, parties, in_task_group=False, proposer=proposer)
    return Standing(row, procedure(row["kind"]), parties, await situation_of(tx, "referral", row), actor)
