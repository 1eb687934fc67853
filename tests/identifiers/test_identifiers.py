"""Each identifier: what is right, how it may be written, and each way in which it can be wrong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.identifiers import (
    CaseNumber,
    IdentifierError,
    parse_case_number,
    parse_decision_number,
    parse_id_number,
    parse_uscc,
)
from app.identifiers.uscc import organisation_check_character

TODAY = date(2026, 11, 24)
USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def code_of(parse: Callable[[], object]) -> str:
    """The code of the error that the call raises; its detail is Chinese and says what to do."""
    with pytest.raises(IdentifierError) as caught:
        parse()
    assert any(word in caught.value.detail for word in ("请", "留空"))
    return caught.value.code


def slow_uscc_check(body: str) -> str:
    """GB 32100 by its definition: weights 3^i mod 31."""
    total = sum(USCC_ALPHABET.index(c) * (3**i % 31) for i, c in enumerate(body))
    return USCC_ALPHABET[(31 - total % 31) % 31]


def a_uscc(head: str, organisation: str) -> str:
    body = head + organisation + organisation_check_character(organisation)
    return body + slow_uscc_check(body)


@pytest.mark.parametrize(
    "written",
    [
        "91110000600037341L",
        "91110000600037341l",
        "９１１１００００６０００３７３４１Ｌ",
        " 91110000 600037341L ",
    ],
)
def test_uscc_is_normalised(written: str) -> None:
    assert parse_uscc(written) == "91110000600037341L"


def test_the_example_of_the_standard_itself() -> None:
    """GB 32100-2015, with the organisation code M000100Y-4."""
    assert parse_uscc("91350100M000100Y43") == "91350100M000100Y43"


def test_uscc_of_rural_collectives_begins_with_a_letter() -> None:
    code = a_uscc("N2320106", "MF123456")
    assert parse_uscc(code) == code


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("9111000060003734", "uscc_length"),
        ("", "uscc_length"),
        ("00000000000000000X", "uscc_placeholder"),
        ("000000000000000000", "uscc_placeholder"),
        ("9111000060003734IL", "uscc_character"),
        ("91A10000600037341L", "uscc_character"),
        ("91110000600037341M", "uscc_check_digit"),
        ("91110000600037314L", "uscc_check_digit"),
    ],
)
def test_uscc_refused(written: str, code: str) -> None:
    assert code_of(lambda: parse_uscc(written)) == code


def test_uscc_with_wrong_organisation_code_is_found_although_the_outer_check_fits() -> None:
    """GB 11714 stands inside GB 32100: the outer check character alone is not enough."""
    body = "91110000600037342"
    assert code_of(lambda: parse_uscc(body + slow_uscc_check(body))) == "uscc_organisation_code"


@given(
    st.text("0123456789", min_size=6, max_size=6),
    st.text(USCC_ALPHABET, min_size=8, max_size=8),
    st.integers(0, 17),
    st.sampled_from(USCC_ALPHABET),
)
def test_every_single_wrong_character_of_a_uscc_is_found(region: str, body: str, at: int, other: str) -> None:
    right = a_uscc("91" + region, body)
    assert parse_uscc(right) == right
    wrong = right[:at] + other + right[at + 1 :]
    if wrong != right:
        assert code_of(lambda: parse_uscc(wrong)).startswith("uscc_")


@pytest.mark.parametrize(
    "written", ["11010519491231002X", "11010519491231002x", "１１０１０５１９４９１２３１００２Ｘ"]
)
def test_id_number_is_normalised(written: str) -> None:
    """The example of GB 11643-1999 itself."""
    assert parse_id_number(written, today=TODAY) == "11010519491231002X"


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("110105491231002", "id_number_fifteen_digits"),
        ("1101051949123100", "id_number_length"),
        ("11010519491231002Y", "id_number_character"),
        ("X10105194912310021", "id_number_character"),
        ("11010519490231002X", "id_number_birth_date"),
        ("110105194913310020", "id_number_birth_date"),
        ("110105209912310020", "id_number_birth_date_future"),
        ("110105194912310021", "id_number_check_digit"),
    ],
)
def test_id_number_refused(written: str, code: str) -> None:
    assert code_of(lambda: parse_id_number(written, today=TODAY)) == code


@given(st.integers(0, 17), st.sampled_from("0123456789X"))
def test_every_single_wrong_digit_of_an_id_number_is_found(at: int, other: str) -> None:
    right = "11010519491231002X"
    wrong = right[:at] + other + right[at + 1 :]
    if wrong != right:
        assert code_of(lambda: parse_id_number(wrong, today=TODAY)).startswith("id_number_")


@given(st.integers(2000, 2199), st.integers(1, 10**9), st.integers(0, 30), st.integers(1, 9))
def test_case_number_there_and_back_and_every_wrong_digit_found(
    year: int, serial: int, at: int, shift: int
) -> None:
    number = CaseNumber("320106", year, serial)
    written = str(number)
    assert parse_case_number(written) == number
    assert parse_case_number(f"{written[:6]}-{written[6:10]}-{written[10:]}") == number
    at %= len(written)
    wrong = written[:at] + str((int(written[at]) + shift) % 10) + written[at + 1 :]
    assert code_of(lambda: parse_case_number(wrong)) in {"case_number_check_digit", "case_number_form"}


def test_case_number_of_an_unknown_region_or_form() -> None:
    assert code_of(lambda: parse_case_number(str(CaseNumber("990106", 2026, 1)))) == "region_unknown"
    assert code_of(lambda: parse_case_number("320106-2026-12")) == "case_number_form"
    assert code_of(lambda: parse_case_number(str(CaseNumber("320106", 2026, 0)))) == "case_number_form"


@pytest.mark.parametrize(
    "written",
    [
        "苏市监处罚〔2023〕12号",
        "苏市监处罚[2023]12号",
        "苏市监处罚(2023)12号",
        "苏市监处罚（２０２３）１２号",
        "苏市监处罚【2023】12 号",
        "苏市监处罚［2023］12",
    ],
)
def test_decision_number_is_normalised(written: str) -> None:
    assert parse_decision_number(written, today=TODAY) == "苏市监处罚〔2023〕12号"


@pytest.mark.parametrize(
    ("written", "normalised"),
    [
        ("宁市监(鼓)处字[2019]第0012号", "宁市监(鼓)处字〔2019〕第0012号"),
        ("沪市监浦处〔2023〕152023001234号", "沪市监浦处〔2023〕152023001234号"),
        ("苏市监处罚〔2023〕12-1号", "苏市监处罚〔2023〕12-1号"),
    ],
)
def test_decision_number_keeps_what_organs_write(written: str, normalised: str) -> None:
    assert parse_decision_number(written, today=TODAY) == normalised


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("", "decision_number_form"),
        ("12号", "decision_number_form"),
        ("〔2023〕12号", "decision_number_form"),
        ("苏市监处罚2023-12", "decision_number_form"),
        ("苏市监处罚〔2027〕12号", "decision_number_year"),
        ("苏市监处罚〔1023〕12号", "decision_number_year"),
    ],
)
def test_decision_number_refused(written: str, code: str) -> None:
    assert code_of(lambda: parse_decision_number(written, today=TODAY)) == code
