"""Drawing up, issuing and voiding documents.

An act of the procedure issues what it names in its own transaction (`produce`); where something is missing
the document is owed, and issued when the officer has filled it in. A number is drawn, the content frozen, and
the Word file kept, all at once or not at all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.audit.events import differences, record
from app.database.transaction import Acting, Row, new_id
from app.documents import queries
from app.documents.filling import Filling, fill
from app.documents.matter import Act, Matter, Subject, matter
from app.documents.models import STATES, DocumentShown, NewDocument, Typed
from app.documents.numbering import draw
from app.documents.rendering import template
from app.documents.rights import check_may, check_may_draw_up
from app.errors import Conflict, FieldError, Invalid, invalid
from app.http.revisions import stale
from app.law.documents import Document, documents
from app.law.procedure_table import Action

_OPEN = ("owed", "draft")


async def produce(tx: Acting, subject: Subject, action: Action) -> None:
    """Issue the documents that an act names, after its step is written; those with gaps are owed.

    Raises Invalid with the missing fields of a document without which the act cannot be.
    """
    if not action.documents:
        return
    found = await matter(tx, subject)
    its = found.with_act(found.last(action.id))
    for document in _in_order(action):
        if document.issued_by(tx.actor.kind) and subject.about in document.about:
            await _produce(tx, its, document)


async def produce_named(tx: Acting, subject: Subject, name: str) -> None:
    """Issue the document of this Chinese name, or owe it; one that is none of ours is passed over."""
    its = await matter(tx, subject)
    for document in documents().values():
        if document.name == name and document.issued_by(tx.actor.kind) and subject.about in document.about:
            await _produce(tx, its, document)


async def draft(tx: Acting, body: NewDocument) -> DocumentShown:
    """Begin a document. Raises NotFound, NotAllowed, Invalid, Conflict when one is open already."""
    document = queries.known(body.kind)
    its = await matter(tx, Subject(body.about, body.id))
    if body.about not in document.about:
        raise invalid("about", "document_not_of_this", f"《{document.name}》不用于这里，请另选文书。")
    check_may_draw_up(tx, its, document)
    if open_one := await _open(tx, its, document):
        raise Conflict(
            "document_already_open",
            f"已有一份未制发的《{document.name}》，请在原件上填写。",
            extra={"document_id": str(open_one["id"])},
        )
    document_id = new_id()
    await _insert(tx, its, document, document_id, "draft", {}, None)
    await _record(tx, "document.drafted", document_id, its, document, {"kind": (None, document.id)})
    return await queries.shown(tx, document_id)


async def type_in(tx: Acting, document_id: UUID, body: Typed, revision: int) -> DocumentShown:
    """Keep what the officer filled in. Raises NotFound, NotAllowed, Conflict, Invalid, StaleEdit."""
    row, its, document = await _locked(tx, document_id, "edit", _OPEN)
    if row["revision"] != revision:
        raise stale()
    filled = _checked(document, row["filled"], body)
    await tx.execute(
        """UPDATE documents SET filled = %(filled)s, updated_at = %(now)s, revision = revision + 1
            WHERE id = %(id)s""",
        id=document_id,
        filled=filled,
        now=tx.now,
    )
    await _record(tx, "document.edited", document_id, its, document, differences(row["filled"], filled))
    return await queries.shown(tx, document_id)


async def issue(tx: Acting, document_id: UUID) -> DocumentShown:
    """Draw the number and freeze the document.

    Raises NotFound, NotAllowed, Conflict (issued already, or to be issued by an act), Invalid naming every
    field that is missing.
    """
    row, its, document = await _locked(tx, document_id, "issue", _OPEN)
    _check_no_act_is_awaited(row, its, document)
    filling = await fill(tx, its, document, row["filled"])
    if filling.missing:
        raise _incomplete([filling])
    await _issue(tx, its, filling, row)
    return await queries.shown(tx, document_id)


async def void(tx: Acting, document_id: UUID, reason: str) -> DocumentShown:
    """Say that an issued document no longer holds; it keeps its number. What an act names is owed anew.

    Raises NotFound, NotAllowed, Conflict.
    """
    row, its, document = await _locked(tx, document_id, "void", ("issued",))
    await _end(tx, document_id, "void", reason)
    await _record(tx, "document.voided", document_id, its, document, {"void_reason": (None, reason)})
    if row["step_id"] is not None:
        await _insert(tx, its, document, new_id(), "owed", row["filled"], document_id)
    return await queries.shown(tx, document_id)


async def waive(tx: Acting, document_id: UUID, reason: str) -> DocumentShown:
    """Say that an owed or begun document is not needed, and why. Raises NotFound, NotAllowed, Conflict."""
    _, its, document = await _locked(tx, document_id, "waive", _OPEN)
    await _end(tx, document_id, "waived", reason)
    await _record(tx, "document.waived", document_id, its, document, {"void_reason": (None, reason)})
    return await queries.shown(tx, document_id)


def _check_no_act_is_awaited(row: Row, its: Matter, document: Document) -> None:
    """A document by which an act is done is issued by that act alone."""
    acts = {action.id: action.label for action in its.table.actions if document.id in action.documents}
    if acts and row["step_id"] is None and its.subject.about in ("transfer", "clue", "referral"):
        labels = "”、“".join(acts.values())
        raise Conflict(
            "document_needs_act",
            f"《{document.name}》由“{labels}”这一步制发，请办理该步，已填写的内容会用上。",
            extra={"actions": list(acts)},
        )


async def _produce(tx: Acting, its: Matter, document: Document) -> None:
    act = its.act
    goes_along = act and document.drawn_up_at and act.action.id not in document.drawn_up_at
    row = await _open(tx, its, document)
    if goes_along and (row or await _issued(tx, its, document)):
        return
    if row is not None and act and row["action"] == act.action.id and row["step_id"] != act.step["id"]:
        row = None  # that one is owed by an earlier act of the same kind
    filling = await fill(tx, its, document, row["filled"] if row else {})
    if not filling.missing:
        await _issue(tx, its, filling, row)
    elif document.must_accompany:
        raise _incomplete([filling], _inputs_of(act))
    elif row is None:
        await _insert(tx, its, document, new_id(), "owed", {}, None)
    else:
        await tx.execute(
            """UPDATE documents SET state = 'owed', step_id = %(step)s, action = %(action)s,
                updated_at = %(now)s, revision = revision + 1 WHERE id = %(id)s""",
            id=row["id"],
            step=act.step["id"] if act else None,
            action=act.action.id if act else None,
            now=tx.now,
        )


async def _issue(tx: Acting, its: Matter, filling: Filling, row: Row | None) -> None:
    document = filling.document
    document_id = row["id"] if row else new_id()
    if row is None:
        await _insert(tx, its, document, document_id, "owed", {}, None)
    number = await draw(tx, document, its, document_id)
    chosen = template(document.id)
    docx = chosen.fill(filling.values(number.text))
    await tx.execute(
        """UPDATE documents SET state = 'issued', number = %(number)s, serial_year = %(year)s,
              serial = %(serial)s, content = %(content)s, template_sha256 = %(template)s,
              docx_sha256 = %(sha256)s, docx_size = %(size)s, step_id = %(step)s, action = %(action)s,
              issued_by = %(officer)s, issued_at = %(now)s, updated_at = %(now)s, revision = revision + 1
            WHERE id = %(id)s""",
        id=document_id,
        number=number.text,
        year=number.year,
        serial=number.serial,
        content=filling.frozen(number.text),
        template=chosen.sha256,
        sha256=hashlib.sha256(docx).digest(),
        size=len(docx),
        step=its.act.step["id"] if its.act else (row["step_id"] if row else None),
        action=its.act.action.id if its.act else (row["action"] if row else None),
        officer=tx.actor.officer_id,
        now=tx.now,
    )
    await tx.execute(
        "INSERT INTO document_texts (document_id, docx) VALUES (%(id)s, %(docx)s)", id=document_id, docx=docx
    )
    changes = {"number": (None, number.text), "docx_sha256": (None, hashlib.sha256(docx).hexdigest())}
    await _record(tx, "document.issued", document_id, its, document, changes)


async def _insert(
    tx: Acting,
    its: Matter,
    document: Document,
    document_id: UUID,
    state: str,
    filled: Mapping[str, Any],
    replaces: UUID | None,
) -> None:
    await tx.execute(
        """INSERT INTO documents (id, kind, state, organ_id, organ_kind, readers, case_id, transfer_id,
              clue_id, supervision_id, referral_id, step_id, action, replaces, filled, created_by,
              created_at, updated_at)
            VALUES (%(id)s, %(kind)s, %(state)s, %(organ)s, %(organ_kind)s, %(readers)s, %(case)s,
              %(transfer)s, %(clue)s, %(supervision)s, %(referral)s, %(step)s, %(action)s, %(replaces)s,
              %(filled)s, %(officer)s, %(now)s, %(now)s)""",
        id=document_id,
        kind=document.id,
        state=state,
        organ=tx.actor.organ_id,
        organ_kind=tx.actor.kind,
        readers=list(document.readers),
        case=its.case_id,
        transfer=its.transfer["id"] if its.transfer else None,
        clue=its.clue["id"] if its.clue else None,
        supervision=its.request["id"] if its.request else None,
        referral=its.referral["id"] if its.referral else None,
        step=its.act.step["id"] if its.act else None,
        action=its.act.action.id if its.act else None,
        replaces=replaces,
        filled=dict(filled),
        officer=tx.actor.officer_id,
        now=tx.now,
    )


async def _end(tx: Acting, document_id: UUID, state: str, reason: str) -> None:
    await tx.execute(
        """UPDATE documents SET state = %(state)s, void_reason = %(reason)s, voided_by = %(officer)s,
              voided_at = %(now)s, updated_at = %(now)s, revision = revision + 1 WHERE id = %(id)s""",
        id=document_id,
        state=state,
        reason=reason,
        officer=tx.actor.officer_id,
        now=tx.now,
    )


async def _locked(
    tx: Acting, document_id: UUID, what: Any, states: tuple[str, ...]
) -> tuple[Row, Matter, Document]:
    """The document, kept from others, where the officer may do this with it now."""
    await tx.row("SELECT 1 FROM documents WHERE id = %(id)s FOR UPDATE", id=document_id)
    row = await queries.document_row(tx, document_id)
    document = documents()[row["kind"]]
    its = queries.acted(await matter(tx, queries.subject_of(row)), row)
    check_may(tx, its, document, row, what)
    if row["state"] not in states:
        raise Conflict(
            "document_not_in_state",
            f"该文书现为“{STATES[row['state']]}”，请刷新后按现状办理。",
            extra={"state": row["state"], "revision": row["revision"]},
        )
    return row, its, document


async def _open(tx: Acting, its: Matter, document: Document) -> Row | None:
    """The newest document of this kind that the organ has begun or owes on the matter."""
    return await tx.row(
        """SELECT * FROM documents WHERE organ_id = %(organ)s AND kind = %(kind)s
              AND state IN ('owed', 'draft') AND case_id IS NOT DISTINCT FROM %(case)s
              AND transfer_id IS NOT DISTINCT FROM %(transfer)s AND clue_id IS NOT DISTINCT FROM %(clue)s
              AND supervision_id IS NOT DISTINCT FROM %(supervision)s
              AND referral_id IS NOT DISTINCT FROM %(referral)s
            ORDER BY id DESC LIMIT 1 FOR UPDATE""",
        organ=tx.actor.organ_id,
        kind=document.id,
        case=its.case_id,
        transfer=its.transfer["id"] if its.transfer else None,
        clue=its.clue["id"] if its.clue else None,
        supervision=its.request["id"] if its.request else None,
        referral=its.referral["id"] if its.referral else None,
    )


async def _issued(tx: Acting, its: Matter, document: Document) -> bool:
    found: bool = await tx.value(
        """SELECT EXISTS (SELECT 1 FROM documents WHERE organ_id = %(organ)s AND kind = %(kind)s
            AND state = 'issued' AND (transfer_id = %(id)s OR referral_id = %(id)s))""",
        organ=tx.actor.organ_id,
        kind=document.id,
        id=its.subject.id,
    )
    return found


def _in_order(action: Action) -> list[Document]:
    """What goes along before the letter that lists it, and what names the letter's number after it."""

    def rank(document: Document) -> int:
        sources = {source for field in document.fields for source in field.sources}
        named = {f"number.{kind}" for kind in action.documents}
        return 2 if sources & named else int(document.must_accompany)

    return sorted((documents()[kind] for kind in action.documents), key=rank)


def _checked(document: Document, before: Mapping[str, Any], body: Typed) -> dict[str, Any]:
    """What was filled in with the changes. Raises Invalid for a field that the document has not."""
    names = {field.id for field in document.fields if not field.by_hand}
    if document.rows and body.fields:
        raise invalid("fields", "document_has_rows", "该清单逐行填写，请填写 rows。")
    if body.rows is not None and not document.rows:
        raise invalid("rows", "document_has_no_rows", "该文书没有逐行的清单，请填写 fields。")
    given = [(f"fields.{name}", name) for name in body.fields]
    given += [(f"rows.{at}.{name}", name) for at, row in enumerate(body.rows or ()) for name in row]
    for place, name in given:
        if name not in names:
            known = "、".join(sorted(names))
            raise invalid(place, "document_field_unknown", f"没有栏目 {name}，请从下列栏目中选择：{known}。")
    filled = {**before, **{name: text for name, text in body.fields.items() if text}}
    for name, text in body.fields.items():
        if not text:
            filled.pop(name, None)
    if body.rows is not None:
        filled["rows"] = body.rows
    return filled


def _inputs_of(act: Act | None) -> frozenset[str]:
    return frozenset(field.name for field in act.action.inputs) if act else frozenset()


def _incomplete(fillings: list[Filling], inputs: frozenset[str] = frozenset()) -> Invalid:
    """Every field that is missing, where it is filled in: among the act's inputs, or in the document."""
    errors = [
        FieldError(
            f"inputs.{one.field}" if one.field in inputs else f"documents.{filling.document.id}.{one.field}",
            "document_field_missing",
            one.detail,
        )
        for filling in fillings
        for one in queries.missing_shown(filling)
    ]
    labels = "、".join(one.label for filling in fillings for one in queries.missing_shown(filling))
    names = "、".join(f"《{filling.document.name}》" for filling in fillings)
    return Invalid("document_incomplete", f"{names}尚缺：{labels}。请补齐后再办理。", errors)


async def _record(
    tx: Acting,
    action: str,
    document_id: UUID,
    its: Matter,
    document: Document,
    changes: Mapping[str, tuple[Any, Any]],
) -> None:
    """On the trail of the matter; of an internal document within the organ's own kind."""
    await record(
        tx,
        action,
        ("document", document_id),
        case_id=None if its.restricted else its.case_id,
        transfer_id=its.transfer["id"] if its.transfer else None,
        clue_id=its.clue["id"] if its.clue else None,
        restricted=its.restricted,
        internal_to=tx.actor.kind if not document.readers else None,
        changes=changes,
    )
