"""What an action asks for, filled in at random: valid, and rather odd than plain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from tests.transfers.model import Model, actions

TEXTS = ("理由", "甲" * 200, "a'b\"c\\n%s", "<b>粗</b>&amp;", "第一行\n第二行", "𠮷野家 ２０２６")
GOODS = ("案卷材料 册 3", "白酒 瓶 200", "电脑 台 1.5")

CAST = (
    *(f"{login}@320506-market" for login in ("handler1", "handler2", "legal", "head", "feed")),
    *(f"{login}@320506-police" for login in ("desk", "handler", "legal", "head")),
    *(f"{login}@320583-police" for login in ("desk", "handler", "head")),
    *(f"{login}@320506-procuratorate" for login in ("handler", "head")),
    *(f"{login}@320500-procuratorate" for login in ("handler", "head")),
    *(f"{login}@320583-procuratorate" for login in ("handler", "head")),
    *(f"{login}@320506-court" for login in ("handler", "head")),
    "handler1@320506-tobacco",
    "head@320500-market",
    "head@320500-police",
    "supervisor@320506-supervising",
    "sysadmin@320506-market",
)


@dataclass(frozen=True)
class Names:
    """What an input may name: the task group, the police organs, procuratorates and court of the place."""

    group: Sequence[int]
    police: Sequence[int]
    procuratorates: Sequence[int]
    court: int


@dataclass(frozen=True)
class Filler:
    """Fills in the form of an action for an officer of `organ`, on a transfer that stands as `model` says."""

    names: Names
    chance: Random
    organ: int
    model: Model | None = None

    def inputs(self, action: str) -> dict[str, Any]:
        """Inputs that may be sent. What is not required is left out half the time."""
        row = actions()[action]
        always = {*row.get("any_of", [])[-1:], *row.get("begins_with", {}).values()}
        given = {
            one["name"]: self._value(one)
            for one in row.get("inputs", [])
            if one.get("required") or one["name"] in always or self.chance.random() < 0.5
        }
        if "delivers" in row and self.model:
            papers = self.model.papers
            given[row["delivers"]["items"]] = self.chance.sample(papers, self.chance.randint(1, len(papers)))
        if "counts" in row:
            given[row["counts"]["differences"]] = "清点与清单的差异已由双方确认"
        return given

    def when(self, action: str, now: datetime) -> datetime:
        """A moment at which the act may have been done on paper."""
        assert self.model is not None
        first = self.model.answered(action)
        return first + self.chance.random() * max(now - first, timedelta())

    def _value(self, one: Mapping[str, Any]) -> Any:
        match one["type"]:
            case "text":
                return self.chance.choice(TEXTS)
            case "lines":
                return [f"第{n}项" for n in range(1, 2 + self.chance.randrange(3))]
            case "flag":
                return self.chance.random() < 0.5
            case "count":
                return self.chance.randrange(1, (one.get("max") or 60) + 1)
            case "money":
                return "0" if one["name"] == "fine_offset" else self.chance.choice(("0", "1000.50"))
            case "date":
                return "2026-08-01"
            case "choice":
                return self.chance.choice(sorted(one["choices"]))
            case "charge":
                return self.chance.choice(("213", "214", "140"))
            case "officers":
                return list(self.names.group)
            case "goods":
                return [self._item(item) for item in self.chance.sample(GOODS, self.chance.randint(1, 3))]
            case "exhibits":
                return []
            case "organ":
                return self._organ(one["organ_kind"])
        raise AssertionError(f"no value for an input of type {one['type']}: add one")

    def _item(self, words: str) -> dict[str, str]:
        name, unit, quantity = words.split()
        return {"name": name, "unit": unit, "quantity": quantity}

    def _organ(self, kind: str) -> int:
        """The sender knows one right police organ; others hand on to another of their kind."""
        if kind == "court":
            return self.names.court
        known = self.names.police if kind == "police" else self.names.procuratorates
        return next(one for one in known if one != self.organ)
