"""`xianjie screen FILE`: JSON Lines in, JSON Lines out, in memory that does not grow with the file."""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import AbstractContextManager, nullcontext
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

from app.law.given_facts import FactError, parse_date, parse_facts
from app.law.screening import screen, today

FIELDS = frozenset({"id", "act_end_date", "decided_on", "facts"})


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("file", metavar="FILE", help="JSON Lines file; - for standard input")


def run(arguments: argparse.Namespace) -> int:
    """Screen every line. Exit status 0 good, 1 some line was bad, 2 the file cannot be read."""
    try:
        opened = _opened(arguments.file)
    except OSError as error:
        print(f"xianjie screen: {arguments.file}: {error.strerror or error}", file=sys.stderr)
        return 2
    with opened as lines:
        return screen_lines(lines, sys.stdout.buffer, at_once=arguments.file == "-")


def _opened(name: str) -> AbstractContextManager[IO[bytes]]:
    return nullcontext(sys.stdin.buffer) if name == "-" else Path(name).open("rb")


def screen_lines(lines: IO[bytes], out: IO[bytes], at_once: bool = False) -> int:
    """Screen line by line; `at_once` hands each answer over before the next line is read. Returns 0 or 1."""
    status, default_day = 0, today()
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        answer, good = _answer(number, line, default_day)
        status = status if good else 1
        out.write(json.dumps(answer, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n")
        if at_once:
            out.flush()
    out.flush()
    return status


def _answer(number: int, line: bytes, default_day: date) -> tuple[dict[str, Any], bool]:
    case = _Object()
    try:
        case = _read(line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line)
        return {"id": case.get("id"), **_screened(case, default_day)}, True
    except FactError as error:
        name = case.get("id")
        identity = {"id": name} if isinstance(name, str) or type(name) is int else {}
        problem = {"code": error.code, "field": error.field, "detail": f"第{number}行：{error.detail}"}
        return {"line": number, **identity, "error": problem}, False


def _screened(case: _Object, default_day: date) -> dict[str, Any]:
    for field in case.keys() - FIELDS:
        raise FactError(
            "field_unknown", field, f"没有“{field}”这一栏；可用的栏：id、act_end_date、decided_on、facts。"
        )
    if not isinstance(case.get("id"), str | int | None) or isinstance(case.get("id"), bool):
        raise FactError("id_not_valid", "id", "id 应为文字或整数。")
    if not isinstance(case.get("facts"), _Object):
        raise FactError("facts_missing", "facts", "缺少 facts，或者它不是对象；没有要素时请写 {}。")
    for part in (case, case["facts"]):
        if part.twice is not None:
            raise FactError("field_twice", part.twice, f"“{part.twice}”出现了两次，请只保留一个。")
    act, decided = (
        None if case.get(field) is None else parse_date(field, case[field])
        for field in ("act_end_date", "decided_on")
    )
    facts = parse_facts(case["facts"])
    if act and decided is None and act > default_day:
        raise FactError("date_order", "act_end_date", "行为终了日不能晚于今天，请核对。")
    return screen(facts, act, decided or default_day).as_json()


def _read(line: bytes) -> _Object:
    try:
        value = json.loads(
            line.decode("utf-8"),
            parse_float=Decimal,
            parse_int=_integer,
            parse_constant=Decimal,
            object_pairs_hook=_object,
        )
    except UnicodeDecodeError:
        raise FactError("line_not_utf8", "line", "本行不是 UTF-8 编码，请以 UTF-8 重新保存。") from None
    except (json.JSONDecodeError, RecursionError):
        raise FactError(
            "line_not_json", "line", "本行不是完整的 JSON 对象，请检查引号、逗号和括号。"
        ) from None
    if not isinstance(value, _Object):
        raise FactError("line_not_object", "line", '本行应为一个 JSON 对象：{"id": …, "facts": {…}}。')
    return value


def _integer(text: str) -> int | Decimal:
    return int(text) if len(text) < 1000 else Decimal(text)


class _Object(dict[str, Any]):
    """A JSON object that remembers a name written twice."""

    twice: str | None = None


def _object(pairs: list[tuple[str, Any]]) -> _Object:
    found = _Object(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        found.twice = next(name for name in names if names.count(name) > 1)
    return found
