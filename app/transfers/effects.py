"""What an action does beyond its step: state, parties, clocks, notices, and to whom the case is opened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from app.clocks import service as clocks
from app.clocks.case_dates import transferred
from app.database.transaction import Acting, Row
from app.errors import Conflict, invalid
from app.law.procedure import matters_after
from app.law.procedure_table import Action, HandOn, transfer_procedure
from app.notices.service import Addressee, notify
from app.organs.jurisdiction import counterpart
from app.transfers.recorded import latest_inputs
from app.transfers.situation import Standing

Change = dict[str, Any]


async def changed(
    tx: Acting, at: Standing, action: Action, inputs: Mapping[str, Any], when: datetime
) -> Change:
    """The columns that the action changes, with their new values; `when` it was done."""
    row = at.row
    change: Change = {
        "state": action.to or row["state"],
        "matters": sorted(matters_after(action, row["matters"], at.actor.party, inputs)),
    }
    if action.makes:
        change |= {"proposal": action.makes, "proposed_by": tx.actor.officer_id}
    elif action.needs or action.to:
        change |= {"proposal": None, "proposed_by": None}
    if action.id == "name_task_group":
        change["task_group"] = inputs["officers"]
    if action.to == "draft":
        change |= _unsent(row)
    if action.hands_on:
        change |= await _handed_on(tx, row, action.hands_on, inputs)
    if action.to == "sent":
        change["sent_at"] = when
    if action.to:
        change["closed_at"] = when if transfer_procedure().state(action.to).final else None
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


async def stop_clocks(tx: Acting, row: Row, action: Action, when: datetime) -> None:
    """Stop what the action stops; `report_transfer` runs on the case, the others on the transfer."""
    case_level = _case_clocks() & set(action.stops)
    if case_level:
        await clocks.stop(tx, sorted(case_level), _of_case(row), action.id, when)
    rest = set(action.stops) - case_level
    if rest:
        await clocks.stop(tx, sorted(rest), _of_transfer(row), action.id, when)
    if action.to == "sent":
        await transferred(tx, _of_case(row), when)


async def start_clocks(
    tx: Acting,
    row: Row,
    action: Action,
    parties: Mapping[str, int | None],
    inputs: Mapping[str, Any],
    when: datetime,
) -> None:
    """Start what the action starts, on the organ that has to act, from when it was done."""
    for clock, party in action.starts.items():
        holder = parties[party]
        if holder is None:
            raise Conflict(
                "party_missing",
                f"“{action.label}”起算的期限没有负担机关（{transfer_procedure().parties[party]}），"
                "请联系平台管理员补充机关名录。",
            )
        subject = _of_case(row) if clock in _case_clocks() else _of_transfer(row)
        days = inputs.get(action.lengths[clock]) if clock in action.lengths else None
        await clocks.start(tx, clock, subject, holder, when, days)


async def move_clocks(
    tx: Acting, row: Row, action: Action, inputs: Mapping[str, Any], when: datetime
) -> None:
    """Extend the running clock that the action extends, pause and resume those that it halts or takes up."""
    if action.extends:
        await clocks.extend(tx, action.extends, _of_transfer(row), inputs["days"])
    if action.pauses:
        await clocks.pause(tx, action.pauses, _of_transfer(row), _ground(action.begins), when)
    if action.resumes:
        await clocks.resume(tx, action.resumes, _of_transfer(row), when, _ground(action.ends))


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


async def _handed_on(tx: Acting, row: Row, hand: HandOn, inputs: Mapping[str, Any]) -> Change:
    """The place of a party goes to the organ named; police who had it keep seeing what they had."""
    if hand.of:
        inputs = await latest_inputs(tx, row["id"], hand.of) or {}
    organ: int = inputs[hand.input]
    if hand.counterpart:
        await _check_counterpart(tx, row, hand, organ)
    change: Change = {f"{hand.party}_organ_id": organ}
    if hand.party == "police" and row["police_organ_id"] not in (None, organ):
        change["police_past"] = [*row["police_past"], row["police_organ_id"]]
    return change


async def _check_counterpart(tx: Acting, row: Row, hand: HandOn, organ: int) -> None:
    """The organ of the sender's level and region (国务院令第310号 第五条第二款). Raises Invalid."""
    fitting = await counterpart(tx, row["organ_id"], hand.party)
    if organ != fitting["id"]:
        raise invalid(
            f"inputs.{hand.input}",
            f"{hand.party}_not_counterpart",
            f"应为同级的{fitting['name']}（行政执法机关移送涉嫌犯罪案件的规定第5条第2款），请更正。",
        )


def _ground(matters: Sequence[str]) -> str:
    """What halts a clock: the matter that begins with the pause and ends with it."""
    return transfer_procedure().matters[matters[0]]


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
