"""Opening a transfer and acting on it. What may be done and what follows stands in the procedure's table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg import errors

from app.audit.events import differences, record
from app.database.transaction import Acting, Row, new_id
from app.documents import service as documents
from app.documents.matter import Subject
from app.errors import Conflict, not_found
from app.law.procedure import Actor, Situation, why_refused
from app.law.procedure_table import Action, transfer_procedure
from app.organs.jurisdiction import counterpart
from app.organs.numbers import next_number
from app.transfers import effects
from app.transfers.holds import check_holds
from app.transfers.inputs import checked_inputs
from app.transfers.models import OpenTransfer
from app.transfers.recorded import counted, hand_over_exhibits, left_after
from app.transfers.situation import Standing, locked, refusal_error, standing
from app.transfers.times import occurred_at, opened_at

_LETTERS = "移"
# Which organs of a transfer see its case beyond their line and area, and why.
_SEEING = {
    "police_organ_id": "transfer",
    "court_organ_id": "prosecution",
    "procuratorate_organ_id": "passed_on",
}
_OPEN = "open_draft"


async def open_transfer(tx: Acting, case_id: UUID, body: OpenTransfer) -> UUID:
    """Open a draft on a case of the own organ, with its task group where it is named.

    The number is drawn now and stays for life. Raises NotFound, NotAllowed, Conflict
    `transfer_already_open`, Invalid.
    """
    case = await _case(tx, case_id)
    action = transfer_procedure().action(_OPEN)
    given = body.model_dump(include={"charge", "summary", "occurred_at"})
    inputs = await checked_inputs(tx, action, given)
    when = opened_at(tx, inputs)
    transfer_id = await _insert(tx, case, inputs["charge"], action, when)
    await _write_step(tx, transfer_id, _Act(action, inputs, when), None, "draft")
    await record(
        tx,
        f"transfer.{_OPEN}",
        ("transfer", transfer_id),
        case_id=case_id,
        transfer_id=transfer_id,
        changes={"state": (None, "draft"), "charge": (None, inputs["charge"])},
    )
    if body.task_group:
        await act(tx, transfer_id, "name_task_group", {"officers": body.task_group})
    return transfer_id


async def act(
    tx: Acting, transfer_id: UUID, action_id: str, given: Mapping[str, Any], revision: int | None = None
) -> None:
    """Take an action of the procedure's table.

    Raises NotFound, NotAllowed and Conflict with the reason, Invalid for wrong inputs. Of two at once the
    later sees what the earlier did; a `revision` that is not the current one is a Conflict.
    """
    at = await locked(tx, transfer_id)
    if revision is not None and revision != at.row["revision"]:
        raise Conflict("transfer_changed", "该移送已有新的进展，请重新读取后按现状办理。")
    refusal = at.refused(action_id)
    if refusal is not None:
        raise refusal_error(refusal)
    action = transfer_procedure().action(action_id)
    inputs = await checked_inputs(tx, action, await _with_defaults(tx, action, given))
    when = await occurred_at(tx, at, action, inputs)
    await check_holds(tx, at, action, inputs)
    await counted(tx, at.id, action, inputs)
    await hand_over_exhibits(tx, at.row, action, inputs)
    left = await left_after(tx, at.id, action, inputs)
    change = await effects.changed(tx, at, action, inputs, when)
    await _perform(tx, at, _Act(action, inputs, when, not left), change)


async def default_organ(tx: Acting, organ_kind: str | None) -> int | None:
    """The organ that the platform proposes: the counterpart of the acting organ, where the kinds differ."""
    if organ_kind is None or organ_kind == tx.actor.kind:
        return None
    try:
        found: int = (await counterpart(tx, tx.actor.organ_id, organ_kind))["id"]
    except Conflict:
        return None
    return found


@dataclass(frozen=True)
class _Act:
    """An action as it is taken; `complete`: nothing that it has to deliver is outstanding."""

    action: Action
    inputs: Mapping[str, Any]
    when: datetime
    complete: bool = True


async def _perform(tx: Acting, at: Standing, act: _Act, change: effects.Change) -> None:
    row, action = at.row, act.action
    before = {field: row[field] for field in change}
    if act.complete:
        await effects.stop_clocks(tx, row, action, act.when)
    await effects.move_clocks(tx, row, action, act.inputs, act.when)
    await _open_case(tx, row, change)
    await _write_step(tx, at.id, act, row["state"], change["state"])
    await _update(tx, row, change)
    now = await standing(tx, at.id)
    await effects.start_clocks(tx, now.row, action, now.parties, act.inputs, act.when)
    await documents.produce(tx, Subject("transfer", at.id), action)
    # What is withdrawn has no police organ any more; those who had it are told all the same.
    await effects.tell(tx, now.row, action, {p: now.parties[p] or at.parties[p] for p in now.parties})
    await effects.note_reason(tx, row, action, act.inputs)
    await record(
        tx,
        f"transfer.{action.id}",
        ("transfer", at.id),
        case_id=row["case_id"],
        transfer_id=at.id,
        internal_to=_internal_to(tx, action),
        changes=differences(before, change),
    )


def _internal_to(tx: Acting, action: Action) -> str | None:
    """A proposal, and what becomes of it short of a decision, stays with the police and the procuratorate."""
    return tx.actor.kind if action.makes or (action.needs and not action.to) else None


async def _with_defaults(tx: Acting, action: Action, given: Mapping[str, Any]) -> Mapping[str, Any]:
    """The given inputs; an organ that is left out is the one that the platform proposes."""
    filled = dict(given)
    for field in action.inputs:
        if field.type == "organ" and filled.get(field.name) is None:
            filled[field.name] = await default_organ(tx, field.organ_kind)
    return filled


async def _case(tx: Acting, case_id: UUID) -> Row:
    case = await tx.row("SELECT id, organ_id FROM cases WHERE id = %(id)s", id=case_id)
    if case is None:
        raise not_found("案件")
    actor = Actor(
        party="sender" if case["organ_id"] == tx.actor.organ_id else None,
        roles=frozenset(tx.actor.roles),
    )
    refusal = why_refused(transfer_procedure(), _OPEN, Situation(None), actor)
    if refusal is not None:
        raise refusal_error(refusal)
    found = await tx.value(
        "SELECT id FROM transfers WHERE case_id = %(id)s AND closed_at IS NULL", id=case_id
    )
    if found is not None:
        raise _already_open(found)
    return case


async def _insert(tx: Acting, case: Row, charge: str, action: Action, when: datetime) -> UUID:
    transfer_id = new_id()
    try:
        await _in_savepoint(
            tx,
            """INSERT INTO transfers (id, number, case_id, organ_id, line, charge, state,
                procuratorate_organ_id, opened_by, opened_at, updated_at)
              VALUES (%(id)s, %(number)s, %(case)s, %(organ)s, '', %(charge)s, %(state)s, %(procuratorate)s,
                %(officer)s, %(when)s, %(now)s)""",
            {
                "id": transfer_id,
                "number": await next_number(tx, _LETTERS),
                "case": case["id"],
                "organ": case["organ_id"],
                "charge": charge,
                "state": action.to,
                "procuratorate": await default_organ(tx, "procuratorate"),
                "officer": tx.actor.officer_id,
                "when": when,
                "now": tx.now,
            },
        )
    except errors.UniqueViolation as error:
        raise _already_open(None) from error
    return transfer_id


async def _in_savepoint(tx: Acting, statement: LiteralString, values: Mapping[str, Any]) -> None:
    """So that the transaction can still say how things stand after a conflict."""
    async with tx.connection.transaction():
        await tx.execute(statement, values)


def _already_open(transfer_id: UUID | None) -> Conflict:
    extra = {"transfer_id": str(transfer_id)} if transfer_id else {}
    return Conflict(
        "transfer_already_open", "该案件已有未办结的移送，请在原移送上办理，不要重复提出。", extra=extra
    )


async def _write_step(tx: Acting, transfer_id: UUID, act: _Act, before: str | None, after: str) -> None:
    inputs = {name: value for name, value in act.inputs.items() if name != "occurred_at"}
    await tx.execute(
        """INSERT INTO transfer_steps (id, transfer_id, action, from_state, to_state, organ_id, officer_id,
            organ_name, officer_name, inputs, internal_to, occurred_at, at)
          VALUES (%(id)s, %(transfer)s, %(action)s, %(before)s, %(after)s, %(organ)s, %(officer)s,
            %(organ_name)s, %(officer_name)s, %(inputs)s, %(internal)s, %(when)s, %(now)s)""",
        id=new_id(),
        transfer=transfer_id,
        action=act.action.id,
        before=before,
        after=after,
        organ=tx.actor.organ_id,
        officer=tx.actor.officer_id,
        organ_name=tx.actor.organ_name,
        officer_name=tx.actor.officer_name,
        inputs=inputs,
        internal=_internal_to(tx, act.action),
        when=act.when,
        now=tx.now,
    )


async def _update(tx: Acting, row: Row, change: effects.Change) -> None:
    try:
        await _in_savepoint(
            tx,
            """UPDATE transfers SET state = %(state)s, proposal = %(proposal)s, proposed_by = %(proposed_by)s,
                matters = %(matters)s, task_group = %(task_group)s,
                procuratorate_organ_id = %(procuratorate_organ_id)s, police_organ_id = %(police_organ_id)s,
                police_past = %(police_past)s, court_organ_id = %(court_organ_id)s, sent_at = %(sent_at)s,
                closed_at = %(closed_at)s, updated_at = %(now)s, revision = revision + 1
              WHERE id = %(id)s""",
            {**row, **change, "now": tx.now},
        )
    except errors.UniqueViolation as error:
        raise _already_open(None) from error


async def _open_case(tx: Acting, row: Row, change: effects.Change) -> None:
    """Let the organs that the action brings in see the case; close it to police from whom it is withdrawn."""
    for column, organ in change.items():
        if column not in _SEEING or organ == row[column]:
            continue
        if organ is not None:
            reason = _SEEING[column] if row[column] is None or column == "court_organ_id" else "passed_on"
            await effects.open_case(tx, row, organ, reason)
        elif column == "police_organ_id" and row[column] not in change.get("police_past", ()):
            await effects.close_case(tx, row)
