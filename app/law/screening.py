"""Screens the facts of one case against every charge: what must be transferred, what is missing to tell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Literal
from zoneinfo import ZoneInfo

from app.law.given_facts import FactError, Value
from app.law.heaviest import heaviest
from app.law.logic import Facts, Truth
from app.law.reports import ConditionReport, reports_of
from app.law.standards import (
    ACT_DATE,
    ANY_TIME,
    Meeting,
    Period,
    Plan,
    Standard,
    Timeline,
    timelines,
)
from app.law.statutes import law

Outcome = Literal["reached", "undetermined", "near", "not_reached"]
Conclusion = Literal["must_transfer", "undetermined", "near", "not_reached"]
ORDER: tuple[Outcome, ...] = ("reached", "undetermined", "near", "not_reached")
RANK = {outcome: rank for rank, outcome in enumerate(ORDER)}
PRODUCT_CONDUCT = frozenset({"produce", "sell", "provide_use"})


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome for one charge. `law_version` governs; `other_version` is the one it was compared with."""

    charge: str
    name: str
    track: str | None
    outcome: Outcome
    law_version: str | None
    other_version: str | None
    conditions: tuple[ConditionReport, ...]
    missing_facts: tuple[str, ...]
    assumptions: tuple[str, ...]
    questions: tuple[str, ...]
    near: bool
    marks: tuple[str, ...]
    role: str | None

    def as_json(self) -> dict[str, Any]:
        """As one JSON object."""
        return {
            "charge": self.charge,
            "name": self.name,
            "track": self.track,
            "outcome": self.outcome,
            "law_version": self.law_version,
            "other_version": self.other_version,
            "conditions": [condition.as_json() for condition in self.conditions],
            "missing_facts": list(self.missing_facts),
            "assumptions": list(self.assumptions),
            "questions": list(self.questions),
            "near": self.near,
            "marks": list(self.marks),
            "role": self.role,
        }


@dataclass(frozen=True, slots=True)
class Screening:
    """What screening says of one case, and the law (content hash) it was said under."""

    conclusion: Conclusion
    missing_facts: tuple[str, ...]
    findings: tuple[Finding, ...]
    law: str
    heaviest: Mapping[str, Any] | None = None
    """Where several charges are reached: the heavier (see `app.law.heaviest`)."""

    def as_json(self) -> dict[str, Any]:
        """As one JSON object."""
        return {
            "conclusion": self.conclusion,
            "missing_facts": list(self.missing_facts),
            "findings": [finding.as_json() for finding in self.findings],
            "law": self.law,
            "heaviest": self.heaviest,
        }


def today() -> date:
    """Today in China."""
    return datetime.now(ZoneInfo("Asia/Shanghai")).date()


def screen(
    facts: Mapping[str, Value],
    act_end_date: date | None = None,
    decided_on: date | None = None,
    acted_between: Period = ANY_TIME,
) -> Screening:
    """Screen parsed facts (see `parse_facts`). `decided_on`: the day on which the law is applied, else today.

    Without `act_end_date` every version of the law is tried that stood in the period `acted_between`.
    Raises FactError if the days contradict each other.
    """
    acted = day_of_act(facts, act_end_date, decided_on)
    decided_on = decided_on or today()
    conduct = facts.get("conduct")
    if not isinstance(conduct, frozenset):
        return Screening("undetermined", ("conduct",), (), law().version)
    findings = [_finding(one.plan(acted or acted_between, decided_on), facts) for one in _in_view(facts)]
    category_open = "product_category" not in facts and not conduct.isdisjoint(PRODUCT_CONDUCT)
    return _concluded(findings, category_open, facts)


def day_of_act(facts: Facts, act_end_date: date | None, decided_on: date | None) -> date | None:
    """The day on which the act ended, as case or facts say. Raises FactError if the days contradict."""
    stated = facts.get(ACT_DATE)
    if isinstance(stated, date):
        if act_end_date not in (None, stated):
            raise FactError(
                "act_end_date_contradicts",
                ACT_DATE,
                "案情要素中的行为终了日与案件的行为终了日不一致，请改成一致。",
            )
        act_end_date = stated
    if act_end_date and act_end_date > (decided_on or today()):
        field = "decided_on" if decided_on else ACT_DATE
        raise FactError(
            "date_order", field, "适用法律之日（未填时为今天）不能早于行为终了日，请核对两个日期。"
        )
    return act_end_date


def charges_in_view(facts: Facts) -> list[str]:
    """The charges that would have a finding: those whose conduct, and product category, is stated."""
    return [timeline.charge.charge for timeline in _in_view(facts)]


def _in_view(facts: Facts) -> Iterator[Timeline]:
    conduct, category = facts.get("conduct"), facts.get("product_category")
    for timeline, categories in _by_conduct(conduct) if isinstance(conduct, frozenset) else ():
        if not categories or (isinstance(category, frozenset) and not categories.isdisjoint(category)):
            yield timeline


@lru_cache(maxsize=1_000)
def _by_conduct(conduct: frozenset[str]) -> tuple[tuple[Timeline, frozenset[str]], ...]:
    """The charges that a conduct brings into view, with the product categories that they ask for."""
    return tuple(
        (timeline, gate.product_category)
        for timeline in timelines()
        if (gate := timeline.charge.applies_to) and not gate.conduct.isdisjoint(conduct)
    )


def _concluded(findings: list[Finding], category_open: bool, facts: Facts) -> Screening:
    best = min([RANK[finding.outcome] for finding in findings], default=RANK["not_reached"])
    if category_open:
        best = min(best, RANK["undetermined"])
    missing = [name for finding in findings for name in finding.missing_facts]
    missing += ["product_category"] if category_open else []
    conclusion: Conclusion = "must_transfer" if best == 0 else ORDER[best]  # type: ignore[assignment]  # not "reached"
    reached = [(one.charge, one.law_version) for one in findings if one.outcome == "reached"]
    return Screening(
        conclusion,
        tuple(dict.fromkeys(missing)),
        tuple(findings),
        law().version,
        heaviest(reached, facts) if len(reached) > 1 else None,
    )


def _finding(plan: Plan, given: Facts) -> Finding:
    facts, assumed = _with_mind_assumed(plan, given)
    readings = {one: _read(one, facts, alone=one is plan.single) for one in plan.standards}
    if plan.single:
        settled, missing = readings[plan.single].answer
    else:
        settled, missing = plan.decider.decide(facts)
    views = [_best_view(meetings, facts, readings) for meetings in plan.tries]
    view, least = _ends(views)
    other, near = view.other or least.governing, any(one.near for one in views)
    outcome = _named(settled, near)
    charge, shown, meeting = plan.charge, view.governing, view.meeting
    reports = reports_of(shown).of(given, shown.unassumed(readings[shown].states, assumed)) if shown else ()
    marks = [*_marks(meeting, shown, reports)]
    if charge.earlier_standard_not_recorded and meeting.settled_by in ("TIME2001", "no_standard"):
        marks.append("earlier_standard_not_recorded")
    return Finding(
        charge=charge.charge,
        name=charge.name,
        track=meeting.track if plan.has_tracks else None,
        outcome=outcome,
        law_version=shown.version.id if shown else None,
        other_version=other.version.id if other and other is not shown else None,
        conditions=reports,
        missing_facts=missing,
        assumptions=assumed if outcome == "reached" else (),
        questions=_questions(view),
        near=near and outcome in ("near", "undetermined"),
        marks=tuple(marks),
        role=charge.role,
    )


def _with_mind_assumed(plan: Plan, given: Facts) -> tuple[Facts, tuple[str, ...]]:
    """Elements of mind are for the police to establish: what is unknown of them is assumed, and named."""
    assumed = tuple(name for name in plan.mind if name not in given)
    if not assumed:
        return given, ()
    return {**given, **{name: law().facts[name].assumed_when_unknown for name in assumed}}, assumed


@dataclass(slots=True)
class _Reading:
    """One standard before the facts: each comparison's state, what is settled and missing, whether near."""

    standard: Standard
    states: list[Truth]
    answer: tuple[Truth, tuple[str, ...]]
    near: bool

    @property
    def outcome(self) -> Outcome:
        return _named(self.answer[0], self.near)


Readings = Mapping[Standard, _Reading]


def _read(standard: Standard, facts: Facts, alone: bool) -> _Reading:
    """`alone`: no other standard is in play, so that nobody asks how near it is once it is reached."""
    states = standard.formula.states(facts)
    answer = standard.decider.decide(facts, states)
    return _Reading(
        standard, states, answer, near=not (alone and answer[0]) and standard.is_near(facts, states)
    )


@dataclass(slots=True)
class _View:
    """One track as it governs: the more lenient of its two standards."""

    meeting: Meeting
    governing: Standard | None
    other: Standard | None
    outcome: Outcome
    near: bool


def _ends(views: Sequence[_View]) -> tuple[_View, _View]:
    """The view that reaches most, and the one that reaches least."""
    if len(views) == 1:
        return views[0], views[0]
    ranks = [RANK[one.outcome] for one in views]
    return views[ranks.index(min(ranks))], views[ranks.index(max(ranks))]


def _best_view(meetings: Sequence[Meeting], facts: Facts, readings: Readings) -> _View:
    views = [_view(meeting, readings) for meeting in meetings]
    return (
        min(views, key=lambda view: (RANK[view.outcome], _distance(view, facts)))
        if len(views) > 1
        else views[0]
    )


def _distance(view: _View, facts: Facts) -> int:
    """How far a track's own gate is from fitting the case: a special track that fits comes first."""
    standard = view.governing or view.other
    if standard is None:
        return 4
    if standard.gate is None:
        return 1
    return {True: 0, None: 2, False: 3}[standard.gate.truth(facts)]


def _view(meeting: Meeting, readings: Readings) -> _View:
    standards = meeting.standards
    if not standards:
        return _View(meeting, None, meeting.at_act or meeting.at_decision, "not_reached", near=False)
    first = readings[standards[0]]
    if len(standards) == 1:
        return _View(meeting, first.standard, None, first.outcome, first.near)
    second = readings[standards[1]]
    lenient, other = (second, first) if RANK[second.outcome] > RANK[first.outcome] else (first, second)
    near = lenient.near or (other.near and other.outcome == lenient.outcome)
    return _View(meeting, lenient.standard, other.standard, lenient.outcome, near)


def _named(settled: Truth, near: bool) -> Outcome:
    if settled is None:
        return "undetermined"
    return "reached" if settled else "near" if near else "not_reached"


def _marks(meeting: Meeting, shown: Standard | None, reports: Sequence[ConditionReport]) -> Iterable[str]:
    """How sure this is, as `mark:what`; of the limbs, those that carry the outcome."""
    if meeting.settled_by:
        yield meeting.settled_by
    if shown and not shown.version.verified:
        yield f"unverified:{shown.version.id}"
    limbs = [report for report in reports if report.limb and report.met is not False]
    met = [report for report in limbs if report.met]
    for report in met or limbs:
        if report.review:
            yield f"review_{report.review}:{report.limb}"


def _questions(view: _View) -> tuple[str, ...]:
    """Catch-all limbs and open points: for the officer, never decided here."""
    standard = view.governing or view.other
    if view.meeting.settled_by is None:
        return standard.questions if standard else ()
    asked = list(standard.questions) if standard else []
    match view.meeting.settled_by:
        case "repealed":
            asked.append("行为时的标准在适用法律之日已不再施行，是否另有依据，请人工核对。")
        case "no_standard":
            asked.append("行为时和适用法律之日都没有已收录的立案追诉标准，请人工核对。")
        case "no_offence":
            asked.append("行为时刑法尚未规定本罪（刑法第十二条），请核对行为终了日。")
    return tuple(asked)
