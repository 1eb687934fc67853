"""What a transfer for a charge should carry: the documents and the evidence, read from `evidence/`.

A mandatory item is always due. A conditional one is due when its circumstance is given: where the facts of
the case tell that, the product says so, else the officer is asked. The list serves completeness; it does not
replace the standards of criminal investigation, and what is missing never forbids a transfer
(行政执法机关移送涉嫌犯罪案件的规定第3条第2款、第6条).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StrictBool, model_validator

from app.law.logic import Formula
from app.law.notation import WrittenCondition, comparisons
from app.law.reading import LAW, Check, LawModel, checker, read
from app.law.statutes import law

Requirement = Literal["mandatory", "applicable", "not_applicable", "ask"]
Category = Literal[
    "移送文书",
    "书证",
    "物证",
    "证人证言",
    "被害人陈述",
    "供述和辩解",
    "鉴定意见",
    "勘验检查笔录",
    "视听资料电子数据",
]
Proves = Literal["主体", "主观明知", "客观行为", "数额", "权属", "危害后果", "前科情节", "程序"]
Mark = Literal["v", "s", "m", "practice"]
_CITED = re.compile(r"([A-Z][A-Z0-9_]*)( .+)?")


class EvidenceItem(LawModel):
    """An item as the law's data give it; the fields are explained at the head of `evidence/common.yaml`."""

    id: str
    name: str
    category: Category
    requirement: Literal["mandatory", "conditional"]
    condition: str | None = None
    when: WrittenCondition | None = None
    asks: StrictBool = False
    proves: tuple[Proves, ...] = ()
    content: tuple[str, ...] = ()
    basis: Annotated[tuple[str, ...], Field(min_length=1)]
    mark: Mark
    note: str | None = None

    @model_validator(mode="after")
    def _conditional_says_when(self) -> Self:
        conditional = self.requirement == "conditional"
        if conditional != (self.condition is not None) or conditional != (self.when is not None or self.asks):
            raise ValueError("有条件的要写 condition，并写 when 或 asks: true；必备的都不写")
        return self


class Copy(LawModel):
    """To whom the transfer is copied."""

    to: str
    what: str
    basis: tuple[str, ...]
    mark: Mark


class CommonEvidence(LawModel):
    """`evidence/common.yaml`."""

    rules: tuple[str, ...]
    documents: tuple[EvidenceItem, ...]
    copies: tuple[Copy, ...]
    items: tuple[EvidenceItem, ...]


class ChargeEvidence(LawModel):
    """One charge's file: its own items and which of the common ones it takes."""

    charge: str
    name: str
    note: str | None = None
    common: tuple[str, ...]
    items: Annotated[tuple[EvidenceItem, ...], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Item:
    """An item as it stands for one case. `condition` is the circumstance in Chinese, None when mandatory."""

    id: str
    name: str
    category: str
    requirement: Requirement
    condition: str | None
    proves: tuple[str, ...]
    content: tuple[str, ...]
    basis: tuple[str, ...]
    mark: str
    note: str | None


def checklist(
    charge: str, facts: Mapping[str, Any], answers: Mapping[str, bool] = MappingProxyType({})
) -> list[Item]:
    """The transfer documents, the common items and the charge's own items, each with its requirement.

    `facts` as parsed by `app.law`; `answers`: what the officer said to items that ask (item id → 适用).
    Raises KeyError for a charge without a list.
    """
    return [_stands(item, facts, answers) for item in _items(charge)]


def charges_with_checklist() -> tuple[str, ...]:
    """The charges that have a list, by their article."""
    return tuple(_files()[1])


def evidence_items() -> tuple[EvidenceItem, ...]:
    """Every document and item of all files, each once."""
    common, charges = _files()
    return (*common.documents, *common.items, *(item for own in charges.values() for item in own.items))


def charge_items(charge: str) -> tuple[EvidenceItem, ...]:
    """The whole list of a charge, without a case. Raises KeyError for a charge without a list."""
    return _items(charge)


def evidence_rules() -> tuple[str, ...]:
    """Rules on how evidence of the organ serves in criminal proceedings, for the page that shows the list."""
    return _files()[0].rules


def _stands(item: EvidenceItem, facts: Mapping[str, Any], answers: Mapping[str, bool]) -> Item:
    return Item(
        item.id,
        item.name,
        item.category,
        _requirement(item, facts, answers),
        item.condition,
        item.proves,
        item.content,
        tuple(cited(basis) for basis in item.basis),
        item.mark,
        item.note,
    )


def _requirement(item: EvidenceItem, facts: Mapping[str, Any], answers: Mapping[str, bool]) -> Requirement:
    if item.requirement == "mandatory":
        return "mandatory"
    given = Formula(item.when, law().facts).truth(facts) if item.when is not None else None
    if given:
        return "applicable"
    if given is False and not item.asks:
        return "not_applicable"
    if item.id in answers:
        return "applicable" if answers[item.id] else "not_applicable"
    return "ask"


def cited(basis: str) -> str:
    """A basis as it is quoted: in full where it begins with the id of an instrument."""
    found = _CITED.fullmatch(basis)
    return law().citation(f"{found[1]} {(found[2] or '').strip()}") if found else basis


@lru_cache(maxsize=64)
def _items(charge: str) -> tuple[EvidenceItem, ...]:
    common, charges = _files()
    own = charges[charge]
    shared = {item.id: item for item in common.items}
    return (*common.documents, *(shared[name] for name in own.common), *own.items)


@lru_cache(maxsize=1)
def _files() -> tuple[CommonEvidence, Mapping[str, ChargeEvidence]]:
    folder = LAW / "evidence"
    common = read(folder / "common.yaml", CommonEvidence)
    seen: set[str] = set()
    check = checker(folder / "common.yaml")
    _check_items((*common.documents, *common.items), seen, check)
    shared = {item.id for item in common.items}
    charges: dict[str, ChargeEvidence] = {}
    for file in sorted(folder.glob("[0-9]*.yaml")):
        own = read(file, ChargeEvidence)
        check = checker(file)
        named = file.stem == own.charge and own.charge in law().charges
        check(named, "charge:", f"文件名与罪名编号 {own.charge} 不符", "文件名用 charges/ 中的编号")
        unknown = sorted(set(own.common) - shared)
        check(not unknown, "common:", f"没有共用证据 {unknown}", "使用 common.yaml 中的编号")
        _check_items(own.items, seen, check)
        charges[own.charge] = own
    return common, MappingProxyType(charges)


def _check_items(items: tuple[EvidenceItem, ...], seen: set[str], check: Check) -> None:
    """Ids stand once in all files; facts and instruments that are named exist."""
    for item in items:
        word = f"id: {item.id}"
        check(item.id not in seen, word, f"编号 {item.id} 重复", "每一项各用一个编号")
        seen.add(item.id)
        facts = {one.fact for one in comparisons(item.when)} if item.when is not None else set()
        unknown = sorted(facts - set(law().facts))
        check(not unknown, word, f"没有要素 {unknown}", "使用 facts.yaml 中的要素名")
        cited = {found[1] for found in map(_CITED.fullmatch, item.basis) if found}
        unknown = sorted(cited - set(law().instruments))
        check(not unknown, word, f"没有依据 {unknown}", "先写入 instruments.yaml")
