"""What an organ gathers before a transfer: the checklist's items, the inspection record, the goods."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from io import BytesIO
from uuid import UUID

from docx import Document

from app.database.transaction import Acting, Row
from app.evidence import exhibits, files
from app.evidence.checklist import mark, missing_mandatory
from app.evidence.exhibit_models import ExhibitEntry
from app.evidence.models import Mark
from app.evidence.store import FileStore
from app.law.legal_days import SHANGHAI

_RECORD = "现场检查笔录"
_IN_FILE = "原件在案卷中，已核对（演示）"


async def collect(tx: Acting, store: FileStore, transfer: UUID, goods: str, leave: int) -> None:
    """Gather what the transfer's checklist asks for, but for the last `leave` items."""
    row = await tx.row(
        """SELECT t.case_id, t.charge, c.number FROM transfers t JOIN cases c ON c.id = t.case_id
            WHERE t.id = %(id)s""",
        id=transfer,
    )
    assert row is not None  # noqa: S101 - the transfer was opened by a step before
    missing = await missing_mandatory(tx, row)
    for lack in missing[: len(missing) - leave]:
        if _RECORD in lack.detail:
            await _inspection_record(tx, store, row, goods, lack.item)
        else:
            await mark(tx, row["case_id"], lack.item, Mark(status="present", note=_IN_FILE))
    await _seize(tx, row["case_id"], goods)


async def counted(tx: Acting, case_id: UUID) -> list[dict[str, str]]:
    """The case's exhibits, each counted as it stands in the record."""
    rows = await tx.rows("SELECT id, quantity FROM exhibits WHERE case_id = %(id)s ORDER BY id", id=case_id)
    return [{"exhibit": str(row["id"]), "counted": str(row["quantity"])} for row in rows]


async def _inspection_record(tx: Acting, store: FileStore, row: Row, goods: str, item: str) -> None:
    document = Document()
    document.add_heading(f"{_RECORD}（演示）", level=1)
    document.add_paragraph(f"案件编号：{row['number']}")
    document.add_paragraph(
        f"执法人员在当事人经营场所查见{goods}，当场清点、拍照并予以扣押，当事人在场并签名。"
    )
    content = BytesIO()
    document.save(content)

    async def chunks() -> AsyncIterator[bytes]:
        yield content.getvalue()

    owner = files.Owner(case_id=row["case_id"])
    async with store.receive(chunks()) as received:
        await files.add(tx, store, owner, f"{_RECORD}.docx", item, received)


async def _seize(tx: Acting, case_id: UUID, goods: str) -> None:
    quantity = case_id.int % 400 + 20
    entry = {
        "name": goods,
        "specification": "见照片与清点记录",
        "quantity": str(quantity),
        "unit": "件",
        "value": str(quantity * 35),
        "valuation": "marked_price",
        "features": "外包装完好，贴有封条",
        "place": "本局涉案物品仓库",
        "keeper": tx.actor.officer_name,
        "measure": "seizure",
        "seizure_paper": f"市监扣〔{tx.now.year}〕{case_id.int % 900 + 1}号",
        "seized_on": (tx.now.astimezone(SHANGHAI) - timedelta(days=1)).date().isoformat(),
    }
    await exhibits.add(tx, case_id, ExhibitEntry.model_validate(entry))
