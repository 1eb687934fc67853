"""Earlier penalties, sums and suspicion on the page of a case."""

from __future__ import annotations

import uuid
from typing import Any

from tests.cases.builders import a_person, an_id_number, case_body, enter
from tests.conftest import Acts
from tests.web.conftest import Visits

HANDLER, FOREIGN, PROCURATOR = (
    "handler1@320506-market",
    "handler1@340104-market",
    "handler@320506-procuratorate",
)


def untreated(sold: str, number: str) -> dict[str, Any]:
    facts = {"ip_sales_amount": sold, "ip_unsold_value": "0", "illegal_gain": "0"}
    parties = [a_person(id_number=number)]
    return case_body(facts=facts, parties=parties, decided_on=None, decision_number=None, penalties=[])


async def test_the_page_asks_for_confirmation_and_takes_it(acts: Acts, visits: Visits) -> None:
    number = an_id_number()
    await enter(acts(FOREIGN), untreated("30000", number))
    case = await enter(acts(HANDLER), untreated("20000", number))
    address = f"/cases/{case['id']}"
    browser = await visits(HANDLER)
    page = await browser.see(address)
    assert "累计计算：销售假冒注册商标的商品罪" in page
    assert "须人工确认" in page
    assert "50,000" in page
    assert "本平台自" in page
    assert "最高一档法定刑的追诉期限15年，最低一档5年" in page
    overseer = await (await visits(PROCURATOR)).see(address)
    assert "累计计算" in overseer
    assert "确认累计计算" not in overseer
    refused = await browser.send(f"{address}/accumulation/confirm", charge="214", reasons="")
    assert refused.status_code == 422
    done = await browser.done(f"{address}/accumulation/confirm", charge="214", reasons="两次行为均未经处理")
    assert done.startswith(address)
    after = await browser.see(address)
    assert "累计达到" in after
    assert "两次行为均未经处理" in after


async def test_suspicion_and_an_outside_penalty_from_the_page(acts: Acts, visits: Visits) -> None:
    case = await enter(acts(HANDLER), untreated("30000", an_id_number()))
    address = f"/cases/{case['id']}"
    browser = await visits(HANDLER)
    page = await browser.see(address)
    assert "认定合理嫌疑" in page
    await browser.done(f"{address}/suspicion", charge="214", reasons="账本显示另有进货")
    after = await browser.see(address)
    assert "账本显示另有进货" in after
    listed = await (await visits(PROCURATOR)).see("/supervision/untransferred")
    assert case["number"] in listed
    assert "合理嫌疑</span>" in listed
    assert "其中合理嫌疑1件" in listed
    assert "认定合理嫌疑</summary>" not in after
    penalty = {
        "form": str(uuid.uuid4()), "organ_name": "某市市场监督管理局", "cause": "sell_labels",
        "decided_on": "2025-03-03", "source": "协查函〔2026〕3号",
    }  # fmt: skip
    wrong = await browser.send(f"{address}/outside-penalties", **{**penalty, "decided_on": "2099-01-01"})
    assert wrong.status_code == 422
    assert "某市市场监督管理局" in wrong.text
    await browser.done(f"{address}/outside-penalties", **{**penalty, "form": str(uuid.uuid4())})
    assert "协查函〔2026〕3号" in await browser.see(address)


async def test_the_heavier_of_several_charges_is_named(acts: Acts, visits: Visits) -> None:
    case = await enter(
        acts(HANDLER),
        case_body(
            cause="toxic_food",
            facts={
                "conduct": ["sell"], "toxic_nonfood_added": True, "sales_amount": "100000",
                "quality_defect": ["unqualified_as_qualified"],
            },
        ),
    )  # fmt: skip
    assert "法定刑为重" in await (await visits(HANDLER)).see(f"/cases/{case['id']}")
