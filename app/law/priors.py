"""Earlier administrative penalties of a party as facts: which decisions count, and how many there are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache

from app.law.given_facts import Value
from app.law.models import Counted, Fact
from app.law.notation import comparisons
from app.law.statute_checks import conditions
from app.law.statutes import law


@dataclass(frozen=True)
class Penalty:
    """A penalty decision against the party.

    `source`: where it is known from, if not from this platform. `by_name`: the decision's party has the same
    name, but no number says that it is the same.
    """

    organ: str
    cause: str
    decided_on: date
    source: str | None = None
    by_name: bool = False


@dataclass(frozen=True)
class Count:
    """What is counted for one fact. `value` is None while it cannot be told: the day of the act is unknown
    and decisions exist, or decisions exist against a party of the same name only (`in_question`)."""

    fact: Fact
    rule: Counted
    value: bool | Decimal | None
    found: tuple[Penalty, ...]
    in_question: tuple[Penalty, ...]


def counts(
    facts: Mapping[str, Value],
    charges: Iterable[str],
    cause: str | None,
    acted: date | None,
    penalties: Sequence[Penalty],
) -> list[Count]:
    """The counted facts that the charges read and nobody has stated, in the order of the vocabulary."""
    read = frozenset(name for charge in charges for name in facts_of(charge))
    return [
        _count(fact, fact.counted, cause, acted, penalties)
        for fact in law().facts.values()
        if fact.counted and fact.id in read and fact.id not in facts
    ]


@cache
def facts_of(charge: str) -> frozenset[str]:
    """The facts that the versions of a charge read; of sums the parts."""
    read: set[str] = set()
    for condition, _ in conditions(law().charges[charge]):
        for one in comparisons(condition):
            read.update(law().facts[one.fact].sum_of or (one.fact,))
    return frozenset(read)


def _count(
    fact: Fact, rule: Counted, cause: str | None, acted: date | None, penalties: Iterable[Penalty]
) -> Count:
    kinds = causes_counted(rule, cause)
    counted = [one for one in penalties if one.cause in kinds and _within(one.decided_on, acted, rule.years)]
    # The same decision may have been entered by an organ and by its feed.
    found = tuple(
        {(one.organ, one.cause, one.decided_on): one for one in counted if not one.by_name}.values()
    )
    in_question = tuple(one for one in counted if one.by_name)
    return Count(fact, rule, _value(fact, rule, found, in_question, acted), found, in_question)


def _value(
    fact: Fact, rule: Counted, found: Sequence[Penalty], in_question: Sequence[Penalty], acted: date | None
) -> bool | Decimal | None:
    if fact.type == "bool" and len(found) >= rule.at_least and acted is not None:
        return True
    if in_question or (found and acted is None):
        return None
    return len(found) >= rule.at_least if fact.type == "bool" else Decimal(len(found))


def causes_counted(rule: Counted, cause: str | None) -> frozenset[str]:
    """The causes of action whose penalties count."""
    by_charge = {one.id for one in law().causes.values() if not set(rule.charges).isdisjoint(one.charges)}
    own = {cause} if rule.same_cause and cause else set()
    return frozenset(by_charge | set(rule.causes) | own)


def _within(decided_on: date, acted: date | None, years: int) -> bool:
    """Whether the act ended after the decision and within so many years; with no day, whether it may."""
    return acted is None or decided_on < acted <= years_later(decided_on, years)


def years_later(day: date, years: int) -> date:
    """The same day so many years later; of 29 February the last day of the month."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)
