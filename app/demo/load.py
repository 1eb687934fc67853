"""Loads the demonstration: organs, the published real cases, and generated cases with the life they lead.

Everything goes through the same services as a request does, in the name of the officers who would act, at the
moment at which they would; nothing is written past the rules.
"""

from __future__ import annotations

import asyncio
import heapq
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml
from psycopg.conninfo import make_conninfo

from app.cases.models import CaseEntry
from app.cases.service import Origin, enter
from app.clocks.service import Subject, stop
from app.clues import service as clues
from app.clues.models import ClueAction, ClueDraft
from app.database.sealed import Seal
from app.database.transaction import Acting, Database
from app.demo.collecting import collect, counted
from app.demo.published import published_entries
from app.demo.stories import Step, Story, recipes, stories
from app.evidence.store import file_store_of
from app.organs.directory import load_directory
from app.referrals import service as referrals
from app.referrals.models import OpenReferral
from app.settings import Settings
from app.supervision import service as supervision
from app.supervision.models import Answer, RequestDraft
from app.transfers import service as transfers
from app.transfers.models import OpenTransfer

ORGANS = Path(__file__).with_name("organs.yaml")
PASSWORD = "Xianjie-demo-2026"  # noqa: S105 - the demonstration prints it
GENERATED = 800
# organ and login that show each role; printed at start
SIGN_INS = (
    ("承办人（市场监管）", "320506-market", "handler1"),
    ("负责人（市场监管）", "320506-market", "head"),
    ("受理岗（公安）", "320506-police", "desk"),
    ("法制审核（市场监管）", "320506-market", "legal"),
    ("系统对接账号（市场监管）", "320506-market", "feed"),
    ("办案部门（公安）", "320506-police", "handler"),
    ("县级公安机关负责人", "320506-police", "head"),
    ("检察官", "320506-procuratorate", "handler"),
    ("市级检察官", "320500-procuratorate", "handler"),
    ("双打办统计", "320500-coordinating", "statistics"),
    ("行政执法监督（司法局）", "320500-supervising", "supervisor"),
    ("监委承办人", "320506-commission", "handler"),
    ("税务承办人", "320506-tax", "handler"),
    ("法院承办人", "320506-court", "handler"),
    ("系统管理员", "320506-market", "sysadmin"),
    ("安全管理员", "320506-market", "secadmin"),
    ("审计管理员", "320506-market", "audit"),
)


_DELIVERY = timedelta(days=2)  # after the decision: served on the party, copied to police and procuratorate
_AT_ONCE = 4
_REFERRED = ("market", "police")
_LAST = 340104  # the place whose clues are sent last


class BrokenOffError(RuntimeError):
    """A part of the demonstration is there and the rest is not."""


@dataclass(order=True)
class _Due:
    at: datetime
    order: int
    story: Story = field(compare=False)
    steps: list[Step] = field(compare=False)
    case_id: UUID | None = field(default=None, compare=False)


async def load(settings: Settings, migration_url: str, generated: int = GENERATED) -> bool:
    """Load what is not there yet; False when the demonstration was loaded before."""
    load_directory(migration_url, ORGANS, PASSWORD)
    # what a crash would lose here is loaded again from the start, so nobody waits for the disk
    db = Database(
        make_conninfo(settings.database_url.get_secret_value(), options="-c synchronous_commit=off")
    )
    await db.open()
    try:
        demonstration = _Demonstration(db, settings)
        await demonstration.learn_officers()
        if await demonstration.is_loaded():
            return False
        await demonstration.play(generated)
        return True
    finally:
        await db.close()


class _Demonstration:
    def __init__(self, db: Database, settings: Settings) -> None:
        self.db, self.store = db, file_store_of(settings)
        self.seal = Seal.from_secret(settings.secret.get_secret_value())
        self.now = datetime.now(UTC)
        self.organs: list[dict[str, Any]] = yaml.load(ORGANS.read_text("utf-8"), yaml.CSafeLoader)["organs"]
        self.officers: dict[str, int] = {}
        self.organ_ids: dict[str, int] = {}

    async def learn_officers(self) -> None:
        """Ids by `login@organ code`, as sign-in finds them."""
        async with self.db.transaction() as tx:
            for organ in self.organs:
                for officer in organ["officers"]:
                    row = await tx.row(
                        "SELECT officer_id FROM sign_in_credentials(%(organ)s, %(login)s)",
                        organ=organ["code"],
                        login=officer["login"],
                    )
                    self.officers[f"{officer['login']}@{organ['code']}"] = row["officer_id"] if row else 0
        async with self.db.acting(self.officers["handler1@320506-market"]) as tx:
            self.organ_ids = {row["code"]: row["id"] for row in await tx.rows("SELECT id, code FROM organs")}

    async def is_loaded(self) -> bool:
        """Whether all was loaded before. Raises BrokenOffError when only a part was."""
        async with self.db.acting(self.officers["handler1@320000-market"]) as tx:
            begun = await tx.value("SELECT EXISTS (SELECT 1 FROM cases)")
        async with self.db.acting(self.officers[f"handler@{_LAST}-procuratorate"]) as tx:
            done = await tx.value(
                "SELECT EXISTS (SELECT 1 FROM clues WHERE from_organ_id = %(organ)s)", organ=tx.actor.organ_id
            )
        if begun and not done:
            raise BrokenOffError("loading the demo data broke off: run `make demo-reset`, then `make demo`")
        return bool(done)

    async def play(self, generated: int) -> None:
        """Everything that happened up to now, in the order of time."""
        enforcement = [
            one for one in self.organs if one["kind"] == "enforcement" and one["level"] != "province"
        ]
        order = count()
        due: list[_Due] = []
        for told in stories(generated, enforcement, self.now):
            heapq.heappush(due, _Due(told.at, next(order), told, list(told.steps)))
        await self._enter_published()
        while due and due[0].at <= self.now:
            at_once = [heapq.heappop(due) for _ in range(min(_AT_ONCE, len(due))) if due[0].at <= self.now]
            for event in await asyncio.gather(*(self._happen(event) for event in at_once)):
                if event.case_id is not None and event.steps:
                    heapq.heappush(
                        due, _Due(event.steps[0].at, next(order), event.story, event.steps, event.case_id)
                    )
        await self._refer()
        await self._send_clues()

    async def _happen(self, event: _Due) -> _Due:
        if event.case_id is None:
            event.case_id = await self._enter(event.story)
        else:
            await self._take(event)
        return event

    async def _enter(self, story: Story) -> UUID | None:
        """Enter the case; its id where it has to be transferred and so goes on."""
        entry = CaseEntry.model_validate_json(json.dumps(story.case))
        async with self._as("handler1", story.organ, story.at) as tx:
            entered = await enter(tx, self.seal, entry, Origin(generated=True))
            conclusion = await tx.value("SELECT conclusion FROM cases WHERE id = %(id)s", id=entered.case_id)
            if story.at + _DELIVERY <= self.now:
                of_case = Subject(tx.actor.organ_id, case_id=entered.case_id)
                for clock, outcome in (("decision_delivery", "送达"), ("penalty_copy", "抄送公安与检察")):
                    await stop(tx, [clock], of_case, outcome, story.at + _DELIVERY)
        return entered.case_id if conclusion == "must_transfer" else None

    async def _take(self, event: _Due) -> None:
        step = event.steps.pop(0)
        login, _, kind = step.who.partition("@")
        organ = event.story.organ if not kind else self._counterpart(event.story.organ, kind)
        assert event.case_id is not None  # noqa: S101 - a step follows entry
        async with self._as(login, organ, step.at) as tx:
            await self._act(tx, event.case_id, event.story, step)

    async def _act(self, tx: Acting, case_id: UUID, story: Story, step: Step) -> None:
        inputs = await self._filled(tx, case_id, story.organ, step.inputs)
        if step.action == "open_draft":
            await transfers.open_transfer(tx, case_id, OpenTransfer(**inputs))
        elif step.action == "suggest_transfer":
            await supervision.issue(tx, case_id, RequestDraft(kind=step.action, **inputs))
        elif step.action == "answer":
            request = await tx.value("SELECT id FROM supervision_requests WHERE case_id = %(id)s", id=case_id)
            await supervision.answer(tx, request, Answer(**inputs))
        else:
            transfer = await tx.value("SELECT id FROM transfers WHERE case_id = %(id)s", id=case_id)
            if step.action == "collect":
                await collect(tx, self.store, transfer, story.goods, **inputs)
            else:
                await transfers.act(tx, transfer, step.action, inputs)

    async def _filled(
        self, tx: Acting, case_id: UUID, organ: str, inputs: Mapping[str, Any]
    ) -> dict[str, Any]:
        charge = await tx.value("SELECT charges[1] FROM cases WHERE id = %(id)s", id=case_id)
        known: dict[str, Any] = {
            "{charge}": charge,
            "{group}": [self.officers[f"handler1@{organ}"], self.officers[f"handler2@{organ}"]],
            "{exhibits}": await counted(tx, case_id),
            "{police}": self.organ_ids[self._counterpart(organ, "police")],
            "{number}": f"公（经侦）立字〔{tx.now.year}〕{case_id.int % 9000 + 1000}号",
        }
        return {
            name: known.get(value, value) if isinstance(value, str) else value
            for name, value in inputs.items()
        }

    async def _enter_published(self) -> None:
        """The real cases, each with its source, entered by the province's organ as material for reading."""
        for at, entry, source in published_entries(self.now):
            async with self._as("handler1", "320000-market", at) as tx:
                await enter(tx, self.seal, entry, Origin(published_source=source))

    def _counties(self) -> list[str]:
        return sorted({one["code"].split("-")[0] for one in self.organs if one["level"] == "county"})

    async def _refer(self) -> None:
        """Referrals that no transfer preceded: back from police and procuratorate, and for detention."""
        for place in self._counties():
            case = await self._newest_case(place)
            for number, told in enumerate(recipes()["referrals"]):
                if told["kind"] == "reverse" or case is not None:
                    at = self.now - timedelta(days=40 - 6 * number)
                    await self._referral(place, told, at, {"{case}": case})

    async def _newest_case(self, place: str) -> str | None:
        async with self._as("handler1", f"{place}-market", self.now) as tx:
            number: str | None = await tx.value(
                "SELECT number FROM cases WHERE organ_id = %(organ)s ORDER BY id DESC LIMIT 1",
                organ=tx.actor.organ_id,
            )
        return number

    async def _referral(
        self, place: str, told: Mapping[str, Any], at: datetime, known: Mapping[str, Any]
    ) -> None:
        referral_id = None
        for step in told["steps"]:
            at += timedelta(days=step["after"])
            login, _, kind = step["who"].partition("@")
            async with self._as(login, f"{place}-{kind}", at) as tx:
                inputs = self._named(tx, place, step["with"], known)
                if referral_id is None:
                    opened = OpenReferral(kind=told["kind"], inputs=inputs)
                    referral_id = await referrals.open_referral(tx, opened)
                else:
                    await referrals.act(tx, referral_id, step["do"], inputs)

    def _named(
        self, tx: Acting, place: str, inputs: Mapping[str, Any], known: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The inputs with the place's organs and dates filled in."""
        filled = {
            **known,
            **{f"{{{kind}}}": self.organ_ids[f"{place}-{kind}"] for kind in _REFERRED},
            "{act_end}": (tx.now - timedelta(days=90)).date().isoformat(),
            "{discovered}": tx.now.date().isoformat(),
        }
        return {
            name: filled.get(value, value) if isinstance(value, str) else value
            for name, value in inputs.items()
        }

    async def _send_clues(self) -> None:
        for place in self._counties():
            for number, clue in enumerate(recipes()["clues"]):
                login, _, kind = clue["from"].partition("@")
                sent = self.now - timedelta(days=number * 5 + 2)
                recipient = f"{place}-{clue['to']}"
                draft = ClueDraft(
                    kind=clue["kind"],
                    to_organ_id=self.organ_ids[recipient],
                    subject=clue["subject"],
                    content=clue["content"],
                    send=True,
                )
                async with self._as(login, f"{place}-{kind}", sent) as tx:
                    clue_id = (await clues.draft(tx, draft)).id
                for later, action in enumerate(clue["then"], 1):
                    async with self._as(
                        "handler1" if clue["to"] == "market" else "handler",
                        recipient,
                        sent + timedelta(days=later / 2),
                    ) as tx:
                        await clues.act(tx, clue_id, action, ClueAction())

    def _as(self, login: str, organ: str, at: datetime) -> Any:
        return self.db.acting(self.officers[f"{login}@{organ}"], None, at)

    def _counterpart(self, organ: str, kind: str) -> str:
        return f"{organ.split('-')[0]}-{kind}"
