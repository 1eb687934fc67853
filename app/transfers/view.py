"""A transfer as the signed-in officer sees it: its steps, clocks, and the buttons."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from app.clocks.queries import clocks_of
from app.database.transaction import Acting, Row
from app.evidence.checklist import lacking
from app.law.clocks import cite
from app.law.documents import documents
from app.law.procedure_table import Action, Procedure, transfer_procedure
from app.law.statutes import law
from app.transfers.beside import beside
from app.transfers.models import (
    ActionInput,
    AvailableAction,
    EvidenceGap,
    OrganName,
    PresentState,
    Proposal,
    Step,
    Transfer,
)
from app.transfers.progress import progress
from app.transfers.service import default_organ
from app.transfers.situation import Standing, standing


async def transfer(tx: Acting, transfer_id: UUID) -> Transfer:
    """The transfer. Raises NotFound where the actor may not see it."""
    at = await standing(tx, transfer_id)
    row = at.row
    state = transfer_procedure().state(row["state"])
    case = await tx.row("SELECT number, cause FROM cases WHERE id = %(id)s", id=row["case_id"])
    steps = await _steps(tx, transfer_id)
    names = await _organ_names(tx, at)
    return Transfer(
        **{field: row[field] for field in _PLAIN},
        case_number=case["number"] if case else "",
        cause=case["cause"] if case else "",
        charge_name=charge_name(row["charge"]),
        state_name=state.name,
        progress=(await progress(tx, [row]))[transfer_id],
        holder=names.get(state.holder or ""),
        sender=names["sender"],
        police=names.get("police"),
        procuratorate=names.get("procuratorate"),
        court=names.get("court"),
        proposal=proposal_of(at.table, row, steps),
        steps=steps,
        clocks=await clocks_of(tx, "transfer", transfer_id),
        record={step.action: step.inputs for step in steps if step.inputs},
        available_actions=await available_actions(tx, at),
        warnings=await warnings(tx, at),
        **await beside(tx, at, steps),
    )


async def present_state(tx: Acting, transfer_id: UUID) -> PresentState:
    """What a conflict tells: where the transfer stands now."""
    at = await standing(tx, transfer_id)
    state = transfer_procedure().state(at.row["state"])
    return PresentState(
        state=state.id,
        state_name=state.name,
        revision=at.row["revision"],
        available_actions=await available_actions(tx, at),
    )


async def warnings(tx: Acting, at: Standing) -> list[EvidenceGap]:
    """What the checklist of the charge lacks, while the transfer can still be completed."""
    if at.row["sent_at"] is not None or at.row["closed_at"] is not None:
        return []
    return [
        EvidenceGap(code=lack.code, item=lack.item, detail=lack.detail)
        for lack in await lacking(tx, at.row["case_id"], at.row["charge"])
    ]


async def available_actions(tx: Acting, at: Standing) -> list[AvailableAction]:
    """What the officer may do now, with the form of each."""
    return [
        form_of(action, {one.name: await default_organ(tx, one.organ_kind) for one in action.inputs})
        for action in at.available
    ]


def charge_name(charge: str) -> str:
    """The charge's Chinese name."""
    known = law().charges.get(charge)
    return known.name if known else charge


def form_of(action: Action, defaults: Mapping[str, int | None]) -> AvailableAction:
    """An action with what it asks for; `defaults`: the organ that is proposed, by input."""
    inputs = [
        ActionInput(
            **field.model_dump(
                include={"name", "label", "type", "required", "min_items", "max", "organ_kind"}
            ),
            choices=dict(field.choices),
            default=defaults[field.name],
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


async def _steps(tx: Acting, transfer_id: UUID) -> list[Step]:
    rows = await tx.rows(
        """SELECT id, action, from_state, to_state, organ_name AS organ, officer_name AS officer, inputs,
            coalesce(occurred_at, at) AS occurred_at, at
            FROM transfer_steps WHERE transfer_id = %(id)s ORDER BY id""",
        id=transfer_id,
    )
    table = transfer_procedure()
    return [Step(**row, label=table.action(row["action"]).label) for row in rows]


async def _organ_names(tx: Acting, at: Standing) -> dict[str, OrganName]:
    rows = await tx.rows(
        "SELECT id, name FROM organs WHERE id = ANY (%(ids)s)",
        ids=[organ for organ in at.parties.values() if organ is not None],
    )
    by_id = {row["id"]: OrganName(**row) for row in rows}
    return {party: by_id[organ] for party, organ in at.parties.items() if organ in by_id}


def proposal_of(table: Procedure, row: Row, steps: list[Step]) -> Proposal | None:
    """The waiting proposal, for those who may see its step."""
    makers = {action.id for action in table.actions if action.makes and action.makes == row["proposal"]}
    for step in reversed(steps):
        if step.action in makers:
            label = table.proposals[row["proposal"]]
            return Proposal(
                kind=row["proposal"], label=label, by=step.officer, inputs=step.inputs, at=step.at
            )
    return None


_PLAIN: tuple[str, ...] = (
    "id",
    "number",
    "case_id",
    "charge",
    "state",
    "task_group",
    "revision",
    "opened_at",
    "sent_at",
    "closed_at",
)
