"""What changed between two states of the law's data, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import TypeVar

from app.law.models import (
    Accumulation,
    Cause,
    Charge,
    Counted,
    Fact,
    Instrument,
    Limb,
    Limitation,
    Version,
)
from app.law.notation import Comparison, Condition, comparisons
from app.law.statutes import Law
from app.law.wording import plain, required

Record = TypeVar("Record")
Fields = Mapping[str, str]
YES_NO = {True: "是", False: "否"}
NONE = "无"


def differences(old: Law, new: Law) -> list[str]:
    """Lines of an indented list; none where nothing changed."""
    return [
        *_each("罪名", old.charges, new.charges, lambda one: f"{one.charge} {one.name}", _charge(old, new)),
        *_each("案情要素", old.facts, new.facts, lambda one: f"{one.id} {one.name}", _by_fields(_of_fact)),
        *_each(
            "依据", old.instruments, new.instruments,
            lambda one: f"{one.id} 《{one.title}》", _by_fields(_of_instrument),
        ),
        *_each(
            "累计规则", old.accumulation, new.accumulation, lambda one: one.id, _by_fields(_of_accumulation)
        ),
        *_each(
            "追诉时效", {"": old.limitation}, {"": new.limitation},
            lambda one: new.citation(one.cite), _by_fields(_of_limitation),
        ),
        *_each("案由", old.causes, new.causes, lambda one: f"{one.id} {one.name}", _by_fields(_of_cause)),
    ]  # fmt: skip


def _each(
    kind: str,
    old: Mapping[str, Record],
    new: Mapping[str, Record],
    title: Callable[[Record], str],
    inside: Callable[[Record | None, Record | None], list[str]],
) -> Iterable[str]:
    """Records of one kind: those added and removed with what they say, those changed with what changed."""
    for name in dict.fromkeys([*old, *new]):
        before, after = old.get(name), new.get(name)
        if before is None and after is not None:
            yield from [f"新增{kind} {title(after)}", *_indented(inside(None, after))]
        elif after is None and before is not None:
            yield f"删除{kind} {title(before)}"
        elif before is not None and after is not None and (lines := inside(before, after)):
            yield from [f"{kind} {title(after)}", *_indented(lines)]


def _indented(lines: Iterable[str]) -> list[str]:
    return [f"  {line}" for line in lines]


def _fields(old: Fields, new: Fields) -> list[str]:
    """One line for each field that differs; of what is new, each field that says something."""
    if not old:
        return [f"{name}：{value}" for name, value in new.items() if value != NONE]
    return [
        f"{name}：旧 {old.get(name, NONE)} → 新 {new.get(name, NONE)}"
        for name in dict.fromkeys([*old, *new])
        if old.get(name, NONE) != new.get(name, NONE)
    ]


def _by_fields(
    fields_of: Callable[[Record], Fields],
) -> Callable[[Record | None, Record | None], list[str]]:
    return lambda old, new: _fields(fields_of(old) if old else {}, fields_of(new) if new else {})


def _charge(old: Law, new: Law) -> Callable[[Charge | None, Charge | None], list[str]]:
    def lines(before: Charge | None, after: Charge | None) -> list[str]:
        return [
            *_fields(_of_charge(before, old) if before else {}, _of_charge(after, new) if after else {}),
            *_each(
                "版本", _versions(before), _versions(after), lambda one: one.id, _version(old, new)
            ),
        ]  # fmt: skip

    return lines


def _versions(charge: Charge | None) -> dict[str, Version]:
    return {one.id: one for one in charge.versions} if charge else {}


def _limbs(version: Version | None) -> dict[str, Limb]:
    return {one.id: one for one in version.limbs} if version else {}


def _version(old: Law, new: Law) -> Callable[[Version | None, Version | None], list[str]]:
    def lines(before: Version | None, after: Version | None) -> list[str]:
        return [
            *_fields(_of_version(before, old) if before else {}, _of_version(after, new) if after else {}),
            *_each("项", _limbs(before), _limbs(after), lambda one: f"{one.id} {one.says}", _limb(old, new)),
        ]

    return lines


def _limb(old: Law, new: Law) -> Callable[[Limb | None, Limb | None], list[str]]:
    def lines(before: Limb | None, after: Limb | None) -> list[str]:
        limits: list[str] = []
        then, now = (_of_limb(before, old) if before else {}), (_of_limb(after, new) if after else {})
        if before and after and (moved := _limits(before.when, after.when, new.facts)) is not None:
            limits = moved
            now = {**now, "条件": then["条件"]}
        return [*limits, *_fields(then, now)]

    return lines


def _limits(before: Condition, after: Condition, facts: Mapping[str, Fact]) -> list[str] | None:
    """The limits that moved, if nothing else of the condition changed; else None."""
    old, new = comparisons(before), comparisons(after)
    if _without_limits(before) != _without_limits(after) or len(old) != len(new):
        return None
    return [
        f"{facts[one.fact].name}：旧 {_figure(was, facts)} → 新 {_figure(one, facts)}"
        for was, one in zip(old, new, strict=True)
        if was.limit != one.limit
    ]


def _without_limits(condition: Condition) -> object:
    if isinstance(condition, Comparison):
        return condition.fact, condition.operator, condition.values, condition.flag
    parts = getattr(condition, "parts", None) or [getattr(condition, "part", None)]
    return type(condition), getattr(condition, "count", 0), [_without_limits(part) for part in parts]


def _figure(one: Comparison, facts: Mapping[str, Fact]) -> str:
    return f"{plain(one.limit)}{facts[one.fact].unit or ''}" if one.limit is not None else NONE


def _of_charge(one: Charge, law: Law) -> Fields:
    gate = one.applies_to
    return {
        "条文": one.article,
        "入罪之日": _day(one.offence_since.from_),
        "行为方式": _words(law.facts["conduct"], gate.conduct) if gate else NONE,
        "产品类别": _words(law.facts["product_category"], gate.product_category) if gate else NONE,
        "构成要件": _conditions(one.elements, law),
        "法定刑": "；".join(step.says for step in one.sentences) or NONE,
    }


def _of_version(one: Version, law: Law) -> Fields:
    return {
        "施行": _day(one.from_),
        "失效": _day(one.to),
        "依据": "、".join(one.instruments),
        "已核对原文": YES_NO[one.verified],
        "来源": one.source,
        "前提": _conditions(one.gate, law),
        "半数标准的各项": _conditions(one.half_threshold_items, law),
        "除外": "；".join(f"{required(e.when, law.facts)}（{law.citation(e.cite)}）" for e in one.exceptions)
        or NONE,
        "提问": "；".join(f"{e.says}（{law.citation(e.cite)}）" for e in one.questions) or NONE,
        "加重情节": "；".join(
            f"{e.id} {required(e.when, law.facts)}（{law.citation(e.cite)}）" for e in one.aggravated
        )
        or NONE,
        "加重倍数": str(one.aggravated_multiplier.factor) if one.aggravated_multiplier else NONE,
    }


def _of_limb(one: Limb, law: Law) -> Fields:
    return {
        "条件": required(one.when, law.facts),
        "表述": one.says,
        "出处": law.citation(one.cite),
        "未遂": YES_NO[one.attempt],
        "人工核对": one.review or NONE,
        "本项施行": _day(one.from_),
        "不适用于": "；".join(
            f"{law.facts[name].name}：{_words(law.facts[name], words)}"
            for name, words in one.displaced_for.items()
        )
        or NONE,
    }


def _of_fact(one: Fact) -> Fields:
    return {
        "名称": one.name,
        "类型": one.type,
        "单位": one.unit or NONE,
        "计算口径": one.measured,
        "取值": "、".join(f"{label}（{word}）" for word, label in one.values.items()) or NONE,
        "合计": "＋".join(f"{name}×{times}" for name, times in one.sum_of.items()) or NONE,
        "不明时推定": str(one.assumed_when_unknown) if one.assumed_when_unknown is not None else NONE,
        "累计规则": one.accumulated or NONE,
        "按行政处罚记录计算": _counted(one.counted) if one.counted else NONE,
    }


def _counted(one: Counted) -> str:
    causes = "、".join([*one.charges, *one.causes, *(["与本案相同"] if one.same_cause else [])])
    return f"{one.years}年内至少{one.at_least}次（罪名或案由：{causes}；{one.cite}）"


def _of_accumulation(one: Accumulation) -> Fields:
    return {
        "范围": one.scope,
        "归并": one.group_by,
        **{
            f"{_day(window.from_)}至{_day(window.to)}": f"{window.rule}；"
            + (
                f"{window.window_years}年内"
                if window.window_years
                else f"未写年数，{window.window_basis or NONE}"
            )
            for window in one.windows
        },
    }


def _of_limitation(one: Limitation) -> Fields:
    steps = {
        (
            "无期徒刑、死刑"
            if step.life_or_death
            else f"不满{step.below_years}年"
            if step.below_years
            else "其余"
        ): f"{step.limit_years}年"
        for step in one.steps
    }
    return {"依据": one.cite, "已核对原文": YES_NO[one.verified], **steps, "理解": one.reading}


def _of_instrument(one: Instrument) -> Fields:
    return {
        "文号": one.number,
        "标题": one.title,
        "施行": _day(one.from_),
        "失效": _day(one.to),
        "已核对原文": YES_NO[one.verified],
        "来源": one.source or NONE,
    }


def _of_cause(one: Cause) -> Fields:
    return {
        "名称": one.name,
        "条线": one.line,
        "违反": "、".join(f"{breach.law}{breach.article}" for breach in one.breaks),
        "可能涉及的罪名": "、".join(one.charges) or NONE,
        "含有的要素": "；".join(f"{name}={value}" for name, value in sorted(one.implies.items())) or NONE,
    }


def _conditions(several: Iterable[Condition], law: Law) -> str:
    return "；".join(required(one, law.facts) for one in several) or NONE


def _words(fact: Fact, words: Iterable[str]) -> str:
    return "、".join(fact.values[word] for word in fact.values if word in set(words)) or NONE


def _day(day: date | None) -> str:
    return day.isoformat() if day else NONE
