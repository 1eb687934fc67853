"""Goods in words: what was handed over and counted, and what was destroyed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from app.database.transaction import Acting, Row
from app.documents import words
from app.documents.matter import Act, Matter
from app.documents.tables import exhibits


async def exhibits_in_words(tx: Acting, matter: Matter) -> str:
    """The exhibits of the case, a line each."""
    if matter.case is None:
        return ""
    rows = await exhibits(tx, matter)
    return "\n".join(f"{row['name']}（{row['specification']}）{row['quantity']}{row['unit']}" for row in rows)


async def goods_handed(tx: Acting, matter: Matter) -> str:
    """What the sender handed over, registered exhibits and other goods."""
    return "\n".join(await _listed(tx, matter.last("hand_over_goods")))


async def goods_counted(tx: Acting, matter: Matter) -> str:
    """What each side counted."""
    lines = []
    for act in (matter.last("hand_over_goods"), matter.last("accept_goods")):
        counted = await _listed(tx, act)
        if act and counted:
            lines.append(f"{act.step['organ_name']}清点：{'；'.join(counted)}")
    return "\n".join(lines)


async def handed_by(_: Acting, matter: Matter) -> str:
    """Who signed for the sender."""
    return _signatory(matter.last("hand_over_goods"))


async def accepted_by(_: Acting, matter: Matter) -> str:
    """Who signed for the recipient."""
    return _signatory(matter.last("accept_goods"))


async def handover_course(tx: Acting, matter: Matter) -> str:
    """The hand-over as both sides recorded it."""
    lines = []
    for act in (matter.last("hand_over_goods"), matter.last("accept_goods")):
        if act:
            at = act.step.get("occurred_at") or act.step["at"]
            listed = "；".join(await _listed(tx, act))
            lines.append(f"{words.moment(at)}，{_signatory(act)}{act.action.label}：{listed}。")
    return "\n".join(lines)


async def destroyed(tx: Acting, matter: Matter) -> str:
    """The exhibits that were destroyed, with how much of each."""
    rows = await _destructions(tx, matter)
    return "\n".join(f"{row['name']}（{row['specification']}）{_plain(row)}{row['unit']}" for row in rows)


async def destroyed_on(tx: Acting, matter: Matter) -> str:
    """The day of the destruction."""
    days: list[date] = sorted({row["disposed_on"] for row in await _destructions(tx, matter)})
    return "、".join(words.day(one) for one in days)


def destruction(*names: str) -> Any:
    """A source: what was recorded of the destruction under these names."""

    async def read(tx: Acting, matter: Matter) -> str:
        found = [
            "，".join(_said(row["recorded"].get(name)) for name in names if row["recorded"].get(name))
            for row in await _destructions(tx, matter)
        ]
        return "\n".join(dict.fromkeys(filter(None, found)))

    return read


async def _destructions(tx: Acting, matter: Matter) -> list[Row]:
    if matter.case_id is None:
        return []
    return await tx.rows(
        """SELECT e.name, e.specification, e.unit, d.quantity, d.disposed_on, d.recorded
            FROM exhibit_disposals d JOIN exhibits e ON e.id = d.exhibit_id
            WHERE e.case_id = %(case)s AND d.kind = 'harmless_destruction' ORDER BY d.id""",
        case=matter.case_id,
    )


async def listed(tx: Acting, inputs: Mapping[str, Any]) -> str:
    """The exhibits and goods that an act recorded, a line each."""
    return "\n".join(await _lines(tx, inputs))


async def _listed(tx: Acting, act: Act | None) -> list[str]:
    return await _lines(tx, act.step["inputs"]) if act else []


async def _lines(tx: Acting, inputs: Mapping[str, Any]) -> list[str]:
    """Registered exhibits by their names, then the others."""
    counts = inputs.get("exhibits") or []
    rows = await tx.rows(
        "SELECT id, name, unit FROM exhibits WHERE id = ANY (%(ids)s::uuid[])",
        ids=[one["exhibit"] for one in counts],
    )
    known = {str(row["id"]): row for row in rows}
    lines = [
        f"{known[one['exhibit']]['name']}{one['counted']}{known[one['exhibit']]['unit']}"
        + (f"（{one['note']}）" if one.get("note") else "")
        for one in counts
        if one["exhibit"] in known
    ]
    goods = inputs.get("goods") or []
    if isinstance(goods, str):
        return [*lines, goods]
    return lines + [
        f"{one['name']}{one['quantity']}{one['unit']}" + (f"（{one['note']}）" if one.get("note") else "")
        for one in goods
    ]


def _signatory(act: Act | None) -> str:
    if act is None:
        return ""
    who = act.step["inputs"].get("signatory") or act.step["officer_name"]
    return f"{act.step['organ_name']} {who}"


def _plain(row: Row) -> str:
    return format(row["quantity"].normalize(), "f")


def _said(value: Any) -> str:
    if isinstance(value, list):
        return f"{len(value)}张" if value and _is_id(value[0]) else "、".join(map(str, value))
    return str(value)


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and len(value) == 36 and value.count("-") == 4
