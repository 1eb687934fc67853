"""Several untreated acts of one party: the figures that the law adds up (累计计算), charge by charge."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from app.law.given_facts import Value
from app.law.models import Accumulation, AccumulationWindow, Charge, Sentence
from app.law.priors import facts_of, years_later
from app.law.screening import Finding, Outcome, screen
from app.law.statutes import law
from app.law.wording import plain


@dataclass(frozen=True)
class Act:
    """Another untreated act of the same party: its facts and the day on which it ended."""

    facts: Mapping[str, Value]
    acted: date | None
    organ: str
    cause: str


@dataclass(frozen=True)
class Accumulated:
    """A charge that only the sum reaches. `totals`: the figures added up; `acts`: those added to the case.

    `fixed` says that the instrument itself names the period; else 追诉时效 bounds it, and an officer has to
    confirm it. `acted`: the day on which the case's own act ended.
    """

    charge: Charge
    rule: Accumulation
    window: AccumulationWindow
    alone: Outcome
    totals: Mapping[str, Decimal]
    acts: tuple[Act, ...]
    acted: date | None

    @property
    def fixed(self) -> bool:
        """Whether the period is fixed by the instrument."""
        return self.window.window_years is not None

    def as_json(self, own: Mapping[str, Value]) -> dict[str, Any]:
        """As one JSON object; `own` are the facts of the case itself."""
        return {
            "charge": self.charge.charge,
            "name": self.charge.name,
            "alone": self.alone,
            "rule": self.window.rule,
            "window_years": self.window.window_years,
            "window_basis": self.window.window_basis,
            "needs_confirmation": not self.fixed,
            "limitation": None if self.fixed else _limitation(self.charge),
            "totals": [
                {
                    "fact": name,
                    "name": law().facts[name].name,
                    "own": _plain(own.get(name)),
                    "total": plain(total),
                }
                for name, total in self.totals.items()
            ],
            "cases": [
                {
                    "organ": act.organ,
                    "act_end_date": act.acted.isoformat() if act.acted else None,
                    "cause": act.cause,
                    "figures": {name: _plain(act.facts[name]) for name in self.totals if name in act.facts},
                    "in_doubt": not self.fixed and _in_doubt(self.charge, act.acted, self.acted),
                }
                for act in self.acts
            ],
        }


def _plain(value: Value | None) -> str | None:
    return plain(value) if isinstance(value, Decimal) else None


def limitation_years(sentence: Sentence) -> int:
    """After how many years a crime with this heaviest sentence is no longer prosecuted (刑法第87条)."""
    for step in law().limitation.steps:
        if step.life_or_death == (sentence.life or sentence.death) and (
            step.below_years is None or sentence.years < step.below_years
        ):
            return step.limit_years
    raise LookupError(f"no limitation for {sentence.says}")


def _limitation(charge: Charge) -> dict[str, Any] | None:
    """How far back acts are added up where the text names no period; None where no sentence is recorded."""
    if not charge.sentences:
        return None
    rule = law().limitation
    return {
        "years": limitation_years(charge.sentences[-1]),
        "in_doubt_after_years": limitation_years(charge.sentences[0]),
        "citation": law().citation(rule.cite),
        "verified": rule.verified and all(one.verified for one in charge.sentences),
        "reading": rule.reading,
    }


def _in_doubt(charge: Charge, one: date | None, other: date | None) -> bool:
    """Whether the days are unknown, or further apart than the limitation of the lightest sentence."""
    if one is None or other is None:
        return True
    first, second = sorted((one, other))
    return bool(charge.sentences) and second > years_later(first, limitation_years(charge.sentences[0]))


def figures_added_up() -> frozenset[str]:
    """The facts that are added up, and those that say which acts belong together."""
    names = {fact.id for fact in law().facts.values() if fact.accumulated and not fact.derived}
    return frozenset(names | {"conduct", "product_category"} | {n for r in _rules() for n in _alike(r)})


def accumulate(
    facts: Mapping[str, Value],
    acted: date | None,
    applied: date,
    findings: Iterable[Finding],
    others: Sequence[Act],
) -> list[Accumulated]:
    """The charges of a case that are reached only together with other untreated acts of the party."""
    found = (
        _accumulated(law().charges[one.charge], rule, one, (facts, acted, applied), others)
        for one in findings
        if one.outcome != "reached"
        for rule in _rules()
    )
    return [one for one in found if one is not None]


def _rules() -> Iterable[Accumulation]:
    return law().accumulation.values()


_Case = tuple[Mapping[str, Value], date | None, date]


def _accumulated(
    charge: Charge, rule: Accumulation, alone: Finding, case: _Case, others: Sequence[Act]
) -> Accumulated | None:
    facts, acted, applied = case
    window = _window(rule, acted or applied)
    names = sorted(
        name
        for name in facts_of(charge.charge)
        if law().facts[name].accumulated == rule.id and not law().facts[name].derived
    )
    if window is None or not names:
        return None
    fitting = [one for one in others if _belongs(one, charge, rule, facts)]
    for acts in _periods(fitting, acted, window.window_years, charge):
        totals = _totals(names, facts, acts)
        if any(facts.get(name) != total for name, total in totals.items()):
            screened = screen({**facts, **totals}, acted, applied)
            if any(f.charge == charge.charge and f.outcome == "reached" for f in screened.findings):
                return Accumulated(charge, rule, window, alone.outcome, totals, tuple(acts), acted)
    return None


def _window(rule: Accumulation, day: date) -> AccumulationWindow | None:
    return next(
        (
            one
            for one in rule.windows
            if (one.from_ is None or one.from_ <= day) and (one.to is None or day <= one.to)
        ),
        None,
    )


def _belongs(act: Act, charge: Charge, rule: Accumulation, facts: Mapping[str, Value]) -> bool:
    """Whether the act comes under the same charge, and is alike where the rule asks it."""
    gate = charge.applies_to
    conduct, category = act.facts.get("conduct"), act.facts.get("product_category")
    if gate is None or not isinstance(conduct, frozenset) or gate.conduct.isdisjoint(conduct):
        return False
    if gate.product_category and (
        not isinstance(category, frozenset) or gate.product_category.isdisjoint(category)
    ):
        return False
    return all(name in facts and act.facts.get(name) == facts[name] for name in _alike(rule))


def _alike(rule: Accumulation) -> list[str]:
    return [part for part in rule.group_by.split("+") if part in law().facts]


def _periods(
    acts: Sequence[Act], acted: date | None, years: int | None, charge: Charge
) -> Iterable[list[Act]]:
    """The acts that fall into one period with the case's own; every possible beginning is tried."""
    if years is None:
        yield _within_limitation(acts, acted, charge)
        return
    if acted is None:
        return
    dated = [(one.acted, one) for one in acts if one.acted is not None]
    for begins in sorted({acted, *(day for day, _ in dated)}):
        ends = years_later(begins, years)
        if begins <= acted <= ends:
            yield [one for day, one in dated if begins <= day <= ends]


def _within_limitation(acts: Sequence[Act], acted: date | None, charge: Charge) -> list[Act]:
    """The acts that follow each other, up to and from the case's own, each within the limitation of the last.

    The limitation is that of the heaviest sentence; acts of an unknown day stay in, for an officer to ask.
    """
    if acted is None or not charge.sentences:
        return [*acts]
    years = limitation_years(charge.sentences[-1])
    days = sorted({acted, *(one.acted for one in acts if one.acted is not None)})
    first = last = days.index(acted)
    while first > 0 and days[first] <= years_later(days[first - 1], years):
        first -= 1
    while last + 1 < len(days) and days[last + 1] <= years_later(days[last], years):
        last += 1
    return [one for one in acts if one.acted is None or days[first] <= one.acted <= days[last]]


def _totals(names: Iterable[str], facts: Mapping[str, Value], acts: Sequence[Act]) -> dict[str, Decimal]:
    """The sums; of shares the greatest. What nobody states stays out: a sum is at least its known parts."""
    totals: dict[str, Decimal] = {}
    for name in names:
        parts = [
            value for one in (facts, *(a.facts for a in acts)) if isinstance(value := one.get(name), Decimal)
        ]
        if parts:
            totals[name] = max(parts) if law().facts[name].type == "ratio" else sum(parts, Decimal(0))
    return totals
