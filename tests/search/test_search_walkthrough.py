"""Search in a real Chromium: from the box in the header to a hit."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.cases.builders import a_person, case_body
from tests.cluster import DatabaseUrls
from tests.transfers.builders import HANDLER
from tests.web.test_document_walkthrough import V1, api, made
from tests.web.test_walkthrough import Desk, address, chromium

__all__ = ["address", "chromium"]  # the fixtures of the console's walk
pytestmark = pytest.mark.browser


def test_a_word_in_the_header_leads_to_the_case(chromium: Browser, address: str, clean: DatabaseUrls) -> None:
    body = case_body(
        summary="经查，当事人在木渎镇的仓库销售假冒注册商标的白酒，欧阳明远供认进货渠道。",
        parties=[a_person(name="欧阳明远")],
    )
    case = made(api(address, HANDLER).post(f"{V1}/cases", json=body))
    for who in (HANDLER, "handler@320506-procuratorate"):
        desk = Desk(chromium, address, who)
        page = desk.go("/")
        box = page.get_by_role("search").get_by_role("searchbox")
        expect(box).to_be_in_viewport()
        box.fill("欧阳")
        box.press("Enter")
        expect(page.locator("mark").first).to_have_text("欧阳")
        desk.picture(f"search-{who.partition('@')[2]}")
        desk.is_content()
        page.get_by_role("link", name=case["number"]).first.click()
        expect(page).to_have_url(f"{address}/cases/{case['id']}")
