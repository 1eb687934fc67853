"""Who reads which case, lists and their filters, and what the functions past the policies give and keep."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest

from app.database.transaction import Database
from tests.cases.builders import HANDLER, a_person, a_uscc, an_id_number, case_body, enter, small_case
from tests.conftest import Acts

SEE = [
    "handler2@320506-market", "head@320506-market", "legal@320500-market", "handler1@320000-market",
    "handler@320506-procuratorate", "desk@320500-procuratorate", "statistics@320506-coordinating",
    "supervisor@320506-supervising",
]  # fmt: skip
DO_NOT_SEE = [
    "handler1@320583-market", "handler1@340104-market", "handler1@320506-tobacco",
    "handler@320583-procuratorate",
    "desk@320506-police", "desk@320500-police", "handler@320506-court", "handler@320506-tax",
    "desk@320506-commission", "sysadmin@320506-market", "secadmin@320506-market", "audit@320506-market",
    "supervisor@320583-supervising",
]  # fmt: skip
OF_A_CASE = ["", "/history", "/findings", "/accumulation"]


@pytest.mark.parametrize("who", SEE)
async def test_who_sees_a_case(acts: Acts, who: str) -> None:
    case = await enter(acts(HANDLER))
    answer = await acts(who).get(f"/api/v1/cases/{case['id']}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["etag"] == '"1"'
    assert answer.json()["number"] == case["number"]
    listed = (await acts(who).get("/api/v1/cases")).json()["items"]
    assert [one["id"] for one in listed] == [case["id"]]
    for more in OF_A_CASE:
        assert (await acts(who).get(f"/api/v1/cases/{case['id']}{more}")).status_code == 200


@pytest.mark.parametrize("who", DO_NOT_SEE)
async def test_for_everybody_else_it_does_not_exist(acts: Acts, who: str) -> None:
    case = await enter(acts(HANDLER))
    absent = (await acts(who).get(f"/api/v1/cases/{uuid4()}")).json()
    for more in OF_A_CASE:
        answer = await acts(who).get(f"/api/v1/cases/{case['id']}{more}")
        assert (answer.status_code, answer.json()) == (404, absent)
    for query in (
        "",
        "?opened=true",
        "?q=李建国",
        f"?q={case['number']}",
        f"?organ_id={case['organ']['id']}",
    ):
        assert (await acts(who).get(f"/api/v1/cases{query}")).json() == {"items": [], "next_cursor": None}
    act = f"/api/v1/cases/{case['id']}"
    assert (await acts(who).patch(act, json={}, headers={"If-Match": '"1"'})).status_code == 404
    assert (
        await acts(who).post(f"{act}/not-transferred", json={"reason": "试试"}, headers={"If-Match": '"1"'})
    ).status_code == 404
    assert (await acts(who).post(f"{act}/parties/1/unmask", json={"reason": "试试"})).status_code == 404


async def test_nobody_reads_nothing(client: httpx.AsyncClient) -> None:
    for path in ("/api/v1/cases", *(f"/api/v1/cases/{uuid4()}{more}" for more in OF_A_CASE)):
        assert (await client.get(path)).status_code == 401


async def test_the_coordinating_office_reads_figures_only(acts: Acts) -> None:
    case = await enter(acts(HANDLER))
    statistics = acts("statistics@320506-coordinating")
    seen = (await statistics.get(f"/api/v1/cases/{case['id']}")).json()
    assert (seen["parties"], seen["summary"], seen["amount_involved"]) == ([], None, "80000.00")
    [listed] = (await statistics.get("/api/v1/cases")).json()["items"]
    assert listed["party"] is None
    assert (await statistics.get("/api/v1/cases?q=李建国")).json()["items"] == []
    assert (await statistics.get(f"/api/v1/cases/{case['id']}/accumulation")).json() == []
    history = (await statistics.get(f"/api/v1/cases/{case['id']}/history")).json()["items"]
    assert history == []


async def many(acts: Acts) -> dict[str, dict[str, Any]]:
    market, kunshan = acts(HANDLER), acts("handler1@320583-market")
    return {
        "reached": await enter(market),
        "small": await enter(market, small_case(decided_on="2026-06-01")),
        "kunshan": await enter(kunshan),
        "other party": await enter(market, case_body(parties=[a_person(name="王氏百货商行")])),
    }


FILTERS: list[tuple[str, set[str]]] = [
    ("", {"reached", "small", "kunshan", "other party"}),
    ("conclusion=must_transfer", {"reached", "kunshan", "other party"}),
    ("conclusion=not_reached", {"small"}),
    ("charge=214", {"reached", "kunshan", "other party"}),
    ("charge=140", set()),
    ("cause=sell_infringing_goods", {"reached", "small", "kunshan", "other party"}),
    ("cause=fake_goods", set()),
    ("region=320506", {"reached", "small", "other party"}),
    ("region=320500", {"reached", "small", "kunshan", "other party"}),
    ("region=340000", set()),
    ("decided_from=2026-06-01", {"small"}),
    ("decided_to=2026-05-31", {"reached", "kunshan", "other party"}),
    ("transferred=true", set()),
    ("transferred=false&conclusion=not_reached", {"small"}),
    ("q=百货", {"other party"}),
    ("q=李建", {"reached", "small", "kunshan"}),
    ("opened=true", set()),
]


@pytest.mark.parametrize(("query", "expected"), FILTERS)
async def test_filters(acts: Acts, query: str, expected: set[str]) -> None:
    cases = await many(acts)
    answer = await acts("handler@320500-procuratorate").get(f"/api/v1/cases?{query}")
    assert answer.status_code == 200, answer.text
    found = [one["id"] for one in answer.json()["items"]]
    assert set(found) == {cases[name]["id"] for name in expected}
    assert found == sorted(found, reverse=True)


async def test_a_case_is_found_by_its_numbers(acts: Acts) -> None:
    cases = await many(acts)
    for name in ("number", "decision_number"):
        [found] = (await acts(HANDLER).get("/api/v1/cases", params={"q": cases["small"][name]})).json()[
            "items"
        ]
        assert found["id"] == cases["small"]["id"]
    written = cases["small"]["decision_number"].replace("〔", "[").replace("〕", "]")
    [found] = (await acts(HANDLER).get("/api/v1/cases", params={"q": written})).json()["items"]
    assert found["id"] == cases["small"]["id"]
    assert not (await acts(HANDLER).get("/api/v1/cases", params={"q": cases["kunshan"]["number"]})).json()[
        "items"
    ]


async def test_pages_follow_each_other(acts: Acts) -> None:
    entered = [(await enter(acts(HANDLER), small_case()))["id"] for _ in range(5)]
    seen: list[str] = []
    cursor = ""
    while True:
        page = (await acts(HANDLER).get(f"/api/v1/cases?limit=2{cursor}")).json()
        assert len(page["items"]) <= 2
        seen += [one["id"] for one in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == entered[::-1]


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=201",
        "cursor=!!",
        "cursor=abcd",
        "q=x",
        "conclusion=x",
        "x=1",
        "q=a%00b",
        "organ_id=99999999999",
    ],
)
async def test_a_wrong_query_is_refused(acts: Acts, query: str) -> None:
    answer = await acts(HANDLER).get(f"/api/v1/cases?{query}")
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["detail"]


@pytest.mark.parametrize("mode", ["force_generic_plan", "force_custom_plan"])
async def test_every_plan_gives_the_same(
    acts: Acts, database: Database, world: dict[str, int], mode: str
) -> None:
    cases = await many(acts)
    for who, expected, alike in (
        (HANDLER, 3, 1),
        ("handler1@320500-market", 4, 2),
        ("handler1@340104-market", 0, 0),
        ("handler@320506-procuratorate", 3, 1),
        ("desk@320506-police", 0, 0),
    ):
        async with database.acting(world[who]) as tx:
            await tx.execute("SET LOCAL plan_cache_mode = " + mode)
            asked: dict[str, Any]
            for asked in ({}, {"conclusion": "must_transfer", "q": "李建国", "transferred": False}):
                for _ in range(7):
                    page = await tx.value(
                        "SELECT read_cases(%(o)s, %(asked)s, NULL, 50)", o=world[who], asked=asked
                    )
                    assert len(page["items"]) == (alike if asked else expected)
                    one = await tx.value(
                        "SELECT read_case(%(o)s, %(c)s)", o=world[who], c=cases["reached"]["id"]
                    )
                    assert (one is not None) == (expected > 0)


async def test_accumulation_gives_figures_of_foreign_cases_and_no_file(acts: Acts) -> None:
    number, code = an_id_number(), a_uscc()
    mine = await enter(acts(HANDLER), case_body(parties=[a_person(id_number=number)]))
    foreign = await enter(acts("handler1@340104-market"), case_body(parties=[a_person(id_number=number)]))
    await enter(acts("handler1@340104-market"), case_body(parties=[a_person(uscc=code)]))
    [other] = (await acts(HANDLER).get(f"/api/v1/cases/{mine['id']}/accumulation")).json()
    assert other == {
        "organ_name": "合肥市蜀山区市场监督管理局",
        "act_end_date": "2026-02-20",
        "decided_on": "2026-05-11",
        "cause": "sell_infringing_goods",
        "amount_involved": "80000.00",
        "fine_amount": "20000.00",
        "conclusion": "must_transfer",
        "same_organ": False,
        "by_name": False,
        "untreated": False,
    }
    answer = await acts(HANDLER).get(f"/api/v1/cases/{foreign['id']}/accumulation")
    assert answer.status_code == 404


async def test_the_functions_past_the_policies_give_nothing_to_who_may_not(
    acts: Acts, database: Database, world: dict[str, int]
) -> None:
    number = an_id_number()
    case = await enter(acts(HANDLER), case_body(parties=[a_person(id_number=number)]))
    await enter(acts(HANDLER), case_body(parties=[a_person(id_number=number)]))
    duplicates = "SELECT * FROM likely_duplicates(NULL, NULL, '李建国', %(number)s, %(day)s, 80000, NULL)"
    asked = {"number": case["decision_number"], "day": "2026-05-11"}
    for who, accumulated, alike, found in (
        (HANDLER, 1, 2, 2),
        ("handler@320506-procuratorate", 1, 0, 2),
        ("handler1@340104-market", 0, 2, 0),
        ("statistics@320506-coordinating", 0, 0, 0),
        ("desk@320506-police", 0, 0, 0),
        ("audit@320506-market", 0, 0, 0),
    ):
        async with database.acting(world[who]) as tx:
            rows = await tx.rows("SELECT * FROM accumulated_cases(%(case)s)", case=case["id"])
            assert len(rows) == accumulated, who
            rows = await tx.rows(duplicates, asked)
            assert len(rows) == alike, who
            assert all((row["case_id"] is not None) == (who == HANDLER) for row in rows)
            rows = await tx.rows("SELECT * FROM search_cases('建国', 10)")
            assert len(rows) == found, who
    async with database.transaction() as nobody:
        assert not await nobody.rows("SELECT * FROM accumulated_cases(%(case)s)", case=case["id"])
        assert not await nobody.rows(duplicates, asked)
        assert not await nobody.rows("SELECT * FROM search_cases('建国', 10)")
        with pytest.raises(psycopg.errors.InvalidAuthorizationSpecification):
            await nobody.rows("SELECT read_case(0, %(case)s)", case=case["id"])
