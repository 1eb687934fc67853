"""Conditions as SQL. A fact that is not stored is NULL, and SQL's logic of three truths is Kleene's."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from sqlalchemy import (
    ARRAY,
    Boolean,
    ColumnElement,
    Integer,
    Numeric,
    Text,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    literal_column,
    not_,
    or_,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql.expression import Grouping

from app.law.exact import exact
from app.law.models import Fact
from app.law.notation import AllOf, AtLeast, Comparison, Condition, Not

Truth = ColumnElement[bool]
Value = ColumnElement[Any]
ZERO: Value = literal_column("0", Integer())
ONE: Value = literal_column("1", Integer())
NOTHING: Mapping[str, Any] = MappingProxyType({})
_ORDERINGS: Mapping[str, Callable[[Any, Any], Any]] = {
    ">=": operator.ge, ">": operator.gt, "<=": operator.le, "<": operator.lt, "==": operator.eq,
}  # fmt: skip


class Conditions:
    """Conditions as SQL over a jsonb column of facts, as `facts_as_json` stores them.

    `assumed`: facts that are taken to be so where they are not stated (elements of mind). `taken_out`: facts
    that have a column (jsonb) of their own.
    """

    def __init__(
        self,
        facts: Value,
        vocabulary: Mapping[str, Fact],
        assumed: Mapping[str, bool | str] = NOTHING,
        taken_out: Mapping[str, Value] = NOTHING,
    ) -> None:
        self._facts, self._vocabulary, self._assumed, self._taken_out = facts, vocabulary, assumed, taken_out

    def exactly(self, condition: Condition) -> Truth:
        """True or false where all completions of the missing facts say so, else NULL."""
        return self.plainly(exact(condition, self._vocabulary, self._assumed))

    def plainly(self, condition: Condition) -> Truth:
        """The condition by three-valued logic as it is written."""
        if isinstance(condition, Comparison):
            return self._comparison(condition)
        if isinstance(condition, Not):
            return _not(self.plainly(condition.part))
        parts = [self.plainly(part) for part in condition.parts]
        if isinstance(condition, AtLeast):
            return _at_least(condition.count, parts)
        return and_(true(), *parts) if isinstance(condition, AllOf) else or_(false(), *parts)

    def is_unstated(self, name: str) -> Truth:
        """Whether the fact is not stored."""
        return self._stated(name).is_(None)

    def _comparison(self, one: Comparison) -> Truth:
        fact = self._vocabulary[one.fact]
        if one.limit is not None:
            if fact.sum_of:
                return self._sum_reaches(fact.sum_of, one.limit)
            compared: Truth = _ORDERINGS[one.operator](self._figure(fact.id), constant(one.limit, Numeric()))
            return compared
        if one.flag is not None:
            return self._flag(fact.id) if one.flag else _not(self._flag(fact.id))
        if one.operator in ("is", "in"):
            return self._word(fact.id).in_([constant(word, Text()) for word in sorted(one.values)])
        return self._set(fact.id, one)

    def _set(self, name: str, one: Comparison) -> Truth:
        stated, words = self._stated(name), words_of(one.values)
        match one.operator:
            case "any_of":
                return stated.bool_op("?|")(words)
            case "all_of":
                return stated.bool_op("?&")(words)
            case "not_stated":
                return _not(func.coalesce(stated.bool_op("?|")(words), false()))
        return stated.bool_op("<>")(cast(constant("[]", Text()), JSONB))

    def _stated(self, name: str) -> Value:
        taken_out = self._taken_out.get(name)
        return self._facts.op("->")(constant(name, Text())) if taken_out is None else taken_out

    def _sum_reaches(self, parts: Mapping[str, int], limit: Decimal) -> Truth:
        known = [self._figure(name) for name in parts]
        total: Value = ZERO
        for figure, times in zip(known, parts.values(), strict=True):
            total += func.coalesce(figure, ZERO) * literal_column(str(times))
        reached: Truth = total >= constant(limit, Numeric())
        return case((reached, true()), (and_(*(figure.is_not(None) for figure in known)), false()))

    def _text(self, name: str) -> Value:
        return self._facts.op("->>", return_type=Text())(constant(name, Text()))

    def _figure(self, name: str) -> Value:
        return cast(self._text(name), Numeric)

    def _flag(self, name: str) -> Truth:
        stated = cast(self._text(name), Boolean)
        assumed = self._assumed.get(name)
        return stated if assumed is None else func.coalesce(stated, true() if assumed else false())

    def _word(self, name: str) -> Value:
        stated, assumed = self._text(name), self._assumed.get(name)
        return stated if assumed is None else func.coalesce(stated, constant(assumed, Text()))


def _not(part: Truth) -> Truth:
    """In brackets: SQLAlchemy leaves them out before IS, and `NOT x IS NULL` is `NOT (x IS NULL)`."""
    return Grouping(not_(part))


def _at_least(count: int, parts: Sequence[Truth]) -> Truth:
    held, possible, wanted = ZERO, ZERO, literal_column(str(count), Integer())
    for part in parts:
        held += case((part, ONE), else_=ZERO)
        possible += case((part.is_(false()), ZERO), else_=ONE)
    return case((held >= wanted, true()), (possible < wanted, false()))


def constant(value: Any, kind: Any) -> Value:
    """A constant that stands in the statement itself, for the planner to see."""
    return literal(value, kind, literal_execute=True)


def words_of(words: Iterable[str]) -> Value:
    """Words as a constant text[]."""
    return cast(constant("{" + ",".join(sorted(words)) + "}", Text()), ARRAY(Text))
