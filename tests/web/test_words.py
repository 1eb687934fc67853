"""How figures, dates and terms are said."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.web.findings import grouped
from app.web.words import day, figure, moment, money, remaining, size, urgency

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "—"),
        ("", "—"),
        ("0", "0 元"),
        ("50000.00", "50,000 元"),
        (Decimal("1234567.5"), "1,234,567.50 元"),
        ("0.05", "0.05 元"),
    ],
)
def test_money(value: object, said: str) -> None:
    assert money(value) == said


@given(st.decimals(min_value=0, max_value=10**15, places=2, allow_nan=False))
def test_a_figure_loses_nothing(value: Decimal) -> None:
    assert Decimal(figure(value).replace(",", "")) == value


def test_dates_are_chinese_and_of_chinese_time() -> None:
    assert day(date(2026, 1, 5)) == "2026年1月5日"
    assert moment(datetime(2026, 11, 23, 18, 30, tzinfo=UTC)) == "2026年11月24日 02:30"
    assert day("2026-11-24T23:59:59+08:00") == "2026年11月24日"
    assert day(None) == "—"


@pytest.mark.parametrize(
    ("left", "said", "tone"),
    [
        (timedelta(days=2, hours=3), "剩余2天3小时", "notice"),
        (timedelta(days=2), "剩余2天", "notice"),
        (timedelta(hours=5, minutes=10), "剩余5小时10分钟", "warn"),
        (timedelta(minutes=9), "剩余9分钟", "warn"),
        (timedelta(days=-3), "已逾期3天", "danger"),
        (timedelta(days=-119, hours=-4), "已逾期119天", "danger"),
    ],
)
def test_terms(left: timedelta, said: str, tone: str) -> None:
    assert remaining(NOW + left, NOW) == said
    assert urgency(NOW + left, NOW) == tone


def test_a_term_without_end() -> None:
    assert remaining(None) == "无固定期限"


def test_sizes() -> None:
    assert [size(9), size(2048), size(5 * 1024 * 1024)] == ["9 B", "2 KB", "5.0 MB"]


def test_figures_in_sentences_are_grouped_and_numbers_of_statutes_are_not() -> None:
    assert grouped("销售金额 ≥ 150000元（50000元的80%）") == "销售金额 ≥ 150,000元（50,000元的80%）"
    assert grouped("法释〔2025〕5号第5条") == "法释〔2025〕5号第5条"
