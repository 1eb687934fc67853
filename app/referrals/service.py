"""Opening a referral and acting on it, by the tables `reverse.yaml` and `detention.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from app.audit.events import differences, record
from app.clocks import service as clocks
from app.database.transaction import Acting, Row, new_id
from app.documents import service as documents
from app.documents.matter import Subject
from app.errors import Conflict, NotAllowed, invalid
from app.law.procedure import Actor, Situation, allowed, matters_after, why_refused
from app.law.procedure_table import Action, HandOn
from app.notices.service import Addressee, SubjectKind, notify
from app.organs.jurisdiction import counterpart
from app.organs.numbers import next_number
from app.referrals.models import KINDS, Kind, OpenReferral
from app.referrals.standing import COLUMNS, locked, procedure, standing
from app.referrals.times import check_limitation, occurred_at
from app.transfers.inputs import checked_inputs
from app.transfers.service import default_organ
from app.transfers.situation import Standing, refusal_error

_LETTERS: Mapping[Kind, str] = {"reverse": "反", "detention": "拘"}
_PARTY: Mapping[str, str] = {"enforcement": "organ", "police": "police", "procuratorate": "procuratorate"}


def openings(tx: Acting) -> list[tuple[Kind, Action]]:
    """What the acting officer may open, by kind."""
    actor = _newcomer(tx)
    return [(kind, one) for kind in KINDS for one in allowed(procedure(kind), Situation(None), actor)]


async def open_referral(tx: Acting, body: OpenReferral) -> UUID:
    """Open a referral of the acting organ. Raises NotAllowed, Invalid, Conflict `no_counterpart`."""
    actor = _newcomer(tx)
    action = next((one for kind, one in openings(tx) if kind == body.kind), None)
    if action is None:
        raise _may_not_open(body.kind, actor)
    inputs = await checked_inputs(tx, action, body.inputs)
    when = await occurred_at(tx, None, action, inputs)
    referral_id = new_id()
    row = await _first_row(tx, referral_id, body.kind, action, inputs)
    await tx.execute(
        """INSERT INTO referrals (id, number, kind, from_organ_id, enforcement_organ_id, police_organ_id,
              procuratorate_organ_id, line, case_id, state, matters, party_name, opened_by, opened_at,
              updated_at)
            VALUES (%(id)s, %(number)s, %(kind)s, %(from_organ_id)s, %(enforcement_organ_id)s,
              %(police_organ_id)s, %(procuratorate_organ_id)s, '', %(case_id)s, %(state)s, %(matters)s,
              %(party_name)s, %(officer)s, %(when)s, %(now)s)""",
        row,
        officer=tx.actor.officer_id,
        when=when,
        now=tx.now,
    )
    at = await standing(tx, referral_id)
    await _write_step(tx, at, action, None, inputs, when)
    await _start_clocks(tx, at, action, inputs, when)
    await _record(tx, at, action, differences({}, {"state": action.to, "number": row["number"]}))
    return referral_id


async def act(
    tx: Acting, referral_id: UUID, action_id: str, given: Mapping[str, Any], revision: int | None = None
) -> None:
    """Take an action of the table. Raises NotFound, NotAllowed and Conflict with the reason, Invalid."""
    at = await locked(tx, referral_id)
    if revision is not None and revision != at.row["revision"]:
        raise Conflict("referral_changed", "该移送已有新的进展，请重新读取后按现状办理。")
    refusal = at.refused(action_id)
    if refusal is not None:
        raise refusal_error(refusal)
    action = at.table.action(action_id)
    inputs = await checked_inputs(tx, action, await with_defaults(tx, action, given, at.row))
    when = await occurred_at(tx, at, action, inputs)
    check_limitation(tx, action, inputs)
    change = await _changed(tx, at, action, inputs, when)
    await _clocks(tx, at.row, action, inputs, when)
    await _write_step(tx, at, action, at.row["state"], inputs, when, change["state"])
    await _update(tx, at.row, change)
    now = await standing(tx, referral_id)
    await _open_case(tx, now.row, change)
    await _start_clocks(tx, now, action, inputs, when)
    await documents.produce(tx, Subject("referral", referral_id), action)
    await _tell(tx, at, now, action)
    await _record(tx, now, action, differences({name: at.row[name] for name in change}, change))


async def with_defaults(
    tx: Acting, action: Action, given: Mapping[str, Any], row: Row | None
) -> Mapping[str, Any]:
    """The given inputs; an organ that is left out is the one on record, else the counterpart."""
    filled = dict(given)
    for field in action.inputs:
        if field.type == "organ" and filled.get(field.name) is None:
            filled[field.name] = await proposed_organ(tx, action, field.organ_kind, row)
    return filled


async def proposed_organ(tx: Acting, action: Action, organ_kind: str | None, row: Row | None) -> int | None:
    """Which organ the platform proposes: the one on record; police of the same level and region."""
    if action.hands_on and row is not None:
        known: int | None = row[COLUMNS[action.hands_on.party]]
        if known is not None and row["state"] not in ("returned", "returned_to_police"):
            return known
    # A region has several enforcement organs; which of them is competent is for the officer to say.
    return await default_organ(tx, organ_kind) if organ_kind != "enforcement" else None


def _newcomer(tx: Acting) -> Actor:
    return Actor(_PARTY.get(tx.actor.kind), frozenset(tx.actor.roles))


def _may_not_open(kind: Kind, actor: Actor) -> NotAllowed:
    refusals = [
        why_refused(procedure(kind), one.id, Situation(None), actor)
        for one in procedure(kind).actions
        if one.opens
    ]
    said = [one.detail for one in refusals if one]
    return NotAllowed("may_not_open", "".join(said) or "不能开始。")


async def _first_row(
    tx: Acting, referral_id: UUID, kind: Kind, action: Action, inputs: Mapping[str, Any]
) -> dict[str, Any]:
    mine = _PARTY[tx.actor.kind]
    row: dict[str, Any] = dict.fromkeys(COLUMNS.values())
    row[COLUMNS[mine]] = tx.actor.organ_id
    if action.hands_on:
        row[COLUMNS[action.hands_on.party]] = inputs[action.hands_on.input]
    if row["procuratorate_organ_id"] is None:
        row["procuratorate_organ_id"] = (await counterpart(tx, tx.actor.organ_id, "procuratorate"))["id"]
    people = inputs.get("party_name") or "、".join(inputs.get("persons", []))
    return row | {
        "id": referral_id,
        "number": await next_number(tx, _LETTERS[kind]),
        "kind": kind,
        "from_organ_id": tx.actor.organ_id,
        "case_id": inputs.get("case"),
        "state": action.to,
        "matters": sorted(matters_after(action, (), mine, inputs)),
        "party_name": people[:200],
    }


async def _changed(
    tx: Acting, at: Standing, action: Action, inputs: Mapping[str, Any], when: datetime
) -> dict[str, Any]:
    """The columns that the action changes, with their new values."""
    row = at.row
    change: dict[str, Any] = {
        "state": action.to or row["state"],
        "matters": sorted(matters_after(action, row["matters"], at.actor.party, inputs)),
    }
    if action.makes:
        change |= {"proposal": action.makes, "proposed_by": tx.actor.officer_id}
    elif action.needs or action.to:
        change |= {"proposal": None, "proposed_by": None}
    if action.hands_on:
        column = COLUMNS[action.hands_on.party]
        organ = inputs[action.hands_on.input]
        if action.hands_on.counterpart:
            await _check_counterpart(tx, row, action.hands_on, organ)
        change[column] = organ
        if row[column] not in (None, organ) and row["sent_at"] is not None and column == COLUMNS["organ"]:
            change["past_organs"] = [*row["past_organs"], row[column]]
    if "case" in inputs:
        change["case_id"] = inputs["case"]
    if action.to == "sent":
        change["sent_at"] = when
    if action.to:
        change["closed_at"] = when if at.table.state(action.to).final else None
    return change


async def _check_counterpart(tx: Acting, row: Row, hand: HandOn, organ: int) -> None:
    fitting = await counterpart(tx, row["enforcement_organ_id"], hand.party)
    if organ != fitting["id"]:
        raise invalid(
            f"inputs.{hand.input}",
            f"{hand.party}_not_counterpart",
            f"应移送同级的{fitting['name']}，请更正。",
        )


async def _update(tx: Acting, row: Row, change: Mapping[str, Any]) -> None:
    await tx.execute(
        """UPDATE referrals SET state = %(state)s, matters = %(matters)s, proposal = %(proposal)s,
              proposed_by = %(proposed_by)s, enforcement_organ_id = %(enforcement_organ_id)s,
              police_organ_id = %(police_organ_id)s, past_organs = %(past_organs)s, case_id = %(case_id)s,
              sent_at = %(sent_at)s, closed_at = %(closed_at)s, updated_at = %(now)s, revision = revision + 1
            WHERE id = %(id)s""",
        {**row, **change},
        now=tx.now,
    )


async def _open_case(tx: Acting, row: Row, change: Mapping[str, Any]) -> None:
    """Police to whom a case is sent for detention see it."""
    if row["kind"] != "detention" or change["state"] != "sent":
        return
    await tx.execute(
        """INSERT INTO case_grants (case_id, from_organ_id, organ_id, reason, kind, line, granted_by,
              granted_at)
            VALUES (%(case)s, %(organ)s, %(police)s, 'transfer', '', '', %(officer)s, %(now)s)
            ON CONFLICT DO NOTHING""",
        case=row["case_id"],
        organ=row["enforcement_organ_id"],
        police=row["police_organ_id"],
        officer=tx.actor.officer_id,
        now=tx.now,
    )


async def _clocks(tx: Acting, row: Row, action: Action, inputs: Mapping[str, Any], when: datetime) -> None:
    subject = _subject(row)
    if action.stops:
        await clocks.stop(tx, action.stops, subject, action.id, when)
    if action.extends:
        await clocks.extend(tx, action.extends, subject, inputs["days"])
    matters = procedure(row["kind"]).matters
    if action.pauses:
        await clocks.pause(tx, action.pauses, subject, matters[action.begins[0]], when)
    if action.resumes:
        await clocks.resume(tx, action.resumes, subject, when, matters[action.ends[0]])


async def _start_clocks(
    tx: Acting, at: Standing, action: Action, inputs: Mapping[str, Any], when: datetime
) -> None:
    for clock, party in action.starts.items():
        holder = at.parties[party]
        if holder is None:
            raise Conflict(
                "party_missing", f"没有登记{at.table.parties[party]}，请联系平台管理员补充机关名录。"
            )
        days = inputs.get(action.lengths[clock]) if clock in action.lengths else None
        await clocks.start(tx, clock, _subject(at.row), holder, when, days)


def _subject(row: Row) -> clocks.Subject:
    return clocks.Subject(row["enforcement_organ_id"], referral_id=row["id"])


async def _write_step(
    tx: Acting,
    at: Standing,
    action: Action,
    before: str | None,
    inputs: Mapping[str, Any],
    when: datetime,
    after: str | None = None,
) -> None:
    kept = {name: value for name, value in inputs.items() if name != "occurred_at"}
    await tx.execute(
        """INSERT INTO referral_steps (id, referral_id, action, from_state, to_state, organ_id, officer_id,
              organ_name, officer_name, inputs, internal_to, occurred_at, at)
            VALUES (%(id)s, %(referral)s, %(action)s, %(before)s, %(after)s, %(organ)s, %(officer)s,
              %(organ_name)s, %(officer_name)s, %(inputs)s, %(internal)s, %(when)s, %(now)s)""",
        id=new_id(),
        referral=at.id,
        action=action.id,
        before=before,
        after=after or at.row["state"],
        organ=tx.actor.organ_id,
        officer=tx.actor.officer_id,
        organ_name=tx.actor.organ_name,
        officer_name=tx.actor.officer_name,
        inputs=kept,
        internal=_internal_to(tx, action),
        when=when,
        now=tx.now,
    )


def _internal_to(tx: Acting, action: Action) -> str | None:
    stays = action.internal or action.makes or (action.needs and not action.to)
    return tx.actor.kind if stays else None


async def _tell(tx: Acting, before: Standing, now: Standing, action: Action) -> None:
    """Tell whom the action tells; who gave the referral up is told all the same."""
    title = f"{now.row['number']}：{action.label}"
    for party, role in action.tells.items():
        organ = now.parties[party] or before.parties[party]
        if organ is not None:
            subject: tuple[SubjectKind, UUID] = ("referral", now.id)
            await notify(tx, Addressee(organ, [role]), f"{now.row['kind']}.{action.id}", title, subject)


async def _record(tx: Acting, at: Standing, action: Action, changes: Any) -> None:
    await record(
        tx,
        f"{at.row['kind']}.{action.id}",
        ("referral", at.id),
        internal_to=_internal_to(tx, action),
        changes=changes,
    )
