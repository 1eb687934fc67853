"""What an officer does to one clock: extend it, halt and resume it, say that it was met.

Who may, how often, on which grounds and with which paper stands in `app/law/clocks.yaml`. A clock that an
action of the procedure extends or halts is moved there and not here.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from app.audit.events import record
from app.clocks.counting import changes, move, moves_of, note
from app.clocks.models import ClockAct, ExtendClock, PauseClock, ResumeClock, StopClock
from app.clocks.one import ClockAt, locked_clock, subject_of
from app.clocks.service import lengthen
from app.database.transaction import Acting
from app.errors import Conflict, NotAllowed, invalid
from app.law.clocks import Clock, Extension, Length, Variant, Who, platform
from app.law.legal_days import UNIT_NAMES, Unit
from app.law.procedure_table import (
    clue_procedure,
    detention_procedure,
    reverse_procedure,
    transfer_procedure,
)
from app.notices.service import Addressee, notify

_PARTIES = {"holder": "负担期限的机关", "issuer": "制发文书的机关"}
_ROLES = {"handler": "承办人", "head": "负责人", "supervisor": "监督岗"}


async def extend(tx: Acting, clock_id: UUID, body: ExtendClock) -> None:
    """Record an approval, or a document that names another length.

    Raises NotFound, NotAllowed, Conflict, Invalid.
    """
    at = await locked_clock(tx, clock_id)
    _refuse_stopped(at)
    approved = _moment(tx, at, "approved_at", body.approved_at)
    if body.variant is not None or at.law.length_by_document is not None:
        await _another_length(tx, at, body)
    else:
        await _extension(tx, at, body, approved)


async def pause(tx: Acting, clock_id: UUID, body: PauseClock) -> None:
    """Time stops counting on a ground. Raises NotFound, NotAllowed, Conflict, Invalid."""
    at = await locked_clock(tx, clock_id)
    _refuse_stopped(at)
    _refuse_procedure(at.law, "pause")
    if not at.law.pauses:
        raise Conflict("no_grounds", f"“{at.law.name}”没有可以不计入或者中止的事由，请在期限内办理。")
    if body.ground not in at.law.pauses:
        known = "、".join(at.law.pauses)
        raise invalid("ground", "ground_unknown", f"“{at.law.name}”只因下列事由不计入或者中止：{known}。")
    _check_may(tx, at, platform().pause, "登记不计入期限的事由")
    if body.ground in at.open_grounds:
        raise Conflict("already_halted", f"因“{body.ground}”已在中止，事由终了后请登记恢复。")
    since = _moment(tx, at, "since", body.since)
    _refuse_expired(at, since)
    said = {"ground": body.ground, "document": body.document, "reason": body.reason}
    await move(tx, at.row, "paused", since=since, **said)
    await _tell(tx, at, "clock.paused", f"因“{body.ground}”暂停计算", {"halted_on": (None, body.ground)})


async def resume(tx: Acting, clock_id: UUID, body: ResumeClock) -> None:
    """A ground has ended. Raises NotFound, NotAllowed, Conflict, Invalid."""
    at = await locked_clock(tx, clock_id)
    _refuse_stopped(at)
    _refuse_procedure(at.law, "resume")
    halts = {one.ground: one.since for one in moves_of(await changes(tx, clock_id)).open}
    if not halts:
        raise Conflict("not_halted", "该期限没有中止，无需恢复。")
    if body.ground is None and len(halts) > 1:
        raise invalid(
            "ground", "ground_missing", f"有几个事由在中止，请写明终了的是哪一个：{'、'.join(halts)}。"
        )
    ground = body.ground or next(iter(halts))
    if ground not in halts:
        raise invalid(
            "ground", "ground_not_halting", f"该期限没有因此中止，正在中止的事由：{'、'.join(halts)}。"
        )
    _check_may(tx, at, platform().pause, "登记恢复计算")
    until = _moment(tx, at, "until", body.until)
    if until < halts[ground]:
        raise invalid("until", "before_the_pause", "事由终了的时间早于发生的时间，请核对。")
    said = {"ground": ground, "document": body.document, "reason": body.reason}
    found = await move(tx, at.row, "resumed", since=halts[ground], until=until, **said)
    await _tell(tx, at, "clock.resumed", f"“{ground}”终了，恢复计算", {"due_at": (None, found.at)})


async def stop(tx: Acting, clock_id: UUID, body: StopClock) -> None:
    """What a clock of a case waited for was done. Raises NotFound, NotAllowed, Conflict, Invalid."""
    at = await locked_clock(tx, clock_id)
    _refuse_stopped(at)
    if at.law.on_case is None:
        raise Conflict(
            "stopped_by_procedure", f"“{at.law.name}”随办理动作终止，请在移送、线索或者监督文书页面办理。"
        )
    _check_may(tx, at, platform().by_hand, "登记办结")
    if body.outcome not in at.law.stops:
        raise invalid("outcome", "outcome_unknown", f"办结的方式请从下列中选择：{'、'.join(at.law.stops)}。")
    done = _moment(tx, at, "at", body.at)
    await tx.execute(
        "UPDATE clocks SET stopped_at = %(at)s, stopped_by = %(by)s WHERE id = %(id)s",
        id=clock_id,
        at=done,
        by=body.outcome,
    )
    due = at.row["due_at"]
    await note(tx, at.row, "stopped", due, ground=body.outcome, document=body.document, since=done)
    await _record(tx, at, "clock.stopped", {"outcome": (None, body.outcome), "stopped_at": (None, done)})


def available(tx: Acting, at: ClockAt) -> list[ClockAct]:
    """What the actor may do to the clock now."""
    if at.row["stopped_at"] is not None:
        return []
    law, found = at.law, list[ClockAct]()
    expired = at.row["due_at"] is not None and at.row["due_at"] < tx.now
    open_extension = at.extension is not None and _may(tx, at, at.extension.who) and not expired
    documents = any(_may(tx, at, who) for who in (law.set_by, *(one.who for one in law.variants)))
    if "extend" not in by_procedure(law) and (open_extension or documents):
        found.append("extend")
    if law.pauses and "pause" not in by_procedure(law) and _may(tx, at, platform().pause):
        found += ["resume"] if at.open_grounds else [] if expired else ["pause"]
    if law.on_case is not None and _may(tx, at, platform().by_hand):
        found.append("stop")
    return found


def by_procedure(law: Clock) -> dict[str, str]:
    """Which of these acts an action of the procedure does, and its label."""
    found: dict[str, str] = {}
    tables = (transfer_procedure(), clue_procedure(), reverse_procedure(), detention_procedure())
    for table in tables:
        for action in table.actions:
            if action.extends == law.id:
                found["extend"] = action.label
            if law.id in action.pauses:
                found["pause"] = action.label
            if law.id in action.resumes:
                found["resume"] = action.label
    return found


async def _extension(tx: Acting, at: ClockAt, body: ExtendClock, approved: datetime) -> None:
    law, extension = at.law, at.extension
    _refuse_procedure(law, "extend")
    if law.extend is None:
        raise Conflict("no_extension", f"法律没有规定“{law.name}”可以延长，请在期限内办理。")
    if extension is None:
        raise Conflict(
            "extension_used_up", f"“{law.name}”只能延长{law.extend.times}次，已经延长，不能再延长。"
        )
    _check_may(tx, at, extension.who, f"登记延长（{extension.by}）")
    _refuse_expired(at, approved)
    n = _extended_by(extension, body)
    if extension.party_notice and body.party_notice is None:
        raise invalid(
            "party_notice", "party_notice_missing", "延长须书面告知当事人并说明理由，请写明告知的文书。"
        )
    found = await move(
        tx,
        at.row,
        "extended",
        n=n,
        unit=at.unit,
        ground=extension.by,
        since=approved,
        document=body.document,
        reason=body.reason,
        party_notice=body.party_notice or "",
    )
    said = f"{extension.by}，延长{Length(n=n, unit=at.unit)}"
    await _tell(tx, at, "clock.extended", said, {"due_at": (at.row["due_at"], found.at)})


def _extended_by(extension: Extension, body: ExtendClock) -> int:
    if body.unit is not None and body.unit != (extension.unit or body.unit):
        raise invalid(
            "unit", "unit_fixed", f"延长按{UNIT_NAMES[extension.unit or body.unit]}计算，请不要改变单位。"
        )
    if extension.n is None:
        if body.n is None:
            raise invalid("n", "required", "批准延长多少由文书写明，请填写。")
        return body.n
    if body.n is not None and body.n > extension.n:
        raise invalid(
            "n",
            "extension_too_long",
            f"最多延长{extension.n}{UNIT_NAMES[extension.unit or Unit.DAY]}，请更正。",
        )
    return body.n or extension.n


async def _another_length(tx: Acting, at: ClockAt, body: ExtendClock) -> None:
    law = at.law
    if body.variant is None:
        who, why, length = law.set_by, f"文书写明，{body.document}", _named_length(at, body)
    else:
        variant = _variant(law, body.variant)
        _refuse_procedure(law, "extend")
        who, why = variant.who, f"{variant.when}，{body.document}"
        length = variant.length or _named_length(at, body)
    _check_may(tx, at, who, "登记文书写明的期限")
    before = at.row["due_at"]
    found = await lengthen(tx, at.row, length, why, document=body.document, reason=body.reason)
    await _tell(tx, at, "clock.lengthened", f"按文书定为{length}", {"due_at": (before, found.at)})


def _variant(law: Clock, name: str) -> Variant:
    for variant in law.variants:
        if variant.id == name:
            return variant
    known = "、".join(f"{one.id}（{one.when}）" for one in law.variants) or "没有"
    raise invalid("variant", "variant_unknown", f"“{law.name}”的特别情形：{known}。")


def _named_length(at: ClockAt, body: ExtendClock) -> Length:
    if body.n is None:
        raise invalid("n", "required", "期限由文书写明，请填写文书写明的长度。")
    return Length(n=body.n, unit=body.unit or at.unit)


def _moment(tx: Acting, at: ClockAt, field: str, given: datetime | None) -> datetime:
    """When the act was done: not to come, and not before the clock began. Raises Invalid."""
    if given is None:
        return tx.now
    if given.tzinfo is None:
        raise invalid(field, "zone_missing", "时间须带时区，例如 2026-03-03T16:20:00+08:00。")
    if given > tx.now:
        raise invalid(field, "in_the_future", "时间不能晚于现在，请在事情发生后登记。")
    if given < at.row["started_at"]:
        raise invalid(field, "before_the_start", "时间不能早于该期限的起算时间，请核对。")
    return given


def _refuse_stopped(at: ClockAt) -> None:
    if at.row["stopped_at"] is not None:
        raise Conflict("clock_stopped", "该期限已经办结，不能再变动。")


def _refuse_expired(at: ClockAt, moment: datetime) -> None:
    if at.row["due_at"] is not None and at.row["due_at"] < moment:
        raise Conflict(
            "clock_expired", "该期限届满后才延长或者中止的，不能挽回逾期；届满前已批准的，请填写批准的时间。"
        )


def _refuse_procedure(law: Clock, act: str) -> None:
    label = by_procedure(law).get(act)
    if label:
        raise Conflict(
            "moved_by_procedure", f"“{law.name}”由办理动作“{label}”变动，请在移送或者线索页面办理。"
        )


def _may(tx: Acting, at: ClockAt, who: Who) -> bool:
    return any(tx.actor.organ_id == at.party(party) and tx.actor.is_a(*roles) for party, roles in who.items())


def _check_may(tx: Acting, at: ClockAt, who: Who, what: str) -> None:
    if _may(tx, at, who):
        return
    persons = "，或者".join(
        f"{_PARTIES[party]}的{'、'.join(_ROLES[role] for role in roles)}" for party, roles in who.items()
    )
    raise NotAllowed("party_may_not", f"{what}由{persons or '规定的机关'}办理，请转告。")


async def _tell(
    tx: Acting, at: ClockAt, action: str, words: str, changed: dict[str, tuple[Any, Any]]
) -> None:
    """On the audit trail; and to the other side and the procuratorate, unless it is the organ's own case."""
    await _record(tx, at, action, changed)
    row = at.row
    if row["duty"] or not (
        row["transfer_id"] or row["supervision_id"] or row["clue_id"] or row["referral_id"]
    ):
        return
    title = f"{row['case_number'] + '：' if row['case_number'] else ''}“{at.law.name}”{words}"
    others = {row["organ_id"], row["holder_organ_id"]}
    if not row["clue_id"]:
        others.add(row["procuratorate_id"])
    for organ in sorted(others - {tx.actor.organ_id, None}):
        await notify(tx, Addressee(organ, roles=["handler", "head"]), action, title, subject_of(row))


async def _record(tx: Acting, at: ClockAt, action: str, changed: dict[str, tuple[Any, Any]]) -> None:
    row = at.row
    await record(
        tx,
        action,
        ("clock", row["id"]),
        case_id=row["case_id"],
        transfer_id=row["transfer_id"],
        clue_id=row["clue_id"],
        restricted=bool(row["duty"]),
        changes={"clock": (None, row["clock"]), **changed},
    )
