"""Transfers, supervision and clues, led through the console's own forms by the officers who may."""

from __future__ import annotations

import re
import uuid

import pytest

from tests.cases.builders import enter
from tests.conftest import Acts
from tests.transfers.builders import (
    CHIEF,
    DESK,
    HANDLER,
    HEAD,
    POLICE,
    POLICE_HEAD,
    PROCURATOR,
    SECOND,
    group,
    led_to,
)
from tests.web.conftest import Browser, Visits


async def act(browser: Browser, transfer: str, action: str, **fields: object) -> str:
    """Press a button of the transfer's page; the form must be on the page."""
    page = await browser.see(transfer)
    assert f'action="{transfer}/actions/{action}"' in page, f"no button {action}"
    revision = re.search(r'name="revision" value="(\d+)"', page)
    assert revision
    await browser.done(f"{transfer}/actions/{action}", revision=revision[1], **fields)
    return await browser.see(transfer)


async def opened(visits: Visits, acts: Acts) -> str:
    case = await enter(acts(HANDLER))
    browser = await visits(HANDLER)
    await browser.done(
        f"/cases/{case['id']}/transfers",
        charge="214",
        summary="数额达到标准",
        task_group=[str(one) for one in await group(acts)],
    )
    link = re.search(r'href="(/transfers/[\w-]+)"', await browser.see(f"/cases/{case['id']}"))
    assert link
    return link[1]


async def test_the_straight_way_and_its_supplement_through_the_pages(visits: Visits, acts: Acts) -> None:
    transfer = await opened(visits, acts)
    officer, head = await visits(HANDLER), await visits(HEAD)
    desk, police, police_head = await visits(DESK), await visits(POLICE), await visits(POLICE_HEAD)
    await act(officer, transfer, "report", report="书面报告", proposal="移送公安机关")
    assert "已批准" in await act(head, transfer, "approve", override_reason="检验报告待出")
    police_organ = re.search(
        r'<option value="(\d+)" selected>苏州市公安局吴中区分局', await officer.see(transfer)
    )
    assert police_organ, "the police organ of the same level is proposed"
    await act(officer, transfer, "send", police_organ=police_organ[1])
    assert transfer in await desk.see("/transfers")
    await act(desk, transfer, "sign_receipt")
    asked = await act(desk, transfer, "ask_supplement", items="鉴定意见\n扣押清单")
    assert "· 鉴定意见\n· 扣押清单" in asked
    assert "待补正" in await officer.see("/")
    await act(officer, transfer, "supplement", items="鉴定意见\n扣押清单")
    await act(police, transfer, "begin_review")
    await act(police, transfer, "propose_filing", reason="有犯罪事实", charge="214")
    assert "提请待批准" in await police_head.see("/")
    filed = await act(police_head, transfer, "approve_filing", police_case_number="A32050620260501")
    assert "已立案" in filed
    assert "A32050620260501" in filed
    assert "移交涉案物品与材料" in await officer.see(transfer)


async def test_a_refused_action_says_why_and_keeps_what_was_typed(visits: Visits, acts: Acts) -> None:
    transfer = await opened(visits, acts)
    officer = await visits(HANDLER)
    answer = await officer.send(f"{transfer}/actions/report", report="只写了报告", revision="99")
    assert answer.status_code == 409
    answer = await officer.send(f"{transfer}/actions/report", report="只写了报告")
    assert answer.status_code == 422
    assert "请填写“处理建议”" in answer.text
    assert "只写了报告" in answer.text
    answer = await officer.send(f"{transfer}/actions/approve")
    assert answer.status_code in (403, 409)
    assert "批准移送" in answer.text
    assert (await officer.send(f"{transfer}/actions/no_such")).status_code == 422


@pytest.mark.parametrize("who", ["handler1@320583-market", "sysadmin@320506-market", "handler@320583-police"])
async def test_a_foreign_officer_finds_no_transfer(visits: Visits, acts: Acts, who: str) -> None:
    transfer = await led_to(acts, "send")
    browser = await visits(who)
    page = await browser.see(f"/transfers/{transfer['id']}", 404)
    assert transfer["number"] not in page
    assert (await browser.send(f"/transfers/{transfer['id']}/actions/sign_receipt")).status_code == 404


async def test_the_procurator_sees_an_untransferred_case_suggests_and_is_answered(
    visits: Visits, acts: Acts
) -> None:
    case = await enter(acts(HANDLER))
    procurator, officer = await visits(PROCURATOR), await visits(HANDLER)
    assert case["number"] in await procurator.see("/supervision/untransferred")
    assert case["number"] in await procurator.see("/")
    page = await procurator.see(f"/cases/{case['id']}")
    assert "≥ 50,000元" in page
    await procurator.done(
        f"/cases/{case['id']}/requests", kind="suggest_transfer", reasons="数额已达立案追诉标准"
    )
    assert "待答复" in await officer.see("/supervision/requests")
    link = re.search(r'href="(/supervision/requests/[\w-]+)"', await officer.see(f"/cases/{case['id']}"))
    assert link
    assert "检察意见书" in await officer.see(link[1])
    wrong = await officer.send(f"{link[1]}/answer", answer_kind="information", answer="情况说明")
    assert wrong.status_code == 422
    assert "情况说明" in wrong.text
    await officer.done(f"{link[1]}/answer", answer_kind="will_transfer", answer="将于三日内移送")
    answered = await procurator.see(link[1])
    assert "将于三日内移送" in answered
    await procurator.done(f"{link[1]}/accept", note="认可")
    assert "认可答复" in await procurator.see(link[1])
    await (await visits("handler@320583-procuratorate")).see(link[1], 404)
    await (await visits("sysadmin@320506-market")).see(link[1], 404)


async def test_refusals_reach_the_procuratorates_list(visits: Visits, acts: Acts) -> None:
    transfer = await led_to(acts, "begin_review")
    address = f"/transfers/{transfer['id']}"
    await act(await visits(POLICE), address, "propose_refusal", reason="没有犯罪事实")
    await act(await visits(POLICE_HEAD), address, "approve_refusal")
    procurator = await visits(PROCURATOR)
    assert transfer["number"] in await procurator.see("/supervision/refusals")
    assert "要求说明理由" in await act(procurator, address, "demand_refusal_reasons", reason="数额已达标准")
    assert "不立案的理由与依据" in await (await visits(POLICE)).see(address)
    await (await visits(POLICE)).see("/supervision/refusals", 403)


async def organ_id(acts: Acts, code: str) -> str:
    organs = (await acts(HANDLER).get("/api/v1/organs")).json()
    return str(next(one["id"] for one in organs if one["code"] == code))


async def test_a_clue_goes_there_and_back(visits: Visits, acts: Acts) -> None:
    officer, police = await visits(HANDLER), await visits(DESK)
    form = await officer.see("/clues/new?kind=suspected_crime")
    assert "尚不具备移送条件的涉嫌犯罪线索" in form
    assert "苏州市监察委员会" not in form  # only organs that this kind goes to
    draft = {"kind": "suspected_crime", "subject": "疑似售假窝点", "content": "仓库夜间出货", "send": "yes"}
    missing = await officer.send("/clues", **draft)
    assert missing.status_code == 422
    assert "仓库夜间出货" in missing.text
    to = await organ_id(acts, "320506-police")
    clue = (await officer.done("/clues", **draft, to_organ_id=to)).partition("?")[0]
    assert "疑似售假窝点" in await police.see("/clues")
    assert "消息" in await police.see("/inbox")
    page = await police.see(clue)
    assert f'action="{clue}/actions/sign_receipt"' in page
    await police.done(f"{clue}/actions/sign_receipt")
    refused = await police.send(f"{clue}/actions/reject", reason="")
    assert refused.status_code == 422
    await police.done(f"{clue}/actions/reject", reason="证据不足")
    assert "证据不足" in await officer.see(clue)
    await (await visits("handler1@320583-market")).see(clue, 404)


async def test_a_duty_crime_clue_is_nowhere_in_the_console_for_others(visits: Visits, acts: Acts) -> None:
    officer = await visits(HANDLER)
    to = await organ_id(acts, "320506-commission")
    draft = {"kind": "duty_crime", "to_organ_id": to, "subject": "收受财物", "content": "详情"}
    named = await officer.send("/clues", **draft, next="officers")
    choice = re.search(r'name="officers" value="(\d+)"', named.text)
    assert choice
    clue = (await officer.done("/clues", **draft, officers=choice[1], send="yes")).partition("?")[0]
    assert "限定知悉" in await officer.see("/clues?box=sent")
    for who in (SECOND, "legal@320506-market", "sysadmin@320506-market", "audit@320506-market", CHIEF):
        browser = await visits(who)
        assert "没有找到" in await browser.see(clue, 404)
        if "admin" not in who and "audit" not in who:
            assert "收受财物" not in await browser.see("/clues?box=sent")
            assert "收受财物" not in await browser.see("/inbox")
        assert clue.rpartition("/")[2] not in await browser.see("/")


async def test_a_form_sent_twice_acts_once(visits: Visits, acts: Acts) -> None:
    officer = await visits(HANDLER)
    draft = {
        "form": str(uuid.uuid4()),
        "kind": "suspected_crime",
        "to_organ_id": await organ_id(acts, "320506-police"),
        "subject": "疑似售假窝点",
        "content": "仓库夜间出货",
        "send": "yes",
    }
    first = await officer.done("/clues", **draft)
    assert await officer.done("/clues", **draft) == first
    other = await officer.send("/clues", **draft | {"content": "另一内容"})
    assert other.status_code == 422
    case = await enter(acts(HANDLER))
    procurator = await visits(PROCURATOR)
    letter = {"form": str(uuid.uuid4()), "kind": "suggest_transfer", "reasons": "数额已达标准"}
    for _ in range(2):
        await procurator.done(f"/cases/{case['id']}/requests", **letter)
    page = await procurator.see("/supervision/requests")
    assert page.count(case["number"]) == 1


async def test_a_clue_carries_attachments(visits: Visits, acts: Acts) -> None:
    officer, police = await visits(HANDLER), await visits(DESK)
    draft = {"kind": "suspected_crime", "subject": "窝点", "content": "夜间出货"}
    to = await organ_id(acts, "320506-police")
    clue = (await officer.done("/clues", **draft, to_organ_id=to)).partition("?")[0]
    await officer.done(f"{clue}/files", files={"file": ("照片.jpg", b"\xff\xd8 picture")})
    await officer.done(f"{clue}/actions/send")
    link = re.search(r'href="(/files/[\w-]+)" download>照片.jpg', await police.see(clue))
    assert link
    assert (await police.http.get(link[1])).content == b"\xff\xd8 picture"
    foreign = await visits("handler@320583-police")
    assert (await foreign.http.get(link[1])).status_code == 404
    refused = await foreign.send(f"{clue}/files", files={"file": ("a.txt", b"x")})
    assert refused.status_code == 404
    empty = await officer.send(f"{clue}/files")
    assert "请选择要上传的文件" in empty.text
