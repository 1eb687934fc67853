"""A duty-crime clue (监察法第三十七条) exists for sender, head of that organ and named officers alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest
from psycopg import sql

from app.database.transaction import Database
from tests.clues.builders import SENDER, duty_body, organ_id, sent, take
from tests.cluster import DatabaseUrls
from tests.conftest import Acts

NAMED = "handler@320506-commission"
NAME = "熊晓燕"
HEAD = "head@320506-market"
SEES = {SENDER, HEAD, NAMED}
# Where an officer could come upon a clue, however indirectly.
LISTS = [
    "/api/v1/clues",
    "/api/v1/clues?box=sent",
    "/api/v1/clues?box=passed_on",
    "/api/v1/clues?box=area",
    "/api/v1/notices",
    "/api/v1/notices/unread-count",
    "/api/v1/supervision-requests?box=area",
]


async def duty_clue(acts: Acts, **change: Any) -> dict[str, Any]:
    body = await duty_body(acts, SENDER, "320506-commission", NAME, **change)
    answer = await acts(SENDER).post("/api/v1/clues", json=body)
    assert answer.status_code == 201, answer.text
    clue: dict[str, Any] = answer.json()
    return clue


async def attach(http: httpx.AsyncClient, clue_id: str) -> httpx.Response:
    return await http.post(f"/api/v1/clues/{clue_id}/files", params={"name": "笔录.txt"}, content=b"x")


def others(world: dict[str, int]) -> list[str]:
    return sorted(set(world) - SEES)


async def answers(http: httpx.AsyncClient) -> list[tuple[int, str]]:
    got = [await http.get(address) for address in LISTS]
    return [(answer.status_code, answer.text) for answer in got]


@pytest.mark.parametrize("who", sorted(SEES))
async def test_who_may_see_it_sees_it(acts: Acts, who: str) -> None:
    clue = await duty_clue(acts)
    read = await acts(who).get(f"/api/v1/clues/{clue['id']}")
    assert read.status_code == 200
    assert read.json()["content"] == "执法中发现。"


async def test_every_other_officer_of_the_platform_gets_the_answer_for_what_does_not_exist(
    acts: Acts, world: dict[str, int]
) -> None:
    before = {who: await answers(acts(who)) for who in others(world)}
    nothing = await acts(NAMED).get(f"/api/v1/clues/{UUID(int=7)}")
    clue = await duty_clue(acts)
    await take(acts(NAMED), clue["id"], "sign_receipt")
    file = (await attach(acts(SENDER), clue["id"])).json()
    assert (await acts(NAMED).get(f"/api/v1/files/{file['id']}")).status_code == 200
    for who in others(world):
        assert await answers(acts(who)) == before[who], who
        for answer in (
            await acts(who).get(f"/api/v1/clues/{clue['id']}"),
            await take(acts(who), clue["id"], "take_up"),
            await attach(acts(who), clue["id"]),
        ):
            assert (answer.status_code, answer.json()) == (404, nothing.json()), who
        assert (await acts(who).get(f"/api/v1/files/{file['id']}")).status_code == 404


async def test_raw_sql_of_any_other_officer_finds_no_row_of_it(
    acts: Acts, world: dict[str, int], database: Database, clean: DatabaseUrls
) -> None:
    clue = await duty_clue(acts)
    await take(acts(NAMED), clue["id"], "sign_receipt")
    await take(acts(NAMED), clue["id"], "take_up")
    assert (await attach(acts(NAMED), clue["id"])).status_code == 201
    named = world[NAMED]
    sentences = {
        "clues": "SELECT count(*) FROM clues",
        "clue_officers": "SELECT count(*) FROM clue_officers",
        "clue_steps": "SELECT count(*) FROM clue_steps",
        "clocks": "SELECT count(*) FROM clocks",
        "files": "SELECT count(*) FROM files",
        "audit_events": "SELECT count(*) FROM audit_events WHERE clue_id IS NOT NULL OR officer_id = "
        + str(named),
        "audit_changes": "SELECT count(*) FROM audit_changes",
        "notices": "SELECT count(*) FROM notices",
        "idempotency_keys": "SELECT count(*) FROM idempotency_keys",
        "number_series": "SELECT count(*) FROM number_series",
    }
    with psycopg.connect(clean.owner) as connection:  # the clue has left rows for those who may see it
        for table in ("clues", "clue_officers", "clue_steps", "clocks", "files", "audit_events", "notices"):
            query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
            assert connection.execute(query).fetchone() != (0,), table
    for who in others(world):
        async with database.acting(world[who]) as tx:
            found = {name: await tx.value(query) for name, query in sentences.items()}
        assert found == dict.fromkeys(sentences, 0), who


async def test_it_takes_no_number_from_the_series(acts: Acts) -> None:
    before = await sent(acts)
    clue = await duty_clue(acts)
    after = await sent(acts)
    one, two = (int(c["number"].split("〕")[1].removesuffix("号")) for c in (before, after))
    assert two == one + 1
    assert (await duty_clue(acts))["number"] != clue["number"]
    assert clue["number"].startswith("密")


async def test_only_the_named_officer_and_the_sender_are_told(
    acts: Acts, clean: DatabaseUrls, world: dict[str, int]
) -> None:
    clue = await duty_clue(acts)
    await take(acts(NAMED), clue["id"], "sign_receipt")
    with psycopg.connect(clean.owner) as connection:
        told = connection.execute("SELECT officer_id, roles FROM notices ORDER BY id").fetchall()
    assert told == [(world[NAMED], None), (world[SENDER], None)]


async def test_its_audit_events_are_for_those_who_see_it(
    acts: Acts, database: Database, world: dict[str, int]
) -> None:
    clue = await duty_clue(acts)
    await take(acts(NAMED), clue["id"], "sign_receipt")
    for who in sorted(SEES):
        async with database.acting(world[who]) as tx:
            rows = await tx.rows(
                "SELECT action, restricted, case_id FROM audit_events WHERE clue_id = %(id)s ORDER BY id",
                id=UUID(clue["id"]),
            )
        actions = ["clue.draft", "clue.send", "document.issued", "clue.sign_receipt"]
        assert [row["action"] for row in rows] == actions
        assert all(row["restricted"] and row["case_id"] is None for row in rows)


async def test_a_draft_is_not_even_for_the_named_officer(acts: Acts) -> None:
    clue = await duty_clue(acts, send=False)
    assert (await acts(NAMED).get(f"/api/v1/clues/{clue['id']}")).status_code == 404
    assert (await acts(NAMED).get("/api/v1/notices/unread-count")).json() == {"unread": 0}


async def test_passed_on_it_is_for_the_officers_whom_the_passer_names(acts: Acts) -> None:
    clue = await duty_clue(acts)
    await take(acts(NAMED), clue["id"], "sign_receipt")
    recipient = await organ_id(acts(NAMED), "320506-procuratorate")
    officers = (await acts(NAMED).get(f"/api/v1/organs/{recipient}/duty-recipients")).json()
    chosen = [officer["officer_id"] for officer in officers if officer["name"] == "丁梦瑶"]
    none = await take(acts(NAMED), clue["id"], "pass_on", to_organ=recipient, reason="检察机关管辖")
    assert none.json()["code"] == "officers_required"
    passed = await take(
        acts(NAMED), clue["id"], "pass_on", officers=chosen, to_organ=recipient, reason="检察机关管辖"
    )
    assert passed.status_code == 200, passed.text
    assert (await acts("handler@320506-procuratorate").get(f"/api/v1/clues/{clue['id']}")).status_code == 200
    for who in ("handler2@320506-procuratorate", "head@320506-procuratorate", "handler@320500-procuratorate"):
        assert (await acts(who).get(f"/api/v1/clues/{clue['id']}")).status_code == 404
        assert (await acts(who).get("/api/v1/notices/unread-count")).json() == {"unread": 0}
    assert (await acts(NAMED).get(f"/api/v1/clues/{clue['id']}")).status_code == 200


async def test_the_database_itself_refuses_to_name_an_officer_of_another_organ(
    acts: Acts, database: Database, world: dict[str, int]
) -> None:
    clue = await duty_clue(acts)
    row = {"clue": clue["id"], "organ": clue["from_organ"]["id"], "sender": world[SENDER]}
    name = """INSERT INTO clue_officers (clue_id, from_organ_id, from_officer_id, officer_id, named_by)
        VALUES (%(clue)s, %(organ)s, %(sender)s, %(officer)s, %(by)s)"""
    for by, officer in (
        (SENDER, "handler2@320506-market"),
        (SENDER, "sysadmin@320506-market"),
        ("handler2@320506-market", "desk@320506-commission"),
        ("desk@320506-commission", "desk@320506-commission"),
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            async with database.acting(world[by]) as tx:
                await tx.execute(name, row, officer=world[officer], by=world[by])


async def test_what_it_is_never_changes(acts: Acts, database: Database, world: dict[str, int]) -> None:
    clue = await duty_clue(acts)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with database.acting(world[SENDER]) as tx:
            await tx.execute("UPDATE clues SET duty = false WHERE id = %(id)s", id=UUID(clue["id"]))


async def test_recipients_are_told_by_name_and_only_of_organs_that_receive_such_clues(
    acts: Acts, database: Database, world: dict[str, int]
) -> None:
    commission = await organ_id(acts(SENDER), "320506-commission")
    market = await organ_id(acts(SENDER), "320506-market")
    found = (await acts(SENDER).get(f"/api/v1/organs/{commission}/duty-recipients")).json()
    assert {frozenset(one) for one in found} == {frozenset({"officer_id", "name"})}
    assert len(found) == 3
    assert (await acts(SENDER).get(f"/api/v1/organs/{market}/duty-recipients")).json() == []
    admin = await acts("sysadmin@320506-market").get(f"/api/v1/organs/{commission}/duty-recipients")
    assert admin.json() == []


async def test_the_same_key_of_another_officer_answers_nothing_of_it(acts: Acts) -> None:
    body = await duty_body(acts, SENDER, "320506-commission", NAME)
    key = {"Idempotency-Key": "duty"}
    first = await acts(SENDER).post("/api/v1/clues", json=body, headers=key)
    other = await acts("handler2@320506-market").post("/api/v1/clues", json=body, headers=key)
    assert other.status_code == 201
    assert "Idempotency-Replayed" not in other.headers
    assert other.json()["id"] != first.json()["id"]


async def test_an_overdue_one_is_late_for_who_sees_it_alone(acts: Acts, clean: DatabaseUrls) -> None:
    clue = await duty_clue(acts)
    with psycopg.connect(clean.owner) as connection:
        connection.execute("UPDATE clocks SET due_at = %s", [datetime.now(UTC) - timedelta(days=1)])
    assert (await acts(SENDER).get("/api/v1/clues?box=sent")).json()["items"][0]["overdue"] is True
    summary = (await acts("head@320500-procuratorate").get("/api/v1/supervision/summary")).json()
    assert summary["expired_clocks"] == 0
    assert clue["state"] == "sent"
