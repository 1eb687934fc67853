"""What an action asks for, as fields of a page, and what was typed, as the action's inputs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.database.transaction import Acting
from app.evidence.exhibit_models import Exhibit
from app.evidence.exhibit_queries import exhibits_of_case
from app.law.statutes import law
from app.transfers.goods import in_words
from app.transfers.models import Transfer
from app.web.given import Given, whole_number


@dataclass(frozen=True)
class Choices:
    """What the fields of actions choose from: colleagues, organs by kind, charges."""

    officers: Mapping[int, str]
    organs: Mapping[int, str]
    organs_by_kind: Mapping[str, Mapping[int, str]]
    charges: Mapping[str, str]
    exhibits: Sequence[Exhibit] = ()
    goods: Sequence[Mapping[str, str]] = ()

    def to_count(self, action: str) -> list[Exhibit]:
        """What the action counts: those held when handing over, those handed over when accepting."""
        states = {"hand_over_goods": "held", "accept_goods": "handed_over"}
        return [one for one in self.exhibits if one.state == states.get(action)]


async def choices(tx: Acting, transfer: Transfer | None = None) -> Choices:
    """The choices of the acting officer; of a transfer the exhibits and goods that are to be counted."""
    officers = await tx.rows(
        """SELECT id, name, roles FROM officers WHERE organ_id = %(organ)s AND active
              AND roles && ARRAY['handler', 'legal', 'desk'] ORDER BY id""",
        organ=tx.actor.organ_id,
    )
    organs = await tx.rows(
        "SELECT id, name, kind FROM organs WHERE active AND id <> %(mine)s ORDER BY region, id",
        mine=tx.actor.organ_id,
    )
    by_kind: dict[str, dict[int, str]] = {}
    for organ in organs:
        by_kind.setdefault(organ["kind"], {})[organ["id"]] = organ["name"]
    return Choices(
        officers={row["id"]: row["name"] for row in officers},
        organs={row["id"]: row["name"] for row in organs} | {tx.actor.organ_id: tx.actor.organ_name},
        organs_by_kind=by_kind,
        exhibits=await exhibits_of_case(tx, transfer.case_id) if transfer and _counts(transfer) else (),
        goods=transfer.record.get("hand_over_goods", {}).get("goods", ()) if transfer else (),
        charges={one.charge: one.name for one in law().charges.values() if one.kind == "charge"},
    )


def _counts(transfer: Transfer) -> bool:
    """Whether its page names exhibits: in a step, or in what may be done."""
    asked = (field.type for action in transfer.available_actions for field in action.inputs)
    return "exhibits" in asked or any("exhibits" in step.inputs for step in transfer.steps)


def inputs_of(fields: Iterable[Any], given: Given) -> dict[str, Any]:
    """The inputs as the procedure's engine takes them; fields have `name` and `type`."""
    taken: dict[str, Any] = {}
    for field in fields:
        name, kind = _attribute(field, "name"), _attribute(field, "type")
        if kind == "flag":
            taken[name] = given.one(name) == "yes"
        elif kind == "officers":
            taken[name] = given.numbers(name)
        elif kind in ("goods", "exhibits"):
            taken[name] = _rows(given, name, "name" if kind == "goods" else "counted")
        elif kind == "lines":
            taken[name] = [line.strip() for line in given.one(name).splitlines() if line.strip()]
        elif (text := given.text(name)) is not None:
            number = whole_number(text) if kind in ("organ", "count") else None
            taken[name] = text if number is None else number
    return taken


def _rows(given: Given, name: str, told_by: str) -> list[dict[str, str]]:
    """The rows of a list that were filled in: those in which `told_by` is."""
    rows = []
    for place in given.indexes(name):
        names = [one for one in given.names() if one.startswith(f"{name}.{place}.")]
        row = {one.rpartition(".")[2]: text for one in names if (text := given.text(one))}
        if told_by in row:
            rows.append(row)
    return rows


def recorded(fields: Iterable[Any], inputs: Mapping[str, Any], known: Choices) -> list[tuple[str, str]]:
    """What an act recorded, as (label, words)."""
    labels = {_attribute(field, "name"): field for field in fields}
    lines = []
    for name, value in inputs.items():
        field = labels.get(name)
        label = _attribute(field, "label") if field is not None else _UNASKED.get(name, name)
        lines.append((label, _words(field, value, known)))
    return [(label, words) for label, words in lines if words]


def _words(field: Any, value: Any, known: Choices) -> str:
    kind = _attribute(field, "type") if field is not None else "text"
    if isinstance(value, bool):
        return "是" if value else ""
    if kind == "officers":
        names = [known.officers.get(one, "") for one in value]
        return "、".join(name for name in names if name) or f"{len(value)}人"
    if kind == "organ":
        return known.organs.get(int(value), str(value))
    if kind == "charge":
        return known.charges.get(str(value), str(value))
    if kind == "choice":
        return str(_attribute(field, "choices").get(value, value))
    if kind == "case":
        return "已关联"
    if kind == "exhibits":
        value = [_counted(one, known) for one in value]
    if kind == "datetime":
        return str(value)[:16].replace("T", " ")
    if isinstance(value, list) and value and isinstance(value[0], dict):
        value = [in_words(one) for one in value]
    if isinstance(value, list):
        return str(value[0]) if len(value) == 1 else "\n" + "\n".join(f"· {one}" for one in value)
    return str(value)


def _counted(one: Mapping[str, str], known: Choices) -> str:
    """An exhibit as one side counted it."""
    found = next((item for item in known.exhibits if str(item.id) == one["exhibit"]), None)
    words = f"{found.name}：{one['counted']}{found.unit}" if found else one["counted"]
    return f"{words}，{one['note']}" if one["note"] else words


# What an act records beside what it asks for.
_UNASKED = {"counted_differences": "清点差异"}


def _attribute(field: Any, name: str) -> Any:
    return field[name] if isinstance(field, Mapping) else getattr(field, name)
