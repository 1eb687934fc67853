"""The checklist of evidence as it stands for one case: what is there, what is missing, what must be asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from app.audit.events import differences, record
from app.database.transaction import Acting, Row, new_id
from app.errors import NotAllowed, invalid, not_found
from app.evidence.files import files_of_case
from app.evidence.models import Checklist, EvidenceItem, File, Mark, Status
from app.law.checklist import Item, charges_with_checklist
from app.law.checklist import checklist as items_of
from app.law.given_facts import parse_facts

_PAPERS = "移送文书"
_CERTAINTY: Mapping[str, str] = {
    "v": "已核全文",
    "s": "见于二手摘要",
    "m": "未核对原文",
    "practice": "办案实务归纳，没有单一官方出处",
}


@dataclass(frozen=True)
class Lack:
    """An item that is due and missing (`evidence_missing`), or that waits for an answer (`evidence_asks`)."""

    code: str
    item: str
    detail: str


async def checklist(tx: Acting, case_id: UUID, charge: str | None = None) -> Checklist:
    """The items of one charge, or of all charges that the finding reaches.

    Raises NotFound, and Invalid where the charge has no list or none is reached and none is named.
    """
    case = await _case(tx, case_id)
    charges = [charge] if charge is not None else list(case["charges"])
    if not charges:
        raise invalid(
            "charge", "charge_required", "该案尚无达到立案追诉标准的罪名，请指定罪名后查看证据清单。"
        )
    items = await _items(tx, case, charges)
    files = await files_of_case(tx, case_id)
    marks = await _marks(tx, case_id)
    by_item: dict[str | None, list[File]] = {}
    for file in files:
        by_item.setdefault(file.item, []).append(file)
    listed = {item.id for item in items}
    return Checklist(
        charges=charges,
        items=[_stands(item, marks.get(item.id), by_item.get(item.id, [])) for item in items],
        other_files=[file for file in files if file.item not in listed],
    )


async def lacking(tx: Acting, case_id: UUID, charge: str) -> list[Lack]:
    """What the charge's checklist still lacks. Its own papers are drawn up later and not named."""
    if tx.actor.kind == "coordinating" or charge not in charges_with_checklist():
        return []
    found = await checklist(tx, case_id, charge)
    return [
        _lack(item)
        for item in found.items
        if item.status == "missing" and item.requirement != "not_applicable" and item.category != _PAPERS
    ]


async def missing_mandatory(tx: Acting, transfer: Mapping[str, Any]) -> list[Lack]:
    """The mandatory items of the transfer's charge that are missing: they hold the sending.

    The head of the organ may override that with a reason. `transfer` has `case_id` and `charge`.
    """
    case_id, charge = transfer["case_id"], transfer["charge"]
    if charge not in charges_with_checklist():
        return []
    found = await checklist(tx, case_id, charge)
    return [
        _lack(item)
        for item in found.items
        if item.requirement == "mandatory" and item.status == "missing" and item.category != _PAPERS
    ]


async def mark(tx: Acting, case_id: UUID, item: str, body: Mark) -> EvidenceItem:
    """Say whether an item is there. Only handlers, legal review and head of the case's own organ may.

    Raises NotFound, NotAllowed, and Invalid for an unknown item or a missing note.
    """
    case = await _case(tx, case_id)
    if case["organ_id"] != tx.actor.organ_id or not tx.actor.is_a("handler", "legal", "head"):
        raise NotAllowed("not_own_case", "证据由办案机关的承办人、法制审核或者负责人标注，请转告该机关。")
    charge = _charge_of_item(item)
    law_item = next(one for one in items_of(charge, _facts(case)) if one.id == item)
    if body.status == "not_applicable" and law_item.requirement == "mandatory" and not body.note.strip():
        raise invalid("note", "note_required", f"“{law_item.name}”是必备材料，标为不适用须写明理由。")
    before = (await _marks(tx, case_id)).get(item)
    await tx.execute(
        """INSERT INTO evidence_items (id, case_id, item, status, note, updated_by, updated_at)
            VALUES (%(id)s, %(case)s, %(item)s, %(status)s, %(note)s, %(officer)s, %(now)s)
            ON CONFLICT (case_id, item) DO UPDATE SET status = excluded.status, note = excluded.note,
              updated_by = excluded.updated_by, updated_at = excluded.updated_at""",
        id=new_id(),
        case=case_id,
        item=item,
        status=body.status,
        note=body.note,
        officer=tx.actor.officer_id,
        now=tx.now,
    )
    old = {"status": before["status"], "note": before["note"]} if before else {}
    await record(
        tx,
        "evidence.marked",
        ("evidence_item", item),
        case_id=case_id,
        changes=differences(old, {"status": body.status, "note": body.note}),
    )
    found = await checklist(tx, case_id, charge)
    return next(one for one in found.items if one.id == item)


def check_item(item: str) -> None:
    """Raises Invalid for an item that no charge's checklist has."""
    _charge_of_item(item)


async def _case(tx: Acting, case_id: UUID) -> Row:
    if tx.actor.kind == "coordinating":
        raise NotAllowed("figures_only", "双打办只查看数据和案件编号，不查看证据材料。")
    case = await tx.row("SELECT id, organ_id, charges, facts FROM cases WHERE id = %(id)s", id=case_id)
    if case is None:
        raise not_found("案件")
    return case


async def _items(tx: Acting, case: Row, charges: Sequence[str]) -> list[Item]:
    answers = {
        item: mark["status"] != "not_applicable" for item, mark in (await _marks(tx, case["id"])).items()
    }
    found: dict[str, Item] = {}
    for charge in charges:
        try:
            items = items_of(charge, _facts(case), answers)
        except KeyError as error:
            raise invalid(
                "charge", "charge_unknown", "没有这个罪名的证据清单，请填写刑法条文号，如 214。"
            ) from error
        found |= {item.id: item for item in items}
    return list(found.values())


async def _marks(tx: Acting, case_id: UUID) -> dict[str, Row]:
    rows = await tx.rows(
        "SELECT item, status, note, updated_at FROM evidence_items WHERE case_id = %(id)s", id=case_id
    )
    return {row["item"]: row for row in rows}


def _facts(case: Row) -> Mapping[str, Any]:
    return parse_facts(case["facts"])


def _stands(item: Item, mark: Row | None, files: list[File]) -> EvidenceItem:
    return EvidenceItem(
        id=item.id,
        name=item.name,
        category=item.category,
        requirement=item.requirement,
        condition=item.condition,
        proves=list(item.proves),
        content=list(item.content),
        basis=list(item.basis),
        certainty=_CERTAINTY[item.mark],
        law_note=item.note,
        status=_status(item, mark, files),
        note=mark["note"] if mark else "",
        marked_at=mark["updated_at"] if mark else None,
        files=files,
    )


def _status(item: Item, mark: Row | None, files: Iterable[File]) -> Status:
    """A file that is there counts as present, whatever was marked before it came."""
    if any(file.removed_at is None for file in files):
        return "present"
    if mark:
        status: Status = mark["status"]
        return status
    return "not_applicable" if item.requirement == "not_applicable" else "missing"


def _lack(item: EvidenceItem) -> Lack:
    if item.requirement == "ask":
        return Lack("evidence_asks", item.id, f"请确认是否需要：{item.name}（{item.condition}）")
    return Lack("evidence_missing", item.id, f"尚缺：{item.name}（依据：{'、'.join(item.basis)}）")


@lru_cache(maxsize=1)
def _charges_by_item() -> Mapping[str, str]:
    return {item.id: charge for charge in charges_with_checklist() for item in items_of(charge, {})}


def _charge_of_item(item: str) -> str:
    try:
        return _charges_by_item()[item]
    except KeyError:
        raise invalid("item", "evidence_item_unknown", "证据清单中没有这一项，请从清单中选择。") from None
