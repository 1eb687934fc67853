"""Enters the rows of a file in batches, each in a transaction of its own with its audit events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from uuid import UUID

from anyio import to_thread
from pydantic import BaseModel

from app.cases.intake.rows import ReadRow
from app.cases.service import Ready, enter_all, may_enter, ready
from app.database.sealed import Seal
from app.database.transaction import Acting, Database
from app.errors import AppError

BATCH = 100
MOST_WARNINGS = 1000


class Rejected(BaseModel):
    """One thing that is wrong with one row: where, what, and the remedy."""

    row: int
    column: str
    code: str
    detail: str


class RowWarning(BaseModel):
    """Something to look at in a row that was entered."""

    row: int
    code: str
    detail: str
    case_id: UUID | None


class Imported(BaseModel):
    """How many cases were entered, how many were there already, and every bad row.

    Of the warnings the first 1,000 are given; `warnings_left_off` counts the rest.
    """

    entered: int = 0
    already_entered: int = 0
    rejected_rows: int = 0
    rejected: list[Rejected] = []
    warnings: list[RowWarning] = []
    warnings_left_off: int = 0


@dataclass(frozen=True)
class Sender:
    """Who imports, from where, and the seal for personal data."""

    db: Database
    officer_id: int
    address: str | None
    seal: Seal


async def import_rows(sender: Sender, rows: Iterator[ReadRow]) -> Imported:
    """Enter the good rows and tell the bad ones. Raises NotAllowed before anything is entered."""
    async with sender.db.acting(sender.officer_id) as tx:
        may_enter(tx.actor)
    told = Imported()
    # Reading and checking is work for the processor: in a thread, so that others are answered meanwhile.
    while batch := await to_thread.run_sync(lambda: list(islice(rows, BATCH))):
        async with sender.db.acting(sender.officer_id, sender.address) as tx:
            await _enter_batch(tx, sender.seal, batch, told)
    return told


async def _enter_batch(tx: Acting, seal: Seal, batch: Sequence[ReadRow], told: Imported) -> None:
    good: list[tuple[int, Ready]] = []
    for one in batch:
        errors = one.errors
        if one.entry is not None:
            try:
                good.append((one.row, ready(tx, one.entry)))
                continue
            except AppError as error:
                errors = error.errors
        told.rejected_rows += 1
        told.rejected += [
            Rejected(row=one.row, column=error.field, code=error.code, detail=error.detail)
            for error in errors
        ]
    for (row, _), entered in zip(good, await enter_all(tx, seal, [one for _, one in good]), strict=True):
        told.entered += entered.is_new
        told.already_entered += not entered.is_new
        for warning in entered.warnings:
            if len(told.warnings) < MOST_WARNINGS:
                told.warnings.append(
                    RowWarning(row=row, code=warning.code, detail=warning.detail, case_id=warning.case_id)
                )
            else:
                told.warnings_left_off += 1
