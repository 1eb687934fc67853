"""What a transfer's page shows beside its state: matters, papers, goods, penalties, limitation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from app.database.transaction import Acting
from app.evidence.handover import handover_list
from app.law.clocks import cite
from app.law.penalties import effect_name, penalties, penalties_in
from app.law.procedure_table import transfer_procedure
from app.transfers.holds import limitation_of
from app.transfers.models import (
    FineOffset,
    LimitationShown,
    OpenMatter,
    PaperToFollow,
    PenaltyEffect,
    Step,
)
from app.transfers.situation import Standing

_DELIVERING = "deliver_papers"


async def beside(tx: Acting, at: Standing, steps: Sequence[Step]) -> Mapping[str, Any]:
    """The fields of `Transfer` that are not its state, steps and clocks."""
    case = await tx.row("SELECT penalties, fine_amount FROM cases WHERE id = %(id)s", id=at.row["case_id"])
    given = (case["penalties"], case["fine_amount"]) if case else ([], None)
    record = {step.action: step.inputs for step in steps}
    return {
        "evidence_override": _override(record) if "evidence_override" in at.situation.matters else None,
        "matters": _matters(at),
        "papers_to_follow": await _papers(tx, at, steps),
        "handover": []
        if tx.actor.kind in ("coordinating", "supervising")
        else await handover_list(tx, at.id),
        "penalties": _penalties(at, *given),
        "fine_offset": _offset(record, given[1]),
        "limitation": await _limitation(tx, at),
    }


def _override(record: Mapping[str, Mapping[str, Any]]) -> str | None:
    own = record.get("override_evidence", {}).get("reason")
    found: str | None = own or record.get("approve", {}).get("override_reason")
    return found


def _matters(at: Standing) -> list[OpenMatter]:
    table = transfer_procedure()
    found = []
    for name in sorted(at.situation.matters):
        matter, _, party = name.partition(":")
        found.append(OpenMatter(id=matter, name=table.matters[matter], party=table.parties.get(party)))
    return found


async def _papers(tx: Acting, at: Standing, steps: Sequence[Step]) -> list[PaperToFollow]:
    delivery = transfer_procedure().action(_DELIVERING).delivers
    if delivery is None or delivery.of not in at.situation.done:
        return []
    due = await tx.value(
        """SELECT due_at FROM clocks WHERE transfer_id = %(id)s AND clock = 'papers_to_follow'
            ORDER BY started_at DESC LIMIT 1""",
        id=at.id,
    )
    papers: dict[str, PaperToFollow] = {}
    for step in steps:
        if step.action == delivery.of:
            listed = step.inputs[delivery.listed]
            papers = {name: PaperToFollow(name=name, due_at=due, delivered_at=None) for name in listed}
        elif step.action == _DELIVERING:
            for name in step.inputs[delivery.items]:
                papers[name] = papers[name].model_copy(update={"delivered_at": step.occurred_at})
    return list(papers.values())


def _penalties(at: Standing, wordings: Sequence[str], fine: Decimal | None) -> list[PenaltyEffect]:
    """Those given, and, while the criminal side is not over, those that have to wait or need a law."""
    given = penalties_in([*wordings, "罚款"] if fine else wordings)
    criminal = transfer_procedure().state(at.row["state"]).criminal
    waiting = [one for one in penalties() if criminal and one not in given and one.new != "unsettled"]
    return [
        PenaltyEffect(
            name=one.name,
            given=one in given,
            effect=effect,
            effect_name=effect_name(effect),
            basis=[cite(basis) for basis in one.basis],
        )
        for one, effect in [*((one, one.given) for one in given), *((one, one.new) for one in waiting)]
    ]


def _offset(record: Mapping[str, Mapping[str, Any]], fine: Decimal | None) -> FineOffset | None:
    judgment = record.get("record_judgment")
    if judgment is None:
        return None
    criminal_fine = judgment.get("criminal_fine")
    return FineOffset(
        fine=str(fine) if fine is not None else None,
        criminal_fine=criminal_fine,
        at_most=str(min(fine, Decimal(criminal_fine))) if fine is not None and criminal_fine else None,
        recorded=record.get("close_after_judgment", {}).get("fine_offset"),
        detention_days=judgment.get("detention_days"),
    )


async def _limitation(tx: Acting, at: Standing) -> LimitationShown | None:
    """Shown where the organ may take the administrative case up again, and once it has."""
    holding = [action for action in transfer_procedure().actions if "limitation" in action.holds]
    if at.row["state"] not in {*(state for action in holding for state in (*action.sources, action.to))}:
        return None
    found = await limitation_of(tx, at.row)
    if found is None:
        return None
    return LimitationShown(
        act_end=found.act_end,
        discovered=found.discovered,
        limit=found.limit,
        long_limit=found.long_limit,
        outcome=found.outcome,
        detail=found.detail,
    )
