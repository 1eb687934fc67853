"""Goods of a case as data: measures, how a value was found, and what each way of disposal has to record."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from types import MappingProxyType
from typing import Annotated, Literal, Self

from pydantic import Field, StrictBool, StrictInt, model_validator

from app.law.clocks import MARKS, Basis, Id, Instrument, instruments
from app.law.reading import LAW, Check, LawModel, checker, read
from app.law.statutes import law

FieldType = Literal["text", "lines", "money", "photographs"]
Need = Literal["photographs", "sample"]


class DatedBasis(Basis):
    """Where a rule stands and from when to when; `order` is the rule's place among those of one article."""

    from_: Annotated[date, Field(alias="from")]
    to: date | None = None
    order: StrictInt | None = None

    def in_force(self, on: date) -> bool:
        """Whether the rule holds on that day."""
        return self.from_ <= on and (self.to is None or on <= self.to)


class Named(LawModel):
    """Something to choose, with its basis. `paper`: the number of its document has to be given."""

    id: Id
    name: Annotated[str, Field(min_length=1)]
    paper: StrictBool = False
    basis: tuple[DatedBasis, ...] = ()


class DisposalField(LawModel):
    """What the record of a disposal holds: a text, lines of text, money in 元, or photographs on file."""

    id: Id
    label: Annotated[str, Field(min_length=1)]
    type: FieldType
    required: StrictBool = False
    min_items: Annotated[StrictInt, Field(ge=0)] = 0

    @model_validator(mode="after")
    def _counts_only_lists(self) -> Self:
        if self.min_items and self.type not in ("lines", "photographs"):
            raise ValueError("min_items 只用于 lines 和 photographs")
        return self


class Disposal(LawModel):
    """A way of disposal. `before_handover`: whether the sender may, before the police have taken over."""

    id: Id
    name: Annotated[str, Field(min_length=1)]
    before_handover: Literal["never", "perishable"]
    fields: Annotated[tuple[DisposalField, ...], Field(min_length=1)]
    basis: Annotated[tuple[DatedBasis, ...], Field(min_length=1)]


class Perishable(LawModel):
    """What cannot well be kept may be disposed of early, once what `needs` names is there."""

    name: str
    needs: Annotated[tuple[Need, ...], Field(min_length=1)]
    basis: Annotated[tuple[DatedBasis, ...], Field(min_length=1)]


class ExhibitLaw(LawModel):
    """The content of `exhibits.yaml`."""

    instruments: tuple[Instrument, ...]
    measures: Annotated[tuple[Named, ...], Field(min_length=1)]
    valuations: Annotated[tuple[Named, ...], Field(min_length=1)]
    perishable: Perishable
    disposals: Annotated[tuple[Disposal, ...], Field(min_length=1)]

    def measure(self, name: str) -> Named | None:
        """The measure of this id."""
        return next((one for one in self.measures if one.id == name), None)

    def valuation(self, name: str) -> Named | None:
        """The way of valuation of this id."""
        return next((one for one in self.valuations if one.id == name), None)

    def disposal(self, name: str) -> Disposal | None:
        """The way of disposal of this id."""
        return next((one for one in self.disposals if one.id == name), None)


@lru_cache(maxsize=1)
def exhibit_law() -> ExhibitLaw:
    """The content of `exhibits.yaml`. Raises LawDataError when it names what does not exist, or twice."""
    file = LAW / "exhibits.yaml"
    data = read(file, ExhibitLaw)
    check = checker(file)
    known = {one.id for one in data.instruments} | set(instruments()) | set(law().instruments)
    entries: tuple[Named | Disposal, ...] = (*data.measures, *data.valuations, *data.disposals)
    ids = [one.id for one in entries]
    for one in entries:
        word = f"id: {one.id}"
        check(ids.count(one.id) == 1, word, f"编号 {one.id} 重复", "每一项各用一个编号")
        _check_basis(one.basis, known, word, check)
    _check_basis(data.perishable.basis, known, "perishable:", check)
    return data


def cite_dated(basis: DatedBasis) -> str:
    """A basis as it is quoted: in full, with its end where it no longer holds, its mark if unchecked."""
    doubt = "" if basis.mark == "v" else f"（{MARKS[basis.mark]}）"
    part = f"：{basis.part}" if basis.part else ""
    until = f"（施行至{basis.to.isoformat()}）" if basis.to else ""
    return f"{_titles()[basis.instrument]}{basis.article or ''}{part}{until}{doubt}"


def _check_basis(bases: tuple[DatedBasis, ...], known: set[str], word: str, check: Check) -> None:
    unknown = sorted({basis.instrument for basis in bases} - known)
    check(not unknown, word, f"没有依据 {unknown}", "先写入 instruments")
    turned = [basis.instrument for basis in bases if basis.to is not None and basis.to < basis.from_]
    check(not turned, word, f"依据 {turned} 的 to 早于 from", "核对施行与废止的日期")


@lru_cache(maxsize=1)
def _titles() -> Mapping[str, str]:
    titles = {one.id: law().citation(one.id) for one in law().instruments.values()}
    titles |= {one.id: f"《{one.title}》" for one in instruments().values()}
    titles |= {one.id: f"《{one.title}》" for one in exhibit_law().instruments}
    return MappingProxyType(titles)
