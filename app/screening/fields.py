"""Dates and facts as they travel: each refused value names its field, its code and the remedy."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from difflib import get_close_matches
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, StringConstraints, ValidationError, WithJsonSchema
from pydantic_core import InitErrorDetails

from app.errors import Refused
from app.law.given_facts import FactError, GivenFacts, parse_facts
from app.law.screening import today
from app.law.statutes import law

_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def _iso_date(value: object) -> date | None:
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    if isinstance(value, str) and _ISO_DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise Refused("not_a_date", "日期应为真实存在的日期，写作 YYYY-MM-DD，例如 2026-03-01。")


def _not_future(value: date) -> date:
    if value > today():
        raise Refused("date_in_future", "日期晚于今天，请核对年份和月份。")
    return value


IsoDate = Annotated[date, BeforeValidator(_iso_date)]
PastDate = Annotated[IsoDate, AfterValidator(_not_future)]


def _facts(value: object) -> GivenFacts:
    if not isinstance(value, Mapping):
        raise Refused("not_an_object", "案情要素应为“要素: 值”的对象。")
    given: GivenFacts = {}
    errors: list[InitErrorDetails] = []
    for name, stated in value.items():
        try:
            given.update(parse_facts({str(name): stated}))
        except FactError as error:
            errors.append(
                InitErrorDetails(
                    type="value_error",
                    loc=(str(name),),
                    input=None,
                    ctx={"error": Refused(error.code, error.detail)},
                )
            )
    if errors:
        raise ValidationError.from_exception_data("facts", errors)
    return given


def cause(value: str) -> str:
    """The id of a cause of action that the law's data know. Raises Refused with the nearest ones."""
    known = law().causes
    if value in known:
        return value
    names = {one.name: one.id for one in known.values()}
    near = [*get_close_matches(value, known, 3), *get_close_matches(value, names, 3)]
    words = "、".join(f"{known[names.get(one, one)].name}（{names.get(one, one)}）" for one in near[:3])
    hint = f"是否为：{words}？" if words else "请从案由列表中选择。"
    raise Refused("cause_unknown", f"没有案由“{value}”。{hint}")


Facts = Annotated[
    dict[str, Any],
    BeforeValidator(_facts),
    WithJsonSchema(
        {
            "type": "object",
            "additionalProperties": True,
            "description": "案情要素；金额为十进制字符串或数字，单位元；缺少即为未查明，不等于零",
        }
    ),
]

CauseId = Annotated[str, StringConstraints(max_length=200), AfterValidator(cause)]


def facts_as_json(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts in the form in which they are stored: figures as decimal strings, sets as sorted lists."""
    return {name: _as_json(facts[name]) for name in sorted(facts)}


def _as_json(value: Any) -> Any:
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, date) else value
