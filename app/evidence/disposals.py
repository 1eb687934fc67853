"""Disposing of exhibits: auctioned, sold, returned, destroyed without harm, confiscated (exhibits.yaml)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from app.audit.events import record
from app.cases.fields import amount, plain_text
from app.database.transaction import Acting, Row, new_id
from app.errors import Conflict, FieldError, Invalid, Refused, invalid
from app.evidence import custody
from app.evidence.exhibit_models import DisposalEntry, Exhibit
from app.evidence.exhibit_queries import exhibit
from app.evidence.exhibits import KEPT_BY, check_photographs, held
from app.law.exhibits import Disposal, DisposalField, cite_dated, exhibit_law

_LONGEST = 2000


async def dispose(tx: Acting, exhibit_id: UUID, entry: DisposalEntry) -> Exhibit:
    """Record a disposal of all or a part of the exhibit, by the organ that holds it.

    Raises NotFound, NotAllowed, Conflict while it may not be, Invalid for what the record lacks.
    """
    row = await held(tx, exhibit_id, KEPT_BY)
    kind = exhibit_law().disposal(entry.kind)
    assert kind is not None  # noqa: S101 - the model took it
    recorded = checked(kind, entry.recorded)
    if entry.quantity > row["remaining"]:
        left = f"{row['remaining'].normalize():f}{row['unit']}"
        raise invalid("quantity", "quantity_not_there", f"处置数量超过尚存数量（{left}），请核对。")
    if entry.disposed_on < row["seized_on"]:
        raise invalid("disposed_on", "disposed_before_seized", "处置日期早于查封、扣押的日期，请核对。")
    photographs = [UUID(one) for field in _photographs(kind) for one in recorded.get(field.id, [])]
    if photographs:
        await check_photographs(tx, row["case_id"], photographs, "recorded.photographs")
    await _check_allowed(tx, row, kind, bool(photographs))
    await _keep(tx, row, entry, recorded)
    await custody.keep_entry(
        tx,
        "disposed",
        kind.name,
        exhibit=exhibit_id,
        from_keeper=row["keeper"],
        to_keeper=recorded.get("recipient") or recorded.get("buyer") or recorded.get("company"),
        place=recorded.get("place"),
    )
    changes = {"kind": (None, entry.kind), "quantity": (row["remaining"], row["remaining"] - entry.quantity)}
    await record(tx, "exhibit.disposed", ("exhibit", exhibit_id), case_id=row["case_id"], changes=changes)
    return await exhibit(tx, exhibit_id)


def checked(kind: Disposal, given: Mapping[str, Any]) -> dict[str, Any]:
    """What the kind asks to be recorded, as it is kept. Raises Invalid with every field that is wrong."""
    taken: dict[str, Any] = {}
    wrong: list[FieldError] = []
    unknown = sorted(given.keys() - {field.id for field in kind.fields})
    wrong += [
        FieldError(f"recorded.{name}", "unknown_field", "没有这个字段，请核对字段名。") for name in unknown
    ]
    for field in kind.fields:
        value = given.get(field.id)
        value = value.strip() if isinstance(value, str) else value
        try:
            if value is None or value in ("", []):
                _missing(field)
            else:
                taken[field.id] = _PARSERS[field.type](field, value)
        except Refused as error:
            wrong.append(FieldError(f"recorded.{field.id}", error.code, error.detail))
    if wrong:
        said = f"“{kind.name}”的记录不完整或者有误，请按各字段的提示补正。"
        raise Invalid("disposal_incomplete", said, wrong)
    return taken


def _missing(field: DisposalField) -> None:
    if field.required:
        raise Refused("required", f"请填写“{field.label}”。")


def _text(field: DisposalField, value: Any) -> str:
    if not isinstance(value, str):
        raise Refused("not_text", f"“{field.label}”应为文字。")
    if len(value) > _LONGEST:
        raise Refused("too_long", f"“{field.label}”超过{_LONGEST}字，请缩短。")
    return plain_text(value)


def _lines(field: DisposalField, value: Any) -> list[str]:
    lines = value.splitlines() if isinstance(value, str) else value
    if not isinstance(lines, list):
        raise Refused("not_text", f"“{field.label}”应为一行一项的文字。")
    found = [line.strip() for line in (_text(field, one) for one in lines) if line.strip()]
    return _enough(field, list(dict.fromkeys(found)))


def _money(_: DisposalField, value: Any) -> str:
    return str(amount(value))


def _ids(field: DisposalField, value: Any) -> list[str]:
    try:
        found = [str(UUID(one)) for one in value] if isinstance(value, list) else None
    except (TypeError, ValueError, AttributeError):
        found = None
    if found is None:
        raise Refused("not_an_id", f"“{field.label}”应为本案照片的文件编号。")
    return _enough(field, list(dict.fromkeys(found)))


def _enough(field: DisposalField, found: list[str]) -> list[str]:
    least = max(field.min_items, 1 if field.required else 0)
    if len(found) < least:
        raise Refused("too_few", f"“{field.label}”至少须有{least}项，请补充。")
    return found


_PARSERS: Mapping[str, Callable[[DisposalField, Any], Any]] = {
    "text": _text,
    "lines": _lines,
    "money": _money,
    "photographs": _ids,
}


def _photographs(kind: Disposal) -> list[DisposalField]:
    return [field for field in kind.fields if field.type == "photographs"]


async def _check_allowed(tx: Acting, row: Row, kind: Disposal, photographed: bool) -> None:
    """Evidence of what is or must be transferred waits for the police, unless it cannot well be kept."""
    if row["state"] != "held" or not await _serves_a_transfer(tx, row):
        return
    law = exhibit_law().perishable
    if kind.before_handover == "never":
        raise Conflict(
            "not_before_handover",
            f"本案应当移送或者正在移送，涉案物品在移交公安机关以前不能“{kind.name}”；请先办理移交。",
        )
    if not row["perishable"]:
        raise Conflict(
            "not_perishable",
            f"本案应当移送或者正在移送，移交以前只能先行处置{law.name}的物品；"
            "确属不易保管的，请先在登记内容中注明。",
        )
    there = {
        "photographs": photographed
        or await _exists(tx, "SELECT 1 FROM exhibit_photographs WHERE exhibit_id = %(id)s", row["id"]),
        "sample": await _exists(tx, "SELECT 1 FROM exhibits WHERE sample_of = %(id)s", row["id"]),
    }
    lacking = [_NEEDS[need] for need in law.needs if not there[need]]
    if lacking:
        raise Conflict(
            "evidence_not_kept",
            f"先行处置以前应当留取证据，尚缺：{'、'.join(lacking)}（{cite_dated(law.basis[0])}）。",
        )


_NEEDS = {"photographs": "物品照片", "sample": "留取的样品（登记为一件物品，并注明取自本件）"}


async def _serves_a_transfer(tx: Acting, row: Row) -> bool:
    """Whether the case is being transferred, or has to be and nobody has said yet why not."""
    return await _exists(
        tx,
        """SELECT 1 FROM cases c WHERE c.id = %(id)s AND (
              EXISTS (SELECT 1 FROM transfers t WHERE t.case_id = c.id AND t.closed_at IS NULL)
              OR (c.conclusion = 'must_transfer' AND c.not_transferred_reason IS NULL
                AND NOT EXISTS (SELECT 1 FROM transfers t WHERE t.case_id = c.id)))""",
        row["case_id"],
    )


async def _exists(tx: Acting, query: Any, subject: UUID) -> bool:
    return await tx.row(query, id=subject) is not None


async def _keep(tx: Acting, row: Row, entry: DisposalEntry, recorded: Mapping[str, Any]) -> None:
    await tx.execute(
        """INSERT INTO exhibit_disposals (id, exhibit_id, kind, quantity, disposed_on, recorded, officer_id,
              organ_id, officer_name, organ_name, at)
            VALUES (%(id)s, %(exhibit)s, %(kind)s, %(quantity)s, %(disposed_on)s, %(recorded)s, %(officer)s,
              %(organ)s, %(officer_name)s, %(organ_name)s, %(now)s)""",
        id=new_id(),
        exhibit=row["id"],
        kind=entry.kind,
        quantity=entry.quantity,
        disposed_on=entry.disposed_on,
        recorded=dict(recorded),
        officer=tx.actor.officer_id,
        organ=tx.actor.organ_id,
        officer_name=tx.actor.officer_name,
        organ_name=tx.actor.organ_name,
        now=tx.now,
    )
    state = "disposed" if entry.quantity == row["remaining"] else row["state"]
    await tx.execute(
        """UPDATE exhibits SET state = %(state)s, revision = revision + 1, updated_at = %(now)s
            WHERE id = %(id)s""",
        id=row["id"],
        state=state,
        now=tx.now,
    )
