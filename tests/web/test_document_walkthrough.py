"""Documents in a real Chromium: the card of a transfer, filling in, issuing, the signed scan, the numbers."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.cases.builders import case_body
from tests.cluster import DatabaseUrls
from tests.conftest import PASSWORD
from tests.transfers.builders import HANDLER, HEAD
from tests.web.test_walkthrough import Desk, address, chromium

__all__ = ["address", "chromium"]  # the fixtures of the other walk
pytestmark = pytest.mark.browser
V1 = "/api/v1"
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


def api(address: str, who: str) -> httpx.Client:
    """The API as an officer."""
    login, organ = who.split("@")
    body = {"organ": organ, "login": login, "password": PASSWORD}
    token = httpx.post(f"{address}{V1}/sign-in", json=body).json()["token"]
    return httpx.Client(base_url=address, headers={"Authorization": f"Bearer {token}"}, timeout=30)


def made(answer: httpx.Response) -> Any:
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


def sent_transfer(address: str) -> str:
    """A transfer that was sent, over the API."""
    officer, head = api(address, HANDLER), api(address, HEAD)
    body = case_body(
        case_source="投诉举报", summary="经查，当事人在木渎镇销售假冒注册商标的白酒，销售金额80000元。"
    )
    case = made(officer.post(f"{V1}/cases", json=body))
    group = [one["id"] for one in officer.get(f"{V1}/officers").json() if one["roles"] == ["handler"]]
    opening = {"charge": "214", "summary": "销售假冒注册商标的白酒", "task_group": group}
    transfer: str = made(officer.post(f"{V1}/cases/{case['id']}/transfers", json=opening))["id"]
    steps: tuple[tuple[httpx.Client, str, dict[str, Any]], ...] = (
        (officer, "report", {"report": "现场检查发现假酒，经权利人鉴定为假冒。", "proposal": "移送公安机关"}),
        (head, "approve", {"override_reason": "检验报告待出"}),
        (officer, "send", {}),
    )
    for who, action, inputs in steps:
        made(who.post(f"{V1}/transfers/{transfer}/actions/{action}", json={"inputs": inputs}))
    return transfer


def test_a_list_is_filled_in_and_the_signed_paper_put_beside_the_letter(
    chromium: Browser, address: str, clean: DatabaseUrls
) -> None:
    officer = Desk(chromium, address, HANDLER)
    page = officer.go(f"/transfers/{sent_transfer(address)}")
    card = page.locator("#documents")
    expect(card.get_by_role("link", name="涉嫌犯罪案件移送书", exact=True)).to_be_visible()
    expect(card).to_contain_text("缺：至少一项")
    officer.picture("documents-transfer")
    card.get_by_role("link", name="涉案物品清单", exact=True).click()
    for column, text in {
        "名称": "白酒", "规格": "500ml", "数量": "120", "单位": "瓶", "特征": "标注“飞天”",
        "存放地点": "木渎镇仓库", "保管状态": "扣押，仓库保管",
    }.items():  # fmt: skip
        page.get_by_label(f"第1项{column}", exact=True).fill(text)
    officer.picture("documents-goods-list")
    page.get_by_role("button", name="保存并制发").click()
    expect(page.get_by_text("吴中市监物清〔2026〕1号").first).to_be_visible()
    page.get_by_role("link", name="移送", exact=True).last.click()
    page.locator("#documents").get_by_role("link", name="涉嫌犯罪案件移送书", exact=True).click()
    page.get_by_text("附上签章扫描件").click()
    page.locator("#scan").set_input_files({"name": "盖章件.png", "mimeType": "image/png", "buffer": PNG})
    page.get_by_role("button", name="上传").click()
    expect(page.get_by_role("heading", name="签章扫描件")).to_be_visible()
    officer.picture("documents-letter")
    officer.is_content()


def test_the_report_is_completed_and_the_head_words_the_numbers(
    chromium: Browser, address: str, clean: DatabaseUrls
) -> None:
    officer = Desk(chromium, address, HANDLER)
    page = officer.go(f"/transfers/{sent_transfer(address)}")
    page.locator("#documents").get_by_role("link", name="涉嫌犯罪案件情况的调查报告").click()
    officer.picture("documents-report")
    page.get_by_label("证据目录与证明对象").fill("现场笔录，证明销售事实。")
    page.get_by_role("button", name="保存并制发").click()
    expect(page.get_by_text("文书已编号制发")).to_be_visible()
    officer.is_content()
    head = Desk(chromium, address, HEAD)
    page = head.go("/documents/numbers")
    page.get_by_label("涉嫌犯罪案件移送书的文种用字", exact=True).fill("移字")
    head.picture("documents-numbers")
    row = page.get_by_role("row").filter(has_text="吴中市监移送〔2026〕1号")
    row.get_by_role("button", name="设定").click()
    expect(page.get_by_text("吴中市监移字〔2026〕1号")).to_be_visible()
    head.is_content()
