"""A package passed between two installations: the same transfer is there, and goes on."""

from __future__ import annotations

import asyncio
from typing import Any

import psycopg
import pytest

from app.organs.directory import load_directory
from tests.conftest import ORGANS, PASSWORD, Acts
from tests.packages.builders import FILES, a_package, exported, trust_of
from tests.packages.records import record_in
from tests.packages.second import Second
from tests.transfers.builders import DESK, HANDLER, POLICE, PROCURATOR

TABLES = (
    "cases",
    "parties",
    "transfers",
    "transfer_steps",
    "clocks",
    "files",
    "documents",
    "received_packages",
)


def without_issue(record: dict[str, Any]) -> dict[str, Any]:
    """The record but for who made the package when, and for links of custody that were added since."""
    return {name: part for name, part in record.items() if name not in ("issue", "custody")}


async def test_the_same_transfer_is_there(acts: Acts, second: Second) -> None:
    package = await a_package(acts, exhibits=True, pdf=True)
    await second.trusts(await trust_of(acts))
    answer = await second.receives(DESK, package.content)
    assert answer.status_code == 201, answer.text
    said = answer.json()
    assert said["transfer_id"] == package.transfer["id"]
    assert said["signer"] == "苏州市吴中区市场监督管理局"
    again = await second.exports(HANDLER, package.transfer["id"])
    assert again.status_code == 200, again.text
    first, then = record_in(package.content), record_in(again.content)
    assert without_issue(first) == without_issue(then)
    assert then["custody"][: len(first["custody"])] == first["custody"]
    assert then["issue"]["origin"]["package_sha256"] == said["package_sha256"]
    assert first["issue"]["origin"] is None
    assert [len(first[part]) > 0 for part in ("exhibits", "photographs", "prints", "clocks", "findings")] == [
        True
    ] * 5


async def test_the_police_go_on_with_it(acts: Acts, second: Second) -> None:
    package = await a_package(acts)
    await second.trusts(await trust_of(acts))
    assert (await second.receives(DESK, package.content)).status_code == 201
    path = f"/api/v1/transfers/{package.transfer['id']}"
    seen = (await second.asks(DESK, "GET", path)).json()
    assert seen["state"] == "sent"
    assert seen["number"] == package.transfer["number"]
    for who, action in ((DESK, "sign_receipt"), (POLICE, "begin_review")):
        answer = await second.asks(who, "POST", f"{path}/actions/{action}", json={"inputs": {}})
        assert answer.status_code == 200, answer.text
    case = package.transfer["case_id"]
    files = (await second.asks(POLICE, "GET", f"/api/v1/cases/{case}/files")).json()
    read = {}
    for one in files:
        read[one["name"]] = (await second.asks(POLICE, "GET", f"/api/v1/files/{one['id']}")).content
    assert read == FILES
    number = {"reason": "核对身份"}
    shown = await second.asks(POLICE, "POST", f"/api/v1/cases/{case}/parties/1/unmask", json=number)
    assert shown.json()["id_number"] == record_in(package.content)["parties"][0]["id_number"]


async def test_twice_the_same_is_a_conflict_that_names_the_transfer(acts: Acts, second: Second) -> None:
    package = await a_package(acts)
    await second.trusts(await trust_of(acts))
    assert (await second.receives(DESK, package.content)).status_code == 201
    again = await second.receives(DESK, package.content)
    assert (again.status_code, again.json()["code"]) == (409, "package_already_received")
    assert again.json()["transfer_id"] == package.transfer["id"]
    later = await second.receives(DESK, (await exported(acts, package.transfer["id"])).content)
    assert (later.status_code, later.json()["code"]) == (409, "transfer_already_here")
    assert await second.count("received_packages") == 1


async def test_only_the_addressed_organs_receive(acts: Acts, second: Second) -> None:
    package = await a_package(acts)
    await second.trusts(await trust_of(acts))
    refused = {
        "desk@320583-police": (403, "package_not_addressed"),
        "handler@320583-procuratorate": (403, "package_not_addressed"),
        POLICE: (403, "may_not_receive"),
        "handler1@320506-market": (403, "may_not_receive"),
        "sysadmin@320506-police": (403, "may_not_receive"),
        "handler@320506-court": (403, "may_not_receive"),
    }
    for who, expected in refused.items():
        if who in second.officers:
            answer = await second.receives(who, package.content)
            assert (answer.status_code, answer.json()["code"]) == expected, who
    assert "吴中区" in (await second.receives("desk@320583-police", package.content)).json()["detail"]
    nobody = await second.http.post("/api/v1/packages", content=package.content)
    assert nobody.status_code == 401
    assert [await second.count(table) for table in TABLES] == [0] * len(TABLES)
    assert (await second.receives(PROCURATOR, package.content)).status_code == 201


async def test_what_is_not_good_is_not_received(acts: Acts, second: Second) -> None:
    package = await a_package(acts)
    unknown = await second.receives(DESK, package.content)
    assert (unknown.status_code, unknown.json()["code"]) == (422, "package_not_good")
    assert [one["code"] for one in unknown.json()["errors"]] == ["key_not_trusted"]
    await second.trusts(await trust_of(acts))
    spoilt = package.content.replace("现场检查笔录".encode(), "现场勘查笔录".encode(), 1)
    changed = await second.receives(DESK, spoilt)
    assert [(one["code"], one["field"][:14]) for one in changed.json()["errors"]] == [
        ("entry_damaged", "data/evidence/")
    ]
    assert (await second.receives(DESK, b"no zip")).json()["errors"][0]["code"] == "not_a_zip"
    assert [await second.count(table) for table in TABLES] == [0] * len(TABLES)


async def test_an_organ_that_is_not_here_is_named(acts: Acts, second: Second) -> None:
    package = await a_package(acts)
    await second.trusts(await trust_of(acts))
    with psycopg.connect(second.urls.owner) as connection:
        connection.execute("UPDATE organs SET code = 'elsewhere' WHERE code = '320506-procuratorate'")
    answer = await second.receives(DESK, package.content)
    assert (answer.status_code, answer.json()["code"]) == (422, "organ_unknown")
    assert "320506-procuratorate" in answer.json()["detail"]
    assert await second.count("received_packages") == 0


async def test_officers_who_are_not_here_are_entered_without_any_right(acts: Acts, second: Second) -> None:
    package = await a_package(acts)
    await second.trusts(await trust_of(acts))
    with psycopg.connect(second.urls.owner) as connection:
        connection.execute(
            """UPDATE officers SET login = 'somebody.else' WHERE login = 'handler1'
                AND organ_id = (SELECT id FROM organs WHERE code = '320506-market')"""
        )
    assert (await second.receives(DESK, package.content)).status_code == 201
    with psycopg.connect(second.urls.owner) as connection:
        found = connection.execute(
            """SELECT f.name, f.roles, f.active,
                  EXISTS (SELECT 1 FROM credentials c WHERE c.officer_id = f.id)
                FROM officers f JOIN organs o ON o.id = f.organ_id
                WHERE o.code = '320506-market' AND f.login = 'handler1'"""
        ).fetchall()
    assert found == [("李春梅", [], False, False)]
    load_directory(second.urls.owner, ORGANS, PASSWORD)  # later the platform takes the officer in
    with psycopg.connect(second.urls.owner) as connection:
        found = connection.execute(
            """SELECT f.roles, f.active FROM officers f JOIN organs o ON o.id = f.organ_id
                WHERE o.code = '320506-market' AND f.login = 'handler1'"""
        ).fetchall()
    assert found == [(["handler"], True)]


async def test_a_number_that_is_taken_leaves_nothing_behind(acts: Acts, second: Second) -> None:
    package = await a_package(acts)
    await second.trusts(await trust_of(acts))
    with psycopg.connect(second.urls.owner) as connection:
        connection.execute(
            """INSERT INTO cases (id, number, organ_id, line, source_system, source_id, cause, conclusion,
                  law_version, created_by)
                SELECT gen_random_uuid(), %s, o.id, '', 'x', 'x', 'x', 'near', 'x', f.id
                  FROM organs o JOIN officers f ON f.organ_id = o.id WHERE f.login = 'handler1'
                    AND o.code = '320506-market'""",
            [record_in(package.content)["case"]["number"]],
        )
    answer = await second.receives(DESK, package.content)
    assert (answer.status_code, answer.json()["code"]) == (409, "number_taken")
    assert await second.count("cases") == 1
    assert [await second.count(table) for table in TABLES[1:]] == [0] * len(TABLES[1:])


async def test_rows_come_in_only_while_a_package_does(acts: Acts, second: Second) -> None:
    """After the receipt the same officer writes nothing into the case that is not the police's to write."""
    package = await a_package(acts)
    await second.trusts(await trust_of(acts))
    assert (await second.receives(DESK, package.content)).status_code == 201
    with psycopg.connect(second.urls.app) as connection:
        connection.execute("SELECT act_as(%s)", [second.officers[DESK]])
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(
                """INSERT INTO parties (id, case_id, position, kind, name)
                    VALUES (gen_random_uuid(), %s, 9, 'person', 'x')""",
                [package.transfer["case_id"]],
            )
    with psycopg.connect(second.urls.app) as connection:
        connection.execute("SELECT act_as(%s)", [second.officers[DESK]])
        refused = connection.execute(
            """SELECT refusal FROM begin_receipt(gen_random_uuid(), '\\x00', gen_random_uuid(), %s, 'x', 1,
                now(), now())""",
            [package.transfer["case_id"]],
        ).fetchone()
        assert refused == ("case_already_here",)


async def test_a_receipt_without_its_transfer_does_not_commit(second: Second) -> None:
    with psycopg.connect(second.urls.app) as connection:
        connection.execute("SELECT act_as(%s)", [second.officers[DESK]])
        connection.execute(
            """SELECT refusal FROM begin_receipt(gen_random_uuid(), '\\x00', gen_random_uuid(),
                gen_random_uuid(), 'x', 1, now(), now())"""
        )
        with pytest.raises(psycopg.errors.ForeignKeyViolation):
            connection.commit()


async def test_of_two_receipts_at_once_one_succeeds(acts: Acts, second: Second) -> None:
    package = await a_package(acts)
    await second.trusts(await trust_of(acts))
    answers = await asyncio.gather(*(second.receives(DESK, package.content) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    refused = {answer.json()["code"] for answer in answers if answer.status_code == 409}
    assert refused == {"package_already_received"}
    assert await second.count("transfers") == await second.count("received_packages") == 1
