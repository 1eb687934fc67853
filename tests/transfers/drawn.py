"""What an action asks for, filled in at random: valid, and rather odd than plain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

TEXTS = ("理由", "甲" * 200, "a'b\"c\\n%s", "<b>粗</b>&amp;", "第一行\n第二行", "𠮷野家 ２０２６")

CAST = (
    *(f"{login}@320506-market" for login in ("handler1", "handler2", "legal", "head", "feed")),
    *(f"{login}@320506-police" for login in ("desk", "handler", "legal", "head")),
    *(f"{login}@320583-police" for login in ("desk", "handler", "head")),
    *(f"{login}@320506-procuratorate" for login in ("handler", "head")),
    *(f"{login}@320500-procuratorate" for login in ("handler", "head")),
    *(f"{login}@320506-court" for login in ("handler", "head")),
    "handler1@320506-tobacco",
    "head@320500-market",
    "head@320500-police",
    "supervisor@320506-supervising",
    "sysadmin@320506-market",
)


@dataclass(frozen=True)
class Names:
    """What an input may name: the task group, the police organs and the court of the county."""

    group: Sequence[int]
    police: Sequence[int]
    court: int


def inputs(row: Mapping[str, Any], organ: int, names: Names, chance: Random) -> dict[str, Any]:
    """Inputs for an action (a row of procedure.yaml) that the officer of `organ` may send."""
    return {
        one["name"]: _value(one, organ, names, chance)
        for one in row.get("inputs", [])
        if one.get("required") or chance.random() < 0.5
    }


def _value(one: Mapping[str, Any], organ: int, names: Names, chance: Random) -> Any:
    match one["type"]:
        case "text":
            return chance.choice(TEXTS)
        case "lines":
            return [f"第{n}项" for n in range(1, 2 + chance.randrange(3))]
        case "flag":
            return chance.random() < 0.5
        case "count":
            return chance.randrange(1, (one.get("max") or 60) + 1)
        case "money":
            return chance.choice(("0", "1000.50", "9999999999.99"))
        case "date":
            return "2026-08-01"
        case "choice":
            return chance.choice(sorted(one["choices"]))
        case "charge":
            return chance.choice(("213", "214", "140"))
        case "officers":
            return list(names.group)
        case "organ" if one.get("organ_kind") == "court":
            return names.court
        case "organ":
            # The sender knows one right addressee, police hand on to the other organ.
            return next(police for police in names.police if police != organ)
    raise AssertionError(f"no value for an input of type {one['type']}: add one")
