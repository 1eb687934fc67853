"""Periods by 刑事诉讼法第105条 and the State Council's calendar, beside a slow and obvious definition."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import chinese_calendar.constants as seed
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.law.legal_days import (
    SHANGHAI,
    Calendar,
    CalendarYearError,
    Pause,
    Unit,
    check_year,
    count,
    published_calendar,
)

CALENDAR = published_calendar()
DAY = timedelta(days=1)
MOMENTS = st.datetimes(datetime(2004, 1, 1), datetime(2026, 12, 1))  # noqa: DTZ001 - a zone is what we test
THREE_YEARS = [date(2024, 1, 1) + n * DAY for n in range(366 + 365 + 365)]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def end(start: str, n: int, unit: Unit) -> str:
    found = count(at(start), n, unit, CALENDAR).at
    assert found is not None
    return found.replace(tzinfo=None).isoformat()


@pytest.mark.parametrize(
    ("start", "due"),
    [
        ("2026-03-03T16:20", "2026-03-04T17:00:00"),
        ("2026-03-03T16:00", "2026-03-04T17:00:00"),
        ("2026-03-03T16:59:59", "2026-03-04T17:00:00"),
        ("2026-03-03T17:00", "2026-03-04T18:00:00"),
        ("2026-03-03T23:30", "2026-03-05T00:00:00"),
        ("2026-09-30T16:20", "2026-10-01T17:00:00"),
    ],
)
def test_the_hour_that_has_begun_does_not_count_and_rest_days_do_not_matter(start: str, due: str) -> None:
    """刑事诉讼法第105条第1、2款."""
    assert end(start, 24, Unit.HOUR) == due


@pytest.mark.parametrize(
    ("start", "n", "unit", "due"),
    [
        ("2026-03-03T16:20", 3, Unit.DAY, "2026-03-06T23:59:59"),
        ("2026-03-04T00:00", 3, Unit.DAY, "2026-03-09T23:59:59"),  # Saturday, on to Monday
        ("2026-09-29T10:00", 3, Unit.DAY, "2026-10-08T23:59:59"),  # National Day week
        ("2026-02-25T10:00", 3, Unit.DAY, "2026-02-28T23:59:59"),  # a Saturday that is worked
        ("2026-02-11T10:00", 3, Unit.DAY, "2026-02-14T23:59:59"),  # the same before the Spring Festival
        ("2026-09-18T10:00", 3, Unit.WORKDAY, "2026-09-22T23:59:59"),  # Sunday the 20th is worked
        ("2026-09-30T10:00", 1, Unit.WORKDAY, "2026-10-08T23:59:59"),
        ("2025-12-31T10:00", 2, Unit.MONTH, "2026-02-28T23:59:59"),  # no 31st; the Saturday is worked
        ("2024-02-29T10:00", 1, Unit.YEAR, "2025-02-28T23:59:59"),
        ("2023-12-31T10:00", 2, Unit.MONTH, "2024-02-29T23:59:59"),
        ("2024-06-01T10:00", 2, Unit.YEAR, "2026-06-01T23:59:59"),
    ],
)
def test_days_workdays_months_and_years(start: str, n: int, unit: Unit, due: str) -> None:
    """刑事诉讼法第105条第2、4款; 民法典第202条 for the month's end; 行政处罚法第85条 for working days."""
    assert end(start, n, unit) == due


def slow_rest_day(day: date) -> bool:
    """The seed's own tables, looked at directly."""
    return day in seed.holidays or (day.weekday() >= 5 and day not in seed.workdays)


def slow_end(start: date, n: int, unit: Unit) -> date:
    """The definition, one day after the other."""
    if unit is Unit.WORKDAY:
        worked: list[date] = []
        day = start
        while len(worked) < n:
            day += DAY
            if not slow_rest_day(day):
                worked.append(day)
        return worked[-1]
    last = slow_unrolled(start, n, unit)
    while slow_rest_day(last):
        last += DAY
    return last


@pytest.mark.parametrize(
    ("n", "unit"),
    [
        (1, Unit.DAY), (3, Unit.DAY), (7, Unit.DAY), (10, Unit.DAY), (15, Unit.DAY), (30, Unit.DAY),
        (90, Unit.DAY), (1, Unit.WORKDAY), (3, Unit.WORKDAY),
        (7, Unit.WORKDAY), (15, Unit.WORKDAY), (20, Unit.WORKDAY),
        (1, Unit.MONTH), (2, Unit.MONTH), (3, Unit.MONTH), (1, Unit.YEAR), (2, Unit.YEAR),
    ],
)  # fmt: skip
def test_every_day_of_three_years_against_the_slow_definition(n: int, unit: Unit) -> None:
    for day in THREE_YEARS:
        found = count(datetime(day.year, day.month, day.day, 13, 7, tzinfo=SHANGHAI), n, unit, CALENDAR)
        expected = slow_end(day, n, unit)
        assert found.at == datetime(expected.year, expected.month, expected.day, 23, 59, 59, tzinfo=SHANGHAI)
        assert found.provisional == (expected.year > 2026)


@given(
    MOMENTS,
    st.integers(1, 120),
    st.sampled_from(Unit),
)
def test_a_period_ends_after_its_start_on_a_working_day(start: datetime, n: int, unit: Unit) -> None:
    first = count(start, n, unit, CALENDAR).at
    second = count(start, n + 1, unit, CALENDAR).at
    assert first is not None
    assert second is not None
    assert start.replace(tzinfo=SHANGHAI) < first <= second
    if unit is not Unit.HOUR:
        assert CALENDAR.is_workday(first.date())


@given(MOMENTS, st.integers(1, 100))
def test_hours_against_the_slow_definition(start: datetime, n: int) -> None:
    """Whole clock hours that lie wholly after the event, counted one by one."""
    hour = start.replace(minute=0, second=0, microsecond=0)
    whole = 0
    while whole < n:
        hour += timedelta(hours=1)
        whole += hour > start
    assert count(start, n, Unit.HOUR, CALENDAR).at == (hour + timedelta(hours=1)).replace(tzinfo=SHANGHAI)


def test_a_zone_is_converted_and_no_zone_is_shanghai() -> None:
    utc = datetime.fromisoformat("2026-03-03T23:00:00+00:00")
    assert count(utc, 3, Unit.DAY, CALENDAR) == count(datetime(2026, 3, 4, 7), 3, Unit.DAY, CALENDAR)  # noqa: DTZ001


def test_a_year_without_notice_knows_only_weekends_and_is_provisional() -> None:
    found = count(at("2026-12-31T10:00"), 1, Unit.DAY, CALENDAR)
    assert found.at == at("2027-01-01T23:59:59")
    assert found.provisional
    assert any("暂定" in reason for reason in found.reasons)


def test_the_calendar_is_a_value_that_can_be_extended() -> None:
    extended = Calendar(CALENDAR.published | {2027}, CALENDAR.rest | {date(2027, 1, 1)}, CALENDAR.work)
    found = count(at("2026-12-31T10:00"), 1, Unit.DAY, extended)
    assert found.at == at("2027-01-04T23:59:59")
    assert not found.provisional


def test_reasons_say_how_it_was_computed() -> None:
    reasons = "；".join(count(at("2026-09-29T10:00"), 3, Unit.DAY, CALENDAR).reasons)
    assert "起算日2026年9月29日不计入" in reasons
    assert "末日2026年10月2日为休息日，顺延至其后第一个工作日2026年10月8日" in reasons


def test_the_calendar_data_agree_with_their_seed_day_by_day() -> None:
    assert CALENDAR.published == set(range(2004, 2027))
    day = date(2004, 1, 1)
    while day <= date(2026, 12, 31):
        assert CALENDAR.is_workday(day) != slow_rest_day(day), day
        day += DAY


def test_a_period_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        count(at("2026-01-05T10:00"), 0, Unit.DAY, CALENDAR)


def slow_paused_end(start: date, n: int, unit: Unit, pauses: list[Pause]) -> date:
    """Day by day: only days of no pause count; the last is moved on to a working day of no pause."""

    def paused(day: date) -> bool:
        return any(one.start <= day < one.end for one in pauses)

    left = (slow_unrolled(start, n, unit) - start).days if unit is not Unit.WORKDAY else n
    day = start
    while left:
        day += DAY
        left -= not paused(day) and not (unit is Unit.WORKDAY and slow_rest_day(day))
    while slow_rest_day(day) or paused(day):
        day += DAY
    return day


def slow_unrolled(start: date, n: int, unit: Unit) -> date:
    if unit is Unit.DAY:
        return start + n * DAY
    month = start.month - 1 + (n if unit is Unit.MONTH else 12 * n)
    year, month = start.year + month // 12, month % 12 + 1
    wanted = start.day
    while not _exists(year, month, wanted):
        wanted -= 1
    return date(year, month, wanted)


def _exists(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


@given(
    st.dates(date(2023, 1, 1), date(2025, 6, 1)),
    st.integers(1, 40),
    st.sampled_from([Unit.DAY, Unit.WORKDAY, Unit.MONTH, Unit.YEAR]),
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 20)), max_size=4),
)
def test_pauses_against_the_slow_definition(
    start: date, n: int, unit: Unit, gaps: list[tuple[int, int]]
) -> None:
    n = min(n, {Unit.MONTH: 8, Unit.YEAR: 1}.get(unit, n))
    pauses, day = [], start
    for gap, length in gaps:
        day += gap * DAY
        pauses.append(Pause("检测检验检疫鉴定", day, day + length * DAY))
        day += length * DAY
    found = count(datetime.combine(start, time(9), SHANGHAI), n, unit, CALENDAR, pauses)
    assert found.at == datetime.combine(slow_paused_end(start, n, unit, pauses), time(23, 59, 59), SHANGHAI)


@pytest.mark.parametrize(
    ("start", "n", "unit", "pause", "due"),
    [
        # the day of the ground does not count, the day of its end does
        ("2026-03-02T10:00", 10, Unit.WORKDAY, ("2026-03-05", "2026-03-09"), "2026-03-18T23:59:59"),
        ("2026-03-02T10:00", 30, Unit.DAY, ("2026-03-05", "2026-03-15"), "2026-04-13T23:59:59"),
        # on the last day, so that it is left for the day on which the ground has ended
        ("2026-03-02T10:00", 3, Unit.DAY, ("2026-03-05", "2026-03-10"), "2026-03-10T23:59:59"),
        # within one day: nothing to leave out
        ("2026-03-02T10:00", 3, Unit.DAY, ("2026-03-04", "2026-03-04"), "2026-03-05T23:59:59"),
    ],
)
def test_a_pause_moves_the_end_by_its_days(
    start: str, n: int, unit: Unit, pause: tuple[str, str], due: str
) -> None:
    halted = Pause("听证", date.fromisoformat(pause[0]), date.fromisoformat(pause[1]))
    assert count(at(start), n, unit, CALENDAR, [halted]).at == at(due)


def test_hours_are_never_paused() -> None:
    with pytest.raises(ValueError, match="hours"):
        count(
            at("2026-03-02T10:00"), 24, Unit.HOUR, CALENDAR, [Pause("x", date(2026, 3, 2), date(2026, 3, 3))]
        )


def test_every_hour_of_three_years_against_the_slow_definition() -> None:
    moment = datetime(2024, 1, 1, tzinfo=SHANGHAI)
    while moment.year < 2027:
        found = count(moment + timedelta(minutes=20), 24, Unit.HOUR, CALENDAR).at
        assert found == count(moment, 24, Unit.HOUR, CALENDAR).at == moment + timedelta(hours=25)
        moment += timedelta(hours=1)


@pytest.mark.parametrize(
    ("rest", "work", "field"),
    [
        ({date(2028, 1, 1)}, set(), "rest"),
        (set(), {date(2027, 1, 4)}, "work"),
        ({date(2027, 1, 2)}, {date(2027, 1, 2)}, "work"),
    ],
)
def test_a_year_that_cannot_be_is_refused(rest: set[date], work: set[date], field: str) -> None:
    with pytest.raises(CalendarYearError) as caught:
        check_year(2027, rest, work)
    assert caught.value.field == field
