"""Conditions in Chinese: what is required, and what stands in the case."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from app.law.logic import Facts, known_sum
from app.law.models import Fact
from app.law.notation import AllOf, AtLeast, Comparison, Condition, Not

SIGNS = {">=": "≥", ">": "＞", "<=": "≤", "<": "＜", "==": "＝"}


def plain(figure: Decimal) -> str:
    """A figure without exponent and trailing zeros: 50000, 0.1."""
    text = format(figure, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def required(condition: Condition, facts: Mapping[str, Fact]) -> str:
    """The condition as a Chinese sentence with its figures."""
    if isinstance(condition, Comparison):
        return _comparison(condition, facts[condition.fact])
    if isinstance(condition, Not):
        return f"不属于：{required(condition.part, facts)}"
    parts = [required(part, facts) for part in condition.parts]
    parts = [f"（{text}）" if "且" in text or "或" in text else text for text in parts]
    if isinstance(condition, AtLeast):
        return f"下列至少{condition.count}项：" + "、".join(parts)
    return ("，且" if isinstance(condition, AllOf) else "，或").join(parts)


def _comparison(comparison: Comparison, fact: Fact) -> str:
    if comparison.limit is not None:
        unit = fact.unit or ""
        text = f"{fact.name} {SIGNS[comparison.operator]} {plain(comparison.limit)}{unit}"
        if comparison.share is not None and comparison.base is not None:
            text += f"（{plain(comparison.base)}{unit}的{plain(comparison.share * 100)}%）"
        return text
    if comparison.flag is not None:
        return f"{fact.name}：{'是' if comparison.flag else '否'}"
    labels = [f"“{label}”" for word, label in fact.values.items() if word in comparison.values]
    match comparison.operator:
        case "not_empty":
            return f"{fact.name}：有"
        case "not_stated":
            return f"{fact.name}不是{'、'.join(labels)}"
        case "all_of":
            return f"{fact.name}：同时有{'、'.join(labels)}"
    return f"{fact.name}：{'、'.join(labels)}" + ("之一" if len(labels) > 1 else "")


def actual_of(fact: Fact) -> Callable[[Facts], Any]:
    """What a case says of the fact: figures as decimal strings, sets as lists, null if unknown.

    A sum with a missing part that is known in part reads `≥120000`.
    """
    if fact.sum_of:
        return _sum_of(tuple((part, Decimal(times)) for part, times in fact.sum_of.items()))
    name, words = fact.id, fact.values

    def actual(facts: Facts) -> Any:
        value = facts.get(name)
        if isinstance(value, Decimal):
            return plain(value)
        if isinstance(value, frozenset):
            return [word for word in words if word in value]
        return value

    return actual


def _sum_of(parts: tuple[tuple[str, Decimal], ...]) -> Callable[[Facts], str | None]:
    names = frozenset(name for name, _ in parts)

    def actual(facts: Facts) -> str | None:
        if names.isdisjoint(facts):
            return None
        total, missing = known_sum(parts, facts)
        if missing:
            return f"≥{plain(total)}" if total else None
        return plain(total)

    return actual
