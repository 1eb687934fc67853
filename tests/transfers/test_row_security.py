"""Raw SQL as the application's role: the database shows nobody a foreign row and takes no foreign act."""

from __future__ import annotations

from typing import Any, LiteralString

import psycopg
import pytest

from app.database.transaction import Database
from tests.conftest import Acts
from tests.evidence.test_files import upload
from tests.transfers.builders import HANDLER, PROCURATOR, STRAIGHT, led, led_to, opened

TABLES: tuple[LiteralString, ...] = (
    "transfers",
    "transfer_steps",
    "clocks",
    "files",
    "evidence_items",
    "case_grants",
)
ALL = dict.fromkeys(TABLES, True)
NONE = dict.fromkeys(TABLES, False)
READERS: list[tuple[str, dict[str, bool]]] = [
    (HANDLER, ALL),
    ("feed@320506-market", ALL),
    (PROCURATOR, ALL | {"case_grants": False}),
    ("handler@320500-procuratorate", ALL | {"case_grants": False}),
    ("head@320500-market", ALL | {"case_grants": False}),
    ("desk@320506-police", ALL),
    ("head@320500-police", ALL),
    ("supervisor@320506-supervising", ALL | {"case_grants": False}),
    ("statistics@320506-coordinating", NONE | {"transfers": True, "clocks": True}),
    ("desk@320583-police", NONE),
    ("head@320100-police", NONE),
    ("handler1@320583-market", NONE),
    ("handler1@320506-tobacco", NONE),
    ("handler@320583-procuratorate", NONE),
    ("handler@320506-court", NONE),
    ("handler@320506-tax", NONE),
    ("handler@320506-commission", NONE),
    ("sysadmin@320506-market", NONE),
    ("secadmin@320506-market", NONE),
    ("audit@320506-market", NONE),
]


async def a_sent_transfer(acts: Acts) -> dict[str, Any]:
    transfer = await opened(acts)
    await upload(acts, transfer["case_id"], item="C1")
    await acts(HANDLER).put(f"/api/v1/cases/{transfer['case_id']}/checklist/C3", json={"status": "present"})
    return await led(acts, transfer, STRAIGHT[:3])


@pytest.mark.parametrize(("who", "sees"), READERS)
async def test_what_is_seen(
    acts: Acts, database: Database, world: dict[str, int], who: str, sees: dict[str, bool]
) -> None:
    await a_sent_transfer(acts)
    async with database.acting(world[who]) as tx:
        found = {table: await tx.value(f"SELECT count(*) FROM {table}") > 0 for table in TABLES}
    assert found == sees


async def test_who_is_nobody_sees_nothing(acts: Acts, database: Database) -> None:
    await a_sent_transfer(acts)
    async with database.transaction() as tx:
        for table in TABLES:
            assert await tx.value(f"SELECT count(*) FROM {table}") == 0, table


@pytest.mark.parametrize(
    "who",
    [
        "head@320500-market",
        "head@320500-police",
        "desk@320583-police",
        "handler1@320583-market",
        "supervisor@320506-supervising",
        "statistics@320506-coordinating",
        "handler@320506-court",
        "sysadmin@320506-market",
    ],
)
async def test_who_looks_on_changes_nothing(
    acts: Acts, database: Database, world: dict[str, int], who: str
) -> None:
    transfer = await a_sent_transfer(acts)
    async with database.acting(world[who]) as tx:
        for statement in (
            "UPDATE transfers SET state = 'closed'",
            "UPDATE clocks SET stopped_at = now()",
            "UPDATE files SET removed_at = now()",
            "UPDATE evidence_items SET status = 'missing'",
        ):
            assert (await tx.execute(statement)).rowcount == 0, statement
        actor = tx.actor
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with database.acting(world[who]) as tx:
            await tx.execute(
                """INSERT INTO transfer_steps (id, transfer_id, action, to_state, organ_id, officer_id,
                    organ_name, officer_name)
                  VALUES (gen_random_uuid(), %(transfer)s, 'approve', 'approved', %(organ)s, %(officer)s,
                    '', '')""",
                transfer=transfer["id"],
                organ=actor.organ_id,
                officer=actor.officer_id,
            )


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE transfer_steps SET inputs = '{}'",
        "DELETE FROM transfer_steps",
        "DELETE FROM transfers",
        "DELETE FROM clocks",
        "UPDATE clocks SET started_at = now()",
        "UPDATE clocks SET holder_organ_id = 1",
        "DELETE FROM files",
    ],
)
async def test_the_record_is_added_to_never_rewritten(
    acts: Acts, database: Database, world: dict[str, int], statement: LiteralString
) -> None:
    await a_sent_transfer(acts)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with database.acting(world[HANDLER]) as tx:
            await tx.execute(statement)


async def test_a_waiting_proposal_is_the_polices_own(
    acts: Acts, database: Database, world: dict[str, int]
) -> None:
    await led_to(acts, "propose_filing")
    for who, visible in (
        ("head@320506-police", True),
        ("head@320500-police", True),
        (PROCURATOR, True),
        (HANDLER, False),
        ("head@320500-market", False),
        ("supervisor@320506-supervising", False),
    ):
        async with database.acting(world[who]) as tx:
            found = await tx.value("SELECT count(*) FROM transfer_steps WHERE internal_to IS NOT NULL")
        assert (found == 1) is visible, who
