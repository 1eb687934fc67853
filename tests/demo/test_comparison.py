"""Screening beside the methods of the field: what each compares, told by hand for some cases."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from app.demo.real.comparison import differing, score, scores, screened, why
from app.demo.real.field_methods import keyword_and_amount, largest_amount, lowest_amount, one_amount
from app.demo.real.reading import rules
from app.demo.real.records import real_cases
from app.demo.real.report import summary
from app.demo.real.screening import Outcome, outcome
from app.demo.real_cases import renewed
from app.law.statutes import law

CASES = {case.id: outcome(case) for case in real_cases()}
CLEAR = [found for found in CASES.values() if not found.case.ambiguous]
README = Path(__file__).parents[2] / "README.md"


@pytest.mark.parametrize(
    ("charge", "day", "amount"),
    [
        ("214", date(2010, 1, 1), 50000),  # 法释〔2004〕19号第2条
        ("214", date(2025, 5, 1), 20000),  # 法释〔2025〕5号第5条第1款第2项: the gain of a repeat offender
        ("140", date(2025, 5, 1), 50000),
        ("141", date(2025, 5, 1), None),  # 生产、销售假药: no amount
        ("225", date(2025, 5, 1), 8000),  # eight tenths, for who was punished within two years
    ],
)
def test_the_lowest_amount_of_a_charge(charge: str, day: date, amount: int | None) -> None:
    assert lowest_amount(law().charges[charge], day) == (None if amount is None else Decimal(amount))


def test_the_largest_amount_of_a_case_is_of_whatever_kind_but_no_price() -> None:
    assert largest_amount(CASES["RC025"].case) == Decimal("120488.16")
    assert largest_amount(CASES["RC010"].case) == CASES["RC010"].case.figures["case_value"].value
    assert largest_amount(CASES["RC014"].case) is None
    assert largest_amount(CASES["RC109"].case) is None  # measured milligrams are no money


def test_labels_are_no_amount_rc014() -> None:
    assert screened(CASES["RC014"])
    assert not one_amount(CASES["RC014"])
    assert not keyword_and_amount(CASES["RC014"])
    assert why(CASES["RC014"]).endswith("标识二万件以上")


def test_eight_tenths_is_no_alarm_in_law_rc025() -> None:
    assert CASES["RC025"].conclusion == "near"
    assert one_amount(CASES["RC025"])


def test_every_keyword_belongs_to_a_charge() -> None:
    assert rules().keywords.keys() <= {one.charge for one in law().charges.values() if one.kind == "charge"}


def test_scores_are_counted_by_hand() -> None:
    some = [CASES[name] for name in ("RC014", "RC025", "RC001", "RC010")]  # three transfers, one penalty
    assert [found.case.expected for found in some].count("not_transferred") == 1
    by_screening = score(some, screened)
    assert (by_screening.alarms, by_screening.right, by_screening.went, by_screening.silent) == (2, 2, 3, 0)
    by_amount = score(some, one_amount)
    assert (by_amount.alarms, by_amount.right, by_amount.went, by_amount.silent) == (3, 2, 3, 1)
    assert (by_amount.precision, by_amount.recall) == ("2/3 = 67%", "2/3 = 67%")
    assert score([], screened).precision == "—"


def test_no_transferred_case_is_missed_and_no_clear_penalty_is_flagged() -> None:
    certain: list[Outcome] = [found for found in CLEAR if found.conclusion != "undetermined"]
    assert not [each for each in certain if each.case.expected == "transferred" and not screened(each)]
    assert not [each for each in certain if each.case.expected == "not_transferred" and screened(each)]
    assert score(CLEAR, screened).silent == 0


def test_the_table_has_a_row_for_each_method_and_each_difference_a_reason() -> None:
    assert len(scores(CLEAR)) == 3
    for found, one, keyword in differing(list(CASES.values())):
        assert {one, keyword} != {"alarm" if screened(found) else "—"}
        assert why(found)


def test_the_front_page_says_what_screening_says_today() -> None:
    text = README.read_text(encoding="utf-8")
    assert renewed(text) == text, "run: python -m app.demo.real_cases --docs README.md"
    assert summary(CASES.values()) in text
