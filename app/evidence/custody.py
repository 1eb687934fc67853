"""The chain of custody: who had or looked at a file or an exhibit, when, where, why. Links are only added."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import LiteralString
from uuid import UUID

from app.database.transaction import Acting, Row, new_id
from app.evidence.exhibit_models import CustodyEntry

ACTIONS = {
    "added": "上传",
    "viewed": "查看",
    "downloaded": "下载",
    "removed": "移除",
    "registered": "登记",
    "moved": "变更保管",
    "handed_over": "移交",
    "accepted": "接收",
    "given_back": "退回移送机关",
    "disposed": "处置",
}
# In what capacity somebody looks, where no reason is given.
_CAPACITY = {
    "enforcement": "行政执法机关上级监督",
    "police": "公安机关办理移送案件",
    "procuratorate": "人民检察院法律监督",
    "court": "人民法院审理案件",
    "commission": "监察机关办理线索",
    "tax": "税务机关办理线索",
    "supervising": "行政执法监督",
}
_COLUMNS: LiteralString = """id, action, why, from_keeper, to_keeper, place, officer_name AS officer,
    organ_name AS organ, at"""


async def keep_entry(
    tx: Acting,
    action: str,
    why: str,
    *,
    file: UUID | None = None,
    exhibit: UUID | None = None,
    from_keeper: str | None = None,
    to_keeper: str | None = None,
    place: str | None = None,
    at: datetime | None = None,
) -> None:
    """Add a link to the chain of a file or an exhibit. `at`: when it happened, where that was before now."""
    if action not in ACTIONS:
        raise KeyError(f"custody action {action} is not in app/evidence/custody.py")
    await tx.execute(
        """INSERT INTO custody (id, file_id, exhibit_id, action, why, from_keeper, to_keeper, place,
              officer_id, organ_id, officer_name, organ_name, at, written_at)
            VALUES (%(id)s, %(file)s, %(exhibit)s, %(action)s, %(why)s, %(from)s, %(to)s, %(place)s,
              %(officer)s, %(organ)s, %(officer_name)s, %(organ_name)s, %(at)s, %(now)s)""",
        {"from": from_keeper, "to": to_keeper},
        id=new_id(),
        file=file,
        exhibit=exhibit,
        action=action,
        why=why,
        place=place,
        officer=tx.actor.officer_id,
        organ=tx.actor.organ_id,
        officer_name=tx.actor.officer_name,
        organ_name=tx.actor.organ_name,
        at=at or tx.now,
        now=tx.now,
    )


async def has_looked(tx: Acting, file_id: UUID, within: timedelta) -> bool:
    """Whether the actor's looking at the file was put down within that time."""
    found: bool = await tx.value(
        """SELECT EXISTS (SELECT 1 FROM custody WHERE file_id = %(file)s AND officer_id = %(officer)s
              AND action IN ('viewed', 'downloaded') AND at > %(since)s)""",
        file=file_id,
        officer=tx.actor.officer_id,
        since=tx.now - within,
    )
    return found


def capacity(tx: Acting, organ_id: int) -> str:
    """In what capacity the actor looks at evidence of the organ."""
    if tx.actor.organ_id == organ_id:
        return "本机关办理案件"
    return _CAPACITY.get(tx.actor.kind, "依职权查阅")


async def of_file(tx: Acting, file_id: UUID) -> list[CustodyEntry]:
    """The chain of a file, oldest first; empty for who may not see it."""
    rows = await tx.rows(f"SELECT {_COLUMNS} FROM custody WHERE file_id = %(id)s ORDER BY at, id", id=file_id)
    return [_entry(row) for row in rows]


async def of_exhibit(tx: Acting, exhibit_id: UUID) -> list[CustodyEntry]:
    """The chain of an exhibit, oldest first; empty for who may not see it."""
    rows = await tx.rows(
        f"SELECT {_COLUMNS} FROM custody WHERE exhibit_id = %(id)s ORDER BY at, id", id=exhibit_id
    )
    return [_entry(row) for row in rows]


def _entry(row: Row) -> CustodyEntry:
    return CustodyEntry(**row, action_name=ACTIONS[row["action"]])
