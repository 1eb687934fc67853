"""A transfer as the procedure sees it: where it stands, and who the acting officer is to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from app.database.transaction import Acting, Row
from app.errors import AppError, Conflict, NotAllowed, NotFound, not_found
from app.law.procedure import Actor, Refusal, Situation, allowed, why_refused
from app.law.procedure_table import Action, transfer_procedure

# Refusals that lie in who asks; the others lie in how the transfer stands.
_PERSONAL = frozenset({"party_may_not", "role_may_not", "not_in_task_group", "four_eyes"})


@dataclass(frozen=True)
class Standing:
    """A transfer's row, its parties (party → organ id, None where there is none yet), and its situation."""

    row: Row
    parties: Mapping[str, int | None]
    situation: Situation
    actor: Actor

    @property
    def id(self) -> UUID:
        """The transfer's id."""
        found: UUID = self.row["id"]
        return found

    @property
    def available(self) -> list[Action]:
        """What the acting officer may do now."""
        return allowed(transfer_procedure(), self.situation, self.actor)

    def refused(self, action: str) -> Refusal | None:
        """Why the acting officer may not do this now; None when it may be done."""
        return why_refused(transfer_procedure(), action, self.situation, self.actor)


async def standing(tx: Acting, transfer_id: UUID) -> Standing:
    """The transfer as it stands. Raises NotFound where the actor may not see it."""
    row = await tx.row("SELECT * FROM transfers WHERE id = %(id)s", id=transfer_id)
    if row is None:
        raise not_found("移送")
    return await _stand(tx, row)


async def locked(tx: Acting, transfer_id: UUID) -> Standing:
    """The transfer as it stands, kept from others until the transaction ends.

    Who may see but not change it gets it unlocked: the procedure refuses whatever such an actor tries.
    """
    row = await tx.row("SELECT * FROM transfers WHERE id = %(id)s FOR UPDATE", id=transfer_id)
    return await standing(tx, transfer_id) if row is None else await _stand(tx, row)


def refusal_error(refusal: Refusal) -> AppError:
    """The refusal as it travels: 404 unknown action, 403 not this officer, 409 not now."""
    if refusal.code == "action_unknown":
        return NotFound(refusal.code, refusal.detail)
    kind = NotAllowed if refusal.code in _PERSONAL else Conflict
    return kind(refusal.code, refusal.detail)


async def _stand(tx: Acting, row: Row) -> Standing:
    clocks = await tx.rows(
        """SELECT clock, coalesce(due_at < %(now)s, false) AS expired FROM clocks
            WHERE transfer_id = %(id)s AND stopped_at IS NULL""",
        id=row["id"],
        now=tx.now,
    )
    done = await tx.rows(
        "SELECT DISTINCT action FROM transfer_steps WHERE transfer_id = %(id)s", id=row["id"]
    )
    parties = await _parties(tx, row)
    situation = Situation(
        state=row["state"],
        proposal=row["proposal"],
        running=frozenset(clock["clock"] for clock in clocks),
        expired=frozenset(clock["clock"] for clock in clocks if clock["expired"]),
        done=frozenset(step["action"] for step in done),
        matters=frozenset(row["matters"]),
    )
    return Standing(row, parties, situation, _actor(tx, row, parties))


async def _parties(tx: Acting, row: Row) -> dict[str, int | None]:
    return {
        "sender": row["organ_id"],
        "police": row["police_organ_id"],
        "procuratorate": row["procuratorate_organ_id"],
        "superior_procuratorate": await tx.value(
            "SELECT parent_id FROM organs WHERE id = %(id)s", id=row["procuratorate_organ_id"]
        ),
        "court": row["court_organ_id"],
    }


def _actor(tx: Acting, row: Row, parties: Mapping[str, int | None]) -> Actor:
    mine = tx.actor
    return Actor(
        party=next((party for party, organ in parties.items() if organ == mine.organ_id), None),
        roles=frozenset(mine.roles) if mine.kind != "administrator" else frozenset(),
        in_task_group=mine.officer_id in row["task_group"],
        proposer=mine.officer_id == row["proposed_by"],
    )
