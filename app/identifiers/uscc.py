"""统一社会信用代码 (GB 32100-2015), whose characters 9 to 17 are an organisation code (GB 11714-1997)."""

from __future__ import annotations

import re

from stdnum.cn import uscc as standard

from app.identifiers.errors import IdentifierError
from app.identifiers.folding import fold

LENGTH = 18
# GB 32100: digits and capital letters without I O S V Z; the region (3 to 8) is digits only. The first two
# characters may be letters (N 农业农村, A 军队, Y 其他), so the library's own format check is too narrow.
_FORM = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}")
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def organisation_check_character(body: str) -> str:
    """Check character of the eight characters of an organisation code (GB 11714-1997, MOD 11)."""
    total = sum(
        int(character, 36) * weight for character, weight in zip(body, _ORGANISATION_WEIGHTS, strict=True)
    )
    return "0123456789X0"[11 - total % 11]


def parse_uscc(text: str) -> str:
    """The normalised unified social credit code.

    Raises IdentifierError: uscc_length, uscc_placeholder, uscc_character, uscc_check_digit,
    uscc_organisation_code.
    """
    code = fold(text).replace("-", "")
    if len(code) != LENGTH:
        raise IdentifierError(
            "uscc_length", f"统一社会信用代码应为18位，现为{len(code)}位，请对照营业执照重新填写。"
        )
    if not code.rstrip("X").strip("0"):
        raise IdentifierError(
            "uscc_placeholder", "全零的统一社会信用代码是占位符，当事人为自然人的请留空并填写身份证号码。"
        )
    if not _FORM.fullmatch(code):
        raise IdentifierError(
            "uscc_character",
            "统一社会信用代码只用数字和除I、O、S、V、Z以外的大写字母，第3至8位须为数字，请检查是否把1写成I、把0写成O。",
        )
    if standard.calc_check_digit(code) != code[-1]:
        raise IdentifierError("uscc_check_digit", "统一社会信用代码校验位不符，请对照营业执照逐位核对。")
    if organisation_check_character(code[8:16]) != code[16]:
        raise IdentifierError(
            "uscc_organisation_code",
            "统一社会信用代码第9至17位（组织机构代码）校验不符，请对照营业执照逐位核对。",
        )
    return code
