"""Nothing of a transfer is forgotten: every column is carried, or named as left."""

from __future__ import annotations

import psycopg

from app.packages.carried import CARRIED
from app.packages.record import Record
from tests.cluster import DatabaseUrls

# Tables with a case or transfer that a package does not carry, and why.
NOT_CARRIED = {
    "audit_events": "each installation's own log",
    "case_grants": "follow from the transfer",
    "changed_parties": "work of the platform",
    "uploads": "files that have not come yet",
    "referrals": "another procedure; its case is not the transfer's",
    "supervision_requests": "the procuratorate's, not the sender's file",
    "received_packages": "stands in `issue.origin`",
    "document_texts": "stand as files",
}


def test_every_column_is_carried_or_named(database_urls: DatabaseUrls) -> None:
    with psycopg.connect(database_urls.owner) as connection:
        rows = connection.execute(
            """SELECT table_name::text, array_agg(column_name::text) FROM information_schema.columns
                WHERE table_schema = 'public' GROUP BY 1"""
        ).fetchall()
    columns = {table: set(names) for table, names in rows}
    for one in CARRIED:
        assert columns[one.table] == {*one.columns(), *one.left}, one.table
    hanging = {table for table, names in columns.items() if names & {"case_id", "transfer_id", "exhibit_id"}}
    assert hanging - {one.table for one in CARRIED} == set(NOT_CARRIED) & hanging


def test_each_part_of_the_record_is_a_table() -> None:
    assert {one.part for one in CARRIED} == set(Record.model_fields) - {
        "format",
        "version",
        "issue",
        "organs",
    }
