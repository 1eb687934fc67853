"""The words of a text, in the database: what is in it is found, whatever is typed is no error."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.cases.builders import a_person, case_body, edit, enter
from tests.clues.builders import sent
from tests.cluster import DatabaseUrls
from tests.conftest import Acts
from tests.transfers.builders import STRAIGHT, led, open_on

HANDLER = "handler1@320506-market"
CHINESE = st.text(
    st.sampled_from("销售假冒注册商标的白酒欧阳〇々，。（）《》 　·、"), min_size=1, max_size=30
)
ANYTHING = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=40)
QUICK = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def owner(database_urls: DatabaseUrls) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_urls.owner, autocommit=True) as connection:
        yield connection


def matches(owner: psycopg.Connection[Any], text: str, word: str) -> bool:
    row = owner.execute(
        "SELECT search_words('t', %s) @@ search_query('t', %s)", [text, word], prepare=True
    ).fetchone()
    assert row is not None
    return bool(row[0])


@QUICK
@given(data=st.data(), text=CHINESE)
def test_each_part_of_a_chinese_text_is_found(
    owner: psycopg.Connection[Any], data: st.DataObject, text: str
) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    word = text[start : data.draw(st.integers(start + 1, len(text)))]
    assume(any(one.isalnum() or one in "〇々" for one in word))
    assert matches(owner, text, word)


@QUICK
@given(text=ANYTHING, word=ANYTHING)
def test_whatever_is_typed_is_no_error(owner: psycopg.Connection[Any], text: str, word: str) -> None:
    matches(owner, text, word)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("白酒", "酒白"),
        ("白 酒", "白酒"),
        ("2026", "026"),
        ("白酒", "白酒厂"),
        ("白酒", "红"),
        ("白酒", "，"),
    ],
)
def test_what_is_not_in_a_text_is_not_found(owner: psycopg.Connection[Any], text: str, word: str) -> None:
    assert not matches(owner, text, word)


@pytest.mark.parametrize(
    "typed", ["'酒", "酒\\", "a:*|b", "!酒 & (b", "<->", "酒\x00", "\u202e酒", "%酒_", '"酒"']
)
async def test_signs_of_the_query_language_are_only_signs(acts: Acts, typed: str) -> None:
    answer = await acts(HANDLER).get("/api/v1/search", params={"q": typed})
    assert answer.status_code in (200, 422), answer.text


async def test_entries_made_anew_are_those_that_were_kept(acts: Acts, clean: DatabaseUrls) -> None:
    """What triggers kept over entry, edits, transfer and clues is what the migration makes of the rows."""
    http = acts(HANDLER)
    edited, plain = (
        await enter(http),
        await enter(http, case_body(parties=[a_person(), a_person(name="王五")])),
    )
    await led(acts, (await open_on(acts, plain["id"])).json(), STRAIGHT[:3])
    change = {
        "summary": "改",
        "organ_number": "改1号",
        "cause": "make_labels",
        "parties": [a_person(name="赵六")],
    }
    assert (await edit(http, edited, change)).status_code == 200
    await sent(acts, party_name="孙七")
    with psycopg.connect(clean.owner) as connection:
        kept = connection.execute("SELECT id, kind, words::text FROM search_entries ORDER BY id").fetchall()
        connection.execute("DELETE FROM search_entries")
        connection.execute("SELECT enter_cases_for_search(ARRAY(SELECT id FROM cases))")
        connection.execute("SELECT enter_clues_for_search(ARRAY(SELECT id FROM clues))")
        anew = connection.execute("SELECT id, kind, words::text FROM search_entries ORDER BY id").fetchall()
    assert [kind for _, kind, _ in kept].count("case") == 2
    assert {kind for _, kind, _ in kept} == {"case", "transfer", "clue"}
    assert kept == anew
