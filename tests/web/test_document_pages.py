"""Documents through the console: looked at, filled in, issued, voided, with a scan beside them."""

from __future__ import annotations

import re

from tests.conftest import Acts
from tests.documents.builders import V1, listed, one, sent
from tests.transfers.builders import HANDLER, HEAD, POLICE
from tests.web.conftest import Browser, Visits

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20


async def revision(browser: Browser, address: str) -> str:
    found = re.search(r'name="revision" value="(\d+)"', await browser.see(address))
    assert found
    return found[1]


async def test_the_transfer_s_page_has_the_card_of_its_documents(visits: Visits, acts: Acts) -> None:
    transfer = await sent(acts)
    officer = await visits(HANDLER)
    address = f"/documents/of/transfer/{transfer['id']}"
    assert f'hx-get="{address}"' in await officer.see(f"/transfers/{transfer['id']}")
    card = (await officer.part(address)).text
    assert "<html" not in card
    assert "吴中市监移送〔2026〕1号" in card
    assert "缺：至少一项" in card
    page = await officer.see(address)
    assert "涉嫌犯罪案件移送书" in page
    police = await (await visits(POLICE)).see(address)
    assert "涉嫌犯罪案件移送书" in police
    assert "移送审批表" not in police


async def test_a_list_is_filled_in_row_by_row_and_issued(visits: Visits, acts: Acts) -> None:
    transfer = await sent(acts)
    goods = await one(acts, HANDLER, transfer["id"], "goods_list", "owed")
    officer, address = await visits(HANDLER), f"/documents/{goods['id']}"
    row = {"name": "白酒", "specification": "500ml", "quantity": "12", "unit": "瓶", "features": "贴标",
           "place": "仓库"}  # fmt: skip
    typed = {f"rows.0.{name}": text for name, text in row.items()}
    answer = await officer.send(
        f"{address}/fields", revision=await revision(officer, address), issue="yes", **typed
    )
    assert answer.status_code == 422
    assert "第1项的保管状态" in answer.text
    assert 'value="白酒"' in answer.text, "what was typed stands in the form again"
    await officer.done(
        f"{address}/fields", revision=await revision(officer, address), issue="yes", **typed,
        **{"rows.0.custody": "扣押"},
    )  # fmt: skip
    assert "吴中市监物清〔2026〕1号" in await officer.see(address)


async def test_what_the_officer_leaves_as_it_is_stays_with_the_data(visits: Visits, acts: Acts) -> None:
    transfer = await sent(acts)
    report = await one(acts, HANDLER, transfer["id"], "investigation_report", "owed")
    officer, address = await visits(HANDLER), f"/documents/{report['id']}"
    shown = (await acts(HANDLER).get(f"{V1}/documents/{report['id']}")).json()
    fields = {f"fields.{one['id']}": one["text"] for one in shown["fields"]}
    await officer.done(
        f"{address}/fields", revision=await revision(officer, address), **fields | {"fields.source": "举报"}
    )
    after = (await acts(HANDLER).get(f"{V1}/documents/{report['id']}")).json()
    by_officer = [field["id"] for field in after["fields"] if field["source"] == "经办人填写"]
    assert by_officer == ["source"]


async def test_scan_and_void_from_the_page(visits: Visits, acts: Acts) -> None:
    transfer = await sent(acts)
    letter = await one(acts, HANDLER, transfer["id"], "transfer_letter")
    officer, head, address = await visits(HANDLER), await visits(HEAD), f"/documents/{letter['id']}"
    wrong = await officer.send(f"{address}/scans", files={"file": ("盖章.png", b"no picture")})
    assert (wrong.status_code, "扩展名不符" in wrong.text) == (422, True)
    await officer.done(f"{address}/scans", files={"file": ("盖章.png", PNG)})
    page = await officer.see(address)
    scan = re.search(rf'href="({address}/scans/[\w-]+)"', page)
    assert scan
    assert (await (await visits(POLICE)).http.get(scan[1])).content == PNG
    assert page.index("签章扫描件") < page.index("<h2>内容</h2>"), "the scan is shown first"
    word = await officer.http.get(f"{address}/docx")
    assert word.headers["digest"] == f"sha-256={letter['docx_sha256']}"
    await head.done(f"{address}/void", reason="受移送机关写错")
    assert "已作废" in await head.see(address)


async def test_a_document_is_drawn_up_from_the_card(visits: Visits, acts: Acts) -> None:
    transfer = await sent(acts)
    officer = await visits(HANDLER)
    of = f"/documents/of/transfer/{transfer['id']}"
    made = await officer.done(of, kind="assistance_request")
    page = await officer.see(made)
    assert "协查函" in page
    assert 'name="fields.request"' in page
    again = await officer.send(of, kind="assistance_request")
    assert (again.status_code, "已有一份未制发的" in again.text) == (409, True)
    waived = await officer.done(f"{made}/waive", reason="改用电话核实")
    assert "不需制发" in await officer.see(waived)
    assert [doc["state"] for doc in await listed(acts, HANDLER, transfer["id"])].count("waived") == 1


async def test_the_head_words_the_numbers_and_others_look(visits: Visits, acts: Acts) -> None:
    head, officer = await visits(HEAD), await visits(HANDLER)
    body = {
        "abbreviation": "吴市监",
        "letters": "移字",
        "pattern": "{abbreviation}{letters}〔{year}〕第{serial}号",
    }
    await head.done("/documents/numbers/transfer_letter", **body)
    assert "吴市监移字〔2026〕第1号" in await officer.see("/documents/numbers")
    refused = await officer.send("/documents/numbers/transfer_letter", **body)
    assert refused.status_code == 403
    wrong = await head.send("/documents/numbers/transfer_letter", **body | {"pattern": "{year}"})
    assert (wrong.status_code, "{serial}" in wrong.text) == (422, True)
    transfer = await sent(acts)
    assert (await one(acts, HANDLER, transfer["id"], "transfer_letter"))[
        "number"
    ] == "吴市监移字〔2026〕第1号"
