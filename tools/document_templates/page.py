"""A page as GB/T 9704-2012 lays it out: paper, margins, fonts, grid, page numbers."""

from __future__ import annotations

from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.text.paragraph import Paragraph
from docx.text.run import Run

BODY_FONT, TITLE_FONT, HEADING_FONT, NUMBER_FONT = "仿宋_GB2312", "方正小标宋简体", "黑体", "宋体"
TWO, THREE, FOUR, SMALL_FOUR, FIVE = Pt(22), Pt(16), Pt(14), Pt(12), Pt(10.5)  # 二号 三号 四号 小四 五号
LINE = Pt(28.9)  # 22 lines on 225 mm
_STYLES = {
    "Normal",
    "Default Paragraph Font",
    "Normal Table",
    "Table Grid",
    "header",
    "footer",
    "Header",
    "Footer",
}
RED = RGBColor(0xD6, 0x00, 0x00)


def new_document(name: str, landscape: bool = False) -> Any:
    """An empty document of that layout; `name` is its title among the properties."""
    document = Document()
    document.core_properties.title = name
    document.core_properties.author = "衔接"
    document.core_properties.comments = ""
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    if landscape:
        section.orientation = WD_ORIENT.LANDSCAPE
        section.page_width, section.page_height = Mm(297), Mm(210)
        section.top_margin, section.bottom_margin = Mm(28), Mm(26)
        section.left_margin, section.right_margin = Mm(26), Mm(26)
    section.footer_distance = Mm(22 if not landscape else 16)
    _slimmed(document)
    _base_style(document)
    document.settings.odd_and_even_pages_header_footer = True
    _page_number(section.footer.paragraphs[0], WD_ALIGN_PARAGRAPH.RIGHT)
    _page_number(section.even_page_footer.paragraphs[0], WD_ALIGN_PARAGRAPH.LEFT)
    return document


def write(paragraph: Paragraph, text: str, font: str = BODY_FONT, size: Pt = THREE, **more: Any) -> Run:
    """Text in a font that Chinese and Latin characters share. `more`: `bold`, `color`."""
    run = paragraph.add_run(text)
    run.font.size = size
    run.font.bold = more.get("bold")
    if "color" in more:
        run.font.color.rgb = more["color"]
    _fonts(run._element.get_or_add_rPr(), font)
    return run


def spaced(
    paragraph: Paragraph, *, before: Pt | None = None, after: Pt | None = None, line: Pt = LINE
) -> None:
    """Fixed line spacing, with room before and after."""
    shape = paragraph.paragraph_format
    shape.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    shape.line_spacing = line
    shape.space_before, shape.space_after = before or Pt(0), after or Pt(0)


def ruled(paragraph: Paragraph, color: str, size: int, edge: str = "bottom") -> None:
    """A line under (or over) a paragraph; `size` in eighths of a point."""
    borders = OxmlElement("w:pBdr")
    line = OxmlElement(f"w:{edge}")
    for key, value in (("val", "single"), ("sz", str(size)), ("space", "4"), ("color", color)):
        line.set(qn(f"w:{key}"), value)
    borders.append(line)
    paragraph._p.get_or_add_pPr().append(borders)


def indented(paragraph: Paragraph, characters: int) -> None:
    """First-line indent in characters of 三号."""
    shape = paragraph._p.get_or_add_pPr().get_or_add_ind()
    shape.set(qn("w:firstLineChars"), str(characters * 100))
    shape.set(qn("w:firstLine"), str(characters * 320))


def _slimmed(document: Any) -> None:
    """Without the styles and pictures of the library's own template that no document uses."""
    for style in list(document.styles):
        if style.name not in _STYLES:
            style.delete()
    for owner in (document.part, document.part.package):
        for key, relation in list(owner.rels.items()):
            if relation.reltype.rsplit("/", 1)[-1] in {"stylesWithEffects", "thumbnail", "customXml"}:
                del owner.rels[key]


def _base_style(document: Any) -> None:
    style = document.styles["Normal"]
    style.font.size = THREE
    _fonts(style.element.get_or_add_rPr(), BODY_FONT)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), "en-US")
    language.set(qn("w:eastAsia"), "zh-CN")
    style.element.get_or_add_rPr().append(language)
    style.paragraph_format.space_after = Pt(0)
    style.paragraph_format.widow_control = False
    style.paragraph_format.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    style.paragraph_format.line_spacing = LINE


def _fonts(properties: Any, font: str) -> None:
    fonts = properties.get_or_add_rFonts()
    for which in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{which}"), font)


def _page_number(paragraph: Paragraph, side: WD_ALIGN_PARAGRAPH) -> None:
    """— 1 —, 四号宋体, one character from the outer edge."""
    paragraph.alignment = side
    spaced(paragraph, line=Pt(16))
    margin = "right_indent" if side == WD_ALIGN_PARAGRAPH.RIGHT else "left_indent"
    setattr(paragraph.paragraph_format, margin, FOUR)
    write(paragraph, "— ", NUMBER_FONT, FOUR)
    for kind in ("begin", "instruction", "end"):
        run = write(paragraph, "", NUMBER_FONT, FOUR)
        if kind == "instruction":
            text = OxmlElement("w:instrText")
            text.set(qn("xml:space"), "preserve")
            text.text = "PAGE"
            run._element.append(text)
        else:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
            run._element.append(mark)
    write(paragraph, " —", NUMBER_FONT, FOUR)
