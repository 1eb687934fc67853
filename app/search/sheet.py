"""The result of a search as a sheet, for those who pass it on."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from app.audit.events import record
from app.database.sealed import Seal
from app.database.transaction import Acting
from app.errors import Invalid
from app.http.pages import Paging, paging
from app.search.models import KINDS, Filters, Hit
from app.search.queries import hits
from app.search.words import masked

MOST = 5_000
_PER_READ = 500
_HEADERS = ("类别", "编号", "机关", "案由、罪名或者标题", "当事人", "机关案号", "决定书文号", "状态", "日期")
_WIDTHS = (10, 26, 32, 44, 32, 26, 30, 24, 14)


async def exported(tx: Acting, seal: Seal, filters: Filters) -> bytes:
    """All that the search finds, as .xlsx; what was asked and how many rows went out is on the audit trail.

    Raises Invalid when more than 5,000 rows fit, NotAllowed for administrators.
    """
    rows: list[Hit] = []
    page = Paging(_PER_READ, None)
    while True:
        found, cursor = await hits(tx, seal, filters, page)
        rows += found
        if cursor is None:
            break
        if len(rows) >= MOST:
            detail = f"符合条件的超过{MOST}条，请用机关、日期等条件缩小范围后再导出。"
            raise Invalid("too_many_to_export", detail)
        page = paging(_PER_READ, cursor)
    asked = filters.model_dump(mode="json", include=set(Filters.model_fields), exclude_none=True)
    await record(
        tx,
        "search.exported",
        ("search", tx.actor.officer_id),
        changes={"query": (None, asked | {"q": masked(filters.q)}), "count": (None, len(rows))},
    )
    return sheet(rows)


def sheet(hits: Iterable[Hit]) -> bytes:
    """The hits as an .xlsx file. Everything is text: what begins with = is no formula."""
    book = Workbook(write_only=True)
    page = book.create_sheet("检索结果")
    page.freeze_panes = "A2"
    for letter, width in zip("ABCDEFGHI", _WIDTHS, strict=True):
        page.column_dimensions[letter].width = width
    for values in (_HEADERS, *map(_values, hits)):
        cells = []
        for value in values:
            cell = WriteOnlyCell(page, ILLEGAL_CHARACTERS_RE.sub("", value))
            cell.data_type = "s"
            cells.append(cell)
        page.append(cells)
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def _values(hit: Hit) -> tuple[str, ...]:
    return (
        KINDS[hit.kind],
        hit.number or "",
        hit.organ,
        hit.title,
        "、".join(hit.parties),
        hit.organ_number or "",
        hit.decision_number or "",
        hit.state_name,
        hit.on.isoformat() if hit.on else "",
    )
