"""What the case and the law say, in the words of a document."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from app.law.clocks import cite, clock
from app.law.legal_days import SHANGHAI
from app.law.models import FIGURES
from app.law.statutes import law

_PARTY = {"person": "自然人", "unit": "单位", "individual_business": "个体工商户"}
_SPOKEN = (("≥", "不低于"), ("≤", "不高于"), ("＞", "超过"), ("＜", "低于"), ("＝", "为"))
_GATES = frozenset({"conduct", "product_category"})  # named by the requirement, the same for every limb


def day(value: date | datetime) -> str:
    """2026年5月12日."""
    if isinstance(value, datetime):
        value = value.astimezone(SHANGHAI).date()
    return f"{value.year}年{value.month}月{value.day}日"


def moment(value: datetime) -> str:
    """2026年5月12日9时30分; the end of a day is the day."""
    local = value.astimezone(SHANGHAI)
    if (local.hour, local.minute) in {(0, 0), (23, 59)}:
        return day(local)
    return f"{day(local)}{local.hour}时{local.minute:02d}分"


def parties(found: Iterable[Mapping[str, Any]]) -> str:
    """A line for each party; ID number and telephone as masked as everywhere."""
    return "\n".join(_party(one) for one in found)


def party_names(found: Iterable[Mapping[str, Any]]) -> str:
    """李建国、周远."""
    return "、".join(one["name"] for one in found)


def case_title(case: Mapping[str, Any]) -> str:
    """李建国等2人销售侵犯注册商标专用权的商品案: how the case is called in titles."""
    names = [one["name"] for one in case["parties"]]
    who = names[0] if names else ""
    if len(names) > 1:
        who += f"等{len(names)}{'人' if _persons(case) else '名当事人'}"
    return f"{who}{cause(case['cause'])}案"


def cause(name: str) -> str:
    """A cause of action by its Chinese name."""
    known = law().causes.get(name)
    return known.name if known else name


def charge(name: str) -> str:
    """A charge by its Chinese name."""
    known = law().charges.get(name)
    return known.name if known else name


def provision(name: str) -> str:
    """The article of the Criminal Law."""
    known = law().charges.get(name)
    return f"《中华人民共和国刑法》{known.article}" if known else ""


def thresholds(case: Mapping[str, Any], name: str) -> str:
    """What the finding says was reached for the charge, each with its figures and article."""
    lines = [_condition(one) for one in _reached(case, name)]
    lines += [
        f"{found['officer_name']}认定有合理嫌疑：{found['reasons']}"
        for found in case["officer_findings"]
        if found["charge"] == name and found["kind"] == "suspicion"
    ]
    return "\n".join(lines)


def amounts(case: Mapping[str, Any], name: str) -> str:
    """The figures of the case that the charge's standard reads, else all that it states."""
    figures: dict[str, str] = {}
    for one in _reached(case, name):
        if isinstance(one["actual"], Mapping):
            figures |= {key: value for key, value in one["actual"].items() if _is_figure(key)}
    figures = figures or {key: value for key, value in case["facts"].items() if _is_figure(key)}
    lines = [f"{law().facts[key].name}：{_stated(key, value)}。" for key, value in figures.items()]
    if case["amount_involved"]:
        lines.append(f"涉案金额：{case['amount_involved']}元。")
    return "\n".join(lines)


def measures(case: Mapping[str, Any]) -> str:
    """The penalty that was given, where one was."""
    lines = []
    if case["decision_number"]:
        on = f"（{day(date.fromisoformat(case['decided_on']))}）" if case["decided_on"] else ""
        kinds = f"，处罚种类：{'、'.join(case['penalties'])}" if case["penalties"] else ""
        lines.append(f"行政处罚决定书{case['decision_number']}{on}{kinds}。")
    return "\n".join([*lines, *filter(None, [case["penalty_text"]])])


def bases(found: Iterable[Any]) -> str:
    """Statutes as they are quoted in a document, once each."""
    return "、".join(dict.fromkeys(cite(basis) for basis in found))


def refusal_rights() -> str:
    """What an organ may do against a refusal to file, with the terms of the law."""
    request, supervision = clock("reconsideration_request"), clock("supervision_request")
    lines = [
        f"对本决定有异议的，可以自接到本通知书之日起{request.length}内向本机关提请复议，"
        "也可以建议人民检察院依法进行立案监督。",
        f"对复议决定仍有异议的，可以自收到复议决定之日起{supervision.length}内建议人民检察院依法进行立案监督。",
        f"依据：{bases((*request.basis, *supervision.basis))}。",
    ]
    return "\n".join(lines)


def _persons(case: Mapping[str, Any]) -> bool:
    return all(one["kind"] == "person" for one in case["parties"])


def _party(one: Mapping[str, Any]) -> str:
    said = [one["name"], _PARTY[one["kind"]]]
    for key, label in (
        ("id_number", "公民身份号码"),
        ("uscc", "统一社会信用代码"),
        ("legal_representative", "法定代表人或者负责人"),
        ("address", "住址"),
        ("phone", "联系电话"),
    ):
        if one[key]:
            said.append(f"{label}{'：' if key in {'legal_representative', 'address'} else ''}{one[key]}")
    return "，".join(said) + "。"


def _reached(case: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    if not case["screening"]:
        return []
    return [
        line
        for found in case["screening"]["result"]["findings"]
        if found["charge"] == name and found["outcome"] == "reached"
        for line in found["conditions"]
        if line["met"] is True
    ]


def _condition(one: Mapping[str, Any]) -> str:
    actual = one["actual"]
    said = ""
    if isinstance(actual, Mapping):
        pairs = {key: value for key, value in actual.items() if key not in _GATES} or dict(actual)
        said = "，".join(
            f"{law().facts[key].name}：{_stated(key, value)}" if key in law().facts else str(value)
            for key, value in pairs.items()
        )
    required = one["required"]
    for sign, spoken in _SPOKEN:
        required = re.sub(rf"\s*{sign}\s*", spoken, required)
    return f"{required}（{one['citation']}）。" + (f"本案{said}。" if said else "")


def _is_figure(key: str) -> bool:
    known = law().facts.get(key)
    return known is not None and known.type in FIGURES


def _stated(key: str, value: Any) -> str:
    """A fact's value in words."""
    fact = law().facts[key]
    if value is None:
        return "未查明"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "、".join(fact.values.get(word, str(word)) for word in value) or "无"
    text = str(value)
    if fact.type in FIGURES:
        return f"{text.replace('≥', '不少于')}{fact.unit or ''}"
    return fact.values.get(text, text)
