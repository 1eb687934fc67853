"""The search page: the box in the header, hits by kind with the words marked, searches kept, the sheet."""

from __future__ import annotations

import re

import pytest

from tests.cases.builders import a_person, case_body, enter
from tests.clues.builders import sent
from tests.conftest import Acts
from tests.web.conftest import Visits, visits

__all__ = ["visits"]  # the fixture of the console's tests
HANDLER = "handler1@320506-market"


@pytest.fixture
async def case(acts: Acts) -> dict[str, str]:
    return await enter(
        acts(HANDLER), case_body(summary="在木渎镇<仓库>查获白酒", parties=[a_person(name="欧阳明远")])
    )


async def test_the_header_leads_to_hits_by_kind_with_the_words_marked(
    visits: Visits, acts: Acts, case: dict[str, str]
) -> None:
    clue = await sent(acts, subject="欧阳某运输白酒")
    browser = await visits(HANDLER)
    assert 'action="/search" role="search"' in await browser.see("/")
    page = await browser.see("/search?q=欧阳")
    assert re.findall(r'<h2 id="group-(\w+)"', page) == ["case", "party", "clue"]
    assert "<mark>欧阳</mark>明远" in page
    assert f'href="/cases/{case["id"]}"' in page
    assert f'href="/clues/{clue["id"]}"' in page
    assert re.findall(r'id="group-(\w+)"', await browser.see("/search?q=欧阳&kind=clue")) == ["clue"]
    raw = (await browser.http.get("/search", params={"q": "仓库"})).text
    assert "木渎镇&lt;<mark>仓库</mark>&gt;" in raw
    assert "没有找到您可以查阅的" in await browser.see("/search?q=查无此人")


async def test_all_of_a_kind_stand_in_pages(visits: Visits, acts: Acts) -> None:
    for _ in range(31):
        await enter(acts(HANDLER), case_body(parties=[a_person(name="翻页人")]))
    browser = await visits(HANDLER)
    page = await browser.see("/search?q=翻页")
    assert "全部案件" in page
    first = await browser.see("/search?q=翻页&kind=case")
    following = re.search(r'href="([^"]+)" rel="next"', first)
    assert following
    assert first.count("<mark>翻页</mark>人") == 30
    assert (await browser.see(following[1])).count("<mark>翻页</mark>人") == 1


async def test_what_is_wrong_is_said_on_the_page(visits: Visits) -> None:
    browser = await visits(HANDLER)
    assert "请输入要查找的汉字" in await browser.see("/search?q=，", 422)
    assert "截止日期不能早于起始日期" in await browser.see(
        "/search?q=酒&date_from=2026-02-02&date_to=2026-02-01", 422
    )
    assert "翻页标记无效" in await browser.see("/search?q=酒&kind=case&cursor=!", 422)


async def test_a_search_is_kept_asked_again_and_deleted(visits: Visits, case: dict[str, str]) -> None:
    browser = await visits(HANDLER)
    kept = await browser.done("/search/saved", q="欧阳", kind="party", name="欧阳的案件")
    page = await browser.see(kept)
    assert "检索已保存" in page
    assert "欧阳的案件" in page
    again = await browser.send("/search/saved", q="欧阳", name="欧阳的案件")
    assert again.status_code == 409
    assert "已有同名的检索" in again.text
    delete = re.search(r'action="(/search/saved/[^"]+/delete)"', page)
    assert delete
    await browser.done(delete[1])
    assert "欧阳的案件" not in await browser.see("/search")


async def test_the_sheet_is_a_download(visits: Visits, case: dict[str, str]) -> None:
    browser = await visits(HANDLER)
    answer = await browser.http.get("/search/export", params={"q": "欧阳"})
    assert answer.status_code == 200
    assert answer.content[:2] == b"PK"
    assert (await browser.http.get("/search/export")).status_code == 422


async def test_an_administrator_has_no_search(visits: Visits) -> None:
    browser = await visits("sysadmin@320506-market")
    assert 'role="search"' not in await browser.see("/")
    await browser.see("/search?q=欧阳", 403)
