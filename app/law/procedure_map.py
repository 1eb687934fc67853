"""The table of a procedure as a map: its states in rows and lanes, and the moves between them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.law.clocks import clock
from app.law.procedure_table import Action, Procedure


@dataclass(frozen=True)
class Move:
    """From one state to another, by any of these actions."""

    source: str
    to: str
    actions: tuple[Action, ...]

    @property
    def label(self) -> str:
        """What the actions are called."""
        return "、".join(action.label for action in self.actions)


@dataclass(frozen=True)
class Place:
    """Where a state stands on the map. `lane` is its holder, None for what is final."""

    lane: str | None
    row: int
    column: int


def moves(table: Procedure) -> list[Move]:
    """Every way from a state to another one, in the table's order."""
    found: dict[tuple[str, str], list[Action]] = {}
    for action in table.actions:
        for source in action.sources:
            if action.to not in (None, source):
                found.setdefault((source, str(action.to)), []).append(action)
    return [Move(source, to, tuple(actions)) for (source, to), actions in found.items()]


def places(table: Procedure) -> dict[str, Place]:
    """A state stands below those that lead to it; the table's order tells forward from back."""
    order = {state.id: position for position, state in enumerate(table.states)}
    rows, ways = dict.fromkeys(order, 0), moves(table)
    for state in table.states:
        for move in ways:
            if move.source == state.id and order[move.to] > order[state.id]:
                rows[move.to] = max(rows[move.to], rows[state.id] + 1)
    taken: dict[tuple[str | None, int], int] = {}
    found: dict[str, Place] = {}
    for state in table.states:
        spot = (state.holder, rows[state.id])
        found[state.id] = Place(*spot, taken.get(spot, 0))
        taken[spot] = taken.get(spot, 0) + 1
    return found


def limits(table: Procedure, state: str) -> list[str]:
    """The time limits that the holder of a state gets with the actions that lead to it, in words."""
    holder = table.state(state).holder
    named = dict.fromkeys(
        name
        for action in table.actions
        for name, party in action.starts.items()
        if party == holder and action.to == state
    )
    return [limit(name) for name in named]


def limit(name: str) -> str:
    """A time limit with its length, as 作出立案决定 3日."""
    found = clock(name)
    return f"{found.name} {found.length}" if found.length else found.name


def who(table: Procedure, by: Mapping[str, Iterable[str]]) -> str:
    """Who may act, as 公安机关承办人、负责人；人民法院承办人."""
    return "；".join(
        table.parties[party] + "、".join(table.roles[role] for role in roles) for party, roles in by.items()
    )
