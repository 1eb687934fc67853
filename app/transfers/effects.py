"""What an action does beyond its step: state, parties, clocks, notices, and to whom the case is opened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.clocks import service as clocks
from app.database.transaction import Acting, Row
from app.errors import Conflict, invalid
from app.law.procedure_table import Action, transfer_procedure
from app.notices.service import Addressee, notify
from app.organs.jurisdiction import counterpart
from app.transfers.situation import Standing

Change = dict[str, Any]


async def changed(tx: Acting, at: Standing, action: Action, inputs: Mapping[str, Any]) -> Change:
    """The columns that the action changes, with their new values."""
    row = at.row
    change: Change = {"state": action.to or row["state"]}
    if action.makes:
        change |= {"proposal": action.makes, "proposed_by": tx.actor.officer_id}
    elif action.needs or action.to:
        change |= {"proposal": None, "proposed_by": None}
    if action.id == "name_task_group":
        change["task_group"] = inputs["officers"]
    if action.to == "draft":
        change |= _unsent(row)
    elif action.to == "sent":
        change |= {"police_organ_id": await _addressee(tx, row, inputs["police_organ"]), "sent_at": tx.now}
    elif action.to == "passed_on":
        change |= _handed_on(row, await _recorded_organ(tx, row, "propose_passing_on"))
    elif action.id == "notify_jurisdiction_change":
        change |= _handed_on(row, await _recorded_organ(tx, row, "change_jurisdiction"))
    elif action.to == "prosecuted":
        change["court_organ_id"] = inputs["court_organ"]
    if action.to:
        change["closed_at"] = tx.now if transfer_procedure().state(action.to).final else None
    return change


async def open_case(tx: Acting, row: Row, organ_id: int | None, reason: str) -> None:
    """Let an organ see the case from now on."""
    if organ_id is None:
        return
    await tx.execute(
        """INSERT INTO case_grants (case_id, from_organ_id, organ_id, reason, kind, line, granted_by,
                granted_at)
            VALUES (%(case)s, %(sender)s, %(organ)s, %(reason)s, '', '', %(officer)s, %(now)s)
            ON CONFLICT DO NOTHING""",
        case=row["case_id"],
        sender=row["organ_id"],
        organ=organ_id,
        reason=reason,
        officer=tx.actor.officer_id,
        now=tx.now,
    )


async def close_case(tx: Acting, row: Row) -> None:
    """Police from whom a transfer is withdrawn before receipt no longer see its case."""
    await tx.execute(
        "DELETE FROM case_grants WHERE case_id = %(case)s AND organ_id = %(organ)s AND reason = 'transfer'",
        case=row["case_id"],
        organ=row["police_organ_id"],
    )


async def stop_clocks(tx: Acting, row: Row, action: Action) -> None:
    """Stop what the action stops; `report_transfer` runs on the case, the others on the transfer."""
    case_level = _case_clocks() & set(action.stops)
    if case_level:
        await clocks.stop(tx, sorted(case_level), _of_case(row), action.id)
    rest = set(action.stops) - case_level
    if rest:
        await clocks.stop(tx, sorted(rest), _of_transfer(row), action.id)


async def start_clocks(
    tx: Acting, row: Row, action: Action, parties: Mapping[str, int | None], inputs: Mapping[str, Any]
) -> None:
    """Start what the action starts, on the organ that has to act."""
    for clock, party in action.starts.items():
        holder = parties[party]
        if holder is None:
            raise Conflict(
                "party_missing",
                f"“{action.label}”起算的期限没有负担机关（{transfer_procedure().parties[party]}），"
                "请联系平台管理员补充机关名录。",
            )
        subject = _of_case(row) if clock in _case_clocks() else _of_transfer(row)
        days = inputs.get("reply_days") if clock == "opinion_reply" else None
        await clocks.start(tx, clock, subject, holder, tx.now, days)


async def extend_clock(tx: Acting, row: Row, action: Action, days: int) -> None:
    """Give the running clock that the action extends `days` days in all from its start."""
    if action.extends:
        await clocks.extend(tx, action.extends, _of_transfer(row), days)


async def tell(tx: Acting, row: Row, action: Action, parties: Mapping[str, int | None]) -> None:
    """Tell whom the action tells; the handlers of the sender are its task group."""
    title = f"{row['number']}：{action.label}"
    for party, role in action.tells.items():
        organ = parties[party]
        if organ is None:
            continue
        group = row["task_group"] if (party, role) == ("sender", "handler") else []
        for addressee in [Addressee(organ, officer_id=one) for one in group] or [Addressee(organ, [role])]:
            await notify(tx, addressee, f"transfer.{action.id}", title, ("transfer", row["id"]))


async def note_reason(tx: Acting, row: Row, action: Action, inputs: Mapping[str, Any]) -> None:
    """The case says why it is not transferred (国务院令第310号 第五条第二款), until it is reported again."""
    if action.to in ("reported", "sent"):
        reason = None
    elif action.to == "not_approved" or (row["state"] == "draft" and action.to == "closed"):
        reason = inputs["reason"]
    else:
        return
    await tx.execute(
        """UPDATE cases SET not_transferred_reason = %(reason)s, revision = revision + 1, updated_at = %(now)s
            WHERE id = %(id)s AND not_transferred_reason IS DISTINCT FROM %(reason)s""",
        id=row["case_id"],
        reason=reason,
        now=tx.now,
    )


async def _addressee(tx: Acting, row: Row, police_organ: int) -> int:
    """The police organ of the same level and region (国务院令第310号 第五条第二款). Raises Invalid."""
    fitting = await counterpart(tx, row["organ_id"], "police")
    if police_organ != fitting["id"]:
        raise invalid(
            "inputs.police_organ", "police_not_counterpart", f"应移送同级公安机关{fitting['name']}，请更正。"
        )
    return police_organ


async def _recorded_organ(tx: Acting, row: Row, action: str) -> int:
    """The police organ that the latest step of `action` named."""
    organ: int = await tx.value(
        """SELECT (inputs ->> 'police_organ')::int FROM transfer_steps
            WHERE transfer_id = %(id)s AND action = %(action)s ORDER BY id DESC LIMIT 1""",
        id=row["id"],
        action=action,
    )
    return organ


def _handed_on(row: Row, organ: int) -> Change:
    return {"police_organ_id": organ, "police_past": [*row["police_past"], row["police_organ_id"]]}


def _unsent(row: Row) -> Change:
    """Back in the sender's hands. Police who had received it keep seeing what they received."""
    received = row["police_organ_id"] is not None and row["state"] != "sent"
    past = [*row["police_past"], row["police_organ_id"]] if received else row["police_past"]
    return {"police_organ_id": None, "police_past": past, "court_organ_id": None, "sent_at": None}


def _case_clocks() -> set[str]:
    return {clock for event in transfer_procedure().events for clock in event.starts}


def _of_case(row: Row) -> clocks.Subject:
    return clocks.Subject(row["organ_id"], row["case_id"])


def _of_transfer(row: Row) -> clocks.Subject:
    return clocks.Subject(row["organ_id"], row["case_id"], row["id"])
