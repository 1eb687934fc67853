"""行政区划代码 (GB/T 2260): six digits, province 2 + city 2 + county 2.

`regions.csv` lists present and past divisions of the whole country with the years in which a code was in
use, where known; a code that was renamed has several rows. Years are the precision: a division counts as in
force through the whole of its first and last year.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from app.identifiers.errors import IdentifierError
from app.identifiers.folding import fold

_FORM = re.compile(r"[1-9][0-9]{5}")


@dataclass(frozen=True, slots=True)
class Region:
    """One division; `parent` is the code one level up, None for a province."""

    code: str
    name: str
    parent: str | None
    valid_from: int | None
    valid_to: int | None

    @property
    def level(self) -> str:
        """`province`, `city` or `county`."""
        if self.code.endswith("0000"):
            return "province"
        return "city" if self.code.endswith("00") else "county"

    def in_force(self, on: date) -> bool:
        """Whether the division existed in the year of the date."""
        return (self.valid_from or 0) <= on.year <= (self.valid_to or 9999)


@lru_cache(maxsize=1)
def regions() -> MappingProxyType[str, tuple[Region, ...]]:
    """All divisions by code, each code's rows in order of time."""
    with (Path(__file__).parent / "regions.csv").open(encoding="utf-8", newline="") as file:
        rows = [(row["code"], row["name"], row["from"], row["to"]) for row in csv.DictReader(file)]
    known = {code for code, *_ in rows}
    table: dict[str, tuple[Region, ...]] = {}
    for code, name, first, last in rows:
        region = Region(
            code, name, _parent(code, known), int(first) if first else None, int(last) if last else None
        )
        table[code] = (*table.get(code, ()), region)
    return MappingProxyType(table)


def parse_region(text: str, *, on: date | None = None) -> Region:
    """The division of a code, in the version in force on the date (the latest when no date is given).

    Raises IdentifierError: region_form, region_unknown, region_not_in_force.
    """
    code = fold(text)
    if not _FORM.fullmatch(code):
        raise IdentifierError("region_form", "行政区划代码应为6位数字，首位不为0，请重新填写。")
    versions = regions().get(code)
    if not versions:
        raise IdentifierError("region_unknown", f"没有行政区划代码{code}，请从区划列表中选择。")
    if on is None:
        return versions[-1]
    for version in reversed(versions):
        if version.in_force(on):
            return version
    raise IdentifierError(
        "region_not_in_force",
        f"行政区划代码{code}（{versions[-1].name}）在{on.year}年不在使用，请选择当时的区划。",
    )


def children(code: str, *, on: date) -> tuple[Region, ...]:
    """The divisions directly below a code that are in force on the date, by code."""
    return tuple(
        version
        for versions in regions().values()
        for version in versions
        if version.parent == code and version.in_force(on)
    )


def full_name(code: str, *, on: date | None = None) -> str:
    """The name from the province down, as 江苏省南京市玄武区. Raises as parse_region."""
    region = parse_region(code, on=on)
    above = full_name(region.parent) if region.parent else ""
    return above + region.name


def _parent(code: str, known: set[str]) -> str | None:
    for candidate in (code[:4] + "00", code[:2] + "0000"):
        if candidate != code and candidate in known:
            return candidate
    return None
