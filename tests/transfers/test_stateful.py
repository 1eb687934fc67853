"""Random acts of random officers on a real database, compared at each step with a small model.

Whoever may act by the model may by the engine, and nobody else; whoever sees the transfer by the model sees
it; after each act everything stored is what the steps imply. `XIANJIE_STATEFUL=nightly` walks for longer.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections import Counter
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from random import Random
from typing import Any, TypeVar
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)

from app.cases.models import CaseEntry
from app.cases.service import enter
from app.database.sealed import Seal
from app.database.transaction import Database
from app.errors import AppError, Conflict, Invalid, NotAllowed, NotFound
from app.law.legal_days import SHANGHAI
from app.transfers import view
from app.transfers.models import OpenTransfer
from app.transfers.service import act, open_transfer
from tests.cases.builders import case_body
from tests.cluster import DatabaseUrls
from tests.conftest import SECRET
from tests.transfers.builders import HANDLER
from tests.transfers.consistent import Connection, as_superuser, consistent, fresh
from tests.transfers.drawn import CAST, Filler, Names
from tests.transfers.model import Model, Officer, actions

BEGIN = datetime(2026, 6, 1, 9, 0, tzinfo=SHANGHAI)
LONG = os.environ.get("XIANJIE_STATEFUL") == "nightly"
WALKS = settings(
    max_examples=200 if LONG else 6,
    stateful_step_count=120 if LONG else 30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
# One officer who is handler and head at once, so that four eyes have something to prevent.
BOTH = "legal@320506-police"
Given = TypeVar("Given")
anyone = st.sampled_from(CAST)
chances = st.integers(0, 2**32 - 1).map(Random)  # one draw a rule: a long walk fits into one example


class Stage:
    """The database, everybody on it, and a loop to run in."""

    def __init__(self, urls: DatabaseUrls, world: Mapping[str, int]) -> None:
        self.loop = asyncio.new_event_loop()
        self.database = Database(urls.app, 2)
        self.superuser: Connection = as_superuser(urls.superuser)
        self.world = world
        self._give_roles(["legal", "handler", "head"])
        self.organs = self._by("SELECT * FROM organs", "id")
        self.officers = {who: self._officer(officer) for who, officer in world.items()}
        code = {one["code"]: organ for organ, one in self.organs.items()}
        self.names = Names(
            group=[world[f"handler{n}@320506-market"] for n in (1, 2)],
            police=[code["320506-police"], code["320583-police"]],
            procuratorates=[code["320506-procuratorate"], code["320583-procuratorate"]],
            court=code["320506-court"],
        )

    def _by(self, query: str, key: str) -> dict[int, dict[str, Any]]:
        return {row[key]: row for row in self.superuser.execute(query.encode())}

    def _officer(self, officer: int) -> Officer:
        row = self._by(f"SELECT * FROM officers WHERE id = {officer:d}", "id")[officer]
        managing = any(role.endswith("_admin") for role in row["roles"])
        kind = "administrator" if managing else self.organs[row["organ_id"]]["kind"]
        return Officer(officer, row["organ_id"], kind, frozenset(row["roles"]))

    def _give_roles(self, roles: list[str]) -> None:
        self.superuser.execute("UPDATE officers SET roles = %s WHERE id = %s", [roles, self.world[BOTH]])

    def run(self, work: Coroutine[Any, Any, Given]) -> Given:
        return self.loop.run_until_complete(work)

    def close(self) -> None:
        self._give_roles(["legal"])
        self.run(self.database.close())
        self.superuser.close()
        self.loop.close()


@pytest.fixture
def stage(clean: DatabaseUrls, world: dict[str, int]) -> Iterator[Stage]:
    found = Stage(clean, world)
    found.run(found.database.open())
    yield found
    found.close()


class Walk(RuleBasedStateMachine):
    """One case and its transfer, on which anybody may try anything."""

    stage: Stage

    @initialize(tries=st.lists(anyone, max_size=4), named=st.booleans())
    def a_case_is_entered_and_a_transfer_opened(self, tries: list[str], named: bool) -> None:
        self.now, self.taken = BEGIN, Counter[str]()
        self.sender = self.stage.organs[self.stage.officers[HANDLER].organ]
        self.model: Model = fresh(self.stage.superuser, self.sender["id"])
        self.transfer: UUID | None = None
        self.case = self.stage.run(self._entered())
        for who in (*tries, HANDLER):
            if self.transfer is None:
                self._try_to_open(who, named)

    async def _entered(self) -> UUID:
        body = CaseEntry.model_validate_json(json.dumps(case_body()))
        async with self.stage.database.acting(self.stage.world[HANDLER], at=self.now) as tx:
            return (await enter(tx, Seal.from_secret(SECRET), body)).case_id

    @rule(hours=st.integers(1, 90))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    def _try_to_open(self, who: str, named: bool) -> None:
        officer = self.stage.officers[who]
        roles = actions()["open_draft"]["by"]["sender"]
        if officer.organ == self.sender["id"] and not officer.roles.isdisjoint(roles):
            self.transfer = self.stage.run(self._open(who, named))
            self._record_is_sound("open_draft")
        else:
            with pytest.raises((NotFound, NotAllowed)):
                self.stage.run(self._open(who, named))

    async def _open(self, who: str, named: bool) -> UUID:
        group = list(self.stage.names.group) if named else []
        body = OpenTransfer(charge="214", summary="事实", task_group=group)
        async with self.stage.database.acting(self.stage.world[who], at=self.now) as tx:
            return await open_transfer(tx, self.case, body)

    @rule(chance=chances, acts=st.integers(1, 6))
    def those_who_may_act(self, chance: Random, acts: int) -> None:
        for _ in range(acts):
            who, action = self._fitting(chance)
            given = self._filler(who, chance).inputs(action)
            given.pop("occurred_at", None)
            if chance.random() < 0.3 and actions()[action].get("paper"):
                given["occurred_at"] = self._filler(who, chance).when(action, self.now).isoformat()
            self._act(who, action, given)
            self._look(who)
            self.now += timedelta(hours=chance.randrange(12))

    @rule(who=anyone, action=st.sampled_from(sorted(actions())), chance=chances)
    def anybody_tries_anything(self, who: str, action: str, chance: Random) -> None:
        self._act(who, action, self._filler(who, chance).inputs(action) if self._may(who, action) else {})

    @rule(chance=chances, wrong=st.sampled_from(["stale", "future", "before", "missing", "unknown"]))
    def somebody_who_may_errs(self, chance: Random, wrong: str) -> None:
        who, action = self._fitting(chance)
        row, given = actions()[action], self._filler(who, chance).inputs(action)
        given.pop("occurred_at", None)
        revision = None
        required = [one["name"] for one in row.get("inputs", []) if one.get("required")]
        if wrong == "stale":
            revision = len(self.model.done) + chance.choice((-1, 1))
        elif wrong == "missing" and [name for name in required if not name.endswith("_organ")]:
            given.pop(chance.choice([name for name in required if not name.endswith("_organ")]))
        elif wrong == "future" and row.get("paper"):
            given["occurred_at"] = (self.now + timedelta(minutes=1)).isoformat()
        elif wrong == "before" and row.get("paper"):
            given["occurred_at"] = (self.model.answered(action) - timedelta(minutes=2)).isoformat()
        else:
            given["no_such_field"] = "x"
        with pytest.raises(Conflict if wrong == "stale" else Invalid):
            self.stage.run(self._taken(who, action, given, revision))
        self._nothing_moved()

    @rule(who=anyone)
    def somebody_looks(self, who: str) -> None:
        self._look(who)

    def _look(self, who: str) -> None:
        found = None
        with suppress(NotFound):
            found = self.stage.run(self._seen(who))
        assert (found is not None) == self._sees(who), who
        if found is not None:
            offered = {one.id for one in found.available_actions}
            assert offered == {action for action in actions() if self._may(who, action)}
            assert found.progress.state == self.model.state
            holder = found.progress.holder
            assert (holder is None) == (self.model.closed is not None)
            assert (not found.progress.next) == (holder is None)

    async def _seen(self, who: str) -> Any:
        assert self.transfer is not None
        async with self.stage.database.acting(self.stage.world[who], at=self.now) as tx:
            return await view.transfer(tx, self.transfer)

    def _act(self, who: str, action: str, given: Mapping[str, Any]) -> None:
        if not self._may(who, action):
            with pytest.raises(AppError):
                self.stage.run(self._taken(who, action, given))
            self._nothing_moved()
        elif self._held(action):
            with pytest.raises(Conflict, match="mandatory_evidence_missing"):
                self.stage.run(self._taken(who, action, given))
            self._nothing_moved()
        else:
            self.stage.run(self._taken(who, action, given))
            self._record_is_sound(action)

    async def _taken(
        self, who: str, action: str, given: Mapping[str, Any], revision: int | None = None
    ) -> None:
        assert self.transfer is not None
        async with self.stage.database.acting(self.stage.world[who], at=self.now) as tx:
            await act(tx, self.transfer, action, given, revision)

    def _fitting(self, chance: Random) -> tuple[str, str]:
        """Somebody, and an act that he may take now: rather one that leads on and was seldom taken."""
        possible = [(who, action) for who in CAST for action in actions() if self._may(who, action)]
        leading = [pair for pair in possible if actions()[pair[1]].get("to", "closed") != "closed"]
        among = leading if leading and chance.random() < 0.6 else possible
        least = min(self.taken[action] for _, action in among)
        return chance.choice([pair for pair in among if self.taken[pair[1]] <= least])

    def _may(self, who: str, action: str) -> bool:
        return self.model.may(self.stage.officers[who], action, self._expired())

    def _held(self, action: str) -> bool:
        holds = actions()[action].get("holds", [])
        return "mandatory_evidence" in holds and "evidence_override" not in self.model.matters

    def _expired(self) -> set[str]:
        if self._expired_at != (self.now, len(self.model.done)):
            rows = self.stage.superuser.execute(
                "SELECT clock FROM clocks WHERE transfer_id = %s AND stopped_at IS NULL AND due_at < %s",
                [self.transfer, self.now],
            )
            self._expired_now = {row["clock"] for row in rows}
            self._expired_at = (self.now, len(self.model.done))
        return self._expired_now

    _expired_at: tuple[datetime, int] | None = None
    _expired_now: set[str]

    def _filler(self, who: str, chance: Random) -> Filler:
        return Filler(self.stage.names, chance, self.stage.officers[who].organ, self.model)

    def _sees(self, who: str) -> bool:
        """Who sees the transfer, said in Python."""
        officer = self.stage.officers[who]
        home, kind = self.stage.organs[officer.organ], officer.kind
        police, court, procuratorate = (
            self.model.organs[party] for party in ("police", "court", "procuratorate")
        )
        if kind == "enforcement":
            above = home["level"] != "county" and home["line"] == self.sender["line"]
            return officer.organ == self.sender["id"] or (above and _over(home, self.sender))
        if kind == "police":
            above = home["level"] != "county" and police is not None
            return officer.organ in (police, *self.model.past) or (
                above and _over(home, self.stage.organs[police or 0])
            )
        if kind == "court":
            return officer.organ == court
        if kind == "procuratorate":
            return officer.organ == procuratorate or _over(home, self.sender)
        return kind == "supervising" and _over(home, self.sender)

    def _record_is_sound(self, action: str) -> None:
        assert self.transfer is not None
        before = len(self.model.done)
        self.model = consistent(self.stage.superuser, self.transfer)
        assert action in self.model.done[before:]
        self.taken[action] += 1

    def _nothing_moved(self) -> None:
        steps = self.stage.superuser.execute(
            "SELECT count(*) AS n FROM transfer_steps WHERE transfer_id = %s", [self.transfer]
        ).fetchone()
        assert steps == {"n": len(self.model.done)}


def _over(home: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether `other` lies in the area of `home`."""
    digits = {"county": 1, "city": 100, "province": 10_000, "nation": 1_000_000}[home["level"]]
    return bool(home["region"] // digits == other["region"] // digits)


def test_whatever_is_tried_the_model_knows_what_comes_of_it(stage: Stage) -> None:
    walk = type("ThisWalk", (Walk,), {"stage": stage})
    run_state_machine_as_test(walk, settings=WALKS)
