"""Reads JSON Lines: one case a line, as POST /cases takes it; memory does not grow with the file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any

from app.cases.intake.rows import ReadRow, read_entry
from app.errors import FieldError
from app.http.exact_json import read_json

LONGEST_LINE = 1024 * 1024  # bytes


def read_lines(file: IO[bytes], source_system: str) -> Iterator[ReadRow]:
    """Each line that is not blank, in order; a bad line is told and the next one is read."""
    number = 0
    while line := file.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE:
            while line and not line.endswith(b"\n"):
                line = file.readline(LONGEST_LINE)
            yield _bad(number, "line_too_long", "这一行超过 1 MB，请缩短后重新导入。")
        elif line.strip():
            yield _read(number, line, source_system)


def _read(number: int, line: bytes, source_system: str) -> ReadRow:
    try:
        raw: Any = read_json(line)
    except UnicodeError:
        return _bad(number, "not_utf8", "这一行不是 UTF-8 编码，请转换编码后重新导入。")
    except ValueError:
        return _bad(number, "not_json", "这一行不是有效的 JSON，请核对引号、逗号和括号。")
    if not isinstance(raw, dict):
        return _bad(number, "not_an_object", "这一行应为一个 JSON 对象，即一件案件。")
    return read_entry(number, raw, source_system, str)


def _bad(number: int, code: str, detail: str) -> ReadRow:
    return ReadRow(number, None, [FieldError("", code, detail)])
