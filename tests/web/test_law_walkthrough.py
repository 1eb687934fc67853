"""A lawyer reads the standards and calculates, in a real Chromium, with a picture of each page."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.cluster import DatabaseUrls
from tests.web.test_walkthrough import Desk, address, chromium

__all__ = ["address", "chromium"]

pytestmark = pytest.mark.browser


def test_reading_and_calculating(chromium: Browser, address: str, clean: DatabaseUrls) -> None:
    lawyer = Desk(chromium, address, "legal@320506-market")
    page = lawyer.go("/law")
    lawyer.picture("law-charges")
    page.get_by_role("link", name="销售假冒注册商标的商品罪").click()
    expect(page.get_by_text("2025年4月26日起施行").first).to_be_visible()
    lawyer.picture("law-charge")
    page.get_by_role("link", name="用这一罪名试算").click()
    result = page.locator("#screening")
    expect(result).to_contain_text("尚不能确定")
    page.get_by_label("行为终了日").fill("2025-06-01")
    page.get_by_label("适用法律之日").fill("2025-07-01")
    page.get_by_label("侵权商品销售金额").fill("49999.99")
    expect(result).to_contain_text("尚不能确定")
    page.get_by_label("侵权商品销售金额").fill("50000")
    expect(result).to_contain_text("达到追诉标准")
    page.get_by_label("案由或罪名").select_option("charge:225")
    expect(page.get_by_label("卷烟支数")).to_be_visible()
    page.get_by_label("案由或罪名").select_option("sell_infringing_goods")
    expect(page.get_by_label("卷烟支数")).to_have_count(0)
    expect(result).to_contain_text("达到追诉标准")
    lawyer.picture("law-calculator")
    for part in ("causes", "facts", "clocks", "instruments", "225", "217"):
        lawyer.go(f"/law/{part}")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), part
        lawyer.picture(f"law-{part}")
        print(part, len(lawyer.complaints))
    print(len(lawyer.complaints), set(lawyer.complaints))
    lawyer.is_content()
