"""The lists that go along: exhibits and evidence, a row each, by the columns of their documents."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal
from typing import Any

from app.database.transaction import Acting
from app.documents.matter import Matter
from app.evidence.checklist import checklist
from app.evidence.models import EvidenceItem
from app.law.checklist import charges_with_checklist
from app.law.exhibits import exhibit_law

TableRow = dict[str, str]


async def exhibits(tx: Acting, matter: Matter) -> list[TableRow]:
    """涉案物品, as they stand in the register of the case."""
    rows = await tx.rows(
        """SELECT name, specification, quantity, unit, value, valuation, features, origin, place, keeper,
              measure, seizure_paper FROM exhibits WHERE case_id = %(case)s ORDER BY position""",
        case=matter.case_id,
    )
    return [
        {
            **{name: row[name] or "" for name in ("name", "specification", "unit", "features", "place")},
            "quantity": _plain(row["quantity"]),
            "value": _value(row),
            "origin": row["origin"] or "",
            "seizure_paper": row["seizure_paper"] or "",
            "custody": f"{_measure(row['measure'])}，{row['keeper']}保管",
        }
        for row in rows
    ]


async def evidence(tx: Acting, matter: Matter) -> list[TableRow]:
    """证据材料: each file of an item that is there, and each item that is there without one."""
    rows: list[TableRow] = []
    for item in await items_there(tx, matter):
        files = [file for file in item.files if file.removed_at is None]
        rows += [
            _evidence(item, name=f"{item.name}（{file.name}）", source=file.organ, hash=file.sha256)
            for file in files
        ]
        if not files:
            rows.append(_evidence(item, name=item.name, source=matter.organ(_organ_of(matter)), hash=""))
    return [{"serial": str(at), **row} for at, row in enumerate(rows, 1)]


async def items_there(tx: Acting, matter: Matter) -> list[EvidenceItem]:
    """The items of the charge's checklist that are there, without the transfer's own papers."""
    charge = matter.charge
    if matter.case_id is None or charge not in charges_with_checklist():
        return []
    found = await checklist(tx, matter.case_id, charge)
    return [item for item in found.items if item.status == "present" and item.category != "移送文书"]


TABLES: Mapping[str, Callable[[Acting, Matter], Awaitable[list[TableRow]]]] = {
    "exhibits": exhibits,
    "evidence_rows": evidence,
}


def _evidence(item: EvidenceItem, **more: str) -> TableRow:
    return {"copy": "", "pages": "", "proves": "、".join(item.proves), **more}


def _organ_of(matter: Matter) -> int | None:
    return int(matter.case["organ"]["id"]) if matter.case else None


def _plain(quantity: Decimal) -> str:
    return format(quantity.normalize(), "f")


def _value(row: Mapping[str, Any]) -> str:
    if row["value"] is None:
        return ""
    how = exhibit_law().valuation(row["valuation"])
    return f"{row['value']}元（{how.name if how else row['valuation']}）"


def _measure(name: str) -> str:
    known = exhibit_law().measure(name)
    return known.name if known else name
