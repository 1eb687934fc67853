"""GB/T 2260: the divisions of the whole country with the years of their codes."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest

from app.identifiers import IdentifierError, parse_region
from app.identifiers.regions import children, full_name, regions

TODAY = date(2026, 11, 24)


def test_jiangsu_has_thirteen_cities_and_ninety_five_counties() -> None:
    cities = children("320000", on=TODAY)
    assert len(cities) == 13
    assert sum(len(children(city.code, on=TODAY)) for city in cities) == 95


def test_every_province_and_every_parent_is_there() -> None:
    provinces = [code for code in regions() if code.endswith("0000")]
    assert len(provinces) == 34
    for versions in regions().values():
        for version in versions:
            assert (version.parent is None) == (version.level == "province"), version
            assert version.parent is None or version.parent in regions()


def test_versions_of_one_code_do_not_overlap() -> None:
    for versions in regions().values():
        for earlier, later in pairwise(versions):
            assert earlier.valid_to is not None
            assert later.valid_from is not None
            assert earlier.valid_to <= later.valid_from


def test_a_code_is_read_as_of_a_date() -> None:
    """南通市 2020: 崇川区 and 港闸区 became one district with a new code."""
    assert parse_region("３２０６１３", on=TODAY).name == "崇川区"
    assert parse_region("320611", on=date(2015, 1, 1)).name == "港闸区"
    with pytest.raises(IdentifierError) as caught:
        parse_region("320611", on=TODAY)
    assert caught.value.code == "region_not_in_force"


def test_full_name_from_the_province_down() -> None:
    assert full_name("320102") == "江苏省南京市玄武区"
    assert full_name("110101") == "北京市东城区"


@pytest.mark.parametrize(
    ("written", "code"), [("32010", "region_form"), ("032010", "region_form"), ("329999", "region_unknown")]
)
def test_region_refused(written: str, code: str) -> None:
    with pytest.raises(IdentifierError) as caught:
        parse_region(written)
    assert caught.value.code == code
