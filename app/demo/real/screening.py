"""Screens the published cases: every day on which the act may have ended, every division of a total."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from app.demo.real.reading import ReadFigure, act_end, applied_on, circumstances, read_figures
from app.demo.real.records import RealCase
from app.law.given_facts import parse_facts
from app.law.screening import Screening, screen
from app.law.statutes import law

Bound = Literal["low", "value", "high"]
Division = Literal["all_sold", "none_sold", "stated"]
Doubt = Literal["act_end_date", "division"]


@dataclass(frozen=True)
class ScreeningInput:
    """One case on one possible last day of the act, with one possible division of its totals."""

    id: str
    act_end_date: date
    decided_on: date
    division: Division
    facts: Mapping[str, object]

    def as_json(self) -> dict[str, object]:
        """As `xianjie screen` reads it; amounts as decimal strings."""
        facts = {
            name: str(value) if isinstance(value, Decimal) else value for name, value in self.facts.items()
        }
        days = {"act_end_date": self.act_end_date.isoformat(), "decided_on": self.decided_on.isoformat()}
        return {"id": self.id, **days, "facts": facts}

    def screen(self) -> Screening:
        """What the law says of it."""
        return screen(parse_facts(self.facts), self.act_end_date, self.decided_on)


Screened = tuple[tuple[ScreeningInput, Screening], ...]


@dataclass(frozen=True)
class Outcome:
    """What screening says of a case: the conclusion common to all its inputs, else `undetermined`.

    `doubts`: what the inputs differ by when they do not agree. `unsettled`: the approximate figures that were
    left out because the true amount may lie on either side of a limit.
    """

    case: RealCase
    conclusion: str
    screened: Screened
    doubts: tuple[Doubt, ...]
    unsettled: tuple[str, ...]

    @property
    def missing_facts(self) -> tuple[str, ...]:
        """The facts that would tell, over all inputs."""
        return tuple(dict.fromkeys(name for _, result in self.screened for name in result.missing_facts))


def outcome(case: RealCase) -> Outcome:
    """Screen one case with the figures that count."""
    figures, unsettled = _settled(case)
    screened = tuple((each, each.screen()) for each in _inputs(case, figures, "value"))
    conclusions = {result.conclusion for _, result in screened}
    agreed = conclusions.pop() if len(conclusions) == 1 else "undetermined"
    return Outcome(case, agreed, screened, _doubts(screened), unsettled)


def known_facts(case: RealCase) -> dict[str, object]:
    """What can be entered of the case: the facts that hold whichever way a total is divided."""
    whole = [figure for figure in _settled(case)[0] if not figure.meaning.total_of]
    return {**circumstances(case), **_amounts(whole, "stated", "value")}


def known_act_end(case: RealCase) -> date | None:
    """The day on which the act ended, where the source fixes it."""
    period = act_end(case)
    return period.first if period.first == period.last else None


def screening_inputs(case: RealCase) -> list[ScreeningInput]:
    """Everything that `xianjie screen` is asked of the case: one input a possible day and division."""
    return _inputs(case, _settled(case)[0], "value")


def _settled(case: RealCase) -> tuple[list[ReadFigure], tuple[str, ...]]:
    """The figures that count, and the names of the approximate ones that do not.

    Those count only if both ends of the span that the source's word allows give the same conclusion.
    """
    figures = read_figures(case)
    vague = tuple(figure.name for figure in figures if not figure.exact)
    low, high = (
        [each.screen().conclusion for each in _inputs(case, figures, end)] for end in ("low", "high")
    )
    if not vague or low == high:
        return figures, ()
    return [figure for figure in figures if figure.exact], vague


def _inputs(case: RealCase, figures: list[ReadFigure], bound: Bound) -> list[ScreeningInput]:
    divided = any(figure.meaning.total_of for figure in figures)
    divisions: tuple[Division, ...] = ("all_sold", "none_sold") if divided else ("stated",)
    days = _days(case)
    found = []
    for day in days:
        for division in divisions:
            marks = [case.id, *([day.isoformat()] if len(days) > 1 else []), *([division] if divided else [])]
            facts = {**circumstances(case), **_amounts(figures, division, bound)}
            decided_on = max(day, applied_on(case) or day)
            found.append(ScreeningInput("/".join(marks), day, decided_on, division, facts))
    return found


def _amounts(figures: list[ReadFigure], division: Division, bound: Bound) -> dict[str, Decimal]:
    facts: dict[str, Decimal] = {}
    for figure in figures:
        amount: Decimal = getattr(figure, bound)
        if figure.meaning.total_of:
            sold, unsold = figure.meaning.total_of
            facts[sold], facts[unsold] = (
                (amount, Decimal(0)) if division == "all_sold" else (Decimal(0), amount)
            )
        else:
            facts[figure.meaning.facts[0]] = amount
    return facts


def _days(case: RealCase) -> list[date]:
    """One day for each set of standards in force within the days on which the act may have ended.

    Days before the first standard are none of their own: an act of then is judged by the first (TIME2001).
    """
    period = act_end(case)
    first, last = period.first or date.min, period.last or date.max
    found = screen(parse_facts(circumstances(case)), None, None).findings
    versions = [version for finding in found for version in law().charges[finding.charge].versions]
    turns = {version.from_ for version in versions}
    turns |= {version.to + timedelta(days=1) for version in versions if version.to}
    turns |= {limb.from_ for version in versions for limb in version.limbs if limb.from_}
    days = [first, *sorted(day for day in turns if first < day <= last)]
    in_force = [day for day in days if any(v.from_ <= day <= (v.to or day) for v in versions)]
    return in_force or [first]


def _doubts(screened: Screened) -> tuple[Doubt, ...]:
    by_day: dict[date, set[str]] = {}
    by_division: dict[Division, set[str]] = {}
    for each, result in screened:
        by_day.setdefault(each.act_end_date, set()).add(result.conclusion)
        by_division.setdefault(each.division, set()).add(result.conclusion)
    doubts: list[Doubt] = []
    if any(len(conclusions) > 1 for conclusions in by_division.values()):
        doubts.append("act_end_date")
    if any(len(conclusions) > 1 for conclusions in by_day.values()):
        doubts.append("division")
    return tuple(doubts)
