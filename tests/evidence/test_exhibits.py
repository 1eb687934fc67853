"""Exhibits: entered with what the law asks, moved on record, handed over with both sides' counts."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest

from app.database.transaction import Database
from app.errors import Conflict, Invalid
from app.evidence.handover import accepted, counts_of, handed_over
from tests.cases.builders import enter, small_case
from tests.conftest import Acts
from tests.evidence.exhibits import add, added, destruction, dispose, exhibit_body, photograph
from tests.transfers.builders import DESK, HANDLER, HEAD, POLICE, PROCURATOR, led_to

FOREIGN = "handler1@320583-market"


async def read(acts: Acts, exhibit_id: str, who: str = HANDLER) -> dict[str, Any]:
    answer = await acts(who).get(f"/api/v1/exhibits/{exhibit_id}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def custody_of(acts: Acts, exhibit_id: str, who: str = HANDLER) -> list[str]:
    answer = await acts(who).get(f"/api/v1/exhibits/{exhibit_id}/custody")
    assert answer.status_code == 200, answer.text
    return [link["action"] for link in answer.json()]


async def test_an_exhibit_is_entered_in_full_and_numbered_within_its_case(acts: Acts) -> None:
    case = await enter(acts(HANDLER))
    first = await added(acts, case["id"])
    assert first["position"] == 1
    assert (first["quantity"], first["remaining"], first["value"]) == ("96.0000", "96.0000", "38400.00")
    assert (first["valuation_name"], first["measure_name"]) == ("被侵权产品的市场中间价格", "扣押")
    assert (first["state"], first["state_name"]) == ("held", "移送机关保管")
    answers = await asyncio.gather(*(add(acts, case["id"]) for _ in range(4)))
    assert sorted(one.json()["position"] for one in answers) == [2, 3, 4, 5]
    listed = (await acts(HANDLER).get(f"/api/v1/cases/{case['id']}/exhibits")).json()
    assert [one["position"] for one in listed] == [1, 2, 3, 4, 5]
    assert await custody_of(acts, first["id"]) == ["registered"]


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"quantity": "-3"}, "quantity", "quantity_negative"),
        ({"quantity": "0"}, "quantity", "quantity_zero"),
        ({"quantity": "九十六"}, "quantity", "quantity_not_a_number"),
        ({"quantity": "1.23456"}, "quantity", "quantity_too_precise"),
        ({"quantity": True}, "quantity", "quantity_not_a_number"),
        ({"value": "-1"}, "value", "amount_negative"),
        ({"value": None}, "value", "value_missing"),
        ({"valuation": "guess"}, "valuation", "valuation_unknown"),
        ({"valuation": "not_valued"}, "valuation", "valuation_missing"),
        ({"valuation_paper": None}, "valuation_paper", "valuation_paper_missing"),
        ({"measure": "stolen"}, "measure", "measure_unknown"),
        ({"seizure_paper": None}, "seizure_paper", "seizure_paper_missing"),
        ({"seized_on": "2999-01-01"}, "seized_on", "date_in_future"),
        ({"seized_on": "2026-02-30"}, "seized_on", "not_a_date"),
        ({"name": " "}, "name", "too_short"),
        ({"name": "酒\x00"}, "name", "control_character"),
        ({"colour": "red"}, "colour", "unknown_field"),
        ({"sample_of": "0192d0a0-0000-7000-8000-000000000000"}, "sample_of", "sample_of_unknown"),
    ],
)
async def test_what_cannot_be_entered_names_field_and_remedy(
    acts: Acts, change: dict[str, Any], field: str, code: str
) -> None:
    case = await enter(acts(HANDLER))
    answer = await add(acts, case["id"], **change)
    assert answer.status_code == 422, answer.text
    assert (field, code) in [(one["field"], one["code"]) for one in answer.json()["errors"]], answer.text
    assert (await acts(HANDLER).get(f"/api/v1/cases/{case['id']}/exhibits")).json() == []


async def test_a_correction_needs_the_revision_and_stays_on_record(acts: Acts) -> None:
    case = await enter(acts(HANDLER))
    exhibit = await added(acts, case["id"])
    address, http = f"/api/v1/exhibits/{exhibit['id']}", acts(HANDLER)
    body = exhibit_body(quantity="95")
    assert (await http.put(address, json=body)).status_code == 428
    changed = await http.put(address, json=body, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.json()["quantity"]) == (200, "95.0000")
    assert (await http.put(address, json=body, headers={"If-Match": '"1"'})).status_code == 412
    moved = await http.put(address, json=exhibit_body(place="别处"), headers={"If-Match": '"2"'})
    assert (moved.status_code, moved.json()["code"]) == (422, "moves_only")
    history = (await http.get(f"/api/v1/cases/{case['id']}/history")).json()["items"]
    edits = [event["changes"] for event in history if event["action"] == "exhibit.edited"]
    assert edits == [{"quantity": ["96.0000", "95.0000"]}]


async def test_a_move_is_a_link_of_the_chain(acts: Acts) -> None:
    exhibit = await added(acts, (await enter(acts(HANDLER)))["id"])
    move = {
        "keeper": "顾明",
        "place": "区局仓库",
        "why": "证物室检修",
        "moved_at": "2026-03-05T09:00:00+08:00",
    }
    address = f"/api/v1/exhibits/{exhibit['id']}/moves"
    answer = await acts(HANDLER).post(address, json=move)
    assert (answer.json()["keeper"], answer.json()["place"]) == ("顾明", "区局仓库")
    chain = (await acts(PROCURATOR).get(f"/api/v1/exhibits/{exhibit['id']}/custody")).json()
    link = next(one for one in chain if one["action"] == "moved")
    assert (link["from_keeper"], link["to_keeper"], link["why"]) == ("沈卫东", "顾明", "证物室检修")
    assert link["officer"]
    for at, code in (
        ("2999-01-01T00:00:00+08:00", "date_in_future"),
        ("2026-03-04T00:00:00", "before_last_move"),
    ):
        wrong = await acts(HANDLER).post(address, json=move | {"moved_at": at})
        assert (wrong.status_code, wrong.json()["code"]) == (422, code)


@pytest.mark.parametrize(
    ("who", "read_status", "write"),
    [
        (HEAD, 200, 201),
        (PROCURATOR, 200, 403),
        ("head@320500-market", 200, 403),
        ("supervisor@320506-supervising", 200, 403),
        ("statistics@320506-coordinating", 403, 403),
        (POLICE, 404, 404),
        (FOREIGN, 404, 404),
        ("audit@320506-market", 404, 404),
    ],
)
async def test_who_reads_and_who_enters(acts: Acts, who: str, read_status: int, write: int) -> None:
    case = await enter(acts(HANDLER))
    await added(acts, case["id"])
    assert (await acts(who).get(f"/api/v1/cases/{case['id']}/exhibits")).status_code == read_status
    assert (await add(acts, case["id"], who)).status_code == write


async def handed(database: Database, officer: int, transfer: Mapping[str, Any], given: object) -> list[Any]:
    async with database.acting(officer) as tx:
        row = await tx.row("SELECT * FROM transfers WHERE id = %(id)s", id=UUID(transfer["id"]))
        assert row is not None
        return list(await handed_over(tx, row, counts_of(given)))


async def taken(database: Database, officer: int, transfer: Mapping[str, Any], given: object) -> list[Any]:
    async with database.acting(officer) as tx:
        row = await tx.row("SELECT * FROM transfers WHERE id = %(id)s", id=UUID(transfer["id"]))
        assert row is not None
        return list(await accepted(tx, row, counts_of(given), "公安物证室"))


async def test_both_sides_count_and_sign(acts: Acts, database: Database, world: dict[str, int]) -> None:
    transfer = await led_to(acts, "approve_filing")
    exhibit = await added(acts, transfer["case_id"])
    full = [{"exhibit": exhibit["id"], "counted": "96"}]
    with pytest.raises(Conflict, match="exhibit_not_handed_over"):
        await taken(database, world[DESK], transfer, full)
    given = await handed(database, world[HANDLER], transfer, full)
    assert [one.difference for one in given] == [0]
    with pytest.raises(Conflict, match="exhibit_not_held"):
        await handed(database, world[HANDLER], transfer, full)
    fewer = [{"exhibit": exhibit["id"], "counted": "95"}]
    with pytest.raises(Invalid, match="difference_unexplained"):
        await taken(database, world[DESK], transfer, fewer)
    fewer[0]["note"] = "运输中破损1瓶"
    await taken(database, world[DESK], transfer, fewer)
    both = (await acts(POLICE).get(f"/api/v1/transfers/{transfer['id']}/handover-list")).json()
    assert [(one["side_name"], one["counted"], one["difference"]) for one in both] == [
        ("移交", "96.0000", "0.0000"),
        ("接收", "95.0000", "-1.0000"),
    ]
    assert len({one["officer"] for one in both}) == 2
    now = await read(acts, exhibit["id"], POLICE)
    assert (now["state"], now["place"]) == ("accepted", "公安物证室")
    assert await custody_of(acts, exhibit["id"]) == ["registered", "handed_over", "accepted"]
    assert await custody_of(acts, exhibit["id"], PROCURATOR) == await custody_of(acts, exhibit["id"], POLICE)
    late = await acts(HANDLER).put(
        f"/api/v1/exhibits/{exhibit['id']}", json=exhibit_body(), headers={"If-Match": '"3"'}
    )
    assert late.status_code == 403
    back = {"keeper": "沈卫东", "place": "证物室", "why": "撤销案件，退回物品", "back_to_sender": True}
    returned = await acts(POLICE).post(f"/api/v1/exhibits/{exhibit['id']}/moves", json=back)
    assert (returned.status_code, returned.json()["state"]) == (200, "held")
    again = await acts(HANDLER).post(f"/api/v1/exhibits/{exhibit['id']}/moves", json=back)
    assert (again.status_code, again.json()["code"]) == (409, "exhibit_with_sender")


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ([], "exhibits_missing"),
        ("96", "exhibits_missing"),
        ([{"exhibit": "x", "counted": "1"}], "invalid_input"),
        ([{"exhibit": "0192d0a0-0000-7000-8000-000000000000", "counted": "-1"}], "invalid_input"),
        ([{"exhibit": "0192d0a0-0000-7000-8000-000000000000", "counted": "1"}] * 2, "exhibit_twice"),
    ],
)
def test_a_list_that_cannot_be_counted(given: object, code: str) -> None:
    with pytest.raises(Invalid) as error:
        counts_of(given)
    assert error.value.code == code


async def test_what_must_be_transferred_waits_for_the_police_unless_it_perishes(acts: Acts) -> None:
    case = await enter(acts(HANDLER))
    plain = await added(acts, case["id"])
    photo = await photograph(acts, plain)
    refused = await dispose(acts, plain["id"], "harmless_destruction", destruction([photo]))
    assert (refused.status_code, refused.json()["code"]) == (409, "not_perishable")
    returned = {
        "approved_by": "陆建明",
        "reason": "无关",
        "recipient": "李建国",
        "paper": "吴市监解〔2026〕1号",
    }
    assert (await dispose(acts, plain["id"], "return", returned)).json()["code"] == "not_before_handover"
    fresh = await added(acts, case["id"], name="冷冻肉", perishable=True)
    unkept = await dispose(acts, fresh["id"], "harmless_destruction", destruction([photo]))
    assert unkept.json()["code"] == "evidence_not_kept"
    assert "留取的样品" in unkept.json()["detail"]
    await added(acts, case["id"], name="冷冻肉样品", quantity="2", sample_of=fresh["id"])
    done = await dispose(acts, fresh["id"], "harmless_destruction", destruction([photo]))
    assert (done.status_code, done.json()["remaining"]) == (201, "86.0000")
    assert done.json()["disposals"][0]["recorded"]["承担处置的单位"] == "苏州某固废处置有限公司"
    rest = await dispose(acts, fresh["id"], "harmless_destruction", destruction([photo]), quantity="86")
    assert rest.json()["state"] == "disposed"
    assert await custody_of(acts, fresh["id"]) == ["registered", "disposed", "disposed"]


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"company": ""}, "recorded.company", "required"),
        ({"qualification": None}, "recorded.qualification", "required"),
        ({"environment_notice": None}, "recorded.environment_notice", "required"),
        ({"witnesses": ["沈卫东"]}, "recorded.witnesses", "too_few"),
        ({"witnesses": "沈卫东\n沈卫东"}, "recorded.witnesses", "too_few"),
        ({"photographs": []}, "recorded.photographs", "required"),
        ({"photographs": ["x"]}, "recorded.photographs", "not_an_id"),
        ({"colour": "red"}, "recorded.colour", "unknown_field"),
        ({"method": 3}, "recorded.method", "not_text"),
    ],
)
async def test_a_destruction_is_recorded_in_full(
    acts: Acts, change: dict[str, Any], field: str, code: str
) -> None:
    exhibit = await added(acts, (await enter(acts(HANDLER), small_case()))["id"])
    photo = await photograph(acts, exhibit)
    answer = await dispose(acts, exhibit["id"], "harmless_destruction", destruction([photo]) | change)
    assert answer.status_code == 422, answer.text
    assert (field, code) in [(one["field"], one["code"]) for one in answer.json()["errors"]], answer.text
    assert (await read(acts, exhibit["id"]))["disposals"] == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"disposed_on": "2026-03-01"}, "disposed_before_seized"),
        ({"disposed_on": "2999-01-01"}, "invalid_input"),
        ({"quantity": "97"}, "quantity_not_there"),
        ({"quantity": "-1"}, "invalid_input"),
    ],
)
async def test_a_disposal_that_cannot_be(acts: Acts, change: dict[str, Any], code: str) -> None:
    exhibit = await added(acts, (await enter(acts(HANDLER), small_case()))["id"])
    photo = await photograph(acts, exhibit)
    answer = await dispose(acts, exhibit["id"], "harmless_destruction", destruction([photo]), **change)
    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text


async def test_there_is_no_other_way_of_disposal(acts: Acts) -> None:
    exhibit = await added(acts, (await enter(acts(HANDLER), small_case()))["id"])
    answer = await dispose(acts, exhibit["id"], "burn", {})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "disposal_unknown")


async def test_a_photograph_is_an_image_of_the_same_case(acts: Acts) -> None:
    exhibit = await added(acts, (await enter(acts(HANDLER)))["id"])
    other = await added(acts, (await enter(acts(HANDLER)))["id"])
    of_other = await photograph(acts, other)
    text = await acts(HANDLER).post(
        f"/api/v1/cases/{exhibit['case_id']}/files", params={"name": "说明.txt"}, content=b"x"
    )
    for file_id in (of_other, text.json()["id"]):
        answer = await acts(HANDLER).post(
            f"/api/v1/exhibits/{exhibit['id']}/photographs", json={"file_id": file_id}
        )
        assert (answer.status_code, answer.json()["code"]) == (422, "not_a_photograph")
    assert (await read(acts, other["id"]))["photographs"][0]["id"] == of_other


async def test_what_may_be_chosen_says_on_which_rule_it_rests(acts: Acts) -> None:
    found = (await acts(POLICE).get("/api/v1/exhibit-choices")).json()
    destroyed = next(one for one in found["disposals"] if one["id"] == "harmless_destruction")
    required = {field["id"] for field in destroyed["fields"] if field["required"]}
    assert {"company", "qualification", "method", "place", "witnesses", "photographs"} <= required
    assert {"environment_organ", "environment_notice"} <= required
    assert any("凭记忆，未核对原文" in basis for basis in destroyed["basis"])
    marked = next(one for one in found["valuations"] if one["id"] == "marked_price")
    assert any("施行至2025-04-25" in basis for basis in marked["basis"])
