"""What is prepared of a standard says the same as asking every comparison and every fact anew."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import given, settings

from app.law.logic import check_of, truth
from app.law.models import Charge
from app.law.reports import reports_of
from app.law.standards import Timeline
from app.law.statutes import law
from app.law.wording import actual_of
from tests.law.test_screening_properties import cases


@settings(max_examples=150, deadline=None)
@given(cases())
def test_a_report_says_of_each_requirement_what_the_case_says(
    case: tuple[Charge, dict[str, Any], dict[str, Any], date, date],
) -> None:
    charge, facts, _, act, decided = case
    for standard in Timeline(charge).plan(act, decided).standards:
        states = standard.formula.states(facts)
        assert states == [check_of(one, law().facts)(facts) for one in standard.formula.comparisons]
        reports = reports_of(standard).of(facts, states)
        for report, (requirement, node) in zip(reports, standard.nodes, strict=True):
            assert report.met is truth(node, states)
            assert report.required == requirement.text
            assert report.actual == {fact.id: actual_of(fact)(facts) for fact in requirement.facts}
