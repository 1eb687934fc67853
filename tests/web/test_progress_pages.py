"""The console says where each transfer and clue is: on lists, at home, and in the drawn procedure."""

from __future__ import annotations

import re

import httpx
import pytest

from tests.clues.builders import sent
from tests.conftest import Acts
from tests.referrals.builders import reverse
from tests.transfers.builders import COURT, DESK, HANDLER, HEAD, POLICE, PROCURATOR, led_to
from tests.web.conftest import Visits

POLICE_NAME = "苏州市公安局吴中区分局"


async def test_the_list_says_who_has_it_and_what_is_next(acts: Acts, visits: Visits) -> None:
    await led_to(acts, "begin_review")
    for who in (HANDLER, POLICE, PROCURATOR):
        page = await (await visits(who)).see("/transfers?view=all")
        assert "下一步：" in page
        assert "提请立案" in page
        assert POLICE_NAME in page


async def test_the_home_page_follows_what_others_have(acts: Acts, visits: Visits) -> None:
    transfer = await led_to(acts, "send")
    page = await (await visits(HANDLER)).see("/")
    assert "移送走到哪里" in page
    assert "下一步：签收" in page
    listed = await (await visits(HEAD)).see("/transfers?view=elsewhere")
    assert transfer["number"] in listed
    assert transfer["number"] not in await (await visits(HEAD)).see("/transfers?view=turn")


async def test_transfer_and_case_pages_carry_the_line(acts: Acts, visits: Visits) -> None:
    transfer = await led_to(acts, "sign_receipt")
    browser = await visits(HANDLER)
    for address in (f"/transfers/{transfer['id']}", f"/cases/{transfer['case_id']}"):
        assert transfer["progress"]["text"] in await browser.see(address)


@pytest.mark.parametrize("who", [HANDLER, DESK, PROCURATOR])
async def test_the_drawn_procedure_marks_the_present_state(acts: Acts, visits: Visits, who: str) -> None:
    transfer = await led_to(acts, "begin_review")
    page = await (await visits(who)).see(f"/transfers/{transfer['id']}/map")
    (now,) = re.findall(r'<g aria-current="step"><title>([^<；]*)', page)
    assert now == transfer["state_name"]
    assert page.count("url(#passed)") == 5  # report, approve, send, sign, begin
    assert "style=" not in page.partition("<svg")[2].partition("</svg>")[0]


async def test_a_drawn_clue_and_its_line(acts: Acts, visits: Visits) -> None:
    clue = await sent(acts)
    browser = await visits(POLICE)
    assert clue["progress"]["text"] in await browser.see(f"/clues/{clue['id']}")
    assert 'aria-current="step"' in await browser.see(f"/clues/{clue['id']}/map")
    assert "下一步：签收" in await browser.see("/clues?box=received")


@pytest.mark.parametrize("who", ["handler1@320583-market", COURT, "sysadmin@320506-market"])
async def test_who_does_not_see_it_gets_no_drawing(acts: Acts, visits: Visits, who: str) -> None:
    transfer, clue = await led_to(acts, "begin_review"), await sent(acts)
    browser = await visits(who)
    await browser.see(f"/transfers/{transfer['id']}/map", 404)
    await browser.see(f"/clues/{clue['id']}/map", 404)


async def test_nobody_is_sent_to_sign_in(acts: Acts, client: httpx.AsyncClient) -> None:
    transfer = await led_to(acts, "begin_review")
    answer = await client.get(f"/transfers/{transfer['id']}/map")
    assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/sign-in")


async def test_a_referral_says_where_it_is(acts: Acts, visits: Visits) -> None:
    referral = await reverse(acts)
    line = referral["progress"]
    assert (line["holder"], line["due_clock"]) == ("procuratorate", "reverse_internal")
    assert "行政检察部门登记受理" in {act["label"] for act in line["next"]}
    browser = await visits(PROCURATOR)
    assert line["text"] in await browser.see(f"/referrals/{referral['id']}")
    assert "下一步：" in await browser.see("/referrals?view=all")
    assert 'aria-current="step"' in await browser.see(f"/referrals/{referral['id']}/map")
    await (await visits(HANDLER)).see(f"/referrals/{referral['id']}/map", 404)
