"""How the conditions of a standard are reported: what is required, what the case says, whether it is met."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from app.law.logic import Facts, Truth, truth
from app.law.standards import Requirement, Standard
from app.law.wording import actual_of


@dataclass(slots=True)
class ConditionReport:
    """One condition of the governing standard: what is required, what the case says, and whether it is met.

    `met` is None while facts are missing. Figures in `actual` are decimal strings.
    """

    limb: str | None
    citation: str
    statement: str
    required: str
    actual: Mapping[str, Any]
    met: Truth
    attempt: bool
    review: str | None

    def as_json(self) -> dict[str, Any]:
        """As one JSON object."""
        entry: dict[str, Any] = {
            "limb": self.limb,
            "citation": self.citation,
            "statement": self.statement,
            "required": self.required,
            "actual": self.actual,
            "met": self.met,
        }
        if self.attempt:
            entry["attempt"] = True
        if self.review:
            entry["review"] = self.review
        return entry


class Reports:
    """The reports of one standard, ready for a case: those on which it says nothing are always the same."""

    def __init__(self, standard: Standard) -> None:
        self._lines = [
            (tuple(fact.id for fact in one.facts), _worded(one), node) for one, node in standard.nodes
        ]
        self._says: dict[str, list[tuple[str, Callable[[Facts], Any]]]] = {}
        self._about: dict[str, list[int]] = {}
        facts = {fact.id: fact for one in standard.requirements for fact in one.facts}
        for fact in facts.values():
            for name in fact.sum_of or (fact.id,):
                self._says.setdefault(name, []).append((fact.id, actual_of(fact)))
        for place, (names, _, _) in enumerate(self._lines):
            for name in names:
                self._about.setdefault(name, []).append(place)
        states = standard.formula.states({})
        self._nothing_stated = [
            worded(dict.fromkeys(names), truth(node, states)) for names, worded, node in self._lines
        ]

    def of(self, facts: Facts, states: Sequence[Truth]) -> tuple[ConditionReport, ...]:
        """One report for each requirement; `states`: the standard's comparisons, answered for these facts."""
        says, about, lines = self._says, self._about, self._lines
        actual = {name: say(facts) for stated in facts for name, say in says.get(stated, ())}
        reports = self._nothing_stated.copy()
        for place in {place for name in actual for place in about[name]}:
            names, worded, node = lines[place]
            reports[place] = worded({name: actual.get(name) for name in names}, truth(node, states))
        return tuple(reports)


@cache
def reports_of(standard: Standard) -> Reports:
    """The reports of a standard, made once."""
    return Reports(standard)


def _worded(requirement: Requirement) -> Callable[[Mapping[str, Any], Truth], ConditionReport]:
    """The report of a requirement, but for what the case says."""
    limb, citation, required = requirement.limb, requirement.citation, requirement.text
    name, statement = (limb.id, limb.says) if limb else (None, required)
    attempt, review = (limb.attempt, limb.review) if limb else (False, None)

    def worded(actual: Mapping[str, Any], met: Truth) -> ConditionReport:
        return ConditionReport(name, citation, statement, required, actual, met, attempt, review)

    return worded
