"""Writing audit events, in the transaction that they describe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.audit.actions import ACTIONS
from app.database.transaction import Dated, new_id

Changes = Mapping[str, tuple[Any, Any]]


async def record(
    tx: Dated,
    action: str,
    subject: tuple[str, object],
    *,
    case_id: UUID | None = None,
    transfer_id: UUID | None = None,
    clue_id: UUID | None = None,
    restricted: bool = False,
    internal_to: str | None = None,
    changes: Changes | None = None,
) -> UUID:
    """Add one event: `action` (of actions.ACTIONS) on `subject` (kind, id), with before and after by field.

    `restricted` is for duty-crime clues: the event is then seen by those who see the clue. `internal_to` is
    the kind of organ within which the act stays; the procuratorate sees it all the same. What no officer did
    is the platform's act.
    """
    if action not in ACTIONS:
        raise KeyError(f"audit action {action} is not in app/audit/actions.py")
    event_id = new_id()
    actor = tx.actor
    await tx.execute(
        """
        INSERT INTO audit_events (id, at, officer_id, organ_id, officer_name, organ_name, roles, address,
            action, subject_kind, subject_id, case_id, transfer_id, clue_id, restricted, internal_to)
          VALUES (%(id)s, %(at)s, %(officer)s, %(organ)s, %(officer_name)s, %(organ_name)s, %(roles)s,
            %(address)s, %(action)s, %(kind)s, %(subject)s, %(case_id)s, %(transfer_id)s, %(clue_id)s,
            %(restricted)s, %(internal_to)s)""",
        id=event_id,
        at=tx.now,
        officer=actor.officer_id if actor else None,
        organ=actor.organ_id if actor else None,
        officer_name=actor.officer_name if actor else "系统",
        organ_name=actor.organ_name if actor else "平台",
        roles=list(actor.roles) if actor else [],
        address=tx.address,
        action=action,
        kind=subject[0],
        subject=str(subject[1]),
        case_id=case_id,
        transfer_id=transfer_id,
        clue_id=clue_id,
        restricted=restricted,
        internal_to=internal_to,
    )
    if changes:
        await tx.execute(
            "INSERT INTO audit_changes (event_id, changes) VALUES (%(id)s, %(changes)s)",
            id=event_id,
            changes={field: list(pair) for field, pair in changes.items()},
        )
    return event_id


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """The fields whose value changed, with (before, after)."""
    fields = dict.fromkeys([*before, *after])
    return {
        field: (before.get(field), after.get(field))
        for field in fields
        if before.get(field) != after.get(field)
    }
