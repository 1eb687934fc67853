"""Random cases for the comparison of both evaluators: facts near the limits, some missing, any two days."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from app.law.given_facts import Value
from app.law.models import Charge, Fact
from app.law.notation import comparisons
from app.law.standards import timelines
from app.law.statute_checks import conditions
from app.law.statutes import law

SHARES = ["0", "0.3", "0.3334", "0.4", "0.5", "0.79", "0.8", "0.99", "1", "1.01", "2"]
HIGH = ["2", "10"]
KINDS = ("party_type", "illegal_business_type", "company_form", "capital_min")
CHARGES = [timeline.charge for timeline in timelines()]


@cache
def read_by(code: str) -> dict[str, list[Decimal]]:
    """The base facts that a charge reads, with the limits they are held against."""
    read: dict[str, list[Decimal]] = {}
    for condition, _ in conditions(law().charges[code]):
        for one in comparisons(condition):
            fact = law().facts[one.fact]
            if not fact.counted_from:
                for name in fact.sum_of or [fact.id]:
                    read.setdefault(name, []).append(one.limit or Decimal(1))
    return read


SPLIT = [one for one in CHARGES if not read_by(one.charge).keys().isdisjoint(KINDS)]
"""Charges whose limits depend on what the party or the business is: there plain logic is not enough."""


def random_case(rng: random.Random) -> tuple[dict[str, Value], date | None, date]:
    """Facts, last day of the act, day of applying the law."""
    charge = rng.choice(CHARGES if rng.random() < 0.6 else SPLIT)
    facts: dict[str, Value] = {}
    shares = SHARES if rng.random() < 0.7 else HIGH
    known = rng.choice([0.3, 0.6, 0.95])
    for name, limits in read_by(charge.charge).items():
        if rng.random() < (0.3 if name in KINDS else known):
            facts[name] = _value(law().facts[name], limits, shares, rng)
    facts |= _gates(charge, rng)
    applied = date(2008, 1, 1) + timedelta(days=rng.randint(0, 6900))
    acted = applied - timedelta(days=int(rng.expovariate(1 / 1200)))
    if rng.random() < 0.3:
        turns = [day for day, _ in _timeline(charge).spans() if date.min < day <= applied]
        acted = rng.choice(turns) - timedelta(days=rng.randint(0, 1)) if turns else acted
    return facts, None if rng.random() < 0.2 else acted, applied


def _timeline(charge: Charge) -> Any:
    return next(one for one in timelines() if one.charge is charge)


def _gates(charge: Charge, rng: random.Random) -> dict[str, Value]:
    gate = charge.applies_to
    assert gate is not None
    conduct = {rng.choice(sorted(gate.conduct))}
    if rng.random() < 0.2:
        conduct.add(rng.choice(sorted(law().facts["conduct"].values)))
    found: dict[str, Value] = {"conduct": frozenset(conduct)}
    categories = sorted(gate.product_category or law().facts["product_category"].values)
    if rng.random() < 0.85:
        found["product_category"] = frozenset(rng.choices(categories, k=rng.randint(1, 2)))
    if rng.random() < 0.02:
        del found["conduct"]
    return found


def _value(fact: Fact, limits: list[Decimal], shares: list[str], rng: random.Random) -> Value:
    match fact.type:
        case "bool":
            return rng.random() < (0.5 if shares is SHARES else 0.9)
        case "enum":
            return rng.choice([word for word in fact.values if word != "unknown"])
        case "set":
            return frozenset(rng.sample(sorted(fact.values), rng.randint(1 if fact.never_empty else 0, 2)))
    return rng.choice(limits) * Decimal(rng.choice(shares))
