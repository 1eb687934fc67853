"""When an act was done, where it was done on paper before it was entered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.database.transaction import Acting
from app.errors import invalid
from app.law.legal_days import SHANGHAI
from app.law.procedure_table import Action, transfer_procedure
from app.transfers.situation import Standing


async def occurred_at(tx: Acting, at: Standing, action: Action, inputs: Mapping[str, Any]) -> datetime:
    """The moment from which the act's clocks count: that given, else now.

    Raises Invalid: in the future, or before the act that it answers (the one that led to the present state,
    or that started a clock which this act stops).
    """
    given = inputs.get("occurred_at")
    if given is None:
        return tx.now
    when = datetime.fromisoformat(given)
    check_not_future(tx, when)
    answered, label = await _answered(tx, at, action)
    return check_after(when, answered, label)


def check_not_future(tx: Acting, when: datetime) -> None:
    """Raises Invalid for what has not happened yet."""
    if when > tx.now:
        raise invalid(
            "inputs.occurred_at",
            "occurred_in_future",
            f"实际时间{_shown(when)}晚于现在（{_shown(tx.now)}），请填写已经发生的时间。",
        )


def check_after(when: datetime, answered: datetime, label: str) -> datetime:
    """The moment, not before the act `label` that it answers. Raises Invalid."""
    # Papers name the minute; what they answer was entered to the second.
    if when < answered.replace(second=0, microsecond=0):
        raise invalid(
            "inputs.occurred_at",
            "occurred_before_answered",
            f"实际时间{_shown(when)}早于所答复的“{label}”（{_shown(answered)}），请核对两份文书上的时间。",
        )
    return max(when, answered)


def opened_at(tx: Acting, inputs: Mapping[str, Any]) -> datetime:
    """When what begins here began: the moment given, else now. Raises Invalid for the future."""
    given = inputs.get("occurred_at")
    if given is None:
        return tx.now
    when = datetime.fromisoformat(given)
    check_not_future(tx, when)
    return when


async def _answered(tx: Acting, at: Standing, action: Action) -> tuple[datetime, str]:
    step = await tx.row(
        """SELECT action, coalesce(occurred_at, at) AS at FROM transfer_steps
            WHERE transfer_id = %(id)s AND to_state IS DISTINCT FROM from_state ORDER BY id DESC LIMIT 1""",
        id=at.id,
    )
    started = await tx.value(
        """SELECT max(started_at) FROM clocks
            WHERE transfer_id = %(id)s AND stopped_at IS NULL AND clock = ANY (%(clocks)s)""",
        id=at.id,
        clocks=list(action.stops),
    )
    opened: datetime = at.row["opened_at"]
    if step is None:
        return max(opened, started or opened), "拟移送"
    moment: datetime = step["at"]
    return max(moment, started or moment), transfer_procedure().action(step["action"]).label


def _shown(moment: datetime) -> str:
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
