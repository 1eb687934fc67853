"""Clocks: the statutory time limits of `clocks.yaml`, with their legal basis and how surely each is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import lru_cache
from types import MappingProxyType
from typing import Annotated, Literal, Self

from pydantic import Field, StrictBool, StrictInt, model_validator

from app.law.legal_days import UNIT_NAMES, Unit
from app.law.reading import LAW, Check, LawModel, checker, read

Mark = Literal["v", "s", "m", "rule"]
MARKS: Mapping[Mark, str] = MappingProxyType(
    {
        "v": "已对照条文全文",
        "s": "见于二手摘要，未对照原文",
        "m": "凭记忆，未核对原文",
        "rule": "法无明文，由平台规则设定，默认值只是建议",
    }
)
Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class Instrument(LawModel):
    """A statute, interpretation or opinion; `mark` says how surely its data are known."""

    id: str
    title: str
    number: str | None = None
    effective_from: str | None = None
    mark: Mark


class Basis(LawModel):
    """Where a rule stands: instrument and article, `part` when it carries only a part of the rule."""

    instrument: str
    article: str | None = None
    part: str | None = None
    mark: Mark


class Length(LawModel):
    """So many units."""

    n: Annotated[StrictInt, Field(ge=1)]
    unit: Unit

    def __str__(self) -> str:
        return f"{self.n}{UNIT_NAMES[self.unit]}"


Who = Mapping[Literal["holder", "issuer"], tuple[str, ...]]

Told = Literal["holder", "superior", "procuratorate", "procuratorate_superior"]


class Variant(LawModel):
    """Another length in a named circumstance; never applied by the machine. `basis` where it differs.

    `who`: which roles of which party may apply it; empty where an action of the procedure does.
    """

    id: Id
    when: str
    length: Length | None = None
    length_by_document: str | None = None
    who: Who = Field(default_factory=dict)
    basis: tuple[Basis, ...] = ()


class Extension(LawModel):
    """By how much, how often and by whose approval a clock is extended; `then`: once that is used up.

    `n` None: the approval names it. `who`: which roles of which party may record the approval.
    `party_notice`: the party is told in writing, with the reasons.
    """

    n: Annotated[StrictInt, Field(ge=1)] | None = None
    unit: Unit | None = None
    times: Annotated[StrictInt, Field(ge=1)] | None = None
    by: str
    who: Annotated[Who, Field(min_length=1)]
    party_notice: StrictBool = False
    then: Extension | None = None


class Escalation(LawModel):
    """Who is told when a clock runs out, and what the law says of it."""

    tell: Told
    words: str


class OnCase(LawModel):
    """A clock that runs on a case: by which of its dates it starts and stops by itself, else by an officer.

    `only`: by itself only on a case that was penalised and should have been transferred.
    """

    start: Annotated[Literal["filed_on", "decided_on"] | None, Field(alias="from")] = None
    until: Literal["filed_on", "decided_on"] | None = None
    only: Literal["penalised_untransferred"] | None = None


class Clock(LawModel):
    """One time limit. `starts`, `stops`, `holder`, `on_expiry` are in the words of the statutes.

    `length` None: the law fixes none, the thing is done at once (`immediate`) or within the term that a
    document names (`length_by_document`), entered by `set_by`. `excludes`: time not counted. `suspends`: what
    halts the clock. `reminds`: which roles of the holder, where not the platform's. `or_workday`: the text
    says 日 only; an organ may choose to count working days.
    """

    id: Id
    name: str
    starts: Annotated[tuple[str, ...], Field(min_length=1)]
    stops: Annotated[tuple[str, ...], Field(min_length=1)]
    length: Length | None = None
    length_by_document: str | None = None
    set_by: Who = Field(default_factory=dict)
    immediate: StrictBool = False
    variants: tuple[Variant, ...] = ()
    extend: Extension | None = None
    excludes: tuple[str, ...] = ()
    suspends: tuple[str, ...] = ()
    reminds: tuple[str, ...] = ()
    on_expiry: tuple[Escalation, ...] = ()
    on_case: OnCase | None = None
    holder: str
    basis: tuple[Basis, ...]
    mark: Mark
    or_workday: StrictBool = False
    note: str | None = None
    uncertain: str | None = None

    @property
    def pauses(self) -> tuple[str, ...]:
        """The grounds on which time is not counted or the clock halts."""
        return (*self.excludes, *self.suspends)

    @property
    def settable(self) -> Literal["length", "unit"] | None:
        """What an organ may set: the length of a rule of the platform, day or workday, or nothing."""
        if self.length is None:
            return None
        return "length" if self.mark == "rule" else "unit" if self.or_workday else None

    @model_validator(mode="after")
    def _extended_in_its_own_unit(self) -> Self:
        extension = self.extend
        while extension:
            fits = extension.unit in (None, self.length.unit if self.length else None)
            if (extension.n is None) != (extension.unit is None) or not fits:
                raise ValueError("extend 的 n 与 unit 要么都写、要么都不写，unit 与 length 相同")
            extension = extension.then
        if self.pauses and (self.length is None or self.length.unit is Unit.HOUR):
            raise ValueError("没有固定期限或者按小时计算的期限，不写 excludes、suspends")
        if bool(self.set_by) != (self.length_by_document is not None):
            raise ValueError("期限按文书写明的，用 set_by 写明由谁登记")
        return self

    @model_validator(mode="after")
    def _one_kind_of_length(self) -> Self:
        if sum((self.length is not None, self.length_by_document is not None, self.immediate)) != 1:
            raise ValueError("length、length_by_document、immediate: true 三者写其一")
        if not self.basis and self.mark != "rule":
            raise ValueError("没有依据的期限是平台规则，写 mark: rule")
        return self


class CountingRule(LawModel):
    """A rule of counting, in our own words."""

    rule: str
    basis: tuple[Basis, ...]
    note: str | None = None


class Reminder(LawModel):
    """How long before its end who is reminded of a clock; of one not longer than that, in its last part."""

    roles: Annotated[tuple[str, ...], Field(min_length=1)]
    hours: Annotated[StrictInt, Field(ge=1)]
    last_part_of_shorter: Annotated[StrictInt, Field(ge=2)]


class Expiry(LawModel):
    """Who is told of every expiry, and who where the clock names nobody."""

    always: tuple[Told, ...]
    unless_named: tuple[Told, ...]


class Platform(LawModel):
    """What no law says and the platform settles; `mark` is rule."""

    mark: Literal["rule"]
    warning: Reminder
    expiry: Expiry
    pause: Who
    by_hand: Who


class _Clocks(LawModel):
    instruments: tuple[Instrument, ...]
    counting: tuple[CountingRule, ...]
    platform: Platform
    clocks: tuple[Clock, ...]


class UnknownClockError(LookupError):
    """No clock has this id; `nearest` are the ids most like it."""

    def __init__(self, clock: str) -> None:
        self.clock = clock
        self.nearest = tuple(get_close_matches(clock, clocks(), n=3, cutoff=0.4))
        advice = f"是否指 {'、'.join(self.nearest)}？" if self.nearest else ""
        self.detail = f"没有名为 {clock} 的期限。{advice}用 xianjie clocks list 查看全部。"
        super().__init__(self.detail)


@lru_cache(maxsize=1)
def _file() -> _Clocks:
    file = LAW / "clocks.yaml"
    data = read(file, _Clocks)
    check = checker(file)
    known = {instrument.id for instrument in data.instruments}
    seen: set[str] = set()
    for clock in data.clocks:
        word = f"id: {clock.id}"
        check(clock.id not in seen, word, f"编号 {clock.id} 重复", "每个期限各用一个编号")
        seen.add(clock.id)
        _check_basis(clock, known, check)
        variants = [variant.id for variant in clock.variants]
        check(len(set(variants)) == len(variants), word, "variants 的编号重复", "各用一个编号")
    return data


def _check_basis(clock: Clock, known: set[str], check: Check) -> None:
    variants: Iterable[Basis] = (basis for variant in clock.variants for basis in variant.basis)
    for basis in (*clock.basis, *variants):
        name = basis.instrument
        check(name in known, f"id: {clock.id}", f"没有依据 {name}", "先写入本文件的 instruments")


@lru_cache(maxsize=1)
def clocks() -> Mapping[str, Clock]:
    """All clocks by id. Raises LawDataError."""
    return MappingProxyType({clock.id: clock for clock in _file().clocks})


@lru_cache(maxsize=1)
def instruments() -> Mapping[str, Instrument]:
    """The instruments that clocks, procedure and documents rest on, by id. Raises LawDataError."""
    return MappingProxyType({instrument.id: instrument for instrument in _file().instruments})


def platform() -> Platform:
    """What the platform settles where the law is silent."""
    return _file().platform


def counting_rules() -> tuple[CountingRule, ...]:
    """The rules by which periods are counted, for the page that explains them."""
    return _file().counting


def clock(name: str) -> Clock:
    """The clock of this id. Raises UnknownClockError."""
    try:
        return clocks()[name]
    except KeyError:
        raise UnknownClockError(name) from None


def cite(basis: Basis) -> str:
    """A basis as it is quoted, with its mark where the text was not checked."""
    doubt = "" if basis.mark == "v" else f"（{MARKS[basis.mark]}）"
    part = f"：{basis.part}" if basis.part else ""
    return f"《{instruments()[basis.instrument].title}》{basis.article or ''}{part}{doubt}"


def told_of_expiry(clock: Clock) -> tuple[Told, ...]:
    """Who is told when the clock runs out."""
    rule = platform().expiry
    named = tuple(one.tell for one in clock.on_expiry) or rule.unless_named
    return tuple(dict.fromkeys((*rule.always, *named)))
