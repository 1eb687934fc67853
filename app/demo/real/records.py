"""The published cases as their sources state them (`cases.jsonl`), one record a line."""

from __future__ import annotations

import json
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

FOLDER = Path(__file__).parent

Expected = Literal["transferred", "supervised_filing", "reverse", "not_transferred"]


class Record(BaseModel):
    """A frozen record without unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Figure(Record):
    """A figure of the source, in 元 unless its name says otherwise; `said` is its word of approximation."""

    value: Decimal | tuple[Decimal, ...]
    said: str | None = None


class DerivedFigure(Figure):
    """A figure computed from others of the same record by `formula`; of less authority than a stated one."""

    formula: str = Field(alias="from")


class Source(Record):
    """Who published the case. `url` is absent where only a copy on an unofficial site was seen;
    `excerpt_only`: only the beginning of the page was seen."""

    publisher: str
    kind: str
    url: str | None
    published: str | None
    excerpt_only: bool


class Step(Record):
    """What happened on the way; `date` may lack day or month, `said` is how the source words a vague one."""

    step: str
    date: str | None = None
    said: str | None = None
    actor: str | None = None


class RealCase(Record):
    """One published case. An absent figure was not seen, it is never zero.

    `charge` is named by the source, `charge_inferred` is the collector's reading; `expected` is what really
    happened, which was not always right in law (`looks_over_threshold`).
    """

    id: str
    title: str
    source: Source
    domain: str
    organ: str
    region: str
    party: str
    act_date: str | None
    decision_date: str | None
    era: str
    conduct: str
    figures: dict[str, Figure]
    derived: dict[str, DerivedFigure]
    counts: dict[str, Figure]
    prior: str | None
    harm: str | None
    route: str
    charge: tuple[str, ...]
    charge_inferred: tuple[str, ...]
    steps: tuple[Step, ...]
    admin_outcome: dict[str, Decimal | bool | str] | None
    criminal_outcome: str | None
    expected: Expected
    ambiguous: bool
    ambiguous_reason: str | None
    looks_over_threshold: bool
    note: str | None

    def figure(self, name: str) -> Figure | None:
        """The figure of that name: stated before derived, a sum of money before a count."""
        return self.figures.get(name) or self.derived.get(name) or self.counts.get(name)


@cache
def real_cases() -> tuple[RealCase, ...]:
    """All published cases, in the order of their ids."""
    lines = (FOLDER / "cases.jsonl").read_text(encoding="utf-8").splitlines()
    return tuple(RealCase.model_validate(json.loads(line, parse_float=Decimal)) for line in lines)
