"""What a document is about: a transfer, case, clue or supervision request, with all that is known of it.

Read once in the name of the acting officer; row security decides what of it the officer's documents may say.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from app.database.transaction import Acting, Row
from app.errors import not_found
from app.law.documents import About
from app.law.procedure_table import (
    Action,
    Procedure,
    clue_procedure,
    detention_procedure,
    reverse_procedure,
    transfer_procedure,
)

_WHAT: Mapping[About, str] = {
    "transfer": "移送",
    "case": "案件",
    "clue": "线索",
    "supervision": "监督请求",
    "referral": "移送",
}


@dataclass(frozen=True)
class Subject:
    """Which transfer, case, clue or request."""

    about: About
    id: UUID


@dataclass(frozen=True)
class Act:
    """An act of the procedure with the step that it left."""

    action: Action
    step: Row


@dataclass(frozen=True)
class Matter:
    """A subject as its documents speak of it. `organs`: names by id. `act`: what names the document."""

    subject: Subject
    case: Mapping[str, Any] | None = None
    transfer: Row | None = None
    clue: Row | None = None
    request: Row | None = None
    referral: Row | None = None
    steps: Sequence[Row] = ()
    organs: Mapping[int, str] = field(default_factory=dict)
    act: Act | None = None

    @property
    def table(self) -> Procedure:
        """The procedure that its acts belong to."""
        return table_of(self.clue is not None, self.referral["kind"] if self.referral else None)

    @property
    def case_id(self) -> UUID | None:
        """The case behind it; None for a clue. A referral stands by itself, whatever case it is linked to."""
        return UUID(self.case["id"]) if self.case and not self.referral else None

    @property
    def charge(self) -> str | None:
        """The charge of the transfer, else the first that the case reaches."""
        if self.transfer:
            return str(self.transfer["charge"])
        return next(iter(self.case["charges"]), None) if self.case else None

    @property
    def restricted(self) -> bool:
        """Whether it is a duty-crime clue, of which nobody else may learn."""
        return bool(self.clue and self.clue["duty"])

    def organ(self, organ_id: int | None) -> str:
        """An organ's name, empty where there is none."""
        return self.organs.get(organ_id, "") if organ_id is not None else ""

    def last(self, *actions: str) -> Act | None:
        """The newest act of these kinds."""
        for step in reversed(self.steps):
            if step["action"] in actions:
                return Act(self.table.action(step["action"]), step)
        return None

    def with_act(self, act: Act | None) -> Matter:
        """The same, from one of its acts."""
        return replace(self, act=act)


async def matter(tx: Acting, subject: Subject) -> Matter:
    """All that the actor may know of the subject. Raises NotFound."""
    transfer = clue = request = referral = None
    steps: list[Row] = []
    case_id: UUID | None = subject.id if subject.about == "case" else None
    if subject.about == "transfer":
        transfer = await tx.row("SELECT * FROM transfers WHERE id = %(id)s", id=subject.id)
        steps = await tx.rows(
            "SELECT * FROM transfer_steps WHERE transfer_id = %(id)s ORDER BY id", id=subject.id
        )
        case_id = transfer["case_id"] if transfer else None
    elif subject.about == "clue":
        clue = await tx.row("SELECT * FROM clues WHERE id = %(id)s", id=subject.id)
        steps = await tx.rows("SELECT * FROM clue_steps WHERE clue_id = %(id)s ORDER BY id", id=subject.id)
    elif subject.about == "supervision":
        request = await tx.row("SELECT * FROM supervision_requests WHERE id = %(id)s", id=subject.id)
        case_id = request["case_id"] if request else None
    elif subject.about == "referral":
        referral = await tx.row("SELECT * FROM referrals WHERE id = %(id)s", id=subject.id)
        steps = await tx.rows(
            "SELECT * FROM referral_steps WHERE referral_id = %(id)s ORDER BY id", id=subject.id
        )
        case_id = referral["case_id"] if referral else None
    case = await tx.value("SELECT case_json(%(id)s)::text", id=case_id) if case_id else None
    if not (transfer or clue or request or referral or (subject.about == "case" and case)):
        raise not_found(_WHAT[subject.about])
    known = json.loads(case) if case else None
    organs = await _organs(tx, known, transfer, clue, request, referral, steps)
    return Matter(subject, known, transfer, clue, request, referral, steps, organs)


def table_of(clue: bool, referral: str | None) -> Procedure:
    """The procedure of a clue, of a referral of this kind, else that of transfers."""
    if referral:
        return reverse_procedure() if referral == "reverse" else detention_procedure()
    return clue_procedure() if clue else transfer_procedure()


async def _organs(
    tx: Acting, case: Mapping[str, Any] | None, *found: Row | list[Row] | None
) -> dict[int, str]:
    """The names of all organs that it mentions."""
    ids = {tx.actor.organ_id} | ({case["organ"]["id"]} if case else set())
    for one in found:
        for row in one if isinstance(one, list) else [one or {}]:
            ids |= {value for name, value in row.items() if name.endswith("organ_id") and value}
            inputs = row.get("inputs") or {}
            ids |= {value for name, value in inputs.items() if "organ" in name and isinstance(value, int)}
    rows = await tx.rows("SELECT id, name FROM organs WHERE id = ANY (%(ids)s)", ids=sorted(ids))
    return {row["id"]: row["name"] for row in rows}
