"""Each kind of actor has a first page and a top bar whose every entry opens."""

from __future__ import annotations

import re

import pytest

from tests.conftest import Acts
from tests.transfers.builders import HANDLER, led_to
from tests.web.conftest import Visits

ACTORS = [
    "handler1@320506-market",
    "head@320506-market",
    "legal@320506-market",
    "feed@320506-market",
    "handler1@320500-market",
    "desk@320506-police",
    "handler@320506-police",
    "head@320506-police",
    "handler@320500-police",
    "handler@320506-procuratorate",
    "head@320500-procuratorate",
    "handler@320506-court",
    "handler@320506-commission",
    "handler@320506-tax",
    "statistics@320500-coordinating",
    "supervisor@320500-supervising",
    "sysadmin@320506-market",
    "secadmin@320506-market",
    "audit@320506-market",
]


@pytest.mark.parametrize("who", ACTORS)
async def test_every_entry_of_the_top_bar_opens(visits: Visits, acts: Acts, who: str) -> None:
    await led_to(acts, "begin_review")
    browser = await visits(who)
    home = await browser.see("/")
    bar = home[home.index("<nav") : home.index("</nav>")]
    addresses = re.findall(r'href="(/[^"]*)"', bar)
    assert addresses[0] == "/"
    for address in addresses:
        page = await browser.see(address)
        assert "系统内部出错" not in page


async def test_administrators_see_accounts_or_the_log_and_no_case(visits: Visits, acts: Acts) -> None:
    transfer = await led_to(acts, "send")
    accounts = await (await visits("sysadmin@320506-market")).see("/")
    assert "handler1" in accounts
    log = await (await visits("audit@320506-market")).see("/")
    assert "录入案件" in log
    for page in (accounts, log):
        assert "李建国" not in page
        assert transfer["number"] not in page
        assert transfer["case_number"] not in page


async def test_the_inbox_counts_opens_and_clears(visits: Visits, acts: Acts) -> None:
    await led_to(acts, "report")
    head = await visits("head@320506-market")
    assert 'class="count"' in await head.see("/")
    inbox = await head.see("/inbox?unread=yes")
    notice = re.search(r'href="(/inbox/[\w-]+)"', inbox)
    assert notice
    answer = await head.http.get(notice[1])
    assert re.match(r"/(cases|transfers)/", answer.headers["location"])
    await head.done("/inbox/read-all")
    assert 'class="count"' not in await head.see("/")
    assert "没有未读消息" in await head.see("/inbox?unread=yes")
    await (await visits(HANDLER)).see(f"/inbox/{'0' * 8}-0000-0000-0000-{'0' * 12}", 404)


async def test_clocks_say_how_they_were_computed(visits: Visits, acts: Acts) -> None:
    await led_to(acts, "report")
    page = await (await visits("head@320506-market")).see("/clocks")
    assert "是否批准移送" in page
    assert "剩余" in page
    assert "起算" in page
    assert "《行政执法机关移送涉嫌犯罪案件的规定》" in page


async def test_the_standards_can_be_read(visits: Visits) -> None:
    browser = await visits(HANDLER)
    page = await browser.see("/law/214")
    assert "销售假冒注册商标的商品罪" in page
    assert "侵权商品销售金额 ≥ 50,000元" in page
    await browser.see("/law/999", 404)
