"""Reverse referrals, transfers for detention, and the counting of goods, through the pages."""

from __future__ import annotations

import re
from typing import Any

from tests.cases.builders import enter
from tests.conftest import Acts
from tests.evidence.exhibits import added
from tests.referrals.builders import DATES, DECISION, NOT_PROSECUTED, OPINION, organ
from tests.transfers.builders import CHIEF, HANDLER, HEAD, POLICE, PROCURATOR, led_to
from tests.web.conftest import Browser, Visits


async def take(browser: Browser, page: str, action: str, **fields: Any) -> str:
    """Press an action's button; the page that follows."""
    revision = re.search(r'name="revision" value="(\d+)"', await browser.see(page))
    assert revision
    await browser.done(f"{page}/actions/{action}", revision=revision[1], **fields)
    return await browser.see(page)


async def test_a_reverse_referral_through_the_pages(visits: Visits, acts: Acts) -> None:
    procurator, chief = await visits(PROCURATOR), await visits(CHIEF)
    handler, head = await visits(HANDLER), await visits(HEAD)
    assert "登记不起诉案件" in await procurator.see("/referrals")
    assert "/referrals/new" not in await head.see("/referrals")
    assert "被不起诉人" in await procurator.see("/referrals/new?kind=reverse")
    market = await organ(acts, "320506-market")
    unfilled = await procurator.send("/referrals", kind="reverse", form="1", organ=market)
    assert (unfilled.status_code, "请填写“被不起诉人”" in unfilled.text) == (422, True)
    page = await procurator.done("/referrals", kind="reverse", form="2", organ=market, **NOT_PROSECUTED)
    page = page.partition("?")[0]
    assert "反向衔接审查" in await take(procurator, page, "take_over")
    await take(procurator, page, "suspend_review", ground="victim", reason="被害人申诉")
    assert "反向衔接审查的中止" in await procurator.see(page)
    await take(procurator, page, "resume_review", reason="维持不起诉")
    assert (await handler.http.get(page)).status_code == 404
    assert "已移送行政机关" in await take(chief, page, "issue_opinion", organ=market, **OPINION)
    assert page in await handler.see("/referrals?view=turn")
    case = await enter(acts(HANDLER))
    late = {"act_end": "2020-01-05", "discovered": "2026-03-02"}
    held = await handler.send(f"{page}/actions/accept", revision=5, **late)
    assert (held.status_code, "已过五年" in held.text) == (422, True)
    assert case["number"] in await take(handler, page, "accept", case=case["number"], **DATES)
    await take(handler, page, "decide", **DECISION)
    assert "已回复" in await take(handler, page, "reply", reply="已处罚")
    told = re.search(r'href="(/inbox/[\w-]+)"', await procurator.see("/inbox"))
    assert told
    followed = await procurator.http.get(told[1])
    assert followed.headers["location"] == page


async def test_a_transfer_for_detention_through_the_pages(visits: Visits, acts: Acts) -> None:
    handler, head, police = await visits(HANDLER), await visits(HEAD), await visits(POLICE)
    case = await enter(acts(HANDLER))
    page = await handler.done(
        "/referrals", kind="detention", form="1", case=case["number"], provision="food",
        persons="李建国\n王五", facts="事实",
    )  # fmt: skip
    page = page.partition("?")[0]
    await take(head, page, "approve")
    police_organ = await organ(acts, "320506-police")
    sent = await take(handler, page, "send", police_organ=police_organ, materials="移送书\n调查报告")
    assert "已移送" in sent
    await take(police, page, "sign_receipt")
    await take(police, page, "propose_detention", persons="李建国 五日", reason="食品安全法第123条")
    assert "行政拘留" in await police.see(page)
    assert "待负责人批准" not in await handler.see(page)


async def test_goods_are_handed_over_and_counted_through_the_pages(visits: Visits, acts: Acts) -> None:
    """移送规定第12条: lists counted and signed by both sides."""
    transfer = await led_to(acts, "approve_filing")
    exhibit = await added(acts, transfer["case_id"])
    page = f"/transfers/{transfer['id']}"
    handler, police = await visits(HANDLER), await visits(POLICE)
    form = await handler.see(page)
    assert f'value="{exhibit["id"]}"' in form
    handed = {
        "exhibits.0.exhibit": exhibit["id"], "exhibits.0.counted": exhibit["quantity"],
        "goods.0.name": "案卷材料", "goods.0.quantity": "3", "goods.0.unit": "册", "goods.0.how": "handed",
    }  # fmt: skip
    await take(handler, page, "hand_over_goods", signatory="张三", **handed)
    assert 'value="案卷材料"' in await police.see(page), (
        "what was handed over stands in the form to be counted"
    )
    counted = handed | {"goods.0.quantity": "2"}
    revision = re.search(r'name="revision" value="(\d+)"', await police.see(page))
    assert revision
    answer = await police.send(
        f"{page}/actions/accept_goods", revision=revision[1], signatory="王警官", **counted
    )
    assert (answer.status_code, "移交3册，清点2册" in answer.text) == (422, True)
    done = await take(
        police, page, "accept_goods", signatory="王警官", differences="缺一册，已通知补交", **counted
    )
    assert "清点差异" in done
    assert "移交3册，清点2册" in done
