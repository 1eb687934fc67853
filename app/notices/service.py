"""Telling an organ, some of its roles, or one officer. A notice says where to look, nothing sensitive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from app.database.transaction import Dated, new_id

SubjectKind = Literal["case", "transfer", "clue", "supervision", "referral"]


@dataclass(frozen=True)
class Addressee:
    """An organ; where given only these roles of it, or only this officer."""

    organ_id: int
    roles: Sequence[str] | None = None
    officer_id: int | None = None


async def notify(tx: Dated, to: Addressee, kind: str, title: str, subject: tuple[SubjectKind, UUID]) -> None:
    """Put a notice in the inbox of whoever is addressed."""
    await tx.execute(
        """
        INSERT INTO notices (id, organ_id, officer_id, roles, from_organ_id, kind, title, subject_kind,
            subject_id, created_at)
          VALUES (%(id)s, %(organ)s, %(officer)s, %(roles)s, %(sender)s, %(kind)s, %(title)s,
            %(subject_kind)s, %(subject)s, %(now)s)""",
        id=new_id(),
        organ=to.organ_id,
        officer=to.officer_id,
        roles=list(to.roles) if to.roles is not None else None,
        sender=tx.actor.organ_id if tx.actor else None,
        kind=kind,
        title=title,
        subject_kind=subject[0],
        subject=subject[1],
        now=tx.now,
    )
