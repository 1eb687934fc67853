"""The checklist of a case: what the charge asks for, what is there, what the officer says."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cases.builders import case_body, enter, small_case
from tests.conftest import Acts
from tests.evidence.test_files import upload
from tests.transfers.builders import HANDLER, LEGAL, POLICE, PROCURATOR, opened, seen


async def listed(acts: Acts, case_id: str, who: str = HANDLER, **query: str) -> dict[str, dict[str, Any]]:
    answer = await acts(who).get(f"/api/v1/cases/{case_id}/checklist", params=query)
    assert answer.status_code == 200, answer.text
    return {item["id"]: item for item in answer.json()["items"]}


async def mark(acts: Acts, case_id: str, item: str, who: str = HANDLER, **body: Any) -> Any:
    return await acts(who).put(f"/api/v1/cases/{case_id}/checklist/{item}", json=body)


async def test_the_reached_charge_says_what_is_needed(acts: Acts) -> None:
    case = await enter(acts(HANDLER))
    items = await listed(acts, case["id"])
    assert items["214-E1"]["requirement"] == "mandatory"
    assert items["214-E1"]["status"] == "missing"
    assert items["214-E1"]["proves"] == ["权属"]
    assert items["TD1"]["basis"][0].startswith("《行政执法机关移送涉嫌犯罪案件的规定》")
    assert {item["requirement"] for item in items.values()} >= {"mandatory", "ask"}


async def test_a_charge_may_be_chosen(acts: Acts) -> None:
    case = await enter(acts(HANDLER), small_case())
    none = await acts(HANDLER).get(f"/api/v1/cases/{case['id']}/checklist")
    assert (none.status_code, none.json()["code"]) == (422, "charge_required")
    assert "140-E1" in await listed(acts, case["id"], charge="140")
    wrong = await acts(HANDLER).get(f"/api/v1/cases/{case['id']}/checklist", params={"charge": "1"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "charge_unknown")


async def test_marks_and_files_change_what_is_missing(acts: Acts) -> None:
    transfer = await opened(acts)
    case_id = transfer["case_id"]

    async def gaps() -> set[str]:
        return {gap["item"] for gap in (await seen(acts, transfer["id"], HANDLER))["warnings"]}

    before = await gaps()
    assert {"C1", "214-E1", "C6"} <= before
    assert (await mark(acts, case_id, "C1", status="present")).json()["status"] == "present"
    assert (await upload(acts, case_id, item="214-E1")).status_code == 201
    answered = await mark(acts, case_id, "C6", status="not_applicable", note="没有上下家")
    assert answered.json()["requirement"] == "not_applicable"
    assert await gaps() == before - {"C1", "214-E1", "C6"}
    items = await listed(acts, case_id)
    assert items["214-E1"]["status"] == "present"
    assert [file["name"] for file in items["214-E1"]["files"]] == ["现场照片.png"]


async def test_an_asked_item_that_applies_is_due(acts: Acts) -> None:
    case = await enter(acts(HANDLER))
    marked = (await mark(acts, case["id"], "C6", status="missing")).json()
    assert (marked["requirement"], marked["status"]) == ("applicable", "missing")


async def test_files_of_no_item_stand_apart(acts: Acts) -> None:
    case = await enter(acts(HANDLER))
    await upload(acts, case["id"])
    answer = (await acts(HANDLER).get(f"/api/v1/cases/{case['id']}/checklist")).json()
    assert [file["name"] for file in answer["other_files"]] == ["现场照片.png"]


@pytest.mark.parametrize(
    ("item", "body", "code"),
    [
        ("X9", {"status": "present"}, "evidence_item_unknown"),
        ("214-E1", {"status": "not_applicable"}, "note_required"),
        ("214-E1", {"status": "there"}, "invalid_input"),
        ("214-E1", {"status": "present", "colour": "red"}, "invalid_input"),
    ],
)
async def test_a_mark_that_cannot_stand(acts: Acts, item: str, body: dict[str, Any], code: str) -> None:
    case = await enter(acts(HANDLER))
    answer = await mark(acts, case["id"], item, **body)
    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text


@pytest.mark.parametrize(
    ("who", "read", "write"),
    [
        (LEGAL, 200, 200),
        (PROCURATOR, 200, 403),
        ("head@320500-market", 200, 403),
        ("feed@320506-market", 200, 403),
        ("statistics@320506-coordinating", 403, 403),
        ("handler1@320583-market", 404, 404),
        (POLICE, 404, 404),
        ("audit@320506-market", 404, 404),
    ],
)
async def test_who_reads_and_who_marks(acts: Acts, who: str, read: int, write: int) -> None:
    case = await enter(acts(HANDLER), case_body())
    answer = await acts(who).get(f"/api/v1/cases/{case['id']}/checklist")
    assert answer.status_code == read
    assert (await mark(acts, case["id"], "C1", who, status="present")).status_code == write


async def test_a_mark_is_on_record_with_what_it_was(acts: Acts) -> None:
    case = await enter(acts(HANDLER))
    await mark(acts, case["id"], "C1", status="missing")
    await mark(acts, case["id"], "C1", status="present", note="已取得")
    history = (await acts(HANDLER).get(f"/api/v1/cases/{case['id']}/history")).json()
    marks = [event for event in history["items"] if event["action"] == "evidence.marked"]
    assert {"status": ["missing", "present"], "note": ["", "已取得"]} in [m["changes"] for m in marks]
