"""A referral as its procedure sees it: where it stands, and who the acting officer is to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from app.database.transaction import Acting, Row
from app.errors import not_found
from app.law.procedure import Actor, Refusal, Situation, allowed, why_refused
from app.law.procedure_table import Action, Procedure, detention_procedure, reverse_procedure

# Which column holds the organ of which party.
COLUMNS: Mapping[str, str] = {
    "organ": "enforcement_organ_id",
    "police": "police_organ_id",
    "procuratorate": "procuratorate_organ_id",
}


def procedure(kind: str) -> Procedure:
    """The table by which a kind of referral goes."""
    return reverse_procedure() if kind == "reverse" else detention_procedure()


@dataclass(frozen=True)
class Standing:
    """A referral's row, its parties (None where there is none yet), its situation, and the actor."""

    row: Row
    parties: Mapping[str, int | None]
    situation: Situation
    actor: Actor

    @property
    def table(self) -> Procedure:
        """The table by which it goes."""
        return procedure(self.row["kind"])

    @property
    def id(self) -> UUID:
        """The referral's id."""
        found: UUID = self.row["id"]
        return found

    @property
    def available(self) -> list[Action]:
        """What the acting officer may do now."""
        return allowed(self.table, self.situation, self.actor)

    def refused(self, action: str) -> Refusal | None:
        """Why the acting officer may not do this now; None when it may be done."""
        return why_refused(self.table, action, self.situation, self.actor)


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
    clocks = await tx.rows(
        """SELECT clock, coalesce(due_at < %(now)s, false) AS expired FROM clocks
            WHERE referral_id = %(id)s AND stopped_at IS NULL""",
        id=row["id"],
        now=tx.now,
    )
    done = await tx.rows(
        "SELECT DISTINCT action FROM referral_steps WHERE referral_id = %(id)s", id=row["id"]
    )
    parties: dict[str, int | None] = {party: row[column] for party, column in COLUMNS.items()}
    parties["superior_procuratorate"] = await tx.value(
        "SELECT parent_id FROM organs WHERE id = %(id)s", id=row["procuratorate_organ_id"]
    )
    situation = Situation(
        state=row["state"],
        proposal=row["proposal"],
        running=frozenset(clock["clock"] for clock in clocks),
        expired=frozenset(clock["clock"] for clock in clocks if clock["expired"]),
        done=frozenset(step["action"] for step in done),
        matters=frozenset(row["matters"]),
    )
    mine = tx.actor
    actor = Actor(
        party=next((party for party, organ in parties.items() if organ == mine.organ_id), None),
        roles=frozenset(mine.roles) if mine.kind != "administrator" else frozenset(),
        proposer=mine.officer_id in (row["proposed_by"], row["opened_by"]),
    )
    return Standing(row, parties, situation, actor)
