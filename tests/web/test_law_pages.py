"""The law's pages: what a lawyer reads, and the calculator."""

from __future__ import annotations

import re

import pytest
from markupsafe import escape

from app.law.clocks import counting_rules
from app.law.statutes import law
from tests.conftest import Acts
from tests.web.conftest import Visits

HANDLER = "handler1@320506-market"
PARTS = ["/law", "/law/calculator", "/law/causes", "/law/facts", "/law/clocks", "/law/instruments"]


async def test_every_charge_has_a_page_with_all_its_versions_and_sources(visits: Visits) -> None:
    browser = await visits(HANDLER)
    listed = await browser.see("/law")
    for charge in law().charges.values():
        assert f'href="/law/{charge.charge}"' in listed
        page = await browser.see(f"/law/{charge.charge}")
        for version in charge.versions:
            assert version.id in page
            assert page.count('<section class="version') == len(charge.versions)
            for name in version.instruments:
                assert f"《{law().instruments[name].title}》" in page
            for cite in [one.cite for one in version.limbs] + [one.cite for one in version.questions]:
                assert law().citation(cite) in page


async def test_one_charge_says_how_surely_it_is_known(visits: Visits) -> None:
    page = await (await visits(HANDLER)).see("/law/214")
    current, transition, old = re.findall(r'<section class="version.*?</section>', page, re.DOTALL)
    assert "2025年4月26日起施行" in current
    assert "现行" in current
    assert "二年内因213-215条行为受刑罚或行政处罚：是" in current
    assert "未逐字核对" in transition
    assert "须人工复核" in transition
    assert "由办案人员判断" in transition
    assert "未遂" in old
    assert "https://flk.npc.gov.cn/" in old
    assert "移送所需文书和证据" in page
    assert "销售侵犯注册商标专用权的商品" in page


async def test_the_glossary_and_the_clocks_are_complete(visits: Visits) -> None:
    browser = await visits(HANDLER)
    facts = await browser.see("/law/facts")
    for fact in law().facts.values():
        assert f'id="{fact.id}"' in facts
    assert "系统计算" in facts
    assert "三年内" in facts
    clocks = await browser.see("/law/clocks")
    assert "法无明文，由平台规则设定" in clocks
    assert "凭记忆，未核对原文" in clocks
    assert "《行政处罚法》第60条" in clocks
    for rule in counting_rules():
        assert str(escape(rule.rule)) in clocks


@pytest.mark.parametrize("address", PARTS)
async def test_the_parts_lead_to_each_other(visits: Visits, address: str) -> None:
    page = await (await visits(HANDLER)).see(address)
    assert re.search(rf'href="{address}" aria-current="page"', page)
    assert all(f'href="{part}"' in page for part in PARTS)


async def test_an_unknown_charge_is_not_found(visits: Visits) -> None:
    await (await visits(HANDLER)).see("/law/999", 404)


async def test_a_charge_or_a_cause_asks_for_its_facts(visits: Visits) -> None:
    browser = await visits(HANDLER)
    by_charge = await browser.see("/law/calculator?cause=charge:214")
    assert 'name="facts.ip_sales_amount"' in by_charge
    assert 'value="sell_counterfeit_goods" checked' in by_charge
    by_cause = await browser.part("/law/calculator/facts", cause="unlicensed_tobacco")
    assert 'name="facts.cigarette_sticks"' in by_cause.text
    assert (await browser.part("/law/calculator/facts", cause="charge:999")).status_code == 200


async def test_the_calculator_compares_the_law_of_both_days(visits: Visits) -> None:
    browser = await visits(HANDLER)
    typed = {
        "cause": "charge:214",
        "facts.conduct": "sell_counterfeit_goods",
        "facts.illegal_gain": "35000",
        "facts.ip_sales_amount": "30000",
        "facts.ip_unsold_value": "0",
    }
    new = await browser.part(
        "/law/calculator/result", **typed, act_end_date="2025-06-01", decided_on="2025-07-01"
    )
    assert "达到追诉标准" in new.text
    old = await browser.part(
        "/law/calculator/result", **typed, act_end_date="2025-04-01", decided_on="2025-07-01"
    )
    assert "未达追诉标准" in old.text
    assert "从旧兼从轻" in old.text


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"facts.ip_sales_amount": "5万元"}, "侵权商品销售金额"),
        ({"act_end_date": "2026-02-30"}, "行为终了日"),
        ({"act_end_date": "2026-02-20", "decided_on": "2026-01-01"}, "适用法律之日"),
    ],
)
async def test_bad_input_is_told_by_its_label(visits: Visits, fields: dict[str, str], says: str) -> None:
    browser = await visits(HANDLER)
    answer = await browser.part("/law/calculator/result", cause="charge:214", **fields)
    assert 'role="alert"' in answer.text
    assert says in answer.text


async def test_nothing_chosen_is_nothing_calculated(visits: Visits) -> None:
    answer = await (await visits(HANDLER)).part("/law/calculator/result", cause="")
    assert "选择案由后显示" in answer.text


async def test_nobody_reads_and_nobody_calculates(visits: Visits, acts: Acts) -> None:
    browser = await visits(HANDLER)
    browser.http.cookies.clear()
    for address in [*PARTS, "/law/214"]:
        assert (await browser.http.get(address)).status_code == 303
