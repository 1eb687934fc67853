"""The templates: each says all that the law asks of its document, in the layout of GB/T 9704."""

from __future__ import annotations

import io

import pytest
from docx import Document
from docx.shared import Length

from app.documents.filling import Filling
from app.documents.rendering import TEMPLATES, Text, prepared, template
from app.documents.sources import NAMED
from app.documents.tables import TABLES
from app.law.clocks import clocks
from app.law.documents import documents
from app.law.procedure_table import (
    clue_procedure,
    detention_procedure,
    reverse_procedure,
    transfer_procedure,
)
from tests.documents.builders import a_template, text_of

AROUND = {
    "organ", "number", "date", "case", "parties", "cause", "case_title", "sender", "police", "procuratorate",
    "reply_to",
}  # fmt: skip


def test_there_is_a_template_for_each_document_and_no_other() -> None:
    assert {file.stem for file in TEMPLATES.glob("*.docx")} == set(documents())


@pytest.mark.parametrize("kind", documents())
def test_a_template_asks_for_known_fields_and_shows_each(kind: str) -> None:
    document = documents()[kind]
    fields = {field.id for field in document.fields}
    asked = template(kind).names
    if document.rows:
        assert asked <= AROUND | {"rows"}
        text = text_of((TEMPLATES / f"{kind}.docx").read_bytes())
        assert [field for field in fields if f"row.{field} " not in text] == []
    else:
        assert asked <= AROUND | fields
        assert {field.id for field in document.fields if not field.by_hand} <= asked


@pytest.mark.parametrize("kind", documents())
def test_a_page_is_laid_out_as_the_standard_says(kind: str) -> None:
    section = Document(str(TEMPLATES / f"{kind}.docx")).sections[0]
    width, height = millimetres(section.page_width), millimetres(section.page_height)
    assert {width, height} == {210, 297}
    if height == 297:
        left, right = millimetres(section.left_margin), millimetres(section.right_margin)
        top, bottom = millimetres(section.top_margin), millimetres(section.bottom_margin)
        assert (top, left, width - left - right, height - top - bottom) == (37, 28, 156, 225)
    assert "PAGE" in section.footer._element.xml


def millimetres(length: Length | None) -> int:
    assert length is not None
    return round(float(length.mm))


def test_every_source_is_one_that_gives_something() -> None:
    tables = (transfer_procedure(), clue_procedure(), reverse_procedure(), detention_procedure())
    acts = {action.id for table in tables for action in table.actions}
    for document in documents().values():
        for source in (source for field in document.fields for source in field.sources):
            kind, _, rest = source.partition(".")
            if kind == "step":
                assert rest.partition(".")[0] in acts, source
            elif kind == "due":
                assert rest in clocks(), source
            elif kind not in ("act", "number"):
                assert source in NAMED or kind in TABLES, source


def test_the_same_content_gives_the_same_bytes() -> None:
    values = {name: Text("甲\n乙") for name in template("receipt_slip").names}
    assert template("receipt_slip").fill(values) == template("receipt_slip").fill(values)


def test_words_cannot_break_the_file_or_reach_into_the_program() -> None:
    """Marks, XML and control characters in a value are words like any others."""
    words = 'x</w:t> & "y" {{ 7 * 7 }} {% for a in b %}\x0b'
    made = prepared(a_template("值：{{ value }}")).fill({"value": Text(words)})
    assert text_of(made) == '值：x</w:t> & "y" {{ 7 * 7 }} {% for a in b %}'


@pytest.mark.parametrize(
    "mark", ["{{ value.__class__.__mro__ }}", "{{ ''.__class__ }}", "{{ value.lines.append(1) }}"]
)
def test_a_template_fills_in_values_and_no_more(mark: str) -> None:
    from jinja2.exceptions import SecurityError, UndefinedError

    with pytest.raises((SecurityError, UndefinedError)):
        prepared(a_template(mark)).fill({"value": Text("x")})


@pytest.mark.parametrize("content", [b"no zip", b"", a_template("{{ value"), a_template("{% if x %}")])
def test_what_is_no_template_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"docx|标记"):
        prepared(content)


def test_missing_rows_are_named_one_by_one() -> None:
    document = documents()["evidence_list"]
    filling = Filling(document, {}, {}, [], [{"serial": "1"}])
    assert ("rows.0.pages", "第1项的页数") in filling.missing
    assert all(field != "rows.0.hash" for field, _ in filling.missing)
    assert Filling(document, {}, {}, [], []).missing == [("rows", "至少一项")]


def test_a_template_is_a_word_file_that_an_office_program_opens() -> None:
    document = Document(io.BytesIO((TEMPLATES / "transfer_letter.docx").read_bytes()))
    assert any("{{ police_organ }}" in paragraph.text for paragraph in document.paragraphs)
    fonts = {run.font.name for paragraph in document.paragraphs for run in paragraph.runs if run.font.name}
    assert {"仿宋_GB2312", "方正小标宋简体"} <= fonts
