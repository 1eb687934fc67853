"""Finding: which rows fit is search_ids' to say; the rows themselves are read under the policies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, LiteralString
from uuid import UUID

from app.cases.models import CONCLUSIONS
from app.database.sealed import Seal
from app.database.transaction import Acting, Row
from app.errors import NotAllowed
from app.http.pages import Paging
from app.law.procedure_table import clue_procedure, transfer_procedure
from app.law.statutes import law
from app.search.models import Filters, Hit, Kind
from app.search.words import asked, excerpt, split
from app.transfers.view import charge_name

_PARTIES: LiteralString = """coalesce((SELECT array_agg(p.name ORDER BY p.position) FROM parties p
    WHERE p.case_id = c.id), '{}') AS parties"""
_CASES: LiteralString = (
    """SELECT c.id, c.id AS case_id, c.number, o.name AS organ, c.cause, c.conclusion AS state,
        c.organ_number, c.decision_number, coalesce(c.decided_on, c.filed_on) AS on, d.summary, """
    + _PARTIES
    + """ FROM cases c JOIN organs o ON o.id = c.organ_id LEFT JOIN case_details d ON d.case_id = c.id
      WHERE c.id = ANY (%(ids)s)"""
)
_TRANSFERS: LiteralString = """SELECT t.id, t.case_id, t.number, o.name AS organ, t.charge, t.state,
    (t.opened_at AT TIME ZONE 'Asia/Shanghai')::date AS on,
    coalesce((SELECT array_agg(p.name ORDER BY p.position) FROM parties p
      WHERE p.case_id = t.case_id), '{}') AS parties
  FROM transfers t JOIN organs o ON o.id = t.organ_id WHERE t.id = ANY (%(ids)s)"""
_CLUES: LiteralString = """SELECT c.id, c.number, o.name AS organ, c.subject, c.state, c.party_name,
    (c.created_at AT TIME ZONE 'Asia/Shanghai')::date AS on
  FROM clues c JOIN organs o ON o.id = c.from_organ_id WHERE c.id = ANY (%(ids)s)"""


async def hits(tx: Acting, seal: Seal, filters: Filters, page: Paging) -> tuple[list[Hit], str | None]:
    """One page of what fits, the newest first, and the next cursor. Raises NotAllowed for administrators."""
    must_read_cases(tx)
    rows, cursor = page.cut(
        await tx.rows(
            "SELECT kind, id FROM search_ids(%(asked)s, %(after)s, %(most)s)",
            asked=_asked(filters, seal),
            after=page.after_id,
            most=page.size + 1,
        )
    )
    found = await _read(tx, rows, filters.kind, split(filters.q))
    return [found[row["id"]] for row in rows if row["id"] in found], cursor


def must_read_cases(tx: Acting) -> None:
    """An administrator reads no case and so searches none. Raises NotAllowed."""
    if tx.actor.kind == "administrator":
        raise NotAllowed("administrators_do_not_search", "管理员不查阅案件，不能检索；请由办案人员检索。")


def _asked(filters: Filters, seal: Seal) -> dict[str, Any]:
    narrowed = filters.model_dump(mode="json", exclude={"q", "limit", "cursor"}, exclude_none=True)
    return narrowed | {"words": asked(filters.q, seal)}


async def _read(tx: Acting, rows: Sequence[Row], kind: Kind | None, words: list[str]) -> dict[UUID, Hit]:
    found: dict[UUID, Hit] = {}
    for of, query, shown in (
        ("case", _CASES, _case),
        ("transfer", _TRANSFERS, _transfer),
        ("clue", _CLUES, _clue),
    ):
        ids = [row["id"] for row in rows if row["kind"] == of]
        if ids:
            read = await tx.rows(query, ids=ids)
            found |= {row["id"]: shown(row, words) for row in read}
    if kind == "party":
        return {id_: hit.model_copy(update={"kind": "party", "excerpt": None}) for id_, hit in found.items()}
    return found


def _case(row: Row, words: list[str]) -> Hit:
    cause = law().causes.get(row["cause"])
    state = row["state"]
    return Hit(
        kind="case",
        title=cause.name if cause else row["cause"],
        state_name=CONCLUSIONS[state],
        excerpt=excerpt(row["summary"], words),
        **{name: row[name] for name in _OF_CASE},
    )


_OF_CASE = ("id", "case_id", "number", "organ", "parties", "organ_number", "decision_number", "state", "on")


def _transfer(row: Row, _words: list[str]) -> Hit:
    return Hit(
        kind="transfer",
        title=charge_name(row["charge"]),
        state_name=transfer_procedure().state(row["state"]).name,
        **{name: row[name] for name in ("id", "case_id", "number", "organ", "parties", "state", "on")},
    )


def _clue(row: Row, _words: list[str]) -> Hit:
    return Hit(
        kind="clue",
        case_id=None,
        title=row["subject"],
        parties=[row["party_name"]] if row["party_name"] else [],
        state_name=clue_procedure().state(row["state"]).name,
        **{name: row[name] for name in ("id", "number", "organ", "state", "on")},
    )


async def organs_near(tx: Acting) -> list[Row]:
    """The enforcement organs of the actor's area, to choose one from: id and name."""
    return await tx.rows(
        """SELECT id, name FROM organs WHERE kind = 'enforcement' AND active
            AND in_my_area(county, city, province) ORDER BY region, name LIMIT 300"""
    )
