"""The procedure once more, small and plain: who may do what, and what a history of steps must have left.

Written from the columns of procedure.yaml, read here as bare data; it knows nothing of the engine that it is
held against.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

import yaml

from app.law.reading import LAW

Row = Mapping[str, Any]
Notice = tuple[str, int, int | None, tuple[str, ...] | None]


@lru_cache(maxsize=1)
def table() -> dict[str, Any]:
    """procedure.yaml as it stands on disk."""
    read: dict[str, Any] = yaml.safe_load((LAW / "procedure.yaml").read_text(encoding="utf-8"))
    return read


@lru_cache(maxsize=1)
def actions() -> dict[str, Row]:
    """The rows of the table by id."""
    return {row["id"]: row for row in table()["actions"]}


@lru_cache(maxsize=1)
def documents() -> dict[str, Row]:
    """The documents by id."""
    read = yaml.safe_load((LAW / "documents.yaml").read_text(encoding="utf-8"))
    return {row["id"]: row for row in read["documents"]}


@lru_cache(maxsize=1)
def states() -> dict[str, Row]:
    """The states by id."""
    return {row["id"]: row for row in table()["states"]}


@lru_cache(maxsize=1)
def case_clocks() -> frozenset[str]:
    """Clocks that begin before there is a transfer and run on the case."""
    return frozenset(clock for event in table()["events"] for clock in event.get("starts", {}))


@dataclass(frozen=True)
class Officer:
    """Who acts."""

    id: int
    organ: int
    kind: str
    roles: frozenset[str]


@dataclass
class Clock:
    """A clock of the transfer; `stopped` tells when and by which action."""

    clock: str
    holder: int
    started: datetime
    stopped: tuple[datetime, str] | None = None


# Every column that the model knows. A new one has to be understood here before the tests mean anything.
_COLUMNS = frozenset(
    {
        *("id", "label", "opens", "from", "to", "by", "group", "four_eyes", "makes", "needs", "inputs"),
        *("documents", "starts", "stops", "extends", "running", "expired", "after", "begins", "begins_with"),
        *("ends", "during", "pauses", "resumes", "lengths", "hands_on", "delivers", "counts", "exhibits"),
        *("any_of", "holds", "paper", "tells", "basis"),
    }
)
_REASONS = {"police": "transfer", "court": "prosecution", "procuratorate": "passed_on"}


@dataclass
class Model:
    """A transfer as its steps made it. `parents`: of each organ its superior one."""

    organs: dict[str, int | None]
    parents: Mapping[int, int | None]
    state: str | None = None
    past: list[int] = field(default_factory=list)
    group: list[int] = field(default_factory=list)
    proposal: str | None = None
    proposer: int | None = None
    matters: set[str] = field(default_factory=set)
    opened: datetime | None = None
    moved: datetime | None = None
    sent: datetime | None = None
    closed: datetime | None = None
    clocks: list[Clock] = field(default_factory=list)
    case_clock: dict[str, bool] = field(default_factory=dict)
    grants: set[tuple[int, str]] = field(default_factory=set)
    notices: Counter[Notice] = field(default_factory=Counter)
    latest: dict[str, Row] = field(default_factory=dict)
    papers: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)

    def organ(self, party: str) -> int | None:
        """The organ that is this party now."""
        if party == "superior_procuratorate":
            return self.parents[self.organs["procuratorate"] or 0]
        return self.organs[party]

    def party(self, officer: Officer) -> str | None:
        """Which party the officer's organ is."""
        return next((p for p in table()["parties"] if self.organ(p) == officer.organ), None)

    @property
    def running(self) -> set[str]:
        """The clocks of the transfer that have not been stopped."""
        return {clock.clock for clock in self.clocks if clock.stopped is None}

    def may(self, officer: Officer, action: str, expired: set[str]) -> bool:
        """Whether the table lets this officer take the action now; `expired`: clocks that have run out."""
        row = actions().get(action)
        if row is None or officer.kind == "administrator":
            return False
        roles = row["by"].get(self.party(officer) or "", [])
        member = officer.id in self.group
        return (
            self.state in row.get("from", [])
            and not officer.roles.isdisjoint(roles)
            and (member or row.get("group") != "member")
            and not (row.get("four_eyes") and (member or officer.id == self.proposer))
            and self._proposal_fits(row)
            and set(row.get("after", [])) <= set(self.done)
            and set(row.get("running", [])) <= self.running
            and set(row.get("expired", [])) <= expired & self.running
            and self._matters_fit(row, self.party(officer))
        )

    def _proposal_fits(self, row: Row) -> bool:
        if row.get("needs"):
            return self.proposal is not None and row["needs"] in ("any", self.proposal)
        return self.proposal is None or not (row.get("makes") or row.get("to"))

    def _matters_fit(self, row: Row, party: str | None) -> bool:
        ended = self._named(row.get("ends", []), party)
        begun = self._named(row.get("begins", []), party)
        return self._named(row.get("during", []), party) <= self.matters and not begun & self.matters - ended

    def _named(self, matters: Iterable[str], party: str | None) -> set[str]:
        return {name.replace(":actor", f":{party}") for name in matters}

    def answered(self, action: str) -> datetime:
        """The earliest moment at which the action can have been done."""
        stops = actions()[action].get("stops", [])
        began = [clock.started for clock in self.clocks if clock.stopped is None and clock.clock in stops]
        assert self.opened is not None
        assert self.moved is not None
        return max(self.opened, self.moved, *began)

    def take(self, action: str, party: str, officer: int, inputs: Row, at: datetime) -> None:
        """What the action does when it was done at `at`."""
        row = actions()[action]
        unknown = row.keys() - _COLUMNS
        assert not unknown, f"{action}: what do {unknown} mean?"
        before = dict(self.organs)
        self.done.append(action)
        self.latest[action] = inputs
        self._stop(row, inputs, at)
        if row.get("makes"):
            self.proposal, self.proposer = row["makes"], officer
        elif row.get("needs") or row.get("to"):
            self.proposal = self.proposer = None
        self.matters -= self._named(row.get("ends", []), party)
        self.matters |= self._named(row.get("begins", []), party)
        self.matters |= {name for name, given in row.get("begins_with", {}).items() if given in inputs}
        if action == "name_task_group":
            self.group = list(inputs["officers"])
        self._move(row, at)
        self._hand_on(row, inputs)
        self._start(row, at)
        self._tell(row, before, at)

    def _stop(self, row: Row, inputs: Row, at: datetime) -> None:
        delivery = row.get("delivers")
        if delivery:
            self.papers = [paper for paper in self.papers if paper not in inputs[delivery["items"]]]
        listed = [one["delivers"]["listed"] for one in actions().values() if "delivers" in one]
        self.papers = next((list(inputs[name]) for name in listed if name in inputs), self.papers)
        if delivery and self.papers:
            return
        for clock in case_clocks() & set(row.get("stops", [])):
            self.case_clock[clock] = False
        for running in self.clocks:
            if running.stopped is None and running.clock in row.get("stops", []):
                running.stopped = (at, row["id"])

    def _start(self, row: Row, at: datetime) -> None:
        for clock, party in row.get("starts", {}).items():
            if clock in case_clocks():
                self.case_clock[clock] = True
            else:
                holder = self.organ(party)
                assert holder is not None
                self.clocks.append(Clock(clock, holder, at))

    def _tell(self, row: Row, before: Mapping[str, int | None], at: datetime) -> None:
        for party, role in row.get("tells", {}).items():
            told = self.organ(party) or before.get(party)
            group = self.group if (party, role) == ("sender", "handler") else []
            if told is not None:
                for one in group:
                    self.notices[(f"transfer.{row['id']}", told, one, None)] += 1
                if not group:
                    self.notices[(f"transfer.{row['id']}", told, None, (role,))] += 1

    def _move(self, row: Row, at: datetime) -> None:
        to = row.get("to")
        if to is None:
            return
        if to == "draft" and self.state is not None:
            self._take_back()
        if to != self.state:
            self.moved = at
        if to == "sent":
            self.sent = at
        self.opened = self.opened or at
        self.state = to
        self.closed = at if states()[to].get("final") else None

    def _hand_on(self, row: Row, inputs: Row) -> None:
        hand = row.get("hands_on")
        if hand is None:
            return
        party, before = hand["party"], self.organs[hand["party"]]
        organ = (self.latest[hand["of"]] if "of" in hand else inputs)[hand["input"]]
        if organ == before:
            return
        if not any(seeing == organ for seeing, _ in self.grants):
            reason = _REASONS[party] if before is None or party == "court" else "passed_on"
            self.grants.add((organ, reason))
        if party == "police" and before is not None:
            self.past.append(before)
        self.organs[party] = organ

    def _take_back(self) -> None:
        police = self.organs["police"]
        if police is not None and self.state != "sent":
            self.past.append(police)
        elif police is not None and police not in self.past:
            self.grants.discard((police, "transfer"))
        self.organs["police"] = self.organs["court"] = self.sent = None
