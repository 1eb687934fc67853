"""What the law's files say, as frozen records: facts, instruments, charges with their versions, causes."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StrictBool, StrictInt, field_validator, model_validator

from app.law.notation import Condition, WrittenCondition
from app.law.reading import LawModel

FactType = Literal["money_yuan", "count", "ratio", "bool", "enum", "set", "date"]
FIGURES = frozenset({"money_yuan", "count", "ratio"})
CITED = r"^[A-Z][A-Z0-9_]* \S.*"


class AccumulationWindow(LawModel):
    """Acts of which period are added up, by which rule; `window_years` is null where the text names none."""

    from_: date | None = Field(alias="from")
    to: date | None
    rule: str
    window_years: StrictInt | None
    window_basis: str | None = None


class Accumulation(LawModel):
    """How the figures of several untreated acts of one party are added up."""

    id: str
    scope: str
    group_by: str
    windows: tuple[AccumulationWindow, ...]


class LimitationStep(LawModel):
    """After how many years a crime is no longer prosecuted whose heaviest sentence is so long (追诉时效)."""

    limit_years: StrictInt = Field(ge=1)
    below_years: StrictInt | None = None
    life_or_death: StrictBool = False


class Limitation(LawModel):
    """追诉时效, as it bounds which untreated acts are added up; `reading` says how that is understood."""

    cite: str = Field(pattern=CITED)
    verified: StrictBool
    steps: tuple[LimitationStep, ...] = Field(min_length=1)
    reading: str


class Counted(LawModel):
    """How a fact is counted from a party's penalty decisions.

    Decisions count whose cause leads to one of `charges`, stands in `causes`, or is the case's own
    (`same_cause`), if the act ended after them and within `years`. A flag is true from `at_least` on.
    """

    charges: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()
    same_cause: StrictBool = False
    years: StrictInt = Field(ge=1)
    at_least: StrictInt = Field(default=1, ge=1)
    cite: str = Field(pattern=CITED)
    note: str


class Fact(LawModel):
    """A measured element of the act (案情要素). `unit`: 元, 件, 次 …; `values`: word → Chinese label."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    name: str
    type: FactType
    unit: str | None = None
    measured: str
    question: str | None = None
    values: dict[str, str] = Field(default_factory=dict)
    never_empty: StrictBool = False
    assumed_when_unknown: str | StrictBool | None = None
    sum_of: dict[str, StrictInt] = Field(default_factory=dict)
    counted_from: Literal["half_threshold_items"] | None = None
    accumulated: str | None = None
    counted: Counted | None = None

    @property
    def derived(self) -> bool:
        """Computed from other facts, never typed."""
        return bool(self.sum_of or self.counted_from)

    def ask(self) -> str:
        """The question put to the officer, in Chinese."""
        if self.question:
            return self.question
        match self.type:
            case "bool":
                return f"是否{self.name}？"
            case "enum" | "set" | "date":
                return f"{self.name}？"
            case "ratio":
                return f"{self.name}是多少（小数，如 0.1 为百分之十）？"
        return f"{self.name}是多少（{self.unit}）？"


class FactsFile(LawModel):
    """facts.yaml."""

    limitation: Limitation
    accumulation: tuple[Accumulation, ...]
    facts: tuple[Fact, ...]


class Instrument(LawModel):
    """A statute, interpretation or filing standard; `verified: false` means: check before you cite."""

    id: str
    number: str
    title: str
    cited_as: str | None = None
    from_: date = Field(alias="from")
    to: date | None
    source: str | None
    verified: StrictBool
    note: str | None = None


class InstrumentsFile(LawModel):
    """instruments.yaml."""

    checked_to: str
    instruments: tuple[Instrument, ...]


def _citation(text: str) -> str:
    if not re.fullmatch(r"[A-Z][A-Z0-9_]* \S.*", text):
        raise ValueError("依据写作：instruments.yaml 中的编号、空格、条款，如 IP2025 第5条第1款")
    return text


Citation = Annotated[str, AfterValidator(_citation)]
Review = Literal["required", "recommended"]


class Limb(LawModel):
    """One alternative of a filing standard. `from`: in force only from then, within its version."""

    id: str
    says: str
    cite: Citation
    when: WrittenCondition
    attempt: StrictBool = False
    review: Review | None = None
    from_: date | None = Field(default=None, alias="from")
    displaced_for: dict[str, tuple[str, ...]] = Field(default_factory=dict)


class Question(LawModel):
    """A catch-all limb (其他情节严重): never decided by the machine, put to the officer."""

    says: str
    cite: Citation


class Exempting(LawModel):
    """A circumstance that takes the act out of the charge."""

    when: WrittenCondition
    cite: Citation


class Aggravation(LawModel):
    """A higher sentencing step; plays no part in whether the filing threshold is reached."""

    id: str
    says: str
    cite: Citation
    when: WrittenCondition


class Multiplier(LawModel):
    """情节特别严重: so many times the filing figures."""

    factor: StrictInt
    cite: Citation


class Version(LawModel):
    """One filing standard of a charge with its dates in force (both days included; `to: null` = still)."""

    id: str = Field(pattern=r"^[\w-]+@\d{4}$")
    from_: date = Field(alias="from")
    to: date | None
    instruments: tuple[str, ...] = Field(min_length=1)
    verified: StrictBool
    source: str
    role: str | None = None
    sub_type: str | None = None
    gate: tuple[WrittenCondition, ...] = ()
    half_threshold_items: tuple[WrittenCondition, ...] = ()
    limbs: tuple[Limb, ...]
    exceptions: tuple[Exempting, ...] = ()
    questions: tuple[Question, ...] = ()
    aggravated: tuple[Aggravation, ...] = ()
    aggravated_multiplier: Multiplier | None = None
    aggravated_note: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def citations(self) -> tuple[str, ...]:
        """Every place the version cites."""
        cites = [*(one.cite for one in self.limbs), *(one.cite for one in self.questions)]
        cites += [*(one.cite for one in self.exceptions), *(one.cite for one in self.aggravated)]
        return (*cites, self.aggravated_multiplier.cite) if self.aggravated_multiplier else tuple(cites)

    @property
    def written_conditions(self) -> tuple[Condition, ...]:
        """Every condition of the version."""
        limbs = [*(one.when for one in self.limbs), *(one.when for one in self.exceptions)]
        return (*self.gate, *self.half_threshold_items, *limbs, *(one.when for one in self.aggravated))

    @property
    def track(self) -> str:
        """Versions of one track follow each other in time; tracks stand side by side."""
        return self.id.partition("@")[0]


class Sentence(LawModel):
    """One step of the sentences for a charge (法定刑), the lowest first. `years`: the longest fixed term.

    `life` and `death`: whether 无期徒刑 and 死刑 stand in the step. `verified: false`: check before you cite.
    """

    says: str
    years: StrictInt = Field(ge=1)
    life: StrictBool = False
    death: StrictBool = False
    verified: StrictBool = False

    @property
    def weight(self) -> tuple[bool, bool, int]:
        """What makes one step heavier than another."""
        return self.death, self.life, self.years


class AppliesTo(LawModel):
    """Which stated conduct (and, for product charges, product category) brings a charge into view."""

    conduct: frozenset[str] = Field(min_length=1)
    product_category: frozenset[str] = frozenset()


class OffenceSince(LawModel):
    """From when the act is a crime at all, and by which statute (刑法第12条)."""

    from_: date = Field(alias="from")
    instrument: str


class Presumptions(LawModel):
    """Circumstances from which knowledge may be presumed (推定明知)."""

    cite: Citation
    rebuttable: StrictBool = False
    factors: tuple[str, ...]


class Charge(LawModel):
    """A charge (罪名), or a rule beside the charges (`kind: rule`), with all its versions."""

    charge: str
    name: str
    name_en: str
    article: str
    kind: Literal["charge", "rule"] = "charge"
    role: str | None = None
    offence_since: OffenceSince
    earlier_standard_not_recorded: str | None = None
    applies_to: AppliesTo | None = None
    elements: tuple[WrittenCondition, ...] = ()
    versions: tuple[Version, ...] = Field(min_length=1)
    competition: tuple[str, ...] = ()
    element_rules: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    sentencing_steps_yuan: tuple[StrictInt, ...] = ()
    sentences: tuple[Sentence, ...] = ()
    reasonable_suspicion: Citation | None = None
    knowledge_presumptions: Presumptions | None = None

    @field_validator("versions")
    @classmethod
    def _in_order(cls, versions: tuple[Version, ...]) -> tuple[Version, ...]:
        return tuple(sorted(versions, key=lambda version: version.from_))

    @property
    def tracks(self) -> dict[str, tuple[Version, ...]]:
        """Track → its versions, oldest first."""
        tracks: dict[str, tuple[Version, ...]] = {}
        for version in self.versions:
            tracks[version.track] = (*tracks.get(version.track, ()), version)
        return tracks


class Breach(LawModel):
    """The provision that a cause of action breaks. `verified: false` = article from memory, to be checked."""

    law: str
    article: str
    verified: StrictBool


UNLISTED = "other"
"""The cause for breaches that the list does not name; it alone names no provision."""


class Cause(LawModel):
    """A cause of action (案由) with the facts it implies and the charges it may amount to."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    name: str
    line: str
    breaks: tuple[Breach, ...] = ()
    implies: dict[str, str | tuple[str, ...] | StrictBool] = Field(default_factory=dict)
    charges: tuple[str, ...] = ()
    note: str | None = None

    @model_validator(mode="after")
    def _names_a_provision(self) -> Self:
        if not self.breaks and self.id != UNLISTED:
            raise ValueError("在 breaks 下写明违反的规定：law 和 article")
        return self


class CausesFile(LawModel):
    """causes.yaml."""

    causes: tuple[Cause, ...]
