"""What an organ sets where the law leaves it to it; running clocks are not moved.

That is the length of a rule of the platform, day or workday for the 3日 of 国务院令第310号, and how long
before the end its officers are reminded.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.audit.events import record
from app.database.transaction import Acting, Row
from app.errors import NotAllowed, invalid
from app.law.clocks import Clock, Length, UnknownClockError, clocks, platform
from app.law.clocks import clock as clock_of
from app.law.legal_days import Unit

REMINDER = "reminder"
SET_BY = ("head", "system_admin")
_Why = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]


class SettingMade(BaseModel):
    """One choice of the organ; `length` null: back to the default."""

    length: str | None
    reason: str
    officer_name: str
    set_at: datetime


class SettingShown(BaseModel):
    """A clock, or the reminder, that an organ may set. `sets`: length or unit. `history` newest first."""

    clock: str
    name: str
    sets: Literal["length", "unit", "hours"]
    default: str
    n: int
    unit: Unit
    is_default: bool
    why: str
    history: list[SettingMade]


class SetClock(BaseModel):
    """A choice; without `n` and `unit` the default holds again."""

    model_config = ConfigDict(extra="forbid")
    n: Annotated[int | None, Field(strict=True, ge=1, le=720, description="长度；提醒为届满前的小时数")] = (
        None
    )
    unit: Annotated[Unit | None, Field(description="hour、day、workday、month、year")] = None
    reason: Annotated[_Why, Field(description="设定的依据或者理由")]


async def settings(tx: Acting) -> list[SettingShown]:
    """What the actor's organ may set and has set."""
    rows = await tx.rows(
        """SELECT clock, n, unit, reason, officer_name, set_at FROM clock_settings
            WHERE organ_id = %(organ)s ORDER BY serial DESC""",
        organ=tx.actor.organ_id,
    )
    made: dict[str, list[Row]] = {}
    for row in rows:
        made.setdefault(row["clock"], []).append(row)
    laws = [law for law in clocks().values() if law.settable]
    return [_shown(None, made.get(REMINDER, [])), *(_shown(law, made.get(law.id, [])) for law in laws)]


async def choose(tx: Acting, name: str, body: SetClock) -> None:
    """Set one. Raises NotAllowed, Invalid."""
    if not tx.actor.is_a(*SET_BY):
        raise NotAllowed("head_or_administrator", "期限口径由本机关负责人或者系统管理员设定，请转告。")
    law = None if name == REMINDER else _law(name)
    _check(law, body)
    before = await tx.row(
        """SELECT n, unit FROM clock_settings WHERE organ_id = %(organ)s AND clock = %(clock)s
            ORDER BY serial DESC LIMIT 1""",
        organ=tx.actor.organ_id,
        clock=name,
    )
    await tx.execute(
        """INSERT INTO clock_settings (organ_id, clock, n, unit, reason, officer_id, officer_name, set_at)
            VALUES (%(organ)s, %(clock)s, %(n)s, %(unit)s, %(reason)s, %(officer)s, %(officer_name)s,
              %(now)s)""",
        organ=tx.actor.organ_id,
        clock=name,
        n=body.n,
        unit=body.unit,
        reason=body.reason,
        officer=tx.actor.officer_id,
        officer_name=tx.actor.officer_name,
        now=tx.now,
    )
    changes = {"length": (_words(before), _words(body.model_dump())), "reason": (None, body.reason)}
    await record(tx, "clock.set", ("clock_setting", name), changes=changes)


def _law(name: str) -> Clock:
    try:
        law = clock_of(name)
    except UnknownClockError as error:
        raise invalid("clock", "clock_unknown", error.detail) from error
    if law.settable is None:
        known = "、".join(f"{one.id}（{one.name}）" for one in clocks().values() if one.settable)
        raise invalid("clock", "clock_fixed", f"“{law.name}”由法律规定，机关不能改；可以设定的：{known}。")
    return law


def _check(law: Clock | None, body: SetClock) -> None:
    if (body.n is None) != (body.unit is None):
        raise invalid(
            "n" if body.n is None else "unit", "required", "长度和单位要么都写，要么都不写（恢复默认）。"
        )
    if body.n is None or body.unit is None:
        return
    if law is None:
        if body.unit is not Unit.HOUR:
            raise invalid("unit", "unit_not_hour", "提醒的提前量按小时写，请填 hour。")
        return
    if law.length is None:
        raise invalid("clock", "clock_fixed", f"“{law.name}”没有固定期限，无从设定。")
    if law.settable == "unit":
        if body.unit not in (Unit.DAY, Unit.WORKDAY):
            raise invalid("unit", "day_or_workday", "本期限只能设为自然日（day）或者工作日（workday）。")
        if body.n != law.length.n:
            raise invalid(
                "n", "length_fixed", f"长度由法律规定为{law.length.n}日，只能选择自然日或者工作日。"
            )


def _shown(law: Clock | None, made: list[Row]) -> SettingShown:
    default = Length(n=platform().warning.hours, unit=Unit.HOUR)
    if law is not None and law.length is not None:
        default = law.length
    chosen = made[0] if made and made[0]["n"] is not None else None
    sets: Literal["length", "unit", "hours"] = (
        "hours" if law is None or law.settable is None else law.settable
    )
    rule = "法无明文，由平台规则设定，默认值只是建议"
    return SettingShown(
        clock=law.id if law else REMINDER,
        name=law.name if law else "届满前提醒承办人",
        sets=sets,
        default=str(default),
        n=chosen["n"] if chosen else default.n,
        unit=Unit(chosen["unit"]) if chosen else default.unit,
        is_default=chosen is None,
        why="规定写“3日”，未写明工作日或自然日" if sets == "unit" else rule,
        history=[
            SettingMade(length=_words(row), **{k: row[k] for k in ("reason", "officer_name", "set_at")})
            for row in made
        ],
    )


def _words(chosen: Row | dict[str, object] | None) -> str | None:
    if chosen is None or chosen["n"] is None:
        return None
    return str(Length.model_validate({"n": chosen["n"], "unit": chosen["unit"]}))
