"""A clue's life by clues.yaml: sent, signed for, worked on, fed back; refused where it must be."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import Any

import httpx
import psycopg
import pytest

from app.audit.actions import ACTIONS
from app.law.procedure_table import clue_procedure
from tests.clues.builders import POLICE, SENDER, clue_body, organ_id, sent, take
from tests.cluster import DatabaseUrls
from tests.conftest import Acts

NOT_MINE = ["handler1@320583-market", "handler@320583-police", "handler@320506-procuratorate"]


async def test_a_clue_goes_there_and_its_result_comes_back(acts: Acts) -> None:
    clue = await sent(acts)
    assert clue["number"].startswith("吴中市监线〔2026〕")
    assert (clue["state"], [k["clock"] for k in clue["clocks"]]) == ("sent", ["clue_receipt"])
    police = acts(POLICE)
    received = (await police.get("/api/v1/clues")).json()["items"]
    assert [one["id"] for one in received] == [clue["id"]]

    signed = (await take(police, clue["id"], "sign_receipt")).json()
    assert {k["clock"]: k["state"] for k in signed["clocks"]} == {
        "clue_receipt": "met",
        "clue_feedback": "running",
    }
    assert [a["id"] for a in signed["available_actions"]] == ["take_up", "reject", "pass_on", "merge"]
    assert (await take(police, clue["id"], "take_up")).json()["state"] == "taken_up"
    assert (await take(police, clue["id"], "record_result", result="查获商品300件")).json()[
        "state"
    ] == "result"
    done = (await take(police, clue["id"], "feed_back", feedback="已立案侦查")).json()
    assert (done["feedback"], done["result"]) == ("已立案侦查", "查获商品300件")
    assert all(k["state"] == "met" for k in done["clocks"])
    closed = (await take(acts(SENDER), clue["id"], "close")).json()
    assert closed["state"] == "closed"
    assert closed["closed_at"] is not None
    assert [step["action"] for step in closed["steps"]] == [
        "draft", "send", "sign_receipt", "take_up", "record_result", "feed_back", "close",
    ]  # fmt: skip
    states = [(step["from_state"], step["to_state"]) for step in closed["steps"]]
    assert all(a[1] == b[0] for a, b in pairwise(states))
    assert (await acts(POLICE).get("/api/v1/clues?open=true")).json()["items"] == []


async def test_the_police_are_told_and_the_sender_hears_of_the_feedback(acts: Acts) -> None:
    clue = await sent(acts)
    for who in ("desk@320506-police", POLICE):
        told = (await acts(who).get("/api/v1/notices")).json()["items"]
        assert [(n["subject_kind"], n["subject_id"], n["kind"]) for n in told] == [
            ("clue", clue["id"], "clue.send")
        ]
    assert (await acts("head@320506-police").get("/api/v1/notices/unread-count")).json() == {"unread": 0}
    await take(acts(POLICE), clue["id"], "sign_receipt")
    heard = (await acts(SENDER).get("/api/v1/notices")).json()["items"]
    assert [n["kind"] for n in heard] == ["clue.sign_receipt"]
    assert (await acts("handler2@320506-market").get("/api/v1/notices")).json()["items"] == []


async def test_a_draft_is_the_sender_s_alone_until_it_is_sent(acts: Acts) -> None:
    clue = await sent(acts, send=False)
    assert (clue["state"], clue["number"]) == ("drafted", None)
    assert (await acts(POLICE).get(f"/api/v1/clues/{clue['id']}")).status_code == 404
    assert (await acts("handler2@320506-market").get(f"/api/v1/clues/{clue['id']}")).status_code == 200
    assert (await take(acts(POLICE), clue["id"], "sign_receipt")).status_code == 404
    sent_now = (await take(acts(SENDER), clue["id"], "send")).json()
    assert sent_now["number"] is not None
    assert (await acts(POLICE).get(f"/api/v1/clues/{clue['id']}")).status_code == 200


async def test_numbers_have_no_gaps_also_when_drafts_are_dropped(acts: Acts) -> None:
    first = await sent(acts)
    dropped = await sent(acts, send=False)
    assert (await take(acts(SENDER), dropped["id"], "discard", reason="重复")).status_code == 200
    second = await sent(acts)
    assert serial(second) == serial(first) + 1


def serial(clue: dict[str, Any]) -> int:
    return int(clue["number"].split("〕")[1].removesuffix("号"))


async def test_who_passes_on_keeps_seeing_it(acts: Acts) -> None:
    clue = await sent(acts)
    await take(acts(POLICE), clue["id"], "sign_receipt")
    kunshan = await organ_id(acts(POLICE), "320583-police")
    passed = await take(acts(POLICE), clue["id"], "pass_on", to_organ=kunshan, reason="仓库在昆山")
    assert passed.status_code == 200, passed.text
    assert passed.json()["available_actions"] == []
    running = [k for k in passed.json()["clocks"] if k["state"] == "running"]
    assert [(k["clock"], k["holder_organ"]) for k in running] == [("clue_receipt", "昆山市公安局")]
    assert (await acts(POLICE).get("/api/v1/clues?box=passed_on")).json()["items"][0]["id"] == clue["id"]
    refused = await take(acts(POLICE), clue["id"], "sign_receipt")
    assert (refused.status_code, refused.json()["code"]) == (403, "party_may_not")
    signed = await take(acts("handler@320583-police"), clue["id"], "sign_receipt")
    assert signed.status_code == 200


async def test_a_rejected_clue_comes_back_with_the_reason_and_may_be_sent_again(acts: Acts) -> None:
    clue = await sent(acts)
    await take(acts(POLICE), clue["id"], "sign_receipt")
    missing = await take(acts(POLICE), clue["id"], "reject")
    assert (missing.status_code, missing.json()["errors"][0]["field"]) == (422, "inputs.reason")
    rejected = (await take(acts(POLICE), clue["id"], "reject", reason="没有数量")).json()
    assert rejected["state"] == "rejected"
    again = (await take(acts(SENDER), clue["id"], "send_again", content="清点为300件")).json()
    assert (again["state"], again["number"]) == ("sent", clue["number"])
    assert again["content"].endswith("补充：清点为300件")


async def test_a_clue_is_merged_into_another_that_the_same_organ_received(acts: Acts) -> None:
    first, second = await sent(acts), await sent(acts)
    await take(acts(POLICE), second["id"], "sign_receipt")
    unknown = await take(acts(POLICE), second["id"], "merge", into="吴中市监线〔2026〕9999号")
    assert unknown.json()["code"] == "clue_number_unknown"
    itself = await take(acts(POLICE), second["id"], "merge", into=second["number"])
    assert itself.json()["code"] == "clue_number_unknown"
    merged = (await take(acts(POLICE), second["id"], "merge", into=first["number"])).json()
    assert (merged["state"], merged["merged_into"]) == ("merged", first["id"])


async def attach(http: httpx.AsyncClient, clue_id: str, name: str = "照片.jpg") -> httpx.Response:
    return await http.post(f"/api/v1/clues/{clue_id}/files", params={"name": name}, content=b"\xff\xd8 photo")


async def test_attachments_go_with_the_clue(acts: Acts, client: httpx.AsyncClient) -> None:
    clue = await sent(acts, send=False)
    added = await attach(acts(SENDER), clue["id"])
    assert added.status_code == 201, added.text
    address = f"/api/v1/files/{added.json()['id']}"
    assert (await acts(POLICE).get(address)).status_code == 404
    await take(acts(SENDER), clue["id"], "send")
    seen = (await acts(POLICE).get(f"/api/v1/clues/{clue['id']}")).json()["files"]
    assert [file["name"] for file in seen] == ["照片.jpg"]
    assert (await acts(POLICE).get(address)).content == b"\xff\xd8 photo"
    assert (await attach(acts(POLICE), clue["id"], "回函.pdf")).status_code == 201
    assert (await attach(acts("legal@320506-police"), clue["id"])).status_code == 403
    assert (await attach(acts("handler1@320500-market"), clue["id"])).status_code == 403
    assert (await attach(acts("handler@320583-police"), clue["id"])).status_code == 404
    assert (await acts("handler@320583-police").get(address)).status_code == 404
    assert (await attach(client, clue["id"])).status_code == 401
    dropped = await sent(acts, send=False)
    await take(acts(SENDER), dropped["id"], "discard", reason="重复")
    assert (await attach(acts(SENDER), dropped["id"])).json()["code"] == "clue_closed"


@pytest.mark.parametrize("who", NOT_MINE)
async def test_for_foreign_organs_the_clue_does_not_exist(acts: Acts, who: str) -> None:
    clue = await sent(acts)
    for answer in (
        await acts(who).get(f"/api/v1/clues/{clue['id']}"),
        await take(acts(who), clue["id"], "sign_receipt"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    for box in ("received", "sent", "passed_on", "area"):
        assert (await acts(who).get(f"/api/v1/clues?box={box}")).json()["items"] == []


async def test_the_sender_s_superior_of_the_line_sees_it_and_cannot_act(acts: Acts) -> None:
    clue = await sent(acts)
    superior = acts("handler1@320500-market")
    seen = (await superior.get("/api/v1/clues?box=area")).json()["items"]
    assert [one["id"] for one in seen] == [clue["id"]]
    assert (await superior.get(f"/api/v1/clues/{clue['id']}")).json()["available_actions"] == []
    assert (await take(superior, clue["id"], "sign_receipt")).status_code == 403
    other_line = acts("handler1@320500-tobacco")
    assert (await other_line.get(f"/api/v1/clues/{clue['id']}")).status_code == 404


async def test_nobody_gets_nothing(client: httpx.AsyncClient, acts: Acts) -> None:
    clue = await sent(acts)
    for answer in (
        await client.get("/api/v1/clues"),
        await client.get(f"/api/v1/clues/{clue['id']}"),
        await client.post("/api/v1/clues", json=await clue_body(acts)),
        await take(client, clue["id"], "sign_receipt"),
        await client.get("/api/v1/organs/1/duty-recipients"),
    ):
        assert answer.status_code == 401


async def test_an_action_out_of_turn_says_what_is_possible(acts: Acts) -> None:
    clue = await sent(acts)
    early = await take(acts(POLICE), clue["id"], "take_up")
    assert (early.status_code, early.json()["code"], early.json()["state"]) == (
        409,
        "action_not_in_state",
        "sent",
    )
    assert [a["id"] for a in early.json()["available_actions"]] == ["sign_receipt"]
    assert (await take(acts(SENDER), clue["id"], "sign_receipt")).json()["code"] == "party_may_not"
    assert (await take(acts("legal@320506-police"), clue["id"], "sign_receipt")).json()[
        "code"
    ] == "role_may_not"
    assert (await take(acts(POLICE), clue["id"], "burn")).json()["code"] == "action_unknown"


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"kind": "gossip"}, 422, "clue_kind_unknown"),
        ({"kind": "breach"}, 403, "kind_not_yours"),
        ({"to": "320506-court"}, 422, "recipient_kind"),
        ({"kind": "other_region", "to": "320506-market"}, 422, "own_organ"),
        ({"to_organ_id": 999999}, 409, "no_such_organ"),
        ({"officers": [1]}, 422, "officers_not_asked"),
        ({"kind": "duty_crime", "to": "320506-commission"}, 422, "officers_required"),
        ({"kind": "duty_crime", "to": "320506-commission", "officers": [999999]}, 422, "officers_required"),
        ({"subject": ""}, 422, "invalid_input"),
        ({"extra": 1}, 422, "invalid_input"),
        ({"content": "a\x00b"}, 422, "invalid_input"),
        ({"to_organ_id": 2**40}, 422, "invalid_input"),
        ({"origin_case_id": "0195f0c0-0000-7000-8000-000000000000"}, 404, "not_found"),
    ],
)
async def test_what_cannot_be_sent_says_why(
    acts: Acts, change: dict[str, Any], status: int, code: str
) -> None:
    answer = await acts(SENDER).post("/api/v1/clues", json=await clue_body(acts, **change))
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert (await acts(SENDER).get("/api/v1/clues?box=sent")).json()["items"] == []


async def test_the_same_key_sends_one_clue(acts: Acts) -> None:
    body = await clue_body(acts)
    key = {"Idempotency-Key": "once"}
    first = await acts(SENDER).post("/api/v1/clues", json=body, headers=key)
    again = await acts(SENDER).post("/api/v1/clues", json=body, headers=key)
    assert (first.json(), again.headers["Idempotency-Replayed"]) == (again.json(), "true")
    other = await acts(SENDER).post("/api/v1/clues", json=body | {"subject": "别的"}, headers=key)
    assert other.json()["code"] == "idempotency_key_reused"
    assert len((await acts(SENDER).get("/api/v1/clues?box=sent")).json()["items"]) == 1


async def test_of_two_who_press_at_once_one_wins(acts: Acts) -> None:
    clue = await sent(acts)
    await take(acts(POLICE), clue["id"], "sign_receipt")
    answers = await asyncio.gather(
        take(acts(POLICE), clue["id"], "take_up"),
        take(acts("head@320506-police"), clue["id"], "reject", reason="没有数量"),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    stale = await acts(POLICE).post(
        f"/api/v1/clues/{clue['id']}/actions/merge", json={"inputs": {"into": "x"}, "revision": 1}
    )
    assert (stale.status_code, stale.json()["code"]) == (409, "stale_edit")


async def test_each_act_is_on_the_audit_trail(acts: Acts, clean: DatabaseUrls) -> None:
    clue = await sent(acts)
    await take(acts(POLICE), clue["id"], "sign_receipt")
    with psycopg.connect(clean.owner) as connection:
        rows = connection.execute(
            "SELECT action, organ_name, restricted FROM audit_events WHERE clue_id = %s ORDER BY id",
            [clue["id"]],
        ).fetchall()
    assert rows == [
        ("clue.draft", "苏州市吴中区市场监督管理局", False),
        ("clue.send", "苏州市吴中区市场监督管理局", False),
        ("document.issued", "苏州市吴中区市场监督管理局", False),
        ("clue.sign_receipt", "苏州市公安局吴中区分局", False),
    ]


def test_every_action_of_the_table_has_a_name_on_the_audit_trail() -> None:
    assert {f"clue.{action.id}" for action in clue_procedure().actions} <= set(ACTIONS)


async def test_a_list_goes_on_where_the_page_ended(acts: Acts) -> None:
    all_of_them = [(await sent(acts))["id"] for _ in range(5)]
    seen: list[str] = []
    cursor = ""
    while True:
        page = (await acts(SENDER).get(f"/api/v1/clues?box=sent&limit=2{cursor}")).json()
        seen += [one["id"] for one in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == all_of_them[::-1]
    assert (await acts(SENDER).get("/api/v1/clues?cursor=%21")).json()["code"] == "bad_cursor"


@pytest.mark.parametrize(
    "address",
    [
        "/api/v1/clues?kind=%00",
        "/api/v1/clues?state=%00",
        "/api/v1/clues?box=all",
        "/api/v1/organs/99999999999/duty-recipients",
        "/api/v1/supervision/untransferred?organ=99999999999",
        "/api/v1/supervision/untransferred?charge=%00",
        "/api/v1/supervision-requests?state=%00",
        "/api/v1/notices?cursor=AA",
    ],
)
async def test_a_malformed_question_is_refused(acts: Acts, address: str) -> None:
    answer = await acts("handler@320506-procuratorate").get(address)
    assert answer.status_code == 422, answer.text


async def test_text_that_cannot_be_kept_is_refused_wherever_it_stands(acts: Acts) -> None:
    clue = await sent(acts)
    await take(acts(POLICE), clue["id"], "sign_receipt")
    refused = await take(acts(POLICE), clue["id"], "reject", reason="a\x00b")
    assert (refused.status_code, refused.json()["code"]) == (422, "input_wrong_type")
    surrogate = b'{"kind": "suspected_crime", "to_organ_id": 1, "subject": "\\ud800", "content": "x"}'
    answer = await acts(SENDER).post(
        "/api/v1/clues", content=surrogate, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 422
