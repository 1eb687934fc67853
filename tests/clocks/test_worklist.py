"""The worklist of clocks: worst first, of the own organ or of its area, and due times by the law."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from app.database.transaction import Database
from app.law.legal_days import SHANGHAI
from app.transfers.models import OpenTransfer
from app.transfers.service import act, open_transfer
from tests.cases.builders import enter
from tests.conftest import Acts
from tests.transfers.builders import (
    DESK,
    HANDLER,
    HEAD,
    POLICE,
    POLICE_HEAD,
    PROCURATOR,
    STRAIGHT,
    group,
    led_to,
    opened,
    seen,
)

FRIDAY = datetime(2026, 5, 15, 16, 20, tzinfo=SHANGHAI)


async def worklist(acts: Acts, who: str, **query: Any) -> list[dict[str, Any]]:
    answer = await acts(who).get("/api/v1/clocks", params=query)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def past_transfer(
    acts: Acts, database: Database, world: dict[str, int], start: datetime, steps: int
) -> str:
    """A transfer whose acts happened an hour apart from `start`."""
    case = await enter(acts(HANDLER))
    body = OpenTransfer(charge="214", summary="事实", task_group=await group(acts))
    async with database.acting(world[HANDLER], at=start) as tx:
        transfer = await open_transfer(tx, case["id"], body)
    for hours, (who, action, inputs) in enumerate(STRAIGHT[:steps]):
        async with database.acting(world[who], at=start + timedelta(hours=hours)) as tx:
            await act(tx, transfer, action, inputs)
    return str(transfer)


async def due_of(acts: Acts, transfer: str) -> dict[str, str | None]:
    clocks = (await seen(acts, transfer, HANDLER))["clocks"]
    return {
        clock["clock"]: clock["due_at"]
        and datetime.fromisoformat(clock["due_at"]).astimezone(SHANGHAI).strftime("%m-%d %H:%M:%S")
        for clock in clocks
    }


async def test_a_report_on_friday(acts: Acts, database: Database, world: dict[str, int]) -> None:
    """国务院令第310号第5条第2款: 3 days, the day of the report not counted; Monday is a working day."""
    transfer = await past_transfer(acts, database, world, FRIDAY, 1)
    assert await due_of(acts, transfer) == {"transfer_decision": "05-18 23:59:59"}


async def test_a_period_that_ends_on_a_rest_day(
    acts: Acts, database: Database, world: dict[str, int]
) -> None:
    """刑事诉讼法第105条第4款: three days from Thursday end on Sunday, so on Monday."""
    transfer = await past_transfer(acts, database, world, FRIDAY - timedelta(days=1), 1)
    assert await due_of(acts, transfer) == {"transfer_decision": "05-18 23:59:59"}


async def test_twenty_four_hours_run_through_the_weekend(
    acts: Acts, database: Database, world: dict[str, int]
) -> None:
    """国务院令第310号第5条第2款: approval on Friday at 17:20, sent by Saturday 18:00."""
    transfer = await past_transfer(acts, database, world, FRIDAY, 2)
    assert (await due_of(acts, transfer))["transfer_sending"] == "05-16 18:00:00"


async def test_the_police_review_within_three_days_of_receipt(
    acts: Acts, database: Database, world: dict[str, int]
) -> None:
    """国务院令第310号第7条、第8条; 公安机关办理刑事案件程序规定第180条."""
    transfer = await past_transfer(acts, database, world, FRIDAY, 4)
    due = await due_of(acts, transfer)
    assert due["receipt"] is None
    assert due["review"] == "05-18 23:59:59"
    assert (due["supplement_notice"], due["pass_on"]) == ("05-16 20:00:00", "05-16 20:00:00")


async def test_what_ran_out_comes_first(acts: Acts, database: Database, world: dict[str, int]) -> None:
    fresh = await led_to(acts, "report")
    old = await past_transfer(acts, database, world, FRIDAY, 1)
    older = await past_transfer(acts, database, world, FRIDAY - timedelta(days=30), 1)
    items = await worklist(acts, HEAD, clock="transfer_decision")
    assert [item["transfer_id"] for item in items] == [older, old, fresh["id"]]
    assert [item["state"] for item in items] == ["expired", "expired", "running"]
    assert items[0]["name"] == "是否批准移送"
    expired = await worklist(acts, HEAD, clock="transfer_decision", expired=True)
    assert [item["transfer_id"] for item in expired] == [older, old]
    overdue = (await acts(HEAD).get("/api/v1/transfers", params={"overdue": True})).json()["items"]
    assert {one["id"] for one in overdue} == {old, older}


async def test_an_overdue_review_lets_the_procurator_ask_why(
    acts: Acts, database: Database, world: dict[str, int]
) -> None:
    """人民检察院刑事诉讼规则第562条."""
    transfer = await past_transfer(acts, database, world, FRIDAY, 5)
    actions = [one["id"] for one in (await seen(acts, transfer, PROCURATOR))["available_actions"]]
    assert "demand_delay_reasons" in actions


async def test_clocks_without_a_term_come_last_and_are_listed(acts: Acts) -> None:
    sent = await led_to(acts, "send")
    received = await led_to(acts, "sign_receipt")
    items = await worklist(acts, DESK)
    assert [item["clock"] for item in items][-1] == "receipt"
    assert items[-1]["transfer_id"] == sent["id"]
    assert {item["transfer_id"] for item in items[:-1]} == {received["id"]}
    assert await worklist(acts, DESK, expired=True) == []


async def test_pages_join_without_gap(acts: Acts, database: Database, world: dict[str, int]) -> None:
    for days in (0, 0, 7):
        await past_transfer(acts, database, world, FRIDAY - timedelta(days=days), 4)
    await led_to(acts, "send")
    await led_to(acts, "send")
    whole = await worklist(acts, DESK)
    assert len(whole) == 11
    for size in (1, 3, 9, 10):
        found: list[str] = []
        cursor = None
        while True:
            query = {"limit": size} | ({"cursor": cursor} if cursor else {})
            page = (await acts(DESK).get("/api/v1/clocks", params=query)).json()
            found += [item["id"] for item in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert found == [item["id"] for item in whole], size


@pytest.mark.parametrize(
    ("who", "mine", "area"),
    [
        (HANDLER, 1, 2),
        (PROCURATOR, 0, 2),
        ("handler@320500-procuratorate", 0, 2),
        ("head@320500-market", 0, 2),
        ("supervisor@320506-supervising", 0, 2),
        ("statistics@320506-coordinating", 0, 2),
        (DESK, 1, 1),
        (POLICE_HEAD, 1, 1),
        ("head@320500-police", 0, 1),
        ("head@320583-police", 0, 0),
        ("handler1@320583-market", 0, 0),
        ("handler1@320506-tobacco", 0, 0),
        ("handler@320583-procuratorate", 0, 0),
        ("handler@320506-court", 0, 0),
        ("audit@320506-market", 0, 0),
    ],
)
async def test_whose_clocks(acts: Acts, who: str, mine: int, area: int) -> None:
    """One clock with the organ (report_transfer of a second case), one with the police (receipt)."""
    await enter(acts(HANDLER))
    await led_to(acts, "send")
    assert len(await worklist(acts, who)) == mine
    assert len(await worklist(acts, who, scope="area")) == area


async def test_a_wrong_question(acts: Acts) -> None:
    for query, code in (
        ({"clock": "transfer_decison"}, "clock_unknown"),
        ({"cursor": "eHg"}, "bad_cursor"),
        ({"scope": "all"}, "invalid_input"),
    ):
        answer = await acts(POLICE).get("/api/v1/clocks", params=query)
        assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert (await opened(acts))["clocks"] == []
