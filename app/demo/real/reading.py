"""How a published case is read into facts of the vocabulary, by `rules.yaml` and `readings.yaml`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache

from pydantic import Field, JsonValue, model_validator

from app.demo.real.records import FOLDER, Figure, RealCase
from app.law.reading import LawModel, read


class Amount(LawModel):
    """What a figure is: `fact` that fact itself, `part_of` contained in it, `total_of` the sum of two."""

    fact: str | None = None
    part_of: str | None = None
    total_of: tuple[str, str] | None = None
    because: str

    @model_validator(mode="after")
    def _one_meaning(self) -> Amount:
        if sum(meaning is not None for meaning in (self.fact, self.part_of, self.total_of)) != 1:
            raise ValueError("exactly one of fact, part_of, total_of")
        return self

    @property
    def facts(self) -> tuple[str, ...]:
        """The facts that the figure tells something of."""
        return self.total_of or tuple(name for name in (self.fact, self.part_of) if name)


class FigureRule(Amount):
    """What a figure of that name means where the stated conduct is one of these."""

    figure: str
    conduct: frozenset[str]


class Approximation(LawModel):
    """Words of approximation, and how far below and above the stated figure the true one may lie."""

    words: frozenset[str]
    spread: tuple[Decimal, Decimal]


class Period(LawModel):
    """First and last day on which the act may have ended, both included; absent: not known."""

    first: date | None = Field(default=None, alias="from")
    last: date | None = Field(default=None, alias="to")
    because: str = ""


class Rules(LawModel):
    """What holds for all cases."""

    eras: dict[str, Period]
    approximations: dict[str, Approximation]
    parties: dict[str, frozenset[str]]
    charges: dict[str, str]
    never: dict[str, str]
    keywords: dict[str, tuple[str, ...]]
    figures: tuple[FigureRule, ...]

    def spread(self, said: str | None) -> tuple[Decimal, Decimal]:
        """How far the figure may be off. Raises KeyError for a word that no rule explains."""
        if said is None:
            return Decimal(1), Decimal(1)
        for approximation in self.approximations.values():
            if said in approximation.words:
                return approximation.spread
        raise KeyError(said)


class Stated(LawModel):
    """A value of a fact, with the circumstance it rests on."""

    value: JsonValue
    because: str


class Reading(LawModel):
    """How one case is read. `left`: what is not read, and why; `remark`: why screening and outcome differ."""

    conduct: Stated | None = None
    act_end: Period | None = None
    facts: dict[str, Stated] = Field(default_factory=dict)
    amounts: dict[str, Amount] = Field(default_factory=dict)
    left: dict[str, str] = Field(default_factory=dict)
    remark: str | None = None


class Readings(LawModel):
    """The readings by case."""

    cases: dict[str, Reading]


@dataclass(frozen=True)
class ReadFigure:
    """A figure of the record with its meaning; `low` and `high` bound the true amount."""

    name: str
    value: Decimal
    low: Decimal
    high: Decimal
    meaning: Amount

    @property
    def exact(self) -> bool:
        """Whether the source states the amount itself."""
        return self.low == self.high


@cache
def rules() -> Rules:
    """The rules for all cases."""
    return read(FOLDER / "rules.yaml", Rules)


@cache
def readings() -> dict[str, Reading]:
    """The reading of each case, by its id."""
    return read(FOLDER / "readings.yaml", Readings).cases


def circumstances(case: RealCase) -> dict[str, JsonValue]:
    """The facts that are no figures: conduct, kind of party, and what the reading states."""
    reading = readings()[case.id]
    facts = {name: stated.value for name, stated in reading.facts.items()}
    if reading.conduct:
        facts["conduct"] = reading.conduct.value
    for kind, words in rules().parties.items():
        if case.party in words:
            facts["party_type"] = kind
    return facts


def read_figures(case: RealCase) -> list[ReadFigure]:
    """The figures that say something of a fact: the case's own reading first, then the rules.

    A fact that is stated itself displaces what is only part of it and the division of a total.
    """
    found = [*_own_figures(case), *_ruled_figures(case)]
    stated = {figure.meaning.fact for figure in found}
    kept: dict[tuple[str, ...], ReadFigure] = {}
    for figure in found:
        if figure.meaning.fact is None and not stated.isdisjoint(figure.meaning.facts):
            continue
        before = kept.setdefault(figure.meaning.facts, figure)
        if figure.meaning.part_of and figure.value > before.value:
            kept[figure.meaning.facts] = figure
    return list(kept.values())


def act_end(case: RealCase) -> Period:
    """The days between which the act ended: its era, narrowed by the reading and the record's last day."""
    era, stated = rules().eras[case.era], readings()[case.id].act_end or Period()
    first_days = [day for day in (era.first, stated.first) if day]
    last_days = [day for day in (era.last, stated.last, max(_recorded(case), default=None)) if day]
    return Period.model_validate({"from": max(first_days), "to": min(last_days, default=None)})


def applied_on(case: RealCase) -> date | None:
    """The day on which the law was applied: of transfer, of the decision, of the last step, of publication.

    None where the source gives none of them: then the law of the act is the only one to apply.
    """
    transfers = [step.date for step in case.steps if step.step == "transfer"]
    steps = sorted((step.date for step in case.steps if step.date), key=last_day, reverse=True)
    for written in (*transfers, case.decision_date, *steps, case.source.published):
        if written:
            return last_day(written)
    return None


def last_day(written: str) -> date:
    """The last day of a date that may lack day or month. Raises ValueError."""
    if re.fullmatch(r"\d{4}", written):
        return date(int(written), 12, 31)
    if re.fullmatch(r"\d{4}-\d{2}", written):
        return (date.fromisoformat(f"{written}-01") + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return date.fromisoformat(written)


def _recorded(case: RealCase) -> list[date]:
    written = [*(step.date for step in case.steps), case.decision_date, case.source.published]
    return [last_day(day) for day in written if day]


def _own_figures(case: RealCase) -> Iterator[ReadFigure]:
    for name, amount in readings()[case.id].amounts.items():
        figure = case.figure(name)
        if figure is None:
            raise KeyError(f"{case.id} has no figure {name}")
        yield _read(name, figure, amount)


def _ruled_figures(case: RealCase) -> Iterator[ReadFigure]:
    own = readings()[case.id].amounts
    conduct = circumstances(case).get("conduct")
    kinds = {str(kind) for kind in conduct} if isinstance(conduct, list) else set()
    for rule in rules().figures:
        figure = case.figures.get(rule.figure) or case.derived.get(rule.figure)
        if figure and rule.figure not in own and rule.conduct & kinds:
            yield _read(rule.figure, figure, rule)


def _read(name: str, figure: Figure, meaning: Amount) -> ReadFigure:
    if isinstance(figure.value, tuple):
        raise ValueError(f"{name} is a list of values, no amount")
    low, high = rules().spread(figure.said)
    if meaning.part_of:
        high = max(high, rules().approximations["at_least"].spread[1])
    return ReadFigure(name, figure.value, figure.value * low, figure.value * high, meaning)
