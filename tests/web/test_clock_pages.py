"""The pages of clocks: how an end was computed, extensions and pauses, the calendar, the own counting."""

from __future__ import annotations

from tests.cases.builders import HANDLER, enter, small_case
from tests.conftest import Acts
from tests.web.conftest import Visits

HEAD = "head@320506-market"
KEEPER = "statistics@320000-coordinating"


async def started(acts: Acts, visits: Visits) -> str:
    """The address of a clock that the handler started on the page."""
    case = await enter(acts(HANDLER), small_case())
    handler = await visits(HANDLER)
    assert f"/cases/{case['id']}/clocks/new" in await handler.see(f"/cases/{case['id']}")
    form = f"/cases/{case['id']}/clocks/new"
    assert "先行登记保存处理" in await handler.see(form)
    bad = await handler.send(form, clock="case_decision", at="2126-01-01T10:00")
    assert (bad.status_code, "起算的事件不能晚于现在" in bad.text) == (422, True)
    address = await handler.done(form, clock="case_decision", at="2026-10-09T10:00", document="立案审批表")
    return address.partition("?")[0]


async def test_a_clock_is_explained_extended_halted_resumed_and_ended_on_its_page(
    acts: Acts, visits: Visits
) -> None:
    address = await started(acts, visits)
    handler, head = await visits(HANDLER), await visits(HEAD)
    page = await head.see(address)
    assert "起算事件：立案（2026年10月9日10:00）" in page
    assert "末日为2027年1月7日，是工作日，当日24时届满" in page
    assert "暂定" in page
    refused = await head.send(f"{address}/extend", n="31", document="延〔2026〕1号", reason="复杂")
    assert (refused.status_code, "最多延长30日" in refused.text) == (422, True)
    await head.done(f"{address}/extend", document="延〔2026〕1号", reason="复杂")
    assert "延长30日（负责人批准，延〔2026〕1号），合计120日" in await handler.see(address)
    since = {"ground": "听证", "document": "听证通知书", "since": "2026-10-20T09:00"}
    await handler.done(f"{address}/pause", **since)
    assert "中止：听证" in await handler.see(address)
    await handler.done(f"{address}/resume", ground="听证", document="笔录", until="2026-10-30T09:00")
    page = await handler.see(address)
    assert "共10日不计入期间" in page
    await handler.done(f"{address}/stop", outcome="不予处罚")
    assert "按期办结" in await handler.see(address)


async def test_who_may_not_sees_no_buttons_and_a_foreigner_no_page(acts: Acts, visits: Visits) -> None:
    address = await started(acts, visits)
    procurator = await visits("handler@320506-procuratorate")
    assert "可办理" not in await procurator.see(address)
    foreign = await visits("handler1@340104-market")
    await foreign.see(address, 404)
    assert (await foreign.send(f"{address}/stop", outcome="撤案")).status_code == 404


async def test_a_published_year_is_entered_and_a_day_corrected(visits: Visits) -> None:
    keeper = await visits(KEEPER)
    assert "登记新公布的年度" in await keeper.see("/calendar")
    notice = {
        "source": "国务院办公厅关于2027年部分节假日安排的通知",
        "notice_number": "国办发明电〔2026〕9号",
    }
    wrong = await keeper.send("/calendar", year="2027", rest="2027-01-01", work="2027-01-05", **notice)
    assert (wrong.status_code, "2027年1月5日不是周六、周日" in wrong.text) == (422, True)
    address = await keeper.done(
        "/calendar", year="2027", rest="2027-01-01..2027-01-03", work="2027-01-09", **notice
    )
    page = await keeper.see(address.partition("?")[0])
    assert "01-01 01-02 01-03" in page
    day = {"revision": "1", "day": "2027-01-04", "kind": "rest", "reason": "漏列", **notice}
    await keeper.done("/calendar/2027/days", **day)
    assert "第2版" in await keeper.see("/calendar/2027")
    handler = await visits(HANDLER)
    assert "登记新公布的年度" not in await handler.see("/calendar")
    assert (await handler.send("/calendar/2027/days", **day)).status_code == 403


async def test_the_organ_sets_its_own_counting(visits: Visits) -> None:
    head = await visits(HEAD)
    assert "届满前提醒承办人" in await head.see("/clocks/settings")
    await head.done("/clocks/settings/transfer_decision", n="3", unit="workday", reason="办公会议定")
    await head.done("/clocks/settings/reminder", n="48", unit="hour", reason="办公会议定")
    page = await head.see("/clocks/settings")
    assert page.count("本机关设定") == 2
    assert "3个工作日：办公会议定" in page
    wrong = await head.send("/clocks/settings/transfer_decision", n="5", unit="day", reason="x")
    assert (wrong.status_code, "长度由法律规定为3日" in wrong.text) == (422, True)
    administrator = await visits("sysadmin@320506-market")
    assert "期限口径" in await administrator.see("/clocks/settings")
    handler = await visits(HANDLER)
    assert "由本机关负责人或者系统管理员设定" in await handler.see("/clocks/settings")
