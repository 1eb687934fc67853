"""What becomes of an administrative penalty beside a criminal case (`penalties.yaml`).

国务院令第310号第十一条, 行政处罚法第三十五条: what was given before the transfer stays, or is offset; what is
not yet given waits until the criminal side ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Annotated, Literal

from pydantic import Field

from app.law.clocks import Basis, Id, instruments
from app.law.reading import LAW, LawModel, checker, read


class Penalty(LawModel):
    """A kind of penalty; `words` by which it is known in the wording of a decision."""

    id: Id
    name: str
    words: Annotated[tuple[str, ...], Field(min_length=1)]
    given: Literal["stays", "fine_offset", "term_offset", "unsettled"]
    new: Literal["waits", "by_law", "unsettled"]
    basis: Annotated[tuple[Basis, ...], Field(min_length=1)]


class _Penalties(LawModel):
    effects: Mapping[str, str]
    penalties: Annotated[tuple[Penalty, ...], Field(min_length=1)]


def penalties() -> tuple[Penalty, ...]:
    """Every kind of penalty. Raises LawDataError."""
    return _file().penalties


@lru_cache(maxsize=1)
def _file() -> _Penalties:
    file = LAW / "penalties.yaml"
    data = read(file, _Penalties)
    check = checker(file)
    ids = [one.id for one in data.penalties]
    for one in data.penalties:
        word = f"id: {one.id}"
        check(ids.count(one.id) == 1, word, f"编号 {one.id} 重复", "每一条各用一个编号")
        unknown = sorted({one.given, one.new} - set(data.effects))
        check(not unknown, word, f"没有处理方式 {unknown}", "先写入 effects")
        missing = sorted({basis.instrument for basis in one.basis} - set(instruments()))
        check(not missing, word, f"没有依据 {missing}", "先写入 clocks.yaml")
    return data


def effect_name(effect: str) -> str:
    """The Chinese words of an effect. Raises KeyError."""
    return _file().effects[effect]


def penalties_in(wordings: Iterable[str]) -> list[Penalty]:
    """The kinds of penalty that the wordings of a decision name, in the order of the law's data."""
    text = "；".join(wordings)
    return [one for one in penalties() if any(word in text for word in one.words)]
