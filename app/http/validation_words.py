"""Pydantic's findings in the words of a Chinese form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.errors import AppError, FieldError, Refused
from app.identifiers import IdentifierError

_WORDS: dict[str, tuple[str, str]] = {
    "missing": ("required", "必填，请补充。"),
    "extra_forbidden": ("unknown_field", "没有这个字段，请核对字段名。"),
    "string_too_short": ("too_short", "内容太短，请补充。"),
    "string_too_long": ("too_long", "内容过长，请缩短到规定字数以内。"),
    "string_type": ("not_text", "应为文字。"),
    "string_pattern_mismatch": ("wrong_form", "格式不符，请按说明填写。"),
    "int_type": ("not_an_integer", "应为整数。"),
    "int_parsing": ("not_an_integer", "应为整数。"),
    "bool_type": ("not_a_boolean", "应为 true 或 false。"),
    "decimal_parsing": ("amount_not_a_number", "金额应为数字，单位为元，不带逗号和“万元”。"),
    "decimal_type": ("amount_not_a_number", "金额应为数字，单位为元，不带逗号和“万元”。"),
    "decimal_max_places": ("amount_too_precise", "金额最多两位小数。"),
    "decimal_max_digits": ("amount_too_large", "金额位数过多，请核对单位是否为元。"),
    "decimal_whole_digits": ("amount_too_large", "金额位数过多，请核对单位是否为元。"),
    "finite_number": ("amount_not_a_number", "金额应为有限的数字。"),
    "greater_than_equal": ("below_minimum", "数值过小，不得低于下限（金额和数量不能为负）。"),
    "less_than_equal": ("above_maximum", "数值过大，请核对。"),
    "date_from_datetime_parsing": ("not_a_date", "日期应为 YYYY-MM-DD。"),
    "date_parsing": ("not_a_date", "日期应为 YYYY-MM-DD。"),
    "date_type": ("not_a_date", "日期应为 YYYY-MM-DD。"),
    "enum": ("not_in_list", "不在可选值之内，请从列表中选择。"),
    "literal_error": ("not_in_list", "不在可选值之内，请从列表中选择。"),
    "json_invalid": ("not_json", "不是有效的 JSON，请核对格式与 UTF-8 编码。"),
    "uuid_parsing": ("not_an_id", "编号格式不正确。"),
    "too_short": ("too_few", "数量不足，请补充。"),
    "too_long": ("too_many", "数量过多，请减少。"),
}


def field_error(error: Mapping[str, Any]) -> FieldError:
    """One of Pydantic's errors, with its place as a dotted path (`parties.0.uscc`)."""
    place = [str(part) for part in error["loc"] if part not in ("body", "query", "path", "header")]
    cause = (error.get("ctx") or {}).get("error")
    if isinstance(cause, (AppError, IdentifierError, Refused)):
        return FieldError(".".join(place) or "body", cause.code, cause.detail)
    code, words = _WORDS.get(error["type"], ("invalid_value", "填写的内容不符合要求，请核对。"))
    return FieldError(".".join(place) or "body", code, words)
