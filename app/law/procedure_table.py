"""The procedure as a table: which action leads from which state to which, by whom, with what, on what basis.

`procedure.yaml` is the life of a transfer, `clues.yaml` that of a clue. `procedure.py` answers from them who
may do what.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar

from pydantic import Field, StrictBool, StrictInt, model_validator

from app.law.clocks import Basis, Id, clocks, instruments
from app.law.documents import OrganKind, documents
from app.law.reading import LAW, Check, LawModel, checker, read

Name = Annotated[str, Field(min_length=1)]


class State(LawModel):
    """A state; `holder` is the party whose turn it is, None when `final`."""

    id: Id
    name: Name
    holder: str | None = None
    final: StrictBool = False


class Input(LawModel):
    """What an action asks for; `type` tells the form and the check."""

    name: Id
    label: Name
    type: Literal["text", "lines", "flag", "count", "money", "date", "choice", "charge", "organ", "officers"]
    required: StrictBool = False
    choices: Mapping[str, str] = {}
    min_items: StrictInt = 0
    max: StrictInt | None = None
    not_roles: tuple[str, ...] = ()
    organ_kind: OrganKind | None = None


class Action(LawModel):
    """A row of the table; `to` None leaves the state as it is. The fields: head of `procedure.yaml`."""

    id: Id
    label: Name
    opens: StrictBool = False
    sources: Annotated[tuple[str, ...], Field(alias="from")] = ()
    to: str | None = None
    by: Annotated[Mapping[str, tuple[str, ...]], Field(min_length=1)]
    group: Literal["member"] | None = None
    four_eyes: StrictBool = False
    makes: str | None = None
    needs: str | None = None
    inputs: tuple[Input, ...] = ()
    documents: tuple[str, ...] = ()
    starts: Mapping[str, str] = {}
    stops: tuple[str, ...] = ()
    extends: str | None = None
    running: tuple[str, ...] = ()
    expired: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    tells: Mapping[str, str] = {}
    basis: tuple[Basis, ...]

    @model_validator(mode="after")
    def _begins_somewhere(self) -> Self:
        if self.opens == bool(self.sources):
            raise ValueError("开始的一步写 opens: true，其他的写 from，两者取一")
        if self.opens and self.to is None:
            raise ValueError("开始的一步要写 to")
        if self.makes and (self.to or self.needs):
            raise ValueError("提请（makes）不改变状态，由批准的一步改变")
        return self


class Event(LawModel):
    """Something outside the table that starts or stops clocks; `by` is empty when it happens by itself."""

    id: Id
    name: Name
    by: Mapping[str, tuple[str, ...]] = {}
    inputs: tuple[Input, ...] = ()
    starts: Mapping[str, str] = {}
    stops: tuple[str, ...] = ()
    tells: Mapping[str, str] = {}
    basis: tuple[Basis, ...]


class Kind(LawModel):
    """A kind of clue: between which kinds of organ it goes. `duty`: a suspected duty crime, kept secret."""

    id: Id
    name: Name
    sources: Annotated[tuple[OrganKind, ...], Field(alias="from", min_length=1)]
    to: Annotated[tuple[OrganKind, ...], Field(min_length=1)]
    duty: StrictBool = False
    to_note: str | None = None
    basis: tuple[Basis, ...]


class Procedure(LawModel):
    """One table: parties and roles with their Chinese names, states, actions, and what is beside them."""

    parties: Mapping[str, str]
    roles: Mapping[str, str]
    proposals: Mapping[str, str] = {}
    kinds: tuple[Kind, ...] = ()
    states: Annotated[tuple[State, ...], Field(min_length=1)]
    events: tuple[Event, ...] = ()
    actions: Annotated[tuple[Action, ...], Field(min_length=1)]

    def state(self, name: str) -> State:
        """The state of this id. Raises KeyError."""
        return _find(self.states, name)

    def action(self, name: str) -> Action:
        """The action of this id. Raises KeyError."""
        return _find(self.actions, name)

    def event(self, name: str) -> Event:
        """The event of this id. Raises KeyError."""
        return _find(self.events, name)

    def kind(self, name: str) -> Kind:
        """The kind of clue of this id. Raises KeyError."""
        return _find(self.kinds, name)


Record = TypeVar("Record", State, Action, Event, Kind)


def _find(records: tuple[Record, ...], name: str) -> Record:
    for record in records:
        if record.id == name:
            return record
    raise KeyError(name)


@lru_cache(maxsize=1)
def transfer_procedure() -> Procedure:
    """The life of a transfer (`procedure.yaml`). Raises LawDataError."""
    return load_procedure(LAW / "procedure.yaml")


@lru_cache(maxsize=1)
def clue_procedure() -> Procedure:
    """The kinds and the life of a clue (`clues.yaml`). Raises LawDataError."""
    return load_procedure(LAW / "clues.yaml")


def load_procedure(file: Path) -> Procedure:
    """A table, refused when it names what does not exist or leads nowhere. Raises LawDataError."""
    table = read(file, Procedure)
    check = checker(file)
    _check_names(table, check)
    _check_clocks(table, check)
    _check_ways(table, check)
    return table


def _check_names(table: Procedure, check: Check) -> None:
    """Every state, party, role, proposal, document, instrument and earlier action that is named exists."""
    for ids in (
        [state.id for state in table.states],
        [action.id for action in table.actions],
        [event.id for event in table.events],
        [kind.id for kind in table.kinds],
    ):
        for name in ids:
            check(ids.count(name) == 1, f"id: {name}", f"编号 {name} 重复", "每一条各用一个编号")
    states = {state.id for state in table.states}
    actions = {action.id for action in table.actions}
    for state in table.states:
        fits = state.final != (state.holder in table.parties)
        check(
            fits,
            f"id: {state.id}",
            f"holder 为 {state.holder}",
            "状态或者是终结的（final），或者由一方办理（holder）",
        )
    for action in table.actions:
        for known, names, what in (
            (states, {*action.sources, *filter(None, [action.to])}, "状态"),
            (table.proposals, {*filter(None, [action.makes])}, "提请"),
            ({*table.proposals, "any"}, {*filter(None, [action.needs])}, "提请"),
            (actions, set(action.after), "办理事项"),
            (set(documents()), set(action.documents), "文书"),
        ):
            unknown = sorted(names - set(known))
            check(not unknown, f"id: {action.id}", f"没有{what} {unknown}", f"使用已有的{what}")
    rows: tuple[Action | Event, ...] = (*table.actions, *table.events)
    for row in rows:
        _check_who(table, row, check)
    records_with_basis: tuple[Action | Event | Kind, ...] = (*rows, *table.kinds)
    for record in records_with_basis:
        unknown = sorted({basis.instrument for basis in record.basis} - set(instruments()))
        check(not unknown, f"id: {record.id}", f"没有依据 {unknown}", "先写入 clocks.yaml")


def _check_who(table: Procedure, row: Action | Event, check: Check) -> None:
    parties = {*row.by, *row.starts.values(), *row.tells} - set(table.parties)
    check(not parties, f"id: {row.id}", f"没有这一方 {sorted(parties)}", "使用 parties 中的名称")
    roles = {role for roles in row.by.values() for role in roles} | set(row.tells.values())
    roles |= {role for field in row.inputs for role in field.not_roles}
    unknown = sorted(roles - set(table.roles))
    check(not unknown, f"id: {row.id}", f"没有角色 {unknown}", "使用 roles 中的名称")


def _check_clocks(table: Procedure, check: Check) -> None:
    """Every clock that is named exists, and each that starts is stopped somewhere."""
    rows: tuple[Action | Event, ...] = (*table.actions, *table.events)
    stopped = {clock for row in rows for clock in row.stops}
    for row in rows:
        named = {*row.starts, *row.stops}
        if isinstance(row, Action):
            named |= {*row.running, *row.expired, *filter(None, [row.extends])}
        unknown = sorted(named - set(clocks()))
        check(not unknown, f"id: {row.id}", f"没有期限 {unknown}", "使用 clocks.yaml 中的编号")
        endless = sorted(set(row.starts) - stopped)
        check(not endless, f"id: {row.id}", f"期限 {endless} 没有终止的一步", "由某一步 stops")


def _check_ways(table: Procedure, check: Check) -> None:
    """Every state can be reached and left; every proposal can be approved."""
    reached = {action.to for action in table.actions if action.opens}
    grown = True
    while grown:
        more = {a.to for a in table.actions if a.to and reached & set(a.sources)} - reached
        reached |= more
        grown = bool(more)
    left = {source for a in table.actions if a.to for source in a.sources if source != a.to}
    for state in table.states:
        check(state.id in reached, f"id: {state.id}", f"{state.id} 永远到不了", "由某一步 to 到这里")
        check(
            state.final or state.id in left,
            f"id: {state.id}",
            f"{state.id} 永远离不开",
            "由某一步从这里开始（from）",
        )
    for action in table.actions:
        if action.makes:
            approved = {source for a in table.actions if a.needs == action.makes for source in a.sources}
            check(
                set(action.sources) <= approved,
                f"id: {action.id}",
                f"{action.makes} 在有的提请状态下无法批准",
                "批准的一步也从该状态开始",
            )
