"""Generated penalty cases: plausible figures for the facts that each cause of action asks for.

The same seed gives the same cases. Identifiers have right check digits, since entry refuses wrong ones.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

from stdnum.cn import ric, uscc

from app.law.causes import facts_to_ask
from app.law.models import Cause, Fact
from app.law.statutes import law

SEED = 20260101
TODAY = date(2026, 6, 1)  # a fixed day, so that a seed means the same cases next year
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
)
_GIVEN = (
    "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂建国志文玉晓海燕春华红梅飞鹏"
    "宇浩然子轩欣怡梓涵雨桐博思佳慧俊峰立新永康德胜"
)
_TRADES = ("商贸", "食品", "服饰", "电子科技", "建材", "日化", "酒业", "文化用品", "医药", "农资")
_FIRMS = ("有限公司", "有限责任公司", "百货商店", "经营部")
_USCC_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


@dataclass(frozen=True, slots=True)
class Pattern:
    """What screening reads of a case: cause, stated facts, dates."""

    cause: Cause
    facts: Mapping[str, Any]
    act_end_date: date
    filed_on: date
    decided_on: date

    @property
    def amount(self) -> str:
        """An amount for the case as a whole (元)."""
        figures = (value for name, value in self.facts.items() if law().facts[name].type == "money_yuan")
        return next(figures, "1000.00")


def pattern(rng: random.Random) -> Pattern:
    """One case's cause, facts and dates."""
    cause = rng.choice(_causes())
    asked = _asked(cause.id)
    first = asked[: rng.randint(1, 4)]
    more = [fact for fact in asked[4:12] if rng.random() < 0.25]
    decided = TODAY - timedelta(days=rng.randint(1, 500))
    filed = decided - timedelta(days=rng.randint(20, 90))
    ended = filed - timedelta(days=rng.randint(1, 200))
    return Pattern(cause, {fact.id: _value(fact, rng) for fact in (*first, *more)}, ended, filed, decided)


def screening_lines(count: int) -> Iterator[bytes]:
    """Cases as `xianjie screen` reads them, one JSON object a line."""
    rng = random.Random(SEED)  # noqa: S311 - figures, not secrets
    for number in range(count):
        one = pattern(rng)
        line = {
            "id": f"g{number:06d}",
            "act_end_date": one.act_end_date.isoformat(),
            "decided_on": one.decided_on.isoformat(),
            "facts": {**one.cause.implies, **one.facts},
        }
        yield json.dumps(line, ensure_ascii=False).encode() + b"\n"


def body(rng: random.Random, serial: int) -> dict[str, Any]:
    """A case as it is sent to be entered: full, with one party that can be identified."""
    one = pattern(rng)
    return {
        "organ_number": f"市监案〔{one.filed_on.year}〕{serial}号",
        "case_source": "日常监督检查",
        "cause": one.cause.id,
        "filed_on": one.filed_on.isoformat(),
        "act_end_date": one.act_end_date.isoformat(),
        "decision_number": f"市监处罚〔{one.decided_on.year}〕{serial}号",
        "decided_on": one.decided_on.isoformat(),
        "penalties": ["罚款", "没收违法所得"],
        "fine_amount": one.amount,
        "amount_involved": one.amount,
        "facts": dict(one.facts),
        "summary": f"当事人{one.cause.name}，经查属实。",
        "place": "吴中区东吴北路",
        "parties": [party(rng, serial)],
    }


def party(rng: random.Random, serial: int) -> dict[str, Any]:
    """A person with an ID number and telephone, or a unit with its code."""
    if rng.random() < 0.4:
        born = date(1955, 1, 1) + timedelta(days=rng.randint(0, 17_000))
        number = f"320506{born:%Y%m%d}{serial % 1000:03d}"
        return {
            "kind": "person",
            "name": _name(rng),
            "id_number": number
            + ric.calc_check_digit(number + "?"),  # it reads a number whose check digit is there
            "phone": f"139{serial % 100_000_000:08d}",
        }
    return {
        "kind": "unit",
        "name": f"苏州{''.join(rng.sample(_GIVEN, 2))}{rng.choice(_TRADES)}{rng.choice(_FIRMS)}",
        "uscc": unit_code(serial),
        "legal_representative": _name(rng),
        "address": "江苏省苏州市吴中区",
    }


def unit_code(serial: int) -> str:
    """A unified social credit code whose two check characters are right."""
    organisation = f"{serial % 100_000_000:08d}"
    total = sum(int(digit) * weight for digit, weight in zip(organisation, _USCC_WEIGHTS, strict=True))
    code = f"91320506{organisation}{'0123456789X0'[11 - total % 11]}"
    return code + uscc.calc_check_digit(code)


def _name(rng: random.Random) -> str:
    return rng.choice(_SURNAMES) + "".join(rng.sample(_GIVEN, 2))


@cache
def _causes() -> tuple[Cause, ...]:
    return tuple(cause for cause in law().causes.values() if cause.charges)


@cache
def _asked(cause_id: str) -> tuple[Fact, ...]:
    return tuple(
        fact
        for fact in facts_to_ask(law().causes[cause_id], TODAY)
        if fact.type != "date" and not fact.derived
    )


def _value(fact: Fact, rng: random.Random) -> Any:
    match fact.type:
        case "money_yuan":
            return f"{rng.lognormvariate(9.5, 1.6):.2f}"
        case "count":
            return str(int(rng.lognormvariate(3.5, 1.8)))
        case "ratio":
            return f"{rng.random():.3f}"
        case "bool":
            return rng.random() < 0.3
        case "enum":
            return rng.choice(sorted(fact.values))
    return sorted(rng.sample(sorted(fact.values), rng.randint(1, min(2, len(fact.values)))))
