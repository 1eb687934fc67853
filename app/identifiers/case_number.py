"""The number that a case keeps for life: region 6, year 4, serial at least 7 digits, check digit."""

from __future__ import annotations

import re
from dataclasses import dataclass

from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_11_10

from app.identifiers.errors import IdentifierError
from app.identifiers.folding import fold
from app.identifiers.regions import parse_region

SERIAL_DIGITS = 7
_FORM = re.compile(r"([0-9]{6})((?:19|20|21)[0-9]{2})([0-9]{7,})([0-9])")


@dataclass(frozen=True, slots=True)
class CaseNumber:
    """Region of the organ that entered the case, year of entry, and the serial in that region and year."""

    region: str
    year: int
    serial: int

    def __str__(self) -> str:
        """All digits, so that it can be read out and typed; check digit by ISO 7064 MOD 11,10."""
        body = f"{self.region}{self.year:04d}{self.serial:0{SERIAL_DIGITS}d}"
        return body + mod_11_10.calc_check_digit(body)


def parse_case_number(text: str) -> CaseNumber:
    """Read a case number.

    Raises IdentifierError: case_number_form, case_number_check_digit, region_form, region_unknown.
    """
    number = fold(text).replace("-", "")
    form = _FORM.fullmatch(number)
    if not form or int(form[3]) == 0 or (len(form[3]) > SERIAL_DIGITS and form[3][0] == "0"):
        raise IdentifierError(
            "case_number_form",
            "案件编号应为6位行政区划代码、4位年份、至少7位流水号加1位校验位，全为数字，请重新填写。",
        )
    try:
        mod_11_10.validate(number)
    except ValidationError:
        raise IdentifierError(
            "case_number_check_digit", "案件编号校验位不符，请对照原编号逐位核对。"
        ) from None
    return CaseNumber(parse_region(form[1]).code, int(form[2]), int(form[3]))
