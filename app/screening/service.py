"""Screening a case against the law, keeping the finding, and what follows from a reached threshold."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import Any, Literal
from uuid import UUID

from app.clocks import service as clocks
from app.clocks.service import Subject
from app.database.transaction import Acting, Dated, new_id
from app.errors import invalid
from app.law.given_facts import FactError, parse_facts
from app.law.screening import Screening, day_of_act, screen
from app.law.statutes import law
from app.notices.service import Addressee, notify
from app.screening.fields import facts_as_json

NOTHING: Mapping[str, Any] = MappingProxyType({})
REPORT_CLOCK = "report_transfer"
Why = Literal["entry", "facts_changed", "law_changed", "records_changed"]
"""What gave rise to a screening."""
_OUTCOMES = {"must_transfer": "reached"}
# 刑法第三十条 counts companies, enterprises, institutions, state organs and bodies among the units; an
# individual business (个体工商户) is none of them.
_PARTY_TYPES = {"person": "person", "individual_business": "person", "unit": "unit"}


@dataclass(frozen=True)
class Screened:
    """What was screened (facts stated, implied by cause and parties, added by records) and what came of it.

    `party_record`: what the records of the parties added, and how (see `app.screening.records`).
    """

    facts: Mapping[str, Any]
    act_end_date: date | None
    applied_on: date
    screening: Screening
    party_record: Mapping[str, Any] = field(default_factory=dict)

    @property
    def conclusion(self) -> str:
        """must_transfer, undetermined, near or not_reached."""
        return self.screening.conclusion

    @property
    def charges(self) -> list[str]:
        """The charges that give the conclusion; none where nothing is reached, near or open."""
        if self.conclusion == "not_reached":
            return []
        outcome = _OUTCOMES.get(self.conclusion, self.conclusion)
        return list(dict.fromkeys(one.charge for one in self.screening.findings if one.outcome == outcome))

    @property
    def law_version(self) -> str:
        """Content hash of the law's data."""
        return self.screening.law

    def as_json(self) -> dict[str, Any]:
        """The screening as one JSON object, with what the records of the parties added."""
        explained = {name: said for name, said in self.party_record.items() if name != "facts"}
        return {**self.screening.as_json(), **explained}


def screen_case(
    cause: str | None,
    facts: Mapping[str, Any],
    party_kinds: Collection[str],
    act_end_date: date | None,
    applied_on: date,
    party_record: Mapping[str, Any] = NOTHING,
) -> Screened:
    """Screen parsed facts, with those that the cause implies and the officer did not state otherwise.

    `applied_on` is the day on which the law is applied; `party_record` as it is stored with a case: its facts
    go before the stated ones. Raises Invalid when dates contradict each other.
    """
    added = parse_facts(party_record.get("facts", {}))
    read = {**implied_facts(cause, party_kinds), **facts, **added}
    if cause and is_no_crime(cause) and "conduct" not in read:
        none = Screening("not_reached", (), (), law().version)
        return Screened(read, act_end_date, applied_on, none, party_record)
    check_days(facts, act_end_date, applied_on)
    found = screen(read, act_end_date, applied_on)
    return Screened(read, act_end_date, applied_on, found, party_record)


def check_days(facts: Mapping[str, Any], act_end_date: date | None, applied_on: date) -> None:
    """Raises Invalid when dates contradict each other."""
    try:
        day_of_act(facts, act_end_date, applied_on)
    except FactError as error:
        field = f"facts.{error.field}" if error.field in facts else error.field
        raise invalid(field, error.code, error.detail) from error


def is_no_crime(cause: str) -> bool:
    """Whether a breach of this cause amounts to no charge: then only a stated conduct is screened."""
    return not law().causes[cause].charges


def implied_facts(cause: str | None, party_kinds: Collection[str]) -> dict[str, Any]:
    """The facts that the cause of action and the kinds of the parties say by themselves."""
    kinds = {_PARTY_TYPES[kind] for kind in party_kinds}
    implied = _implied_by(cause) if cause else NOTHING
    return {**implied, **({"party_type": kinds.pop()} if len(kinds) == 1 else {})}


@cache
def _implied_by(cause: str) -> Mapping[str, Any]:
    return parse_facts(law().causes[cause].implies)


async def store_finding(tx: Dated, case_id: UUID, screened: Screened, why: Why) -> None:
    """Keep what was concluded, from which facts, under which law."""
    await tx.execute(
        """INSERT INTO findings (id, case_id, screened_at, screened_for, law_version, act_end_date,
            decided_on, facts, conclusion, result)
          VALUES (%(id)s, %(case_id)s, %(screened_at)s, %(screened_for)s, %(law_version)s, %(act_end_date)s,
            %(decided_on)s, %(facts)s, %(conclusion)s, %(result)s)""",
        finding_row(tx, case_id, screened, why),
    )


def finding_row(tx: Dated, case_id: UUID, screened: Screened, why: Why) -> dict[str, Any]:
    """The columns of a finding."""
    return {
        "id": new_id(),
        "case_id": case_id,
        "screened_at": tx.now,
        "screened_for": why,
        "law_version": screened.law_version,
        "act_end_date": screened.act_end_date,
        "decided_on": screened.applied_on,
        "facts": facts_as_json(screened.facts),
        "conclusion": screened.conclusion,
        "result": screened.as_json(),
    }


async def threshold_reached(tx: Dated, organ: int, case_id: UUID, number: str) -> None:
    """Start the clock for the report and tell the handlers and head of the organ whose case it is."""
    await clocks.start(tx, REPORT_CLOCK, Subject(organ, case_id=case_id), organ, tx.now)
    await notify(
        tx,
        Addressee(organ, ("handler", "head")),
        "case.reached",
        f"案件{number}达到立案追诉标准，请在期限内提出移送报告",
        ("case", case_id),
    )


async def suspected(tx: Dated, organ: int, case_id: UUID, number: str) -> None:
    """An officer found reasonable suspicion: the clock for the report runs, unless a transfer is open."""
    if await _report_may_start(tx, case_id):
        await clocks.start(tx, REPORT_CLOCK, Subject(organ, case_id=case_id), organ, tx.now)
    await notify(
        tx,
        Addressee(organ, ("handler", "head")),
        "case.suspected",
        f"案件{number}认定有合理嫌疑，请提出移送报告",
        ("case", case_id),
    )


async def _report_may_start(tx: Dated, case_id: UUID) -> bool:
    found: bool = await tx.value(
        """SELECT NOT EXISTS (SELECT 1 FROM transfers WHERE case_id = %(case)s AND closed_at IS NULL)
            AND NOT EXISTS (SELECT 1 FROM clocks WHERE case_id = %(case)s AND clock = %(clock)s
              AND stopped_at IS NULL)""",
        case=case_id,
        clock=REPORT_CLOCK,
    )
    return found


async def threshold_left(tx: Dated, organ: int, case_id: UUID, by: str) -> None:
    """Stop the clock for the report; `by` says what stopped it."""
    await clocks.stop(tx, [REPORT_CLOCK], Subject(organ, case_id=case_id), by)


async def follow_change(tx: Dated, organ: int, case_id: UUID, number: str, before: str, after: str) -> None:
    """What a changed conclusion sets going or ends. An open transfer has clocks of its own."""
    if before == after or "must_transfer" not in (before, after):
        return
    row = await tx.row(
        """SELECT EXISTS (SELECT 1 FROM transfers WHERE case_id = %(case)s AND closed_at IS NULL) AS transfer,
            EXISTS (SELECT 1 FROM clocks WHERE case_id = %(case)s AND clock = %(clock)s
              AND stopped_at IS NULL) AS running""",
        case=case_id,
        clock=REPORT_CLOCK,
    )
    if row is None or row["transfer"]:
        return
    if after == "must_transfer" and not row["running"]:
        await threshold_reached(tx, organ, case_id, number)
    elif after != "must_transfer":
        await threshold_left(tx, organ, case_id, "screening")


async def applied_on(tx: Acting, case_id: UUID, today: date) -> date:
    """The day on which the law is applied to a stored case: today, until it is transferred."""
    sent: date | None = await tx.value(
        """SELECT (max(sent_at) AT TIME ZONE 'Asia/Shanghai')::date FROM transfers
            WHERE case_id = %(case)s""",
        case=case_id,
    )
    return sent or today
