"""The database that the bench runs on: a server of its own with organs, officers and generated cases."""

from __future__ import annotations

import json
import random
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from app.cases.models import PartyEntry
from app.cases.parties import StoredParty, sealed_party
from app.database import embedded
from app.database.migrate_command import migrate
from app.database.sealed import Seal
from app.database.transaction import new_id
from app.identifiers import CaseNumber
from app.law.given_facts import parse_facts
from app.organs.directory import load_directory
from app.screening.fields import facts_as_json
from app.screening.service import screen_case
from bench import generated

ORGANS = Path(__file__).resolve().parents[1] / "app" / "demo" / "organs.yaml"
PATTERNS = (
    2_000  # distinct cases that are screened; the others repeat their facts with other parties and numbers
)
_CASE_COLUMNS = (
    "id", "number", "organ_id", "line", "county", "city", "province", "source_system", "source_id",
    "organ_number", "case_source", "cause", "filed_on", "act_end_date", "decision_number", "decided_on",
    "penalties", "fine_amount", "amount_involved", "facts", "conclusion", "charges", "law_version",
    "reached_at", "generated", "created_by", "created_at", "updated_at",
)  # fmt: skip


@dataclass(frozen=True)
class Organ:
    """An enforcement organ that has cases, and the officer in whose name the bench acts there."""

    id: int
    officer_id: int
    region: int
    places: tuple[str, int | None, int | None, int | None]


@dataclass(frozen=True)
class Stage:
    """A running database and who and what is in it."""

    cluster: embedded.Cluster
    postmaster: int
    organs: Sequence[Organ]
    cases: Sequence[tuple[UUID, Organ]]


@contextmanager
def stage(secret: str, cases: int) -> Iterator[Stage]:
    """A server of our own with `cases` generated cases, erased afterwards."""
    directory = Path(mkdtemp(prefix="xianjie-bench-", dir="/var/tmp"))
    try:
        with embedded.running(directory) as cluster:
            owner = cluster.url("xianjie_owner")
            migrate(owner)
            load_directory(owner, ORGANS, secrets.token_urlsafe(24))  # one for all: hashing is slow
            with psycopg.connect(owner, autocommit=True) as connection:
                organs = enforcement_organs(connection)
                ids = fill(connection, organs, cases, Seal.from_secret(secret))
            postmaster = int((directory / "postgres" / "data" / "postmaster.pid").read_text().split()[0])
            yield Stage(cluster, postmaster, organs, ids)
    finally:
        embedded.remove(directory)


def enforcement_organs(connection: psycopg.Connection[Any]) -> list[Organ]:
    """The organs that enter cases, each with a handler of it."""
    rows = connection.execute(
        """SELECT o.id, min(f.id), o.region, o.line, o.county, o.city, o.province
            FROM organs o JOIN officers f ON f.organ_id = o.id
            WHERE o.kind = 'enforcement' AND f.roles = '{handler}' GROUP BY o.id ORDER BY o.id"""
    )
    return [Organ(row[0], row[1], row[2], tuple(row[3:])) for row in rows]


@dataclass(frozen=True)
class _Screened:
    pattern: generated.Pattern
    facts: str
    conclusion: str
    charges: list[str]
    law_version: str


def fill(
    connection: psycopg.Connection[Any], organs: Sequence[Organ], count: int, seal: Seal, first: int = 1
) -> list[tuple[UUID, Organ]]:
    """Put generated cases of these organs in, by COPY as the owner; gives each case's id and organ.

    They are numbered from `first` on.
    """
    with connection.transaction(), _without_indexes(connection):
        ids = _fill(connection, organs, range(first, first + count), seal)
    connection.execute("VACUUM ANALYZE")
    return ids


@contextmanager
def _without_indexes(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """Without the indexes that no constraint needs: making them anew is quicker than keeping them."""
    indexes = connection.execute(
        """SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY (%s)
            AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = indexname)""",
        [["cases", "parties", "findings", "clocks", "audit_events"]],
    ).fetchall()
    for name, _ in indexes:
        connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
    yield
    for _, definition in indexes:
        connection.execute(definition)


def _fill(
    connection: psycopg.Connection[Any], organs: Sequence[Organ], serials: range, seal: Seal
) -> list[tuple[UUID, Organ]]:
    rng = random.Random(generated.SEED)  # noqa: S311 - figures, not secrets
    screened = _patterns(connection, rng, min(PATTERNS, len(serials)))
    places = [(new_id(), number % len(screened), rng.choice(organs)) for number in range(len(serials))]
    connection.execute(
        "ALTER TABLE cases DISABLE TRIGGER place"
    )  # the rows below say their organ's own place
    now = datetime.now(UTC)
    with connection.cursor().copy(f"COPY cases ({', '.join(_CASE_COLUMNS)}) FROM STDIN") as copy:
        for serial, (case_id, number, organ) in zip(serials, places, strict=True):
            entered = now - timedelta(minutes=serials.stop - serial)
            copy.write_row(_case(case_id, serial, organ, screened[number], entered))
    connection.execute("ALTER TABLE cases ENABLE TRIGGER place")
    parties = (
        _party(rng, serial, case_id, seal) for serial, (case_id, _, _) in zip(serials, places, strict=True)
    )
    _copy(connection, "parties", parties)
    _hang_on(connection, places)
    connection.execute("SELECT setval('case_serial', %s)", [serials.stop])
    return [(case_id, organ) for case_id, _, organ in places]


def _patterns(connection: psycopg.Connection[Any], rng: random.Random, count: int) -> list[_Screened]:
    """Screen the patterns, and leave their findings in a temporary table from which each case's is taken."""
    connection.execute(
        "CREATE TEMPORARY TABLE patterns (number int PRIMARY KEY, facts jsonb, result jsonb) ON COMMIT DROP"
    )
    made = []
    with connection.cursor().copy("COPY patterns FROM STDIN") as copy:
        for number in range(count):
            pattern = generated.pattern(rng)
            facts = parse_facts(pattern.facts)
            found = screen_case(pattern.cause.id, facts, ["unit"], pattern.act_end_date, generated.TODAY)
            text = _json(facts_as_json(facts))
            made.append(_Screened(pattern, text, found.conclusion, found.charges, found.law_version))
            copy.write_row((number, text, _json(found.screening.as_json())))
    return made


def _case(
    case_id: UUID, serial: int, organ: Organ, screened: _Screened, entered: datetime
) -> tuple[Any, ...]:
    one = screened.pattern
    reached = entered if screened.conclusion == "must_transfer" else None
    return (
        case_id, str(CaseNumber(f"{organ.region:06d}", entered.year, serial)), organ.id, *organ.places,
        "bench", str(serial), f"市监案〔{one.filed_on.year}〕{serial}号", "日常监督检查", one.cause.id,
        one.filed_on, one.act_end_date, f"市监处罚〔{one.decided_on.year}〕{serial}号", one.decided_on,
        ["罚款", "没收违法所得"], one.amount, one.amount, screened.facts, screened.conclusion,
        screened.charges, screened.law_version, reached, True, organ.officer_id, entered, entered,
    )  # fmt: skip


def _party(rng: random.Random, serial: int, case_id: UUID, seal: Seal) -> Mapping[str, Any]:
    stored: StoredParty = sealed_party(PartyEntry(**generated.party(rng, serial)), seal)
    return {"id": new_id(), "case_id": case_id, "position": 1, **stored.columns}


def _hang_on(connection: psycopg.Connection[Any], places: Sequence[tuple[UUID, int, Organ]]) -> None:
    """What every entered case has beside its row: details, finding, clock where it reaches, audit event."""
    connection.execute("CREATE TEMPORARY TABLE places (case_id uuid, number int) ON COMMIT DROP")
    with connection.cursor().copy("COPY places FROM STDIN") as copy:
        for case_id, number, _ in places:
            copy.write_row((case_id, number))
    connection.execute(
        """INSERT INTO case_details (case_id, summary, place)
            SELECT id, '当事人' || cause || '，经查属实。', '吴中区东吴北路'
            FROM cases JOIN places ON case_id = id"""
    )
    connection.execute(
        """INSERT INTO findings (id, case_id, screened_at, screened_for, law_version, act_end_date,
              decided_on, facts, conclusion, result)
            SELECT c.id, c.id, c.created_at, 'entry', c.law_version, c.act_end_date, c.decided_on, p.facts,
              c.conclusion, p.result
            FROM cases c JOIN places l ON l.case_id = c.id JOIN patterns p ON p.number = l.number"""
    )
    connection.execute(
        """INSERT INTO clocks (id, clock, organ_id, line, holder_organ_id, case_id, started_at, due_at)
            SELECT cases.id, 'report_transfer', organ_id, line, organ_id, id, reached_at,
              reached_at + interval '7 days'
            FROM cases JOIN places ON case_id = id WHERE reached_at IS NOT NULL"""
    )
    connection.execute(
        """INSERT INTO audit_events (id, at, officer_id, organ_id, officer_name, organ_name, roles, action,
              subject_kind, subject_id, case_id)
            SELECT c.id, c.created_at, f.id, o.id, f.name, o.name, f.roles, 'case.entered', 'case',
              c.id::text, c.id
            FROM cases c JOIN places l ON l.case_id = c.id JOIN officers f ON f.id = c.created_by
              JOIN organs o ON o.id = c.organ_id"""
    )


def _copy(connection: psycopg.Connection[Any], table: str, rows: Iterator[Mapping[str, Any]]) -> None:
    first = next(rows)
    with connection.cursor().copy(f"COPY {table} ({', '.join(first)}) FROM STDIN") as copy:
        copy.write_row(tuple(first.values()))
        for row in rows:
            copy.write_row(tuple(row.values()))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
