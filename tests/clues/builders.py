"""Clues as tests send them."""

from __future__ import annotations

from typing import Any

import httpx

from tests.conftest import Acts

SENDER = "handler1@320506-market"
POLICE = "handler@320506-police"


async def organ_id(client: httpx.AsyncClient, code: str) -> int:
    """The id of the organ with this code."""
    organs = (await client.get("/api/v1/organs")).json()
    return next(int(organ["id"]) for organ in organs if organ["code"] == code)


async def clue_body(acts: Acts, **change: Any) -> dict[str, Any]:
    """A clue of a suspected crime to the police of the same county."""
    body = {
        "kind": "suspected_crime",
        "to_organ_id": await organ_id(acts(SENDER), change.pop("to", "320506-police")),
        "subject": "木渎镇一仓库疑似存放假冒注册商标的商品",
        "content": "巡查发现，数量和权利人尚待查明。",
        "send": True,
    }
    return body | change


async def duty_body(acts: Acts, sender: str, to: str, named: str, **change: Any) -> dict[str, Any]:
    """A duty-crime clue to one named officer of `to`."""
    recipient = await organ_id(acts(sender), to)
    officers = (await acts(sender).get(f"/api/v1/organs/{recipient}/duty-recipients")).json()
    chosen = [officer["officer_id"] for officer in officers if officer["name"] == named]
    assert chosen, officers
    return {
        "kind": "duty_crime",
        "to_organ_id": recipient,
        "subject": "工作人员涉嫌收受当事人财物",
        "content": "执法中发现。",
        "officers": chosen,
        "send": True,
    } | change


async def sent(acts: Acts, sender: str = SENDER, **change: Any) -> dict[str, Any]:
    """A clue that was sent."""
    answer = await acts(sender).post("/api/v1/clues", json=await clue_body(acts, **change))
    assert answer.status_code == 201, answer.text
    clue: dict[str, Any] = answer.json()
    return clue


async def take(
    client: httpx.AsyncClient, clue_id: str, action: str, officers: list[int] | None = None, **inputs: Any
) -> httpx.Response:
    """One action on a clue."""
    body = {"inputs": inputs} | ({"officers": officers} if officers else {})
    return await client.post(f"/api/v1/clues/{clue_id}/actions/{action}", json=body)
