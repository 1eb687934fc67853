"""Transfers for tests, led through the procedure by the officers who may."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from tests.cases.builders import case_body, enter
from tests.conftest import Acts

REGION = "320506"
HANDLER, SECOND = f"handler1@{REGION}-market", f"handler2@{REGION}-market"
HEAD, LEGAL = f"head@{REGION}-market", f"legal@{REGION}-market"
DESK, POLICE = f"desk@{REGION}-police", f"handler@{REGION}-police"
POLICE_HEAD = f"head@{REGION}-police"
PROCURATOR, CHIEF = f"handler@{REGION}-procuratorate", f"head@{REGION}-procuratorate"
COURT = f"handler@{REGION}-court"

GOODS = [
    {"name": "案卷材料", "quantity": "2", "unit": "册"},
    {"name": "白酒", "quantity": "12", "unit": "箱"},
]
HANDED = {"goods": GOODS, "signatory": "张三"}

# The straight way: who does what with which inputs.
STRAIGHT: tuple[tuple[str, str, Mapping[str, Any]], ...] = (
    (HANDLER, "report", {"report": "书面报告", "proposal": "移送公安机关"}),
    (HEAD, "approve", {"override_reason": "检验报告待公安机关委托"}),
    (HANDLER, "send", {}),
    (DESK, "sign_receipt", {}),
    (POLICE, "begin_review", {}),
    (POLICE, "propose_filing", {"reason": "有犯罪事实", "charge": "214"}),
    (POLICE_HEAD, "approve_filing", {"police_case_number": "A3205062026050001"}),
)
REFUSED: tuple[tuple[str, str, Mapping[str, Any]], ...] = (
    *STRAIGHT[:5],
    (POLICE, "propose_refusal", {"reason": "没有犯罪事实"}),
    (POLICE_HEAD, "approve_refusal", {}),
)
RESTATED: tuple[tuple[str, str, Mapping[str, Any]], ...] = (
    (HANDLER, "suggest_supervision", {"reason": "数额已达标准"}),
    (PROCURATOR, "demand_refusal_reasons", {"reason": "数额已达标准"}),
    (POLICE, "give_reasons", {"reason": "鉴定意见不足"}),
)


async def group(acts: Acts) -> list[int]:
    """The ids of the two handlers."""
    colleagues = (await acts(HANDLER).get("/api/v1/officers")).json()
    return [one["id"] for one in colleagues if one["roles"] == ["handler"]]


async def opened(acts: Acts, **change: Any) -> dict[str, Any]:
    """A draft with its task group on a new case that reaches 刑法第214条."""
    case = await enter(acts(HANDLER), case_body(**change))
    answer = await open_on(acts, case["id"])
    assert answer.status_code == 201, answer.text
    transfer: dict[str, Any] = answer.json()
    return transfer


async def open_on(acts: Acts, case_id: str, who: str = HANDLER, **change: Any) -> httpx.Response:
    body = {"charge": "214", "summary": "销售假冒注册商标的白酒", "task_group": await group(acts)}
    return await acts(who).post(f"/api/v1/cases/{case_id}/transfers", json=body | change)


async def take(
    acts: Acts, transfer_id: str, who: str, action: str, inputs: Mapping[str, Any] | None = None, **more: Any
) -> httpx.Response:
    """Try an action."""
    return await acts(who).post(
        f"/api/v1/transfers/{transfer_id}/actions/{action}", json={"inputs": dict(inputs or {}), **more}
    )


async def led(
    acts: Acts, transfer: Mapping[str, Any], way: tuple[tuple[str, str, Mapping[str, Any]], ...]
) -> dict[str, Any]:
    """Take the actions of a way, each of which must succeed; the last answer."""
    last: dict[str, Any] = dict(transfer)
    for who, action, inputs in way:
        answer = await take(acts, transfer["id"], who, action, inputs)
        assert answer.status_code == 200, f"{action}: {answer.text}"
        last = answer.json()
    return last


async def led_to(acts: Acts, last_action: str) -> dict[str, Any]:
    """A new transfer on the straight way, up to and with the action named."""
    names = [action for _, action, _ in STRAIGHT]
    return await led(acts, await opened(acts), STRAIGHT[: names.index(last_action) + 1])


async def seen(acts: Acts, transfer_id: str, who: str) -> dict[str, Any]:
    """The transfer as an officer sees it."""
    answer = await acts(who).get(f"/api/v1/transfers/{transfer_id}")
    assert answer.status_code == 200, answer.text
    transfer: dict[str, Any] = answer.json()
    return transfer
