"""Row security, with raw SQL as the application's role: each kind of actor in turn, and nobody.

`visibility.py` says who sees and writes what; every table of the schema is in it, or this fails.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import Json

from app.database.roles_check import UnsafeRole, check_role
from app.database.transaction import Database
from tests.cluster import DatabaseUrls
from tests.database.settled import KEYS, Settled, Tags, id_of
from tests.database.visibility import ACTORS, NONE, Actor, seen, written

Connection = psycopg.Connection[Any]
MODES = ["force_generic_plan", "force_custom_plan"]
# One change of each table that the role may update, which says nothing of the row that it meets.
CHANGES = {
    "cases": "updated_at = now()",
    "case_details": "summary = 'x'",
    "parties": "name = 'x'",
    "evidence_items": "note = 'x'",
    "files": "removed_reason = 'x'",
    "uploads": "file_id = NULL",
    "exhibits": "updated_at = now()",
    "transfers": "updated_at = now()",
    "clocks": "stopped_by = 'x'",
    "clues": "updated_at = now()",
    "supervision_requests": "revision = 9",
    "referrals": "revision = 9",
    "documents": "void_reason = CASE state WHEN 'issued' THEN 'x' END,"
    " state = CASE state WHEN 'issued' THEN 'void' ELSE state END",
    "document_rules": "letters = 'x', set_by = my_officer()",
    "idempotency_keys": "status = 200",
    "number_series": "last = 9",
}
TABLES = [table for table in KEYS if table != "alembic_version"]


@pytest.fixture(scope="module")
def settled(database_urls: DatabaseUrls, world: dict[str, int]) -> Iterator[tuple[Tags, DatabaseUrls]]:
    """The rows; they go again with the module."""
    with psycopg.connect(database_urls.owner) as connection:
        _empty(connection)
        found = Settled(connection, world).settle()
    yield found, database_urls
    with psycopg.connect(database_urls.owner) as connection:
        _empty(connection)


def _empty(connection: Connection) -> None:
    kept = ("organs", "officers", "credentials", "alembic_version")
    connection.execute(f"TRUNCATE {', '.join(table for table in KEYS if table not in kept)}")


@pytest.fixture
def app(settled: tuple[Tags, DatabaseUrls]) -> Iterator[Connection]:
    """A connection as the application's role, whose work is undone."""
    with psycopg.connect(settled[1].app, prepare_threshold=0) as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def found(settled: tuple[Tags, DatabaseUrls]) -> Tags:
    """The tags of the rows."""
    return settled[0]


def act(connection: Connection, world: dict[str, int], actor: Actor) -> None:
    connection.execute("SELECT act_as(%s)", [world[actor.who]])


def visible(connection: Connection, table: str, found: Tags) -> frozenset[str]:
    """The tags of what the connection sees; a row that nobody put in is seen as a row without tag."""
    try:
        with connection.transaction():
            rows = connection.execute(f"SELECT {KEYS[table]} FROM {table}").fetchall()
    except psycopg.errors.InsufficientPrivilege:
        return frozenset()
    return frozenset(found[table].get(str(key), "a row without tag") for (key,) in rows)


def test_every_table_of_the_schema_is_here_and_has_row_security(settled: tuple[Tags, DatabaseUrls]) -> None:
    with psycopg.connect(settled[1].owner) as connection:
        rows = connection.execute(
            "SELECT relname, relrowsecurity FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relkind IN ('r', 'p', 'm', 'v', 'f')"
        ).fetchall()
    assert {name for name, _ in rows} == set(KEYS)
    assert [name for name, secured in rows if not secured] == ["alembic_version"]


def test_the_fixture_has_a_row_in_every_table(found: Tags) -> None:
    assert [t for t in TABLES if not found[t]] == ["credentials"]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("actor", ACTORS, ids=lambda actor: actor.who)
def test_each_actor_sees_exactly_what_it_may(
    app: Connection, world: dict[str, int], found: Tags, actor: Actor, mode: str
) -> None:
    app.execute(sql.SQL("SET LOCAL plan_cache_mode = {}").format(sql.Literal(mode)))
    act(app, world, actor)
    expected = seen(actor) | {"organs": frozenset(found["organs"])}
    for _ in range(2):
        assert {table: visible(app, table, found) for table in TABLES} == {
            table: expected[table] for table in TABLES
        }


@pytest.mark.parametrize("mode", MODES)
def test_nobody_sees_nothing(app: Connection, found: Tags, mode: str) -> None:
    app.execute(sql.SQL("SET LOCAL plan_cache_mode = {}").format(sql.Literal(mode)))
    assert {table: visible(app, table, found) for table in TABLES} == dict.fromkeys(TABLES, frozenset())


def test_nobody_acts_after_a_transaction_has_ended(
    app: Connection, world: dict[str, int], found: Tags
) -> None:
    act(app, world, ACTORS[0])
    assert visible(app, "cases", found) == {"A"}
    app.commit()
    assert visible(app, "cases", found) == frozenset()
    assert visible(app, "organs", found) == frozenset()


@pytest.mark.parametrize("actor", [*ACTORS, None], ids=lambda actor: actor.who if actor else "nobody")
def test_each_actor_changes_exactly_what_it_may(
    app: Connection, world: dict[str, int], actor: Actor | None
) -> None:
    """Blind updates: no column is read, so the policy of change stands alone."""
    if actor:
        act(app, world, actor)
    may = written(actor) if actor else {}
    for table, change in CHANGES.items():
        expected = may.get(table, frozenset())
        try:
            with app.transaction(force_rollback=True):
                count = app.execute(f"UPDATE {table} SET {change}").rowcount
        except psycopg.errors.InsufficientPrivilege:
            count = 0
        assert count == len(expected), (table, expected)


@pytest.mark.parametrize("actor", [*ACTORS, None], ids=lambda actor: actor.who if actor else "nobody")
def test_nothing_is_deleted_but_parties_and_transfer_grants_of_an_own_case_and_what_is_one_s_own(
    app: Connection, world: dict[str, int], actor: Actor | None
) -> None:
    if actor:
        act(app, world, actor)
    own = written(actor)["parties"] if actor else frozenset()
    with app.transaction(force_rollback=True):
        assert app.execute("DELETE FROM parties").rowcount == len(own)
        assert app.execute("DELETE FROM case_grants").rowcount == len(own & (actor.grants if actor else NONE))
        mine = written(actor)["uploads"] if actor else NONE
        assert app.execute("DELETE FROM uploads").rowcount == len(mine)
        kept = seen(actor)["saved_searches"] if actor else NONE
        assert app.execute("DELETE FROM saved_searches").rowcount == len(kept)
    for table in TABLES:
        if table in ("parties", "case_grants", "uploads", "saved_searches"):
            continue
        with pytest.raises(psycopg.errors.InsufficientPrivilege), app.transaction():
            app.execute(f"DELETE FROM {table}")


# The columns by which a row says who made it: a forger puts the own ids there.
OFFICER_COLUMNS = (
    "officer_id", "created_by", "uploaded_by", "updated_by", "granted_by", "opened_by", "named_by",
    "added_by",
)  # fmt: skip


@pytest.mark.parametrize("actor", [*ACTORS, None], ids=lambda actor: actor.who if actor else "nobody")
def test_no_row_is_hung_on_what_the_actor_does_not_see(
    settled: tuple[Tags, DatabaseUrls], app: Connection, world: dict[str, int], actor: Actor | None
) -> None:
    """Each foreign row is put in again with a new key: as it is, and in the actor's own name."""
    tags_of, urls = settled
    if actor:
        act(app, world, actor)
    sees = seen(actor) if actor else {}
    me = app.execute("SELECT my_officer(), my_organ()").fetchone() or (None, None)
    with psycopg.connect(urls.owner) as owner:
        for table in TABLES:
            for row in _rows(owner, table):
                tag = tags_of[table].get(str(row.pop("key")))
                if tag in sees.get(table, ()) or table in ("organs", "officers", "credentials"):
                    continue
                if _sees_what_it_hangs_on(row, sees) or (
                    table == "notices" and row["from_organ_id"] == me[1]
                ):
                    continue
                for forged in _forgeries(table, row, *me):
                    assert _refused(app, table, forged), (table, tag, forged)


def _sees_what_it_hangs_on(row: dict[str, Any], sees: dict[str, frozenset[str]]) -> bool:
    for column, table in (
        ("clue_id", "clues"),
        ("transfer_id", "transfers"),
        ("case_id", "cases"),
        ("notice_id", "notices"),
        ("clock_id", "clocks"),
        ("referral_id", "referrals"),
        ("exhibit_id", "exhibits"),
        ("file_id", "files"),
    ):
        if row.get(column):
            return row[column] in {id_of(table, tag) for tag in sees.get(table, ())}
    return False


def _rows(owner: Connection, table: str) -> list[dict[str, Any]]:
    columns = owner.execute(
        """SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0
            AND NOT attisdropped AND attgenerated = ''""",
        [table],
    ).fetchall()
    names = ", ".join(name for (name,) in columns)
    with owner.cursor(row_factory=psycopg.rows.dict_row) as cursor:
        return cursor.execute(f"SELECT {KEYS[table]} AS key, {names} FROM {table}").fetchall()


def _forgeries(table: str, row: dict[str, Any], officer: object, organ: object) -> Iterator[dict[str, Any]]:
    fresh = {**row}
    for key in ("id", "number", "key", "source_id", "item", "position", "year"):
        if key == "id" and isinstance(row.get(key), int):
            del fresh[key]  # which the table counts itself
        elif key in fresh:
            fresh[key] = {"id": uuid.uuid4(), "position": 7, "year": 2030}.get(key, f"forged {uuid.uuid4()}")
    yield fresh
    on = ("case_id", "transfer_id", "clue_id", "event_id", "notice_id", "clock_id", "exhibit_id", "file_id")
    hangs = any(fresh.get(name) for name in on)
    if hangs and officer is not None:
        mine: dict[str, Any] = {name: officer for name in OFFICER_COLUMNS if name in fresh}
        if "organ_id" in fresh and table != "case_grants":
            mine["organ_id"] = organ
        if table == "supervision_requests":
            mine |= {"from_organ_id": organ, "from_officer_id": officer}
        yield fresh | mine


def _refused(app: Connection, table: str, row: dict[str, Any]) -> bool:
    names = list(row)
    marks = ", ".join(f"%({name})s" for name in names)
    values = {name: Json(value) if isinstance(value, dict) else value for name, value in row.items()}
    try:
        with app.transaction(force_rollback=True):
            app.execute(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", values)
    except (
        psycopg.errors.InsufficientPrivilege,
        psycopg.errors.ForeignKeyViolation,
        psycopg.errors.NoDataFound,  # of a trigger that looks for the case with the actor's own eyes
    ):
        return True
    return False


def test_superiors_and_overseers_read_and_do_not_write(app: Connection, world: dict[str, int]) -> None:
    for who in (
        "handler1@320500-market",
        "handler@320500-police",
        "supervisor@320506-supervising",
        "statistics@320506-coordinating",
    ):
        with app.transaction(force_rollback=True):
            app.execute("SELECT act_as(%s)", [world[who]])
            assert app.execute("SELECT count(*) FROM cases WHERE number = 'A'").fetchone() == (1,)
            for table in ("cases", "case_details", "parties", "transfers", "evidence_items"):
                assert app.execute(f"UPDATE {table} SET {CHANGES[table]}").rowcount == 0, (who, table)


def test_a_serial_says_nothing_of_foreign_rows(app: Connection, world: dict[str, int]) -> None:
    """The key that a caller chooses includes the organ: another organ's source id is no conflict."""
    app.execute("SELECT act_as(%s)", [world["handler1@320500-tobacco"]])
    organ = app.execute("SELECT my_organ()").fetchone()
    assert organ is not None
    app.execute(
        """INSERT INTO cases (id, number, organ_id, line, source_system, source_id, cause, conclusion,
              law_version, created_by)
            VALUES (%s, 'other', %s, '', 'api', 'same', 'x', 'near', '1', my_officer())""",
        [uuid.uuid4(), organ[0]],
    )


def test_a_case_lies_where_its_organ_lies_whatever_an_insert_says(
    app: Connection, world: dict[str, int]
) -> None:
    app.execute("SELECT act_as(%s)", [world["handler1@320500-tobacco"]])
    case = uuid.uuid4()
    app.execute(
        """INSERT INTO cases (id, number, organ_id, line, county, city, province, source_system, source_id,
              cause, conclusion, law_version, created_by)
            VALUES (%s, 'other', my_organ(), 'market', 340104, 340100, 340000, 'api', 'x', 'x', 'near', '1',
              my_officer())""",
        [case],
    )
    placed = app.execute("SELECT line, county, city, province FROM cases WHERE id = %s", [case]).fetchone()
    assert placed == ("tobacco", None, 320500, 320000)


async def test_the_application_refuses_to_start_as_a_role_that_policies_do_not_bind(
    settled: tuple[Tags, DatabaseUrls],
) -> None:
    for url, bound in (
        (settled[1].app, True),
        (settled[1].worker, True),
        (settled[1].owner, False),
        (settled[1].superuser, False),
    ):
        db = Database(url, size=1)
        await db.open()
        try:
            async with db.transaction() as tx:
                if bound:
                    await check_role(tx)
                else:
                    with pytest.raises(UnsafeRole):
                        await check_role(tx)
        finally:
            await db.close()


async def test_the_application_refuses_a_role_with_bypassrls(settled: tuple[Tags, DatabaseUrls]) -> None:
    with psycopg.connect(settled[1].superuser, autocommit=True) as connection:
        connection.execute("ALTER ROLE xianjie_worker BYPASSRLS")
        try:
            db = Database(settled[1].worker, size=1)
            await db.open()
            try:
                async with db.transaction() as tx:
                    with pytest.raises(UnsafeRole):
                        await check_role(tx)
            finally:
                await db.close()
        finally:
            connection.execute("ALTER ROLE xianjie_worker NOBYPASSRLS")
