"""A stored transfer is held to what its own steps imply: row, clocks, notices, events, documents, grants."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from tests.transfers.model import Model, actions, documents

Connection = psycopg.Connection[dict[str, Any]]
Row = Mapping[str, Any]


def consistent(connection: Connection, transfer_id: UUID) -> Model:
    """Hold a stored transfer to what its steps imply; the model that they lead to.

    Compared are its row, its clocks, notices, audit events, documents and grants.
    """
    row = _one(connection, "SELECT * FROM transfers WHERE id = %s", transfer_id)
    steps = _all(connection, "SELECT * FROM transfer_steps WHERE transfer_id = %s ORDER BY id", transfer_id)
    model = fresh(connection, row["organ_id"])
    for step in steps:
        assert step["from_state"] == model.state
        done = step["occurred_at"] or step["at"]
        model.take(step["action"], _party(model, step), step["officer_id"], step["inputs"], done)
        assert step["to_state"] == model.state
    _compare_row(row, model, steps)
    _compare_clocks(connection, row, model)
    _compare_notices(connection, row, model)
    _compare_events(connection, row, steps)
    _compare_documents(connection, row, steps)
    _compare_grants(connection, row, model)
    return model


def fresh(connection: Connection, sender: int) -> Model:
    """A transfer that nobody has opened yet."""
    organs = {one["id"]: one for one in _all(connection, "SELECT * FROM organs")}
    home = organs[sender]
    procuratorate = next(
        one["id"]
        for one in organs.values()
        if (one["kind"], one["level"], one["region"]) == ("procuratorate", home["level"], home["region"])
    )
    parties = {"sender": sender, "police": None, "procuratorate": procuratorate, "court": None}
    return Model(parties, {organ: one["parent_id"] for organ, one in organs.items()})


def _party(model: Model, step: Row) -> str:
    """As which party the step's organ acted."""
    by = actions()[step["action"]]["by"]
    return next(party for party in map(str, by) if model.organ(party) == step["organ_id"])


def _compare_row(row: Row, model: Model, steps: list[Row]) -> None:
    stored = {
        "state": row["state"],
        "past": row["police_past"],
        "group": row["task_group"],
        "proposal": row["proposal"],
        "proposer": row["proposed_by"],
        "matters": set(row["matters"]),
        "sent": row["sent_at"],
        "closed": row["closed_at"],
        "revision": row["revision"],
    }
    implied = {name: getattr(model, name) for name in stored if name != "revision"}
    assert stored == implied | {"revision": len(steps)}
    assert {party: row[f"{party}_organ_id"] for party in ("police", "procuratorate", "court")} == {
        party: organ for party, organ in model.organs.items() if party != "sender"
    }
    assert row["updated_at"] == steps[-1]["at"]


def _compare_clocks(connection: Connection, row: Row, model: Model) -> None:
    found = _all(connection, "SELECT * FROM clocks WHERE transfer_id = %s", row["id"])
    assert Counter(
        (one["clock"], one["holder_organ_id"], one["started_at"], one["stopped_at"], one["stopped_by"])
        for one in found
    ) == Counter((one.clock, one.holder, one.started, *(one.stopped or (None, None))) for one in model.clocks)
    if row["closed_at"] is not None:
        return  # the case may have another transfer since
    for clock, runs in model.case_clock.items():
        going = _one(
            connection,
            "SELECT count(*) AS n FROM clocks WHERE case_id = %s AND clock = %s AND stopped_at IS NULL",
            row["case_id"],
            clock,
        )
        assert (going["n"] > 0) == runs, clock


def _compare_notices(connection: Connection, row: Row, model: Model) -> None:
    found = _all(
        connection,
        "SELECT * FROM notices WHERE subject_id = %s AND starts_with(kind, 'transfer.')",
        row["id"],
    )
    assert model.notices == Counter(
        (
            one["kind"],
            one["organ_id"],
            one["officer_id"],
            tuple(one["roles"]) if one["roles"] is not None else None,
        )
        for one in found
    )


def _compare_events(connection: Connection, row: Row, steps: list[Row]) -> None:
    events = _all(
        connection,
        """SELECT * FROM audit_events WHERE subject_kind = 'transfer' AND subject_id = %s
            AND starts_with(action, 'transfer.') ORDER BY id""",
        str(row["id"]),
    )
    assert [(one["action"], one["officer_id"], one["organ_id"], one["at"]) for one in events] == [
        (f"transfer.{step['action']}", step["officer_id"], step["organ_id"], step["at"]) for step in steps
    ]
    for one in events:
        assert (one["case_id"], one["transfer_id"]) == (row["case_id"], row["id"])


def _compare_documents(connection: Connection, row: Row, steps: list[Row]) -> None:
    """Each act's documents are issued or owed, once; what is issued is kept as it was hashed."""
    found = _all(
        connection,
        """SELECT d.*, sha256(x.docx) AS kept, (
              SELECT count(*) FROM audit_events e WHERE e.subject_kind = 'document'
                AND e.subject_id = d.id::text AND e.action = 'document.issued') AS issues
            FROM documents d LEFT JOIN document_texts x ON x.document_id = d.id WHERE d.transfer_id = %s""",
        row["id"],
    )
    kinds = {one["id"]: one["kind"] for one in _all(connection, "SELECT id, kind FROM organs")}
    named = {
        (step["id"], step["organ_id"], kind)
        for step in steps
        for kind in actions()[step["action"]].get("documents", [])
        if _issues(kind, kinds[step["organ_id"]])
    }
    for one in found:
        assert (one["step_id"], one["organ_id"], one["kind"]) in named
        assert (one["number"], one["docx_sha256"]) == (None, None) or one["kept"] == one["docx_sha256"]
        assert one["issues"] == (one["state"] in ("issued", "void"))
    assert len({(one["step_id"], one["kind"]) for one in found}) == len(found)
    assert {(one["organ_id"], one["kind"]) for one in found} == {(organ, kind) for _, organ, kind in named}


def _issues(document: str, organ_kind: str) -> bool:
    """Whether an organ of this kind issues the document on a transfer."""
    record = documents()[document]
    return "transfer" in record["about"] and not {"any", organ_kind}.isdisjoint(record["issuers"])


def _compare_grants(connection: Connection, row: Row, model: Model) -> None:
    found = _all(connection, "SELECT * FROM case_grants WHERE case_id = %s", row["case_id"])
    others = _one(
        connection,
        "SELECT count(*) AS n FROM transfers WHERE case_id = %s AND id <> %s",
        row["case_id"],
        row["id"],
    )
    granted = {(one["organ_id"], one["reason"]) for one in found}
    if others["n"]:
        assert {organ for organ, _ in model.grants} <= {organ for organ, _ in granted}
    else:
        assert granted == model.grants


def as_superuser(url: str) -> Connection:
    """A connection that sees every row."""
    return psycopg.connect(url, autocommit=True, row_factory=dict_row)


def _all(connection: Connection, query: str, *values: object) -> list[Row]:
    return list(connection.execute(query.encode(), values).fetchall())


def _one(connection: Connection, query: str, *values: object) -> Row:
    (row,) = _all(connection, query, *values)
    return row
