"""Counted lists of goods and papers: what one side hands over, what the other counts, and how they differ.

A list is signed by both sides (国务院令第310号 第十二条); perishable goods are sampled and dealt with first
(第四条).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

HOW: Mapping[str, str] = {
    "handed": "随案移交",
    "disposed": "不宜保管，已取证留样后处理",
    "kept": "经公安机关同意，由移送机关代为保管",
}
_FIELDS = {"exhibit_id", "name", "quantity", "unit", "how", "note"}
_QUANTITY = re.compile(r"(?:0|[1-9][0-9]{0,11})(?:\.[0-9]{1,3})?")
_LONGEST = {"exhibit_id": 40, "name": 200, "unit": 20, "note": 1000}

Goods = dict[str, str]


class GoodsError(ValueError):
    """An item of the list that cannot be taken: stable code, which field of which item, Chinese detail."""

    def __init__(self, code: str, place: str, detail: str) -> None:
        super().__init__(f"{code}: {place}: {detail}")
        self.code, self.place, self.detail = code, place, detail


def parse_goods(given: Any) -> list[Goods]:
    """The list as it is recorded. Quantities are decimal strings. Raises GoodsError."""
    if not isinstance(given, list) or len(given) > 2000:
        raise GoodsError("input_wrong_type", "", "应为物品清单，一件一项，最多2000项，请重新填写。")
    items = [_item(number, one) for number, one in enumerate(given)]
    seen: set[str] = set()
    for number, item in enumerate(items):
        if _key(item) in seen:
            detail = f"“{item['name']}”列了两次，请合并数量后只列一项。"
            raise GoodsError("goods_twice", f".{number}.name", detail)
        seen.add(_key(item))
    return items


def differences(handed: Sequence[Goods], counted: Sequence[Goods]) -> list[Goods]:
    """Where the counted list differs from what was handed over; what was not handed over is left out."""
    first = {_key(item): item for item in handed if item["how"] == "handed"}
    second = {_key(item): item for item in counted}
    found = []
    for key, item in {**first, **second}.items():
        before = Decimal(first[key]["quantity"]) if key in first else Decimal(0)
        after = Decimal(second[key]["quantity"]) if key in second else Decimal(0)
        if before != after:
            found.append(
                {"name": item["name"], "unit": item["unit"], "handed": str(before), "counted": str(after)}
            )
    return found


def in_words(item: Mapping[str, str]) -> str:
    """One line of a list, or of the differences."""
    if "counted" in item:
        return f"{item['name']}：移交{item['handed']}{item['unit']}，清点{item['counted']}{item['unit']}"
    how = "" if item["how"] == "handed" else f"（{HOW[item['how']]}）"
    note = f"，{item['note']}" if item.get("note") else ""
    return f"{item['name']} {item['quantity']}{item['unit']}{how}{note}"


def _item(number: int, given: Any) -> Goods:
    place = f".{number}"
    if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
        raise GoodsError("input_wrong_type", place, '每项写名称、数量和单位，数量写成文字，如 "12"。')
    unknown = sorted(given.keys() - _FIELDS)
    if unknown:
        raise GoodsError("input_unknown", f"{place}.{unknown[0]}", f"不认识的栏目 {unknown[0]}，请删去。")
    item = {name: value.strip() for name, value in given.items() if value.strip()}
    item.setdefault("how", "handed")
    for name, label in (("name", "名称"), ("quantity", "数量"), ("unit", "单位")):
        if name not in item:
            raise GoodsError("input_missing", f"{place}.{name}", f"第{number + 1}项请填写{label}。")
    for name, longest in _LONGEST.items():
        if len(item.get(name, "")) > longest or "\x00" in item.get(name, ""):
            detail = f"第{number + 1}项的这一栏超过{longest}字或者含有不能保存的字符，请改短。"
            raise GoodsError("input_too_long", f"{place}.{name}", detail)
    if not _QUANTITY.fullmatch(item["quantity"]):
        detail = f"第{number + 1}项的数量应为数字，最多三位小数，不带逗号，如 12 或者 3.5，请更正。"
        raise GoodsError("input_not_a_quantity", f"{place}.quantity", detail)
    if item["how"] not in HOW:
        detail = (
            f"第{number + 1}项请从{'、'.join(f'{code}（{words}）' for code, words in HOW.items())}中选择。"
        )
        raise GoodsError("input_not_a_choice", f"{place}.how", detail)
    if item["how"] != "handed" and "note" not in item:
        detail = f"第{number + 1}项没有随案移交，请写明理由（处理、留样或者代为保管的情况）。"
        raise GoodsError("input_missing", f"{place}.note", detail)
    return item


def _key(item: Goods) -> str:
    return item.get("exhibit_id") or f"{item['name']} {item['unit']}"
