"""The law as one SQL statement: what `app.law.screening` concludes of one case, concluded of a million.

Outcomes are numbers in the order of `app.law.screening.ORDER`: 0 reached, 1 undetermined, 2 near,
3 not_reached; NULL where a charge is out of view. So of two standards that must both be reached the greater
number holds, and of several tracks the least.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Date,
    Select,
    SmallInteger,
    Subquery,
    Text,
    and_,
    case,
    false,
    func,
    literal_column,
    null,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import array

from app.law.exact import exact, lowered, simplified, two_sided
from app.law.models import Charge
from app.law.notation import AllOf, AnyOf, AtLeast, Comparison, Condition, Not
from app.law.screening import PRODUCT_CONDUCT
from app.law.standards import ANY_TIME, NEAR_SHARE, Period, Plan, Standard, Timeline, near_figures, timelines
from app.law.statutes import law
from app.screening.conditions import Conditions, Truth, constant, words_of

Outcome = ColumnElement[int]
Columns = Mapping[str, ColumnElement[Any]]
Meeting = tuple[Standard, ...]
Try = tuple[Meeting, ...]
"""For one day of act: the standards that meet, track by track."""

FACTS, ACTED, APPLIED = "facts", "acted", "applied"
GATES = ("conduct", "product_category")
REACHED, OPEN, NEAR, NOT_REACHED = (literal_column(str(rank), SmallInteger()) for rank in range(4))
CONCLUSIONS = {REACHED: "must_transfer", OPEN: "undetermined", NEAR: "near", NOT_REACHED: "not_reached"}


def conclusions(cases: Select[Any]) -> Select[Any]:
    """The rows of `cases` with their `conclusion` and the `charges` that give it, as `screen` says them.

    `cases` has the columns `facts` (jsonb, as `facts_as_json` writes them), `acted` (last day of the act, or
    NULL) and `applied` (day of applying the law); these and what else it has are carried along. Where the
    act ended after the law is applied, the conclusion is NULL: such a case cannot be screened.
    """
    rows = _barrier(cases)
    carried = list(rows.c.keys())
    charges = [_Charge(timeline) for timeline in timelines()]
    stated = {
        name: rows.c[FACTS].op("->")(constant(name, Text())) for name in ("conduct", "product_category")
    }
    rows = _step(rows, stated)
    rows = _step(rows, {one.view: one.is_in_view(rows) for one in charges})
    rows = _step(rows, _merged(one.standards(rows) for one in charges))
    rows = _step(rows, _merged(one.tries(rows) for one in charges))
    outcomes = {one.outcome: one.outcome_over(rows) for one in charges}
    rows = _step(rows, outcomes, [*carried, *stated])
    best = func.least(_at_best(rows), *(rows.c[name] for name in outcomes))
    rows = _step(rows, {"best": case((func.coalesce(rows.c[ACTED] <= rows.c[APPLIED], true()), best))})
    concerned = [
        case((rows.c[one.outcome] == rows.c.best, constant(one.charge.charge, Text()))) for one in charges
    ]
    return select(
        *(rows.c[name] for name in carried),
        case(*((rows.c.best == rank, constant(word, Text())) for rank, word in CONCLUSIONS.items())).label(
            "conclusion"
        ),
        case(
            (rows.c.best == NOT_REACHED, words_of(())),
            else_=func.array_remove(array[Any](concerned, type_=Text()), null(), type_=ARRAY(Text)),
        ).label("charges"),
    )


def _barrier(query: Select[Any]) -> Subquery:
    """A query that the planner does not pull up into the next: there an expression would be computed as often
    as it is mentioned. OFFSET 0 is no limit, so parallel plans stay possible."""
    return query.offset(literal_column("0")).subquery()


def _step(rows: Subquery, added: Columns, kept: Sequence[str] | None = None) -> Subquery:
    columns = [rows.c[name] for name in (kept or rows.c.keys())]
    return _barrier(select(*columns, *(column.label(name) for name, column in added.items())))


def _merged(several: Iterable[Columns]) -> Columns:
    return {name: column for columns in several for name, column in columns.items()}


def _at_best(rows: Subquery) -> Outcome:
    """The best that a case can be called before any charge is looked at."""
    product = rows.c.conduct.bool_op("?|")(words_of(PRODUCT_CONDUCT))
    undetermined = or_(rows.c.conduct.is_(None), and_(rows.c.product_category.is_(None), product))
    return case((undetermined, OPEN), else_=NOT_REACHED)


def outcome_of(standard: Standard, conditions: Conditions) -> Outcome:
    """One version of a charge as an expression over stored facts."""
    below = case((is_near(standard, conditions), NEAR), else_=NOT_REACHED)
    return case({true(): REACHED, false(): below}, value=conditions.exactly(standard.condition), else_=OPEN)


def is_near(standard: Standard, conditions: Conditions) -> Truth:
    """As `Standard.is_near`, for use as a condition (NULL is no)."""
    before = [
        conditions.plainly(_near(one.condition)).is_not(false())
        for one in standard.requirements
        if not one.limb
    ]
    limbs = [_limb_is_near(one.condition, conditions) for one in standard.requirements if one.limb]
    return and_(*before, or_(false(), *limbs))


def _limb_is_near(limb: Condition, conditions: Conditions) -> Truth:
    figures = or_(false(), *(conditions.plainly(_near(one)) for one in near_figures(limb)))
    if isinstance(limb, Comparison):
        return figures
    return and_(figures, conditions.plainly(_near(limb)).is_not(false()))


def _near(condition: Condition) -> Condition:
    return lowered(condition, NEAR_SHARE)


class _Charge:
    """The columns that one charge adds, step by step."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self.charge: Charge = timeline.charge
        self.view, self.outcome = f"view_{self.charge.charge}", f"charge_{self.charge.charge}"
        plans = [plan for applied, _ in timeline.spans() for plan in self._plans(applied)]
        self._tries = tuple(dict.fromkeys(one for plan in plans for one in _tried(plan)))
        found = dict.fromkeys(one for each in self._tries for meeting in each for one in meeting)
        self._standards = {one: f"standard_{self.charge.charge}_{n}" for n, one in enumerate(found)}
        self._names = {
            one: f"try_{self.charge.charge}_{n}" for n, one in enumerate(self._tries) if not _is_plain(one)
        }

    def _plans(self, applied: date) -> list[Plan]:
        acted = [day for day, _ in self._timeline.spans() if day <= applied]
        days: list[date | Period] = [ANY_TIME, *acted]
        return [self._timeline.plan(day, applied) for day in days]

    def is_in_view(self, rows: Subquery) -> Truth:
        """Whether the stated conduct and product category bring the charge into view."""
        gate = self.charge.applies_to
        if gate is None:
            return false()
        stated = {"conduct": gate.conduct, "product_category": gate.product_category}
        return and_(*(rows.c[name].bool_op("?|")(words_of(words)) for name, words in stated.items() if words))

    def standards(self, rows: Subquery) -> Columns:
        """The outcome of each version, where the charge is in view and the version may count."""
        conditions = of_stored_facts(rows)
        return {
            name: case((and_(rows.c[self.view], self._may_count(one, rows)), outcome_of(one, conditions)))
            for one, name in self._standards.items()
        }

    def _may_count(self, standard: Standard, rows: Subquery) -> Truth:
        spans = [
            span
            for span in self._timeline.spans()
            for meeting in self._timeline.plan(span[0], span[0]).tries[0]
            if standard in (meeting.at_act, meeting.at_decision)
        ]
        first, until = spans[0][0], spans[-1][1]
        acted = or_(rows.c[ACTED].is_(None), _within(rows.c[ACTED], first, until))
        return or_(acted, _within(rows.c[APPLIED], first, until))

    def tries(self, rows: Subquery) -> Columns:
        """The outcome for each day of act on which several standards meet."""
        conditions = of_stored_facts(rows)
        return {
            name: case((self._tells(one, rows), self._outcome_of_try(one, rows, conditions)))
            for one, name in self._names.items()
        }

    def _tells(self, each: Try, rows: Subquery) -> Truth:
        """Whether all its standards may count: on other days it is not asked for."""
        return and_(*(rows.c[self._standards[one]].is_not(None) for meeting in each for one in meeting))

    def _outcome_of_try(self, each: Try, rows: Subquery, conditions: Conditions) -> Outcome:
        composed = func.least(
            *(func.greatest(*(rows.c[self._standards[one]] for one in meeting)) for meeting in each)
        )
        if not _settles_together(each):
            return composed
        open_facts = two_sided(_condition(each), law().facts, _mind())
        unstated = or_(*(rows.c[FACTS].op("->")(constant(name, Text())).is_(None) for name in open_facts))
        below = case((_nearest(each, conditions), NEAR), else_=NOT_REACHED)
        together = case(
            {true(): REACHED, false(): below}, value=conditions.exactly(_condition(each)), else_=OPEN
        )
        return case((and_(composed == OPEN, unstated), together), else_=composed)

    def outcome_over(self, rows: Subquery) -> Outcome:
        """The outcome for the charge, whatever the two days."""
        found: dict[frozenset[Try], list[Truth]] = {}
        acted, applied = rows.c[ACTED], rows.c[APPLIED]
        for applied_first, applied_until in self._timeline.spans():
            days = _within(applied, applied_first, applied_until)
            undated = _tried(self._timeline.plan(ANY_TIME, applied_first))
            found.setdefault(undated, []).append(and_(acted.is_(None), days))
            for first, until in self._timeline.spans():
                if first <= applied_first:
                    tried = _tried(self._timeline.plan(first, applied_first))
                    found.setdefault(tried, []).append(and_(_within(acted, first, until), days))
        outcomes = [(or_(*days), self._whenever([*tried], rows)) for tried, days in found.items()]
        return case((rows.c[self.view], case(*outcomes)))

    def _whenever(self, tried: list[Try], rows: Subquery) -> Outcome:
        """With the day of act unknown: only what is so on every day is settled."""
        outcomes = [self._outcome_on(one, rows) for one in tried]
        if len(outcomes) == 1:
            return outcomes[0]
        best, worst = func.least(*outcomes), func.greatest(*outcomes)
        return case((worst == REACHED, REACHED), (best >= NEAR, best), else_=OPEN)

    def _outcome_on(self, each: Try, rows: Subquery) -> Outcome:
        if not each:
            return NOT_REACHED
        return rows.c[self._names[each] if each in self._names else self._standards[each[0][0]]]


def of_stored_facts(rows: Subquery) -> Conditions:
    """Conditions of the law in force over the rows' facts."""
    stated = {name: rows.c[name] for name in GATES}
    return Conditions(rows.c[FACTS], law().facts, _mind(), stated)


def _mind() -> dict[str, bool | str]:
    """Elements of mind, with what is assumed where nothing is stated."""
    return {
        name: fact.assumed_when_unknown
        for name, fact in law().facts.items()
        if fact.assumed_when_unknown is not None
    }


def _tried(plan: Plan) -> frozenset[Try]:
    return frozenset(
        tuple(meeting.standards for meeting in meetings if meeting.standards) for meetings in plan.tries
    )


def _within(day: ColumnElement[Any], first: date, until: date | None) -> Truth:
    began = true() if first == date.min else day >= constant(first, Date())
    return began if until is None else and_(began, day < constant(until, Date()))


def _is_plain(each: Try) -> bool:
    return not each or (len(each) == 1 and len(each[0]) == 1)


def _condition(each: Try) -> Condition:
    return AnyOf(tuple(AllOf(tuple(one.condition for one in meeting)) for meeting in each))


def _settles_together(each: Try) -> bool:
    """Whether standards that are open each by itself may be settled together (a person or a unit)."""
    facts, mind = law().facts, _mind()
    alone = [AllOf(tuple(exact(one.condition, facts, mind) for one in meeting)) for meeting in each]
    together = _shape(exact(_condition(each), facts, mind))
    return bool(together != _shape(simplified(AnyOf(tuple(alone)))))


def _shape(condition: Condition) -> Any:
    """The condition without the order of its parts."""
    if isinstance(condition, Comparison):
        return condition
    if isinstance(condition, Not):
        return Not, _shape(condition.part)
    count = condition.count if isinstance(condition, AtLeast) else 0
    return type(condition), count, frozenset(map(_shape, condition.parts))


def _nearest(each: Try, conditions: Conditions) -> Truth:
    """Where open standards are settled together as not reached: whether the track shown is near.

    That is the track with both standards open whose gate fits the case best, the first of equals.
    """
    ranked = [
        (and_(*(conditions.exactly(one.condition).is_(None) for one in pair), fits), near)
        for distance in range(4)
        for pair in each
        if len(pair) > 1  # a single standard that is open is not settled
        for fits in _fits(pair[0], distance, conditions)
        for near in [or_(*(is_near(one, conditions) for one in pair))]
    ]
    return case(*ranked, else_=false()) if ranked else false()


def _fits(standard: Standard, distance: int, conditions: Conditions) -> list[Truth]:
    """The condition under which the standard's gate is so far from fitting the case, if it can be."""
    gate = standard.version.gate
    if not gate:
        return [true()] if distance == 1 else []
    holds = conditions.plainly(AllOf(gate))
    match distance:
        case 0:
            return [holds]
        case 2:
            return [holds.is_(None)]
        case 3:
            return [holds.is_(false())]
    return []
