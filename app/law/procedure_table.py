"""The procedure as a table: which action leads from which state to which, by whom, with what, on what basis.

`procedure.yaml` is the life of a transfer, `clues.yaml` that of a clue. `procedure.py` answers from them who
may do what.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import Field, StrictBool, StrictInt, model_validator

from app.law.clocks import Basis, Id, clocks, instruments
from app.law.documents import OrganKind, documents
from app.law.reading import LAW, Check, LawModel, checker, read

Name = Annotated[str, Field(min_length=1)]


class State(LawModel):
    """A state; `holder` is the party whose turn it is, None when `final`.

    `criminal`: the criminal side is not over, so that a new fine for the same act has to wait.
    """

    id: Id
    name: Name
    holder: str | None = None
    final: StrictBool = False
    criminal: StrictBool = False


class Input(LawModel):
    """What an action asks for; `type` tells the form and the check."""

    name: Id
    label: Name
    type: Literal[
        "text",
        "lines",
        "flag",
        "count",
        "money",
        "date",
        "datetime",
        "choice",
        "charge",
        "organ",
        "officers",
        "exhibits",
        "goods",
        "case",
    ]
    required: StrictBool = False
    choices: Mapping[str, str] = {}
    min_items: StrictInt = 0
    max: StrictInt | None = None
    not_roles: tuple[str, ...] = ()
    organ_kind: OrganKind | None = None


# What an act asks for beyond its row when it may have been done on paper before it is entered.
_WHEN = {"name": "occurred_at", "label": "实际时间（先在纸面办理的填写）", "type": "datetime"}


class HandOn(LawModel):
    """The action gives `party`'s place to the organ that `input` names.

    `of`: the input is that of the latest step of this earlier action. `counterpart`: the organ must be the
    one of the sender's level and region.
    """

    party: str
    input: Id
    of: str | None = None
    counterpart: StrictBool = False


class Delivery(LawModel):
    """What is delivered (the input `items`) is among what the action `of` listed in its input `listed`.

    The clocks that the action stops run on until nothing is outstanding.
    """

    items: Id
    of: Id
    listed: Id


class Count(LawModel):
    """The goods of the input `counted` are compared with those that the latest step of `of` listed there."""

    counted: Id
    of: Id
    differences: Id


Hold = Literal["mandatory_evidence", "limitation", "fine_offset"]


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
    begins: tuple[str, ...] = ()
    begins_with: Mapping[str, str] = {}
    ends: tuple[str, ...] = ()
    during: tuple[str, ...] = ()
    pauses: tuple[str, ...] = ()
    resumes: tuple[str, ...] = ()
    lengths: Mapping[str, str] = {}
    hands_on: HandOn | None = None
    delivers: Delivery | None = None
    counts: Count | None = None
    exhibits: Literal["handed_over", "accepted"] | None = None
    any_of: tuple[str, ...] = ()
    holds: tuple[Hold, ...] = ()
    paper: StrictBool = False
    internal: StrictBool = False
    tells: Mapping[str, str] = {}
    basis: tuple[Basis, ...]

    @model_validator(mode="before")
    @classmethod
    def _asks_when(cls, row: Any) -> Any:
        if isinstance(row, dict) and row.get("paper") is True:
            return {**row, "inputs": [*row.get("inputs", ()), _WHEN]}
        return row

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
    matters: Mapping[str, str] = {}
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


@lru_cache(maxsize=1)
def reverse_procedure() -> Procedure:
    """The life of a reverse referral that no transfer came before (`reverse.yaml`). Raises LawDataError."""
    return load_procedure(LAW / "reverse.yaml")


@lru_cache(maxsize=1)
def detention_procedure() -> Procedure:
    """The life of a transfer for administrative detention (`detention.yaml`). Raises LawDataError."""
    return load_procedure(LAW / "detention.yaml")


def load_procedure(file: Path) -> Procedure:
    """A table, refused when it names what does not exist or leads nowhere. Raises LawDataError."""
    table = read(file, Procedure)
    check = checker(file)
    _check_names(table, check)
    _check_clocks(table, check)
    _check_ways(table, check)
    _check_matters(table, check)
    _check_references(table, check)
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
            named |= {*row.running, *row.expired, *row.pauses, *row.resumes, *row.lengths}
            named |= set(filter(None, [row.extends]))
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


def _check_matters(table: Procedure, check: Check) -> None:
    """Every matter that is named exists (perhaps of one party), and what begins can end."""
    ended = {_matter(name) for row in table.actions for name in row.ends}
    for row in table.actions:
        named = (*row.begins, *row.begins_with, *row.ends, *row.during)
        unknown = sorted({_matter(name) for name in named} - set(table.matters))
        check(not unknown, f"id: {row.id}", f"没有事项 {unknown}", "先写入 matters")
        parties = {name.partition(":")[2] for name in named if ":" in name} - {*table.parties, "actor"}
        check(
            not parties, f"id: {row.id}", f"没有这一方 {sorted(parties)}", "使用 parties 中的名称或者 actor"
        )
        halting = bool(row.pauses) > bool(row.begins) or bool(row.resumes) > bool(row.ends)
        check(not halting, f"id: {row.id}", "中止期限没有写因何中止", "以 begins、ends 写明事项")
        endless = sorted({_matter(name) for name in row.begins} - ended)
        check(not endless, f"id: {row.id}", f"事项 {endless} 没有结束的一步", "由某一步 ends")


def _matter(name: str) -> str:
    return name.partition(":")[0]


def _check_references(table: Procedure, check: Check) -> None:
    """What an action takes from an input, its own or an earlier action's, is an input that exists."""
    inputs = {row.id: {field.name for field in row.inputs} for row in table.actions}
    for row in table.actions:
        used = [(row.id, name) for name in (*row.lengths.values(), *row.begins_with.values(), *row.any_of)]
        if row.hands_on:
            used.append((row.hands_on.of or row.id, row.hands_on.input))
            known = row.hands_on.party in table.parties
            check(known, f"id: {row.id}", f"没有这一方 {row.hands_on.party}", "使用 parties 中的名称")
        if row.delivers:
            used += [(row.id, row.delivers.items), (row.delivers.of, row.delivers.listed)]
        if row.counts:
            used += [(row.id, row.counts.counted), (row.counts.of, row.counts.counted)]
            used.append((row.id, row.counts.differences))
        for action, name in used:
            check(
                name in inputs.get(action, ()),
                f"id: {row.id}",
                f"{action} 没有栏目 {name}",
                "使用已有的办理事项及其 inputs",
            )
