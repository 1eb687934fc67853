"""Referrals for tests, opened and led through their tables over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from tests.conftest import Acts
from tests.transfers.builders import DESK, HANDLER, HEAD, POLICE, POLICE_HEAD, PROCURATOR

Way = tuple[tuple[str, str, Mapping[str, Any]], ...]
FACTS = {"party_name": "李建国", "charge": "214", "facts": "销售假冒注册商标的白酒，数额较小"}
NOT_PROSECUTED = FACTS | {"non_prosecution": "discretionary", "document_number": "吴检刑不诉〔2026〕7号"}
NOT_FILED = FACTS | {"ground": "trifling", "police_case_number": "A3205062026050009"}
OPINION = {"facts": "数额与证据", "law": "商标法第六十条", "opinion": "应当给予行政处罚", "reply_days": 45}
DATES = {"act_end": "2026-02-20", "discovered": "2026-03-02"}
DECISION = {
    "result": "penalised",
    "decision_number": "苏吴市监处罚〔2026〕9号",
    "decision": "罚款",
    "fine": "3000",
}


async def organ(acts: Acts, code: str) -> int:
    """The number of the organ of this code."""
    organs = (await acts(HANDLER).get("/api/v1/organs")).json()
    found: int = next(one["id"] for one in organs if one["code"] == code)
    return found


async def open_one(acts: Acts, who: str, kind: str, inputs: Mapping[str, Any]) -> httpx.Response:
    return await acts(who).post("/api/v1/referrals", json={"kind": kind, "inputs": dict(inputs)})


async def reverse(acts: Acts, who: str = PROCURATOR, **change: Any) -> dict[str, Any]:
    """A reverse referral to the market organ of Wuzhong."""
    body = NOT_PROSECUTED if who == PROCURATOR else NOT_FILED
    inputs = body | {"organ": await organ(acts, "320506-market")} | change
    answer = await open_one(acts, who, "reverse", inputs)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def take(
    acts: Acts, referral: str, who: str, action: str, inputs: Mapping[str, Any] | None = None, **more: Any
) -> httpx.Response:
    return await acts(who).post(
        f"/api/v1/referrals/{referral}/actions/{action}", json={"inputs": dict(inputs or {}), **more}
    )


async def led(acts: Acts, referral: Mapping[str, Any], way: Way) -> dict[str, Any]:
    """Take the actions of a way, each of which must succeed; the last answer."""
    last = dict(referral)
    for who, action, inputs in way:
        answer = await take(acts, referral["id"], who, action, inputs)
        assert answer.status_code == 200, f"{action}: {answer.text}"
        last = answer.json()
    return last


def running(referral: Mapping[str, Any]) -> set[str]:
    return {clock["clock"] for clock in referral["clocks"] if clock["stopped_at"] is None}


__all__ = ["DESK", "HANDLER", "HEAD", "POLICE", "POLICE_HEAD", "PROCURATOR"]
