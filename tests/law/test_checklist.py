"""Evidence checklists: what each charge's transfer should carry, and what the facts of the case decide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from app.law.checklist import Item, charges_with_checklist, checklist, evidence_rules
from app.law.given_facts import parse_facts
from app.law.statutes import law


def item(charge: str, name: str, facts: Mapping[str, Any], answers: Mapping[str, bool] | None = None) -> Item:
    (found,) = (one for one in checklist(charge, parse_facts(facts), answers or {}) if one.id == name)
    return found


def test_every_charge_has_a_list_and_there_are_198_items_and_five_documents() -> None:
    listed = charges_with_checklist()
    assert len(listed) == 31
    assert set(listed) <= set(law().charges)
    items = {one.id: one for charge in listed for one in checklist(charge, {})}
    documents = [one for one in items.values() if one.category == "移送文书"]
    assert len(documents) == 5
    assert len(items) == 198 + 5
    assert len(evidence_rules()) == 4


def test_the_five_documents_come_first_by_article_six() -> None:
    """移送规定第6条: 移送书、调查报告、物品清单、检验报告或者鉴定结论、其他材料."""
    first = checklist("214", {})[:5]
    assert [one.id for one in first] == ["TD1", "TD2", "TD3", "TD4", "TD5"]
    assert [one.requirement for one in first] == ["mandatory", "mandatory", "mandatory", "ask", "mandatory"]
    for number, one in enumerate(first, 1):
        assert one.basis[0].endswith(f"第6条第{number}项")
        assert "行政执法机关移送涉嫌犯罪案件的规定" in one.basis[0]


@pytest.mark.parametrize(
    ("charge", "name", "facts", "requirement"),
    [
        ("140", "140-E1", {}, "mandatory"),
        ("140", "140-E5", {"conduct": ["produce"]}, "applicable"),
        ("140", "140-E5", {"conduct": ["sell"]}, "not_applicable"),
        ("140", "140-E5", {}, "ask"),
        ("140", "140-E8", {"product_category": ["tobacco"]}, "applicable"),
        ("140", "140-E8", {"product_category": ["general"]}, "not_applicable"),
        ("140", "C2", {"party_type": "unit"}, "applicable"),
        ("140", "C2", {"party_type": "person"}, "ask"),  # 疑似为违法而设立: only the officer can tell
        ("143", "143-E6", {"food_poisoning_people": 3}, "applicable"),
        ("143", "143-E6", {"food_poisoning_people": 0}, "ask"),
        ("213", "213-E9", {"registered_marks_count": 2}, "applicable"),
        ("213", "213-E9", {"registered_marks_count": 1}, "not_applicable"),
        ("214", "214-E8", {"ip_unsold_value": 1}, "applicable"),
        ("214", "214-E8", {"ip_unsold_value": 0}, "not_applicable"),
        ("217", "217-E8", {"conduct": ["circumvent_tpm"]}, "applicable"),
        ("225", "225-E3", {"illegal_business_type": "tobacco"}, "applicable"),
        ("225", "225-E5", {"illegal_business_type": "tobacco"}, "not_applicable"),
        ("229-1", "229-E5", {"biz_illegal_gain": "0.01"}, "applicable"),
    ],
)
def test_what_the_facts_decide(charge: str, name: str, facts: Mapping[str, Any], requirement: str) -> None:
    assert item(charge, name, facts).requirement == requirement


@pytest.mark.parametrize(("answer", "requirement"), [(True, "applicable"), (False, "not_applicable")])
def test_the_officer_answers_what_the_facts_leave_open(answer: bool, requirement: str) -> None:
    assert item("140", "C2", {"party_type": "person"}, {"C2": answer}).requirement == requirement
    assert item("140", "140-E5", {}, {"140-E5": answer}).requirement == requirement


def test_a_fact_outweighs_an_answer() -> None:
    assert item("140", "140-E5", {"conduct": ["produce"]}, {"140-E5": False}).requirement == "applicable"
    assert item("140", "140-E5", {"conduct": ["sell"]}, {"140-E5": True}).requirement == "not_applicable"
    assert item("140", "140-E1", {}, {"140-E1": False}).requirement == "mandatory"


def test_every_item_says_what_it_proves_on_what_basis_and_how_surely() -> None:
    for charge in charges_with_checklist():
        for one in checklist(charge, {}):
            assert one.basis
            assert one.mark in {"v", "s", "m", "practice"}
            assert one.proves or one.category == "移送文书"
            assert (one.requirement == "ask") == (one.condition is not None), one.id


def test_a_citation_is_written_out() -> None:
    assert item("140", "140-E1", {}).basis == (law().citation("WL2001 第1条第5款"),)


def test_a_charge_without_list_is_unknown() -> None:
    with pytest.raises(KeyError):
        checklist("999", {})
