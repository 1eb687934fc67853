"""Two evaluators, one truth: what the database concludes of stored cases is what Python concludes of each."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Date, Integer, Select, Text, cast, column, select, table
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import psycopg as dialect

from app.demo.real_cases import real_cases, screening_inputs
from app.law.completion import Decider
from app.law.given_facts import Value, parse_facts
from app.law.logic import Formula
from app.law.notation import Condition
from app.law.screening import screen
from app.screening.compiled import conclusions
from app.screening.conditions import Conditions, constant
from app.screening.fields import facts_as_json
from tests.cluster import DatabaseUrls
from tests.law.test_completion import FACTS, known, trees
from tests.screening.cases import CHARGES, random_case

Case = tuple[dict[str, Value], date | None, date]
STORED = table(
    "screened", column("id", Integer), column("facts", JSONB), column("acted", Date), column("applied", Date)
)


def sql_of(statement: Select[*tuple[Any, ...]]) -> str:
    compiled = statement.compile(
        dialect=dialect.dialect(),  # type: ignore[no-untyped-call]
        compile_kwargs={"render_postcompile": True},
    )
    assert not compiled.params
    return str(compiled)


STATEMENT = sql_of(conclusions(select(STORED)))


@pytest.fixture(scope="module")
def connection(database_urls: DatabaseUrls) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_urls.superuser, autocommit=True) as opened:
        opened.execute("CREATE TEMPORARY TABLE screened (id int, facts jsonb, acted date, applied date)")
        opened.execute("SET jit = off")
        yield opened


def by_database(
    connection: psycopg.Connection[Any], cases: Iterable[Case], statement: str = STATEMENT
) -> list[tuple[str | None, list[str]]]:
    connection.execute("TRUNCATE screened")
    with connection.cursor().copy("COPY screened FROM STDIN") as copy:
        for number, (facts, acted, applied) in enumerate(cases):
            copy.write_row((number, json.dumps(facts_as_json(facts)), acted, applied))
    rows = connection.execute(statement.encode()).fetchall()
    return [(row[-2], row[-1]) for row in sorted(rows)]


def by_python(case: Case) -> tuple[str, list[str]]:
    found = screen(*case)
    outcome = {"must_transfer": "reached", "not_reached": None}.get(found.conclusion, found.conclusion)
    return found.conclusion, [one.charge for one in found.findings if one.outcome == outcome]


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 10**9))
def test_random_cases(connection: psycopg.Connection[Any], seed: int) -> None:
    rng = random.Random(seed)
    cases = [random_case(rng) for _ in range(2000)]
    for case, found in zip(cases, by_database(connection, cases), strict=True):
        assert found == by_python(case), case


def test_published_cases(connection: psycopg.Connection[Any]) -> None:
    cases: list[Case] = [
        (parse_facts(one.facts), one.act_end_date, one.decided_on)
        for case in real_cases()
        for one in screening_inputs(case)
    ]
    assert cases
    for case, found in zip(cases, by_database(connection, cases), strict=True):
        assert found == by_python(case), case


def test_random_cases_meet_every_outcome_of_every_charge() -> None:
    rng = random.Random(1)
    met = {(one.charge, one.outcome) for _ in range(15_000) for one in screen(*random_case(rng)).findings}
    for charge in CHARGES:
        assert {(charge.charge, "reached"), (charge.charge, "not_reached")} <= met
    assert {charge for charge, outcome in met if outcome == "near"} >= {"140", "201", "214", "217", "225"}


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.generate],
)
@given(st.lists(st.tuples(trees, known), min_size=1, max_size=6))
def test_random_conditions(
    connection: psycopg.Connection[Any], asked: list[tuple[Condition, dict[str, Any]]]
) -> None:
    columns = [
        Conditions(cast(constant(json.dumps(facts_as_json(facts)), Text()), JSONB), FACTS).exactly(tree)
        for tree, facts in asked
    ]
    row = connection.execute(sql_of(select(*columns))).fetchone()
    assert row is not None
    for (tree, facts), found in zip(asked, row, strict=True):
        assert found is Decider(Formula(tree, FACTS), FACTS).decide(facts)[0], (tree, facts)


def test_an_act_after_the_law_is_applied_has_no_conclusion(connection: psycopg.Connection[Any]) -> None:
    facts = parse_facts({"conduct": ["sell_counterfeit_goods"], "ip_sales_amount": "90000"})
    found = by_database(connection, [(facts, date(2026, 1, 2), date(2026, 1, 1))])
    assert found == [(None, [])]


def test_an_element_of_mind_is_assumed(connection: psycopg.Connection[Any]) -> None:
    facts = parse_facts({"conduct": ["sell_counterfeit_goods"], "ip_sales_amount": "90000"})
    day = date(2026, 1, 1)
    assert by_database(connection, [(facts, day, day), ({**facts, "knowing": "no"}, day, day)]) == [
        ("must_transfer", ["214"]),
        ("not_reached", []),
    ]
