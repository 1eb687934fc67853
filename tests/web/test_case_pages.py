"""Entering, editing and reading cases in the console."""

from __future__ import annotations

import re
import uuid
from typing import Any

import httpx
import pytest

from tests.cases.builders import a_uscc, an_id_number, case_body, enter
from tests.conftest import Acts
from tests.web.conftest import Browser, Visits

HANDLER, HEAD = "handler1@320506-market", "head@320506-market"
FOREIGN = "handler1@320583-market"
ADMINISTRATOR = "sysadmin@320506-market"


def a_form(**change: Any) -> dict[str, Any]:
    """A sale of counterfeit goods as the form sends it."""
    fields: dict[str, Any] = {
        "form": str(uuid.uuid4()),
        "cause": "sell_infringing_goods",
        "facts_of": "sell_infringing_goods",
        "facts.conduct": "sell_counterfeit_goods",
        "facts.ip_sales_amount": "52000",
        "act_end_date": "2026-02-20",
        "filed_on": "2026-03-02",
        "decided_on": "2026-05-11",
        "decision_number": "吴中市监处罚〔2026〕77号",
        "amount_involved": "52000",
        "parties.0.kind": "unit",
        "parties.0.name": "吴中区某百货店",
        "parties.0.uscc": a_uscc(),
    }
    return fields | change


async def entered(browser: Browser, **change: Any) -> str:
    address = await browser.done("/cases", **a_form(**change))
    return address.partition("?")[0]


async def test_the_screening_follows_what_is_typed(visits: Visits) -> None:
    browser = await visits(HANDLER)
    below = await browser.part("/cases/screening", **a_form(**{"facts.ip_sales_amount": "42000"}))
    assert "尚不能确定" in below.text
    assert "违法所得数额" in below.text  # a fact that could change it is named
    above = await browser.part("/cases/screening", **a_form(**{"facts.ip_sales_amount": "50000"}))
    assert "达到追诉标准" in above.text
    assert "≥ 50,000元" in above.text
    assert "法释〔2025〕5号" in above.text


@pytest.mark.parametrize(
    ("amount", "said"),
    [("5万元", "如“5万元”填 50000"), ("1,000", "填 1000"), ("-3", "不能为负数"), ("NaN", "应为数字")],
)
async def test_a_wrong_amount_is_told_while_typing(visits: Visits, amount: str, said: str) -> None:
    browser = await visits(HANDLER)
    answer = await browser.part("/cases/screening", **a_form(**{"facts.ip_sales_amount": amount}))
    assert answer.status_code == 200
    assert said in answer.text


async def test_only_the_facts_of_the_cause_are_asked_and_what_was_typed_stays(visits: Visits) -> None:
    browser = await visits(HANDLER)
    asked = await browser.part("/cases/form/facts", **a_form())
    assert 'name="facts.ip_sales_amount" value="52000"' in asked.text
    assert "facts.salt_tons" not in asked.text
    assert asked.headers["hx-trigger-after-settle"] == "facts-shown"
    other = await browser.part("/cases/form/facts", **a_form(cause="make_labels"))
    ticked = set(re.findall(r'name="facts.conduct" value="(\w+)" checked', other.text))
    assert ticked == {"make_label"}, "what the first cause had filled in is taken out again"


async def test_conduct_beyond_the_cause_brings_its_own_questions(visits: Visits) -> None:
    browser = await visits(HANDLER)
    asked = await browser.part(
        "/cases/form/facts", **a_form(**{"facts.conduct": ["sell_counterfeit_goods", "false_ad"]})
    )
    assert "facts.ad_food_drug" in asked.text


async def test_entry_leads_to_the_case_with_its_finding(visits: Visits) -> None:
    browser = await visits(HANDLER)
    page = await browser.see(await entered(browser))
    assert "案件已录入" not in page  # the address without `done` says nothing
    assert "达到追诉标准" in page
    assert "吴中区某百货店" in page
    assert "销售假冒注册商标的商品罪" in page
    assert "提出移送报告" in page  # the clock
    assert "证据清单" in page
    assert "录入案件" in page  # the history


async def test_sending_the_same_form_twice_enters_one_case(visits: Visits) -> None:
    browser = await visits(HANDLER)
    form = a_form()
    first = await browser.done("/cases", **form)
    second = await browser.done("/cases", **form)
    assert first.partition("?")[0] == second.partition("?")[0]
    assert second.endswith("done=already")


async def test_errors_stand_by_their_fields_and_what_was_typed_stays(visits: Visits) -> None:
    browser = await visits(HANDLER)
    answer = await browser.send(
        "/cases",
        **a_form(
            **{
                "facts.ip_sales_amount": "5.2万",
                "fine_amount": "1,000",
                "parties.0.uscc": "91320506000000001X",
                "decided_on": "2026-01-01",
                "summary": "售假<b>",
            }
        ),
    )
    assert answer.status_code == 422
    for field in ("facts.ip_sales_amount", "fine_amount", "parties.0.uscc", "decided_on"):
        assert f'id="{field}-error"' in answer.text, field
    assert 'value="5.2万"' in answer.text
    assert "售假&lt;b&gt;" in answer.text
    assert 'name="form" value="' in answer.text


async def test_a_likely_duplicate_is_a_warning_and_the_case_is_entered(visits: Visits) -> None:
    browser = await visits(HANDLER)
    form = a_form()
    await browser.done("/cases", **form)
    answer = await browser.send("/cases", **form | {"form": str(uuid.uuid4())})
    assert answer.status_code == 200
    assert "请核对是否重复录入" in answer.text
    assert "案件已录入，请注意以下事项" in answer.text


async def test_editing_screens_again_and_an_older_page_is_refused(visits: Visits) -> None:
    browser = await visits(HANDLER)
    case = await entered(browser)
    form = await browser.see(f"{case}/edit")
    assert 'name="facts.ip_sales_amount" value="52000"' in form
    change = a_form(
        **{"facts.ip_sales_amount": "800", "facts.ip_unsold_value": "0", "facts.illegal_gain": "1"}
    )
    change |= {"facts.prior_punish_2y_tm": "no", "revision": "1", "parties.0.position": "1"}
    assert (await browser.done(f"{case}/edit", **change)).endswith("done=saved")
    page = await browser.see(case)
    assert "未达追诉标准" in page
    assert "52,000 元" in page  # the history says from what
    answer = await browser.send(f"{case}/edit", **change)
    assert answer.status_code == 412
    assert "已被他人修改" in answer.text


async def test_id_numbers_are_masked_until_somebody_gives_a_reason(visits: Visits) -> None:
    browser = await visits(HANDLER)
    number = an_id_number()
    case = await entered(
        browser, **{"parties.0.kind": "person", "parties.0.id_number": number, "parties.0.uscc": ""}
    )
    page = await browser.see(case)
    assert number not in page
    assert f"{number[:4]}**********{number[-4:]}" in page
    refused = await browser.send(f"{case}/parties/1/unmask", reason="")
    assert refused.status_code == 422
    assert number not in refused.text
    shown = await browser.send(f"{case}/parties/1/unmask", reason="核对当事人身份")
    assert number in shown.text
    again = await browser.see(case)
    assert number not in again
    assert "查看证件号码原文" in again
    assert "核对当事人身份" in again
    form = await browser.see(f"{case}/edit")
    assert number not in form
    assert "留空则不变" in form


async def test_evidence_is_marked_uploaded_opened_and_removed_from_the_page(visits: Visits) -> None:
    browser = await visits(HANDLER)
    case = await entered(browser)
    item = re.search(r'id="item-(214-E\w+)"', await browser.see(case))
    assert item
    await browser.done(f"{case}/checklist", item=item[1], status="missing", note="正在调取")
    await browser.done(
        f"{case}/files", files={"file": ("鉴定意见.pdf", b"%PDF-1.7 real content")}, item=item[1]
    )
    page = await browser.see(case)
    assert "正在调取" in page
    link = re.search(r'>鉴定意见.pdf</a> <a href="(/files/[\w-]+)" download>', page)
    assert link
    content = await browser.http.get(link[1])
    assert content.content == b"%PDF-1.7 real content"
    assert "attachment" in content.headers["content-disposition"]
    assert "查阅文件" in await browser.see(case)
    file = link[1].replace("/files/", f"{case}/files/")
    unsaid = await browser.send(f"{file}/remove", reason="")
    assert unsaid.status_code == 422
    await browser.done(f"{file}/remove", reason="传错了文件")
    assert f'href="{link[1]}"' not in await browser.see(case)
    empty = await browser.send(f"{case}/files", item=item[1])
    assert empty.status_code == 422
    assert "请选择要上传的文件" in empty.text


async def test_the_head_records_why_a_case_is_not_transferred(visits: Visits) -> None:
    case = await entered(await visits(HANDLER))
    head = await visits(HEAD)
    assert "记录不移送的理由" in await head.see(case)
    await head.done(f"{case}/not-transferred", reason="价格认定后数额不足", revision="1")
    assert "价格认定后数额不足" in await head.see(case)
    handler = await visits(HANDLER)
    refused = await handler.send(f"{case}/not-transferred", reason="我来写", revision="2")
    assert refused.status_code == 403
    assert "由本案承办机关负责人记录" in refused.text


@pytest.mark.parametrize(
    "who", [FOREIGN, ADMINISTRATOR, "handler@320506-police", "handler@320583-procuratorate"]
)
async def test_a_foreign_officer_finds_nothing(visits: Visits, acts: Acts, who: str) -> None:
    case = await enter(acts(HANDLER))
    browser = await visits(who)
    address = f"/cases/{case['id']}"
    page = await browser.see(address, 404)
    assert "没有找到该案件" in page
    assert case["number"] not in page
    await browser.see(f"{address}/edit", 404)
    for tail, fields in (
        ("/edit", a_form(revision="1")),
        ("/not-transferred", {"reason": "不移送", "revision": "1"}),
        ("/transfers", {"charge": "214", "summary": "x"}),
        ("/requests", {"kind": "suggest_transfer", "reasons": "x"}),
        ("/checklist", {"item": "214-E1", "status": "present"}),
        ("/parties/1/unmask", {"reason": "核对"}),
    ):
        answer = await browser.send(address + tail, **fields)
        assert answer.status_code == 404, tail


async def test_the_coordinating_office_sees_figures_and_no_names(visits: Visits, acts: Acts) -> None:
    case = await enter(acts(HANDLER), case_body(summary="这是案情摘要"))
    browser = await visits("statistics@320500-coordinating")
    page = await browser.see(f"/cases/{case['id']}")
    assert "80,000 元" in page
    assert "李建国" not in page
    assert "这是案情摘要" not in page
    assert "李建国" not in await browser.see("/cases")


async def test_the_list_filters_by_address_and_htmx_gets_the_table_alone(visits: Visits) -> None:
    browser = await visits(HANDLER)
    await entered(browser)
    await entered(browser, **{"parties.0.name": "另一家公司", "decision_number": "吴中市监处罚〔2026〕78号"})
    found = await browser.see("/cases?q=百货&conclusion=must_transfer")
    assert "吴中区某百货店" in found
    assert "另一家公司" not in found
    part = await browser.part("/cases?q=另一家")
    assert "<html" not in part.text
    assert "另一家公司" in part.text
    assert "没有符合条件的案件" in (await browser.part("/cases?transferred=true")).text
    wrong = await browser.http.get("/cases?decided_from=2026-13-01")
    assert "日期应为真实存在的日期" in wrong.text


async def test_pages_of_the_list_lead_on(visits: Visits, acts: Acts) -> None:
    for _ in range(31):
        await enter(acts(HANDLER))
    browser = await visits(HANDLER)
    first = await browser.see("/cases?conclusion=must_transfer")
    following = re.search(r'href="(/cases\?[^"]*cursor=[^"]+)" rel="next"', first)
    assert following
    second = await browser.see(following[1])
    assert "本页1条" in second
    assert "回到第一页" in second


async def test_only_who_enters_cases_sees_the_form(visits: Visits) -> None:
    await (await visits("handler@320506-police")).see("/cases/new", 403)
    await (await visits(ADMINISTRATOR)).see("/cases/new", 403)
    await (await visits("handler@320506-police")).see("/cases/import", 403)


async def test_a_sheet_is_imported_and_bad_rows_are_told(visits: Visits) -> None:
    browser = await visits(HANDLER)
    template: httpx.Response = await browser.http.get("/cases/import-template.xlsx")
    assert template.content[:2] == b"PK"
    answer = await browser.send("/cases/import", files={"file": ("a.xlsx", b"not a sheet")})
    assert answer.status_code == 422
    assert "这不是 Excel 工作簿" in answer.text
    nothing = await browser.send("/cases/import")
    assert "请选择填写好的导入模板" in nothing.text
