"""Statutory periods: hours, days, workdays, months and years in Asia/Shanghai, to the letter of the law.

刑事诉讼法第105条: the hour and the day on which a period starts do not count; a last day that is a rest day
moves to the first working day after it (not for periods of hours). 行政处罚法第85条、行政强制法第69条: some
periods count working days. The calendar of rest days is a value that the caller passes in.
"""

from __future__ import annotations

import calendar as months
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from enum import StrEnum
from functools import lru_cache
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


def count(start: datetime, n: int, unit: Unit, calendar: Calendar) -> Due:
    """The end of a period of `n` units that starts with an event.

    `start` without zone is Asia/Shanghai. Raises OverflowError past the year 9999, ValueError for n < 1.
    """
    if n < 1:
        raise ValueError("a period has at least one unit")
    start = start.replace(tzinfo=SHANGHAI) if start.tzinfo is None else start.astimezone(SHANGHAI)
    at, reasons = _hours(start, n) if unit is Unit.HOUR else _days(start.date(), n, unit, calendar)
    provisional = at.year not in calendar.published
    if provisional:
        how = "按小时计算不受其影响" if unit is Unit.HOUR else "只按周六、周日推算"
        reasons.append(f"{at.year}年节假日安排尚未公布，{how}，到期日标为暂定")
    return Due(at, provisional, tuple(reasons))


def _hours(start: datetime, n: int) -> tuple[datetime, list[str]]:
    """刑事诉讼法第105条第2款 for hours: the hour that has begun does not count; rest days do not matter."""
    first = start.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return first + timedelta(hours=n), [
        f"开始的小时不计入，自{_chinese(first.date())}{first.hour}时起算{n}小时（刑事诉讼法第105条第2款）",
        "按小时计算的期间不因休息日中断或者顺延",
    ]


def _days(first: date, n: int, unit: Unit, calendar: Calendar) -> tuple[datetime, list[str]]:
    reasons = [f"起算日{_chinese(first)}不计入，期间为{n}{UNIT_NAMES[unit]}（刑事诉讼法第105条第2款）"]
    if unit is Unit.WORKDAY:
        last = _nth_workday(first, n, calendar)
        reasons.append(f"只计工作日，休息日不计、调休上班日计入，末日为{_chinese(last)}")
    else:
        last = first + n * _DAY if unit is Unit.DAY else _same_day(first, n if unit is Unit.MONTH else 12 * n)
        if unit is not Unit.DAY and last.day != first.day:
            reasons.append(f"到期月没有{first.day}日，以月末日{_chinese(last)}为末日（民法典第202条）")
        last = _workday_from(last, calendar, reasons)
    return datetime.combine(last, _END_OF_DAY), reasons


def _nth_workday(day: date, n: int, calendar: Calendar) -> date:
    while n:
        day += _DAY
        n -= calendar.is_workday(day)
    return day


def _same_day(day: date, count_of_months: int) -> date:
    """The corresponding day so many months later, or the month's last day where there is none."""
    year, month = divmod(day.year * 12 + day.month - 1 + count_of_months, 12)
    if year > date.max.year:
        raise OverflowError("date value out of range")
    return date(year, month + 1, min(day.day, months.monthrange(year, month + 1)[1]))


def _workday_from(day: date, calendar: Calendar, reasons: list[str]) -> date:
    last = day
    while not calendar.is_workday(last):
        last += _DAY
    if last != day:
        reasons.append(
            f"末日{_chinese(day)}为休息日，顺延至其后第一个工作日{_chinese(last)}（刑事诉讼法第105条第4款）"
        )
    return last


def _chinese(day: date) -> str:
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


@lru_cache(maxsize=1)
def published_calendar() -> Calendar:
    """The calendar that comes with the product (`calendar.yaml`). Raises LawDataError."""
    file = LAW / "calendar.yaml"
    years = read(file, _Years).years
    rest: set[date] = set()
    work: set[date] = set()
    for record in years:
        try:
            rest.update(*(_span(record.year, span) for span in record.rest))
            work.update(*(_span(record.year, span) for span in record.work))
        except ValueError as error:
            raise LawDataError(file, 1, f"{record.year}年：{error}", "日期写作 MM-DD") from error
    published = frozenset(record.year for record in years)
    if len(published) != len(years) or rest & work or any(day.weekday() < _SATURDAY for day in work):
        raise LawDataError(file, 1, "年份重复，或者调休上班日不是周末", "与当年通知核对")
    return Calendar(published, frozenset(rest), frozenset(work))


def _span(year: int, text: str) -> list[date]:
    first, _, last = text.partition("..")
    start, end = (date.fromisoformat(f"{year}-{part}") for part in (first, last or first))
    if end < start:
        raise ValueError(f"{text} 的起止颠倒")
    return [start + n * _DAY for n in range((end - start).days + 1)]
