"""Packages for tests: transfers with evidence, exported through the API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from app.packages.trust import PublicKey, read_trust
from tests.conftest import Acts
from tests.evidence.exhibits import added, photograph
from tests.transfers.builders import HANDLER, STRAIGHT, led, opened

V1 = "/api/v1"
FILES = {"现场照片.jpg": b"\xff\xd8" + bytes(range(256)) * 20, "检查笔录.txt": "现场检查笔录".encode() * 100}


@dataclass(frozen=True)
class Exported:
    """A package and the transfer that it is of."""

    transfer: Mapping[str, Any]
    content: bytes


async def sent(acts: Acts, exhibits: bool = False) -> Mapping[str, Any]:
    """A new transfer with two files, sent to the police; perhaps with an exhibit and its photograph."""
    transfer = await opened(acts)
    for name, content in FILES.items():
        answer = await acts(HANDLER).post(
            f"{V1}/cases/{transfer['case_id']}/files", params={"name": name}, content=content
        )
        assert answer.status_code == 201, answer.text
    if exhibits:
        await photograph(acts, await added(acts, transfer["case_id"]))
    return await led(acts, transfer, STRAIGHT[:3])


async def a_package(acts: Acts, who: str = HANDLER, exhibits: bool = False, **query: Any) -> Exported:
    """The package of a transfer that was sent; without PDFs, which take their time."""
    transfer = await sent(acts, exhibits)
    answer = await exported(acts, transfer["id"], who, **query)
    assert answer.status_code == 200, answer.text
    return Exported(transfer, answer.content)


async def exported(acts: Acts, transfer_id: str, who: str = HANDLER, pdf: bool = False) -> httpx.Response:
    """Ask for the package of a transfer."""
    return await acts(who).get(f"{V1}/transfers/{transfer_id}/package", params={"pdf": pdf})


async def trust_of(acts: Acts, who: str = HANDLER) -> Mapping[str, PublicKey]:
    """The keys that the installation knows, as a trust file gives them."""
    answer = await acts(who).get(f"{V1}/keys")
    assert answer.status_code == 200, answer.text
    return read_trust(answer.content)
