"""What runs beside the state: early involvement, papers that follow, counted goods, notices to withdraw."""

from __future__ import annotations

from typing import Any

import pytest

from app.transfers.goods import GoodsError, differences, parse_goods
from tests.conftest import Acts
from tests.evidence.exhibits import added
from tests.transfers.builders import (
    CHIEF,
    DESK,
    GOODS,
    HANDED,
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
    take,
)

REASON = {"reason": "理由"}
URGENT = {
    "ground": "obvious",
    "reason": "现场查获货值三十万元",
    "papers_to_follow": ["鉴定意见", "涉案物品清单"],
    "papers_days": 10,
}


async def test_police_who_are_asked_to_take_part_see_the_draft(acts: Acts) -> None:
    """提前介入: asked, granted, advice on record, ended; nobody else's files are opened by it."""
    transfer = await opened(acts)
    path = f"/api/v1/transfers/{transfer['id']}"
    assert (await acts(POLICE).get(path)).status_code == 404
    early = await take(acts, transfer["id"], PROCURATOR, "record_advice", {"advice": "x"})
    assert (early.status_code, early.json()["code"]) == (409, "matter_not_open")
    assert "主动提前介入" in early.json()["detail"]
    await led(acts, transfer, ((HANDLER, "ask_police_involvement", {"request": "固定证据"}),))
    twice = await take(acts, transfer["id"], HANDLER, "ask_police_involvement", {"request": "再问"})
    assert (twice.status_code, twice.json()["code"]) == (409, "matter_open")
    assert (await acts(POLICE).get(path)).status_code == 200
    assert (await acts(POLICE).get(f"/api/v1/cases/{transfer['case_id']}")).status_code == 200
    assert (await acts("handler@320583-police").get(path)).status_code == 404
    found = await led(acts, transfer, ((POLICE, "grant_early_involvement", {"officers": "王警官"}),))
    assert [(one["id"], one["party"]) for one in found["matters"]] == [("involvement", "公安机关")]
    named = await seen(acts, transfer["id"], HANDLER)
    assert named["state"] == "draft"
    still = await acts(POLICE).get(path)
    assert still.status_code == 200, "an act on the draft does not close the case to the police"
    await led(
        acts,
        transfer,
        (
            (POLICE, "record_advice", {"advice": "先固定交易记录"}),
            (POLICE, "end_early_involvement", {"result": "已固定"}),
            *STRAIGHT[:4],
        ),
    )
    assert (await seen(acts, transfer["id"], POLICE))["matters"][0]["id"] == "evidence_override"


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"ground": "mood"}, "ground", "input_not_a_choice"),
        ({"reason": None}, "reason", "input_missing"),
        ({"papers_to_follow": []}, "papers_to_follow", "input_missing"),
        ({"papers_to_follow": "  \n "}, "papers_to_follow", "input_missing"),
        ({"papers_days": 0}, "papers_days", "input_out_of_range"),
        ({"papers_days": 31}, "papers_days", "input_out_of_range"),
        ({"papers_due": "2026-12-01"}, "papers_due", "input_unknown"),
    ],
)
async def test_an_urgent_transfer_says_why_and_what_follows(
    acts: Acts, change: dict[str, Any], field: str, code: str
) -> None:
    """高检会〔2006〕2号第1条第2款."""
    transfer = await opened(acts)
    answer = await take(acts, transfer["id"], HANDLER, "urgent_send", URGENT | change)
    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
    assert answer.json()["errors"][0]["field"] == f"inputs.{field}"


async def test_each_paper_that_follows_is_followed_up(acts: Acts) -> None:
    found = await led(
        acts, await opened(acts), ((HANDLER, "urgent_send", URGENT), (DESK, "sign_receipt", {}))
    )
    assert [(one["name"], one["delivered_at"]) for one in found["papers_to_follow"]] == [
        ("鉴定意见", None),
        ("涉案物品清单", None),
    ]
    strange = await take(acts, found["id"], HANDLER, "deliver_papers", {"papers": ["照片"]})
    assert (strange.status_code, strange.json()["code"]) == (422, "paper_not_outstanding")
    found = await led(acts, found, ((HANDLER, "deliver_papers", {"papers": ["鉴定意见"]}),))
    running = {clock["clock"] for clock in found["clocks"] if clock["stopped_at"] is None}
    assert "papers_to_follow" in running, "the clock runs until the last paper is there"
    again = await take(acts, found["id"], HANDLER, "deliver_papers", {"papers": ["鉴定意见"]})
    assert (again.status_code, again.json()["code"]) == (422, "paper_not_outstanding")
    found = await led(acts, found, ((HANDLER, "deliver_papers", {"papers": ["涉案物品清单"]}),))
    assert all(one["delivered_at"] for one in found["papers_to_follow"])
    done = await take(acts, found["id"], HANDLER, "deliver_papers", {"papers": ["涉案物品清单"]})
    assert (done.status_code, done.json()["code"]) == (409, "clock_not_running")


async def test_goods_are_counted_by_both_sides(acts: Acts) -> None:
    """移送规定第12条: the hand-over ends when both have signed; differences are kept with their reason."""
    transfer = await led_to(acts, "approve_filing")
    exhibit = await added(acts, transfer["case_id"])
    empty = await take(acts, transfer["id"], HANDLER, "hand_over_goods", {"signatory": "张三"})
    assert (empty.status_code, empty.json()["errors"][0]["field"]) == (422, "inputs.exhibits")
    listed = [{"exhibit": exhibit["id"], "counted": str(exhibit["quantity"])}]
    found = await led(acts, transfer, ((HANDLER, "hand_over_goods", HANDED | {"exhibits": listed}),))
    assert [one["side"] for one in found["handover"]] == ["handed_over"]
    assert "goods_handover" in {clock["clock"] for clock in found["clocks"] if clock["stopped_at"] is None}
    for given, field, code in (
        (HANDED, "inputs.exhibits", "exhibits_not_counted"),
        (
            HANDED | {"exhibits": [listed[0] | {"counted": "1"}]},
            "inputs.exhibits.0.note",
            "difference_unexplained",
        ),
        (
            HANDED | {"exhibits": listed, "goods": GOODS[:1]},
            "inputs.differences",
            "differences_unexplained",
        ),
    ):
        answer = await take(acts, transfer["id"], POLICE, "accept_goods", given)
        assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
        assert answer.json()["errors"][0]["field"] == field
    short = HANDED | {"exhibits": listed, "goods": GOODS[:1], "differences": "白酒未到，次日补交"}
    found = await led(acts, transfer, ((POLICE, "accept_goods", short),))
    assert [one["side"] for one in found["handover"]] == ["handed_over", "accepted"]
    assert found["record"]["accept_goods"]["counted_differences"] == [
        {"name": "白酒", "unit": "箱", "handed": "12", "counted": "0"}
    ]
    assert "goods_handover" not in {
        clock["clock"] for clock in found["clocks"] if clock["stopped_at"] is None
    }


@pytest.mark.parametrize(
    ("item", "code", "place"),
    [
        ({"name": "酒", "quantity": "1,000", "unit": "瓶"}, "input_not_a_quantity", ".0.quantity"),
        ({"name": "酒", "quantity": "-1", "unit": "瓶"}, "input_not_a_quantity", ".0.quantity"),
        ({"name": "酒", "quantity": "1"}, "input_missing", ".0.unit"),
        ({"quantity": "1", "unit": "瓶"}, "input_missing", ".0.name"),
        ({"name": "酒", "quantity": 1, "unit": "瓶"}, "input_wrong_type", ".0"),
        ({"name": "酒", "quantity": "1", "unit": "瓶", "how": "lost"}, "input_not_a_choice", ".0.how"),
        ({"name": "鱼", "quantity": "1", "unit": "吨", "how": "disposed"}, "input_missing", ".0.note"),
        ({"name": "酒" * 201, "quantity": "1", "unit": "瓶"}, "input_too_long", ".0.name"),
        ({"name": "酒", "quantity": "1", "unit": "瓶", "colour": "red"}, "input_unknown", ".0.colour"),
    ],
)
def test_a_list_that_cannot_be_taken_names_the_item(item: dict[str, Any], code: str, place: str) -> None:
    with pytest.raises(GoodsError) as caught:
        parse_goods([item])
    assert (caught.value.code, caught.value.place) == (code, place)
    assert caught.value.detail.endswith("。")


def test_what_was_dealt_with_before_is_not_counted_again() -> None:
    """移送规定第4条: perishable goods, sampled and dealt with, do not go along."""
    fish = {"name": "鱼", "quantity": "1", "unit": "吨", "how": "disposed", "note": "取样后无害化处理"}
    handed = parse_goods([fish, {"name": "酒", "quantity": "2.0", "unit": "瓶"}])
    assert differences(handed, parse_goods([{"name": "酒", "quantity": "2", "unit": "瓶"}])) == []
    with pytest.raises(GoodsError) as caught:
        parse_goods([fish, fish])
    assert caught.value.code == "goods_twice"


async def test_a_notice_to_withdraw_is_obeyed_or_reviewed_once(acts: Acts) -> None:
    """刑诉规则第561、565条; 关于刑事立案监督有关问题的规定第9条."""
    transfer = await led(
        acts,
        await led_to(acts, "approve_filing"),
        (
            (PROCURATOR, "demand_filing_reasons", REASON),
            (POLICE, "give_filing_reasons", REASON),
            (CHIEF, "notify_withdrawal", REASON),
        ),
    )
    for who, action, status, code in (
        (CHIEF, "notify_withdrawal", 409, "matter_open"),
        (CHIEF, "correct_non_withdrawal", 409, "clock_not_expired"),
        (POLICE_HEAD, "ask_notice_recheck", 409, "step_missing"),
        (POLICE_HEAD, "answer_correction", 409, "matter_not_open"),
        (POLICE, "ask_notice_review", 403, "role_may_not"),
        (HEAD, "ask_notice_review", 403, "party_may_not"),
    ):
        answer = await take(acts, transfer["id"], who, action, REASON)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
        assert "依据：《" in answer.json()["detail"]
    found = await led(acts, transfer, ((POLICE_HEAD, "record_withdrawal", REASON),))
    assert found["state"] == "withdrawn"
    assert "withdrawal_notice" not in {one["id"] for one in found["matters"]}
