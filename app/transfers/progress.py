"""Where is my case: a line for each transfer (or clue) that says state, holder, since when, what is next."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import LiteralString
from uuid import UUID

from pydantic import BaseModel

from app.database.transaction import Acting, Row
from app.law.ahead import next_actions
from app.law.clocks import clock as clock_of
from app.law.legal_days import SHANGHAI
from app.law.procedure import Situation
from app.law.procedure_table import Action, Procedure, transfer_procedure


class NextAct(BaseModel):
    """An act that may follow, and whose it is."""

    action: str
    label: str
    roles: list[str]


class Progress(BaseModel):
    """Where a transfer or clue stands. `holder` is the party whose turn it is, null at the end.

    `since`: when the present state began, null where the reader may not see the step. `due_clock`: the next
    time limit, the holder's own first; `due_at` is null where the law gives it no length. `text` says it all
    in one line.
    """

    state: str
    state_name: str
    holder: str | None
    holder_name: str | None
    holder_organ: str | None
    since: datetime | None
    due_at: datetime | None
    due_clock: str | None
    due_name: str | None
    overdue: bool
    next: list[NextAct]
    text: str


@dataclass(frozen=True)
class Life:
    """What is followed: its table, its steps and running clocks as (`of`, …), its parties' columns."""

    table: Callable[[], Procedure]
    steps: LiteralString
    clocks: LiteralString
    organs: Mapping[str, str]


@dataclass
class _Seen:
    """What the reader may see beside the row itself."""

    steps: list[Row] = field(default_factory=list)
    clocks: list[Row] = field(default_factory=list)


# The clocks of a transfer, and those that run on its case before it is reported.
OF_TRANSFER = Life(
    table=transfer_procedure,
    steps="""SELECT transfer_id AS of, action, from_state, to_state, coalesce(occurred_at, at) AS at
        FROM transfer_steps WHERE transfer_id = ANY (%(ids)s) ORDER BY id""",
    clocks="""SELECT t.id AS of, k.clock, k.holder_organ_id, k.due_at FROM transfers t
          JOIN clocks k ON k.case_id = t.case_id AND k.stopped_at IS NULL
            AND (k.transfer_id = t.id OR (k.transfer_id IS NULL AND k.clock = ANY (%(before)s)))
        WHERE t.id = ANY (%(ids)s) ORDER BY k.due_at, k.id""",
    organs={
        "sender": "organ_id",
        "police": "police_organ_id",
        "procuratorate": "procuratorate_organ_id",
        "court": "court_organ_id",
    },
)


async def progress(tx: Acting, rows: Sequence[Row], life: Life = OF_TRANSFER) -> dict[UUID, Progress]:
    """The line of each of these rows, by id."""
    seen = {row["id"]: _Seen() for row in rows}
    before = [clock for event in life.table().events for clock in event.starts]
    for step in await tx.rows(life.steps, ids=list(seen)):
        seen[step["of"]].steps.append(step)
    for clock in await tx.rows(life.clocks, ids=list(seen), before=before):
        seen[clock["of"]].clocks.append(clock)
    names = await _names(tx, rows, life)
    return {row["id"]: _told(tx, life, row, seen[row["id"]], names) for row in rows}


async def _names(tx: Acting, rows: Sequence[Row], life: Life) -> dict[int, str]:
    found = await tx.rows(
        "SELECT id, name FROM organs WHERE id = ANY (%(ids)s)",
        ids=list({row[column] for row in rows for column in life.organs.values()} - {None}),
    )
    return {row["id"]: row["name"] for row in found}


def _told(tx: Acting, life: Life, row: Row, seen: _Seen, names: Mapping[int, str]) -> Progress:
    table = life.table()
    state = table.state(row["state"])
    organ = row[life.organs[state.holder]] if state.holder else None
    due = _most_urgent(seen.clocks, organ)
    ahead = _ahead(life.table, _situation(tx, row, seen))
    told = Progress(
        state=state.id,
        state_name=state.name,
        holder=state.holder,
        holder_name=table.parties[state.holder] if state.holder else None,
        holder_organ=names.get(organ) if organ else None,
        since=_since(row, seen.steps),
        due_at=due["due_at"] if due else None,
        due_clock=due["clock"] if due else None,
        due_name=clock_of(due["clock"]).name if due else None,
        overdue=due is not None and due["due_at"] is not None and due["due_at"] < tx.now,
        next=[_next(table, action, state.holder) for action in ahead],
        text="",
    )
    return told.model_copy(update={"text": _line(told)})


@lru_cache(maxsize=4096)
def _ahead(table: Callable[[], Procedure], situation: Situation) -> Sequence[Action]:
    """Many rows of a list stand alike, and the table does not change while the process runs."""
    return next_actions(table(), situation)


def _situation(tx: Acting, row: Row, seen: _Seen) -> Situation:
    """As the reader knows it: what waits for the head of the police is known to police and procuratorate."""
    knows = tx.actor.kind in ("police", "procuratorate")
    return Situation(
        state=row["state"],
        proposal=row.get("proposal") if knows else None,
        running=frozenset(clock["clock"] for clock in seen.clocks),
        expired=frozenset(
            clock["clock"] for clock in seen.clocks if clock["due_at"] and clock["due_at"] < tx.now
        ),
        done=frozenset(step["action"] for step in seen.steps),
        matters=frozenset(row.get("matters") or ()),
    )


def _most_urgent(clocks: Sequence[Row], holder: int | None) -> Row | None:
    dated = [clock for clock in clocks if clock["due_at"] is not None]
    urgent = min(dated, key=lambda one: (one["holder_organ_id"] != holder, one["due_at"]), default=None)
    return urgent or next(iter(clocks), None)


def _since(row: Row, steps: Sequence[Row]) -> datetime | None:
    """When the present state began, if the step that led to it is among those seen."""
    moves = [step for step in steps if step["from_state"] != step["to_state"]]
    if not moves or moves[-1]["to_state"] != row["state"]:
        return None
    began: datetime = moves[-1]["at"]
    return began


def _next(table: Procedure, action: Action, holder: str | None) -> NextAct:
    roles = action.by.get(holder, ()) if holder else ()
    return NextAct(action=action.id, label=action.label, roles=[table.roles[role] for role in roles])


def _line(told: Progress) -> str:
    """One sentence in the words of the table."""
    parts = [told.state_name + (f"（{_day(told.since)}起）" if told.since else "")]
    if told.holder:
        parts.append(f"现由{told.holder_organ or told.holder_name}办理")
    if told.due_at:
        end = f"{_day(told.due_at)}{told.due_at.astimezone(SHANGHAI):%H:%M}"
        parts.append(f"“{told.due_name}”" + (f"已于{end}届满" if told.overdue else f"至{end}"))
    elif told.due_name:
        parts.append(f"“{told.due_name}”的期限，法律没有规定天数")
    if told.next:
        parts.append(f"下一步：{'、'.join(act.label for act in told.next)}")
    return "；".join(parts) + "。"


def _day(moment: datetime) -> str:
    there = moment.astimezone(SHANGHAI)
    return f"{there.year}年{there.month}月{there.day}日"
