"""The State Council's calendar as the platform keeps it: each notice and correction a row of its own.

The years that come with the product count where the platform has none of its own.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Annotated, Literal

from psycopg import errors
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.audit.events import record
from app.database.transaction import Acting, Row
from app.errors import Conflict, NotAllowed, invalid, not_found
from app.law.clocks import MARKS
from app.law.legal_days import CalendarYear, CalendarYearError, check_year, chinese, shipped_years

_Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
_YEAR = Field(ge=2000, le=2999)


class YearShown(BaseModel):
    """One year: rest days (weekends among them or not), worked weekend days, and by which notice.

    `revision` 0 is the year as it comes with the product; `sure` says how surely that is known.
    """

    year: int
    revision: int
    rest: list[date]
    work: list[date]
    source: str
    notice_number: str
    sure: str
    reason: str
    recorded_by: str | None
    recorded_at: datetime | None


class YearWithHistory(YearShown):
    """One year with all that was recorded of it, newest first."""

    history: list[YearShown]


class YearEntry(BaseModel):
    """A year as the notice says, or as it is to be corrected. `revision` is the one that is replaced."""

    model_config = ConfigDict(extra="forbid")
    revision: Annotated[int | None, Field(ge=0, strict=True, description="所改的版次；新的年度不填")] = None
    rest: Annotated[list[date], Field(max_length=366, description="放假的日期，周末可写可不写")]
    work: Annotated[list[date], Field(max_length=60, description="调休上班的周六、周日")]
    source: Annotated[_Text, Field(description="通知的名称")]
    notice_number: Annotated[_Text, Field(description="通知的文号")]
    reason: Annotated[str, Field(max_length=1000, description="更正的理由；更正时必填")] = ""


class DayEntry(BaseModel):
    """One day corrected: rest, worked, or neither (an ordinary day of the week)."""

    model_config = ConfigDict(extra="forbid")
    revision: Annotated[int, Field(ge=0, strict=True, description="所改的版次")]
    day: Annotated[date, Field(description="要更正的日期")]
    kind: Annotated[
        Literal["rest", "work", "ordinary"], Field(description="rest 放假，work 调休上班，ordinary 按周几")
    ]
    source: Annotated[_Text, Field(description="依据的通知")]
    notice_number: Annotated[_Text, Field(description="通知的文号")]
    reason: Annotated[_Text, Field(description="更正的理由")]


async def years(tx: Acting) -> list[YearShown]:
    """Every year that is known, newest first."""
    own = {row["year"]: _stored(row) for row in await _rows(tx)}
    shipped = {year: _shipped(one) for year, one in shipped_years().items()}
    return [one for _, one in sorted({**shipped, **own}.items(), reverse=True)]


async def year(tx: Acting, wanted: int) -> YearWithHistory:
    """One year with its history. Raises NotFound where no notice is known."""
    versions = [_stored(row) for row in reversed(await _rows(tx, wanted))]
    if wanted in shipped_years():
        versions.append(_shipped(shipped_years()[wanted]))
    if not versions:
        raise not_found(f"{wanted}年的节假日安排")
    return YearWithHistory(**versions[0].model_dump(), history=versions)


async def keep_year(tx: Acting, wanted: int, body: YearEntry) -> None:
    """Add a published year or correct one as a whole. Raises NotAllowed, Conflict, Invalid."""
    await _check_keeper(tx)
    now = await _current(tx, wanted)
    if body.revision != (now.revision if now else None):
        raise _changed(wanted, now)
    if now is not None and not body.reason.strip():
        raise invalid("reason", "required", "更正已有的年度须写明理由。")
    await _write(tx, wanted, now, (set(body.rest), set(body.work)), body)


async def keep_day(tx: Acting, wanted: int, body: DayEntry) -> None:
    """Correct one day of a known year. Raises NotFound, NotAllowed, Conflict, Invalid."""
    await _check_keeper(tx)
    now = await _current(tx, wanted)
    if now is None:
        raise not_found(f"{wanted}年的节假日安排")
    if body.revision != now.revision:
        raise _changed(wanted, now)
    rest, work = set(now.rest) - {body.day}, set(now.work) - {body.day}
    if body.day.year != wanted:
        raise invalid("day", "day_not_in_year", f"{chinese(body.day)}不在{wanted}年内，请更正。")
    if body.kind == "rest":
        rest.add(body.day)
    elif body.kind == "work":
        work.add(body.day)
    await _write(tx, wanted, now, (rest, work), body, field="day")


async def keeps_calendar(tx: Acting) -> bool:
    """Whether the actor keeps the calendar of the platform."""
    found: bool = await tx.value("SELECT keeps_calendar()")
    return found


async def _write(
    tx: Acting,
    wanted: int,
    now: YearShown | None,
    days: tuple[Collection[date], Collection[date]],
    said: YearEntry | DayEntry,
    field: str | None = None,
) -> None:
    rest, work = sorted(days[0]), sorted(days[1])
    try:
        check_year(wanted, rest, work)
    except CalendarYearError as error:
        raise invalid(field or error.field, "day_not_possible", error.detail) from error
    try:
        async with tx.connection.transaction():
            await tx.execute(
                """INSERT INTO calendar_years (year, revision, rest, work, source, notice_number, reason,
                      officer_id, officer_name, organ_name, recorded_at)
                    VALUES (%(year)s, %(revision)s, %(rest)s, %(work)s, %(source)s, %(number)s, %(reason)s,
                      %(officer)s, %(officer_name)s, %(organ_name)s, %(now)s)""",
                year=wanted,
                revision=now.revision + 1 if now else 1,
                rest=rest,
                work=work,
                source=said.source,
                number=said.notice_number,
                reason=said.reason,
                officer=tx.actor.officer_id,
                officer_name=tx.actor.officer_name,
                organ_name=tx.actor.organ_name,
                now=tx.now,
            )
    except errors.UniqueViolation as error:
        raise _changed(wanted, None) from error
    changes = {
        "rest": (now.rest if now else None, rest),
        "work": (now.work if now else None, work),
        "notice_number": (now.notice_number if now else None, said.notice_number),
    }
    await record(tx, "calendar.kept", ("calendar", wanted), changes=changes)


async def _check_keeper(tx: Acting) -> None:
    if not await keeps_calendar(tx):
        raise NotAllowed(
            "not_the_keeper",
            "节假日安排由平台最高一级的两法衔接协调机构，或者同级机关的系统管理员登记，请转告。",
        )


async def _current(tx: Acting, wanted: int) -> YearShown | None:
    rows = await _rows(tx, wanted)
    if rows:
        return _stored(rows[-1])
    return _shipped(shipped_years()[wanted]) if wanted in shipped_years() else None


async def _rows(tx: Acting, wanted: int | None = None) -> list[Row]:
    return await tx.rows(
        """SELECT * FROM calendar_years WHERE %(year)s::int IS NULL OR year = %(year)s
            ORDER BY year, revision""",
        year=wanted,
    )


def _changed(wanted: int, now: YearShown | None) -> Conflict:
    extra = {"revision": now.revision} if now else {}
    return Conflict("year_changed", f"{wanted}年的节假日安排已有其他版次，请重新读取后再改。", extra=extra)


def _stored(row: Row) -> YearShown:
    return YearShown(
        **{
            name: row[name]
            for name in ("year", "revision", "rest", "work", "source", "notice_number", "reason")
        },
        sure="平台登记",
        recorded_by=f"{row['organ_name']} {row['officer_name']}",
        recorded_at=row["recorded_at"],
    )


def _shipped(one: CalendarYear) -> YearShown:
    return YearShown(
        year=one.year,
        revision=0,
        rest=sorted(one.rest),
        work=sorted(one.work),
        source=one.source,
        notice_number="",
        sure=MARKS[one.mark],
        reason="",
        recorded_by=None,
        recorded_at=None,
    )
