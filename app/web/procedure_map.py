"""Pages: where a transfer, clue or referral stands in the drawn procedure, and how it came there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from app.clues import service as clues
from app.clues.models import ClueStep
from app.database.transaction import Acting
from app.law.procedure_drawing import drawing
from app.law.procedure_table import Procedure, clue_procedure, transfer_procedure
from app.referrals import view as referrals
from app.referrals.standing import procedure
from app.transfers import view
from app.transfers.models import Step
from app.transfers.progress import Progress
from app.web.session import SignedIn, Visitor

router = APIRouter()


@router.get("/transfers/{transfer_id:uuid}/map")
async def of_transfer(transfer_id: UUID, who: SignedIn) -> HTMLResponse:
    """The life of a transfer with its present state marked."""
    async with who.acting() as tx:
        found = await view.transfer(tx, transfer_id)
        return await _page(
            who, tx, transfer_procedure(), found, f"移送 {found.number}", f"/transfers/{transfer_id}"
        )


@router.get("/clues/{clue_id:uuid}/map")
async def of_clue(clue_id: UUID, who: SignedIn) -> HTMLResponse:
    """The life of a clue with its present state marked."""
    async with who.acting() as tx:
        found = await clues.read(tx, clue_id)
        return await _page(
            who, tx, clue_procedure(), found, f"线索 {found.number or ''}", f"/clues/{clue_id}"
        )


@router.get("/referrals/{referral_id:uuid}/map")
async def of_referral(referral_id: UUID, who: SignedIn) -> HTMLResponse:
    """The life of a reverse referral, or a transfer for detention, with its present state marked."""
    async with who.acting() as tx:
        found = await referrals.referral(tx, referral_id)
        return await _page(
            who,
            tx,
            procedure(found.kind),
            found,
            f"{found.kind_name} {found.number}",
            f"/referrals/{referral_id}",
        )


class Followed(Protocol):
    """What is drawn: where it stands, and the steps that led there."""

    @property
    def state(self) -> str: ...
    @property
    def steps(self) -> Sequence[Step] | Sequence[ClueStep]: ...
    @property
    def progress(self) -> Progress: ...


async def _page(
    who: Visitor, tx: Acting, table: Procedure, found: Followed, title: str, back: str
) -> HTMLResponse:
    moved = ((step.from_state, step.to_state) for step in found.steps)
    way = {(before, after) for before, after in moved if before is not None and before != after}
    return await who.page(
        tx,
        "procedure_map.html",
        # drawn from the law's data; the drawing escapes every word
        picture=Markup(drawing(table, found.state, way)),  # noqa: S704
        title=title,
        back=back,
        line=found.progress.text,
    )
