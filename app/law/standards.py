"""Filing standards compiled for evaluation, and which of them meet on two given days (从旧兼从轻)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property, lru_cache

from app.law.completion import Decider
from app.law.logic import Facts, Formula, Node, Tests, Truth, truth
from app.law.models import Charge, Fact, Limb, Version
from app.law.notation import AllOf, AnyOf, AtLeast, Comparison, Condition, Not, comparisons
from app.law.statutes import law
from app.law.wording import required

NEAR_SHARE = Decimal("0.8")
"""A figure is near its limit from this share on."""

NEVER = AnyOf(())
ACT_DATE = "act_end_date"


@dataclass(frozen=True)
class Requirement:
    """One line of a finding's conditions: an element or gate of the charge, an exception, or a limb."""

    citation: str
    condition: Condition
    limb: Limb | None = None

    @cached_property
    def text(self) -> str:
        """The condition with its figures, in Chinese."""
        return required(self.condition, law().facts)

    @cached_property
    def facts(self) -> tuple[Fact, ...]:
        """The facts it reads."""
        names = dict.fromkeys(one.fact for one in comparisons(self.condition))
        return tuple(law().facts[name] for name in names)


class Standard:
    """One version of a charge as it stood on a day, with the limbs then in force."""

    def __init__(self, charge: Charge, version: Version, limbs: tuple[Limb, ...]) -> None:
        self.charge, self.version, self.limbs = charge, version, limbs
        basis = law().citation(f"CL {charge.article}")
        gate = limbs[0].cite if limbs else f"CL {charge.article}"
        self.requirements = [Requirement(basis, _expanded(one, version)) for one in charge.elements]
        self.requirements += [
            Requirement(law().citation(gate), _expanded(one, version)) for one in version.gate
        ]
        self.requirements += [
            Requirement(law().citation(one.cite), Not(one.when)) for one in version.exceptions
        ]
        before = [one.condition for one in self.requirements]
        alternatives = [_limb_condition(limb, version) for limb in limbs]
        self.requirements += [
            Requirement(law().citation(limb.cite), condition, limb)
            for limb, condition in zip(limbs, alternatives, strict=True)
        ]
        self.condition = AllOf((*before, AnyOf(tuple(alternatives))))

    @cached_property
    def questions(self) -> tuple[str, ...]:
        """The catch-all limbs as questions to the officer."""
        return tuple(f"{one.says}（{law().citation(one.cite)}）" for one in self.version.questions)

    @cached_property
    def formula(self) -> Formula:
        return Formula(self.condition, law().facts)

    @cached_property
    def decider(self) -> Decider:
        return Decider(self.formula, law().facts)

    @cached_property
    def gate(self) -> Formula | None:
        """What must hold for this track to be the one that fits the case."""
        return Formula(AllOf(self.version.gate), law().facts) if self.version.gate else None

    @cached_property
    def nodes(self) -> list[tuple[Requirement, Node]]:
        """The requirements with their nodes of the formula."""
        *before, (_, limbs) = self.formula.node[1]  # type: ignore[index]
        return list(zip(self.requirements, [*before, *limbs], strict=True))

    def unassumed(self, states: Sequence[Truth], assumed: Iterable[str]) -> Sequence[Truth]:
        """The states of the comparisons as they are without the facts that were only assumed."""
        open_ones = [number for name in assumed for number in self.formula.reading(name)]
        if not open_ones:
            return states
        without = list(states)
        for number in open_ones:
            without[number] = None
        return without

    @cached_property
    def _near_tests(self) -> Tests:
        figures = [pair for pair in enumerate(self.formula.comparisons) if pair[1].operator == ">="]
        return Tests(figures, law().facts, NEAR_SHARE)

    @cached_property
    def _limb_figures(self) -> list[tuple[Node, frozenset[int]]]:
        numbers = {one: number for number, one in enumerate(self.formula.comparisons)}
        return [
            (node, frozenset(numbers[one] for one in near_figures(requirement.condition)))
            for requirement, node in self.nodes
            if requirement.limb
        ]

    def is_near(self, facts: Facts, states: Sequence[Truth]) -> bool:
        """A figure stands at 80 % or more of the limit of a limb whose other conditions may still hold.

        `states`: the formula's comparisons, answered for these facts.
        """
        near = list(states)
        held = [number for number in self._near_tests.answer(facts, near) if near[number]]
        if not held:
            return False
        for limb, figures in self._limb_figures:
            if not figures.isdisjoint(held) and truth(limb, near) is not False:
                *before, _ = self.formula.node[1]  # type: ignore[index]
                return all(truth(node, near) is not False for node in before)
        return False


def near_figures(condition: Condition) -> list[Comparison]:
    """The comparisons of a limb whose limit a figure can come near to."""
    if isinstance(condition, Comparison):
        return [condition] if condition.operator == ">=" else []
    if isinstance(condition, (AllOf, AnyOf)):
        return [one for part in condition.parts for one in near_figures(part)]
    return []


def _limb_condition(limb: Limb, version: Version) -> Condition:
    condition = _expanded(limb.when, version)
    if not limb.displaced_for:
        return condition
    displaced = [
        Comparison(name, "not_stated", values=frozenset(words)) for name, words in limb.displaced_for.items()
    ]
    return AllOf((*displaced, condition))


def _expanded(condition: Condition, version: Version) -> Condition:
    """With half_threshold_hits written out: so many of the version's items at half or more."""
    if isinstance(condition, Comparison):
        if law().facts[condition.fact].counted_from is None or condition.limit is None:
            return condition
        return AtLeast(int(condition.limit), tuple(_halved(item) for item in version.half_threshold_items))
    if isinstance(condition, AtLeast | Not):
        return condition
    return type(condition)(tuple(_expanded(part, version) for part in condition.parts))


def _halved(condition: Condition) -> Condition:
    if isinstance(condition, Comparison):
        if condition.limit is None:
            return condition
        return Comparison(condition.fact, condition.operator, limit=condition.limit / 2)
    if isinstance(condition, AllOf | AnyOf):
        return type(condition)(tuple(_halved(part) for part in condition.parts))
    return condition


@dataclass(frozen=True)
class Meeting:
    """In one track: the standard of the day of the act and the one of the day on which the law is applied.

    `settled_by` names the rule when one of them is missing: TIME2001 (no standard stood before, the later one
    governs), `repealed` (none stands any more), `no_offence` (the act was no crime yet), `no_standard`.
    """

    track: str
    at_act: Standard | None
    at_decision: Standard | None
    settled_by: str | None

    @cached_property
    def standards(self) -> tuple[Standard, ...]:
        """The standards that must both be reached."""
        if self.settled_by in ("repealed", "no_offence", "no_standard"):
            return ()
        if self.settled_by == "TIME2001" or self.at_act is self.at_decision:
            return (self.at_decision,) if self.at_decision else ()
        return tuple(one for one in (self.at_act, self.at_decision) if one)

    @property
    def condition(self) -> Condition:
        if not self.standards:
            return NEVER
        return AllOf(tuple(one.condition for one in self.standards))


@dataclass(frozen=True, slots=True)
class Period:
    """The days between which an act ended, both included; an open end is unknown."""

    first: date | None = None
    last: date | None = None


ANY_TIME = Period()


@dataclass(frozen=True)
class Plan:
    """Everything that decides one charge for given days: one list of meetings for every day of act tried."""

    charge: Charge
    tries: tuple[tuple[Meeting, ...], ...]
    mind: tuple[str, ...]
    """Elements of mind that the charge asks for."""

    @cached_property
    def standards(self) -> tuple[Standard, ...]:
        """The standards in play, each once."""
        met = [one for attempt in self.tries for meeting in attempt for one in meeting.standards]
        return tuple({id(one): one for one in met}.values())

    @cached_property
    def single(self) -> Standard | None:
        """The only standard in play, if there is one: the plain case."""
        same = all(any(meeting.standards for meeting in attempt) for attempt in self.tries)
        return self.standards[0] if len(self.standards) == 1 and same else None

    @cached_property
    def has_tracks(self) -> bool:
        """Whether standards of the charge run side by side."""
        return len(self.charge.tracks) > 1

    @cached_property
    def decider(self) -> Decider:
        if self.single:
            return self.single.decider
        facts: dict[str, Fact] = dict(law().facts)
        if len(self.tries) == 1:
            (meetings,) = self.tries
            return Decider(Formula(AnyOf(tuple(one.condition for one in meetings)), facts), facts)
        days = {f"day_{number}": "" for number in range(len(self.tries))}
        facts[ACT_DATE] = facts[ACT_DATE].model_copy(update={"type": "enum", "values": days})
        tried = tuple(
            AllOf((
                Comparison(ACT_DATE, "is", values=frozenset({day})),
                AnyOf(tuple(one.condition for one in meetings)),
            ))
            for day, meetings in zip(days, self.tries, strict=True)
        )  # fmt: skip
        return Decider(Formula(AnyOf(tried), facts), facts)


class Timeline:
    """A charge through time."""

    def __init__(self, charge: Charge) -> None:
        self.charge = charge
        days = {charge.offence_since.from_}
        for version in charge.versions:
            days.add(version.from_)
            days |= {version.to + timedelta(days=1)} if version.to else set()
            days |= {limb.from_ for limb in version.limbs if limb.from_}
        self._changes = sorted(days)
        self._standards: dict[tuple[str, tuple[str, ...]], Standard] = {}
        self._plans: dict[tuple[tuple[int, ...], int], Plan] = {}

    def spans(self) -> Iterator[tuple[date, date | None]]:
        """The periods in which nothing changes: first day, and the day after the last."""
        return zip([date.min, *self._changes], [*self._changes, None], strict=True)

    def plan(self, acted: date | Period, decided_on: date) -> Plan:
        """What decides the charge. For a period of act every version that it touches is tried."""
        days = [acted] if isinstance(acted, date) else self._days_to_try(acted, decided_on)
        key = (
            tuple(bisect_right(self._changes, day) for day in days),
            bisect_right(self._changes, decided_on),
        )
        plan = self._plans.get(key)
        if plan is None:
            plan = self._plans[key] = self._planned(days, decided_on)
        return plan

    def _planned(self, days: list[date], decided_on: date) -> Plan:
        tries = tuple(
            tuple(self._meeting(track, day, decided_on) for track in self.charge.tracks) for day in days
        )
        asked = {
            one.fact
            for attempt in tries
            for meeting in attempt
            for standard in meeting.standards
            for one in comparisons(standard.condition)
        }
        mind = tuple(name for name in asked if law().facts[name].assumed_when_unknown is not None)
        return Plan(self.charge, tries, tuple(sorted(mind)))

    def _days_to_try(self, period: Period, decided_on: date) -> list[date]:
        """The last day within the period of each version that stood in it; the latest comes first."""
        first, end = period.first or date.min, min(period.last or decided_on, decided_on)
        last = {
            min(version.to or end, end)
            for version in self.charge.versions
            if version.from_ <= end and (version.to is None or first <= version.to)
        }
        return sorted(last, reverse=True) or [end]

    def _meeting(self, track: str, act: date, decided_on: date) -> Meeting:
        then, now = self._standard(track, act), self._standard(track, decided_on)
        settled_by = None
        if act < self.charge.offence_since.from_:
            settled_by = "no_offence"
        elif then is None or not then.limbs:
            settled_by = "TIME2001" if now and then is not now else None if now else "no_standard"
        elif now is None:
            settled_by = "repealed"
        return Meeting(track, then, now, settled_by)

    def _standard(self, track: str, day: date) -> Standard | None:
        for version in self.charge.tracks[track]:
            if version.from_ <= day and (version.to is None or day <= version.to):
                limbs = tuple(limb for limb in version.limbs if limb.from_ is None or limb.from_ <= day)
                key = (version.id, tuple(limb.id for limb in limbs))
                if key not in self._standards:
                    self._standards[key] = Standard(self.charge, version, limbs)
                return self._standards[key]
        return None


@lru_cache(maxsize=1)
def timelines() -> tuple[Timeline, ...]:
    """All charges that can have a finding, in the order of their articles."""
    return tuple(Timeline(charge) for charge in law().charges.values() if charge.kind == "charge")
