"""Sending clues and acting on them, by the table of `clues.yaml`.

A duty-crime clue (监察法第三十七条) is seen by the officer who sends it, the head of that organ and the
officers named at the recipient. Row security hides it from everybody else; here nothing about it is drawn
from a series, told to an organ as a whole, or written where others read.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from app.audit.events import differences, record
from app.clocks.service import Subject, start, stop
from app.clues import checks, queries
from app.clues.inputs import checked_inputs
from app.clues.models import AvailableAction, Clue, ClueAction, ClueDraft
from app.database.transaction import Acting, Row, new_id
from app.documents import service as documents
from app.documents.matter import Subject as About
from app.errors import AppError, Conflict, Invalid, NotAllowed, invalid
from app.evidence.files import Owner
from app.law.clocks import cite
from app.law.procedure import Actor, Refusal, Situation, allowed, why_refused
from app.law.procedure_table import Action, clue_procedure
from app.notices.service import Addressee, SubjectKind, notify
from app.organs.numbers import next_number


async def draft(tx: Acting, body: ClueDraft) -> Clue:
    """Open a clue, and send it at once when `send` says so. Raises Invalid, NotAllowed, NotFound."""
    table = clue_procedure()
    kind = checks.kind_of(body.kind)
    refused = why_refused(table, "draft", Situation(None), Actor("sender", frozenset(tx.actor.roles)))
    if refused:
        raise NotAllowed(refused.code, refused.detail)
    if tx.actor.kind not in kind.sources:
        raise NotAllowed("kind_not_yours", f"贵机关不发送“{kind.name}”，请另选线索种类。")
    await checks.check_recipient(tx, kind, body.to_organ_id, "to_organ_id")
    await checks.check_officers(tx, kind, body.to_organ_id, body.officers)
    if body.origin_case_id is not None:
        await checks.check_origin(tx, body.origin_case_id)
    clue_id = new_id()
    action = table.action("draft")
    await tx.execute(
        """INSERT INTO clues (id, kind, duty, from_organ_id, from_officer_id, to_organ_id, line, state,
              subject, content, party_name, origin_case_id, created_at, updated_at)
            VALUES (%(id)s, %(kind)s, %(duty)s, %(organ)s, %(officer)s, %(to)s, '', %(state)s, %(subject)s,
              %(content)s, %(party_name)s, %(origin)s, %(now)s, %(now)s)""",
        id=clue_id,
        kind=kind.id,
        duty=kind.duty,
        organ=tx.actor.organ_id,
        officer=tx.actor.officer_id,
        to=body.to_organ_id,
        state=action.to,
        subject=body.subject,
        content=body.content,
        party_name=body.party_name,
        origin=body.origin_case_id,
        now=tx.now,
    )
    row = await queries.clue_row(tx, clue_id)
    await _name_officers(tx, row, body.officers)
    await _step(tx, row, action, None, {}, differences({}, {"state": action.to, "kind": kind.id}))
    if body.send:
        return await act(tx, clue_id, "send", ClueAction())
    return await read(tx, clue_id)


async def read(tx: Acting, clue_id: UUID) -> Clue:
    """One clue in full with what the actor may do now. Raises NotFound."""
    row = await queries.clue_row(tx, clue_id)
    clue = await queries.full(tx, row)
    return clue.model_copy(update={"available_actions": await _available(tx, row)})


async def owner_of_files(tx: Acting, clue_id: UUID) -> Owner:
    """What a new attachment belongs to. Raises NotFound, NotAllowed, Conflict when the clue is closed."""
    row = await queries.clue_row(tx, clue_id)
    if _actor(tx, row).party is None or not tx.actor.is_a("handler", "head", "desk"):
        raise NotAllowed(
            "may_not_add_files", "附件由发出机关和接收机关的承办人、负责人或者受理岗添加，请转告。"
        )
    if row["closed_at"] is not None:
        raise await _conflict(tx, row, "clue_closed", "该线索已办结，不能再添加附件，请另发线索。")
    return Owner(clue_id=clue_id, restricted=row["duty"])


async def act(tx: Acting, clue_id: UUID, action_id: str, body: ClueAction) -> Clue:
    """Take one action. Raises NotFound, NotAllowed, Invalid, or Conflict with the state as it is now."""
    await queries.clue_row(tx, clue_id)
    await tx.row("SELECT 1 FROM clues WHERE id = %(id)s FOR UPDATE", id=clue_id)
    row = await queries.clue_row(tx, clue_id)
    if body.revision is not None and body.revision != row["revision"]:
        raise await _conflict(tx, row, "stale_edit", "该线索已由他人办理，请刷新后按现状办理。")
    refused = why_refused(clue_procedure(), action_id, await _situation(tx, row), _actor(tx, row))
    if refused:
        raise await _refusal(tx, row, refused)
    action = clue_procedure().action(action_id)
    inputs = checked_inputs(action, body.inputs)
    changes = await _changes(tx, row, action, inputs, body.officers)
    await stop(tx, action.stops, _subject(row), action.id)
    await _write(tx, row, changes)
    after = await queries.clue_row(tx, clue_id)
    for clock, party in action.starts.items():
        holder = after["from_organ_id"] if party == "sender" else after["to_organ_id"]
        await start(tx, clock, _subject(row), holder, tx.now)
    await _step(tx, row, action, row["state"], inputs, differences({k: row[k] for k in changes}, changes))
    await documents.produce(tx, About("clue", clue_id), action)
    await _tell(tx, after, action)
    return await read(tx, clue_id)


async def _changes(
    tx: Acting, row: Row, action: Action, inputs: Mapping[str, Any], officers: Sequence[int]
) -> dict[str, Any]:
    """The columns that the action changes."""
    changes: dict[str, Any] = {"state": action.to}
    if action.id == "send":
        changes |= {"number": await _number(tx, row), "sent_at": tx.now}
    elif action.id == "send_again":
        changes["content"] = f"{row['content']}\n\n补充：{inputs['content']}"
    elif action.id == "pass_on":
        kind = clue_procedure().kind(row["kind"])
        await checks.check_recipient(tx, kind, inputs["to_organ"], "inputs.to_organ")
        await checks.check_officers(tx, kind, inputs["to_organ"], officers)
        changes |= {
            "to_organ_id": inputs["to_organ"],
            "past_organs": [*row["past_organs"], row["to_organ_id"]],
        }
    elif action.id == "merge":
        changes["merged_into"] = await checks.other_clue(tx, row, inputs["into"])
    elif action.id == "become_case":
        changes["became_case_id"] = await checks.case_of_number(tx, inputs["case_number"])
    elif action.id == "become_transfer":
        changes["became_transfer_id"] = await checks.transfer_of_number(tx, inputs["transfer_number"])
    elif action.id in ("record_result", "feed_back"):
        changes |= inputs
    if clue_procedure().state(str(action.to)).final:
        changes["closed_at"] = tx.now
    if officers and action.id != "pass_on":
        raise invalid("officers", "officers_not_asked", "只有转送职务犯罪线索时才重新指定接收人员。")
    if action.id == "pass_on" and officers:
        changes["officers"] = officers
    return changes


async def _write(tx: Acting, row: Row, changes: dict[str, Any]) -> None:
    officers = changes.pop("officers", [])
    await tx.execute(
        """UPDATE clues SET state = %(state)s, number = %(number)s, sent_at = %(sent_at)s,
              content = %(content)s, to_organ_id = %(to_organ_id)s, past_organs = %(past_organs)s,
              merged_into = %(merged_into)s,
              became_case_id = %(became_case_id)s, became_transfer_id = %(became_transfer_id)s,
              result = %(result)s, feedback = %(feedback)s, closed_at = %(closed_at)s,
              revision = revision + 1, updated_at = %(now)s
            WHERE id = %(id)s""",
        {**row, **changes},
        now=tx.now,
    )
    await _name_officers(tx, row, officers)


async def _number(tx: Acting, row: Row) -> str:
    """From the organ's series; for a duty-crime clue random, so that no serial tells of it."""
    return f"密{secrets.token_hex(8)}" if row["duty"] else await next_number(tx, "线")


async def _step(
    tx: Acting, row: Row, action: Action, before: str | None, inputs: Mapping[str, Any], changes: Any
) -> None:
    await tx.execute(
        """INSERT INTO clue_steps (id, clue_id, action, from_state, to_state, organ_id, officer_id,
              organ_name, officer_name, inputs, at)
            VALUES (%(id)s, %(clue)s, %(action)s, %(before)s, %(after)s, %(organ)s, %(officer)s,
              %(organ_name)s, %(officer_name)s, %(inputs)s, %(now)s)""",
        id=new_id(),
        clue=row["id"],
        action=action.id,
        before=before,
        after=action.to,
        organ=tx.actor.organ_id,
        officer=tx.actor.officer_id,
        organ_name=tx.actor.organ_name,
        officer_name=tx.actor.officer_name,
        inputs=dict(inputs),
        now=tx.now,
    )
    await record(
        tx,
        f"clue.{action.id}",
        ("clue", row["id"]),
        clue_id=row["id"],
        restricted=row["duty"],
        changes=changes,
    )


async def _tell(tx: Acting, row: Row, action: Action) -> None:
    """Notices as the table says; of a duty-crime clue only to the officers who may see it."""
    title = f"线索{row['number']}：{action.label}"
    subject: tuple[SubjectKind, UUID] = ("clue", row["id"])
    for party, role in action.tells.items():
        if party == "sender":
            to = [Addressee(row["from_organ_id"], officer_id=row["from_officer_id"])]
        elif row["duty"]:
            to = [Addressee(row["to_organ_id"], officer_id=one) for one in await _named(tx, row)]
        else:
            to = [Addressee(row["to_organ_id"], roles=sorted({role, "handler"}))]
        for addressee in to:
            await notify(tx, addressee, f"clue.{action.id}", title, subject)


async def _named(tx: Acting, row: Row) -> list[int]:
    """The named officers of the present recipient, as far as the actor named them."""
    rows = await tx.rows(
        """SELECT n.officer_id FROM clue_officers n JOIN duty_clue_recipients(%(organ)s) r
              ON r.officer_id = n.officer_id
            WHERE n.clue_id = %(id)s""",
        organ=row["to_organ_id"],
        id=row["id"],
    )
    return [one["officer_id"] for one in rows]


async def _name_officers(tx: Acting, row: Row, officers: Sequence[int]) -> None:
    for officer in officers:
        await tx.execute(
            """INSERT INTO clue_officers (clue_id, from_organ_id, from_officer_id, officer_id, named_by)
                VALUES (%(clue)s, %(organ)s, %(sender)s, %(officer)s, %(by)s)""",
            clue=row["id"],
            organ=row["from_organ_id"],
            sender=row["from_officer_id"],
            officer=officer,
            by=tx.actor.officer_id,
        )


def _subject(row: Row) -> Subject:
    return Subject(row["from_organ_id"], clue_id=row["id"])


async def _situation(tx: Acting, row: Row) -> Situation:
    running = await queries.running(tx, row["id"])
    expired = {clock for clock, due in running.items() if due is not None and due < tx.now}
    return Situation(row["state"], running=frozenset(running), expired=frozenset(expired))


def _actor(tx: Acting, row: Row) -> Actor:
    """The officer seen from the clue; who only keeps seeing it is no party."""
    party = {row["from_organ_id"]: "sender", row["to_organ_id"]: "recipient"}.get(tx.actor.organ_id)
    return Actor(party, frozenset(tx.actor.roles))


async def _available(tx: Acting, row: Row) -> list[AvailableAction]:
    actions = allowed(clue_procedure(), await _situation(tx, row), _actor(tx, row))
    return [
        AvailableAction(
            id=action.id,
            label=action.label,
            to_state=action.to,
            inputs=[field.model_dump(exclude_defaults=True) for field in action.inputs],
            basis=[cite(basis) for basis in action.basis],
        )
        for action in actions
    ]


async def _refusal(tx: Acting, row: Row, refused: Refusal) -> AppError:
    if refused.code == "action_unknown":
        return Invalid(refused.code, refused.detail)
    if refused.code == "action_not_in_state":
        return await _conflict(tx, row, refused.code, refused.detail)
    return NotAllowed(refused.code, refused.detail)


async def _conflict(tx: Acting, row: Row, code: str, detail: str) -> Conflict:
    available = [action.model_dump(mode="json") for action in await _available(tx, row)]
    return Conflict(
        code,
        detail,
        extra={"state": row["state"], "revision": row["revision"], "available_actions": available},
    )
