"""Acts done on paper before they are entered: from when their clocks count, and which dates cannot be."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.database.transaction import Database
from app.law.legal_days import SHANGHAI
from app.law.procedure_table import transfer_procedure
from app.transfers.models import OpenTransfer
from app.transfers.service import act, open_transfer
from tests.cases.builders import enter
from tests.conftest import Acts
from tests.transfers.builders import DESK, HANDLER, HEAD, STRAIGHT, group, led_to, seen, take

SENT = datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)


async def sent(acts: Acts, database: Database, world: dict[str, int]) -> str:
    """A transfer sent on 2 March 2026 at nine."""
    case = await enter(acts(HANDLER))
    async with database.acting(world[HANDLER], at=SENT - timedelta(hours=3)) as tx:
        body = OpenTransfer(charge="214", summary="事实", task_group=await group(acts))
        transfer = await open_transfer(tx, UUID(case["id"]), body)
    for hours, (who, action, inputs) in zip((2, 1, 0), STRAIGHT, strict=False):
        async with database.acting(world[who], at=SENT - timedelta(hours=hours)) as tx:
            await act(tx, transfer, action, inputs)
    return str(transfer)


async def test_the_review_counts_from_the_receipt_on_paper(
    acts: Acts, database: Database, world: dict[str, int]
) -> None:
    """公安规定第171、180条: three days from the receipt that was signed, not from its entry days later."""
    transfer = await sent(acts, database, world)
    answer = await take(acts, transfer, DESK, "sign_receipt", {"occurred_at": "2026-03-02T10:30"})
    assert answer.status_code == 200, answer.text
    clocks = {clock["clock"]: clock for clock in answer.json()["clocks"]}
    started = datetime.fromisoformat(clocks["review"]["started_at"])
    assert started == datetime(2026, 3, 2, 10, 30, tzinfo=SHANGHAI)
    assert clocks["review"]["due_at"].startswith("2026-03-05")
    assert datetime.fromisoformat(clocks["receipt"]["stopped_at"]) == started
    step = answer.json()["steps"][-1]
    assert datetime.fromisoformat(step["occurred_at"]) == started < datetime.fromisoformat(step["at"])
    assert "occurred_at" not in step["inputs"]


@pytest.mark.parametrize(
    ("when", "code"),
    [
        ("2026-03-02T08:59", "occurred_before_answered"),
        ("2025-03-02T09:30+08:00", "occurred_before_answered"),
        ("2999-01-01T00:00", "occurred_in_future"),
        ("2026-02-30T09:00", "input_not_a_date"),
        ("9999-12-31T23:59:59-23:00", "input_not_a_date"),
        (17, "input_wrong_type"),
    ],
)
async def test_dates_that_cannot_be(
    acts: Acts, database: Database, world: dict[str, int], when: Any, code: str
) -> None:
    """An answer is not older than what it answers, and nothing is done in the future."""
    transfer = await sent(acts, database, world)
    answer = await take(acts, transfer, DESK, "sign_receipt", {"occurred_at": when})
    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
    assert answer.json()["errors"][0]["field"] == "inputs.occurred_at"
    assert (await seen(acts, transfer, HANDLER))["state"] == "sent"


async def test_the_same_minute_is_not_earlier(acts: Acts) -> None:
    """A paper names the minute in which the other side entered its act to the second."""
    transfer = await led_to(acts, "report")
    reported = datetime.fromisoformat(transfer["steps"][-1]["at"])
    minute = reported.astimezone(SHANGHAI).strftime("%Y-%m-%dT%H:%M")
    answer = await take(acts, transfer["id"], HEAD, "approve", {"occurred_at": minute})
    assert answer.status_code == 200, answer.text


def test_acts_that_have_no_paper_ask_for_no_date() -> None:
    for action in transfer_procedure().actions:
        names = [field.name for field in action.inputs]
        assert ("occurred_at" in names) == action.paper
        assert not action.makes or not action.paper
