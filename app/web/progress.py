"""The line on which a transfer's life is drawn: what was passed, where it stands, what lies ahead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.law.procedure_table import transfer_procedure

# The straight way; a fork is drawn where it was taken.
_STRAIGHT = (
    "draft",
    "reported",
    "approved",
    "sent",
    "received",
    "reviewing",
    "filed",
    "investigating",
    "sent_for_prosecution",
    "prosecuted",
    "judged",
    "closed",
)


class Passed(Protocol):
    """A step as it was recorded."""

    @property
    def to_state(self) -> str:
        """The state it led to."""

    @property
    def at(self) -> datetime:
        """When."""


@dataclass(frozen=True)
class Stop:
    """A point of the line. `place`: done, now or ahead."""

    name: str
    place: str
    fork: bool
    at: datetime | None


def progress(state: str, steps: Sequence[Passed]) -> list[Stop]:
    """The line of a transfer that stands in `state`, from the steps that led there."""
    table = transfer_procedure()
    times: dict[str, datetime] = {}
    for step in steps:
        times[step.to_state] = step.at
    passed = [one for one in _STRAIGHT if one in times and one != state]
    if state in _STRAIGHT:
        passed = [one for one in passed if _STRAIGHT.index(one) < _STRAIGHT.index(state)]
    reached = (
        _STRAIGHT.index(state)
        if state in _STRAIGHT
        else max((_STRAIGHT.index(one) for one in passed), default=0)
    )
    ahead = [] if table.state(state).final else list(_STRAIGHT[reached + 1 :])
    return [
        *(Stop(table.state(one).name, "done", False, times.get(one)) for one in passed),
        Stop(table.state(state).name, "now", state not in _STRAIGHT, times.get(state)),
        *(Stop(table.state(one).name, "ahead", False, None) for one in ahead),
    ]
