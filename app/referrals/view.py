"""A referral as the signed-in officer sees it: its steps, clocks, and the buttons."""

from __future__ import annotations

from uuid import UUID

from app.clocks.models import CLOCK_COLUMNS, RunningClock, running_clock
from app.database.transaction import Acting, Row
from app.law.clocks import cite
from app.law.documents import documents
from app.law.procedure_table import Action, Procedure
from app.referrals.models import KINDS, Opening, PresentReferral, Referral
from app.referrals.progress import progress_of
from app.referrals.service import openings, proposed_organ
from app.referrals.standing import COLUMNS, Standing, standing
from app.transfers.models import ActionInput, AvailableAction, OpenMatter, OrganName, Proposal, Step

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
        proposal=_proposal(table, row, steps),
        matters=[OpenMatter(id=one, name=table.matters[one], party=None) for one in row["matters"]],
        steps=steps,
        clocks=await _clocks(tx, referral_id),
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
    return [await _available(tx, action, at.row) for action in at.available]


async def opening_forms(tx: Acting) -> list[Opening]:
    """What the officer may open, with the form of each."""
    return [
        Opening(kind=kind, kind_name=KINDS[kind], action=await _available(tx, action, None))
        for kind, action in openings(tx)
    ]


async def _available(tx: Acting, action: Action, row: Row | None) -> AvailableAction:
    inputs = [
        ActionInput(
            **field.model_dump(
                include={"name", "label", "type", "required", "min_items", "max", "organ_kind"}
            ),
            choices=dict(field.choices),
            default=await proposed_organ(tx, action, field.organ_kind, row)
            if field.type == "organ"
            else None,
        )
        for field in action.inputs
    ]
    return AvailableAction(
        id=action.id,
        label=action.label,
        to=action.to,
        inputs=inputs,
        documents=[documents()[name].name for name in action.documents],
        basis=[cite(basis) for basis in action.basis],
    )


async def _steps(tx: Acting, referral_id: UUID, table: Procedure) -> list[Step]:
    rows = await tx.rows(
        """SELECT id, action, from_state, to_state, organ_name AS organ, officer_name AS officer, inputs,
              occurred_at, at FROM referral_steps WHERE referral_id = %(id)s ORDER BY id""",
        id=referral_id,
    )
    return [Step(**row, label=table.action(row["action"]).label) for row in rows]


async def _clocks(tx: Acting, referral_id: UUID) -> list[RunningClock]:
    rows = await tx.rows(
        f"""SELECT {CLOCK_COLUMNS} FROM clocks k JOIN organs h ON h.id = k.holder_organ_id
            WHERE k.referral_id = %(id)s ORDER BY k.stopped_at IS NOT NULL, k.due_at, k.id""",
        id=referral_id,
    )
    return [running_clock(row, tx.now) for row in rows]


async def _names(tx: Acting, row: Row) -> dict[str, OrganName]:
    columns = ("from_organ_id", *COLUMNS.values())
    found = await tx.rows(
        "SELECT id, name FROM organs WHERE id = ANY (%(ids)s)",
        ids=[row[column] for column in columns if row[column] is not None],
    )
    by_id = {one["id"]: OrganName(**one) for one in found}
    return {column: by_id[row[column]] for column in columns if row[column] in by_id}


def _proposal(table: Procedure, row: Row, steps: list[Step]) -> Proposal | None:
    """The waiting proposal, for those who may see its step."""
    makers = {action.id for action in table.actions if action.makes and action.makes == row["proposal"]}
    for step in reversed(steps):
        if step.action in makers:
            return Proposal(
                kind=row["proposal"],
                label=table.proposals[row["proposal"]],
                by=step.officer,
                inputs=step.inputs,
                at=step.at,
            )
    return None
