"""What a clue may name: its kind, a recipient, officers, and other clues, cases and transfers by number."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from app.database.transaction import Acting, Row
from app.errors import invalid, not_found
from app.law.procedure_table import Kind, clue_procedure
from app.organs.jurisdiction import organ


async def duty_recipients(tx: Acting, organ_id: int) -> list[Row]:
    """The officers of an organ who may be named to receive a duty-crime clue."""
    return await tx.rows("SELECT * FROM duty_clue_recipients(%(organ)s)", organ=organ_id)


def kind_of(name: str) -> Kind:
    """The kind of this id. Raises Invalid."""
    table = clue_procedure()
    try:
        return table.kind(name)
    except KeyError:
        known = "、".join(kind.id for kind in table.kinds)
        raise invalid("kind", "clue_kind_unknown", f"没有这种线索，请从下列种类中选择：{known}。") from None


async def check_recipient(tx: Acting, kind: Kind, organ_id: int, field: str) -> None:
    """Raises Invalid when the organ does not receive this kind of clue."""
    recipient = await organ(tx, organ_id)
    if recipient["id"] == tx.actor.organ_id:
        raise invalid(field, "own_organ", "线索不能发给本机关，请选择其他机关。")
    if recipient["kind"] not in kind.to or not recipient["active"]:
        raise invalid(
            field, "recipient_kind", f"{recipient['name']}不接收“{kind.name}”，请选择有权处理的机关。"
        )


async def check_officers(tx: Acting, kind: Kind, organ_id: int, officers: Sequence[int]) -> None:
    """Raises Invalid unless a duty-crime clue names officers of the recipient who may receive it."""
    if not kind.duty:
        if officers:
            raise invalid("officers", "officers_not_asked", "只有职务犯罪线索才指定接收人员，请去掉。")
        return
    known = {row["officer_id"] for row in await duty_recipients(tx, organ_id)}
    if not officers or len(set(officers)) != len(officers) or not set(officers) <= known:
        raise invalid(
            "officers",
            "officers_required",
            "请从接收机关可以接收职务犯罪线索的人员中指定至少一人，不得重复。",
        )


async def check_origin(tx: Acting, case_id: UUID) -> None:
    """Raises NotFound when the actor may not see the case."""
    if not await tx.row("SELECT 1 FROM cases WHERE id = %(id)s", id=case_id):
        raise not_found("案件")


async def other_clue(tx: Acting, row: Row, number: str) -> UUID:
    """Another clue that the actor's organ received. Raises Invalid."""
    other = await tx.row(
        """SELECT id FROM clues WHERE number = %(number)s AND to_organ_id = %(organ)s AND id <> %(id)s
              AND duty = %(duty)s ORDER BY id LIMIT 1""",
        number=number,
        organ=tx.actor.organ_id,
        id=row["id"],
        duty=row["duty"],
    )
    if other is None:
        raise invalid("inputs.into", "clue_number_unknown", "本机关没有收到此编号的线索，请核对编号。")
    found: UUID = other["id"]
    return found


async def case_of_number(tx: Acting, number: str) -> UUID:
    """A case of the actor's organ. Raises Invalid."""
    row = await tx.row(
        "SELECT id FROM cases WHERE number = %(number)s AND organ_id = %(organ)s",
        number=number,
        organ=tx.actor.organ_id,
    )
    if row is None:
        raise invalid(
            "inputs.case_number", "case_number_unknown", "本机关没有此编号的案件，请先录入案件再填其编号。"
        )
    found: UUID = row["id"]
    return found


async def transfer_of_number(tx: Acting, number: str) -> UUID:
    """A transfer from or to the actor's organ. Raises Invalid."""
    row = await tx.row(
        """SELECT id FROM transfers WHERE number = %(number)s
              AND (organ_id = %(organ)s OR police_organ_id = %(organ)s)""",
        number=number,
        organ=tx.actor.organ_id,
    )
    if row is None:
        raise invalid(
            "inputs.transfer_number", "transfer_number_unknown", "本机关没有此编号的移送，请核对编号。"
        )
    found: UUID = row["id"]
    return found
