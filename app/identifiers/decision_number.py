"""行政处罚决定书文号, such as 苏市监处罚〔2023〕12号: organ and kind, year, serial."""

from __future__ import annotations

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

from app.identifiers.errors import IdentifierError
from app.identifiers.folding import fold

_OPEN, _CLOSE = r"[\[(〔【〖{]", r"[\])〕】〗}]"
_FORM = re.compile(
    rf"(?P<organ>.*[\u4e00-\u9fff].*?){_OPEN}(?P<year>[0-9]{{4}}){_CLOSE}(?P<serial>第?[0-9]+(?:-[0-9]+)?)号?"
)
_FIRST_YEAR = 1949


def parse_decision_number(text: str, *, today: date | None = None) -> str:
    """The decision number with the year in 〔〕 and 号 at the end; leading zeros and 第 stay as written.

    Raises IdentifierError: decision_number_form, decision_number_year.
    """
    form = _FORM.fullmatch(fold(text).replace("—", "-").replace("–", "-"))
    if not form:
        raise IdentifierError(
            "decision_number_form",
            "决定书文号应如“苏市监处罚〔2023〕12号”：机关代字、〔年份〕、序号，请重新填写。",
        )
    year, this_year = int(form["year"]), (today or datetime.now(ZoneInfo("Asia/Shanghai")).date()).year
    if not _FIRST_YEAR <= year <= this_year:
        raise IdentifierError(
            "decision_number_year",
            f"决定书文号的年份应在{_FIRST_YEAR}至{this_year}之间，现为{year}，请核对。",
        )
    return f"{form['organ']}〔{form['year']}〕{form['serial']}号"
