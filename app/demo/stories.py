"""The demonstration's generated cases: drawn from `generated.yaml`, the same ones for the same seed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import yaml
from stdnum.cn.uscc import calc_check_digit

from app.identifiers.uscc import organisation_check_character
from app.law.statutes import law

_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_TRADE = ("鑫源", "顺达", "百佳", "永盛", "惠民", "金桥", "天和", "恒信", "美嘉", "东方", "瑞丰", "诚意")
_FORMS = {
    "商贸有限公司": "unit",
    "食品有限公司": "unit",
    "百货店": "individual_business",
    "经营部": "individual_business",
}
_REPEATED = 0.12  # share of cases whose party has been met before


@dataclass(frozen=True)
class Step:
    """One act after the case has reached a threshold."""

    at: datetime
    who: str
    action: str
    inputs: Mapping[str, Any]


@dataclass(frozen=True)
class Story:
    """One generated case: which organ enters what and when, and how it goes on once it is reached."""

    organ: str
    at: datetime
    goods: str
    case: Mapping[str, Any]
    steps: Sequence[Step]


@cache
def recipes() -> Mapping[str, Any]:
    """What `generated.yaml` says."""
    text = Path(__file__).with_name("generated.yaml").read_text(encoding="utf-8")
    found: Mapping[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)
    return found


def stories(
    count: int, organs: Sequence[Mapping[str, Any]], now: datetime, seed: int = 310
) -> Iterator[Story]:
    """`count` stories that end before `now`, spread over half a year and the enforcement organs given."""
    rng = Random(seed)  # noqa: S311 - invented data
    kinds = recipes()["kinds"]
    known_parties: list[dict[str, Any]] = []
    for number in range(count):
        kind = rng.choices(kinds, [one["weight"] for one in kinds])[0]
        wanted = kind.get("line", "market")
        organ = rng.choice([one for one in organs if one["line"] == wanted])
        if known_parties and rng.random() < _REPEATED:
            party = rng.choice(known_parties)
        else:
            party = _party(rng, organ["region"], number)
            known_parties.append(party)
        entered = now - timedelta(days=rng.triangular(0.2, 180, 6), hours=rng.random() * 3)
        goods = rng.choice(kind["goods"])
        case = _case(rng, kind, goods, party, entered, number)
        yield Story(organ["code"], entered, goods, case, _steps(rng, entered))


def _case(
    rng: Random,
    kind: Mapping[str, Any],
    goods: str,
    party: Mapping[str, Any],
    entered: datetime,
    number: int,
) -> dict[str, Any]:
    facts = {name: value for name, rule in kind["facts"].items() if (value := _value(rng, rule)) is not None}
    if party["kind"] == "unit" and "party_type" in facts:
        facts["party_type"] = "unit"
    money = max([value for name, value in facts.items() if law().facts[name].type == "money_yuan"], default=0)
    act_end = (entered - timedelta(days=rng.randint(20, 240))).date()
    decided = rng.random() < 0.8
    fine = max(200, round(money * rng.uniform(0.3, 1.5), -2)) if decided else None
    return {
        "source_system": "generated",
        "source_id": f"G{number:05d}",
        "organ_number": f"市监案〔{entered.year}〕{number + 1}号",
        "case_source": rng.choice(["监督检查", "投诉举报", "上级交办", "其他部门移送", "媒体曝光"]),
        "cause": kind["cause"],
        "filed_on": (entered - timedelta(days=rng.randint(5, 18))).date().isoformat(),
        "act_end_date": act_end.isoformat(),
        "decision_number": f"市监处罚〔{entered.year}〕{number + 1}号" if decided else None,
        "decided_on": entered.date().isoformat() if decided else None,
        "penalties": ["罚款", "没收违法所得、没收非法财物"] if decided else [],
        "fine_amount": str(fine) if fine is not None else None,
        "amount_involved": str(money) if money else None,
        "facts": {name: _fact(name, value) for name, value in facts.items()},
        "summary": f"检查发现当事人涉及{goods}：{law().causes[kind['cause']].name}。（演示用生成数据）",
        "place": party["address"],
        "parties": [party],
    }


def _fact(name: str, value: Any) -> Any:
    kind = law().facts[name].type
    if kind == "money_yuan":
        return str(value)
    if kind == "set":
        return [] if value == "none" else [value]
    return str(value) if kind == "ratio" else value


def _value(rng: Random, rule: Mapping[str, Any]) -> Any:
    if rng.random() >= rule["known"]:
        return None
    if "share" in rule:
        return rng.choices(list(rule["share"]), list(rule["share"].values()))[0]
    low, high = rule["range"]
    return int(math.exp(rng.uniform(math.log(low + 1), math.log(high + 1)))) - 1


def _party(rng: Random, region: int, number: int) -> dict[str, Any]:
    form = rng.choice(list(_FORMS))
    person = f"{rng.choice(_SURNAMES)}某{rng.choice(_SURNAMES)}"
    body = f"{rng.randint(0, 99999999):08d}"
    start = f"91{region:06d}{body}{organisation_check_character(body)}"
    return {
        "kind": _FORMS[form],
        "name": f"{rng.choice(_TRADE)}{rng.choice(_TRADE)}{form}",
        "uscc": start + calc_check_digit(start),
        "legal_representative": person,
        "address": f"某路{number % 900 + 1}号",
    }


def _steps(rng: Random, entered: datetime) -> list[Step]:
    paths, blocks = recipes()["paths"], recipes()["blocks"]
    path = rng.choices(paths, [one["weight"] for one in paths])[0]
    at, steps = entered, []
    for block in path["blocks"]:
        for step in blocks[block]:
            at += timedelta(days=step["after"] * rng.uniform(0.5, 1.3))
            steps.append(Step(at, step["who"], step["do"], step["with"]))
    return steps
