"""A transfer as its panel shows it: progress, steps with what they recorded, and the buttons."""

from __future__ import annotations

from dataclasses import dataclass

from app.law.procedure_table import transfer_procedure
from app.transfers.models import AvailableAction, Step, Transfer
from app.web.action_form import Choices, recorded
from app.web.progress import Stop, progress

# Acts that end or refuse something are shown apart from the way forward.
_BESIDE = frozenset(
    {
        "urgent_send",
        "propose_passing_on",
        "override_evidence",
        "deliver_papers",
        "consult_procuratorate",
        "consult_police",
        "end_consultation",
        "consult_by_police",
        "ask_police_involvement",
        "ask_early_involvement",
        "grant_early_involvement",
        "decline_early_involvement",
        "offer_early_involvement",
        "record_advice",
        "end_early_involvement",
        "return_for_investigation",
        "change_procuratorate",
        "withdraw_prosecution",
        "prosecute_after_all",
        "change_jurisdiction",
        "record_measure",
        "extend_review",
    }
)
_GRAVE = frozenset({"refuse", "drop", "withdraw_transfer", "return", "record_withdrawal", "return_proposal"})


@dataclass(frozen=True)
class ShownStep:
    """A step and what it recorded, as (label, words)."""

    step: Step
    said: list[tuple[str, str]]
    state_name: str


@dataclass(frozen=True)
class ShownTransfer:
    """What the panel of a transfer needs."""

    transfer: Transfer
    stops: list[Stop]
    steps: list[ShownStep]
    proposal: list[tuple[str, str]]
    actions: list[AvailableAction]
    grave: frozenset[str]
    main: str | None


def shown(transfer: Transfer, known: Choices) -> ShownTransfer:
    """The panel of a transfer for who sees it."""
    table = transfer_procedure()
    steps = [
        ShownStep(
            step,
            recorded(table.action(step.action).inputs, step.inputs, known),
            table.state(step.to_state).name,
        )
        for step in reversed(transfer.steps)
    ]
    made = [
        action for action in table.actions if transfer.proposal and action.makes == transfer.proposal.kind
    ]
    actions = sorted(transfer.available_actions, key=lambda one: one.id in _GRAVE)
    taken = {step.action for step in transfer.steps}
    forward = [
        one.id
        for one in actions
        if one.id not in _GRAVE and one.id not in _BESIDE and not (one.to is None and one.id in taken)
    ]
    return ShownTransfer(
        transfer=transfer,
        stops=progress(transfer.state, transfer.steps),
        steps=steps,
        proposal=recorded(made[0].inputs, transfer.proposal.inputs, known)
        if transfer.proposal and made
        else [],
        actions=actions,
        grave=_GRAVE,
        main=forward[0] if forward else None,
    )
