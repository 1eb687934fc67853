"""Reading cases: one, lists, findings, history, other cases of the same parties."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.audit.actions import ACTIONS
from app.cases.models import AccumulatedCase, HistoryEvent, StoredFinding
from app.database.transaction import Acting, Database, Row
from app.errors import not_found
from app.http.pages import Paging


async def read_case(db: Database, officer_id: int, case_id: UUID) -> str:
    """One case as JSON text. Raises NotFound."""
    text: str | None = await db.hot(
        "SELECT read_case(%(officer)s, %(case)s)::text", {"officer": officer_id, "case": case_id}
    )
    if text is None:
        raise not_found("案件")
    return text


async def case_text(tx: Acting, case_id: UUID) -> str:
    """One case as JSON text, within a transaction. Raises NotFound."""
    text: str | None = await tx.value("SELECT case_json(%(case)s)::text", case=case_id)
    if text is None:
        raise not_found("案件")
    return text


async def read_cases(db: Database, officer_id: int, asked: Mapping[str, Any], page: Paging) -> str:
    """A page of the list as JSON text; `asked` holds the filters of the SQL function page_ids by name."""
    text: str = await db.hot(
        "SELECT read_cases(%(officer)s, %(asked)s, %(after)s, %(most)s)::text",
        {"officer": officer_id, "asked": dict(asked), "after": page.after_id, "most": page.size},
    )
    return text


async def findings(tx: Acting, case_id: UUID, page: Paging) -> tuple[list[StoredFinding], str | None]:
    """What screening said of a case over time, newest first. Raises NotFound."""
    await _must_see(tx, case_id)
    rows, cursor = page.cut(
        await tx.rows(
            """SELECT id, screened_at, screened_for, law_version, act_end_date, decided_on, facts, conclusion,
                result FROM findings
                WHERE case_id = %(case)s AND (%(after)s::uuid IS NULL OR id < %(after)s)
                ORDER BY id DESC LIMIT %(most)s""",
            case=case_id,
            after=page.after_id,
            most=page.size + 1,
        )
    )
    return [StoredFinding(**row) for row in rows], cursor


async def history(tx: Acting, case_id: UUID, page: Paging) -> tuple[list[HistoryEvent], str | None]:
    """The audit trail of a case, newest first; what changed where the actor may read it. Raises NotFound."""
    await _must_see(tx, case_id)
    rows, cursor = page.cut(
        await tx.rows(
            """SELECT e.id, e.at, e.action, e.organ_name, e.officer_name, e.roles, e.subject_kind,
                e.subject_id, coalesce(x.changes, '{}') AS changes
              FROM audit_events e LEFT JOIN audit_changes x ON x.event_id = e.id
              WHERE e.case_id = %(case)s AND (%(after)s::uuid IS NULL OR e.id < %(after)s)
              ORDER BY e.id DESC LIMIT %(most)s""",
            case=case_id,
            after=page.after_id,
            most=page.size + 1,
        )
    )
    return [HistoryEvent(**row, action_name=ACTIONS[row["action"]]) for row in rows], cursor


async def accumulation(tx: Acting, case_id: UUID) -> list[AccumulatedCase]:
    """Other cases of the same parties (by USCC or ID number), whichever organ has them. Raises NotFound."""
    await _must_see(tx, case_id)
    rows = await tx.rows(
        """SELECT *, decided_on IS NULL AS untreated FROM accumulated_cases(%(case)s)
            ORDER BY by_name, decided_on DESC NULLS LAST""",
        case=case_id,
    )
    return [AccumulatedCase(**row) for row in rows]


async def _must_see(tx: Acting, case_id: UUID) -> Row:
    row = await tx.row("SELECT id FROM cases WHERE id = %(case)s", case=case_id)
    if row is None:
        raise not_found("案件")
    return row
