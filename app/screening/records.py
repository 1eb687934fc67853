"""What the records of a case's parties add: earlier penalties counted, figures of untreated acts added up."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cache, cached_property
from types import MappingProxyType
from typing import Any
from uuid import UUID

from app.database.transaction import Acting, Row
from app.law.accumulation import Accumulated, Act, accumulate, figures_added_up
from app.law.given_facts import FactError, Value, parse_facts
from app.law.legal_days import SHANGHAI
from app.law.priors import Count, Penalty, counts
from app.law.screening import charges_in_view
from app.law.standards import ACT_DATE
from app.law.statutes import law
from app.law.wording import plain
from app.screening.fields import facts_as_json
from app.screening.service import Screened, implied_facts, is_no_crime, screen_case


@dataclass(frozen=True)
class Records:
    """Penalties and untreated acts of a case's parties; the platform has records from the day `since` on.

    `in_question`: acts of a party of the same name, where a number that would tell is wanting.
    """

    since: date
    penalties: tuple[Penalty, ...] = ()
    untreated: tuple[Act, ...] = ()
    in_question: tuple[Act, ...] = ()


@dataclass(frozen=True)
class Asked:
    """A case whose parties are looked up: (USCC, blind index of the ID number, name) of each."""

    parties: Sequence[tuple[str | None, bytes | None, str]]
    case_id: UUID | None = None


@dataclass(frozen=True)
class Case:
    """What is screened of a case. `confirmed`: charges for which an officer lets acts be added up."""

    cause: str
    facts: Mapping[str, Value]
    party_kinds: Collection[str]
    act_end_date: date | None
    decided_on: date | None
    applied_on: date
    outside: tuple[Penalty, ...] = ()
    confirmed: frozenset[str] = field(default_factory=frozenset)

    @cached_property
    def stated(self) -> Mapping[str, Value]:
        """The facts that are stated, by the officer or by cause and parties."""
        return {**implied_facts(self.cause, self.party_kinds), **self.facts}

    @cached_property
    def charges(self) -> Sequence[str]:
        """The charges that come into view; without one no record of a party matters."""
        return charges_in_view(self.stated)

    @property
    def acted(self) -> date | None:
        """The day on which the act ended, as the case or its facts say."""
        stated = self.facts.get(ACT_DATE)
        return self.act_end_date or (stated if isinstance(stated, date) else None)


async def look_up(tx: Acting, asked: Sequence[Asked]) -> list[Records]:
    """The records of the parties of each of these cases, of all organs, in one round trip."""
    parties = [(place, *party, one.case_id) for place, one in enumerate(asked) for party in one.parties]
    places, usccs, indexes, names, cases = zip(*parties, strict=True) if parties else ((),) * 5
    rows = await tx.rows(
        """SELECT * FROM records_of(%(places)s, %(usccs)s, %(indexes)s, %(names)s, %(cases)s,
            string_to_array(%(figures)s, ','))""",
        places=list(places),
        usccs=list(usccs),
        indexes=list(indexes),
        names=list(names),
        cases=list(cases),
        figures=_figures_added_up(),
    )
    since = rows[0]["since"] or tx.now.astimezone(SHANGHAI).date()
    of: dict[int, list[Row]] = {}
    for row in rows:
        if row["place"] is not None:
            of.setdefault(row["place"], []).append(row)
    return [records_from(since, of.get(place, ())) for place in range(len(asked))]


@cache
def _figures_added_up() -> str:
    return ",".join(sorted(figures_added_up()))


def screen_with_records(case: Case, records: Records) -> Screened:
    """Screen a case with what the records of its parties add.

    A fact that is stated wins over what is counted. Acts are added up only while none of them is treated
    (未经处理), so not for a case that is decided; where no instrument fixes the period, an officer confirms.
    """
    if not case.charges:
        return screen_alone(case)
    penalties = (*records.penalties, *case.outside)
    counted = counts(case.stated, case.charges, case.cause, case.acted, penalties)
    added: dict[str, Value] = {one.fact.id: one.value for one in counted if one.value is not None}
    screened = screen_alone(case, added)
    sums: list[Accumulated] = []
    if case.decided_on is None and records.untreated:
        sums = accumulate(
            screened.facts, case.acted, case.applied_on, screened.screening.findings, records.untreated
        )
    settled = [one for one in sums if one.fixed or one.charge.charge in case.confirmed]
    totals = {name: total for one in settled for name, total in one.totals.items()}
    final = screen_alone(case, {**added, **totals}) if totals else screened
    return replace(
        final,
        party_record=_as_json(case, records, counted, sums, facts_as_json({**added, **totals}), screened),
    )


def screen_alone(case: Case, added: Mapping[str, Value] = MappingProxyType({})) -> Screened:
    """Screen a case without looking at any record; `added` go before its own facts."""
    facts = {**case.facts, **added}
    return screen_case(case.cause, facts, case.party_kinds, case.act_end_date, case.applied_on)


def records_from(since: date, rows: Iterable[Row]) -> Records:
    """Records from rows of `party_records` or `case_records`."""
    penalties = [
        Penalty(row["organ_name"], row["cause"], row["decided_on"], None, row["by_name"])
        for row in rows
        if row["penalised"]
    ]
    acts = [(row, act) for row in rows if row["decided_on"] is None and (act := _act(row))]
    return Records(
        since,
        tuple(penalties),
        tuple(act for row, act in acts if not row["by_name"]),
        tuple(act for row, act in acts if row["by_name"]),
    )


def _act(row: Row) -> Act | None:
    """An untreated case as an act; None where its cause or facts are no longer in the vocabulary."""
    if row["cause"] not in law().causes or is_no_crime(row["cause"]):
        return None
    try:
        facts = {**implied_facts(row["cause"], row["party_kinds"] or ()), **parse_facts(row["facts"])}
    except FactError:
        return None
    stated = facts.get(ACT_DATE)
    acted = row["act_end_date"] or (stated if isinstance(stated, date) else None)
    return Act(facts, acted, row["organ_name"], row["cause"])


def _as_json(
    case: Case,
    records: Records,
    counted: Iterable[Count],
    sums: Iterable[Accumulated],
    facts: Mapping[str, Any],
    screened: Screened,
) -> dict[str, Any]:
    counted = list(counted)
    return {
        "facts": facts,
        "counted": [_count_as_json(one, records.since) for one in counted],
        "accumulated": [
            {**one.as_json(screened.facts), "confirmed": one.charge.charge in case.confirmed} for one in sums
        ],
        "questions": list(_questions(counted, records, case)),
    }


def _count_as_json(count: Count, since: date) -> dict[str, Any]:
    nothing = f"本平台自{since.isoformat()}起没有“{count.fact.name}”所指的行政处罚记录"
    return {
        "fact": count.fact.id,
        "name": count.fact.name,
        "value": plain(count.value) if isinstance(count.value, Decimal) else count.value,
        "found": [
            {
                "organ": one.organ,
                "cause": one.cause,
                "decided_on": one.decided_on.isoformat(),
                "source": one.source,
            }
            for one in count.found
        ],
        "assumption": nothing if not count.found and count.value is not None else None,
        "citation": law().citation(count.rule.cite),
        "note": count.rule.note,
    }


def _questions(counted: Iterable[Count], records: Records, case: Case) -> Iterable[str]:
    named = {(one.organ, one.decided_on) for count in counted for one in count.in_question}
    for organ, day in sorted(named):
        yield f"{organ}于{day.isoformat()}处罚过名称相同或者相近的当事人，是否为同一当事人，请人工核对。"
    if any(count.value is None and count.found for count in counted):
        yield "行为终了日未查明，不能确定以前的行政处罚是否在期限内，请补充行为终了日。"
    if case.decided_on is not None:
        return
    for act in records.in_question:
        ended = f"（行为终了日{act.acted.isoformat()}）" if act.acted else ""
        yield (
            f"{act.organ}有名称相同或者相近的当事人未经处理的案件{ended}，是否为同一当事人、"
            "数额是否累计，请人工核对。"
        )
