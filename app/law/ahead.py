"""What comes next: the acts by which the party whose turn it is may move a transfer or clue on."""

from __future__ import annotations

from app.law.procedure import Actor, Situation, allowed
from app.law.procedure_table import Action, Procedure


def next_actions(table: Procedure, situation: Situation) -> list[Action]:
    """What some officer of the holder may do, in the table's order: what leads on, what opens the way to it.

    Empty at the end; where nothing leads on, all that may be done.
    """
    assert situation.state is not None  # noqa: S101 - what is not opened has no holder
    holder = table.state(situation.state).holder
    if holder is None:
        return []
    here = [row for row in table.actions if holder in row.by and situation.state in row.sources]
    roles = frozenset(table.roles)
    actors = (Actor(holder, roles, in_task_group=member) for member in (True, False))
    may = {row.id for actor in actors for row in allowed(table, situation, actor)}
    possible = [row for row in here if row.id in may]
    blocked = [row for row in here if row.id not in may and _leads_on(row)]
    ahead = [row for row in possible if _leads_on(row) or any(_opens(row, one) for one in blocked)]
    return ahead or possible


def _leads_on(row: Action) -> bool:
    return row.to is not None or row.makes is not None


def _opens(row: Action, blocked: Action) -> bool:
    return (
        row.id in blocked.after
        or bool(set(row.starts) & set(blocked.running))
        or bool(set(row.begins) & set(blocked.during))
    )
