"""Reads a filled-in sheet, cell by cell, into what POST /cases takes."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from app.cases.intake.columns import CASES, Column, columns, header_of
from app.cases.intake.rows import ReadRow, read_entry
from app.errors import FieldError, Invalid, Refused

LARGEST_UNPACKED = 1024 * 1024 * 1024  # bytes
_EXACT = 10**15  # Excel keeps 15 digits of a number
_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_SEPARATORS = re.compile(r"[、，,;；\n]")


class Sheet:
    """An opened sheet whose header is understood."""

    def __init__(self, sheet: CalamineSheet) -> None:
        self._rows = sheet.iter_rows()
        self._first = (sheet.start or (0, 0))[0] + 1
        header = [str(cell).strip() for cell in next(self._rows, [])]
        self._columns = [columns().get(name) for name in header]
        _check_header(header)

    def rows(self, source_system: str) -> Iterator[ReadRow]:
        """Each row that is not blank, numbered as Excel numbers it."""
        for number, cells in enumerate(self._rows, self._first + 1):
            if any(not _blank(cell) for cell in cells):
                yield _read(number, self._columns, cells, source_system)


def open_sheet(file: IO[bytes]) -> Sheet:
    """Open an .xlsx file: the sheet 案件, else the first.

    Raises Invalid: not_a_sheet, sheet_too_large, unknown_column, column_missing.
    """
    _check_archive(file)
    try:
        book = CalamineWorkbook.from_filelike(file)
        names = book.sheet_names
        sheet = book.get_sheet_by_name(CASES if CASES in names else names[0])
    except (CalamineError, IndexError) as error:
        raise _not_a_sheet() from error
    return Sheet(sheet)


def _check_archive(file: IO[bytes]) -> None:
    """An .xlsx file is an archive; what it unpacks to must fit into memory."""
    try:
        with zipfile.ZipFile(file) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise _not_a_sheet() from error
    if unpacked > LARGEST_UNPACKED:
        raise Invalid("sheet_too_large", "表格内容过大，请拆成多个文件，或者改用 JSON Lines 导入。")
    file.seek(0)


def _not_a_sheet() -> Invalid:
    return Invalid(
        "not_a_sheet", "这不是 Excel 工作簿（.xlsx），请下载导入模板填写后上传，勿改扩展名代替转换。"
    )


def _check_header(header: Sequence[str]) -> None:
    known = columns()
    errors = [
        FieldError(name, "unknown_column", f"没有“{name}”这一列，请使用模板中的表头。")
        for name in header
        if name and name not in known
    ]
    errors += [
        FieldError(column.header, "column_missing", f"缺少必填列“{column.header}”，请使用导入模板。")
        for column in known.values()
        if column.required and column.header not in header
    ]
    errors += [
        FieldError(name, "column_twice", f"“{name}”这一列出现了两次，请删去一列。")
        for name in dict.fromkeys(header)
        if name and header.count(name) > 1
    ]
    if errors:
        raise Invalid(
            "wrong_header", "表头与模板不符，请按提示更正后重新上传；本次没有录入任何案件。", errors
        )


def _read(
    number: int, by_place: Sequence[Column | None], cells: Sequence[Any], source_system: str
) -> ReadRow:
    raw: dict[str, Any] = {"facts": {}}
    party: dict[str, Any] = {}
    errors: list[FieldError] = []
    for place, cell in enumerate(cells):
        if _blank(cell):
            continue
        column = by_place[place] if place < len(by_place) else None
        if column is None:
            errors.append(
                FieldError("", "no_header", f"第{place + 1}列有内容但没有表头，请补上表头或清空该列。")
            )
            continue
        try:
            value = _value(column, cell)
        except Refused as refused:
            errors.append(FieldError(column.path, refused.code, refused.detail))
            continue
        group, _, name = column.path.rpartition(".")
        target = {"": raw, "facts": raw["facts"], "parties.0": party}[group]
        target[name] = value
    raw["parties"] = [party]
    return read_entry(number, raw, source_system, header_of, errors)


def _blank(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _value(column: Column, cell: Any) -> Any:
    match column.kind:
        case "date":
            return _date(cell)
        case "amount" | "figure":
            return _figure(cell)
        case "choice" | "flag":
            return _choice(column.choices, _text(cell))
        case "words":
            words = [word.strip() for word in _SEPARATORS.split(_text(cell)) if word.strip()]
            return [_choice(column.choices, word) for word in words] if column.choices else words
    return _digits(cell) if column.kind == "digits" else _text(cell)


def _text(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _digits(cell: Any) -> str:
    if isinstance(cell, (int, float)) and abs(cell) >= _EXACT:
        raise Refused(
            "number_lost_digits", "号码被存为数值，末几位已经丢失；请把该列设为文本格式后重新填写号码。"
        )
    return _text(cell)


def _figure(cell: Any) -> Any:
    """Excel's numbers are binary; what the user saw is the shortest decimal that gives the same one."""
    return Decimal(repr(cell)) if isinstance(cell, float) else cell


def _date(cell: Any) -> Any:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    written = _DATE.fullmatch(str(cell).strip())
    if written is None:
        raise Refused("not_a_date", "日期应为 Excel 日期或者 2026-03-02 这样的文字。")
    return "-".join(part.zfill(2) for part in written.groups())


def _choice(choices: Mapping[str, object], word: str) -> object:
    if word in choices:
        return choices[word]
    if word in choices.values():
        return word
    raise Refused("not_in_list", f"没有“{word}”这一选项，请从下拉列表中选择。")
