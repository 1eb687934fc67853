"""Search through HTTP: what is found by which words, by whom, and what is kept current."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import httpx
import openpyxl
import psycopg
import pytest

from tests.cases.builders import a_person, a_uscc, an_id_number, case_body, edit, enter
from tests.clues.builders import duty_body, sent
from tests.cluster import DatabaseUrls
from tests.conftest import Acts
from tests.transfers.builders import STRAIGHT, led, open_on

HANDLER = "handler1@320506-market"
POLICE = "handler@320506-police"


async def found(http: httpx.AsyncClient, q: str, **filters: Any) -> list[dict[str, Any]]:
    """The hits of one page."""
    answer = await http.get("/api/v1/search", params={"q": q, **filters})
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def numbers(http: httpx.AsyncClient, q: str, **filters: Any) -> set[str]:
    return {hit["number"] for hit in await found(http, q, **filters)}


NUMBER = an_id_number()
USCC = a_uscc()


@pytest.fixture
async def case(acts: Acts) -> dict[str, Any]:
    """A case with two parties, among others that share no word with it."""
    await enter(
        acts(HANDLER), case_body(summary="无关", cause="sell_labels", parties=[a_person(name="钱七")])
    )
    return await enter(
        acts(HANDLER),
        case_body(
            organ_number="吴中市监案〔2026〕8871号",
            decision_number="吴中市监处罚〔2026〕9902号",
            summary="当事人在木渎镇的仓库销售假冒ＡＢＣ牌白酒；数额待查。",
            parties=[
                a_person(name="欧阳明远", id_number=NUMBER),
                {
                    "kind": "unit",
                    "name": "苏州市大通酒业有限公司",
                    "uscc": USCC,
                    "legal_representative": "贺兰山",
                },
            ],
        ),
    )


@pytest.mark.parametrize(
    "words",
    [
        "欧阳明远", "阳明", "欧", "远", "大通酒业", "贺兰山", "木渎", "木渎镇的仓库", "abc", "ABC牌",
        "ａｂｃ", "查",
        "8871", "9902", "吴中市监处罚〔2026〕9902号", "市监案 8871", "侵犯注册商标专用权",
        "欧阳 白酒 9902", NUMBER, USCC,
    ],
)  # fmt: skip
async def test_words_numbers_causes_and_identifiers_find_the_case(
    acts: Acts, case: dict[str, Any], words: str
) -> None:
    hits = await found(acts(HANDLER), words)
    assert [hit["id"] for hit in hits] == [case["id"]]
    assert hits[0]["parties"] == ["欧阳明远", "苏州市大通酒业有限公司"]
    assert hits[0]["title"] == "销售侵犯注册商标专用权的商品"


@pytest.mark.parametrize(
    "words",
    [
        "欧阳明月",
        "远阳",
        "8872",
        "欧阳 红酒",
        "伪造",
        an_id_number(),
        NUMBER[:12],
        "n欧阳",
        "=o1",
        "ksell_labels",
    ],
)
async def test_other_words_do_not(acts: Acts, case: dict[str, Any], words: str) -> None:
    assert case["id"] not in {hit["id"] for hit in await found(acts(HANDLER), words)}


async def test_the_excerpt_stands_round_the_word(acts: Acts, case: dict[str, Any]) -> None:
    (hit,) = await found(acts(HANDLER), "仓库")
    assert "仓库" in hit["excerpt"]
    assert (await found(acts(HANDLER), "欧阳"))[0]["excerpt"] is None


async def test_parties_alone(acts: Acts, case: dict[str, Any]) -> None:
    http = acts(HANDLER)
    assert [hit["kind"] for hit in await found(http, "欧阳", kind="party")] == ["party"]
    assert [hit["id"] for hit in await found(http, NUMBER, kind="party")] == [case["id"]]
    assert await found(http, "木渎", kind="party") == []


async def test_an_edit_is_found_at_once_and_what_was_is_not(acts: Acts, case: dict[str, Any]) -> None:
    http = acts(HANDLER)
    change = {"summary": "改在光福镇", "cause": "make_labels", "parties": [a_person(name="上官云")]}
    assert (await edit(http, case, change)).status_code == 200
    for words in ("光福", "上官", "伪造"):
        assert case["number"] in await numbers(http, words), words
    for words in ("木渎", "欧阳", NUMBER, "侵犯注册商标专用权"):
        assert case["number"] not in await numbers(http, words), words


async def test_filters_narrow(acts: Acts, case: dict[str, Any]) -> None:
    http = acts(HANDLER)
    fitting = {
        "kind": "case", "cause": "sell_infringing_goods", "charge": "214", "state": "must_transfer",
        "date_from": "2026-05-11", "date_to": "2026-05-11",
    }  # fmt: skip
    assert await numbers(http, "木渎", **fitting) == {case["number"]}
    for name, other in {
        "kind": "clue", "cause": "sell_labels", "charge": "140", "state": "near", "date_from": "2026-05-12",
        "date_to": "2026-05-10",
    }.items():  # fmt: skip
        narrowed = {"kind": "case", name: other}
        assert await numbers(http, "木渎", **narrowed) == set(), name


@pytest.mark.parametrize(
    ("asked", "field", "code"),
    [
        ({"q": ""}, "q", None),
        ({"q": "，。—"}, "q", "no_words"),
        ({"q": "a b c d e f g h i j k"}, "q", "too_many_words"),
        ({"q": "酒", "kind": "file"}, "kind", None),
        ({"q": "酒", "cause": "none"}, "cause", "unknown_cause"),
        ({"q": "酒", "charge": "9999"}, "charge", "unknown_charge"),
        ({"q": "酒", "state": "near"}, "state", "state_of_what"),
        ({"q": "酒", "kind": "clue", "state": "near"}, "state", "unknown_state"),
        ({"q": "酒", "date_from": "2026-02-02", "date_to": "2026-02-01"}, "date_to", "period_reversed"),
        ({"q": "酒", "date_from": "去年"}, "date_from", None),
        ({"q": "酒", "cursor": "!"}, "cursor", "bad_cursor"),
        ({"q": "酒", "of": "x"}, "of", None),
        ({}, "q", None),
    ],
)
async def test_a_wrong_search_is_told_the_field(
    acts: Acts, asked: dict[str, str], field: str, code: str | None
) -> None:
    answer = await acts(HANDLER).get("/api/v1/search", params=asked)
    assert answer.status_code == 422, answer.text
    (error,) = answer.json()["errors"]
    assert error["field"] == field
    assert code in (None, error["code"])


async def test_pages_follow_each_other_without_gap(acts: Acts) -> None:
    http = acts(HANDLER)
    entered = [(await enter(http, case_body(parties=[a_person(name="翻页人")])))["id"] for _ in range(5)]
    seen: list[str] = []
    cursor = None
    while True:
        asked: dict[str, Any] = {"q": "翻页", "limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await http.get("/api/v1/search", params=asked)).json()
        assert len(page["items"]) <= 2
        seen += [hit["id"] for hit in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == entered[::-1]


async def test_transfers_by_number_charge_and_party_on_both_sides(acts: Acts, case: dict[str, Any]) -> None:
    opened = (await open_on(acts, case["id"])).json()
    words = (opened["number"], "假冒注册商标的商品", "欧阳明远", "大通酒业")
    for one in words:
        assert [hit["id"] for hit in await found(acts(HANDLER), one, kind="transfer")] == [opened["id"]], one
        assert await found(acts(POLICE), one) == [], one
    await led(acts, opened, STRAIGHT[:3])
    for one in words:
        hits = await found(acts(POLICE), one)
        assert {hit["kind"] for hit in hits if hit["case_id"] == case["id"]} >= {"transfer"}, one
    assert await found(acts("handler@320583-police"), "欧阳明远") == []


async def test_what_the_coordinating_office_finds_are_numbers_and_causes(
    acts: Acts, case: dict[str, Any]
) -> None:
    office = acts("statistics@320506-coordinating")
    for words in (case["number"], "9902", "侵犯注册商标专用权"):
        hits = await found(office, words)
        assert case["id"] in {hit["id"] for hit in hits}, words
        assert all(hit["parties"] == [] and hit["excerpt"] is None for hit in hits)
    for words in ("欧阳", "大通", "木渎", "白酒", NUMBER, USCC, "贺兰山"):
        assert await found(office, words) == [], words
        assert await found(office, words, kind="party") == [], words
    assert await found(office, case["number"], kind="party") == []


@pytest.mark.parametrize("who", ["sysadmin", "secadmin", "audit"])
async def test_administrators_do_not_search(acts: Acts, case: dict[str, Any], who: str) -> None:
    http = acts(f"{who}@320506-market")
    for path in ("/api/v1/search", "/api/v1/search.xlsx"):
        answer = await http.get(path, params={"q": "欧阳"})
        assert (answer.status_code, answer.json()["code"]) == (403, "administrators_do_not_search")


async def test_clues_by_number_subject_and_party(acts: Acts) -> None:
    clue = await sent(acts, subject="横塘一作坊灌装假酒", party_name="独孤信")
    for who in (HANDLER, POLICE, "handler2@320506-market", "handler1@320500-market"):
        for words in (clue["number"], "横塘", "独孤信"):
            hits = await found(acts(who), words)
            assert [(hit["kind"], hit["id"]) for hit in hits] == [("clue", clue["id"])], (who, words)
    for who in ("handler@320506-procuratorate", "handler1@320583-market", "handler@340104-police"):
        assert await found(acts(who), "横塘") == [], who


async def test_a_duty_crime_clue_is_found_by_those_alone_who_see_it(acts: Acts) -> None:
    body = await duty_body(acts, HANDLER, "320506-commission", await _named(acts), subject="涉嫌收受财物甲乙")
    clue = (await acts(HANDLER).post("/api/v1/clues", json=body)).json()
    see = (HANDLER, "head@320506-market", "handler@320506-commission")
    for who in see:
        for words in ("收受财物", clue["number"]):
            assert [hit["id"] for hit in await found(acts(who), words)] == [clue["id"]], who
    for who in (
        "handler2@320506-market", "handler1@320500-market", "head@320506-commission", POLICE,
        "handler@320506-procuratorate", "supervisor@320506-supervising", "statistics@320506-coordinating",
    ):  # fmt: skip
        for words in ("收受财物", clue["number"]):
            assert await found(acts(who), words) == [], who


async def _named(acts: Acts) -> str:
    return str((await acts("handler@320506-commission").get("/api/v1/me")).json()["name"])


async def test_an_export_is_a_sheet_of_text_and_is_on_the_trail(
    acts: Acts, clean: DatabaseUrls, case: dict[str, Any]
) -> None:
    http = acts(HANDLER)
    await enter(http, case_body(parties=[a_person(name="=1+2 欧阳")]))
    answer = await http.get("/api/v1/search.xlsx", params={"q": "欧阳"})
    assert answer.status_code == 200, answer.text
    page = openpyxl.load_workbook(BytesIO(answer.content)).active
    assert page is not None
    rows = list(page.iter_rows(values_only=True))
    assert [row[4] for row in rows[1:]] == ["=1+2 欧阳", "欧阳明远、苏州市大通酒业有限公司"]
    assert {cell.data_type for row in page.iter_rows() for cell in row} <= {"s", "n"}
    await http.get("/api/v1/search.xlsx", params={"q": f"{NUMBER} 白酒", "kind": "case"})
    with psycopg.connect(clean.owner) as connection:
        changes = [
            row[0]
            for row in connection.execute(
                """SELECT x.changes FROM audit_events e JOIN audit_changes x ON x.event_id = e.id
                    WHERE e.action = 'search.exported' ORDER BY e.id"""
            )
        ]
    assert changes[0]["query"][1] == {"q": "欧阳"}
    assert changes[0]["count"][1] == 2
    assert NUMBER not in str(changes)
    assert changes[1]["query"][1]["q"] == f"{NUMBER[:4]}{'*' * 10}{NUMBER[-4:]} 白酒"
    assert changes[1]["count"][1] == 1


async def test_too_much_to_export_is_refused_before_anything_goes_out(
    acts: Acts, case: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.search.sheet.MOST", 1)
    monkeypatch.setattr("app.search.sheet._PER_READ", 1)
    await enter(acts(HANDLER), case_body(parties=[a_person(name="欧阳一")]))
    answer = await acts(HANDLER).get("/api/v1/search.xlsx", params={"q": "欧阳"})
    assert (answer.status_code, answer.json()["code"]) == (422, "too_many_to_export")


async def test_saved_searches_are_the_officer_s_own(acts: Acts) -> None:
    mine, colleague = acts(HANDLER), acts("handler2@320506-market")
    body = {"name": "木渎的酒", "filters": {"q": "木渎 白酒", "kind": "case", "date_from": "2026-01-01"}}
    made = (await mine.post("/api/v1/searches", json=body)).json()
    assert made["filters"] == body["filters"]
    assert (await mine.get("/api/v1/searches")).json() == [made]
    again = await mine.post("/api/v1/searches", json=body)
    assert (again.status_code, again.json()["code"]) == (409, "name_taken")
    assert (await colleague.get("/api/v1/searches")).json() == []
    assert (await colleague.delete(f"/api/v1/searches/{made['id']}")).status_code == 404
    assert (await mine.delete(f"/api/v1/searches/{made['id']}")).status_code == 204
    assert (await mine.delete(f"/api/v1/searches/{made['id']}")).status_code == 404
    assert (await mine.get("/api/v1/searches")).json() == []


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"name": "甲", "filters": {"q": NUMBER}}, "filters.q", "id_number_not_kept"),
        ({"name": "", "filters": {"q": "酒"}}, "name", None),
        ({"name": "甲", "filters": {"q": "酒", "charge": "1"}}, "filters.charge", "unknown_charge"),
        ({"name": "甲", "filters": {"q": "酒", "organ_id": "1"}}, "filters.organ_id", None),
        ({"name": "甲", "filters": {"q": "酒", "limit": 5}}, "filters.limit", None),
        ({"name": "甲"}, "filters", None),
    ],
)
async def test_a_search_that_cannot_be_saved_names_the_field(
    acts: Acts, body: dict[str, Any], field: str, code: str | None
) -> None:
    answer = await acts(HANDLER).post("/api/v1/searches", json=body)
    assert answer.status_code == 422, answer.text
    (error,) = answer.json()["errors"]
    assert error["field"] == field
    assert code in (None, error["code"])
