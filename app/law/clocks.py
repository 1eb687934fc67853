"""Clocks: the statutory time limits of `clocks.yaml`, with their legal basis and how surely each is known."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from difflib import get_close_matches
from functools import lru_cache
from types import MappingProxyType
from typing import Annotated, Literal, Self

from pydantic import Field, StrictInt, model_validator

from app.law.legal_days import UNIT_NAMES, Calendar, Due, Unit, count
from app.law.reading import LAW, LawModel, checker, read

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


class Variant(LawModel):
    """Another length in a named circumstance; never applied by the machine. `basis` where it differs."""

    when: str
    length: Length | None = None
    length_by_document: str | None = None
    basis: tuple[Basis, ...] = ()


class Extension(LawModel):
    """By how much, how often and by whose approval a clock is extended."""

    n: Annotated[StrictInt, Field(ge=1)] | None = None
    unit: Unit | None = None
    times: Annotated[StrictInt, Field(ge=1)] | None = None
    by: str
    then: str | None = None


class Clock(LawModel):
    """One time limit. `starts`, `stops`, `holder`, `on_expiry` are in the words of the statutes.

    `length` None: the law fixes none, the thing is done at once (`immediate`) or within the term that a
    document names (`length_by_document`). `excludes`: time not counted. `suspends`: what halts the clock.
    `or_workday`: the text says 日 only; an organ may choose to count working days.
    """

    id: Id
    name: str
    starts: Annotated[tuple[str, ...], Field(min_length=1)]
    stops: Annotated[tuple[str, ...], Field(min_length=1)]
    length: Length | None = None
    length_by_document: str | None = None
    immediate: bool = False
    variants: tuple[Variant, ...] = ()
    extend: Extension | None = None
    excludes: tuple[str, ...] = ()
    suspends: tuple[str, ...] = ()
    on_expiry: tuple[str, ...] = ()
    holder: str
    basis: tuple[Basis, ...]
    mark: Mark
    or_workday: bool = False
    note: str | None = None
    uncertain: str | None = None

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


class _Clocks(LawModel):
    instruments: tuple[Instrument, ...]
    counting: tuple[CountingRule, ...]
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
        for basis in (*clock.basis, *(basis for variant in clock.variants for basis in variant.basis)):
            name = basis.instrument
            check(name in known, word, f"没有依据 {name}", "先写入本文件的 instruments")
    return data


@lru_cache(maxsize=1)
def clocks() -> Mapping[str, Clock]:
    """All clocks by id. Raises LawDataError."""
    return MappingProxyType({clock.id: clock for clock in _file().clocks})


@lru_cache(maxsize=1)
def instruments() -> Mapping[str, Instrument]:
    """The instruments that clocks, procedure and documents rest on, by id. Raises LawDataError."""
    return MappingProxyType({instrument.id: instrument for instrument in _file().instruments})


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


def due(
    clock: Clock, start: datetime, calendar: Calendar, *, n: int | None = None, unit: Unit | None = None
) -> Due:
    """When the clock runs out if it starts at `start` (Asia/Shanghai when without zone).

    Counts the base length; `n` and `unit` replace it where an approval, a document or the organ's own
    setting says so. `at` is None when there is no length. Raises OverflowError past the year 9999.
    """
    length = _length(clock, n, unit)
    if length is None:
        return Due(None, False, (_why_no_length(clock), *_sources(clock)))
    counted = count(start, length.n, length.unit, calendar)
    return Due(
        counted.at, counted.provisional, (*counted.reasons, *_reading(clock, length), *_sources(clock))
    )


def _length(clock: Clock, n: int | None, unit: Unit | None) -> Length | None:
    base = clock.length
    if n is None and unit is None:
        return base
    if base is not None:
        return Length(n=base.n if n is None else n, unit=unit or base.unit)
    if n is None or unit is None:
        raise ValueError(f"{clock.id} has no length of its own: give n and unit")
    return Length(n=n, unit=unit)


def _why_no_length(clock: Clock) -> str:
    if clock.immediate:
        return "规定要求立即办理，没有固定期限"
    return f"没有固定期限：{clock.length_by_document}"


def _reading(clock: Clock, length: Length) -> tuple[str, ...]:
    if clock.length is not None and length != clock.length:
        return (f"口径：按{length}计算，基本期限为{clock.length}",)
    if clock.or_workday:
        return ("口径：规定未写明工作日或自然日，按自然日计算，机关可设为工作日",)
    return ()


@lru_cache(maxsize=256)
def _sources(clock: Clock) -> tuple[str, ...]:
    cited = "、".join(cite(basis) for basis in clock.basis)
    return (
        *([f"依据：{cited}"] if cited else []),
        *([] if clock.mark == "v" else [f"期限的可靠程度：{MARKS[clock.mark]}"]),
        *([f"存疑：{clock.uncertain}"] if clock.uncertain else []),
    )
