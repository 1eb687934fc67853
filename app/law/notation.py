"""How a condition is written in the law's files: `illegal_gain >= 30000`, lists for 且, `any:` for 或.

knowing in [yes, presumed]            is_fake_drug is true           party_type is unit
conduct any_of [produce, sell]        conduct all_of [a, b]          quality_defect not_empty
direct_economic_loss >= 80% of 500000 (虽未达到上述数额标准但达到百分之八十)
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import PlainValidator

Operator = Literal[">=", ">", "<=", "<", "==", "is", "in", "any_of", "all_of", "not_empty", "not_stated"]
ORDERINGS = frozenset({">=", ">", "<=", "<", "=="})


@dataclass(frozen=True, slots=True)
class Comparison:
    """One fact against a constant. `limit` for figures, `values` for words and sets, `flag` for yes or no.

    `not_stated` (never written, see Limb.displaced_for) holds unless the fact is stated with such a value.
    `share` and `base` say where the limit came from when the text gives a share of another figure.
    """

    fact: str
    operator: Operator
    limit: Decimal | None = None
    values: frozenset[str] = frozenset()
    flag: bool | None = None
    share: Decimal | None = None
    base: Decimal | None = None
    written: str = field(default="", compare=False)
    """As it stands in the file, to find it there."""


@dataclass(frozen=True, slots=True)
class AllOf:
    """且: every part holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """或: at least one part holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AtLeast:
    """At least `count` of the parts hold."""

    count: int
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold: an exception that takes the act out of the charge."""

    part: Condition


Condition = Comparison | AllOf | AnyOf | AtLeast | Not

_NUMBER = r"(?:0|[1-9]\d*)(?:\.\d+)?"
_FIGURE = re.compile(rf"(\w+) (>=|>|<=|<|==) (?:({_NUMBER})% of )?({_NUMBER})")
_FLAG = re.compile(r"(\w+) is (true|false)")
_WORD = re.compile(r"(\w+) is (\w+)")
_LIST = re.compile(r"(\w+) (in|any_of|all_of) \[(\w+(?:, \w+)*)\]")
_NOT_EMPTY = re.compile(r"(\w+) not_empty")


def parse_condition(written: Any) -> Condition:
    """A condition as the law's files write it. Raises ValueError that shows the notation."""
    if isinstance(written, (Comparison, AllOf, AnyOf, AtLeast, Not)):
        return written
    if isinstance(written, str):
        return replace(_parse_comparison(written), written=written)
    if isinstance(written, list) and written:
        return _joined(AllOf, written)
    if isinstance(written, dict) and len(written) == 1:
        ((word, parts),) = written.items()
        if isinstance(parts, list) and parts and word in ("all", "any"):
            return _joined(AllOf if word == "all" else AnyOf, parts)
    raise ValueError("条件是一个比较、一个列表（同时具备），或者 any: / all: 加列表")


def _joined(join: type[AllOf] | type[AnyOf], written: list[Any]) -> Condition:
    parts = tuple(parse_condition(part) for part in written)
    return parts[0] if len(parts) == 1 else join(parts)


def _parse_comparison(text: str) -> Comparison:
    if found := _FIGURE.fullmatch(text):
        fact, operator, percent, number = found.groups()
        base = Decimal(number)
        if percent is None:
            return Comparison(fact, operator, limit=base)  # type: ignore[arg-type]  # the pattern admits operators only
        share = Decimal(percent) / 100
        return Comparison(fact, operator, limit=base * share, share=share, base=base)  # type: ignore[arg-type]
    if found := _FLAG.fullmatch(text):
        return Comparison(found[1], "is", flag=found[2] == "true")
    if found := _WORD.fullmatch(text):
        return Comparison(found[1], "is", values=frozenset({found[2]}))
    if found := _LIST.fullmatch(text):
        return Comparison(found[1], found[2], values=frozenset(found[3].split(", ")))  # type: ignore[arg-type]
    if found := _NOT_EMPTY.fullmatch(text):
        return Comparison(found[1], "not_empty")
    raise ValueError(f"看不懂条件“{text}”，写法如 illegal_gain >= 30000")


def comparisons(condition: Condition) -> list[Comparison]:
    """Every comparison of a condition, in the order written."""
    if isinstance(condition, Comparison):
        return [condition]
    if isinstance(condition, Not):
        return comparisons(condition.part)
    return [leaf for part in condition.parts for leaf in comparisons(part)]


WrittenCondition = Annotated[Condition, PlainValidator(parse_condition)]
