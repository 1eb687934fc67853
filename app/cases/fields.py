"""The values of a case as they travel: each refused one has its code and its remedy."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, StringConstraints, WithJsonSchema

from app.errors import Refused
from app.identifiers import parse_decision_number, parse_id_number, parse_uscc

LARGEST_AMOUNT = Decimal(10) ** 16  # 元; numeric(18, 2)
_AMOUNT = re.compile(r"[0-9]+(\.[0-9]+)?")
_NOT_KEPT = re.compile("[\x00\ud800-\udfff]")
_PHONE = re.compile(r"\+?[0-9]{7,15}|0[0-9]{2,3}-[0-9]{7,8}")


def amount(value: object) -> Decimal:
    """An amount in 元: an integer, a decimal or a plain decimal string, never a float. Raises Refused."""
    if isinstance(value, str):
        figure = _written(value.strip())
    elif isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        figure = Decimal(value)
    else:
        raise _not_a_number()
    if not figure.is_finite():
        raise _not_a_number()
    if figure < 0:
        raise Refused("amount_negative", "金额不能为负数，请核对后重填。")
    if figure >= LARGEST_AMOUNT:
        raise Refused("amount_too_large", "金额过大，请核对单位是否为元。")
    exact = figure.quantize(Decimal("0.01"))
    if exact != figure:
        raise Refused("amount_too_precise", "金额最多两位小数，请按角、分填写。")
    return exact


def _written(text: str) -> Decimal:
    if re.search("[万亿千百元圆]", text):
        raise Refused(
            "amount_with_unit", "金额以元为单位只填数字，不带“万元”“元”等字样；如 3.5 万元请填 35000。"
        )
    if re.search("[,，]", text):
        raise Refused("amount_with_separator", "金额不带千位分隔逗号；如 12,000 请填 12000。")
    if text.startswith(("-", "－")) and _AMOUNT.fullmatch(text[1:]):
        raise Refused("amount_negative", "金额不能为负数，请核对后重填。")
    if not _AMOUNT.fullmatch(text):
        raise _not_a_number()
    return Decimal(text)


def _not_a_number() -> Refused:
    return Refused("amount_not_a_number", "金额应为数字，单位为元，例如 50000 或 50000.50。")


def _phone(value: str) -> str:
    number = value.replace(" ", "")
    if not _PHONE.fullmatch(number):
        raise Refused("phone_form", "联系电话应为手机号或带区号的固定电话，如 13912345678、0512-65251234。")
    return number


def plain_text(value: str) -> str:
    """Text that PostgreSQL can keep. Raises Refused."""
    if _NOT_KEPT.search(value):
        raise Refused("control_character", "文字中含有不可见的控制字符，请删去后重填。")
    return value


Amount = Annotated[
    Decimal,
    BeforeValidator(amount),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": r"^[0-9]{1,16}(\.[0-9]{1,2})?$"},
                {"type": "number", "minimum": 0},
            ],
            "description": "金额，单位元，十进制字符串",
        }
    ),
]
ShortText = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(plain_text)
]
Address = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500), AfterValidator(plain_text)]
LongText = Annotated[str, StringConstraints(max_length=20_000), AfterValidator(plain_text)]
DecisionNumber = Annotated[
    str, StringConstraints(max_length=100), AfterValidator(plain_text), AfterValidator(parse_decision_number)
]
Uscc = Annotated[str, StringConstraints(max_length=40), AfterValidator(parse_uscc)]
IdNumber = Annotated[str, StringConstraints(max_length=40), AfterValidator(parse_id_number)]
Phone = Annotated[str, StringConstraints(max_length=40), AfterValidator(_phone)]
