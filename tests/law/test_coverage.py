"""Everything the law's data hold has its source, its dates and its mark; and nothing has got lost."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from app.law.checklist import charges_with_checklist, cited, evidence_items
from app.law.clocks import cite, clocks
from app.law.models import Charge, Version
from app.law.notation import comparisons
from app.law.statutes import law

VERSIONS = [(charge, version) for charge in law().charges.values() for version in charge.versions]
LIMBS = [(charge, version, limb) for charge, version in VERSIONS for limb in version.limbs]
each_version = pytest.mark.parametrize(("charge", "version"), VERSIONS, ids=[one.id for _, one in VERSIONS])


def test_how_much_there_is() -> None:
    kinds = Counter(charge.kind for charge in law().charges.values())
    assert kinds == {"charge": 31, "rule": 3}
    assert len(VERSIONS) == 72
    assert len(LIMBS) == 276
    figures = [one for *_, limb in LIMBS for one in comparisons(limb.when) if one.limit is not None]
    assert len(figures) == 347
    assert sum(len(version.questions) for _, version in VERSIONS) == 44
    assert (len(law().facts), len(law().instruments), len(law().causes)) == (105, 33, 73)
    assert Counter(item.requirement for item in evidence_items()) == {"mandatory": 134, "conditional": 69}
    assert len(clocks()) == 53


def test_how_surely_it_is_known() -> None:
    assert Counter(version.verified for _, version in VERSIONS) == {True: 69, False: 3}
    assert Counter(limb.review for *_, limb in LIMBS) == {None: 263, "required": 9, "recommended": 4}
    assert Counter(item.mark for item in evidence_items()) == {"v": 131, "practice": 60, "m": 10, "s": 2}
    assert Counter(clock.mark for clock in clocks().values()) == {"v": 35, "rule": 7, "m": 5, "s": 6}
    assert Counter(one.verified for one in law().instruments.values()) == {True: 28, False: 5}
    breaks = [one for cause in law().causes.values() for one in cause.breaks]
    assert Counter(one.verified for one in breaks) == {True: 78, False: 28}
    assert all(one.verified for charge in law().charges.values() for one in charge.sentences)
    assert law().limitation.verified


@each_version
def test_a_version_has_its_source_and_its_days(charge: Charge, version: Version) -> None:
    assert version.source.strip()
    assert version.to is None or version.from_ <= version.to
    assert version.limbs or version.questions or charge.kind == "rule"
    for name in version.instruments:
        instrument = law().instruments[name]
        assert instrument.source or not instrument.verified
        assert version.to is None or instrument.from_ <= version.to
        assert instrument.to is None or version.from_ <= instrument.to


@each_version
def test_every_limb_and_question_names_its_article(charge: Charge, version: Version) -> None:
    for cite_ in version.citations:
        assert re.search(r"第\S*\d+条|条号未核", law().citation(cite_)), cite_
    for limb in version.limbs:
        assert limb.says.strip()
        for one in comparisons(limb.when):
            assert one.limit is None or one.limit > 0


def test_every_charge_has_a_checklist_and_every_item_its_basis() -> None:
    charges = [one.charge for one in law().charges.values() if one.kind == "charge"]
    assert set(charges_with_checklist()) == set(charges)
    for item in evidence_items():
        assert item.name.strip()
        assert item.proves or item.category == "移送文书"
        assert all(cited(basis).strip() for basis in item.basis)


def test_every_clock_has_its_basis_or_is_a_rule_of_the_platform() -> None:
    for clock in clocks().values():
        assert clock.basis or clock.mark == "rule"
        assert all(cite(basis).startswith("《") for basis in clock.basis)
        assert clock.holder.strip()


def test_every_charge_can_be_reached_from_a_cause() -> None:
    named = {charge for cause in law().causes.values() for charge in cause.charges}
    assert {one.charge for one in law().charges.values() if one.kind == "charge"} <= named
