"""Which organ is responsible: the police, procuratorate, court … of the same level and region.

A transfer goes to the police organ of the same level (国务院令第310号 第五条第二款).
"""

from __future__ import annotations

from app.database.transaction import Row, Transaction
from app.errors import Conflict


async def organ(tx: Transaction, organ_id: int) -> Row:
    """One organ. Every acting officer may know which organs there are."""
    row = await tx.row("SELECT * FROM organs WHERE id = %(id)s", id=organ_id)
    if row is None:
        raise Conflict("no_such_organ", "没有这个机关，请从机关名录中选择。")
    return row


async def counterpart(tx: Transaction, organ_id: int, kind: str) -> Row:
    """The organ of `kind` at the same level and region. Raises Conflict when the region has none."""
    row = await tx.row(
        """SELECT b.* FROM organs a JOIN organs b ON b.level = a.level AND b.region = a.region
            WHERE a.id = %(organ)s AND b.kind = %(kind)s AND b.active ORDER BY b.id LIMIT 1""",
        organ=organ_id,
        kind=kind,
    )
    if row is None:
        raise Conflict("no_counterpart", "本地区同级没有登记的对应机关，请联系平台管理员补充机关名录。")
    return row


async def superior(tx: Transaction, organ_id: int) -> Row | None:
    """The parent organ of the same line."""
    return await tx.row(
        "SELECT b.* FROM organs a JOIN organs b ON b.id = a.parent_id WHERE a.id = %(organ)s", organ=organ_id
    )
