"""Statutory periods: hours, days, workdays, months and years in Asia/Shanghai, to the letter of the law.

刑事诉讼法第105条: the hour and the day on which a period starts do not count; a last day that is a rest day
moves to the first working day after it (not for periods of hours). 行政处罚法第85条、行政强制法第69条: some
periods count working days. The calendar of rest days is a value that the caller passes in.
"""

from __future__ import annotations

import calendar as months
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import Field, StrictInt

from app.law.reading import LAW, LawDataError, LawModel, read

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
_DAY = timedelta(days=1)
_END_OF_DAY = time(23, 59, 59, tzinfo=SHANGHAI)
_SATURDAY = 5


class Unit(StrEnum):
    """What a period is counted in."""

    HOUR = "hour"
    DAY = "day"
    WORKDAY = "workday"
    MONTH = "month"
    YEAR = "year"


UNIT_NAMES = {
    Unit.HOUR: "小时",
    Unit.DAY: "日",
    Unit.WORKDAY: "个工作日",
    Unit.MONTH: "个月",
    Unit.YEAR: "年",
}


@dataclass(frozen=True, slots=True)
class Calendar:
    """Rest days by the State Council's yearly notices.

    `published`: the years that have a notice; any other year knows only weekends. `rest`: days off, weekends
    among them or not. `work`: weekend days that are worked (调休).
    """

    published: frozenset[int]
    rest: frozenset[date]
    work: frozenset[date]

    def is_workday(self, day: date) -> bool:
        """Whether the day is worked."""
        if day.weekday() >= _SATURDAY:
            return day in self.work
        return day not in self.rest


@dataclass(frozen=True, slots=True)
class Due:
    """When a period ends. `provisional`: it ends in a year whose rest days are not published yet.

    `at` is None for a period without fixed length; `reasons` tell in Chinese how it was computed.
    """

    at: datetime | None
    provisional: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pause:
    """Days that do not count: from the one on which `ground` arose to the one before it ended."""

    ground: str
    start: date
    end: date

    def days(self) -> set[date]:
        """The days that do not count."""
        return {self.start + n * _DAY for n in range((self.end - self.start).days)}


def in_shanghai(moment: datetime) -> datetime:
    """The moment in Asia/Shanghai, which is where it is when it has no zone."""
    return moment.replace(tzinfo=SHANGHAI) if moment.tzinfo is None else moment.astimezone(SHANGHAI)


def count(start: datetime, n: int, unit: Unit, calendar: Calendar, pauses: Sequence[Pause] = ()) -> Due:
    """The end of a period of `n` units that starts with an event, without the days of `pauses`.

    `start` without zone is Asia/Shanghai. Raises OverflowError past the year 9999, ValueError for n < 1 and
    for pauses of a period of hours.
    """
    if n < 1:
        raise ValueError("a period has at least one unit")
    if pauses and unit is Unit.HOUR:
        raise ValueError("a period of hours has no pauses")
    start = in_shanghai(start)
    if unit is Unit.HOUR:
        at, reasons = _hours(start, n)
    else:
        at, reasons = _days(start.date(), n, unit, calendar, pauses)
    provisional = at.year not in calendar.published
    if provisional:
        how = "按小时计算不受其影响" if unit is Unit.HOUR else "只按周六、周日推算"
        reasons.append(f"{at.year}年节假日安排尚未公布，{how}，到期日标为暂定")
    return Due(at, provisional, tuple(reasons))


def _hours(start: datetime, n: int) -> tuple[datetime, list[str]]:
    """刑事诉讼法第105条第2款 for hours: the hour that has begun does not count; rest days do not matter."""
    first = start.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return first + timedelta(hours=n), [
        f"开始的小时不计入，自{chinese(first.date())}{first.hour}时起算{n}小时（刑事诉讼法第105条第2款）",
        "按小时计算的期间不因休息日中断或者顺延",
    ]


def _days(
    first: date, n: int, unit: Unit, calendar: Calendar, pauses: Sequence[Pause]
) -> tuple[datetime, list[str]]:
    reasons = [f"起算日{chinese(first)}不计入，期间为{n}{UNIT_NAMES[unit]}（刑事诉讼法第105条第2款）"]
    paused = {day for pause in pauses for day in pause.days() if day > first}
    reasons += [_excluded(pause, first) for pause in pauses]
    if unit is Unit.WORKDAY:
        last = _nth_workday(first, n, calendar, paused)
        reasons.append(f"只计工作日，休息日不计、调休上班日计入，末日为{chinese(last)}")
    else:
        base = first + n * _DAY if unit is Unit.DAY else _same_day(first, n if unit is Unit.MONTH else 12 * n)
        if unit is not Unit.DAY and base.day != first.day:
            reasons.append(f"到期月没有{first.day}日，以月末日{chinese(base)}为末日（民法典第202条）")
        last = _without(first, base, paused) if paused else base
        last = _workday_from(last, calendar, paused, reasons)
    return datetime.combine(last, _END_OF_DAY), reasons


def _nth_workday(day: date, n: int, calendar: Calendar, paused: Collection[date]) -> date:
    while n:
        day += _DAY
        n -= calendar.is_workday(day) and day not in paused
    return day


def _without(first: date, last: date, paused: Collection[date]) -> date:
    """The last day of the period, moved by the days after `first` that do not count."""
    left = (last - first).days
    day = first
    while left:
        day += _DAY
        left -= day not in paused
    return day


def _excluded(pause: Pause, first: date) -> str:
    days = len({day for day in pause.days() if day > first})
    if not days:
        return f"“{pause.ground}”自{chinese(pause.start)}至{chinese(pause.end)}，没有可以扣除的整日"
    start, end = max(pause.start, first + _DAY), pause.end - _DAY
    return f"“{pause.ground}”自{chinese(start)}至{chinese(end)}共{days}日不计入期间"


def _same_day(day: date, count_of_months: int) -> date:
    """The corresponding day so many months later, or the month's last day where there is none."""
    year, month = divmod(day.year * 12 + day.month - 1 + count_of_months, 12)
    if year > date.max.year:
        raise OverflowError("date value out of range")
    return date(year, month + 1, min(day.day, months.monthrange(year, month + 1)[1]))


def _workday_from(day: date, calendar: Calendar, paused: Collection[date], reasons: list[str]) -> date:
    last = day
    while not calendar.is_workday(last) or last in paused:
        last += _DAY
    if last == day:
        reasons.append(f"末日为{chinese(day)}，是工作日，当日24时届满")
    else:
        reasons.append(
            f"末日{chinese(day)}为休息日，顺延至其后第一个工作日{chinese(last)}（刑事诉讼法第105条第4款）"
        )
    return last


def chinese(day: date) -> str:
    """A date as it is written: 2026年3月3日."""
    return f"{day.year}年{day.month}月{day.day}日"


_MonthDays = Annotated[str, Field(pattern=r"^\d\d-\d\d(\.\.\d\d-\d\d)?$")]


class _Year(LawModel):
    year: StrictInt
    source: str
    mark: Literal["v", "s", "m"]
    rest: tuple[_MonthDays, ...]
    work: tuple[_MonthDays, ...]


class _Years(LawModel):
    years: tuple[_Year, ...]


@dataclass(frozen=True, slots=True)
class CalendarYear:
    """Rest days (weekends among them or not) and worked weekend days of one year, with their source."""

    year: int
    rest: frozenset[date]
    work: frozenset[date]
    source: str
    mark: Literal["v", "s", "m"]


class CalendarYearError(ValueError):
    """A year that cannot be: `field` (rest or work), the day, and what to do in Chinese."""

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(detail)
        self.field, self.detail = field, detail


def check_year(year: int, rest: Collection[date], work: Collection[date]) -> None:
    """Raises CalendarYearError: a day outside the year, a worked day that is no weekend, one both ways."""
    for field, days in (("rest", rest), ("work", work)):
        for day in sorted(days):
            if day.year != year:
                raise CalendarYearError(field, f"{chinese(day)}不在{year}年内，请更正。")
    for day in sorted(work):
        if day.weekday() < _SATURDAY:
            raise CalendarYearError("work", f"{chinese(day)}不是周六、周日，不能是调休上班日，请与通知核对。")
        if day in rest:
            raise CalendarYearError("work", f"{chinese(day)}既是放假又是调休上班，请与通知核对。")


def calendar_of(years: Iterable[CalendarYear]) -> Calendar:
    """The calendar that these years make."""
    every = tuple(years)
    return Calendar(
        frozenset(one.year for one in every),
        frozenset().union(*(one.rest for one in every)),
        frozenset().union(*(one.work for one in every)),
    )


@lru_cache(maxsize=1)
def shipped_years() -> Mapping[int, CalendarYear]:
    """The years that come with the product (`calendar.yaml`). Raises LawDataError."""
    file = LAW / "calendar.yaml"
    found: dict[int, CalendarYear] = {}
    for record in read(file, _Years).years:
        try:
            rest = frozenset(day for span in record.rest for day in _span(record.year, span))
            work = frozenset(day for span in record.work for day in _span(record.year, span))
            check_year(record.year, rest, work)
        except ValueError as error:
            raise LawDataError(
                file, 1, f"{record.year}年：{error}", "日期写作 MM-DD，与当年通知核对"
            ) from error
        if record.year in found:
            raise LawDataError(file, 1, f"{record.year}年写了两次", "每年写一条")
        found[record.year] = CalendarYear(record.year, rest, work, record.source, record.mark)
    return MappingProxyType(found)


@lru_cache(maxsize=1)
def published_calendar() -> Calendar:
    """The calendar that comes with the product. Raises LawDataError."""
    return calendar_of(shipped_years().values())


def _span(year: int, text: str) -> list[date]:
    first, _, last = text.partition("..")
    start, end = (date.fromisoformat(f"{year}-{part}") for part in (first, last or first))
    if end < start:
        raise ValueError(f"{text} 的起止颠倒")
    return [start + n * _DAY for n in range((end - start).days + 1)]
