"""`xianjie clocks`: due times as JSON, one object a clock.

`due CLOCK --from TIME` answers one question; `due -` reads JSON Lines `{"clock", "from"}` (an `id` is carried
through) and answers each line in its place. A line that cannot be read gives an object with `error`; the
rest goes on, exit status 1. `list` writes all clocks. Times without zone are Asia/Shanghai, results +08:00.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from datetime import datetime
from io import TextIOWrapper
from typing import Any

from app.law.clocks import Clock, UnknownClockError, clock, clocks
from app.law.due_times import due
from app.law.legal_days import SHANGHAI, Calendar, Unit, published_calendar

_FIELDS = {"id", "clock", "from"}
_DATE_LENGTH = 10


class BadQuestionError(ValueError):
    """A question that cannot be answered: code, field, and what to do in Chinese."""

    def __init__(self, code: str, field: str | None, detail: str) -> None:
        super().__init__(detail)
        self.error = {"code": code, "field": field, "detail": detail}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    one = actions.add_parser("due", help="when a clock runs out, as one JSON object")
    one.add_argument("clock", metavar="CLOCK", help="id of a clock, or - for JSON Lines on standard input")
    one.add_argument("--from", dest="start", metavar="TIME", help="ISO 8601; without zone: Asia/Shanghai")
    actions.add_parser("list", help="all clocks, one JSON object a line")


def run(arguments: argparse.Namespace) -> int:
    """Answer on standard output; 0 good, 1 some input was bad, 2 usage."""
    if isinstance(sys.stdout, TextIOWrapper):
        # Whatever the locale: UTF-8, and a lone surrogate goes out as the JSON escape it came in as.
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    if arguments.action == "list":
        for one in clocks().values():
            _write(one.model_dump(mode="json", exclude_defaults=True))
        return 0
    if (arguments.clock == "-") == (arguments.start is not None):
        print(
            "xianjie clocks due: CLOCK --from TIME, or - alone / 请写明期限和起算时间",
            file=sys.stderr,
        )
        return 2
    if arguments.clock == "-":
        return _answer_lines(sys.stdin.buffer)
    question = {"clock": arguments.clock, "from": arguments.start}
    try:
        _write(answer(question, published_calendar()))
    except BadQuestionError as bad:
        _write(question | {"error": bad.error})
        return 1
    return 0


def answer(question: dict[str, Any], calendar: Calendar) -> dict[str, Any]:
    """The answer to one question. Raises BadQuestionError."""
    which = _clock(question.get("clock"))
    start = _time(question.get("from"), which)
    try:
        found = due(which, start, calendar)
    except OverflowError:
        raise BadQuestionError(
            "time_out_of_range", "from", "到期日超出可计算的范围，请核对起算时间。"
        ) from None
    carried = {"id": question["id"]} if "id" in question else {}
    return carried | {
        "clock": which.id,
        "from": start.isoformat(timespec="seconds"),
        "due": found.at.isoformat(timespec="seconds") if found.at else None,
        "provisional": found.provisional,
        "reasons": found.reasons,
    }


def _answer_lines(lines: Iterable[bytes]) -> int:
    calendar = published_calendar()
    status = 0
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        question: dict[str, Any] = {}
        try:
            question = _question(line)
            _write(answer(question, calendar))
        except BadQuestionError as bad:
            status = 1
            carried = {key: question[key] for key in ("id", "clock", "from") if key in question}
            _write({"line": number} | carried | {"error": bad.error})
    return status


def _question(line: bytes) -> dict[str, Any]:
    try:
        question = json.loads(
            line.decode("utf-8-sig"), object_pairs_hook=_no_key_twice, parse_constant=_not_json
        )
    except UnicodeDecodeError:
        raise BadQuestionError("not_utf8", None, "本行不是UTF-8编码，请转换编码后重试。") from None
    except BadQuestionError:
        raise
    except (ValueError, RecursionError):
        raise BadQuestionError("not_json", None, '本行不是JSON，请写成 {"clock": …, "from": …}。') from None
    if not isinstance(question, dict):
        raise BadQuestionError("not_an_object", None, '本行不是JSON对象，请写成 {"clock": …, "from": …}。')
    unknown = sorted(question.keys() - _FIELDS)
    if unknown:
        raise BadQuestionError(
            "field_unknown", unknown[0], f"不认识的字段 {unknown[0]}，请只写 clock、from（可带 id）。"
        )
    return question


def _not_json(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadQuestionError("key_twice", None, "同一个字段写了两次，请删去一个。")
    return found


def _clock(name: object) -> Clock:
    if not isinstance(name, str):
        raise BadQuestionError("clock_missing", "clock", "请在 clock 写明期限的编号。")
    try:
        return clock(name)
    except UnknownClockError as unknown:
        raise BadQuestionError("clock_unknown", "clock", unknown.detail) from None


def _time(text: object, which: Clock) -> datetime:
    if not isinstance(text, str):
        raise BadQuestionError("from_missing", "from", "请在 from 写明起算时间，例如 2026-03-03T16:20。")
    try:
        start = datetime.fromisoformat(text.strip())
        start = start.replace(tzinfo=SHANGHAI) if start.tzinfo is None else start.astimezone(SHANGHAI)
    except (ValueError, OverflowError):
        raise BadQuestionError(
            "from_not_a_time", "from", "起算时间不是存在的时间，请写成 2026-03-03T16:20。"
        ) from None
    if which.length and which.length.unit is Unit.HOUR and len(text.strip()) <= _DATE_LENGTH:
        raise BadQuestionError(
            "from_without_hour", "from", "按小时计算的期限须写明时分，例如 2026-03-03T16:20。"
        )
    return start


def _write(found: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
    sys.stdout.flush()
