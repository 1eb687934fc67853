"""Where is my case: each side reads one line for every transfer, and each stage comes back to the sender."""

from __future__ import annotations

from typing import Any

import pytest

from app.law.ahead import next_actions
from app.law.procedure import Situation
from app.law.procedure_table import transfer_procedure
from tests.conftest import Acts
from tests.transfers.builders import (
    COURT,
    DESK,
    HANDLER,
    HEAD,
    POLICE,
    POLICE_HEAD,
    PROCURATOR,
    STRAIGHT,
    led,
    led_to,
    opened,
    seen,
)

TABLE = transfer_procedure()


async def on_list(acts: Acts, who: str, **query: Any) -> list[dict[str, Any]]:
    answer = await acts(who).get("/api/v1/transfers", params=query)
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, Any]] = answer.json()["items"]
    return rows


@pytest.mark.parametrize(
    ("last", "holder", "organ", "clock", "ahead"),
    [
        ("report", "sender", "苏州市吴中区市场监督管理局", "transfer_decision", {"approve", "refuse"}),
        ("approve", "sender", "苏州市吴中区市场监督管理局", "transfer_sending", {"send"}),
        ("send", "police", "苏州市公安局吴中区分局", "receipt", {"sign_receipt"}),
        ("begin_review", "police", "苏州市公安局吴中区分局", "review", {"propose_filing", "propose_refusal"}),
        ("approve_filing", "police", "苏州市公安局吴中区分局", "goods_handover", {"begin_investigation"}),
    ],
)
async def test_the_line_says_who_has_it_until_when_and_what_is_next(
    acts: Acts, last: str, holder: str, organ: str, clock: str, ahead: set[str]
) -> None:
    transfer = await led_to(acts, last)
    line = transfer["progress"]
    assert (line["holder"], line["holder_organ"], line["due_clock"]) == (holder, organ, clock)
    assert line["since"] == transfer["steps"][-1]["at"]
    assert ahead <= {one["action"] for one in line["next"]}
    assert line["text"].startswith(line["state_name"])
    assert (line["due_at"] is None) == (clock == "receipt")  # the law names no length for it
    for words in (organ, line["due_name"], line["next"][0]["label"]):
        assert words in line["text"]
    for who in (HANDLER, HEAD, PROCURATOR):
        (row,) = await on_list(acts, who)
        assert row["progress"]["text"] == line["text"]


async def test_each_side_reads_the_same_line(acts: Acts) -> None:
    transfer = await led_to(acts, "begin_review")
    readers = (HANDLER, DESK, PROCURATOR)
    lines = {(await seen(acts, transfer["id"], who))["progress"]["text"] for who in readers}
    lines |= {(await on_list(acts, who))[0]["progress"]["text"] for who in (HEAD, POLICE, PROCURATOR)}
    assert len(lines) == 1


async def test_a_proposal_shows_in_the_line_of_those_who_may_know_it(acts: Acts) -> None:
    transfer = await led_to(acts, "propose_filing")
    inside = (await seen(acts, transfer["id"], POLICE_HEAD))["progress"]["next"]
    outside = (await seen(acts, transfer["id"], HANDLER))["progress"]["next"]
    assert [one["action"] for one in inside] == ["approve_filing"]
    assert "approve_filing" not in {one["action"] for one in outside}


async def test_a_draft_names_the_limit_of_its_case_and_the_group_that_must_come_first(acts: Acts) -> None:
    line = (await opened(acts))["progress"]
    assert line["due_clock"] == "report_transfer"
    assert "report" in {one["action"] for one in line["next"]}
    bare = next_actions(TABLE, Situation("draft"))
    assert "name_task_group" in {one.id for one in bare}


async def test_the_end_has_no_next(acts: Acts) -> None:
    dropped = await led(acts, await opened(acts), ((HEAD, "drop", {"reason": "不构成犯罪"}),))
    line = dropped["progress"]
    assert (line["holder"], line["next"], line["due_at"]) == (None, [], None)
    assert line["text"].startswith("办结")


async def test_what_others_have_is_a_list_of_its_own(acts: Acts) -> None:
    mine, theirs = await led_to(acts, "report"), await led_to(acts, "send")
    assert [one["id"] for one in await on_list(acts, HANDLER, elsewhere=True)] == [theirs["id"]]
    assert [one["id"] for one in await on_list(acts, HANDLER, turn=True)] == [mine["id"]]
    assert await on_list(acts, DESK, elsewhere=True) == []
    assert len(await on_list(acts, PROCURATOR, elsewhere=True)) == 2
    assert await on_list(acts, COURT, elsewhere=True) == []


async def test_who_does_not_see_the_steps_is_not_told_since_when(acts: Acts) -> None:
    await led(acts, await opened(acts), STRAIGHT[:5])
    (row,) = await on_list(acts, "supervisor@320506-supervising")
    assert row["progress"]["since"] is None
    assert row["progress"]["holder_organ"] == "苏州市公安局吴中区分局"


def test_every_open_state_has_something_ahead() -> None:
    """Whatever clocks run: the law never leaves a holder with nothing to do."""
    every_clock = frozenset(clock for row in TABLE.actions for clock in row.starts)
    done = frozenset(row.id for row in TABLE.actions)
    for state in TABLE.states:
        ahead = next_actions(TABLE, Situation(state.id, running=every_clock, done=done))
        assert bool(ahead) != state.final, state.id


def test_every_later_stage_comes_back_to_the_sender_unasked() -> None:
    """An act of another organ that moves a transfer tells the sender: nobody telephones to ask."""
    silent = [
        row.id
        for row in TABLE.actions
        if row.to is not None and "sender" not in row.by and "sender" not in row.tells
    ]
    assert silent == []
