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
        "SELECT record_event(%(event)s, %(changes)s)",
        event={
            "id": event_id,
            "at": tx.now,
            "officer_id": actor.officer_id if actor else None,
            "organ_id": actor.organ_id if actor else None,
            "officer_name": actor.officer_name if actor else "系统",
            "organ_name": actor.organ_name if actor else "平台",
            "roles": actor.roles if actor else (),
            "address": tx.address,
            "action": action,
            "subject_kind": subject[0],
            "subject_id": str(subject[1]),
            "case_id": case_id,
            "transfer_id": transfer_id,
            "clue_id": clue_id,
            "restricted": restricted,
            "internal_to": internal_to,
        },
        changes=dict(changes) if changes else None,
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
