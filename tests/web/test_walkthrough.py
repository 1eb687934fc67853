"""The main job in a real Chromium: officer, head, police and procurator, with a picture of each page."""

from __future__ import annotations

import re
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect, sync_playwright

from app.api import create_app
from app.settings import Settings
from tests.cases.builders import a_uscc
from tests.cluster import DatabaseUrls
from tests.conftest import PASSWORD

pytestmark = pytest.mark.browser

PICTURES = Path(__file__).parents[1] / "screenshots"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
expect.set_options(timeout=10_000)


@pytest.fixture(scope="module")
def address(configuration: Settings, world: dict[str, int]) -> Iterator[str]:
    """A server on a free port, against this worker's database."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    config = uvicorn.Config(create_app(configuration), log_level="warning", lifespan="on")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + 30
    while not server.started:
        assert time.monotonic() < deadline, "the server did not start"
        time.sleep(0.05)
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join(20)
    listening.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The browser that Debian's package brings."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--lang=zh-CN"])
        yield browser
        browser.close()


class Desk:
    """A person at a screen of 1366 × 768."""

    def __init__(self, browser: Browser, address: str, who: str) -> None:
        context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN")
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", lambda said: self._note(said.type, said.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.address = address
        login, organ = who.split("@")
        self.page.goto(f"{address}/sign-in")
        self.page.get_by_label("机关代码").fill(organ)
        self.page.get_by_label("登录名").fill(login)
        self.page.get_by_label("密码").fill(PASSWORD)
        self.page.get_by_role("button", name="登录").click()
        expect(self.page.get_by_role("heading", name="首页")).to_be_visible()

    def _note(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(text)

    def go(self, path: str) -> Page:
        """Open a page."""
        self.page.goto(self.address + path)
        return self.page

    def picture(self, name: str) -> None:
        """Keep what is seen."""
        PICTURES.mkdir(exist_ok=True)
        self.page.screenshot(path=PICTURES / f"{name}.png", full_page=True)

    def press(self, action: str, **fields: str) -> Page:
        """Unfold an action of the page, fill it in by its labels, and send it."""
        form = self.page.locator("details.action").filter(
            has=self.page.locator("summary", has_text=re.compile(f"^{action}$"))
        )
        if form.get_attribute("open") is None:
            form.locator("summary").click()
        for label, text in fields.items():
            form.get_by_label(label).fill(text)
        form.get_by_role("button", name=action).click()
        expect(self.page.locator(".said")).to_be_visible()
        return self.page

    def is_content(self) -> None:
        """Nothing was blocked or broke in the browser."""
        assert self.complaints == []


def enter_a_case(officer: Desk, name: str) -> str:
    """Type a case and watch the screening follow; the page of the case."""
    page = officer.go("/")
    page.get_by_role("link", name="录入案件").click()
    page.get_by_label("案由").select_option("sell_infringing_goods")
    screening = page.locator("#screening")
    expect(screening).to_contain_text("尚不能确定")
    amount = page.get_by_label("侵权商品销售金额")
    amount.fill("1万")
    expect(screening).to_contain_text("应填不带分隔符和单位的数字")
    amount.fill("42000")
    expect(screening).to_contain_text("尚不能确定")
    officer.picture(f"{name}-typing-below")
    page.get_by_label("行为终了日").fill("2026-02-20")
    amount.fill("52000")
    expect(screening).to_contain_text("达到追诉标准")
    expect(screening).to_contain_text("52,000 元")
    officer.picture(f"{name}-typing-above")
    page.get_by_label("名称（姓名）").fill(f"吴中区{name}百货店")
    page.get_by_label("统一社会信用代码").fill(a_uscc())
    page.get_by_label("处罚决定书文号").fill("吴中市监处罚〔2026〕901号")
    page.get_by_label("处罚决定日期").fill("2026-05-11")
    page.get_by_role("button", name="保存并筛查").click()
    expect(page.get_by_role("heading", name=re.compile(f"吴中区{name}百货店"))).to_be_visible()
    expect(page.get_by_text("应当移送公安机关")).to_be_visible()
    officer.picture(f"{name}-case")
    return page.url.partition("?")[0].removeprefix(officer.address)


def test_from_entry_to_filing(chromium: Browser, address: str, clean: DatabaseUrls) -> None:
    officer = Desk(chromium, address, "handler1@320506-market")
    case = enter_a_case(officer, "走通")
    page = officer.page
    page.locator("details.action summary", has_text="拟移送").click()
    for member in page.locator('input[name="task_group"]').all()[:2]:
        member.check()
    page.get_by_label("案情与拟移送的理由").fill("销售金额五万二千元，达到立案追诉标准")
    page.locator("details.action button", has_text="拟移送").click()
    expect(page.locator(".progress .now")).to_have_text(re.compile("拟移送"))
    page.get_by_role("link", name="办理记录").click()
    transfer = page.url.removeprefix(address)
    officer.press("报批", 涉嫌犯罪案件情况的书面报告="经查属实", 处理建议="移送公安机关")

    head = Desk(chromium, address, "head@320506-market")
    expect(head.page.get_by_text("待审批的移送")).to_be_visible()
    head.picture("head-home")
    head.go(transfer)
    head.press("批准移送")
    officer.go(transfer)
    officer.page.locator("details.action summary", has_text=re.compile("^移送公安机关$")).click()
    officer.page.get_by_role("button", name="移送公安机关").click()
    expect(officer.page.get_by_text("缺少必备证据").first).to_be_visible()
    assert ["409" in one for one in officer.complaints] == [True]
    officer.complaints.clear()
    head.go(transfer)
    head.press("缺少必备证据仍予移送", 缺少的必备证据与仍予移送的理由="鉴定意见随后补送")
    officer.go(transfer)
    officer.press("移送公安机关")

    desk = Desk(chromium, address, "desk@320506-police")
    desk.go("/transfers")
    desk.picture("police-inbox")
    desk.page.locator("table.list a").first.click()
    desk.press("签收")
    desk.press("通知补正", 需补正的材料="鉴定意见")
    desk.picture("police-supplement-asked")
    officer.go(transfer)
    officer.press("补正", 补正的材料="鉴定意见原件")

    police = Desk(chromium, address, "handler@320506-police")
    police.go(transfer)
    police.press("开始立案审查")
    form = police.page.locator("details.action").filter(has_text="提请立案").first
    form.locator("summary").click()
    form.get_by_label("立案罪名").select_option("214")
    form.get_by_label("立案的事实与法律依据").fill("有犯罪事实需要追究刑事责任")
    form.get_by_role("button", name="提请立案").click()
    expect(police.page.get_by_text("的提请待负责人批准")).to_be_visible()

    chief = Desk(chromium, address, "head@320506-police")
    expect(chief.page.get_by_text("提请待批准").first).to_be_visible()
    chief.go(transfer)
    chief.press("批准立案", 刑事案件编号="A3205065826052026050001")
    expect(chief.page.locator(".progress .now")).to_have_text(re.compile("已立案"))
    chief.picture("police-filed")
    officer.go(case)
    expect(officer.page.locator(".progress .now")).to_have_text(re.compile("已立案"))
    officer.picture("case-filed")
    for one in (officer, head, desk, police, chief):
        one.is_content()


def test_the_procurator_suggests_transfer(chromium: Browser, address: str, clean: DatabaseUrls) -> None:
    officer = Desk(chromium, address, "handler1@320506-market")
    case = enter_a_case(officer, "未移送")
    procurator = Desk(chromium, address, "handler@320506-procuratorate")
    procurator.picture("procurator-home")
    page = procurator.go("/supervision/untransferred")
    procurator.picture("procurator-untransferred")
    page.locator("table.list a").first.click()
    assert page.url == address + case
    page.locator("details.action summary", has_text="监督文书").click()
    page.get_by_label("事实与理由").fill("销售金额五万二千元，已达立案追诉标准，未见移送")
    page.get_by_role("button", name="制发").click()
    expect(page.get_by_text("监督文书已制发")).to_be_visible()
    expect(page.get_by_text("检察意见回复")).to_be_visible()
    procurator.picture("procurator-suggested")

    page = officer.go("/supervision/requests")
    page.locator("table.list a").first.click()
    page.get_by_label("采纳，将移送公安机关").check()
    page.get_by_label("内容").fill("采纳，三日内移送")
    officer.picture("officer-answers")
    page.get_by_role("button", name="答复").click()
    expect(page.get_by_text("答复已提交")).to_be_visible()
    for one in (officer, procurator):
        one.is_content()


def test_the_list_narrows_while_typing_and_the_address_keeps_it(
    chromium: Browser, address: str, clean: DatabaseUrls
) -> None:
    officer = Desk(chromium, address, "handler1@320506-market")
    enter_a_case(officer, "列表")
    page = officer.go("/cases")
    page.get_by_label("搜索").press_sequentially("没有这家")
    expect(page.get_by_text("没有符合条件的案件")).to_be_visible()
    page.get_by_label("搜索").fill("列表百货")
    expect(page.get_by_text("吴中区列表百货店")).to_be_visible()
    page.get_by_label("筛查结论").select_option("must_transfer")
    expect(page).to_have_url(re.compile("conclusion=must_transfer"))
    page.reload()
    expect(page.get_by_text("吴中区列表百货店")).to_be_visible()
    officer.picture("case-list")
    officer.is_content()


def test_a_keyboard_is_enough(chromium: Browser, address: str, clean: DatabaseUrls) -> None:
    officer = Desk(chromium, address, "handler1@320506-market")
    page = officer.go("/cases/new")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    focused = page.evaluate("document.activeElement.closest('main') !== null")
    assert focused, "the skip link leads into the page"
    for label in page.locator(
        "form#case input:not([type=hidden]), form#case select, form#case textarea"
    ).all():
        name = label.evaluate("e => e.labels?.length || e.getAttribute('aria-label') ? '' : e.name")
        assert name == "", f"{name} has no label"
