"""Gathering the whole file of a transfer: the record as the acting officer's organ sees it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.audit.events import record as record_event
from app.database.sealed import Seal
from app.database.transaction import Acting, Row
from app.errors import AppError, Conflict, NotAllowed, not_found
from app.law.documents import documents
from app.packages import bag
from app.packages.carried import whole_file
from app.packages.record import FORMAT, VERSION, Record
from app.packages.recorded import Officer
from app.packages.translation import Rows, officer_ids, organ_ids, spoken

ROLES = ("handler", "legal", "head", "desk", "supervisor")


async def gather(tx: Acting, seal: Seal, transfer_id: UUID) -> Record:
    """The record of a transfer. That ID numbers leave in full is put on record, party by party.

    Raises NotFound; NotAllowed for those through whose hands the transfer does not go; Conflict
    `transfer_not_sent`.
    """
    transfer = await exportable(tx, transfer_id)
    parts: Rows = await tx.value(whole_file(), case=transfer["case_id"], transfer=transfer_id)
    if tx.actor.kind not in ("police", "procuratorate"):
        parts["transfer"] |= {"proposal": None, "proposed_by": None}
    organs = await _organs(tx, {*organ_ids(parts), tx.actor.organ_id, transfer["signer_organ_id"]})
    officers = await _officers(tx, transfer_id, officer_ids(parts) | {tx.actor.officer_id})
    said = spoken(parts, {number: organ["code"] for number, organ in organs.items()}, officers)
    await _open_numbers(tx, seal, transfer["case_id"], said["parties"])
    _place_files(said)
    me = officers[tx.actor.officer_id]
    whole = {
        "format": FORMAT,
        "version": VERSION,
        "issue": {
            "organ": me.organ,
            "officer": me.model_dump(),
            "at": tx.now.replace(microsecond=0),
            "origin": _origin(transfer, organs),
        },
        "organs": sorted((_organ(one) for one in organs.values()), key=lambda one: str(one["code"])),
        **said,
    }
    return Record.model_validate_json(json.dumps(whole, default=str))


async def may_export(tx: Acting, transfer_id: UUID) -> bool:
    """Whether the acting officer may take the transfer's package now."""
    try:
        await exportable(tx, transfer_id)
    except AppError:
        return False
    return True


async def exportable(tx: Acting, transfer_id: UUID) -> Row:
    """The transfer, if the acting officer may take its package. Raises as `gather`."""
    row = await tx.row(
        """SELECT t.case_id, t.organ_id, t.police_organ_id, t.police_past, t.procuratorate_organ_id,
              t.sent_at, r.package_sha256, r.kid, r.signer_organ_id, r.issued_at, r.received_at
            FROM transfers t LEFT JOIN received_packages r ON r.transfer_id = t.id WHERE t.id = %(id)s""",
        id=transfer_id,
    )
    if row is None:
        raise not_found("移送")
    hands = (row["organ_id"], row["police_organ_id"], row["procuratorate_organ_id"], *row["police_past"])
    kinds = ("enforcement", "police", "procuratorate")
    if tx.actor.organ_id not in hands or tx.actor.kind not in kinds or not tx.actor.is_a(*ROLES):
        raise NotAllowed(
            "may_not_export",
            "卷宗包由移送机关、受移送的公安机关和同级人民检察院的办案人员导出，请转告其承办人。",
        )
    if row["sent_at"] is None:
        raise Conflict("transfer_not_sent", "该移送尚未送出，不能导出卷宗包；请在移送公安机关之后导出。")
    return row


async def _organs(tx: Acting, ids: set[int | None]) -> Mapping[int, Row]:
    rows = await tx.rows(
        "SELECT id, code, name, kind, level, region FROM organs WHERE id = ANY (%(ids)s)",
        ids=[one for one in ids if one is not None],
    )
    return {row["id"]: row for row in rows}


def _organ(row: Row) -> Rows:
    return {name: row[name] for name in ("code", "name", "kind", "level", "region")}


async def _officers(tx: Acting, transfer_id: UUID, ids: set[int]) -> Mapping[int, Officer]:
    rows = await tx.rows(
        "SELECT id, organ, login, name FROM officers_of_transfer(%(transfer)s, %(ids)s)",
        transfer=transfer_id,
        ids=sorted(ids),
    )
    return {row["id"]: Officer(organ=row["organ"], login=row["login"], name=row["name"]) for row in rows}


async def _open_numbers(tx: Acting, seal: Seal, case_id: UUID, parties: list[Rows]) -> None:
    for party in parties:
        for name in ("id_number", "phone"):
            sealed = party.pop(f"{name}_sealed")
            party[name] = None if sealed is None else seal.open(bytes.fromhex(sealed))
        if party["id_number"] or party["phone"]:
            changes = {"reason": (None, "导出移送卷宗包"), "position": (None, party["position"])}
            await record_event(tx, "party.unmasked", ("party", party["id"]), case_id=case_id, changes=changes)


def _place_files(said: Mapping[str, Any]) -> None:
    """Say of each file where in the package it stands."""
    for place, file in enumerate(said["files"], 1):
        removed = file["removed_at"] is not None
        file["path"] = None if removed else bag.payload_path("evidence", place, file["name"])
    titles = {}
    for place, document in enumerate(said["documents"], 1):
        kind = documents().get(document["kind"])
        titles[document["id"]] = (place, f"{kind.name if kind else document['kind']} {document['number']}")
        document["path"] = bag.payload_path("documents", place, f"{titles[document['id']][1]}.docx")
    for printed in said["prints"]:
        place, title = titles[printed["document_id"]]
        printed["path"] = bag.payload_path("documents", place, f"{title}.pdf")
    for place, scan in enumerate(said["scans"], 1):
        scan["path"] = bag.payload_path("scans", place, scan["name"])


def _origin(transfer: Row, organs: Mapping[int, Row]) -> Rows | None:
    if transfer["package_sha256"] is None:
        return None
    return {
        "package_sha256": transfer["package_sha256"].hex(),
        "kid": transfer["kid"],
        "signer": organs[transfer["signer_organ_id"]]["code"],
        "issued_at": transfer["issued_at"],
        "received_at": transfer["received_at"],
    }
