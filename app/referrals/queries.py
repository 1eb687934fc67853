"""Lists of referrals. Row security decides what is seen; a query names the predicate that fits the actor."""

from __future__ import annotations

from typing import LiteralString

from app.database.transaction import Acting, Row
from app.http.pages import Page, Paging
from app.referrals.models import KINDS, Box, Kind, ReferralOnList
from app.referrals.progress import progress_of
from app.referrals.standing import procedure
from app.transfers.progress import Progress

_PLACE: dict[str, LiteralString] = {
    "county": "r.county = %(region)s",
    "city": "r.city = %(region)s",
    "province": "r.province = %(region)s",
    "nation": "true",
}
_OVERDUE: LiteralString = """EXISTS (SELECT 1 FROM clocks k
    WHERE k.referral_id = r.id AND k.stopped_at IS NULL AND k.due_at < %(now)s)"""


async def referrals(tx: Acting, page: Paging, box: Box, kind: Kind | None = None) -> Page[ReferralOnList]:
    """A page of referrals, the newest first."""
    chosen = [_fitting(tx)]
    if page.after_id:
        chosen.append("r.id < %(after)s")
    if kind:
        chosen.append("r.kind = %(kind)s")
    if box == "turn":
        chosen.append("(r.kind, r.state) IN (SELECT * FROM unnest(%(kinds)s::text[], %(states)s::text[]))")
    elif box == "open":
        chosen.append("r.closed_at IS NULL")
    elif box == "overdue":
        chosen.append(_OVERDUE)
    conditions = " AND ".join(chosen)
    query: LiteralString = f"""
        SELECT r.id, r.number, r.kind, r.party_name, r.state, r.case_id, r.opened_at, r.sent_at, r.closed_at,
            r.proposal, r.matters, r.enforcement_organ_id, r.police_organ_id, r.procuratorate_organ_id,
            f.name AS sender, e.name AS enforcement, p.name AS police, j.name AS procuratorate,
            (SELECT min(k.due_at) FROM clocks k WHERE k.referral_id = r.id AND k.stopped_at IS NULL) AS due_at
          FROM referrals r JOIN organs f ON f.id = r.from_organ_id
            JOIN organs e ON e.id = r.enforcement_organ_id LEFT JOIN organs p ON p.id = r.police_organ_id
            LEFT JOIN organs j ON j.id = r.procuratorate_organ_id
          WHERE {conditions} ORDER BY r.id DESC LIMIT %(limit)s"""
    held = _held_by(tx)
    rows = await tx.rows(
        query,
        organ=tx.actor.organ_id,
        region=tx.actor.region,
        line=tx.actor.line,
        kind=kind,
        kinds=[one for one, _ in held],
        states=[state for _, state in held],
        after=page.after_id,
        now=tx.now,
        limit=page.size + 1,
    )
    kept, cursor = page.cut(rows)
    lines = await progress_of(tx, kept)
    return Page(items=[_on_list(tx, row, lines[row["id"]]) for row in kept], next_cursor=cursor)


def _fitting(tx: Acting) -> LiteralString:
    actor = tx.actor
    if actor.kind == "enforcement" and actor.level != "county":
        return f"r.line = %(line)s AND {_PLACE[actor.level]}"
    if actor.kind == "procuratorate" or (actor.kind == "police" and actor.level != "county"):
        return f"({_PLACE[actor.level]} OR r.from_organ_id = %(organ)s)"
    if actor.kind == "police":
        return "(r.police_organ_id = %(organ)s OR r.from_organ_id = %(organ)s)"
    return "(r.enforcement_organ_id = %(organ)s OR %(organ)s = ANY (r.past_organs))"


def _held_by(tx: Acting) -> list[tuple[Kind, str]]:
    """The states in which the acting organ's party has to act next."""
    party = "organ" if tx.actor.kind == "enforcement" else tx.actor.kind
    return [(kind, state.id) for kind in KINDS for state in procedure(kind).states if state.holder == party]


def _on_list(tx: Acting, row: Row, line: Progress) -> ReferralOnList:
    state = procedure(row["kind"]).state(row["state"])
    names = {"organ": row["enforcement"], "police": row["police"], "procuratorate": row["procuratorate"]}
    return ReferralOnList(
        **row,
        kind_name=KINDS[row["kind"]],
        state_name=state.name,
        progress=line,
        holder=names.get(state.holder or ""),
        overdue=row["due_at"] is not None and row["due_at"] < tx.now,
    )
