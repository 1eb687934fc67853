"""Pages: where a transfer or a clue stands in the drawn procedure, and the way by which it came there."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from app.clues import service as clues
from app.clues.models import ClueStep
from app.law.procedure_drawing import drawing
from app.law.procedure_table import clue_procedure, transfer_procedure
from app.transfers import view
from app.transfers.models import Step
from app.web.session import SignedIn

router = APIRouter()


@router.get("/transfers/{transfer_id:uuid}/map")
async def of_transfer(transfer_id: UUID, who: SignedIn) -> HTMLResponse:
    """The life of a transfer with its present state marked."""
    async with who.acting() as tx:
        found = await view.transfer(tx, transfer_id)
        picture = drawing(transfer_procedure(), found.state, _way(found.steps))
        return await who.page(
            tx,
            "procedure_map.html",
            picture=Markup(picture),  # noqa: S704 - drawn from the law's data, which escapes its words
            title=f"移送 {found.number}",
            back=f"/transfers/{transfer_id}",
            line=found.progress.text,
        )


@router.get("/clues/{clue_id:uuid}/map")
async def of_clue(clue_id: UUID, who: SignedIn) -> HTMLResponse:
    """The life of a clue with its present state marked."""
    async with who.acting() as tx:
        found = await clues.read(tx, clue_id)
        picture = drawing(clue_procedure(), found.state, _way(found.steps))
        return await who.page(
            tx,
            "procedure_map.html",
            picture=Markup(picture),  # noqa: S704 - drawn from the law's data, which escapes its words
            title=f"线索 {found.number or ''}",
            back=f"/clues/{clue_id}",
            line=found.progress.text,
        )


def _way(steps: Sequence[Step] | Sequence[ClueStep]) -> set[tuple[str, str]]:
    moved = ((step.from_state, step.to_state) for step in steps)
    return {(before, after) for before, after in moved if before is not None and before != after}
