"""What the procuratorate, superiors and the supervising agency look at first.

Each query names the actor's area, so that an index carries it; the policies stand behind it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from app.clocks.models import CLOCK_COLUMNS
from app.database.transaction import Acting, Row
from app.errors import NotAllowed, invalid
from app.http.pages import Paging, encode_cursor
from app.law.procedure_table import transfer_procedure

SUPERVISORS = ("procuratorate", "supervising", "coordinating")
_AREAS: dict[str, LiteralString] = {
    "county": "{}.county = %(area)s",
    "city": "{}.city = %(area)s",
    "province": "{}.province = %(area)s",
    "nation": "true",
}
# A threshold is reached or an officer found reasonable suspicion, and no transfer has taken the case up.
_UNTRANSFERRED: LiteralString = "c.untransferred_since IS NOT NULL"
_SUSPECTED: LiteralString = "c.conclusion <> 'must_transfer'"
_CHARGES: LiteralString = "CASE WHEN " + _SUSPECTED + " THEN suspicion.charges ELSE c.charges END"
# The last clock of the case: stopped without a transfer, it was stopped by recorded reasons.
_REPORT: LiteralString = """LEFT JOIN LATERAL (
    SELECT k.due_at, k.stopped_at FROM clocks k WHERE k.case_id = c.id AND k.clock = 'report_transfer'
      ORDER BY k.started_at DESC LIMIT 1) AS report ON true"""
_EXPIRED: LiteralString = "coalesce(report.stopped_at IS NULL AND report.due_at < %(now)s, false)"
_PENALISED: LiteralString = "(c.decided_on IS NOT NULL AND cardinality(c.penalties) > 0)"


def in_area(tx: Acting, table: LiteralString) -> LiteralString:
    """The predicate of what the actor oversees. Raises NotAllowed for who oversees nothing.

    An enforcement organ oversees itself and, above county level, its line in its area.
    """
    actor = tx.actor
    area = _AREAS[actor.level].replace("{}", table)
    if actor.kind in SUPERVISORS:
        return area
    if actor.kind == "enforcement":
        own: LiteralString = table + ".organ_id = %(organ)s"
        return own if actor.level == "county" else area + " AND " + table + ".line = %(line)s"
    raise NotAllowed("not_a_supervisor", "该页面供检察机关、行政执法监督机构和上级执法机关使用。")


def place(tx: Acting) -> dict[str, Any]:
    """The parameters of `in_area`, and the present moment."""
    actor = tx.actor
    return {"area": actor.region, "organ": actor.organ_id, "line": actor.line, "now": tx.now}


async def untransferred(
    tx: Acting,
    page: Paging,
    *,
    organ_id: int | None,
    region: int | None,
    charge: str | None,
    unexplained: bool,
) -> list[Row]:
    """Cases that should have been transferred and were not, longest first; one row more than asked."""
    since, case_id = _place_in_list(page)
    query: LiteralString = (
        "SELECT c.id, c.number, c.organ_id, o.name AS organ, p.name AS party, c.cause, "
        + _CHARGES
        + " AS charges, c.amount_involved, c.fine_amount, c.confiscated_amount, c.penalties, c.decided_on,"
        " c.untransferred_since, "
        + _SUSPECTED
        + " AS suspected, report.due_at, c.not_transferred_reason, t.state AS transfer_state,"
        " asked.id AS open_request, "
        + _EXPIRED
        + " AS expired, ("
        + _EXPIRED
        + " AND "
        + _PENALISED
        + """) AS penalty_instead FROM cases c JOIN organs o ON o.id = c.organ_id
          LEFT JOIN parties p ON p.case_id = c.id AND p.position = 1
          LEFT JOIN transfers t ON t.case_id = c.id AND t.closed_at IS NULL
          LEFT JOIN LATERAL (SELECT r.id FROM supervision_requests r WHERE r.case_id = c.id
            AND r.closed_at IS NULL ORDER BY r.id DESC LIMIT 1) AS asked ON true
          LEFT JOIN LATERAL (SELECT coalesce(array_agg(f.charge ORDER BY f.id), '{}') AS charges
            FROM officer_findings f WHERE f.case_id = c.id AND f.kind = 'suspicion') AS suspicion
            ON c.suspected_at IS NOT NULL """
        + _REPORT
        + " WHERE "
        + _UNTRANSFERRED
        + " AND "
        + in_area(tx, "c")
        + """ AND (%(after)s::timestamptz IS NULL
            OR (c.untransferred_since, c.id) > (%(after)s, %(after_id)s::uuid))
          AND (%(of_organ)s::int IS NULL OR c.organ_id = %(of_organ)s)
          AND (%(region)s::int IS NULL OR %(region)s IN (c.county, c.city, c.province))
          AND (%(charge)s::text IS NULL OR %(charge)s = ANY ("""
        + _CHARGES
        + """))
          AND (NOT %(unexplained)s OR c.not_transferred_reason IS NULL)
          ORDER BY c.untransferred_since, c.id LIMIT %(most)s"""
    )
    return await tx.rows(
        query,
        place(tx),
        after=since,
        after_id=case_id,
        of_organ=organ_id,
        region=region,
        charge=charge,
        unexplained=unexplained,
        most=page.size + 1,
    )


def next_cursor(page: Paging, rows: list[Row]) -> str | None:
    """The cursor behind the page's last row, while there is more."""
    if len(rows) <= page.size:
        return None
    last = rows[page.size - 1]
    return encode_cursor(f"{last['untransferred_since'].isoformat()} {last['id']}")


def _place_in_list(page: Paging) -> tuple[datetime | None, UUID | None]:
    if page.after is None:
        return None, None
    try:
        since, case_id = page.after.split(" ")
        return datetime.fromisoformat(since), UUID(case_id)
    except ValueError as error:
        raise invalid("cursor", "bad_cursor", "翻页标记无效，请从第一页重新查询。") from error


def refusal_states() -> tuple[list[str], list[str]]:
    """The states in which the procuratorate may act on a refusal, and those of a review that may be late."""
    table = transfer_procedure()
    refused = dict.fromkeys(
        [*table.action("demand_refusal_reasons").sources, *table.action("accept_reasons").sources]
    )
    return list(refused), list(table.action("demand_delay_reasons").sources)


_REFUSED: LiteralString = """ FROM transfers t JOIN cases c ON c.id = t.case_id
      LEFT JOIN LATERAL (SELECT k.due_at FROM clocks k WHERE k.transfer_id = t.id AND k.clock = 'review'
        AND k.stopped_at IS NULL ORDER BY k.started_at DESC LIMIT 1) AS review ON true"""
_NEEDS: LiteralString = """ t.closed_at IS NULL AND (t.state = ANY (%(refused)s)
      OR (t.state = ANY (%(reviewing)s) AND review.due_at < %(now)s))"""


async def refusals(tx: Acting, page: Paging) -> list[Row]:
    """Transfers that were refused or are overdue at the police, newest first; one row more than asked."""
    refused, reviewing = refusal_states()
    query: LiteralString = (
        """SELECT t.id, t.number, t.case_id, c.number AS case_number, c.cause, t.charge, t.organ_id,
            o.name AS organ, t.police_organ_id, q.name AS police, t.state, t.updated_at,
            review.due_at AS review_due_at"""
        + _REFUSED
        + """ JOIN organs o ON o.id = t.organ_id JOIN organs q ON q.id = t.police_organ_id
          WHERE """
        + _NEEDS
        + " AND "
        + in_area(tx, "t")
        + " AND (%(after_id)s::uuid IS NULL OR t.id < %(after_id)s) ORDER BY t.id DESC LIMIT %(most)s"
    )
    return await tx.rows(
        query,
        place(tx),
        refused=refused,
        reviewing=reviewing,
        after_id=page.after_id,
        most=page.size + 1,
    )


async def summary(tx: Acting) -> Row:
    """The figures of the actor's area."""
    refused, reviewing = refusal_states()
    cases: LiteralString = (
        "SELECT count(*) AS untransferred, count(*) FILTER (WHERE "
        + _SUSPECTED
        + ") AS suspected, count(*) FILTER (WHERE "
        + _EXPIRED
        + ") AS expired, count(*) FILTER (WHERE "
        + _EXPIRED
        + " AND "
        + _PENALISED
        + ") AS penalty_instead FROM cases c "
        + _REPORT
        + " WHERE "
        + _UNTRANSFERRED
        + " AND "
        + in_area(tx, "c")
    )
    late: LiteralString = (
        "SELECT count(*) FROM clocks k WHERE k.stopped_at IS NULL AND k.due_at < %(now)s"
        " AND k.clue_id IS NULL AND " + in_area(tx, "k")
    )
    turned_down: LiteralString = (
        "SELECT count(*) " + _REFUSED + " WHERE " + _NEEDS + " AND " + in_area(tx, "t")
    )
    asked: LiteralString = """SELECT count(*) FILTER (WHERE state = 'issued') AS awaiting_answer,
            count(*) FILTER (WHERE state = 'answered') AS answered FROM supervision_requests s
          WHERE s.closed_at IS NULL AND (s.from_organ_id = %(organ)s OR s.to_organ_id = %(organ)s)"""
    values = {**place(tx), "refused": refused, "reviewing": reviewing}
    counted = await tx.row(cases, values) or {}
    requests = await tx.row(asked, values) or {}
    return {
        **counted,
        **requests,
        "expired_clocks": await tx.value(late, values),
        "refusals": await tx.value(turned_down, values),
    }


_REQUEST: LiteralString = """SELECT s.*, a.name AS sender, b.name AS addressee, c.number AS case_number,
        running.due_at, coalesce(running.due_at < %(now)s, false) AS overdue
      FROM supervision_requests s JOIN organs a ON a.id = s.from_organ_id
        JOIN organs b ON b.id = s.to_organ_id LEFT JOIN cases c ON c.id = s.case_id
        LEFT JOIN LATERAL (SELECT k.due_at FROM clocks k
          WHERE k.supervision_id = s.id AND k.stopped_at IS NULL LIMIT 1) AS running ON true"""


async def request_row(tx: Acting, request_id: UUID) -> Row | None:
    """One request, if the actor may see it."""
    query: LiteralString = _REQUEST + " WHERE s.id = %(id)s"
    return await tx.row(query, id=request_id, now=tx.now)


async def requests(
    tx: Acting, page: Paging, *, box: str, state: str | None, case_id: UUID | None
) -> list[Row]:
    """Requests received, sent, of the area, newest first, or all of one case; one row more than asked."""
    where: LiteralString = "s.case_id = %(case_id)s"
    if case_id is None:
        boxes: dict[str, LiteralString] = {
            "received": "s.to_organ_id = %(organ)s",
            "sent": "s.from_organ_id = %(organ)s",
        }
        where = boxes.get(box) or _AREAS[tx.actor.level].replace("{}", "s")
    query: LiteralString = (
        _REQUEST
        + " WHERE "
        + where
        + """ AND (%(after_id)s::uuid IS NULL OR s.id < %(after_id)s)
          AND (%(state)s::text IS NULL OR s.state = %(state)s) ORDER BY s.id DESC LIMIT %(most)s"""
    )
    return await tx.rows(
        query, place(tx), case_id=case_id, after_id=page.after_id, state=state, most=page.size + 1
    )


async def clocks(tx: Acting, request_id: UUID) -> list[Row]:
    """The clocks of one request."""
    query: LiteralString = (
        "SELECT " + CLOCK_COLUMNS + " FROM clocks k JOIN organs h ON h.id = k.holder_organ_id"
        " WHERE k.supervision_id = %(id)s ORDER BY k.started_at, k.id"
    )
    return await tx.rows(query, id=request_id)
