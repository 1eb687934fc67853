"""What a cause of action (案由) asks for: the facts that can decide its charges, the most deciding first."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

from app.law.models import Cause, Charge, Fact
from app.law.notation import Condition, comparisons
from app.law.screening import PRODUCT_CONDUCT
from app.law.standards import timelines
from app.law.statutes import law


def facts_to_ask(cause: Cause, on: date) -> tuple[Fact, ...]:
    """The facts that can still change the outcome for the charges of a cause under the law of a day.

    What the cause implies is left out. First conduct and product category, then what stands before every
    limb, then what decides a limb alone, then what only counts beside others; elements of mind come last, for
    they are for the police to establish.
    """
    implied: dict[str, Any] = {
        name: frozenset(value) if isinstance(value, tuple) else value for name, value in cause.implies.items()
    }
    weights: dict[str, Fraction] = {}
    mind: dict[str, Fraction] = {}
    for timeline in timelines():
        charge = timeline.charge
        if charge.charge not in cause.charges or charge.applies_to is None:
            continue
        plan = timeline.plan(on, on)
        assumed = {name: law().facts[name].assumed_when_unknown for name in plan.mind}
        conduct = implied.get("conduct", charge.applies_to.conduct)
        _, missing = plan.decider.decide({**assumed, **implied, "conduct": conduct})
        for condition, weight in _weighed(charge, on):
            names = _base_facts(condition)
            for name in names:
                if name in missing:
                    weights[name] = weights.get(name, Fraction(0)) + Fraction(weight, len(names) ** 2)
        weights["conduct"] = Fraction(10_000)
        if not PRODUCT_CONDUCT.isdisjoint(conduct):
            weights["product_category"] = Fraction(1_000)
        mind |= dict.fromkeys(plan.mind, Fraction(0))
    ordered = sorted(weights, key=lambda name: -weights[name])
    return tuple(law().facts[name] for name in [*ordered, *mind] if name not in cause.implies)


def _weighed(charge: Charge, on: date) -> list[tuple[Condition, int]]:
    weighed = [(element, 100) for element in charge.elements]
    for version in charge.versions:
        if version.from_ <= on and (version.to is None or on <= version.to):
            weighed += [(gate, 100) for gate in version.gate]
            weighed += [(condition, 1) for condition in version.written_conditions]
    return weighed


def _base_facts(condition: Condition) -> list[str]:
    found: dict[str, None] = {}
    for one in comparisons(condition):
        fact = law().facts[one.fact]
        if fact.counted_from is None:
            found |= dict.fromkeys(fact.sum_of or [fact.id])
    return list(found)
