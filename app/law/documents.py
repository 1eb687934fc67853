"""The statutory documents of a transfer: who issues each and which fields it holds."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import Field, StrictBool

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


class DocumentField(LawModel):
    """A field of a document."""

    id: Id
    label: Name
    required: StrictBool = False


class Document(LawModel):
    """A statutory document; `fields` are what it holds beyond the head that all share."""

    id: Id
    name: Name
    issuers: tuple[OrganKind | Literal["any"], ...]
    fields: Annotated[tuple[DocumentField, ...], Field(min_length=1)]
    basis: tuple[Basis, ...]


class _Documents(LawModel):
    head: tuple[DocumentField, ...]
    documents: tuple[Document, ...]


@lru_cache(maxsize=1)
def _file() -> _Documents:
    file = LAW / "documents.yaml"
    data = read(file, _Documents)
    check = checker(file)
    ids = [document.id for document in data.documents]
    for document in data.documents:
        word = f"id: {document.id}"
        check(ids.count(document.id) == 1, word, f"编号 {document.id} 重复", "每种文书各用一个编号")
        unknown = sorted({basis.instrument for basis in document.basis} - set(instruments()))
        check(not unknown, word, f"没有依据 {unknown}", "先写入 clocks.yaml")
    return data


@lru_cache(maxsize=1)
def documents() -> Mapping[str, Document]:
    """All documents by id. Raises LawDataError."""
    return MappingProxyType({document.id: document for document in _file().documents})


def document_head() -> tuple[DocumentField, ...]:
    """The fields that every document begins with."""
    return _file().head
