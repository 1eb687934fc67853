"""Parties of a case: personal data sealed before it reaches the database, masked wherever it is shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.audit.events import record
from app.cases.models import PartyEntry, Unmasked
from app.database.sealed import Seal
from app.database.transaction import Acting, Row, new_id
from app.errors import FieldError, Invalid, NotAllowed, not_found

_INSERT = """
    INSERT INTO parties (id, case_id, position, kind, name, uscc, legal_representative, id_number_sealed,
        id_number_index, id_number_masked, phone_sealed, phone_masked, address)
      VALUES (%(id)s, %(case_id)s, %(position)s, %(kind)s, %(name)s, %(uscc)s, %(legal_representative)s,
        %(id_number_sealed)s, %(id_number_index)s, %(id_number_masked)s, %(phone_sealed)s, %(phone_masked)s,
        %(address)s)"""
_SHOWN = ("kind", "name", "uscc", "legal_representative", "address")
_SEALED = {
    "id_number": ("id_number_sealed", "id_number_index", "id_number_masked"),
    "phone": ("phone_sealed", "phone_masked"),
}


@dataclass(frozen=True)
class StoredParty:
    """The columns of one party."""

    columns: Mapping[str, Any]

    def shown(self) -> dict[str, Any]:
        """What the audit trail may say of it: ID number and telephone masked."""
        fields = {name: self.columns[name] for name in _SHOWN}
        return {
            **fields,
            "id_number": self.columns["id_number_masked"],
            "phone": self.columns["phone_masked"],
        }

    def same_as(self, other: StoredParty) -> bool:
        """Whether both say the same, the sealed numbers included (by their blind index)."""
        return self.shown() == other.shown() and (
            self.columns["id_number_index"] == other.columns["id_number_index"]
        )


def mask_id_number(number: str) -> str:
    """3205**********1234."""
    return f"{number[:4]}{'*' * 10}{number[-4:]}"


def mask_phone(number: str) -> str:
    """The last four digits, and the first three where enough is hidden between."""
    return f"{number[:3] if len(number) >= 11 else ''}****{number[-4:]}"


def sealed_party(entry: PartyEntry, seal: Seal, kept: StoredParty | None = None) -> StoredParty:
    """The columns of an entered party; what was not given is taken from `kept`."""
    before: Mapping[str, Any] = kept.columns if kept else {}
    given = entry.model_fields_set if kept else {*_SHOWN, *_SEALED}
    columns = {name: getattr(entry, name) if name in given else before[name] for name in _SHOWN}
    for name, stored in _SEALED.items():
        number = getattr(entry, name)
        if name not in given:
            columns |= {column: before[column] for column in stored}
        elif number is None:
            columns |= dict.fromkeys(stored)
        elif name == "id_number":
            columns |= dict(
                zip(stored, (seal.seal(number), seal.index(number), mask_id_number(number)), strict=True)
            )
        else:
            columns |= dict(zip(stored, (seal.seal(number), mask_phone(number)), strict=True))
    return StoredParty(columns)


def identifiers(parties: Iterable[StoredParty]) -> list[tuple[str | None, bytes | None, str]]:
    """By what a party is known again: USCC, blind index of the ID number, name."""
    return [(one.columns["uscc"], one.columns["id_number_index"], one.columns["name"]) for one in parties]


async def insert_parties(tx: Acting, case_id: UUID, parties: Iterable[StoredParty]) -> None:
    """Store the parties in their order, the first at position 1."""
    for row in party_rows(case_id, parties):
        await tx.execute(_INSERT, row)


def party_rows(case_id: UUID, parties: Iterable[StoredParty]) -> list[dict[str, Any]]:
    """The rows of parties in their order."""
    return [
        {**party.columns, "id": new_id(), "case_id": case_id, "position": position}
        for position, party in enumerate(parties, 1)
    ]


async def stored_parties(tx: Acting, case_id: UUID) -> list[StoredParty]:
    """The parties of a case in their order."""
    rows = await tx.rows("SELECT * FROM parties WHERE case_id = %(case)s ORDER BY position", case=case_id)
    return [StoredParty(row) for row in rows]


async def replace_parties(
    tx: Acting, case_id: UUID, entries: Sequence[PartyEntry], seal: Seal
) -> tuple[list[StoredParty], list[StoredParty]]:
    """Make the entered parties the parties of the case; gives (before, after). Raises Invalid."""
    before = await stored_parties(tx, case_id)
    after, errors, taken = [], [], set[int]()
    for number, entry in enumerate(entries):
        place = entry.position
        if place is not None and (place > len(before) or place in taken):
            detail = f"没有第{place}个当事人，或者该序号重复使用；新增当事人请不填 position。"
            errors.append(FieldError(f"parties.{number}.position", "no_such_party", detail))
            continue
        taken |= {place} if place else set()
        after.append(sealed_party(entry, seal, before[place - 1] if place else None))
    if errors:
        raise Invalid("invalid_input", "提交的内容有误，请按各字段的提示更正后重试。", errors)
    await tx.execute("DELETE FROM parties WHERE case_id = %(case)s", case=case_id)
    await insert_parties(tx, case_id, after)
    return before, after


async def unmask(tx: Acting, case_id: UUID, position: int, reason: str, seal: Seal) -> Unmasked:
    """ID number and telephone of a party, for those who handle the case; the look is an audit event.

    That is the organ whose case it is, the procuratorate, and police to whom the case was transferred. Raises
    NotFound, NotAllowed.
    """
    row = await _readable_party(tx, case_id, position)
    await record(
        tx,
        "party.unmasked",
        ("party", row["id"]),
        case_id=case_id,
        changes={"reason": (None, reason), "position": (None, position)},
    )
    number, phone = row["id_number_sealed"], row["phone_sealed"]
    return Unmasked(
        position=position,
        name=row["name"],
        id_number=seal.open(number) if number else None,
        phone=seal.open(phone) if phone else None,
    )


async def _readable_party(tx: Acting, case_id: UUID, position: int) -> Row:
    row = await tx.row(
        """SELECT p.*, c.organ_id, EXISTS (SELECT 1 FROM case_grants g WHERE g.case_id = c.id
              AND g.organ_id = %(organ)s AND g.reason IN ('transfer', 'passed_on', 'prosecution')) AS opened
            FROM parties p JOIN cases c ON c.id = p.case_id
            WHERE p.case_id = %(case)s AND p.position = %(position)s""",
        case=case_id,
        position=position,
        organ=tx.actor.organ_id,
    )
    if row is None:
        raise not_found("当事人")
    actor = tx.actor
    allowed = {
        "enforcement": row["organ_id"] == actor.organ_id,
        "procuratorate": True,
        "police": row["opened"],
        "court": row["opened"],
    }.get(actor.kind, False)
    if not allowed or not actor.is_a("handler", "head", "legal", "desk", "supervisor"):
        raise NotAllowed(
            "may_not_unmask",
            "只有承办该案的机关、收到移送的公安机关和人民检察院的办案人员可以查看证件号码原文。",
        )
    return row
