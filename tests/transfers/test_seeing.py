"""Who sees a transfer and in which list; what stands in it for whom."""

from __future__ import annotations

import pytest

from tests.cases.builders import case_body, enter
from tests.conftest import Acts
from tests.transfers.builders import (
    CHIEF,
    COURT,
    DESK,
    HANDLER,
    HEAD,
    POLICE,
    PROCURATOR,
    REFUSED,
    STRAIGHT,
    led,
    led_to,
    open_on,
    opened,
    seen,
)

FROM_DRAFT = [
    (HANDLER, True, True),
    (HEAD, True, True),
    ("feed@320506-market", True, True),
    ("head@320500-market", True, True),
    ("head@320000-market", True, True),
    (PROCURATOR, True, True),
    (CHIEF, True, True),
    ("handler@320500-procuratorate", True, True),
    ("supervisor@320506-supervising", True, True),
    ("statistics@320506-coordinating", True, True),
    (DESK, False, True),
    (POLICE, False, True),
    ("head@320500-police", False, True),
    ("head@320000-police", False, True),
    (COURT, False, False),
    ("handler1@320583-market", False, False),
    ("handler1@320506-tobacco", False, False),
    ("head@320500-tobacco", False, False),
    ("head@340000-market", False, False),
    ("desk@320583-police", False, False),
    ("head@320100-police", False, False),
    ("handler@320583-procuratorate", False, False),
    ("handler@320506-tax", False, False),
    ("handler@320506-commission", False, False),
    ("sysadmin@320506-market", False, False),
    ("audit@320506-market", False, False),
]


@pytest.mark.parametrize(("who", "draft", "sent"), FROM_DRAFT)
async def test_who_sees_it(acts: Acts, who: str, draft: bool, sent: bool) -> None:
    transfer = await opened(acts)
    for visible in (draft, sent):
        answer = await acts(who).get(f"/api/v1/transfers/{transfer['id']}")
        assert (answer.status_code == 200) is visible, answer.text
        listed = (await acts(who).get("/api/v1/transfers")).json()
        assert [one["id"] for one in listed["items"]] == ([transfer["id"]] if visible else [])
        if visible is draft and not transfer["sent_at"]:
            transfer = await led(acts, transfer, STRAIGHT[:3])


@pytest.mark.parametrize(("signed", "still"), [(False, 404), (True, 200)])
async def test_a_case_withdrawn_before_receipt_is_closed_to_the_police(
    acts: Acts, signed: bool, still: int
) -> None:
    withdrawal = (HEAD, "withdraw_transfer", {"reason": "材料有误"})
    returned = (DESK, "return", {"reason": "不属于公安机关管辖"})
    way = (*STRAIGHT[:4], returned) if signed else (*STRAIGHT[:3], withdrawal)
    transfer = await led(acts, await opened(acts), way)
    for who in (DESK, POLICE, "head@320500-police"):
        assert (await acts(who).get(f"/api/v1/cases/{transfer['case_id']}")).status_code == still


async def test_a_waiting_proposal_stays_with_the_police_and_the_procuratorate(acts: Acts) -> None:
    transfer = await led(acts, await opened(acts), STRAIGHT[:6])
    for who, sees in (
        (HANDLER, False),
        ("supervisor@320506-supervising", False),
        (DESK, True),
        (PROCURATOR, True),
    ):
        history = (await acts(who).get(f"/api/v1/cases/{transfer['case_id']}/history")).json()["items"]
        assert ("transfer.propose_filing" in {event["action"] for event in history}) is sees, who


async def test_a_court_sees_what_is_prosecuted(acts: Acts) -> None:
    transfer = await led(
        acts,
        await opened(acts),
        (
            *STRAIGHT,
            (POLICE, "begin_investigation", {}),
            ("head@320506-police", "send_for_prosecution", {"document_number": "1号"}),
        ),
    )
    assert (await acts(COURT).get(f"/api/v1/transfers/{transfer['id']}")).status_code == 404
    await led(acts, transfer, ((PROCURATOR, "prosecute", {"document_number": "1号"}),))
    by_court = await seen(acts, transfer["id"], COURT)
    assert [action["id"] for action in by_court["available_actions"]] == ["record_judgment"]
    assert (await acts(COURT).get(f"/api/v1/cases/{transfer['case_id']}")).status_code == 200


async def test_superiors_and_offices_may_look_and_not_act(acts: Acts) -> None:
    transfer = await led_to(acts, "send")
    for who in ("head@320500-market", "head@320500-police", "supervisor@320506-supervising"):
        assert (await seen(acts, transfer["id"], who))["available_actions"] == []
    figures = await seen(acts, transfer["id"], "statistics@320506-coordinating")
    assert (figures["steps"], figures["record"], figures["warnings"]) == ([], {}, [])
    listed = (await acts("statistics@320506-coordinating").get("/api/v1/transfers")).json()["items"]
    assert [one["party_name"] for one in listed] == [None]


async def test_the_supervising_agency_does_not_read_the_police_file(acts: Acts) -> None:
    transfer = await led(acts, await opened(acts), REFUSED)
    steps = (await seen(acts, transfer["id"], "supervisor@320506-supervising"))["steps"]
    assert [step["action"] for step in steps] == [
        "open_draft",
        "name_task_group",
        "report",
        "approve",
        "send",
    ]


async def test_filters(acts: Acts) -> None:
    draft = await opened(acts)
    sent = await led_to(acts, "send")

    async def ids(who: str, **query: str | bool) -> list[str]:
        answer = await acts(who).get("/api/v1/transfers", params=query)
        assert answer.status_code == 200, answer.text
        return [one["id"] for one in answer.json()["items"]]

    assert await ids(HANDLER) == [sent["id"], draft["id"]]
    assert await ids(HANDLER, state="sent") == [sent["id"]]
    assert await ids(HANDLER, turn=True) == [draft["id"]]
    assert await ids(DESK, turn=True) == [sent["id"]]
    assert await ids(DESK, role="sender") == []
    assert await ids(HANDLER, role="sender", open_only=True) == [sent["id"], draft["id"]]
    assert await ids(PROCURATOR, role="procuratorate") == [sent["id"], draft["id"]]
    assert await ids(PROCURATOR, turn=True) == []
    assert await ids(HANDLER, overdue=True) == []
    wrong = await acts(HANDLER).get("/api/v1/transfers", params={"state": "flying"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "state_unknown")


async def test_pages(acts: Acts) -> None:
    made = []
    for _ in range(5):
        case = await enter(acts(HANDLER), case_body())
        made.append((await open_on(acts, case["id"])).json()["id"])
    found, cursor = [], None
    while True:
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await acts(HANDLER).get("/api/v1/transfers", params=query)).json()
        found += [one["id"] for one in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert found == made[::-1]


async def test_the_list_says_what_comes_next(acts: Acts) -> None:
    transfer = await led_to(acts, "sign_receipt")
    listed = (await acts(DESK).get("/api/v1/transfers")).json()["items"][0]
    due = [clock["due_at"] for clock in transfer["clocks"] if clock["due_at"] and not clock["stopped_at"]]
    assert listed["due_at"] == min(due)
    assert (listed["state_name"], listed["holder"], listed["overdue"]) == ("已签收", "police", False)
    assert (listed["charge_name"], listed["party_name"]) == ("销售假冒注册商标的商品罪", "李建国")


async def test_an_available_action_says_what_it_asks_for_and_why(acts: Acts) -> None:
    transfer = await seen(acts, (await led_to(acts, "approve"))["id"], HANDLER)
    send = next(action for action in transfer["available_actions"] if action["id"] == "send")
    assert (send["label"], send["to"]) == ("移送公安机关", "sent")
    police = next(field for field in send["inputs"] if field["name"] == "police_organ")
    names = {
        organ["id"]: organ["code"]
        for organ in (await acts(HANDLER).get("/api/v1/organs", params={"kind": "police"})).json()
    }
    assert (police["required"], names[police["default"]]) == (True, "320506-police")
    assert any("第5条第2款" in basis for basis in send["basis"])
    assert "涉嫌犯罪案件移送书" in send["documents"]


async def test_the_etag_is_the_revision(acts: Acts) -> None:
    transfer = await opened(acts)
    answer = await acts(HANDLER).get(f"/api/v1/transfers/{transfer['id']}")
    assert answer.headers["etag"] == f'"{transfer["revision"]}"'
