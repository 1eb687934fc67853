"""When a clock runs out, and in words how that was computed: for command, API and console alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from app.law.clocks import MARKS, Clock, Length, cite, clocks
from app.law.legal_days import Calendar, Due, Pause, Unit, chinese, count, in_shanghai


@dataclass(frozen=True)
class Reading:
    """Another length than the law's own, and in whose words."""

    length: Length
    why: str


@dataclass(frozen=True)
class Extended:
    """So many units more, and by whose approval."""

    n: int
    why: str


@dataclass(frozen=True)
class Halt:
    """The clock stands still since a day; there is no due time until it goes on."""

    ground: str
    since: datetime


def due(
    clock: Clock,
    start: datetime,
    calendar: Calendar,
    *,
    reading: Reading | None = None,
    extensions: Sequence[Extended] = (),
    pauses: Sequence[Pause] = (),
    halt: Halt | None = None,
) -> Due:
    """When the clock runs out if it starts at `start` (Asia/Shanghai when without zone).

    Counts the length of the law, or of `reading` where a document or the organ's own setting names another,
    with its extensions and without its pauses. `at` is None when there is no length, and while a `halt`
    lasts. `reasons` tell the way in Chinese, from the event to the legal basis and what is doubtful. Raises
    OverflowError past the year 9999.
    """
    length = reading.length if reading else clock.length
    if length is None:
        return Due(None, False, (_why_no_length(clock), *_sources(clock.id)))
    start = in_shanghai(start)
    begins = f"起算事件：{_starts(clock.id)}（{_moment(start, length.unit)}）"
    total = length.n + sum(one.n for one in extensions)
    said = [*_reading(clock, reading), *_extended(length, extensions)]
    if halt is not None:
        stands = (
            f"自{chinese(in_shanghai(halt.since).date())}起因“{halt.ground}”暂停计算，恢复后重新推算到期日"
        )
        return Due(None, False, (begins, *said, stands, *_sources(clock.id)))
    counted = count(start, total, length.unit, calendar, pauses)
    return Due(counted.at, counted.provisional, (begins, *said, *counted.reasons, *_sources(clock.id)))


def _why_no_length(clock: Clock) -> str:
    if clock.immediate:
        return "规定要求立即办理，没有固定期限"
    return f"没有固定期限：{clock.length_by_document}"


def _moment(start: datetime, unit: Unit) -> str:
    whole_day = unit is not Unit.HOUR and start.hour == start.minute == start.second == 0
    return chinese(start.date()) if whole_day else f"{chinese(start.date())}{start:%H:%M}"


def _reading(clock: Clock, reading: Reading | None) -> tuple[str, ...]:
    if reading is not None:
        own = f"规定为{clock.length}" if clock.length else f"规定未写明天数：{clock.length_by_document}"
        if reading.length == clock.length:
            own = "与规定的期限相同"
        return (f"口径：按{reading.length}计算（{reading.why}），{own}",)
    if clock.or_workday:
        return ("口径：规定未写明工作日或自然日，按自然日计算，机关可设为工作日",)
    return ()


def _extended(length: Length, extensions: Sequence[Extended]) -> list[str]:
    said, n = [], length.n
    for one in extensions:
        n += one.n
        said.append(
            f"延长{Length(n=one.n, unit=length.unit)}（{one.why}），合计{Length(n=n, unit=length.unit)}"
        )
    return said


@lru_cache
def _starts(clock: str) -> str:
    return "、".join(clocks()[clock].starts)


@lru_cache
def _sources(clock: str) -> tuple[str, ...]:
    one = clocks()[clock]
    cited = "、".join(cite(basis) for basis in one.basis)
    return (
        *([f"依据：{cited}"] if cited else []),
        *([] if one.mark == "v" else [f"期限的可靠程度：{MARKS[one.mark]}"]),
        *([f"存疑：{one.uncertain}"] if one.uncertain else []),
    )
