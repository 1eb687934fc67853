"""What an audit event changed, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from app.evidence.exhibit_models import STATES
from app.law.procedure_table import transfer_procedure
from app.law.statutes import law
from app.law.supervision import supervision
from app.web import words
from app.web.case_form import LABELS
from app.web.findings import cause_name, charge_name, stated

_LABELS = LABELS | {
    "conclusion": "筛查结论",
    "charges": "涉嫌罪名",
    "charge": "罪名",
    "state": "状态",
    "not_transferred_reason": "不移送的理由",
    "status": "证据情况",
    "note": "说明",
    "name": "文件",
    "removed_reason": "移除理由",
    "reason": "理由",
    "penalties": "处罚种类",
    "number": "编号",
    "proposal": "提请",
}
_OF_EXHIBITS = {
    "name": "名称",
    "quantity": "数量",
    "unit": "单位",
    "value": "价值",
    "place": "存放地点",
    "keeper": "保管人",
    "seizure_paper": "文书号",
    "counted": "清点数量",
    "note": "说明",
    "state": "状态",
}
_MONEY = frozenset({"fine_amount", "confiscated_amount", "amount_involved", "value"})
_DATES = frozenset({"filed_on", "act_end_date", "decided_on"})
_STATUS = {"present": "已有", "missing": "缺少", "not_applicable": "不适用"}


class Change(NamedTuple):
    """A field's label with what stood there and what stands there now."""

    label: str
    before: str
    after: str


def changes_in_words(changes: Mapping[str, Any], action: str = "", most: int = 8) -> list[Change]:
    """The changes of an act that a reader understands, at most so many; technical fields are left out."""
    labels = _OF_EXHIBITS if action.startswith("exhibit.") else _LABELS
    return list(_changes(changes, labels))[:most]


def _changes(changes: Mapping[str, Any], labels: Mapping[str, str]) -> Iterable[Change]:
    for field, (before, after) in changes.items():
        if field == "facts":
            yield from _facts(before or {}, after or {})
        elif field == "parties":
            names = ["、".join(one.get("name", "") for one in some or ()) for some in (before, after)]
            yield Change("当事人", names[0], names[1])
        elif field in labels:
            yield Change(labels[field], _said(field, before), _said(field, after))


def _facts(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterable[Change]:
    for name in dict.fromkeys([*before, *after]):
        if before.get(name) != after.get(name) and name in law().facts:
            old = stated(name, before[name]) if name in before else ""
            new = stated(name, after[name]) if name in after else "未查明"
            yield Change(law().facts[name].name, old, new)


def _said(field: str, value: Any) -> str:
    if value is None or value == []:
        return ""
    if field in _MONEY:
        return words.money(value)
    if field in _DATES:
        return words.day(value)
    if field == "cause":
        return cause_name(value)
    if field == "conclusion":
        return words.CONCLUSIONS.get(value, str(value))
    if field == "status":
        return _STATUS.get(value, str(value))
    if field == "charge":
        return charge_name(value)
    if field == "charges":
        return "、".join(charge_name(one) for one in value)
    if field in ("state", "proposal"):
        return _state_name(value)
    text = "、".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= 200 else text[:200] + "…"


def _state_name(value: str) -> str:
    table = transfer_procedure()
    for names in (table.proposals, supervision().states, STATES):
        if value in names:
            return names[value]
    try:
        return table.state(value).name
    except KeyError:
        return value
