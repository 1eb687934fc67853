"""What an action asks for, checked: missing, unknown and ill-formed inputs are refused with a remedy.

Checked is the form. Whether an organ, an officer or a charge exists is for those who keep them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from app.errors import Invalid
from app.evidence.handover import counts_of
from app.law.legal_days import SHANGHAI
from app.law.procedure_table import Input
from app.transfers.goods import GoodsError, parse_goods

LONGEST_TEXT = 20_000
_NOT_TO_BE_KEPT = re.compile("[\x00\ud800-\udfff]")
_MONEY = re.compile(r"(?:0|[1-9][0-9]{0,15})(?:\.[0-9]{1,2})?")


class InputError(ValueError):
    """An input that cannot be taken: stable English `code`, the field, Chinese `detail` with the remedy."""

    def __init__(self, code: str, field: str, detail: str) -> None:
        super().__init__(f"{code}: {field}: {detail}")
        self.code, self.field, self.detail = code, field, detail


def parse_inputs(
    asked: tuple[Input, ...], given: Mapping[str, Any], any_of: tuple[str, ...] = ()
) -> dict[str, Any]:
    """The inputs of an action as they are recorded: text stripped, empty ones left out, JSON types only.

    Money (元) is a decimal string, date and time ISO 8601 (Asia/Shanghai where no zone is given), organ and
    officers are their numbers. Of the fields `any_of` one at least is given. Raises InputError:
    input_unknown, input_missing, input_wrong_type, input_too_long, input_too_few, input_not_a_choice,
    input_out_of_range, input_not_a_date, input_not_money, and those of lists of goods and exhibits.
    """
    unknown = sorted(given.keys() - {field.name for field in asked})
    if unknown:
        raise InputError("input_unknown", unknown[0], f"不认识的栏目 {unknown[0]}，请删去。")
    taken: dict[str, Any] = {}
    for field in asked:
        value = given.get(field.name)
        if isinstance(value, str):
            value = value.strip()
        if value is None or value in ("", []):
            if field.required:
                raise InputError("input_missing", field.name, f"请填写“{field.label}”。")
            continue
        taken[field.name] = _PARSERS[field.type](field, value)
    if any_of and not taken.keys() & set(any_of):
        labels = "或者".join(f"“{field.label}”" for field in asked if field.name in any_of)
        raise InputError("input_missing", any_of[0], f"请填写{labels}，至少一项。")
    return taken


def _text(field: Input, value: Any) -> str:
    if not isinstance(value, str):
        raise _wrong_type(field, "文字")
    if len(value) > LONGEST_TEXT:
        raise InputError(
            "input_too_long", field.name, f"“{field.label}”超过{LONGEST_TEXT}字，请作为附件上传。"
        )
    if _NOT_TO_BE_KEPT.search(value):
        raise InputError("input_wrong_type", field.name, f"“{field.label}”含有不能保存的字符，请重新填写。")
    return value


def _lines(field: Input, value: Any) -> list[str]:
    lines = value.splitlines() if isinstance(value, str) else value
    if not isinstance(lines, list):
        raise _wrong_type(field, "一行一项的文字")
    found = [line.strip() for line in (_text(field, line) for line in lines) if line.strip()]
    return _counted(field, found)


def _counted(field: Input, found: list[Any]) -> list[Any]:
    if len(found) < max(field.min_items, 1 if field.required else 0):
        raise InputError(
            "input_too_few", field.name, f"“{field.label}”至少须有{max(field.min_items, 1)}项，请补充。"
        )
    return found


def _flag(field: Input, value: Any) -> bool:
    if not isinstance(value, bool):
        raise _wrong_type(field, "是或否")
    return value


def _number(field: Input, value: Any) -> int:
    """A count or an identifier, from JSON or from a form."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}", value):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise _wrong_type(field, "整数")
    if value < 1 or value > (field.max or 2**31 - 1):
        most = f"至{field.max}" if field.max else "以上"
        raise InputError("input_out_of_range", field.name, f"“{field.label}”应为1{most}的整数，请重新填写。")
    return value


def _officers(field: Input, value: Any) -> list[int]:
    if not isinstance(value, list):
        raise _wrong_type(field, "人员名单")
    return _counted(field, list(dict.fromkeys(_number(field, one) for one in value)))


def _money(field: Input, value: Any) -> str:
    if not isinstance(value, str) or not _MONEY.fullmatch(value):
        detail = f"“{field.label}”应为以元为单位的数字，如 12500.00，不带逗号和“万元”，请重新填写。"
        raise InputError("input_not_money", field.name, detail)
    return value


def _date(field: Input, value: Any) -> str:
    try:
        return date.fromisoformat(_text(field, value)).isoformat()
    except ValueError as error:
        if isinstance(error, InputError):
            raise
        detail = f"“{field.label}”不是存在的日期，请写成 2026-03-03。"
        raise InputError("input_not_a_date", field.name, detail) from None


def _datetime(field: Input, value: Any) -> str:
    try:
        found = datetime.fromisoformat(_text(field, value))
        there = found if found.tzinfo else found.replace(tzinfo=SHANGHAI)
        return there.astimezone(SHANGHAI).isoformat()
    except (ValueError, OverflowError) as error:
        if isinstance(error, InputError):
            raise
        detail = f"“{field.label}”不是存在的日期时间，请写成 2026-03-03T09:30。"
        raise InputError("input_not_a_date", field.name, detail) from None


def _exhibits(field: Input, value: Any) -> list[dict[str, str]]:
    try:
        counts = counts_of(value, field.name)
    except Invalid as error:
        first = error.errors[0]
        raise InputError(first.code, first.field, f"“{field.label}”：{first.detail}") from error
    return [one.model_dump(mode="json") for one in counts]


def _goods(field: Input, value: Any) -> list[dict[str, str]]:
    try:
        return _counted(field, parse_goods(value))
    except GoodsError as error:
        raise InputError(
            error.code, f"{field.name}{error.place}", f"“{field.label}”：{error.detail}"
        ) from error


def _choice(field: Input, value: Any) -> str:
    if not isinstance(value, str) or value not in field.choices:
        detail = f"“{field.label}”请从{'、'.join(field.choices.values())}中选择。"
        raise InputError("input_not_a_choice", field.name, detail)
    return value


def _wrong_type(field: Input, wanted: str) -> InputError:
    return InputError("input_wrong_type", field.name, f"“{field.label}”应为{wanted}，请重新填写。")


_PARSERS: Mapping[str, Callable[[Input, Any], Any]] = {
    "text": _text,
    "lines": _lines,
    "flag": _flag,
    "count": _number,
    "money": _money,
    "date": _date,
    "datetime": _datetime,
    "exhibits": _exhibits,
    "goods": _goods,
    "case": _text,
    "choice": _choice,
    "charge": _text,
    "organ": _number,
    "officers": _officers,
}
