"""Packages for tests: transfers with evidence, exported through the API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from app.packages.trust import PublicKey, read_trust
from tests.conftest import Acts
from tests.transfers.builders import HANDLER, led_to

PHOTOGRAPH = b"\xff\xd8" + bytes(range(256)) * 20
REPORT = "现场检查笔录".encode() * 100


@dataclass(frozen=True)
class Exported:
    """A package and the transfer that it is of."""

    transfer: Mapping[str, Any]
    content: bytes


async def a_package(acts: Acts, until: str = "send", who: str = HANDLER) -> Exported:
    """The package of a new transfer with two files, led so far."""
    transfer = await led_to(acts, "approve" if until == "send" else until)
    for name, content in (("现场照片.jpg", PHOTOGRAPH), ("检查笔录.txt", REPORT)):
        answer = await acts(HANDLER).post(
            f"/api/v1/cases/{transfer['case_id']}/files", params={"name": name}, content=content
        )
        assert answer.status_code == 201, answer.text
    if until == "send":
        answer = await acts(HANDLER).post(f"/api/v1/transfers/{transfer['id']}/actions/send", json={"inputs": {}})
        assert answer.status_code == 200, answer.text
        transfer = answer.json()
    answer = await exported(acts, transfer["id"], who)
    assert answer.status_code == 200, answer.text
    return Exported(transfer, answer.content)


async def exported(acts: Acts, transfer_id: str, who: str = HANDLER) -> httpx.Response:
    """Ask for the package of a transfer."""
    return await acts(who).get(f"/api/v1/transfers/{transfer_id}/package")


async def trust_of(acts: Acts, who: str = HANDLER) -> Mapping[str, PublicKey]:
    """The keys that the installation knows, as a trust file gives them."""
    answer = await acts(who).get("/api/v1/keys")
    assert answer.status_code == 200, answer.text
    return read_trust(answer.content)
