"""Reads the facts of one case as typed: figures become decimals, words are checked against facts.yaml."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from app.law.models import FIGURES, Fact
from app.law.statutes import law

Value = Decimal | str | bool | frozenset[str] | date
GivenFacts = dict[str, Value]

_PLAIN = re.compile(r"\d+(\.\d+)?")
_NEGATIVE = re.compile(r"-\s*\d+(\.\d+)?")
_SEPARATED = re.compile(r"\d[\d,，\s]*(\.\d+)?\s*(万|亿|千)?(元|圆|块)?")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_EVERYDAY = 10**18
_LONGEST_FIGURE = 60  # characters; beyond this nobody means a sum of money


class FactError(ValueError):
    """A fact that cannot be taken as it stands. `code` is stable, `detail` says in Chinese what to do."""

    def __init__(self, code: str, field: str, detail: str) -> None:
        super().__init__(f"{field}: {detail}")
        self.code, self.field, self.detail = code, field, detail


def parse_facts(raw: Mapping[str, Any]) -> GivenFacts:
    """The stated facts by id. Absent, null and the word `unknown` are all left out: unknown, never zero.

    Figures may be int, Decimal or plain decimal strings (元, 件, 次 … as facts.yaml says), never floats.
    Raises FactError for the first fact that does not fit.
    """
    known = law().facts
    given: GivenFacts = {}
    for name, value in raw.items():
        fact = known.get(name)
        if fact is None:
            raise FactError("fact_unknown", name, f"没有“{name}”这一案情要素，请使用要素表中的名称。")
        if fact.derived:
            raise FactError(
                "fact_is_derived", name, f"“{fact.name}”由系统按基础要素计算，请勿填写，改填其组成部分。"
            )
        parsed = None if value is None else _parse(fact, value)
        if parsed is not None:
            given[name] = parsed
    return given


def parse_date(field: str, value: Any) -> date:
    """A date written YYYY-MM-DD. Raises FactError."""
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise FactError("date_not_valid", field, "日期应为真实存在的日期，写作 YYYY-MM-DD，例如 2025-04-26。")


def _parse(fact: Fact, value: Any) -> Value | None:
    if fact.type in FIGURES:
        return _figure(fact, value)
    if fact.type == "bool":
        if isinstance(value, bool):
            return value
        raise FactError(
            "fact_not_true_or_false", fact.id, f"“{fact.name}”只能填 true 或 false；不清楚的请不填。"
        )
    if fact.type == "date":
        return parse_date(fact.id, value)
    if value == "unknown":
        return None
    return _word(fact, value) if fact.type == "enum" else _set(fact, value)


def _word(fact: Fact, value: Any) -> str:
    if isinstance(value, str) and value in fact.values:
        return value
    raise _not_allowed(fact, value)


def _set(fact: Fact, value: Any) -> frozenset[str] | None:
    if not isinstance(value, list | tuple | set | frozenset):
        raise FactError(
            "fact_not_a_list", fact.id, f'“{fact.name}”应为列表，例如 ["{next(iter(fact.values))}"]。'
        )
    for word in value:
        if not isinstance(word, str) or word not in fact.values:
            raise _not_allowed(fact, word)
    return None if fact.never_empty and not value else frozenset(value)


def _not_allowed(fact: Fact, value: Any) -> FactError:
    allowed = "、".join(fact.values)
    return FactError(
        "fact_value_not_allowed", fact.id, f"“{fact.name}”没有取值“{value}”，可用的取值：{allowed}。"
    )


def _figure(fact: Fact, value: Any) -> Decimal:
    if type(value) is int and 0 <= value < _EVERYDAY:
        return Decimal(value)
    if isinstance(value, str):
        figure = _written_figure(fact, value)
    elif isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise _not_a_number(fact)
    else:
        figure = Decimal(value)
    if not figure.is_finite():
        raise _not_a_number(fact)
    if figure < 0:
        raise FactError("amount_negative", fact.id, f"“{fact.name}”不能为负数，请核对后重填。")
    if len(figure.as_tuple().digits) > _LONGEST_FIGURE or abs(figure.adjusted()) > _LONGEST_FIGURE:
        raise FactError("amount_too_large", fact.id, f"“{fact.name}”超出可以处理的大小或精度，请核对后重填。")
    return figure


def _written_figure(fact: Fact, text: str) -> Decimal:
    if _NEGATIVE.fullmatch(text):
        raise FactError("amount_negative", fact.id, f"“{fact.name}”不能为负数，请核对后重填。")
    if _PLAIN.fullmatch(text) and text.isascii():
        return Decimal(text)
    if _SEPARATED.fullmatch(text.strip()):
        unit = fact.unit or "小数"
        raise FactError(
            "amount_with_separator",
            fact.id,
            f"“{fact.name}”应填不带分隔符和单位的数字（单位：{unit}），如“5万元”填 50000，“1,000”填 1000。",
        )
    raise _not_a_number(fact)


def _not_a_number(fact: Fact) -> FactError:
    unit = f"（单位：{fact.unit}）" if fact.unit else ""
    return FactError(
        "amount_not_a_number", fact.id, f'“{fact.name}”应为数字{unit}，例如 50000 或 "50000.50"。'
    )
