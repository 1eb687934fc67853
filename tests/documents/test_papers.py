"""Word, PDF and scans: from the very bytes that were issued, hashed, and seen by whom they are for."""

from __future__ import annotations

import asyncio
import hashlib
import io
from typing import Any

import psycopg
import pytest
from pypdf import PdfReader

from app.documents import converting
from app.documents.converting import pdfs
from app.documents.rendering import TEMPLATES, Text, template
from app.errors import Unavailable
from app.law.documents import documents
from tests.cluster import DatabaseUrls
from tests.conftest import Acts
from tests.documents.builders import V1, one, sent
from tests.transfers.builders import HANDLER, POLICE, PROCURATOR

PDF = b"%PDF-1.7 scanned"


def fonts(pdf: PdfReader) -> dict[str, bool]:
    """The fonts of a PDF and whether each is embedded."""
    found = {}
    for page in pdf.pages:
        resources: Any = page["/Resources"]
        for reference in resources.get("/Font", {}).values():
            font = reference.get_object()
            within = font["/DescendantFonts"][0].get_object() if "/DescendantFonts" in font else font
            described = within["/FontDescriptor"].get_object()
            found[str(font["/BaseFont"])] = any(key.startswith("/FontFile") for key in described)
    return found


@pytest.mark.office
async def test_the_pdf_is_made_of_what_was_issued_and_stays_the_same(acts: Acts) -> None:
    transfer = await sent(acts)
    letter = await one(acts, HANDLER, transfer["id"], "transfer_letter")
    address = f"{V1}/documents/{letter['id']}/pdf"
    first, second = await asyncio.gather(acts(HANDLER).get(address), acts(POLICE).get(address))
    assert first.status_code == 200, first.text
    assert first.content == second.content == (await acts(PROCURATOR).get(address)).content
    listed = await one(acts, HANDLER, transfer["id"], "transfer_letter")
    assert listed["pdf_sha256"] == hashlib.sha256(first.content).hexdigest()
    pdf = PdfReader(io.BytesIO(first.content))
    text = "".join(page.extract_text() for page in pdf.pages).replace("\n", "").replace(" ", "")
    assert letter["number"] in text
    assert "涉嫌犯罪案件移送书" in text
    assert "—1—" in text
    width, height = (round(float(side) / 72 * 25.4) for side in pdf.pages[0].mediabox[2:])
    assert (width, height) == (210, 297)
    assert fonts(pdf)
    assert all(fonts(pdf).values()), "every font is embedded"


@pytest.mark.office
async def test_a_long_list_repeats_its_head_on_every_page() -> None:
    document = documents()["goods_list"]
    values = {name: Text("甲") for name in template("goods_list").names}
    rows = [{field.id: f"{field.label}{at}" for field in document.fields} for at in range(40)]
    docx = template("goods_list").fill({**values, "rows": rows})
    [made] = await pdfs([docx])
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(made)).pages]
    assert len(pages) > 1
    heads = [page.replace("\n", "") for page in pages]
    assert all("查封扣押" in page and "保管" in page for page in heads[:-1])


async def test_where_there_is_no_libreoffice_the_answer_says_what_to_install(
    acts: Acts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.documents.converting.shutil.which", lambda _: None)
    transfer = await sent(acts)
    letter = await one(acts, HANDLER, transfer["id"], "transfer_letter")
    answer = await acts(HANDLER).get(f"{V1}/documents/{letter['id']}/pdf")
    assert (answer.status_code, answer.json()["code"]) == (503, "converter_missing")
    assert "libreoffice-writer-nogui" in answer.json()["detail"]
    assert (await acts(HANDLER).get(f"{V1}/documents/{letter['id']}/docx")).status_code == 200


async def test_a_converter_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.documents.converting.shutil.which", lambda _: "/bin/cat")
    monkeypatch.setattr(converting, "SECONDS", 0.2)
    monkeypatch.setattr(converting, "_arguments", lambda *_: ["/dev/zero"])
    with pytest.raises(Unavailable) as caught:
        await pdfs([(TEMPLATES / "receipt_slip.docx").read_bytes()])
    assert caught.value.code == "converter_failed"


async def test_a_draft_has_a_word_file_without_number_and_no_pdf(acts: Acts) -> None:
    transfer = await sent(acts)
    report = await one(acts, HANDLER, transfer["id"], "investigation_report", "owed")
    word = await acts(HANDLER).get(f"{V1}/documents/{report['id']}/docx")
    assert "%E8%8D%89%E7%A8%BF" in word.headers["content-disposition"]  # 草稿
    answer = await acts(HANDLER).get(f"{V1}/documents/{report['id']}/pdf")
    assert (answer.status_code, answer.json()["code"]) == (409, "document_not_issued")


async def test_a_word_file_that_is_no_longer_whole_is_noticed(acts: Acts, clean: DatabaseUrls) -> None:
    transfer = await sent(acts)
    letter = await one(acts, HANDLER, transfer["id"], "transfer_letter")
    with psycopg.connect(clean.owner) as owner:
        owner.execute("UPDATE document_texts SET docx = docx || 'x' WHERE document_id = %s", [letter["id"]])
    answer = await acts(HANDLER).get(f"{V1}/documents/{letter['id']}/docx")
    assert (answer.status_code, answer.json()["code"]) == (500, "file_damaged")


async def test_scans_stand_beside_the_document(acts: Acts) -> None:
    transfer = await sent(acts)
    letter = await one(acts, HANDLER, transfer["id"], "transfer_letter")
    address = f"{V1}/documents/{letter['id']}/scans"
    added = await acts(HANDLER).post(address, params={"name": "盖章.pdf"}, content=PDF)
    assert added.status_code == 201, added.text
    [scan] = added.json()["scans"]
    assert scan["sha256"] == hashlib.sha256(PDF).hexdigest()
    assert added.json()["docx_sha256"] == letter["docx_sha256"]
    assert (await acts(POLICE).get(f"{address}/{scan['id']}")).content == PDF
    foreign = await acts("handler1@320583-market").get(f"{address}/{scan['id']}")
    assert foreign.status_code == 404


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("盖章.txt", PDF, "scan_wrong_type"),
        ("盖章.png", PDF, "scan_wrong_content"),
        ("盖章.pdf", b"", "file_empty"),
        ("../盖章.pdf", PDF, "file_name_is_path"),
    ],
)
async def test_what_is_no_scan_is_refused(acts: Acts, name: str, content: bytes, code: str) -> None:
    transfer = await sent(acts)
    letter = await one(acts, HANDLER, transfer["id"], "transfer_letter")
    address = f"{V1}/documents/{letter['id']}/scans"
    answer = await acts(HANDLER).post(address, params={"name": name}, content=content)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    owed = await one(acts, HANDLER, transfer["id"], "goods_list", "owed")
    early = await acts(HANDLER).post(
        f"{V1}/documents/{owed['id']}/scans", params={"name": "盖章.pdf"}, content=PDF
    )
    assert (early.status_code, early.json()["code"]) == (409, "document_not_issued")
