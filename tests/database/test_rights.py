"""What each role may do at all: exactly the rights reviewed here; no function is a way around."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from app.database.transaction import Database
from tests.cluster import DatabaseUrls

Connection = psycopg.Connection[Any]

# Rights on whole tables. A right on some columns only is in COLUMNS.
APP = {
    "organs": "SELECT",
    "officers": "SELECT",
    "sign_ins": "SELECT",
    "audit_events": "INSERT SELECT",
    "audit_changes": "INSERT SELECT",
    "idempotency_keys": "INSERT SELECT UPDATE",
    "number_series": "INSERT SELECT UPDATE",
    "notices": "INSERT SELECT",
    "notice_reads": "INSERT SELECT",
    "cases": "INSERT SELECT UPDATE",
    "case_details": "INSERT SELECT UPDATE",
    "parties": "DELETE INSERT SELECT UPDATE",
    "findings": "INSERT SELECT",
    "case_grants": "DELETE INSERT SELECT",
    "officer_findings": "INSERT SELECT",
    "outside_penalties": "INSERT SELECT",
    "evidence_items": "INSERT SELECT UPDATE",
    "files": "INSERT SELECT",
    "uploads": "DELETE INSERT SELECT",
    "exhibits": "INSERT SELECT",
    "exhibit_photographs": "INSERT SELECT",
    "exhibit_counts": "INSERT SELECT",
    "exhibit_disposals": "INSERT SELECT",
    "custody": "INSERT SELECT",
    "received_packages": "SELECT",
    "transfers": "INSERT SELECT UPDATE",
    "transfer_steps": "INSERT SELECT",
    "clocks": "INSERT SELECT",
    "clock_changes": "INSERT SELECT",
    "clock_settings": "INSERT SELECT",
    "calendar_years": "INSERT SELECT",
    "clues": "INSERT SELECT",
    "clue_officers": "INSERT SELECT",
    "clue_steps": "INSERT SELECT",
    "supervision_requests": "INSERT SELECT",
    "referrals": "INSERT SELECT",
    "referral_steps": "INSERT SELECT",
    "documents": "INSERT SELECT",
    "document_texts": "INSERT SELECT",
    "document_prints": "INSERT SELECT",
    "document_scans": "INSERT SELECT",
    "document_rules": "INSERT SELECT UPDATE",
    "saved_searches": "DELETE INSERT SELECT",
}
WORKER = {
    "organs": "SELECT",
    "officers": "SELECT",
    "audit_events": "INSERT SELECT",
    "audit_changes": "INSERT SELECT",
    "notices": "INSERT SELECT",
    "cases": "SELECT UPDATE",
    "findings": "INSERT SELECT",
    "changed_parties": "DELETE",
    "files": "SELECT",
    "uploads": "DELETE SELECT",
    "transfers": "SELECT",
    "clocks": "INSERT SELECT",  # re-screening starts and stops the clock for the report
    "clock_changes": "INSERT SELECT",
    "clock_settings": "SELECT",
    "calendar_years": "SELECT",
    "clue_officers": "SELECT",
}
COLUMNS = {
    ("xianjie_app", "files"): "removed_at removed_reason",
    ("xianjie_worker", "files"): "checked_at damaged_at",
    (
        "xianjie_app",
        "documents",
    ): "action content docx_sha256 docx_size filled issued_at issued_by number revision serial serial_year"
    " state step_id template_sha256 updated_at void_reason voided_at voided_by",
    ("xianjie_app", "uploads"): "file_id",
    (
        "xianjie_app",
        "referrals",
    ): "case_id closed_at enforcement_organ_id matters past_organs police_organ_id proposal proposed_by"
    " revision sent_at state updated_at",
    (
        "xianjie_app",
        "exhibits",
    ): "features holder_organ_id keeper measure name note origin perishable place quantity revision"
    " sample_of seized_on seizure_paper specification state unit updated_at valuation valuation_paper value",
    (
        "xianjie_app",
        "clocks",
    ): "due_at expiry_noticed_at halted_at halted_on length_n length_unit length_why provisional reasons"
    " started_at stopped_at stopped_by warned_at",
    (
        "xianjie_app",
        "clues",
    ): "became_case_id became_transfer_id closed_at content feedback merged_into number"
    " past_organs result revision sent_at state to_organ_id updated_at",
    (
        "xianjie_app",
        "supervision_requests",
    ): "answer answer_kind answered_at answered_by closed_at revision state",
    ("xianjie_worker", "changed_parties"): "changed_at",  # the right to lock what is taken
    (
        "xianjie_worker",
        "clocks",
    ): "due_at expiry_noticed_at halted_at halted_on provisional reasons stopped_at stopped_by warned_at",
}
# The only ways past the policies: sign-in, accumulation, marks on parties whose records changed, duplicates,
# search and the words that it keeps, and whom a duty-crime clue may name. Each has a test of what it returns.
DEFINERS = {
    "act_as",
    "sign_in_credentials",
    "sign_in_failed",
    "sign_in_open",
    "sign_in_of",
    "sign_in_end",
    "accumulated_cases",
    "party_records",
    "recorded_since",
    "note_changed_party",
    "note_changed_case",
    "case_records",
    "cases_of_changed_parties",
    "likely_duplicates",
    "search_cases",
    "duty_clue_recipients",
    "my_signing_key",
    "add_my_first_key",
    "officers_of_transfer",
    "begin_receipt",
    "officer_named",
    "search_ids",
    "parties_entered",
    "case_changed_for_search",
    "case_part_changed_for_search",
    "clue_changed_for_search",
}


@pytest.fixture
def owner(database_urls: DatabaseUrls) -> Iterator[Connection]:
    with psycopg.connect(database_urls.owner) as connection:
        yield connection


@pytest.mark.parametrize(("role", "reviewed"), [("xianjie_app", APP), ("xianjie_worker", WORKER)])
def test_each_role_has_the_reviewed_rights_and_no_more(
    owner: Connection, role: str, reviewed: dict[str, str]
) -> None:
    rows = owner.execute(
        """SELECT c.relname, string_agg(a.privilege_type, ' ' ORDER BY a.privilege_type)
            FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) a
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.grantee = %s::regrole
            GROUP BY 1""",
        [role],
    ).fetchall()
    assert dict(rows) == reviewed


def test_rights_on_single_columns_are_the_reviewed_ones(owner: Connection) -> None:
    rows = owner.execute(
        """SELECT a.grantee::regrole::text, c.relname, string_agg(t.attname, ' ' ORDER BY t.attname)
            FROM pg_attribute t JOIN pg_class c ON c.oid = t.attrelid
              CROSS JOIN LATERAL aclexplode(t.attacl) a
            WHERE c.relnamespace = 'public'::regnamespace AND a.privilege_type = 'UPDATE' GROUP BY 1, 2"""
    ).fetchall()
    assert {(role, table): columns for role, table, columns in rows} == COLUMNS


def test_nothing_is_open_to_everybody(owner: Connection) -> None:
    rows = owner.execute(
        """SELECT relname FROM pg_class c CROSS JOIN LATERAL aclexplode(relacl) a
            WHERE c.relnamespace = 'public'::regnamespace AND a.grantee = 0
          UNION SELECT proname FROM pg_proc p
            CROSS JOIN LATERAL aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
            WHERE p.pronamespace = 'public'::regnamespace AND a.grantee = 0"""
    ).fetchall()
    assert rows == []


def test_the_ways_past_the_policies_are_the_reviewed_ones_with_a_fixed_search_path(owner: Connection) -> None:
    rows = owner.execute(
        """SELECT proname, proconfig FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef"""
    ).fetchall()
    assert {name for name, _ in rows} == DEFINERS
    assert {tuple(settings) for _, settings in rows} == {("search_path=public, pg_temp",)}


def test_triggers_run_with_a_fixed_search_path(owner: Connection) -> None:
    rows = owner.execute(
        """SELECT DISTINCT p.proname, p.proconfig FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
            WHERE NOT t.tgisinternal"""
    ).fetchall()
    assert {name: tuple(settings) for name, settings in rows} == dict.fromkeys(
        (name for name, _ in rows), ("search_path=public, pg_temp",)
    )


@pytest.mark.parametrize("role", ["xianjie_app", "xianjie_worker"])
def test_the_roles_own_nothing_and_bypass_nothing(owner: Connection, role: str) -> None:
    found = owner.execute(
        """SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb,
            (SELECT count(*) FROM pg_class WHERE relowner = r.oid),
            (SELECT count(*) FROM pg_proc WHERE proowner = r.oid),
            (SELECT count(*) FROM pg_auth_members WHERE member = r.oid),
            has_schema_privilege(r.oid, 'public', 'CREATE')
          FROM pg_roles r WHERE rolname = %s""",
        [role],
    ).fetchone()
    assert found == (False, False, False, False, 0, 0, 0, False)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM credentials",
        "SELECT password_hash FROM credentials",
        "UPDATE audit_events SET action = 'x'",
        "DELETE FROM audit_events",
        "UPDATE audit_changes SET changes = '{}'",
        "DELETE FROM audit_changes",
        "TRUNCATE audit_events",
        "UPDATE findings SET conclusion = 'near'",
        "DELETE FROM findings",
        "UPDATE transfer_steps SET action = 'x'",
        "DELETE FROM transfer_steps",
        "SELECT private_sealed FROM organ_keys",
        "INSERT INTO organ_keys (kid, organ_id, x, y) VALUES ('x', 1, 'x', 'y')",
        "UPDATE organ_keys SET revoked_at = NULL",
        "DELETE FROM received_packages",
        "SELECT officer_named(gen_random_uuid(), '320506-market', 'me', 'x')",
        "UPDATE clue_steps SET action = 'x'",
        "UPDATE clues SET duty = false",
        "UPDATE custody SET why = 'x'",
        "UPDATE documents SET kind = 'x'",
        "UPDATE documents SET readers = '{any}'",
        "UPDATE document_texts SET docx = 'x'",
        "DELETE FROM document_texts",
        "UPDATE document_prints SET pdf = 'x'",
        "DELETE FROM document_scans",
        "DELETE FROM custody",
        "UPDATE exhibit_counts SET counted = 1",
        "UPDATE exhibit_disposals SET kind = 'sale'",
        "UPDATE exhibits SET organ_id = 1",
        "UPDATE organs SET level = 'nation'",
        "UPDATE officers SET roles = '{head}'",
        "INSERT INTO officers (organ_id, login, name, roles) VALUES (1, 'me', 'x', '{head}')",
        "ALTER TABLE cases DISABLE ROW LEVEL SECURITY",
        "CREATE POLICY mine ON cases USING (true)",
        "SET ROLE xianjie_owner",
        "SELECT * FROM search_entries",
        "DELETE FROM search_entries",
        "SELECT enter_cases_for_search('{}')",
        "CREATE TABLE public.mine ()",
        "CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "SET row_security = off; SELECT * FROM cases",
    ],
)
async def test_what_the_application_s_role_cannot_do(
    database: Database, world: dict[str, int], statement: str
) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with database.acting(world["head@320506-market"]) as tx:
            await tx.connection.execute(statement.encode())
