"""A screening result as a page shows it: facts by their names, figures with units, marks in words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.law.models import FIGURES
from app.law.statutes import law
from app.web.words import OUTCOMES, figure

_ORDER = {"yes": 0, "unknown": 1, "no": 2}
_LONG_FIGURE = re.compile(r"(?<![\d.第〔])\d{4,}(?=(?:\.\d+)?(?:元|件|支|份|张|册|本|盒|次|人|项|吨|种))")
_GATES = frozenset({"conduct", "product_category"})  # named by the requirement, the same for every limb
_RULES = {
    "TIME2001": "行为时没有司法解释，适用其后施行的标准（从旧兼从轻）",
    "no_standard": "行为时和现在都没有已收录的立案追诉标准，请人工核对",
    "no_offence": "行为时刑法尚未规定本罪，请核对行为终了日",
    "repealed": "行为时的标准现已不再施行，请人工核对",
    "earlier_standard_not_recorded": "行为时更早的标准未收录，请人工核对",
}


@dataclass(frozen=True)
class Condition:
    """A line of the table of conditions. `met`: yes, no or unknown."""

    says: str
    required: str
    actual: tuple[str, ...]
    met: str
    citation: str
    attempt: bool
    review: bool


@dataclass(frozen=True)
class ChargeFinding:
    """The outcome for one charge."""

    charge: str
    article: str
    name: str
    outcome: str
    near: bool
    version: str
    compared: str | None
    conditions: tuple[Condition, ...]
    missing: tuple[str, ...]
    assumptions: tuple[str, ...]
    questions: tuple[str, ...]
    marks: tuple[str, ...]


@dataclass(frozen=True)
class Result:
    """What screening said of a case."""

    conclusion: str
    missing: tuple[str, ...]
    findings: tuple[ChargeFinding, ...]
    heaviest: tuple[str, ...]


def result(found: Mapping[str, Any]) -> Result:
    """The view of a stored or fresh result (the JSON form of a screening)."""
    return Result(
        found["conclusion"],
        fact_names(found["missing_facts"]),
        tuple(sorted(map(_finding, found["findings"]), key=lambda one: list(OUTCOMES).index(one.outcome))),
        _heaviest(found.get("heaviest")),
    )


def _heaviest(found: Mapping[str, Any] | None) -> tuple[str, ...]:
    """Of several charges reached, which is heavier and why, and the rules on their competition."""
    if not found:
        return ()
    unsure = () if found["verified"] else ("法定刑系收录，引用前请核对原文",)
    return (found["reason"], *found["rules"], *unsure)


def fact_names(ids: Sequence[str]) -> tuple[str, ...]:
    """Facts by their Chinese names."""
    return tuple(fact_name(one) for one in ids)


def fact_name(fact_id: str) -> str:
    """A fact by its Chinese name."""
    known = law().facts.get(fact_id)
    return known.name if known else fact_id


def charge_name(charge: str) -> str:
    """A charge by its Chinese name."""
    known = law().charges.get(charge)
    return known.name if known else charge


def cause_name(cause: str) -> str:
    """A cause of action by its Chinese name."""
    known = law().causes.get(cause)
    return known.name if known else cause


def grouped(text: str) -> str:
    """A sentence with thousands separators in its long figures."""
    return _LONG_FIGURE.sub(lambda found: figure(found[0]), text)


def stated(name: str, value: Any) -> str:
    """What the case says of a fact, in words; an unknown one is 未查明."""
    fact = law().facts.get(name)
    if value is None:
        return "未查明"
    if isinstance(value, bool):
        return "是" if value else "否"
    if fact is None:
        return str(value)
    if isinstance(value, list):
        return "、".join(fact.values.get(word, str(word)) for word in value) or "无"
    text = str(value)
    if fact.type in FIGURES:
        at_least = "至少 " if text.startswith("≥") else ""
        return f"{at_least}{figure(text.removeprefix('≥'))}{' ' + fact.unit if fact.unit else ''}"
    return fact.values.get(text, text)


def _finding(one: Mapping[str, Any]) -> ChargeFinding:
    return ChargeFinding(
        charge=one["charge"],
        article=f"刑法{law().charges[one['charge']].article}" if one["charge"] in law().charges else "",
        name=one.get("name") or charge_name(one["charge"]),
        outcome=one["outcome"],
        near=bool(one.get("near")),
        version=_version(one["law_version"]),
        compared=_version(one["other_version"]) if one["other_version"] else None,
        conditions=tuple(sorted(map(_condition, one["conditions"]), key=lambda line: _ORDER[line.met])),
        missing=fact_names(one["missing_facts"]),
        assumptions=tuple(f"{name}（由公安机关查明）" for name in fact_names(one["assumptions"])),
        questions=tuple(grouped(text) for text in one["questions"]),
        marks=tuple(_mark(mark) for mark in one.get("marks", ())),
    )


def _condition(one: Mapping[str, Any]) -> Condition:
    says, required = grouped(one.get("statement") or ""), grouped(one["required"])
    actual = one["actual"]
    pairs = list(actual.items()) if isinstance(actual, Mapping) else []
    pairs = [pair for pair in pairs if pair[0] not in _GATES] or pairs
    many = len(pairs) > 1
    return Condition(
        says=says if says != required else "",
        required=required,
        actual=tuple(
            f"{law().facts[name].name}：{stated(name, value)}" if many else stated(name, value)
            for name, value in pairs
        ),
        met={True: "yes", False: "no"}.get(one["met"], "unknown"),
        citation=one["citation"],
        attempt=bool(one.get("attempt")),
        review=bool(one.get("review")),
    )


def _version(version: str | None) -> str:
    """When a standard holds, by its id `214@2025`."""
    for charge in law().charges.values():
        for one in charge.versions:
            if one.id == version:
                until = f"至{one.to:%Y-%m-%d}" if one.to else "起施行"
                return f"{one.from_:%Y-%m-%d}{until}的标准"
    return "没有适用的标准"


def _mark(mark: str) -> str:
    name, _, what = mark.partition(":")
    if name == "unverified":
        return f"{_version(what)}：收录时未逐字核对原文，引用前请核对"
    if name.startswith("review_"):
        return (
            "有一项条件属过渡期或实践口径，须人工复核"
            if name.endswith("required")
            else "有一项条件建议人工复核"
        )
    return _RULES.get(name, name)
