"""What earlier acts on a transfer recorded, and what is still outstanding of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.database.transaction import Acting, Row
from app.errors import invalid
from app.evidence.handover import accepted, counts_of, handed_over
from app.law.procedure_table import Action
from app.transfers.goods import differences, in_words


async def latest_inputs(tx: Acting, transfer_id: UUID, action: str) -> dict[str, Any] | None:
    """What the latest step of this action recorded."""
    found: dict[str, Any] | None = await tx.value(
        """SELECT inputs FROM transfer_steps WHERE transfer_id = %(id)s AND action = %(action)s
            ORDER BY id DESC LIMIT 1""",
        id=transfer_id,
        action=action,
    )
    return found


async def outstanding(tx: Acting, transfer_id: UUID, action: Action) -> list[str]:
    """What the latest act listed and the acts of `action` after it have not delivered."""
    if action.delivers is None:
        return []
    rows = await tx.rows(
        """SELECT action, inputs FROM transfer_steps
            WHERE transfer_id = %(id)s AND action = ANY (%(actions)s) ORDER BY id""",
        id=transfer_id,
        actions=[action.id, action.delivers.of],
    )
    left: list[str] = []
    for row in rows:
        if row["action"] == action.delivers.of:
            left = list(row["inputs"][action.delivers.listed])
        else:
            left = [one for one in left if one not in row["inputs"][action.delivers.items]]
    return left


async def left_after(tx: Acting, transfer_id: UUID, action: Action, inputs: Mapping[str, Any]) -> list[str]:
    """What is outstanding once this act has delivered. Raises Invalid for what nobody listed."""
    if action.delivers is None:
        return []
    left = await outstanding(tx, transfer_id, action)
    delivered = inputs[action.delivers.items]
    strange = [one for one in delivered if one not in left]
    if strange:
        raise invalid(
            f"inputs.{action.delivers.items}",
            "paper_not_outstanding",
            f"“{strange[0]}”不在尚未送达的后补材料中（{'、'.join(left)}），请照清单填写。",
        )
    return [one for one in left if one not in delivered]


async def counted(tx: Acting, transfer_id: UUID, action: Action, inputs: dict[str, Any]) -> None:
    """Compare the counted list with that handed over, and keep the differences in the inputs.

    Raises Invalid where they differ and nothing explains it.
    """
    if action.counts is None:
        return
    before = await latest_inputs(tx, transfer_id, action.counts.of) or {}
    name = action.counts.counted
    found = differences(before.get(name, []), inputs.get(name, []))
    if found and action.counts.differences not in inputs:
        words = "；".join(map(in_words, found))
        raise invalid(
            f"inputs.{action.counts.differences}",
            "differences_unexplained",
            f"清点与移交清单不一致：{words}。请写明差异的情况后接收。",
        )
    if found:
        inputs["counted_differences"] = found


async def hand_over_exhibits(tx: Acting, transfer: Row, action: Action, inputs: Mapping[str, Any]) -> None:
    """Write the counted list of registered exhibits, with its signatory. The receiving side counts them all.

    Raises Invalid, NotFound, NotAllowed, Conflict.
    """
    if action.exhibits is None:
        return
    counts = counts_of(inputs["exhibits"]) if "exhibits" in inputs else []
    if action.exhibits == "handed_over":
        await handed_over(tx, transfer, counts)
        return
    await accepted(tx, transfer, counts)
    left = await tx.rows(
        """SELECT x.name FROM exhibit_counts c JOIN exhibits x ON x.id = c.exhibit_id
            WHERE c.transfer_id = %(id)s GROUP BY x.id, x.name HAVING count(*) = 1 ORDER BY x.name""",
        id=transfer["id"],
    )
    if left:
        raise invalid(
            "inputs.exhibits",
            "exhibits_not_counted",
            f"移交清单中的{'、'.join(one['name'] for one in left)}没有清点，请逐件清点；"
            "没有收到的写0并写明情况。",
        )
