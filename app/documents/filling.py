"""A document filled in: every field with its words and where they come from, and what is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from app.database.transaction import Acting
from app.documents import words
from app.documents.matter import Matter
from app.documents.rendering import Text
from app.documents.sources import said, value
from app.documents.tables import TABLES, TableRow
from app.law.documents import Document, DocumentField

TYPED = "经办人填写"
BY_HAND = "打印后手写或者盖章"
_AROUND = ("sender", "police", "procuratorate", "reply_to")


@dataclass(frozen=True)
class Filled:
    """A field with its words; `source` says where they come from."""

    field: DocumentField
    text: str
    source: str


@dataclass(frozen=True)
class Filling:
    """A document as it would be issued now. `rows` are those of a list, by column."""

    document: Document
    head: Mapping[str, str]
    around: Mapping[str, str]
    fields: Sequence[Filled]
    rows: Sequence[TableRow]

    @property
    def missing(self) -> list[tuple[str, str]]:
        """What the law requires and is not there: (field, label)."""
        if self.document.rows:
            return self._missing_in_rows()
        return [
            (one.field.id, one.field.label)
            for one in self.fields
            if one.field.required and not one.field.by_hand and not one.text
        ]

    def values(self, number: str) -> dict[str, Any]:
        """What the template is filled in with."""
        plain = {
            **self.around,
            **self.head,
            "number": number,
            **{one.field.id: one.text for one in self.fields},
        }
        rows = [SimpleNamespace(**{name: Text(cell) for name, cell in row.items()}) for row in self.rows]
        return {**{name: Text(text) for name, text in plain.items()}, "rows": rows}

    def frozen(self, number: str) -> dict[str, Any]:
        """Everything that the document says, as it is kept."""
        content: dict[str, Any] = {
            "name": self.document.name,
            "head": {**self.head, "number": number},
            "fields": [
                {"id": one.field.id, "label": one.field.label, "text": one.text, "source": one.source}
                for one in self.fields
            ],
        }
        return content | ({"rows": list(self.rows)} if self.document.rows else {})

    def _missing_in_rows(self) -> list[tuple[str, str]]:
        if not self.rows:
            return [("rows", "至少一项")]
        return [
            (f"rows.{at}.{field.id}", f"第{at + 1}项的{field.label}")
            for at, row in enumerate(self.rows)
            for field in self.document.fields
            if field.required and not row.get(field.id)
        ]


async def fill(tx: Acting, matter: Matter, document: Document, typed: Mapping[str, Any]) -> Filling:
    """The document on this matter, what the officer typed before what the data say."""
    return Filling(
        document,
        _head(tx, matter),
        {name: await value(tx, matter, name) for name in _AROUND} | {"case_title": _title(matter)},
        [] if document.rows else [await _field(tx, matter, one, typed) for one in document.fields],
        await _rows(tx, matter, document, typed) if document.rows else [],
    )


async def _field(tx: Acting, matter: Matter, field: DocumentField, typed: Mapping[str, Any]) -> Filled:
    if field.by_hand:
        return Filled(field, "", BY_HAND)
    if typed.get(field.id):
        return Filled(field, typed[field.id], TYPED)
    for source in field.sources:
        if found := await value(tx, matter, source):
            return Filled(field, found, said(matter, source))
    return Filled(field, "", "")


async def _rows(
    tx: Acting, matter: Matter, document: Document, typed: Mapping[str, Any]
) -> Sequence[TableRow]:
    """The rows that the officer typed, else those of the register."""
    columns = [field.id for field in document.fields]
    given = typed.get("rows")
    if not given:
        table = document.fields[0].sources[0].partition(".")[0]
        given = await TABLES[table](tx, matter)
    return [{column: str(row.get(column) or "") for column in columns} for row in given]


def _title(matter: Matter) -> str:
    if matter.referral:
        return f"{matter.referral['party_name']}案"
    return words.case_title(matter.case) if matter.case else ""


def _head(tx: Acting, matter: Matter) -> dict[str, str]:
    case, referral = matter.case, matter.referral
    return {
        "organ": tx.actor.organ_name,
        "date": words.day(tx.now),
        "case": referral["number"] if referral else case["number"] if case else "",
        "parties": referral["party_name"] if referral else words.party_names(case["parties"]) if case else "",
        "cause": words.cause(case["cause"]) if case else "",
    }
