"""The procedure once more, small and plain: who may do what, and what a history of steps must have left.

Written from the columns of procedure.yaml, read here as bare data; it knows nothing of the engine that it is
held against. `Model` is a transfer in memory, `consistent` compares a stored transfer with what its own
steps imply.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import psycopg
import yaml
from psycopg.rows import dict_row

from app.law.reading import LAW

Connection = psycopg.Connection[dict[str, Any]]
Row = Mapping[str, Any]
Notice = tuple[str, int, int | None, tuple[str, ...] | None, datetime]


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


@dataclass
class Model:
    """A transfer as its steps made it."""

    sender: int
    procuratorate: int | None
    superior: int | None
    state: str | None = None
    police: int | None = None
    past: list[int] = field(default_factory=list)
    court: int | None = None
    group: list[int] = field(default_factory=list)
    proposal: str | None = None
    proposer: int | None = None
    sent: datetime | None = None
    closed: datetime | None = None
    clocks: list[Clock] = field(default_factory=list)
    case_clock: dict[str, bool] = field(default_factory=dict)
    grants: set[tuple[int, str]] = field(default_factory=set)
    notices: Counter[Notice] = field(default_factory=Counter)
    named: dict[str, int] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)

    def organ(self, party: str) -> int | None:
        """The organ that is this party now."""
        return {
            "sender": self.sender,
            "police": self.police,
            "procuratorate": self.procuratorate,
            "superior_procuratorate": self.superior,
            "court": self.court,
        }[party]

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
        needs = row.get("needs")
        return (
            self.state in row.get("from", [])
            and not officer.roles.isdisjoint(roles)
            and (member or row.get("group") != "member")
            and not (row.get("four_eyes") and (member or officer.id == self.proposer))
            and (self.proposal in ({needs} if needs != "any" else {*table()["proposals"]}) if needs else True)
            and not (self.proposal and not needs and (row.get("makes") or row.get("to")))
            and set(row.get("after", [])) <= set(self.done)
            and set(row.get("running", [])) <= self.running
            and set(row.get("expired", [])) <= expired & self.running
        )

    def take(self, action: str, organ: int, officer: int, inputs: Row, at: datetime) -> None:
        """What the action does."""
        row = actions()[action]
        before = self.police
        self.done.append(action)
        self._stop(row, at)
        self._propose(row, officer)
        if action == "name_task_group":
            self.group = list(inputs["officers"])
        if "police_organ" in inputs:
            self.named[action] = inputs["police_organ"]
        self._move(action, row, inputs, at)
        for clock, party in row.get("starts", {}).items():
            if clock in case_clocks():
                self.case_clock[clock] = True
            else:
                holder = self.organ(party)
                assert holder is not None
                self.clocks.append(Clock(clock, holder, at))
        for party, role in row.get("tells", {}).items():
            told = self.organ(party) or (before if party == "police" else None)
            group = self.group if (party, role) == ("sender", "handler") else []
            if told is not None:
                for one in group:
                    self.notices[(f"transfer.{action}", told, one, None, at)] += 1
                if not group:
                    self.notices[(f"transfer.{action}", told, None, (role,), at)] += 1

    def _stop(self, row: Row, at: datetime) -> None:
        for clock in row.get("stops", []):
            if clock in case_clocks():
                self.case_clock[clock] = False
        for running in self.clocks:
            if running.stopped is None and running.clock in row.get("stops", []):
                running.stopped = (at, row["id"])

    def _propose(self, row: Row, officer: int) -> None:
        if row.get("makes"):
            self.proposal, self.proposer = row["makes"], officer
        elif row.get("needs") or row.get("to"):
            self.proposal = self.proposer = None

    def _move(self, action: str, row: Row, inputs: Row, at: datetime) -> None:
        to = row.get("to")
        if to == "draft":
            self._take_back()
        elif to == "sent":
            self._give(inputs["police_organ"], "transfer")
            self.sent = at
        elif to == "passed_on":
            self._hand_on(self.named["propose_passing_on"])
        elif action == "notify_jurisdiction_change":
            self._hand_on(self.named["change_jurisdiction"])
        elif to == "prosecuted":
            self.court = inputs["court_organ"]
            self.grants.add((inputs["court_organ"], "prosecution"))
        if to:
            self.state = to
            self.closed = at if states()[to].get("final") else None

    def _give(self, police: int, reason: str) -> None:
        if not any(organ == police for organ, _ in self.grants):
            self.grants.add((police, reason))
        self.police = police

    def _hand_on(self, police: int) -> None:
        assert self.police is not None
        self.past.append(self.police)
        self._give(police, "passed_on")

    def _take_back(self) -> None:
        if self.police is not None and self.state != "sent":
            self.past.append(self.police)
        elif self.police is not None and self.police not in self.past:
            self.grants.discard((self.police, "transfer"))
        self.police = self.court = self.sent = None


def consistent(connection: Connection, transfer_id: UUID) -> Model:
    """Hold a stored transfer to what its steps imply; the model that they lead to.

    Compared are its row, its clocks, notices, audit events and grants, each to the instant.
    """
    row = _one(connection, "SELECT * FROM transfers WHERE id = %s", transfer_id)
    steps = _all(connection, "SELECT * FROM transfer_steps WHERE transfer_id = %s ORDER BY id", transfer_id)
    superior = _one(connection, "SELECT parent_id FROM organs WHERE id = %s", row["procuratorate_organ_id"])
    model = Model(row["organ_id"], row["procuratorate_organ_id"], superior["parent_id"])
    for step in steps:
        assert step["from_state"] == model.state
        model.take(step["action"], step["organ_id"], step["officer_id"], step["inputs"], step["at"])
        assert step["to_state"] == model.state
    _compare_row(row, model, steps)
    _compare_clocks(connection, row, model)
    _compare_notices(connection, row, model)
    _compare_events(connection, row, steps)
    _compare_grants(connection, row, model)
    return model


def _compare_row(row: Row, model: Model, steps: list[Row]) -> None:
    stored = {
        "state": row["state"],
        "police": row["police_organ_id"],
        "past": row["police_past"],
        "court": row["court_organ_id"],
        "group": row["task_group"],
        "proposal": row["proposal"],
        "proposer": row["proposed_by"],
        "sent": row["sent_at"],
        "closed": row["closed_at"],
        "revision": row["revision"],
    }
    implied = {name: getattr(model, name) for name in stored if name != "revision"}
    assert stored == implied | {"revision": len(steps)}
    assert row["updated_at"] == steps[-1]["at"]


def _compare_clocks(connection: Connection, row: Row, model: Model) -> None:
    found = _all(connection, "SELECT * FROM clocks WHERE transfer_id = %s", row["id"])
    assert Counter(
        (one["clock"], one["holder_organ_id"], one["started_at"], one["stopped_at"], one["stopped_by"])
        for one in found
    ) == Counter((one.clock, one.holder, one.started, *(one.stopped or (None, None))) for one in model.clocks)
    if row["closed_at"] is not None:
        return  # the case may have another transfer since
    for clock, runs in model.case_clock.items():
        going = _one(
            connection,
            "SELECT count(*) AS n FROM clocks WHERE case_id = %s AND clock = %s AND stopped_at IS NULL",
            row["case_id"],
            clock,
        )
        assert (going["n"] > 0) == runs, clock


def _compare_notices(connection: Connection, row: Row, model: Model) -> None:
    found = _all(
        connection,
        "SELECT * FROM notices WHERE subject_id = %s AND starts_with(kind, 'transfer.')",
        row["id"],
    )
    assert model.notices == Counter(
        (
            one["kind"],
            one["organ_id"],
            one["officer_id"],
            tuple(one["roles"]) if one["roles"] is not None else None,
            one["created_at"],
        )
        for one in found
    )


def _compare_events(connection: Connection, row: Row, steps: list[Row]) -> None:
    events = _all(
        connection,
        """SELECT * FROM audit_events WHERE subject_kind = 'transfer' AND subject_id = %s
            AND starts_with(action, 'transfer.') ORDER BY id""",
        str(row["id"]),
    )
    assert [(one["action"], one["officer_id"], one["organ_id"], one["at"]) for one in events] == [
        (f"transfer.{step['action']}", step["officer_id"], step["organ_id"], step["at"]) for step in steps
    ]
    for one in events:
        assert (one["case_id"], one["transfer_id"]) == (row["case_id"], row["id"])


def _compare_grants(connection: Connection, row: Row, model: Model) -> None:
    found = _all(connection, "SELECT * FROM case_grants WHERE case_id = %s", row["case_id"])
    others = _one(
        connection,
        "SELECT count(*) AS n FROM transfers WHERE case_id = %s AND id <> %s",
        row["case_id"],
        row["id"],
    )
    granted = {(one["organ_id"], one["reason"]) for one in found}
    if others["n"]:
        assert {organ for organ, _ in model.grants} <= {organ for organ, _ in granted}
    else:
        assert granted == model.grants


def as_superuser(url: str) -> Connection:
    """A connection that sees every row."""
    return psycopg.connect(url, autocommit=True, row_factory=dict_row)


def _all(connection: Connection, query: str, *values: object) -> list[Row]:
    return list(connection.execute(query.encode(), values).fetchall())


def _one(connection: Connection, query: str, *values: object) -> Row:
    (row,) = _all(connection, query, *values)
    return row
