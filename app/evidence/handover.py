"""The hand-over of exhibits, counted by both sides (行政执法机关移送涉嫌犯罪案件的规定 第十二条)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from pydantic import ValidationError

from app.audit.events import record
from app.database.transaction import Acting, Row, new_id
from app.errors import Conflict, FieldError, Invalid, invalid
from app.evidence import custody
from app.evidence.exhibit_models import Count, SideCount
from app.evidence.exhibit_queries import exhibit_row, side_count
from app.evidence.exhibits import put_in_hands
from app.http.validation_words import field_error

Side = Literal["handed_over", "accepted"]


def counts_of(given: object, field: str = "inputs.exhibits") -> list[Count]:
    """A list of `{"exhibit", "counted", "note"}` as counts, each exhibit once. Raises Invalid."""
    if not isinstance(given, Sequence) or isinstance(given, str) or not given:
        raise invalid(field, "exhibits_missing", "请列出清点的涉案物品：每件的编号与清点数量。")
    counts: list[Count] = []
    wrong: list[FieldError] = []
    for place, one in enumerate(given):
        try:
            counts.append(Count.model_validate(one))
        except ValidationError as error:
            found = [field_error(each) for each in error.errors()]
            wrong += [FieldError(f"{field}.{place}.{each.field}", each.code, each.detail) for each in found]
    if wrong:
        raise Invalid("invalid_input", "清点清单有误，请按各字段的提示更正后重试。", wrong)
    if len({one.exhibit for one in counts}) < len(counts):
        raise invalid(field, "exhibit_twice", "同一件物品在清单中出现两次，请合并后重新提交。")
    return counts


async def handed_over(
    tx: Acting, transfer: Mapping[str, Any], counts: Sequence[Count], field: str = "inputs.exhibits"
) -> list[SideCount]:
    """The sender hands over what it counted; what differs from its own record needs a note.

    `transfer` has id, case_id and police_organ_id. Gives both figures of each exhibit. Raises NotFound,
    NotAllowed, Conflict `exhibit_not_held`, Invalid.
    """
    police = await tx.value("SELECT name FROM organs WHERE id = %(id)s", id=transfer["police_organ_id"])
    found = []
    for place, count in enumerate(counts):
        row = await _locked(tx, transfer, count, f"{field}.{place}")
        if row["state"] != "held" or row["holder_organ_id"] != tx.actor.organ_id:
            raise Conflict(
                "exhibit_not_held", f"“{row['name']}”已移交或者已处置，不在移交之列，请从清单中删去。"
            )
        found.append(
            await _counted(tx, transfer, row, count, "handed_over", row["remaining"], f"{field}.{place}")
        )
        await put_in_hands(tx, row, "handed_over", row["holder_organ_id"], row["keeper"], row["place"])
        await custody.keep_entry(
            tx,
            "handed_over",
            count.note or "移交公安机关",
            exhibit=row["id"],
            from_keeper=f"{tx.actor.organ_name} {row['keeper']}",
            to_keeper=police,
            place=row["place"],
        )
    return found


async def accepted(
    tx: Acting,
    transfer: Mapping[str, Any],
    counts: Sequence[Count],
    place: str = "",
    field: str = "inputs.exhibits",
) -> list[SideCount]:
    """The police take over what they counted; what differs from the sender's count needs a note.

    `place`: where it is kept from now on, in words. Raises NotFound, Conflict `exhibit_not_handed_over`,
    Invalid.
    """
    found = []
    for number, count in enumerate(counts):
        row = await _locked(tx, transfer, count, f"{field}.{number}")
        sent = await tx.row(
            """SELECT counted FROM exhibit_counts WHERE transfer_id = %(transfer)s AND exhibit_id = %(id)s
                AND side = 'handed_over' ORDER BY at DESC LIMIT 1""",
            transfer=transfer["id"],
            id=row["id"],
        )
        if row["state"] != "handed_over" or sent is None:
            raise Conflict(
                "exhibit_not_handed_over", f"“{row['name']}”尚未由移送机关移交，或者已经接收，请核对清单。"
            )
        found.append(
            await _counted(tx, transfer, row, count, "accepted", sent["counted"], f"{field}.{number}")
        )
        kept = place or tx.actor.organ_name
        await put_in_hands(tx, row, "accepted", tx.actor.organ_id, tx.actor.officer_name, kept)
        await custody.keep_entry(
            tx,
            "accepted",
            count.note or "接收移送机关移交",
            exhibit=row["id"],
            from_keeper=row["keeper"],
            to_keeper=f"{tx.actor.organ_name} {tx.actor.officer_name}",
            place=kept,
        )
    return found


async def handover_list(tx: Acting, transfer_id: UUID) -> list[SideCount]:
    """What both sides counted in a transfer, in the order in which they signed."""
    rows = await tx.rows(
        "SELECT * FROM exhibit_counts WHERE transfer_id = %(id)s ORDER BY at, id", id=transfer_id
    )
    return [side_count(row) for row in rows]


async def _locked(tx: Acting, transfer: Mapping[str, Any], count: Count, field: str) -> Row:
    await tx.execute("SELECT 1 FROM exhibits WHERE id = %(id)s FOR UPDATE", id=count.exhibit)
    row = await exhibit_row(tx, count.exhibit)
    if row["case_id"] != transfer["case_id"]:
        raise invalid(
            f"{field}.exhibit", "exhibit_of_other_case", "该物品不属于本案，请从本案的涉案物品清单中选择。"
        )
    return row


async def _counted(
    tx: Acting, transfer: Mapping[str, Any], row: Row, count: Count, side: Side, expected: Decimal, field: str
) -> SideCount:
    if count.counted != expected and not count.note.strip():
        against = "登记的数量" if side == "handed_over" else "移送机关清点的数量"
        raise invalid(
            f"{field}.note",
            "difference_unexplained",
            f"“{row['name']}”清点{count.counted.normalize():f}{row['unit']}，{against}为"
            f"{expected.normalize():f}{row['unit']}，请写明差异情况。",
        )
    kept = {
        "id": new_id(),
        "transfer_id": transfer["id"],
        "exhibit_id": row["id"],
        "side": side,
        "counted": count.counted,
        "expected": expected,
        "note": count.note.strip(),
        "officer_id": tx.actor.officer_id,
        "organ_id": tx.actor.organ_id,
        "officer_name": tx.actor.officer_name,
        "organ_name": tx.actor.organ_name,
        "at": tx.now,
    }
    await tx.execute(
        """INSERT INTO exhibit_counts (id, transfer_id, exhibit_id, side, counted, expected, note, officer_id,
              organ_id, officer_name, organ_name, at)
            VALUES (%(id)s, %(transfer_id)s, %(exhibit_id)s, %(side)s, %(counted)s, %(expected)s, %(note)s,
              %(officer_id)s, %(organ_id)s, %(officer_name)s, %(organ_name)s, %(at)s)""",
        kept,
    )
    await record(
        tx,
        f"exhibit.{side}",
        ("exhibit", row["id"]),
        case_id=transfer["case_id"],
        transfer_id=transfer["id"],
        changes={"counted": (expected, count.counted), "note": (None, kept["note"])},
    )
    return side_count(kept)
