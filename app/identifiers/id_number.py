"""公民身份号码 (GB 11643-1999)."""

from __future__ import annotations

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

from stdnum.cn import ric
from stdnum.exceptions import InvalidComponent

from app.identifiers.errors import IdentifierError
from app.identifiers.folding import fold

LENGTH = 18
_FORM = re.compile(r"[0-9]{17}[0-9X]")
_OLD_FORM = re.compile(r"[0-9]{15}")


def parse_id_number(text: str, *, today: date | None = None) -> str:
    """The normalised ID number.

    The region prefix is not held against today's list: it is the one of the day of first registration.
    `today` (Asia/Shanghai when absent) is the last day on which a birth date may lie.

    Raises IdentifierError: id_number_fifteen_digits, id_number_length, id_number_character,
    id_number_birth_date, id_number_birth_date_future, id_number_check_digit.
    """
    number = fold(text)
    if _OLD_FORM.fullmatch(number):
        raise IdentifierError(
            "id_number_fifteen_digits", "15位旧身份证号码不再受理，请填写18位公民身份号码。"
        )
    if len(number) != LENGTH:
        raise IdentifierError(
            "id_number_length", f"公民身份号码应为18位，现为{len(number)}位，请对照身份证重新填写。"
        )
    if not _FORM.fullmatch(number):
        raise IdentifierError(
            "id_number_character", "公民身份号码前17位须为数字，末位为数字或X，请重新填写。"
        )
    try:
        born = ric.get_birth_date(number)
    except InvalidComponent:
        raise IdentifierError(
            "id_number_birth_date", "公民身份号码第7至14位不是存在的日期，请对照身份证核对。"
        ) from None
    if born > (today or datetime.now(ZoneInfo("Asia/Shanghai")).date()):
        raise IdentifierError(
            "id_number_birth_date_future", "公民身份号码中的出生日期晚于今天，请对照身份证核对。"
        )
    if ric.calc_check_digit(number) != number[-1]:
        raise IdentifierError("id_number_check_digit", "公民身份号码校验位不符，请对照身份证逐位核对。")
    return number
