"""Exhibits (涉案物品): entered by the organ that seized them, kept, moved, handed over and accepted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from app.audit.events import differences, record
from app.database.transaction import Acting, Row, new_id
from app.errors import Conflict, NotAllowed, invalid, not_found
from app.evidence import custody
from app.evidence.exhibit_models import Exhibit, ExhibitEntry, Move
from app.evidence.exhibit_queries import exhibit, exhibit_row
from app.http.revisions import stale
from app.law.exhibits import exhibit_law
from app.law.legal_days import SHANGHAI

ENTERED_BY = ("handler", "legal", "head")
KEPT_BY = ("handler", "head", "desk")
_FIELDS = tuple(ExhibitEntry.model_fields)


async def add(tx: Acting, case_id: UUID, entry: ExhibitEntry) -> Exhibit:
    """Enter an exhibit of a case of the own organ. Raises NotFound, NotAllowed, Invalid."""
    case = await tx.row("SELECT organ_id FROM cases WHERE id = %(id)s", id=case_id)
    if case is None:
        raise not_found("案件")
    if case["organ_id"] != tx.actor.organ_id or not tx.actor.is_a(*ENTERED_BY):
        raise NotAllowed("not_own_case", "涉案物品由办案机关的承办人、法制审核或者负责人登记，请转告该机关。")
    await _check(tx, case_id, entry, None)
    exhibit_id = new_id()
    values = entry.model_dump()
    # Two at once take their numbers one after the other.
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended(%(key)s, 0))", key=f"exhibits {case_id}")
    await tx.execute(
        """INSERT INTO exhibits (id, case_id, organ_id, position, name, specification, quantity, unit, value,
              valuation, valuation_paper, features, origin, place, keeper, measure, seizure_paper, seized_on,
              perishable, sample_of, note, state, holder_organ_id, created_by, created_at, updated_at)
            SELECT %(id)s, %(case)s, %(organ)s, coalesce(max(position), 0) + 1, %(name)s, %(specification)s,
              %(quantity)s, %(unit)s, %(value)s, %(valuation)s, %(valuation_paper)s, %(features)s, %(origin)s,
              %(place)s, %(keeper)s, %(measure)s, %(seizure_paper)s, %(seized_on)s, %(perishable)s,
              %(sample_of)s, %(note)s, 'held', %(organ)s, %(officer)s, %(now)s, %(now)s
            FROM exhibits WHERE case_id = %(case)s""",
        values,
        id=exhibit_id,
        case=case_id,
        organ=tx.actor.organ_id,
        officer=tx.actor.officer_id,
        now=tx.now,
    )
    changes = {name: (None, value) for name, value in values.items() if value is not None}
    await record(tx, "exhibit.added", ("exhibit", exhibit_id), case_id=case_id, changes=changes)
    measure = exhibit_law().measure(entry.measure)
    await custody.keep_entry(
        tx,
        "registered",
        f"{measure.name if measure else ''}{entry.seizure_paper or ''}",
        exhibit=exhibit_id,
        to_keeper=entry.keeper,
        place=entry.place,
    )
    return await exhibit(tx, exhibit_id)


async def edit(tx: Acting, exhibit_id: UUID, revision: int, entry: ExhibitEntry) -> Exhibit:
    """Correct the record before the hand-over; keeper and place change by a move alone.

    Raises NotFound, NotAllowed, Conflict, StaleEdit, Invalid.
    """
    row = await held(tx, exhibit_id, ENTERED_BY)
    if row["state"] != "held" or row["organ_id"] != tx.actor.organ_id:
        raise Conflict("exhibit_not_held", "该物品已移交或者已处置，登记内容不能再改；有差异的在清点时写明。")
    if row["revision"] != revision:
        raise stale()
    for name in ("keeper", "place"):
        if getattr(entry, name) != row[name]:
            raise invalid(name, "moves_only", "保管人和存放地点的变动须留下记录，请用“变更保管”办理。")
    await _check(tx, row["case_id"], entry, row)
    after = entry.model_dump()
    changes = differences({name: row[name] for name in _FIELDS}, after)
    if changes:
        await tx.execute(
            """UPDATE exhibits SET name = %(name)s, specification = %(specification)s,
                quantity = %(quantity)s, unit = %(unit)s, value = %(value)s, valuation = %(valuation)s,
                valuation_paper = %(valuation_paper)s, features = %(features)s, origin = %(origin)s,
                measure = %(measure)s, seizure_paper = %(seizure_paper)s, seized_on = %(seized_on)s,
                perishable = %(perishable)s, sample_of = %(sample_of)s, note = %(note)s,
                revision = revision + 1, updated_at = %(now)s WHERE id = %(id)s""",
            after,
            id=exhibit_id,
            now=tx.now,
        )
        await record(tx, "exhibit.edited", ("exhibit", exhibit_id), case_id=row["case_id"], changes=changes)
    return await exhibit(tx, exhibit_id)


async def move(tx: Acting, exhibit_id: UUID, body: Move) -> Exhibit:
    """Put down that keeper or place changed; the police may give it back to the sender.

    Raises NotFound, NotAllowed, Conflict, Invalid.
    """
    row = await held(tx, exhibit_id, KEPT_BY)
    if body.back_to_sender and row["state"] != "accepted":
        raise Conflict("exhibit_with_sender", "该物品仍由移送机关保管，无需退回，请去掉“退回移送机关”。")
    at = await _moved_at(tx, row, body.moved_at)
    act = "given_back" if body.back_to_sender else "moved"
    state, holder = ("held", row["organ_id"]) if body.back_to_sender else (row["state"], tx.actor.organ_id)
    await custody.keep_entry(
        tx,
        act,
        body.why,
        exhibit=exhibit_id,
        from_keeper=row["keeper"],
        to_keeper=body.keeper,
        place=body.place,
        at=at,
    )
    await put_in_hands(tx, row, state, holder, body.keeper, body.place)
    after = {"state": state, "holder_organ_id": holder, "keeper": body.keeper, "place": body.place}
    changes = differences({name: row[name] for name in after}, after)
    await record(tx, f"exhibit.{act}", ("exhibit", exhibit_id), case_id=row["case_id"], changes=changes)
    return await exhibit(tx, exhibit_id)


async def photograph(tx: Acting, exhibit_id: UUID, file_id: UUID) -> Exhibit:
    """Say that an image among the case's files shows the exhibit. Raises NotFound, NotAllowed, Invalid."""
    row = await held(tx, exhibit_id, (*ENTERED_BY, *KEPT_BY))
    await check_photographs(tx, row["case_id"], [file_id], "file_id")
    added = await tx.execute(
        """INSERT INTO exhibit_photographs (exhibit_id, file_id, added_by, added_at)
            VALUES (%(exhibit)s, %(file)s, %(officer)s, %(now)s) ON CONFLICT DO NOTHING""",
        exhibit=exhibit_id,
        file=file_id,
        officer=tx.actor.officer_id,
        now=tx.now,
    )
    if added.rowcount:
        changes = {"photograph": (None, str(file_id))}
        await record(
            tx, "exhibit.photographed", ("exhibit", exhibit_id), case_id=row["case_id"], changes=changes
        )
    return await exhibit(tx, exhibit_id)


async def check_photographs(tx: Acting, case_id: UUID, files: Sequence[UUID], field: str) -> None:
    """Each is an image among the case's files, and in use. Raises Invalid."""
    rows = await tx.rows(
        """SELECT id FROM files WHERE id = ANY (%(files)s) AND case_id = %(case)s AND removed_at IS NULL
            AND media_type LIKE 'image/%%'""",
        files=list(files),
        case=case_id,
    )
    if {row["id"] for row in rows} != set(files):
        raise invalid(
            field, "not_a_photograph", "不是本案文件中的图片，请先把照片上传到本案，再填写其文件编号。"
        )


async def held(tx: Acting, exhibit_id: UUID, roles: Sequence[str]) -> Row:
    """The exhibit, locked, where the acting organ has it in its hands.

    Raises NotFound, NotAllowed, and Conflict where it is on its way or disposed of.
    """
    row = await exhibit_row(tx, exhibit_id)
    if row["holder_organ_id"] != tx.actor.organ_id or not tx.actor.is_a(*roles):
        raise NotAllowed("exhibit_not_yours", "该物品不由您的机关或者岗位保管，请转告保管机关的承办人。")
    await tx.execute("SELECT 1 FROM exhibits WHERE id = %(id)s FOR UPDATE", id=exhibit_id)
    row = await exhibit_row(tx, exhibit_id)
    if row["state"] in ("handed_over", "disposed"):
        raise _out_of_hands(row)
    return row


async def put_in_hands(tx: Acting, row: Row, state: str, holder: int, keeper: str, place: str) -> None:
    """Change who has the exhibit, and where."""
    await tx.execute(
        """UPDATE exhibits SET state = %(state)s, holder_organ_id = %(holder)s, keeper = %(keeper)s,
            place = %(place)s, revision = revision + 1, updated_at = %(now)s WHERE id = %(id)s""",
        id=row["id"],
        state=state,
        holder=holder,
        keeper=keeper,
        place=place,
        now=tx.now,
    )


def _out_of_hands(row: Row) -> Conflict:
    if row["state"] == "disposed":
        return Conflict("exhibit_disposed", "该物品已处置完毕，不能再办理；请核对处置记录。")
    return Conflict("exhibit_on_its_way", "该物品已移交、公安机关尚未接收，请待接收以后办理。")


async def _check(tx: Acting, case_id: UUID, entry: ExhibitEntry, row: Row | None) -> None:
    measure, valuation = exhibit_law().measure(entry.measure), exhibit_law().valuation(entry.valuation)
    if measure and measure.paper and entry.seizure_paper is None:
        raise invalid(
            "seizure_paper", "seizure_paper_missing", f"“{measure.name}”应当填写决定书或者清单的文书号。"
        )
    if valuation and valuation.id == "not_valued" and entry.value is not None:
        raise invalid("valuation", "valuation_missing", "已填写价值的，请选择计价依据。")
    if valuation and valuation.id != "not_valued" and entry.value is None:
        raise invalid(
            "value",
            "value_missing",
            f"按“{valuation.name}”计价的，请填写价值（元）；尚未计价的选“尚未计价”。",
        )
    if valuation and valuation.paper and entry.valuation_paper is None:
        raise invalid(
            "valuation_paper", "valuation_paper_missing", f"“{valuation.name}”应当填写出具的文书号或者出处。"
        )
    if row is not None and entry.quantity < row["quantity"] - row["remaining"]:
        raise invalid("quantity", "quantity_below_disposed", "数量少于已经处置的数量，请核对处置记录。")
    if entry.sample_of is not None:
        await _check_sample(tx, case_id, entry.sample_of, row)


async def _check_sample(tx: Acting, case_id: UUID, source: UUID, row: Row | None) -> None:
    found = await tx.row(
        "SELECT sample_of FROM exhibits WHERE id = %(id)s AND case_id = %(case)s", id=source, case=case_id
    )
    if found is None or found["sample_of"] is not None or (row is not None and row["id"] == source):
        raise invalid("sample_of", "sample_of_unknown", "样品应当取自本案另一件登记的物品，请从清单中选择。")


async def _moved_at(tx: Acting, row: Row, given: datetime | None) -> datetime:
    """When the change happened: not in the future, not before the last link. Raises Invalid."""
    if given is None:
        return tx.now
    at = (given if given.tzinfo else given.replace(tzinfo=SHANGHAI)).astimezone(UTC)
    if at > tx.now:
        raise invalid("moved_at", "date_in_future", "变动时间晚于现在，请核对。")
    latest = await _latest_link(tx, row)
    if at < latest:
        said = f"{latest.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
        raise invalid("moved_at", "before_last_move", f"变动时间早于上一次保管变动（{said}），请核对。")
    return at


async def _latest_link(tx: Acting, row: Row) -> Any:
    """The day of seizure until the first move: a move may be entered later than it happened."""
    latest = await tx.value(
        "SELECT max(at) FROM custody WHERE exhibit_id = %(id)s AND action <> 'registered'", id=row["id"]
    )
    seized = datetime(row["seized_on"].year, row["seized_on"].month, row["seized_on"].day, tzinfo=SHANGHAI)
    return latest or seized
