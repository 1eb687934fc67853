"""Document numbers: a serial without gaps for each organ, kind of document and year."""

from __future__ import annotations

from app.database.transaction import Acting
from app.law.legal_days import SHANGHAI


async def next_number(tx: Acting, letters: str) -> str:
    """The acting organ's next number, as `苏州市监线〔2026〕5号`; `letters` says the kind of document.

    The series stands still until the transaction ends, so a number that is not used is not lost either.
    """
    year, serial = await next_serial(tx, letters)
    short_name = await tx.value("SELECT short_name FROM organs WHERE id = %(id)s", id=tx.actor.organ_id)
    return f"{short_name}{letters}〔{year}〕{serial}号"


async def next_serial(tx: Acting, series: str) -> tuple[int, int]:
    """The year and the acting organ's next serial in a series; each year begins at 1."""
    year = tx.now.astimezone(SHANGHAI).year
    serial: int = await tx.value(
        """INSERT INTO number_series AS s (organ_id, kind, year, last)
              VALUES (%(organ)s, %(kind)s, %(year)s, 1)
            ON CONFLICT (organ_id, kind, year) DO UPDATE SET last = s.last + 1 RETURNING last""",
        organ=tx.actor.organ_id,
        kind=series,
        year=year,
    )
    return year, serial
