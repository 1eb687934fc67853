"""Lists of transfers. Row security decides what is seen; a query names the predicate that fits the actor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, LiteralString

from app.database.transaction import Acting, Row
from app.errors import invalid
from app.http.pages import Page, Paging
from app.law.procedure_table import transfer_procedure
from app.transfers.models import TransferOnList
from app.transfers.progress import Progress, progress
from app.transfers.view import charge_name

Role = Literal["sender", "police", "procuratorate", "court"]


@dataclass(frozen=True)
class Filters:
    """What a list is narrowed to.

    `turn`: only transfers on which the acting organ has to act next; `elsewhere`: only open ones on which
    others have to.
    """

    state: str | None = None
    role: Role | None = None
    turn: bool = False
    overdue: bool = False
    open_only: bool = False
    passed_on: bool = False
    elsewhere: bool = False


_ROLE: dict[Role, LiteralString] = {
    "sender": "t.organ_id = %(organ)s",
    "police": "t.police_organ_id = %(organ)s",
    "procuratorate": "t.procuratorate_organ_id = %(organ)s",
    "court": "t.court_organ_id = %(organ)s",
}
_AREA: dict[str, LiteralString] = {
    "county": "t.county = %(region)s",
    "city": "t.city = %(region)s",
    "province": "t.province = %(region)s",
    "nation": "true",
}
_POLICE_AREA: dict[str, LiteralString] = {
    "county": "t.police_organ_id = %(organ)s",
    "city": "t.police_city = %(region)s",
    "province": "t.police_province = %(region)s",
    "nation": "t.police_organ_id IS NOT NULL",
}
_OVERDUE: LiteralString = """EXISTS (SELECT 1 FROM clocks k
    WHERE k.transfer_id = t.id AND k.stopped_at IS NULL AND k.due_at < %(now)s)"""


async def transfers(tx: Acting, page: Paging, filters: Filters) -> Page[TransferOnList]:
    """A page of transfers, the newest first. Raises Invalid for an unknown state."""
    if filters.state is not None and filters.state not in {s.id for s in transfer_procedure().states}:
        raise invalid("state", "state_unknown", "没有这个移送状态，请从状态列表中选择。")
    conditions = " AND ".join(_conditions(tx, page, filters))
    query: LiteralString = f"""
        SELECT t.id, t.number, t.case_id, c.number AS case_number, c.cause, t.charge, t.state,
            t.proposal, t.matters, t.opened_at, t.sent_at, t.closed_at,
            t.organ_id, t.police_organ_id, t.procuratorate_organ_id, t.court_organ_id,
            s.name AS sender, p.name AS police,
            (SELECT q.name FROM parties q WHERE q.case_id = t.case_id ORDER BY q.position LIMIT 1)
              AS party_name,
            (SELECT min(k.due_at) FROM clocks k WHERE k.transfer_id = t.id AND k.stopped_at IS NULL) AS due_at
          FROM transfers t JOIN cases c ON c.id = t.case_id JOIN organs s ON s.id = t.organ_id
            LEFT JOIN organs p ON p.id = t.police_organ_id
          WHERE {conditions} ORDER BY t.id DESC LIMIT %(limit)s"""
    rows = await tx.rows(
        query,
        organ=tx.actor.organ_id,
        region=tx.actor.region,
        line=tx.actor.line,
        state=filters.state,
        states=_held_by(tx),
        after=page.after_id,
        now=tx.now,
        limit=page.size + 1,
    )
    kept, cursor = page.cut(rows)
    lines = await progress(tx, kept)
    return Page(items=[_on_list(tx, row, lines[row["id"]]) for row in kept], next_cursor=cursor)


def _conditions(tx: Acting, page: Paging, filters: Filters) -> list[LiteralString]:
    chosen: list[LiteralString] = [_ROLE[filters.role] if filters.role else _fitting(tx, filters)]
    if page.after_id:
        chosen.append("t.id < %(after)s")
    if filters.state:
        chosen.append("t.state = %(state)s")
    if filters.turn:
        chosen.append("t.state = ANY (%(states)s)")
    if filters.elsewhere:
        chosen.append("t.state <> ALL (%(states)s)")
    if filters.open_only or filters.elsewhere:
        chosen.append("t.closed_at IS NULL")
    if filters.overdue:
        chosen.append(_OVERDUE)
    return chosen


def _fitting(tx: Acting, filters: Filters) -> LiteralString:
    actor = tx.actor
    own = filters.turn or filters.elsewhere
    if filters.passed_on and actor.kind == "police":
        # The index on grants carries this; police_past alone has none that row security lets be used.
        return """t.police_organ_id <> %(organ)s
            AND t.case_id IN (SELECT g.case_id FROM case_grants g WHERE g.organ_id = %(organ)s)"""
    if actor.kind == "police":
        return _ROLE["police"] if own else _POLICE_AREA[actor.level]
    if actor.kind == "court":
        return _ROLE["court"]
    if actor.kind == "enforcement":
        if own or actor.level == "county":
            return _ROLE["sender"]
        if actor.level == "nation":
            return "t.line = %(line)s"
        return f"t.line = %(line)s AND {_AREA[actor.level]}"
    if own and actor.kind == "procuratorate":
        return _ROLE["procuratorate"]
    return _AREA[actor.level]


def _held_by(tx: Acting) -> list[str]:
    """The states in which the acting organ's party has to act next."""
    party = "sender" if tx.actor.kind == "enforcement" else tx.actor.kind
    return [state.id for state in transfer_procedure().states if state.holder == party]


def _on_list(tx: Acting, row: Row, line: Progress) -> TransferOnList:
    state = transfer_procedure().state(row["state"])
    seen = tx.actor.kind in ("police", "procuratorate")
    return TransferOnList(
        **row,
        progress=line,
        proposal_waits=row["proposal"] is not None and seen,
        charge_name=charge_name(row["charge"]),
        state_name=state.name,
        holder=state.holder,
        overdue=row["due_at"] is not None and row["due_at"] < tx.now,
    )
