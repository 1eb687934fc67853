"""The five layouts of documents: red-head letter, legal instrument, approval form, list, record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_ROW_HEIGHT_RULE, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.table import _Cell
from docx.text.paragraph import Paragraph

from tools.document_templates.page import (
    FIVE,
    FOUR,
    HEADING_FONT,
    LINE,
    RED,
    SMALL_FOUR,
    THREE,
    TITLE_FONT,
    TWO,
    indented,
    new_document,
    ruled,
    spaced,
    write,
)

CENTRE, RIGHT, LEFT = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT, WD_ALIGN_PARAGRAPH.LEFT
_TEXT_WIDTH = 156  # mm
_LONG = {"facts", "thresholds", "reason", "goods"}  # rows that may be broken over two pages
Wording = Mapping[str, Any]


def made(name: str, wording: Wording) -> Any:
    """The template of a document of this name."""
    layout = wording["layout"]
    document = new_document(name, landscape=layout == "list")
    {"letter": _letter, "legal": _legal, "form": _form, "list": _list, "record": _record}[layout](
        document, name, wording
    )
    return document


def _letter(document: Any, name: str, wording: Wording) -> None:
    mark = _line(document, "{{ organ }}", CENTRE, TITLE_FONT, Pt(26), color=RED, line=Pt(40))
    mark.paragraph_format.space_before = Pt(80)
    number = _line(document, "{{ number }}", CENTRE, before=LINE)
    ruled(number, "D60000", 12)
    _title(document, wording.get("title", name), before=LINE)
    _to(document, wording)
    _body(document, wording["body"])
    _attachments(document, wording)
    _signed(document)


def _legal(document: Any, name: str, wording: Wording) -> None:
    _line(document, "{{ organ }}", CENTRE, TITLE_FONT, TWO, line=Pt(36))
    _title(document, name)
    _line(document, "{{ number }}", RIGHT, before=Pt(6), after=Pt(10))
    _to(document, wording)
    _body(document, wording["body"])
    _attachments(document, wording)
    _signed(document, "（印章）")
    if "copy" in wording:
        name = wording["copy"]
        _logic(document, f"{{%p if {name} %}}")
        copy = _line(document, f"抄送：{{{{ {name} }}}}", LEFT, size=FOUR, before=LINE)
        ruled(copy, "000000", 8, "top")
        _logic(document, "{%p endif %}")


def _form(document: Any, name: str, wording: Wording) -> None:
    _line(document, "{{ organ }}", CENTRE, TITLE_FONT, Pt(18), line=Pt(30))
    _title(document, name)
    _line(document, "{{ number }}", RIGHT, size=FOUR, before=Pt(4), after=Pt(4))
    table = _table(document, 4)
    widths = [34, 54, 20, 48]
    for row in wording["rows"]:
        cells = table.add_row().cells
        pairs = [cell.split("|") for cell in row]
        if len(pairs) == 1:
            cells[1].merge(cells[3])
        for at, (label, field) in enumerate(pairs):
            _label(cells[at * 2], label)
            _filled(cells[at * 2 + 1], field)
        _height(table.rows[-1], 12)
        if row[0].partition("|")[2] not in _LONG:
            _whole(table.rows[-1])
    _widths(table, widths)
    if "note" in wording:
        note = _line(document, wording["note"], LEFT, size=SMALL_FOUR, before=Pt(6), line=Pt(20))
        indented(note, 0)
    _hands(document, wording)
    _line(document, "{{ date }}", RIGHT, size=FOUR, before=Pt(6))


def _list(document: Any, name: str, wording: Wording) -> None:
    _line(document, "{{ organ }}", CENTRE, TITLE_FONT, Pt(18), line=Pt(28))
    _title(document, name)
    _line(document, "{{ number }}", RIGHT, size=SMALL_FOUR, line=Pt(22))
    _line(
        document,
        "案件编号：{{ case }}　　当事人：{{ parties }}　　案由：{{ cause }}",
        LEFT,
        size=SMALL_FOUR,
        after=Pt(3),
        line=Pt(22),
    )
    columns = [column.split("|") for column in wording["columns"]]
    table = _table(document, len(columns))
    head = table.add_row()
    _repeated(head)
    for cell, (label, _, _) in zip(head.cells, columns, strict=True):
        _label(cell, label, SMALL_FOUR)
    table.add_row().cells[0].paragraphs[0].add_run("{%tr for row in rows %}")
    body = table.add_row()
    _whole(body)
    for cell, (_, field, _) in zip(body.cells, columns, strict=True):
        paragraph = cell.paragraphs[0]
        spaced(paragraph, line=Pt(17))
        write(paragraph, f"{{{{ row.{field} }}}}", size=FIVE)
        cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    table.add_row().cells[0].paragraphs[0].add_run("{%tr endfor %}")
    _widths(table, [int(column[2]) for column in columns], 245)
    _line(document, "共 {{ rows | length }} 项", LEFT, size=SMALL_FOUR, before=Pt(4), line=Pt(22))
    _hands(document, wording, SMALL_FOUR)
    _line(document, "{{ date }}", RIGHT, size=SMALL_FOUR, line=Pt(22))


def _record(document: Any, name: str, wording: Wording) -> None:
    _line(document, "{{ organ }}", CENTRE, TITLE_FONT, Pt(18), line=Pt(30))
    _title(document, name)
    _line(document, "{{ number }}", RIGHT, before=Pt(6), after=Pt(10))
    for line in wording["lines"]:
        label, field = line.split("|")
        _line(document, f"{label}：{{{{ {field} }}}}", LEFT)
    _body(document, wording["body"])
    if "signatures" in wording:
        _hands(document, wording, THREE)
        _line(document, "{{ date }}", RIGHT, before=LINE)
    else:
        _signed(document)


def _line(
    document: Any,
    text: str,
    side: WD_ALIGN_PARAGRAPH,
    font: str = "仿宋_GB2312",
    size: Pt = THREE,
    **more: Any,
) -> Paragraph:
    paragraph: Paragraph = document.add_paragraph()
    paragraph.alignment = side
    spaced(paragraph, before=more.get("before"), after=more.get("after"), line=more.get("line", LINE))
    write(paragraph, text, font, size, **({"color": more["color"]} if "color" in more else {}))
    return paragraph


def _title(document: Any, text: str, before: Pt | None = None) -> None:
    _line(document, text, CENTRE, TITLE_FONT, TWO, line=Pt(34), before=before, after=Pt(8))


def _to(document: Any, wording: Wording) -> None:
    if "to" in wording:
        _logic(document, f"{{%p if {wording['to']} %}}")
        _line(document, f"{{{{ {wording['to']} }}}}：", LEFT)
        _logic(document, "{%p endif %}")


def _body(document: Any, paragraphs: Sequence[str]) -> None:
    for at, text in enumerate(paragraphs):
        last = at == len(paragraphs) - 1
        condition = None
        if text.startswith("? "):
            condition, _, text = text[2:].partition(": ")
            _logic(document, f"{{%p if {condition} %}}")
        if text.startswith("= "):
            _each_line(document, text[2:], last)
        elif text.startswith("# "):
            paragraph = _line(document, text[2:], LEFT, HEADING_FONT)
            indented(paragraph, 2)
            paragraph.paragraph_format.keep_with_next = True
        else:
            paragraph = _line(document, text, LEFT)
            indented(paragraph, 2)
            paragraph.paragraph_format.keep_with_next = last
        if condition:
            _logic(document, "{%p endif %}")


def _each_line(document: Any, field: str, last: bool) -> None:
    """The field, a paragraph for each line; the last of the text stays with the signature."""
    which = "[:-1]" if last else ""
    _logic(document, f"{{%p for line in {field}.lines{which} %}}")
    indented(_line(document, "{{ line }}", LEFT), 2)
    _logic(document, "{%p endfor %}")
    if last:
        paragraph = _line(document, f"{{{{ {field}.lines[-1] }}}}", LEFT)
        indented(paragraph, 2)
        paragraph.paragraph_format.keep_with_next = True


def _attachments(document: Any, wording: Wording) -> None:
    """附件 after the text, each on a line of its own."""
    if "attachments" in wording:
        _body(document, ["? attachments: 附件：", "? attachments: = attachments"])


def _signed(document: Any, seal: str = "") -> None:
    """Issuing organ and date of issue, kept together, with room for the seal over them."""
    organ = _line(document, "{{ organ }}", RIGHT, before=LINE * 2)
    organ.paragraph_format.right_indent = THREE * 2
    date = _line(document, "{{ date }}", RIGHT)
    date.paragraph_format.right_indent = THREE * 4
    organ.paragraph_format.keep_with_next = True
    if seal:
        date.paragraph_format.keep_with_next = True
        _line(document, seal, RIGHT).paragraph_format.right_indent = THREE * 5


def _hands(document: Any, wording: Wording, size: Pt = FOUR) -> None:
    """Lines to be signed by hand."""
    if "signatures" in wording:
        blank = "　" * 6
        _line(
            document, (blank + "　").join(f"{who}：" for who in wording["signatures"]) + blank, LEFT,
            size=size, before=LINE,
        )  # fmt: skip


def _logic(document: Any, text: str) -> None:
    """A paragraph that only directs the filling in, and is gone in the document."""
    document.add_paragraph().add_run(text)


def _table(document: Any, columns: int) -> Any:
    table = document.add_table(rows=0, cols=columns)
    table.style = "Table Grid"
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    return table


def _label(cell: _Cell, text: str, size: Pt = FOUR) -> None:
    paragraph = cell.paragraphs[0]
    paragraph.alignment = CENTRE
    spaced(paragraph, line=Pt(20))
    write(paragraph, text, size=size)
    cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER


def _filled(cell: _Cell, field: str) -> None:
    """A cell with the lines of a field, each a paragraph."""
    first, line, last = cell.paragraphs[0], cell.add_paragraph(), cell.add_paragraph()
    first.add_run(f"{{%p for line in {field}.lines %}}")
    spaced(line, line=Pt(22))
    write(line, "{{ line }}", size=FOUR)
    last.add_run("{%p endfor %}")
    end = cell.add_paragraph()
    spaced(end, line=Pt(2))
    cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER


def _widths(table: Any, widths: Sequence[int], total: int = _TEXT_WIDTH) -> None:
    scale = total / sum(widths)
    grid = table._tbl.tblGrid.findall(qn("w:gridCol"))
    for column, width in zip(grid, widths, strict=True):
        column.set(qn("w:w"), str(int(Mm(width * scale).twips)))
    for row in table.rows:
        at = 0
        for cell in row._tr.tc_lst:
            span = cell.grid_span
            cell.width = Mm(sum(widths[at : at + span]) * scale)
            at += span


def _height(row: Any, millimetres: int) -> None:
    row.height_rule = WD_ROW_HEIGHT_RULE.AT_LEAST
    row.height = Mm(millimetres)


def _repeated(row: Any) -> None:
    """The row heads every page of the table."""
    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    _whole(row)


def _whole(row: Any) -> None:
    """The row is not broken over two pages."""
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
