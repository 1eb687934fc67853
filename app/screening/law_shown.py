"""What travels when the law's data are read: conditions in Chinese, their sources, how sure they are."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict, Field


class Shown(BaseModel):
    """What is shown is not changed."""

    model_config = ConfigDict(frozen=True)


class InstrumentShown(Shown):
    """A statute, interpretation or filing standard. `verified` false: not compared with its text."""

    id: str
    number: str
    title: str
    in_force_from: date
    in_force_to: date | None
    source: str | None
    link: str | None = Field(description="来源是网址的")
    verified: bool
    note: str | None


class ConditionShown(Shown):
    """A condition. `says`: the standard in the words of practice; `required`: the same with its figures.

    `in_force_from`: only from then, within its version. `review`: required or recommended, else null.
    """

    id: str | None = None
    says: str | None = None
    required: str
    facts: tuple[str, ...]
    citation: str
    instruments: tuple[str, ...]
    attempt: bool = False
    review: str | None = None
    in_force_from: date | None = None


class QuestionShown(Shown):
    """A catch-all limb: for the officer, never decided by the machine."""

    says: str
    citation: str


class VersionShown(Shown):
    """One filing standard, its days in force both included. Of `limbs` one is enough, `gate` must hold."""

    id: str
    track: str
    family: str | None = Field(description="同一罪名中并行的标准，如非法经营罪的烟草、出版物")
    in_force_from: date
    in_force_to: date | None
    verified: bool
    source: str
    instruments: tuple[InstrumentShown, ...]
    gate: tuple[ConditionShown, ...]
    limbs: tuple[ConditionShown, ...]
    exceptions: tuple[ConditionShown, ...]
    questions: tuple[QuestionShown, ...]
    aggravated: tuple[ConditionShown, ...]
    aggravated_times: int | None = Field(description="情节特别严重：立案标准的几倍")
    notes: tuple[str, ...]


class SentenceShown(Shown):
    """One step of the sentences (法定刑), the lowest first. `verified` false: check before you cite."""

    says: str
    verified: bool


class CountedShown(Shown):
    """How a fact is counted from the party's earlier penalty decisions on this platform."""

    years: int
    citation: str
    note: str


class EvidenceShown(Shown):
    """An item of the checklist. `mark`: v compared with the text, s a summary, m from memory, practice."""

    id: str
    name: str
    category: str
    mandatory: bool
    condition: str | None
    proves: tuple[str, ...]
    basis: tuple[str, ...]
    mark: str


class CauseNamed(Shown):
    """A cause of action by id and name."""

    id: str
    name: str


class ChargeListed(Shown):
    """A charge. `unverified`: versions not compared with the text; `reviews`: limbs to be reviewed."""

    charge: str
    name: str
    article: str
    kind: str
    role: str | None
    versions: int
    in_force_since: date | None
    unverified: int
    reviews: int


class ChargeShown(ChargeListed):
    """A charge with all its versions side by side."""

    offence_since: date
    earlier_standard_not_recorded: str | None
    conduct: tuple[str, ...]
    product_category: tuple[str, ...]
    elements: tuple[ConditionShown, ...]
    standards: tuple[VersionShown, ...]
    competition: tuple[str, ...]
    element_rules: tuple[str, ...]
    presumptions: tuple[str, ...]
    presumptions_citation: str | None
    sentences: tuple[SentenceShown, ...]
    reasonable_suspicion: str | None = Field(description="未达标准也可以合理嫌疑移送的依据")
    notes: tuple[str, ...]
    evidence: tuple[EvidenceShown, ...]
    causes: tuple[CauseNamed, ...]


class FactShown(Shown):
    """A fact. `computed`: how it follows from others, never typed then; `accumulated`: by which rules."""

    id: str
    name: str
    type: str
    unit: str | None
    measured: str
    question: str
    values: dict[str, str]
    computed: str | None
    accumulated: tuple[str, ...]
    counted: CountedShown | None
    charges: tuple[str, ...]


class BreachShown(Shown):
    """The provision broken. `verified` false: article from memory, to be checked."""

    law: str
    article: str
    verified: bool


class CauseShown(CauseNamed):
    """A cause of action: what it implies, the charges it may amount to, what those still ask."""

    line: str
    breaks: tuple[BreachShown, ...]
    implies: dict[str, str | tuple[str, ...] | bool]
    charges: tuple[str, ...]
    asks: tuple[str, ...]
    note: str | None
