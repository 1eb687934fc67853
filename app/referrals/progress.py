"""Where a referral is: the same line as that of a transfer, by the table of its kind."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from uuid import UUID

from app.database.transaction import Acting, Row
from app.referrals.models import KINDS
from app.referrals.standing import COLUMNS, procedure
from app.transfers.progress import Life, Progress, progress

_LIVES = {
    kind: Life(
        table=partial(procedure, kind),
        steps="""SELECT referral_id AS of, action, from_state, to_state, occurred_at AS at FROM referral_steps
            WHERE referral_id = ANY (%(ids)s) ORDER BY id""",
        clocks="""SELECT referral_id AS of, clock, holder_organ_id, due_at FROM clocks
            WHERE referral_id = ANY (%(ids)s) AND stopped_at IS NULL ORDER BY due_at, id""",
        organs=COLUMNS,
    )
    for kind in KINDS
}


async def progress_of(tx: Acting, referrals: Sequence[Row]) -> dict[UUID, Progress]:
    """The line of each of these rows of `referrals`, by id."""
    found: dict[UUID, Progress] = {}
    for kind, life in _LIVES.items():
        rows = [row for row in referrals if row["kind"] == kind]
        if rows:
            found |= await progress(tx, rows, life)
    return found
