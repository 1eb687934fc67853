"""The law as one SQL statement: what `app.law.screening` concludes of one case, concluded of a million.

Outcomes are numbers in the order of `app.law.screening.ORDER`: 0 reached, 1 undetermined, 2 near,
3 not_reached; NULL where a charge is out of view. So of two standards that must both be reached the greater
number holds, and of several tracks the least.
"""

from __future__ import annotations

from collections.abc import Mapping
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
from sqlalchemy.dialects.postgresql import array, psycopg

from app.law.exact import exact, lowered, simplified, two_sided
from app.law.models import Charge
from app.law.notation import AllOf, AnyOf, AtLeast, Comparison, Condition, Not
from app.law.screening import PRODUCT_CONDUCT
from app.law.standards import ANY_TIME, NEAR_SHARE, Plan, Standard, Timeline, near_figures, timelines
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
    rows = _barrier(cases, "cases")
    carried = list(rows.c.keys())
    charges = [_Charge(timeline) for timeline in timelines()]
    stated = {name: rows.c[FACTS].op("->")(constant(name, Text())) for name in GATES}
    rows = _step(rows, stated, "stated")
    outcomes = {one.outcome: one.outcome_over(rows) for one in charges}
    rows = _step(rows, outcomes, "outcomes")
    best = func.least(_at_best(rows), *(rows.c[name] for name in outcomes))
    rows = _step(
        rows, {"best": case((func.coalesce(rows.c[ACTED] <= rows.c[APPLIED], true()), best))}, "bests"
    )
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


def _barrier(query: Select[*tuple[Any, ...]], name: str) -> Subquery:
    """A query that the planner does not pull up into the next: there an expression would be computed as often
    as it is mentioned. OFFSET 0 is no limit, so parallel plans stay possible."""
    return query.offset(literal_column("0")).subquery(name)


def _step(rows: Subquery, added: Columns, name: str) -> Subquery:
    return _barrier(select(*rows.c, *(column.label(key) for key, column in added.items())), name)


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
    """The outcome for one charge over all days. Only what the days of a case ask for is computed."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self.charge: Charge = timeline.charge
        self.outcome = f"charge_{self.charge.charge}"
        self._standards: dict[Standard, Outcome] = {}
        self._tries: dict[Try, Outcome] = {}

    def outcome_over(self, rows: Subquery) -> Outcome:
        """The outcome, whatever the two days; NULL where the charge is out of view."""
        conditions = of_stored_facts(rows)
        by_day: dict[Try, list[Truth]] = {}
        undated: dict[frozenset[Try], list[Truth]] = {}
        for applied, applied_until in reversed(list(self._timeline.spans())):
            on = _within(rows.c[APPLIED], applied, applied_until)
            tried = _tried(self._timeline.plan(ANY_TIME, applied))
            undated.setdefault(tried, []).append(on)
            for acted, until in reversed(list(self._timeline.spans())):
                if acted <= applied:
                    (each,) = _tried(self._timeline.plan(acted, applied))
                    by_day.setdefault(each, []).append(and_(_within(rows.c[ACTED], acted, until), on))
        if any(map(_settles_together, by_day)):
            outcome = self._step_by_step(by_day, undated, rows.c[ACTED].is_(None), conditions)
        else:
            dated = case(*((or_(*days), self._on_a_day(one, conditions)) for one, days in by_day.items()))
            without = self._step_by_step({}, undated, true(), conditions)
            outcome = case((rows.c[ACTED].is_(None), without), else_=dated)
        return case((self._is_in_view(rows), outcome))

    def _is_in_view(self, rows: Subquery) -> Truth:
        """Whether the stated conduct and product category bring the charge into view."""
        gate = self.charge.applies_to
        if gate is None:
            return false()
        stated = {"conduct": gate.conduct, "product_category": gate.product_category}
        return and_(*(rows.c[name].bool_op("?|")(words_of(words)) for name, words in stated.items() if words))

    def _step_by_step(
        self,
        by_day: Mapping[Try, list[Truth]],
        undated: Mapping[frozenset[Try], list[Truth]],
        no_day: Truth,
        conditions: Conditions,
    ) -> Outcome:
        """A query in the query, which is costly to enter but in which each outcome stands only once.

        With the day of act unknown only what is so on every day is settled.
        """
        tried = dict.fromkeys([*by_day, *(each for several in undated for each in several)])
        names = {one: f"day_{number}" for number, one in enumerate(tried)}
        columns = [
            _written(case((or_(no_day, *by_day.get(one, ())), self._on_a_day(one, conditions)))).label(name)
            for one, name in names.items()
        ]
        days = _barrier(select(*columns), "days")
        without = case(
            *(
                (or_(*applied), _on_every_day([days.c[names[one]] for one in several]))
                for several, applied in undated.items()
            )
        )
        dated = [(or_(*when), days.c[names[one]]) for one, when in by_day.items()]
        return select(case((no_day, without), *dated)).scalar_subquery()

    def _on_a_day(self, each: Try, conditions: Conditions) -> Outcome:
        if each not in self._tries:
            self._tries[each] = _written(self._composed(each, conditions)) if each else NOT_REACHED
        return self._tries[each]

    def _composed(self, each: Try, conditions: Conditions) -> Outcome:
        """Of the standards of a track the worse counts, of the tracks the best."""
        tracks = [_chosen(func.greatest, [self._of(one, conditions) for one in meeting]) for meeting in each]
        composed = _chosen(func.least, tracks)
        open_facts = two_sided(_condition(each), law().facts, _mind())
        if not open_facts or not _settles_together(each):
            return composed
        unstated = or_(*(conditions.is_unstated(name) for name in open_facts))
        below = case((_nearest(each, conditions), NEAR), else_=NOT_REACHED)
        together = case(
            {true(): REACHED, false(): below}, value=conditions.exactly(_condition(each)), else_=OPEN
        )
        settled = case((unstated, together), else_=OPEN)
        return case({REACHED: REACHED, OPEN: settled, NEAR: NEAR}, value=composed, else_=NOT_REACHED)

    def _of(self, standard: Standard, conditions: Conditions) -> Outcome:
        if standard not in self._standards:
            self._standards[standard] = _written(outcome_of(standard, conditions))
        return self._standards[standard]


def _on_every_day(outcomes: list[ColumnElement[Any]]) -> Outcome:
    if len(outcomes) == 1:
        return outcomes[0]
    best, worst = func.least(*outcomes), func.greatest(*outcomes)
    return case((worst == REACHED, REACHED), (best >= NEAR, best), else_=OPEN)


def _chosen(choice: Any, outcomes: list[Outcome]) -> Outcome:
    chosen: Outcome = choice(*outcomes) if len(outcomes) > 1 else outcomes[0]
    return chosen


def _written(outcome: Outcome) -> Outcome:
    """The expression as its text: SQLAlchemy works it out once however often it stands in a query, and does
    not ask where its columns come from (they are the outer query's)."""
    text = outcome.compile(
        dialect=psycopg.dialect(),  # type: ignore[no-untyped-call]
        compile_kwargs={"render_postcompile": True},
    )
    return literal_column(f"({text})".replace("%%", "%"), SmallInteger())


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
