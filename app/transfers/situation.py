"""What goes by a procedure as it sees it: where it stands, and who the acting officer is to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from app.database.transaction import Acting, Row
from app.errors import AppError, Conflict, NotAllowed, NotFound, not_found
from app.law.procedure import Actor, Refusal, Situation, allowed, why_refused
from app.law.procedure_table import Action, Procedure, transfer_procedure

Followed = Literal["transfer", "referral"]
# Refusals that lie in who asks; the others lie in how the transfer stands.
_PERSONAL = frozenset({"party_may_not", "role_may_not", "not_in_task_group", "four_eyes"})


@dataclass(frozen=True)
class Standing:
    """The row, the table by which it goes, its parties, its situation, and the actor.

    `parties`: party → organ id, None where there is none yet.
    """

    row: Row
    table: Procedure
    parties: Mapping[str, int | None]
    situation: Situation
    actor: Actor

    @property
    def id(self) -> UUID:
        """Its id."""
        found: UUID = self.row["id"]
        return found

    @property
    def available(self) -> list[Action]:
        """What the acting officer may do now."""
        return allowed(self.table, self.situation, self.actor)

    def refused(self, action: str) -> Refusal | None:
        """Why the acting officer may not do this now; None when it may be done."""
        return why_refused(self.table, action, self.situation, self.actor)


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


async def situation_of(tx: Acting, kind: Followed, row: Row) -> Situation:
    """Where a transfer or referral stands: its row, its running clocks and what was done."""
    clocks = await tx.rows(
        f"""SELECT clock, coalesce(due_at < %(now)s, false) AS expired FROM clocks
            WHERE {kind}_id = %(id)s AND stopped_at IS NULL""",
        id=row["id"],
        now=tx.now,
    )
    done = await tx.rows(f"SELECT DISTINCT action FROM {kind}_steps WHERE {kind}_id = %(id)s", id=row["id"])
    return Situation(
        state=row["state"],
        proposal=row["proposal"],
        running=frozenset(clock["clock"] for clock in clocks),
        expired=frozenset(clock["clock"] for clock in clocks if clock["expired"]),
        done=frozenset(step["action"] for step in done),
        matters=frozenset(row["matters"]),
    )


def actor_of(tx: Acting, parties: Mapping[str, int | None], in_task_group: bool, proposer: bool) -> Actor:
    """The acting officer as the procedure sees it; an administrator has no role in any."""
    mine = tx.actor
    return Actor(
        party=next((party for party, organ in parties.items() if organ == mine.organ_id), None),
        roles=frozenset(mine.roles) if mine.kind != "administrator" else frozenset(),
        in_task_group=in_task_group,
        proposer=proposer,
    )


async def superior_of(tx: Acting, organ_id: int | None) -> int | None:
    """The organ above this one."""
    found: int | None = await tx.value("SELECT parent_id FROM organs WHERE id = %(id)s", id=organ_id)
    return found


async def _stand(tx: Acting, row: Row) -> Standing:
    parties = {
        "sender": row["organ_id"],
        "police": row["police_organ_id"],
        "procuratorate": row["procuratorate_organ_id"],
        "superior_procuratorate": await superior_of(tx, row["procuratorate_organ_id"]),
        "court": row["court_organ_id"],
    }
    mine = tx.actor.officer_id
    actor = actor_of(
        tx, parties, in_task_group=mine in row["task_group"], proposer=mine == row["proposed_by"]
    )
    return Standing(row, transfer_procedure(), parties, await situation_of(tx, "transfer", row), actor)
