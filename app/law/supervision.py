"""What may be asked of an organ about a case that it did not transfer, by whom, and what it may answer."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated

from pydantic import Field

from app.law.clocks import Basis, Id, clocks, instruments
from app.law.documents import OrganKind
from app.law.reading import LAW, LawModel, checker, read

Roles = Annotated[tuple[str, ...], Field(min_length=1)]


class RequestKind(LawModel):
    """A kind of request: the document, its letters in the number, the reply's clock, the answers it takes."""

    id: Id
    name: str
    document: str
    letters: Annotated[str, Field(min_length=1, max_length=4)]
    by: Annotated[Mapping[OrganKind, Roles], Field(min_length=1)]
    clock: str
    answers: Annotated[tuple[str, ...], Field(min_length=1)]
    basis: tuple[Basis, ...]
    note: str | None = None


class Supervision(LawModel):
    """All kinds of request, with the Chinese names of answers and states."""

    answers: Mapping[str, str]
    answered_by: Roles
    states: Mapping[str, str]
    kinds: Annotated[tuple[RequestKind, ...], Field(min_length=1)]

    def kind(self, name: str) -> RequestKind:
        """The kind of this id. Raises KeyError."""
        for kind in self.kinds:
            if kind.id == name:
                return kind
        raise KeyError(name)


@lru_cache(maxsize=1)
def supervision() -> Supervision:
    """The content of `supervision.yaml`. Raises LawDataError when it names what does not exist."""
    file = LAW / "supervision.yaml"
    data = read(file, Supervision)
    check = checker(file)
    for kind in data.kinds:
        word = f"id: {kind.id}"
        check(kind.clock in clocks(), word, f"没有期限 {kind.clock}", "使用 clocks.yaml 中的编号")
        unknown = sorted(set(kind.answers) - set(data.answers))
        check(not unknown, word, f"没有答复 {unknown}", "先写入 answers")
        missing = sorted({basis.instrument for basis in kind.basis} - set(instruments()))
        check(not missing, word, f"没有依据 {missing}", "先写入 clocks.yaml")
    return data
