"""What an action asks for, beyond its form: the officers, organs and charges that are named must exist."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from app.database.transaction import Acting
from app.errors import Invalid, invalid
from app.law.procedure_table import Action, Input
from app.law.statutes import law
from app.transfers.forms import InputError, parse_inputs

_ADMINISTRATORS = frozenset({"system_admin", "security_admin", "audit_admin"})


async def checked_inputs(tx: Acting, action: Action, given: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs as they are recorded; a case is named by its number and kept by its id.

    Raises Invalid naming the field (`inputs.…`) and the remedy.
    """
    try:
        values = parse_inputs(action.inputs, given, action.any_of)
    except InputError as error:
        raise invalid(f"inputs.{error.field}", error.code, error.detail) from error
    for field in action.inputs:
        if field.name in values and field.type in _LOOKED_UP:
            await _LOOKED_UP[field.type](tx, field, values[field.name])
        elif field.name in values and field.type == "case":
            values[field.name] = await _find_case(tx, field, values[field.name])
    return values


async def _check_charge(_: Acting, field: Input, charge: str) -> None:
    known = law().charges.get(charge)
    if known is None or known.kind != "charge":
        raise _wrong(field, "charge_unknown", "没有这个罪名，请填写刑法条文号，如 214。")


async def _check_officers(tx: Acting, field: Input, officers: list[int]) -> None:
    rows = await tx.rows(
        """SELECT name, roles FROM officers WHERE id = ANY (%(ids)s) AND organ_id = %(organ)s AND active""",
        ids=officers,
        organ=tx.actor.organ_id,
    )
    if len(rows) != len(officers):
        raise _wrong(field, "officer_unknown", "只能指定本机关的在职人员，请从本机关人员中选择。")
    barred = [row["name"] for row in rows if _ADMINISTRATORS.union(field.not_roles) & set(row["roles"])]
    if barred:
        raise _wrong(field, "officer_barred", f"{'、'.join(barred)}的岗位不得担任，请更换。")


async def _check_organ(tx: Acting, field: Input, organ_id: int) -> None:
    kind = await tx.value("SELECT kind FROM organs WHERE id = %(id)s AND active", id=organ_id)
    if kind is None or (field.organ_kind is not None and kind != field.organ_kind):
        raise _wrong(field, "organ_unknown", "没有这个机关，或者机关类别不符，请从机关名录中选择。")
    if organ_id == tx.actor.organ_id:
        raise _wrong(field, "organ_is_own", f"“{field.label}”须是本机关以外的机关，请更正。")


async def _find_case(tx: Acting, field: Input, number: str) -> str:
    found = await tx.value(
        "SELECT id FROM cases WHERE number = %(number)s AND organ_id = %(organ)s",
        number=number,
        organ=tx.actor.organ_id,
    )
    if found is None:
        raise _wrong(field, "case_number_unknown", "本机关没有此编号的案件，请先录入案件，再填其平台编号。")
    return str(found)


def _wrong(field: Input, code: str, detail: str) -> Invalid:
    return invalid(f"inputs.{field.name}", code, detail)


_LOOKED_UP: Mapping[str, Callable[[Acting, Input, Any], Awaitable[None]]] = {
    "charge": _check_charge,
    "officers": _check_officers,
    "organ": _check_organ,
}
