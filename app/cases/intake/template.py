"""The template to fill in: Chinese headers, drop-downs, text columns for numbers, a sheet of explanations."""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from app.cases.intake.columns import CASES, CHOICES, NOTES, Column, columns
from app.law.statutes import law

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FORMATS = {"text": "@", "digits": "@", "date": "yyyy-mm-dd", "amount": "0.00"}
_LAST_ROW = 100_001
_ONE_OF = {"choice", "flag"}


@lru_cache(maxsize=1)
def template() -> bytes:
    """The template as an .xlsx file."""
    book = Workbook()
    cases = book.active or book.create_sheet()
    assert isinstance(cases, Worksheet)  # noqa: S101 - a new workbook's sheet is a worksheet
    cases.title = CASES
    choices = book.create_sheet(CHOICES)
    choices.sheet_state = "hidden"
    for number, column in enumerate(columns().values(), 1):
        _write_column(cases, choices, number, column)
    cases.freeze_panes = "A2"
    cases.row_dimensions[1].height = 45
    _write_notes(book.create_sheet(NOTES))
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def _write_column(cases: Worksheet, choices: Worksheet, number: int, column: Column) -> None:
    letter = get_column_letter(number)
    header = cases.cell(1, number, column.header)
    assert isinstance(header, Cell)  # noqa: S101 - nothing is merged here
    header.font = Font(bold=True, color="C00000" if column.required else "1F3864")
    header.fill = PatternFill("solid", fgColor="DDE6F3")
    header.alignment = Alignment(wrap_text=True, vertical="center")
    width = cases.column_dimensions[letter]
    width.width = max(14, min(30, len(column.header) * 2))
    # The format of the whole column holds for cells that are yet to be typed.
    width.number_format = _FORMATS.get(column.kind, "General")
    if column.kind in _ONE_OF:
        for row, label in enumerate(column.choices, 1):
            choices.cell(row, number, label)
        rule = DataValidation(
            "list", formula1=f"={CHOICES}!${letter}$1:${letter}${len(column.choices)}", allow_blank=True
        )
        rule.errorTitle, rule.error = "不在可选值之内", f"“{column.header}”请从下拉列表中选择。"
        rule.showErrorMessage = True
        rule.add(f"{letter}2:{letter}{_LAST_ROW}")
        cases.add_data_validation(rule)


def _write_notes(notes: Worksheet) -> None:
    lines = [
        ("列", "必填", "说明"),
        *((column.header, "是" if column.required else "", column.note) for column in columns().values()),
        ("", "", ""),
        ("通用", "", "一行一案。金额单位为元，只填数字；不清楚的要素留空，留空为未查明，不等于零。"),
        ("通用", "", "列的顺序可以调整，用不到的列可以删除，表头文字请勿改动。"),
        ("通用", "", "同一案号（无案号的同一决定书文号）再次导入不会重复建案。"),
        ("法律数据版本", "", law().version),
    ]
    for line in lines:
        notes.append(line)
    for letter, width in (("A", 40), ("B", 8), ("C", 110)):
        notes.column_dimensions[letter].width = width
    for cell in notes[1]:
        cell.font = Font(bold=True)
