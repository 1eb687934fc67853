"""The statutory documents: who issues each, on what, its fields, and where each field comes from."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Annotated, Literal, Self

from pydantic import Field, StrictBool, model_validator

from app.law.clocks import Basis, Id, instruments
from app.law.reading import LAW, LawModel, checker, read

Name = Annotated[str, Field(min_length=1)]
OrganKind = Literal[
    "enforcement",
    "police",
    "procuratorate",
    "court",
    "commission",
    "tax",
    "coordinating",
    "supervising",
    "outside",
]
About = Literal["transfer", "case", "clue", "supervision", "referral"]
Source = Annotated[str, Field(pattern=r"^[a-z][a-z_]*(\.[a-z_]+){0,2}$")]


class DocumentField(LawModel):
    """A field of a document.

    Its value is what the officer typed, else the first of the sources `from` that has one. `by_hand`: left
    blank for a signature or seal on the paper.
    """

    id: Id
    label: Name
    required: StrictBool = False
    sources: Annotated[tuple[Source, ...], Field(alias="from")] = ()
    by_hand: StrictBool = False


class Document(LawModel):
    """A statutory document; `fields` are what it holds beyond the head that all share.

    The other properties: head of `documents.yaml`.
    """

    id: Id
    name: Name
    issuers: tuple[OrganKind | Literal["any"], ...]
    letters: Annotated[str, Field(pattern=r"^[\u4e00-\u9fff]{1,8}$")]
    about: Annotated[tuple[About, ...], Field(min_length=1)]
    readers: tuple[OrganKind | Literal["any"], ...]
    must_accompany: StrictBool = False
    drawn_up_at: tuple[Id, ...] = ()
    rows: StrictBool = False
    number_of: Literal["clue", "supervision"] | None = None
    fields: Annotated[tuple[DocumentField, ...], Field(min_length=1)]
    basis: tuple[Basis, ...]

    @model_validator(mode="after")
    def _each_field_once(self) -> Self:
        ids = [field.id for field in self.fields]
        if len(set(ids)) != len(ids):
            raise ValueError("栏目编号重复，每个栏目各用一个编号")
        if self.number_of and self.number_of not in self.about:
            raise ValueError("number_of 须是 about 中的一项")
        return self

    def issued_by(self, kind: str) -> bool:
        """Whether an organ of this kind issues it."""
        return "any" in self.issuers or kind in self.issuers


class _Documents(LawModel):
    head: tuple[DocumentField, ...]
    documents: tuple[Document, ...]


@lru_cache(maxsize=1)
def _file() -> _Documents:
    file = LAW / "documents.yaml"
    data = read(file, _Documents)
    check = checker(file)
    ids = [document.id for document in data.documents]
    letters = [document.letters for document in data.documents]
    for document in data.documents:
        word = f"id: {document.id}"
        check(ids.count(document.id) == 1, word, f"编号 {document.id} 重复", "每种文书各用一个编号")
        check(letters.count(document.letters) == 1, word, f"文号用字 {document.letters} 重复", "另选用字")
        unknown = sorted({basis.instrument for basis in document.basis} - set(instruments()))
        check(not unknown, word, f"没有依据 {unknown}", "先写入 clocks.yaml")
        numbers = {
            source.removeprefix("number.")
            for field in document.fields
            for source in field.sources
            if source.startswith("number.")
        }
        check(numbers <= set(ids), word, f"没有文书 {sorted(numbers - set(ids))}", "使用已有的文书编号")
    return data


@lru_cache(maxsize=1)
def documents() -> Mapping[str, Document]:
    """All documents by id. Raises LawDataError."""
    return MappingProxyType({document.id: document for document in _file().documents})


def document_head() -> tuple[DocumentField, ...]:
    """The fields that every document begins with."""
    return _file().head
