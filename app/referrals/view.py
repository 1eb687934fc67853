"""A referral as the signed-in officer sees it: its steps, clocks, and the buttons."""

from __future__ import annotations

from uuid import UUID

from app.clocks.queries import clocks_of
from app.database.transaction import Acting, Row
from app.law.procedure_table import Action, Procedure
from app.referrals.models import KINDS, Opening, PresentReferral, Referral
from app.referrals.progress import progress_of
from app.referrals.service import openings, proposed_organ
from app.referrals.standing import COLUMNS, standing
from app.transfers.models import AvailableAction, OpenMatter, OrganName, Step
from app.transfers.situation import Standing
from app.transfers.view import form_of, proposal_of

_PLAIN = (
    "id", "number", "kind", "party_name", "state", "case_id", "revision", "opened_at", "sent_at", "closed_at",
)  # fmt: skip


async def referral(tx: Acting, referral_id: UUID) -> Referral:
    """The referral. Raises NotFound where the actor may not see it."""
    at = await standing(tx, referral_id)
    row, table = at.row, at.table
    state = table.state(row["state"])
    steps = await _steps(tx, referral_id, table)
    names = await _names(tx, row)
    return Referral(
        **{field: row[field] for field in _PLAIN},
        kind_name=KINDS[row["kind"]],
        state_name=state.name,
        progress=(await progress_of(tx, [row]))[referral_id],
        holder=names.get(COLUMNS.get(state.holder or "", "")),
        sender=names["from_organ_id"],
        enforcement=names["enforcement_organ_id"],
        police=names.get("police_organ_id"),
        procuratorate=names.get("procuratorate_organ_id"),
        case_number=await tx.value("SELECT number FROM cases WHERE id = %(id)s", id=row["case_id"]),
        proposal=proposal_of(table, row, steps),
        matters=[OpenMatter(id=one, name=table.matters[one], party=None) for one in row["matters"]],
        steps=steps,
        clocks=await clocks_of(tx, "referral", referral_id),
        record={step.action: step.inputs for step in steps if step.inputs},
        available_actions=await available_actions(tx, at),
    )


async def present(tx: Acting, referral_id: UUID) -> PresentReferral:
    """What a conflict tells: where the referral stands now."""
    at = await standing(tx, referral_id)
    state = at.table.state(at.row["state"])
    return PresentReferral(
        state=state.id,
        state_name=state.name,
        revision=at.row["revision"],
        available_actions=await available_actions(tx, at),
    )


async def available_actions(tx: Acting, at: Standing) -> list[AvailableAction]:
    """What the officer may do now, with the form of each."""
    return [await _form(tx, action, at.row) for action in at.available]


async def opening_forms(tx: Acting) -> list[Opening]:
    """What the officer may open, with the form of each."""
    return [
        Opening(kind=kind, kind_name=KINDS[kind], action=await _form(tx, action, None))
        for kind, action in openings(tx)
    ]


async def _form(tx: Acting, action: Action, row: Row | None) -> AvailableAction:
    organs = {
        one.name: await proposed_organ(tx, action, one.organ_kind, row) if one.type == "organ" else None
        for one in action.inputs
    }
    return form_of(action, organs)


async def _steps(tx: Acting, referral_id: UUID, table: Procedure) -> list[Step]:
    rows = await tx.rows(
        """SELECT id, action, from_state, to_state, organ_name AS organ, officer_name AS officer, inputs,
              occurred_at, at FROM referral_steps WHERE referral_id = %(id)s ORDER BY id""",
        id=referral_id,
    )
    return [Step(**row, label=table.action(row["action"]).label) for row in rows]


async def _names(tx: Acting, row: Row) -> dict[str, OrganName]:
    columns = ("from_organ_id", *COLUMNS.values())
    found = await tx.rows(
        "SELECT id, name FROM organs WHERE id = ANY (%(ids)s)",
        ids=[row[column] for column in columns if row[column] is not None],
    )
    by_id = {one["id"]: OrganName(**one) for one in found}
    return {column: by_id[row[column]] for column in columns if row[column] in by_id}
