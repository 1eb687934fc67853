"""Bodies of cases for tests, and identifiers whose check digits hold."""

from __future__ import annotations

import itertools
from typing import Any

import httpx
from stdnum.cn import ric, uscc

HANDLER = "handler1@320506-market"
_serial = itertools.count(1)


def an_id_number() -> str:
    """A new ID number of a person born in 1980."""
    body = f"32050619800101{next(_serial) % 1000:03d}"
    return body + ric.calc_check_digit(f"{body}0")


def a_uscc() -> str:
    """A new unified social credit code."""
    serial = f"{next(_serial):08d}"
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(serial, weights, strict=True))
    body = f"91320506{serial}{'0123456789X0'[11 - total % 11]}"
    return body + uscc.calc_check_digit(body)


def case_body(**change: Any) -> dict[str, Any]:
    """A sale of counterfeit goods that reaches 刑法第214条 (sold 80,000 yuan)."""
    body: dict[str, Any] = {
        "organ_number": "吴中市监案〔2026〕1号",
        "cause": "sell_infringing_goods",
        "filed_on": "2026-03-02",
        "act_end_date": "2026-02-20",
        "decision_number": f"吴中市监处罚〔2026〕{next(_serial)}号",
        "decided_on": "2026-05-11",
        "penalties": ["罚款", "没收违法所得"],
        "fine_amount": "20000.00",
        "amount_involved": "80000",
        "facts": {"ip_sales_amount": "80000"},
        "summary": "销售假冒注册商标的白酒",
        "parties": [a_person()],
    }
    return body | change


def a_person(**change: Any) -> dict[str, Any]:
    """A person with a valid ID number."""
    person = {"kind": "person", "name": "李建国", "id_number": an_id_number(), "phone": "13912345678"}
    return person | change


def small_case(**change: Any) -> dict[str, Any]:
    """The same with a sale far below every standard."""
    return case_body(
        facts={
            "ip_sales_amount": "800", "ip_unsold_value": "0", "illegal_gain": "100",
            "prior_punish_2y_tm": False,
        },
        amount_involved="800",
        **change,
    )  # fmt: skip


async def enter(http: httpx.AsyncClient, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """Enter a case; the answer."""
    answer = await http.post("/api/v1/cases", json=body or case_body())
    assert answer.status_code in (200, 201), answer.text
    case: dict[str, Any] = answer.json()
    return case


async def edit(
    http: httpx.AsyncClient, case: dict[str, Any], change: dict[str, Any], revision: int | None = None
) -> httpx.Response:
    """Edit a case, by default at the revision in which it was read."""
    tag = f'"{revision or case["revision"]}"'
    return await http.patch(f"/api/v1/cases/{case['id']}", json=change, headers={"If-Match": tag})
