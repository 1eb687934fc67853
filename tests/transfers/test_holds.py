"""What holds an act: missing mandatory evidence, the limitation, a fine before the criminal side is over."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from app.law.limitation import limitation
from app.law.penalties import penalties, penalties_in
from tests.cases.builders import case_body, enter
from tests.conftest import Acts
from tests.transfers.builders import (
    CHIEF,
    COURT,
    DESK,
    HANDLER,
    HEAD,
    POLICE_HEAD,
    PROCURATOR,
    REFUSED,
    SECOND,
    STRAIGHT,
    led,
    led_to,
    open_on,
    opened,
    seen,
    take,
)

REASON = {"reason": "检验报告待出"}
JUDGMENT = {
    "outcome": "convicted", "result": "罚金五千元", "document_number": "1号", "criminal_fine": "5000",
}  # fmt: skip


async def test_missing_mandatory_evidence_holds_the_sending(acts: Acts) -> None:
    """移送规定第6条: until it is there, or the head says why it goes all the same, which both others see."""
    transfer = await led(acts, await opened(acts), (STRAIGHT[0], (HEAD, "approve", {})))
    held = await take(acts, transfer["id"], HANDLER, "send")
    assert (held.status_code, held.json()["code"]) == (409, "mandatory_evidence_missing")
    assert held.json()["missing"]
    assert "缺少必备证据仍予移送" in held.json()["detail"]
    for who in (HANDLER, SECOND):
        answer = await take(acts, transfer["id"], who, "override_evidence", REASON)
        assert answer.status_code == 403, who
    unsaid = await take(acts, transfer["id"], HEAD, "override_evidence", {"reason": " "})
    assert (unsaid.status_code, unsaid.json()["code"]) == (422, "input_missing")
    await led(acts, transfer, ((HEAD, "override_evidence", REASON), (HANDLER, "send", {})))
    for who in (DESK, PROCURATOR):
        assert (await seen(acts, transfer["id"], who))["evidence_override"] == REASON["reason"], who


async def test_a_new_report_needs_a_new_override(acts: Acts) -> None:
    way = (*STRAIGHT[:3], (HEAD, "withdraw_transfer", REASON), STRAIGHT[0], (HEAD, "approve", {}))
    transfer = await led(acts, await opened(acts), way)
    held = await take(acts, transfer["id"], HANDLER, "send")
    assert (held.status_code, held.json()["code"]) == (409, "mandatory_evidence_missing")


async def test_no_new_fine_while_the_police_have_the_case(acts: Acts) -> None:
    """移送规定第11条, 行政处罚法第35条: what was decided before the transfer may be entered late."""
    unpunished: dict[str, Any] = {
        "decision_number": None, "decided_on": None, "penalties": [], "fine_amount": None,
    }  # fmt: skip
    case = await enter(acts(HANDLER), case_body(**unpunished))
    answer = await open_on(acts, case["id"])
    await led(acts, answer.json(), STRAIGHT[:3])

    async def punished(**change: Any) -> tuple[int, str]:
        found = await acts(HANDLER).get(f"/api/v1/cases/{case['id']}")
        edited = await acts(HANDLER).patch(
            f"/api/v1/cases/{case['id']}", json=change, headers={"If-Match": found.headers["etag"]}
        )
        return edited.status_code, edited.json().get("code", "")

    assert await punished(fine_amount="5000") == (409, "penalty_must_wait")
    assert await punished(penalties=["行政拘留"], decided_on="2026-11-24") == (409, "penalty_must_wait")
    assert await punished(penalties=["警告"], decided_on="2026-11-24") == (200, "")
    assert await punished(penalties=["警告", "罚款"], fine_amount="5000", decided_on="2026-03-03") == (
        200,
        "",
    )
    shown = await seen(acts, answer.json()["id"], PROCURATOR)
    effects = {one["name"].partition("、")[0]: (one["given"], one["effect"]) for one in shown["penalties"]}
    assert effects["警告"] == (True, "stays")
    assert effects["罚款"] == (True, "fine_offset")
    assert effects["行政拘留"] == (False, "waits")


async def test_once_the_criminal_side_is_over_a_fine_may_be_entered(acts: Acts) -> None:
    unpunished: dict[str, Any] = {
        "decision_number": None, "decided_on": None, "penalties": [], "fine_amount": None,
    }  # fmt: skip
    case = await enter(acts(HANDLER), case_body(**unpunished))
    answer = await open_on(acts, case["id"])
    transfer = await led(acts, answer.json(), (*REFUSED, (HANDLER, "resume", REASON)))
    assert transfer["limitation"]["outcome"] == "within"
    found = await acts(HANDLER).get(f"/api/v1/cases/{case['id']}")
    edited = await acts(HANDLER).patch(
        f"/api/v1/cases/{case['id']}",
        json={"fine_amount": "5000"},
        headers={"If-Match": found.headers["etag"]},
    )
    assert edited.status_code == 200, edited.text


async def test_the_fine_is_offset_up_to_the_smaller_of_the_two(acts: Acts) -> None:
    """移送规定第11条第3款."""
    transfer = await led(
        acts,
        await led_to(acts, "approve_filing"),
        (
            ("handler@320506-police", "begin_investigation", {}),
            (POLICE_HEAD, "send_for_prosecution", {"document_number": "1号"}),
            (PROCURATOR, "prosecute", {"document_number": "1号"}),
            (COURT, "record_judgment", JUDGMENT),
        ),
    )
    assert transfer["fine_offset"]["at_most"] == "5000"
    much = await take(acts, transfer["id"], HANDLER, "close_after_judgment", {"fine_offset": "5000.01"})
    assert (much.status_code, much.json()["code"]) == (422, "offset_too_large")
    done = await take(acts, transfer["id"], HANDLER, "close_after_judgment", {"fine_offset": "5000"})
    assert (done.status_code, done.json()["fine_offset"]["recorded"]) == (200, "5000")


@pytest.mark.parametrize(
    ("act_end", "more", "status"),
    [
        ("2026-02-20", {}, 200),
        ("2023-01-05", {}, 422),
        ("2023-01-05", {"limitation_ground": "health_or_finance", "limitation_reason": "致人损害"}, 200),
        ("2019-01-05", {"limitation_ground": "health_or_finance", "limitation_reason": "致人损害"}, 422),
        ("2019-01-05", {"limitation_ground": "continuing", "limitation_reason": "至2026年1月"}, 200),
    ],
)
async def test_the_case_is_taken_up_again_within_the_limitation(
    acts: Acts, act_end: str, more: dict[str, str], status: int
) -> None:
    """行政处罚法第36条."""
    transfer = await led(acts, await opened(acts, act_end_date=act_end), REFUSED)
    answer = await take(acts, transfer["id"], HANDLER, "resume", REASON | more)
    assert answer.status_code == status, answer.text
    if status == 422:
        assert answer.json()["code"] == "limitation_expired"


@pytest.mark.parametrize(
    ("act_end", "discovered", "outcome"),
    [
        (date(2024, 3, 2), date(2026, 3, 2), "within"),
        (date(2024, 3, 2), date(2026, 3, 3), "beyond_two"),
        (date(2021, 3, 3), date(2026, 3, 3), "beyond_two"),
        (date(2021, 3, 2), date(2026, 3, 3), "beyond_five"),
        (date(2024, 2, 29), date(2026, 2, 28), "within"),
        (date(2024, 2, 29), date(2026, 3, 1), "beyond_two"),
        (None, date(2026, 3, 3), "unknown"),
    ],
)
def test_the_days_of_the_limitation(act_end: date | None, discovered: date, outcome: str) -> None:
    found = limitation(act_end, discovered)
    assert found.outcome == outcome
    assert "第36条" in found.detail


def test_every_penalty_of_the_law_is_known_by_its_words() -> None:
    """行政处罚法第9条."""
    named = penalties_in(["警告", "罚款", "没收违法所得", "吊销许可证件", "责令停产停业", "行政拘留"])
    assert named == list(penalties())
    assert [one.id for one in penalties_in(["没收违法所得"])] == ["confiscation"]
    assert {one.id for one in penalties() if one.new == "waits"} == {"fine", "detention"}


async def test_who_takes_the_prosecution_over_sees_it(acts: Acts) -> None:
    """刑诉规则第328条: another procuratorate, also of another place."""
    organs = (await acts(HANDLER).get("/api/v1/organs")).json()
    hefei = next(one["id"] for one in organs if one["code"] == "340104-procuratorate")
    theirs = "handler@340104-procuratorate"
    transfer = await led(
        acts,
        await led_to(acts, "approve_filing"),
        (
            ("handler@320506-police", "begin_investigation", {}),
            (POLICE_HEAD, "send_for_prosecution", {"document_number": "1号"}),
        ),
    )
    path = f"/api/v1/transfers/{transfer['id']}"
    assert (await acts(theirs).get(path)).status_code == 404
    await led(acts, transfer, ((CHIEF, "change_procuratorate", {"procuratorate_organ": hefei} | REASON),))
    found = await seen(acts, transfer["id"], theirs)
    assert found["procuratorate"]["id"] == hefei
    assert (await acts(theirs).get(f"/api/v1/cases/{transfer['case_id']}")).status_code == 200
    court = next(one["id"] for one in organs if one["code"] == "340104-court")
    answer = await take(
        acts, transfer["id"], theirs, "prosecute", {"document_number": "1号", "court_organ": court}
    )
    assert answer.status_code == 200, answer.text
