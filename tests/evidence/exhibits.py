"""Bodies of exhibits and disposals for tests."""

from __future__ import annotations

from typing import Any

import httpx

from tests.conftest import Acts
from tests.transfers.builders import HANDLER

PHOTO = b"\x89PNG bottles"


def exhibit_body(**change: Any) -> dict[str, Any]:
    """Ninety-six bottles of counterfeit liquor, seized."""
    body: dict[str, Any] = {
        "name": "白酒（某注册商标）",
        "specification": "500ml/瓶",
        "quantity": "96",
        "unit": "瓶",
        "value": "38400.00",
        "valuation": "infringed_median",
        "valuation_paper": "吴价认定〔2026〕12号",
        "features": "瓶身批号20260101，包装完好",
        "origin": "当事人仓库",
        "place": "木渎分局证物室3号架",
        "keeper": "沈卫东",
        "measure": "seizure",
        "seizure_paper": "吴市监扣〔2026〕7号",
        "seized_on": "2026-03-02",
    }
    return body | change


async def added(acts: Acts, case_id: str, who: str = HANDLER, **change: Any) -> dict[str, Any]:
    """An exhibit that was entered."""
    answer = await add(acts, case_id, who, **change)
    assert answer.status_code == 201, answer.text
    exhibit: dict[str, Any] = answer.json()
    return exhibit


async def add(acts: Acts, case_id: str, who: str = HANDLER, **change: Any) -> httpx.Response:
    """Try to enter an exhibit."""
    return await acts(who).post(f"/api/v1/cases/{case_id}/exhibits", json=exhibit_body(**change))


async def photograph(acts: Acts, exhibit: dict[str, Any], who: str = HANDLER, name: str = "照片.jpg") -> str:
    """A photograph of the exhibit among the case's files; its id."""
    file = await acts(who).post(
        f"/api/v1/cases/{exhibit['case_id']}/files", params={"name": name}, content=PHOTO + name.encode()
    )
    assert file.status_code == 201, file.text
    file_id: str = file.json()["id"]
    answer = await acts(who).post(f"/api/v1/exhibits/{exhibit['id']}/photographs", json={"file_id": file_id})
    assert answer.status_code == 200, answer.text
    return file_id


def destruction(photographs: list[str], **change: Any) -> dict[str, Any]:
    """What the record of a harmless destruction holds."""
    recorded: dict[str, Any] = {
        "approved_by": "陆建明",
        "company": "苏州某固废处置有限公司",
        "qualification": "JSSZ0506OOI001",
        "method": "高温焚烧",
        "place": "苏州市吴中区处置中心",
        "witnesses": ["沈卫东", "顾明"],
        "environment_organ": "苏州市吴中生态环境局",
        "environment_notice": "吴市监函〔2026〕9号",
        "photographs": photographs,
    }
    return recorded | change


async def dispose(
    acts: Acts, exhibit_id: str, kind: str, recorded: dict[str, Any], who: str = HANDLER, **change: Any
) -> httpx.Response:
    """Try to record a disposal of 10."""
    body = {"kind": kind, "quantity": "10", "disposed_on": "2026-04-01", "recorded": recorded}
    return await acts(who).post(f"/api/v1/exhibits/{exhibit_id}/disposals", json=body | change)
