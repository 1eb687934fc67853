"""An officer enters goods and sends a recording in parts, in a real Chromium, with a picture of each page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.cluster import DatabaseUrls
from tests.web.test_walkthrough import Desk, address, chromium, enter_a_case

__all__ = ["address", "chromium"]

pytestmark = pytest.mark.browser


def test_goods_and_a_recording(chromium: Browser, address: str, clean: DatabaseUrls, tmp_path: Path) -> None:
    officer = Desk(chromium, address, "handler1@320506-market")
    case = enter_a_case(officer, "物品")
    page = officer.page
    page.get_by_role("link", name="登记物品").click()
    for label, text in {
        "名称": "白酒", "规格型号": "500ml/瓶", "数量": "96", "单位": "瓶", "特征": "批号20260101",
        "价值": "38400", "计价文书号或者出处": "吴价认定〔2026〕12号",
        "查封、扣押等文书号": "吴市监扣〔2026〕7号",
        "查封、扣押等日期": "2026-03-02", "存放地点": "证物室", "保管人": "沈卫东",
    }.items():  # fmt: skip
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_label("计价依据").select_option("infringed_median")
    page.get_by_label("取得物品的措施").select_option("seizure")
    officer.picture("exhibit-form")
    page.get_by_role("button", name="登记", exact=True).click()
    expect(page.locator("#exhibits")).to_contain_text("96瓶")

    recording = tmp_path / "监控录像.mp4"
    with recording.open("wb") as file:
        file.truncate(40 * 1024**2)  # three parts
    page.locator("summary", has_text=re.compile("^上传$")).click()
    form = page.locator("form[data-resumable]").last
    form.locator("input[type=file]").set_input_files(recording)
    with page.expect_request(lambda sent: sent.method == "PATCH"):
        form.get_by_role("button", name="上传").click()
    expect(page.locator(".said")).to_contain_text("文件已上传", timeout=30_000)
    expect(page.locator("#checklist")).to_contain_text("监控录像.mp4")
    officer.picture("exhibit-case")
    page.get_by_role("link", name="保管链").first.click()
    expect(page.get_by_role("heading", name=re.compile("保管链"))).to_be_visible()
    officer.picture("file-custody")

    officer.go(case)
    page.locator("#exhibits").get_by_role("link", name=re.compile("白酒")).click()
    officer.press("变更保管", 新的保管人="顾明", 新的存放地点="区局仓库", 原因="证物室检修")
    page.locator("details.action summary", has_text="无害化销毁").click()
    officer.picture("exhibit")
    officer.is_content()
