"""Requests about cases that were not transferred: asked, answered, accepted or passed upwards."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from app.audit.events import record
from app.clocks.models import running_clock
from app.clocks.service import Subject, start, stop
from app.database.transaction import Acting, Row, new_id
from app.documents import service as documents
from app.documents.matter import Subject as About
from app.errors import Conflict, NotAllowed, invalid, not_found
from app.law.clocks import cite
from app.law.supervision import RequestKind, supervision
from app.notices.service import Addressee, notify
from app.organs.jurisdiction import superior
from app.organs.numbers import next_number
from app.supervision import queries
from app.supervision.models import Answer, Note, OrganName, RequestDraft, RequestSummary, SupervisionRequest

Act = Literal["answer", "accept", "escalate", "withdraw"]
_FROM_STATES: dict[Act, tuple[str, ...]] = {
    "answer": ("issued",),
    "accept": ("answered", "escalated"),
    "escalate": ("issued", "answered"),
    "withdraw": ("issued", "answered"),
}
_WORDS: dict[Act, str] = {
    "answer": "答复",
    "accept": "认可答复",
    "escalate": "报上一级机关",
    "withdraw": "撤回",
}


async def issue(tx: Acting, case_id: UUID, body: RequestDraft) -> SupervisionRequest:
    """Ask the organ whose case it is. Raises NotFound, NotAllowed, Invalid."""
    case = await tx.row("SELECT id, organ_id FROM cases WHERE id = %(id)s", id=case_id)
    if case is None:
        raise not_found("案件")
    kind = _kind(body.kind)
    if not tx.actor.is_a(*kind.by.get(tx.actor.kind, ())):  # type: ignore[call-overload]
        raise NotAllowed("kind_not_yours", f"“{kind.name}”不由您所在的机关或岗位提出，请另选种类。")
    request_id = new_id()
    await tx.execute(
        """INSERT INTO supervision_requests (id, number, kind, case_id, from_organ_id, from_officer_id,
              to_organ_id, line, state, reasons, issued_at)
            VALUES (%(id)s, %(number)s, %(kind)s, %(case)s, %(organ)s, %(officer)s, %(to)s, '', 'issued',
              %(reasons)s, %(now)s)""",
        id=request_id,
        number=await next_number(tx, kind.letters),
        kind=kind.id,
        case=case_id,
        organ=tx.actor.organ_id,
        officer=tx.actor.officer_id,
        to=case["organ_id"],
        reasons=body.reasons,
        now=tx.now,
    )
    subject = Subject(case["organ_id"], case_id=case_id, supervision_id=request_id)
    await start(tx, kind.clock, subject, case["organ_id"], tx.now, body.reply_within_days)
    row = await _row(tx, request_id)
    await _record(tx, row, "issued", {"state": (None, "issued"), "kind": (None, kind.id)})
    await documents.produce_named(tx, About("supervision", request_id), kind.document)
    await _tell(tx, row, Addressee(case["organ_id"], roles=["handler", "head"]), "issued", kind.document)
    return await read(tx, request_id)


async def read(tx: Acting, request_id: UUID) -> SupervisionRequest:
    """One request with what the actor may do now. Raises NotFound."""
    row = await _row(tx, request_id)
    kind = _kind(row["kind"])
    said = supervision()
    return SupervisionRequest(
        **_summary(row),
        **{name: row[name] for name in ("reasons", "answer_kind", "answer", "closed_at", "revision")},
        basis=[cite(basis) for basis in kind.basis],
        answers={name: said.answers[name] for name in kind.answers},
        clocks=[running_clock(clock, tx.now) for clock in await queries.clocks(tx, request_id)],
        available_actions=[act for act in _FROM_STATES if _may(tx, row, act) and _in_state(row, act)],
    )


def summary(row: Row) -> RequestSummary:
    """A row of a list."""
    return RequestSummary(**_summary(row))


async def answer(tx: Acting, request_id: UUID, body: Answer) -> SupervisionRequest:
    """The addressee answers; its clock stops. Raises NotFound, NotAllowed, Invalid, Conflict."""
    row = await _locked(tx, request_id, "answer", body.revision)
    kind = _kind(row["kind"])
    if body.answer_kind not in kind.answers:
        known = "、".join(f"{name}（{supervision().answers[name]}）" for name in kind.answers)
        raise invalid("answer_kind", "answer_kind_unknown", f"“{kind.name}”的答复请从下列中选择：{known}。")
    await _change(
        tx,
        row,
        "answered",
        answer=body.answer,
        answer_kind=body.answer_kind,
        answered_at=tx.now,
        answered_by=tx.actor.officer_id,
    )
    await _stop(tx, row, "answer")
    await _tell(
        tx, row, Addressee(row["from_organ_id"], officer_id=row["from_officer_id"]), "answered", "已答复"
    )
    return await read(tx, request_id)


async def accept(tx: Acting, request_id: UUID, body: Note) -> SupervisionRequest:
    """The asking organ accepts the answer, and the request is closed."""
    row = await _locked(tx, request_id, "accept", body.revision)
    await _change(tx, row, "accepted", closed_at=tx.now, note=body.note)
    await _tell(tx, row, Addressee(row["to_organ_id"], roles=["handler", "head"]), "accepted", "认可答复")
    return await read(tx, request_id)


async def escalate(tx: Acting, request_id: UUID, body: Note) -> SupervisionRequest:
    """The asking organ passes the request to its superior. Raises Conflict when it has none."""
    row = await _locked(tx, request_id, "escalate", body.revision)
    above = await superior(tx, row["from_organ_id"])
    if above is None:
        raise Conflict("no_superior", "机关名录中没有登记本机关的上一级机关，请联系平台管理员补充。")
    await _change(tx, row, "escalated", note=body.note)
    roles = ["handler", "head", "supervisor"]
    await _tell(tx, row, Addressee(above["id"], roles=roles), "escalated", "下级机关报请")
    return await read(tx, request_id)


async def withdraw(tx: Acting, request_id: UUID, body: Note) -> SupervisionRequest:
    """The asking organ takes the request back."""
    row = await _locked(tx, request_id, "withdraw", body.revision)
    await _change(tx, row, "withdrawn", closed_at=tx.now, note=body.note)
    await _stop(tx, row, "withdraw")
    await _tell(tx, row, Addressee(row["to_organ_id"], roles=["handler", "head"]), "withdrawn", "已撤回")
    return await read(tx, request_id)


def _kind(name: str) -> RequestKind:
    try:
        return supervision().kind(name)
    except KeyError:
        known = "、".join(kind.id for kind in supervision().kinds)
        raise invalid(
            "kind", "request_kind_unknown", f"没有这种监督请求，请从下列中选择：{known}。"
        ) from None


async def _row(tx: Acting, request_id: UUID) -> Row:
    row = await queries.request_row(tx, request_id)
    if row is None:
        raise not_found("监督请求")
    return row


async def _locked(tx: Acting, request_id: UUID, act: Act, revision: int | None) -> Row:
    """The request, locked, if the actor may do this to it now."""
    await _row(tx, request_id)
    await tx.row("SELECT 1 FROM supervision_requests WHERE id = %(id)s FOR UPDATE", id=request_id)
    row = await _row(tx, request_id)
    if not _may(tx, row, act):
        who = row["addressee"] if act == "answer" else row["sender"]
        raise NotAllowed("party_may_not", f"“{_WORDS[act]}”由{who}的承办人或者负责人作出，请转告。")
    if not _in_state(row, act) or (revision is not None and revision != row["revision"]):
        now = supervision().states[row["state"]]
        raise Conflict(
            "action_not_in_state",
            f"该监督请求现为“{now}”，请刷新后按现状办理。",
            extra={"state": row["state"], "revision": row["revision"]},
        )
    return row


def _may(tx: Acting, row: Row, act: Act) -> bool:
    if act == "answer":
        return tx.actor.organ_id == row["to_organ_id"] and tx.actor.is_a(*supervision().answered_by)
    roles = _kind(row["kind"]).by.get(tx.actor.kind, ())  # type: ignore[call-overload]
    return tx.actor.organ_id == row["from_organ_id"] and tx.actor.is_a(*roles)


def _in_state(row: Row, act: Act) -> bool:
    return row["state"] in _FROM_STATES[act]


async def _change(tx: Acting, row: Row, state: str, *, note: str = "", **columns: Any) -> None:
    kept = ("answer", "answer_kind", "answered_at", "answered_by", "closed_at")
    await tx.execute(
        """UPDATE supervision_requests SET state = %(state)s, answer = %(answer)s,
              answer_kind = %(answer_kind)s, answered_at = %(answered_at)s, answered_by = %(answered_by)s,
              closed_at = %(closed_at)s,
              revision = revision + 1
            WHERE id = %(id)s""",
        {**{name: row[name] for name in kept}, **columns, "id": row["id"], "state": state},
    )
    changes = {"state": (row["state"], state)}
    changes |= {name: (row[name], value) for name, value in columns.items()}
    if note:
        changes["note"] = (None, note)
    await _record(tx, row, state, changes)


async def _record(tx: Acting, row: Row, what: str, changes: dict[str, tuple[Any, Any]]) -> None:
    subject = ("supervision", row["id"])
    await record(tx, f"supervision.{what}", subject, case_id=row["case_id"], changes=changes)


async def _stop(tx: Acting, row: Row, by: str) -> None:
    subject = Subject(row["to_organ_id"], case_id=row["case_id"], supervision_id=row["id"])
    await stop(tx, [_kind(row["kind"]).clock], subject, by)


async def _tell(tx: Acting, row: Row, to: Addressee, what: str, words: str) -> None:
    await notify(tx, to, f"supervision.{what}", f"{row['number']}：{words}", ("supervision", row["id"]))


def _summary(row: Row) -> dict[str, Any]:
    kind = _kind(row["kind"])
    same = [
        "id",
        "number",
        "kind",
        "case_id",
        "case_number",
        "state",
        "issued_at",
        "answered_at",
        "due_at",
        "overdue",
    ]
    return {
        **{name: row[name] for name in same},
        "kind_name": kind.name,
        "document": kind.document,
        "state_name": supervision().states[row["state"]],
        "from_organ": OrganName(id=row["from_organ_id"], name=row["sender"]),
        "to_organ": OrganName(id=row["to_organ_id"], name=row["addressee"]),
    }
