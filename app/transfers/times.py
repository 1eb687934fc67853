"""When an act was done, where it was done on paper before it was entered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.database.transaction import Acting
from app.errors import invalid
from app.law.legal_days import SHANGHAI
from app.law.procedure_table import Action
from app.transfers.situation import Followed, Standing


async def occurred_at(tx: Acting, at: Standing, action: Action, inputs: Mapping[str, Any]) -> datetime:
    """The moment from which the act's clocks count: that given, else now.

    Raises Invalid: in the future, or before the act that it answers (the one that led to the present state,
    or that started a clock which this act stops).
    """
    return await answering(tx, "transfer", at, action, inputs, "拟移送")


async def answering(
    tx: Acting, kind: Followed, at: Standing, action: Action, inputs: Mapping[str, Any], opening: str
) -> datetime:
    """The same for what goes by any table; `opening`: what its beginning is called."""
    when = opened_at(tx, inputs)
    if "occurred_at" not in inputs:
        return when
    answered, label = await _answered(tx, kind, at, action)
    return _not_before(when, answered, label or opening)


def _not_before(when: datetime, answered: datetime, label: str) -> datetime:
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
    if when > tx.now:
        raise invalid(
            "inputs.occurred_at",
            "occurred_in_future",
            f"实际时间{_shown(when)}晚于现在（{_shown(tx.now)}），请填写已经发生的时间。",
        )
    return when


async def _answered(tx: Acting, kind: Followed, at: Standing, action: Action) -> tuple[datetime, str | None]:
    """When that was done which the act answers, and what it was; None for the beginning."""
    step = await tx.row(
        f"""SELECT action, coalesce(occurred_at, at) AS at FROM {kind}_steps
            WHERE {kind}_id = %(id)s AND to_state IS DISTINCT FROM from_state ORDER BY id DESC LIMIT 1""",
        id=at.id,
    )
    started = await tx.value(
        f"""SELECT max(started_at) FROM clocks
            WHERE {kind}_id = %(id)s AND stopped_at IS NULL AND clock = ANY (%(clocks)s)""",
        id=at.id,
        clocks=list(action.stops),
    )
    moment: datetime = step["at"] if step else at.row["opened_at"]
    return max(moment, started or moment), at.table.action(step["action"]).label if step else None


def _shown(moment: datetime) -> str:
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
