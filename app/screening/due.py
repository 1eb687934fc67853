"""Cases whose conclusion may change since the records of their parties did: screened again soon after.

Entering, editing or deciding a case leaves a mark on its parties in the same transaction. The platform takes
the marks, looks for the cases of these parties in all organs, and screens them. The marks go in the
transaction of the findings that they gave rise to: a job that was killed is taken up where it stood.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from uuid import UUID

from app.database.transaction import Database, Dated, Row
from app.screening.stored import differs, keep, records_of, screen_as_stored, stored_cases

MARKS = 200
CASES = 500


async def screen_due(db: Database, most: int = MARKS, cases: int = CASES) -> int:
    """One batch of marks, `most` or as many as concern so many `cases`: how many were worked off.

    A case that somebody is editing keeps its mark for the next time.
    """
    async with db.platform() as tx:
        marks = await tx.rows(
            "SELECT id FROM changed_parties ORDER BY id LIMIT %(most)s FOR UPDATE SKIP LOCKED", most=most
        )
        ids = [row["id"] for row in marks]
        pairs = await tx.rows("SELECT mark, case_id FROM cases_of_changed_parties(%(marks)s)", marks=ids)
        ids, due = _first(ids, pairs, cases)
        taken = await _lock(tx, due)
        await _screen(tx, taken)
        kept = {row["mark"] for row in pairs if row["case_id"] in due - taken}
        done = [one for one in ids if one not in kept]
        await tx.execute("DELETE FROM changed_parties WHERE id = ANY (%(done)s)", done=done)
    return len(done)


def _first(marks: Iterable[int], pairs: Iterable[Row], most: int) -> tuple[list[int], set[UUID]]:
    """As many of the marks, in their order, as concern no more than `most` cases, but one at least."""
    of: dict[int, set[UUID]] = {}
    for row in pairs:
        of.setdefault(row["mark"], set()).add(row["case_id"])
    first: list[int] = []
    due: set[UUID] = set()
    for mark in marks:
        more = due | of.get(mark, set())
        if first and len(more) > most:
            break
        first.append(mark)
        due = more
    return first, due


async def _lock(tx: Dated, due: Collection[UUID]) -> set[UUID]:
    rows = await tx.rows(
        "SELECT id FROM cases WHERE id = ANY (%(due)s) ORDER BY id FOR UPDATE SKIP LOCKED", due=list(due)
    )
    return {row["id"] for row in rows}


async def _screen(tx: Dated, taken: Collection[UUID]) -> None:
    if not taken:
        return
    records = await records_of(tx, list(taken))
    for row in await stored_cases(tx, taken):
        screened = screen_as_stored(row, records[row["id"]])
        if screened is not None and differs(row, screened):
            await keep(tx, row, screened, "records_changed")
