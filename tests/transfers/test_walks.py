"""Random walks of many officers through the procedure: whatever is pressed, the record stays sound."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.database.transaction import Database, Row
from app.errors import AppError
from app.law.legal_days import SHANGHAI
from app.law.procedure_table import Action, Input, transfer_procedure
from app.transfers.models import OpenTransfer
from app.transfers.service import act, open_transfer
from app.transfers.situation import standing
from tests.cases.builders import case_body, enter
from tests.conftest import Acts
from tests.transfers.builders import HANDLER, PROCURATOR, group

TABLE = transfer_procedure()
CAST = (
    *(f"{login}@320506-market" for login in ("handler1", "handler2", "legal", "head", "feed")),
    *(f"{login}@320506-police" for login in ("desk", "handler", "legal", "head")),
    *(f"{login}@320583-police" for login in ("desk", "handler", "head")),
    *(f"{login}@320506-procuratorate" for login in ("handler", "head")),
    *(f"{login}@320500-procuratorate" for login in ("handler", "head")),
    *(f"{login}@320583-procuratorate" for login in ("handler", "head")),
    *(f"{login}@320506-court" for login in ("handler", "head")),
)
# What lifts a hold, and the list that is handed over.
_ALWAYS = {"override_reason", "goods"}
BEGIN = datetime(2026, 1, 5, 9, 0, tzinfo=SHANGHAI)


@dataclass
class Walk:
    """One transfer after another on one case, by whoever is drawn."""

    database: Database
    world: dict[str, int]
    case_id: UUID
    task_group: list[int]
    police: list[int]
    court: int
    procuratorates: list[int]
    chance: random.Random
    taken: Counter[str] = field(default_factory=Counter)
    now: datetime = BEGIN
    transfer: UUID | None = None

    async def open(self) -> None:
        body = OpenTransfer(charge="214", summary="事实", task_group=self.task_group)
        async with self.database.acting(self.world[HANDLER], at=self.now) as tx:
            self.transfer = await open_transfer(tx, self.case_id, body)
        self.taken["open_draft"] += 1

    async def step(self) -> bool:
        """One act by one officer; False where that officer may do nothing."""
        assert self.transfer is not None
        self.now += timedelta(hours=self.chance.randrange(1, 60))
        who = self.chance.choice(CAST)
        before = await self.row()
        try:
            async with self.database.acting(self.world[who], at=self.now) as tx:
                found = (await standing(tx, self.transfer)).available
        except AppError:
            return False
        await self._try_what_is_refused(who, found, before)
        if not found:
            return False
        action = min(found, key=lambda one: (self.taken[one.id], self.chance.random()))
        running = await self.running()
        async with self.database.acting(self.world[who], at=self.now) as tx:
            await act(tx, self.transfer, action.id, self._inputs(action, tx.actor.organ_id))
        self.taken[action.id] += 1
        await self._check(action, before, running)
        return True

    async def _try_what_is_refused(self, who: str, found: list[Action], before: Row) -> None:
        refused = self.chance.choice([one for one in TABLE.actions if one not in found])
        with pytest.raises(AppError):
            async with self.database.acting(self.world[who], at=self.now) as tx:
                await act(tx, before["id"], refused.id, {})
        assert (await self.row())["revision"] == before["revision"]

    async def _check(self, action: Action, before: Row, running: Counter[str]) -> None:
        after = await self.row()
        assert after["state"] == (action.to or before["state"])
        assert after["state"] in {state.id for state in TABLE.states}
        assert after["revision"] == before["revision"] + 1
        assert (after["closed_at"] is not None) == TABLE.state(after["state"]).final
        assert after["proposal"] is None or after["proposed_by"] is not None
        started = Counter(clock for clock in action.starts if clock != "report_transfer")
        for clock in action.stops:
            running.pop(clock, None)
        assert await self.running() == running + started

    def _inputs(self, action: Action, organ: int) -> dict[str, Any]:
        return {
            one.name: self._value(one, organ)
            for one in action.inputs
            if one.required or one.name in _ALWAYS or self.chance.random() < 0.5
        }

    def _value(self, one: Input, organ: int) -> Any:
        if one.name == "fine_offset":
            return "0"  # no more than was fined
        match one.type:
            case "datetime":
                return self.now.isoformat()
            case "goods":
                return [{"name": "案卷材料", "quantity": "3", "unit": "册"}]
            case "exhibits":
                return []
            case "text":
                return self.chance.choice(["理由", "甲" * 200, "a'b\"c\\n%s"])
            case "lines":
                return ["第一项", "第二项"]
            case "flag":
                return True
            case "count":
                return self.chance.randrange(1, (one.max or 60) + 1)
            case "money":
                return "1000.50"
            case "date":
                return "2026-08-01"
            case "choice":
                return self.chance.choice(sorted(one.choices))
            case "charge":
                return self.chance.choice(["213", "214", "140"])
            case "officers":
                return self.task_group
            case "organ" if one.organ_kind == "court":
                return self.court
            case "organ" if one.organ_kind == "procuratorate":
                return next(other for other in self.procuratorates if other != organ)
            case "organ":
                # The sender knows one right addressee, police hand on to the other organ.
                return next((police for police in self.police if police != organ), None)
        raise AssertionError(one.type)

    async def row(self) -> Row:
        async with self.database.acting(self.world[PROCURATOR]) as tx:
            row = await tx.row("SELECT * FROM transfers WHERE id = %(id)s", id=self.transfer)
        assert row is not None
        return row

    async def running(self) -> Counter[str]:
        async with self.database.acting(self.world[PROCURATOR]) as tx:
            rows = await tx.rows(
                "SELECT clock FROM clocks WHERE transfer_id = %(id)s AND stopped_at IS NULL", id=self.transfer
            )
        return Counter(row["clock"] for row in rows)

    async def check_record(self) -> None:
        """The steps chain without a gap, and the case has at most one open transfer."""
        async with self.database.acting(self.world[PROCURATOR]) as tx:
            steps = await tx.rows(
                "SELECT * FROM transfer_steps WHERE transfer_id = %(id)s ORDER BY id", id=self.transfer
            )
            count = await tx.value(
                "SELECT count(*) FROM transfers WHERE case_id = %(id)s AND closed_at IS NULL", id=self.case_id
            )
            events = await tx.value(
                """SELECT count(*) FROM audit_events
                    WHERE transfer_id = %(id)s AND subject_kind = 'transfer'""",
                id=self.transfer,
            )
        row = await self.row()
        assert [step["from_state"] for step in steps] == [None, *(step["to_state"] for step in steps[:-1])]
        assert steps[-1]["to_state"] == row["state"]
        assert len(steps) == row["revision"] == events
        assert count == (row["closed_at"] is None)


async def a_walk(acts: Acts, database: Database, world: dict[str, int], seed: int) -> Walk:
    case = await enter(acts(HANDLER), case_body())
    organs = {one["code"]: one["id"] for one in (await acts(HANDLER).get("/api/v1/organs")).json()}
    return Walk(
        database,
        world,
        UUID(case["id"]),
        await group(acts),
        [organs["320506-police"], organs["320583-police"]],
        organs["320506-court"],
        [organs["320506-procuratorate"], organs["320583-procuratorate"]],
        random.Random(seed),
    )


@pytest.mark.parametrize("seed", range(4))
async def test_a_walk_keeps_the_record_sound(
    acts: Acts, database: Database, world: dict[str, int], seed: int
) -> None:
    walk = await a_walk(acts, database, world, seed)
    await walk.open()
    for _ in range(120):
        await walk.step()
    await walk.check_record()
