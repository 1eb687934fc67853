"""A package passed between two installations: the same transfer is there, and goes on."""

from __future__ import annotations

from typing import Any

from tests.conftest import Acts
from tests.packages.builders import FILES, a_package, exported, trust_of
from tests.packages.records import record_in
from tests.packages.second import Second
from tests.transfers.builders import DESK, HANDLER, POLICE

TABLES = (
    "cases",
    "parties",
    "transfers",
    "transfer_steps",
    "clocks",
    "files",
    "documents",
    "received_packages",
)


def without_issue(record: dict[str, Any]) -> dict[str, Any]:
    """The record but for who made the package when, and for links of custody that were added since."""
    return {name: part for name, part in record.items() if name not in ("issue", "custody")}


async def test_the_same_transfer_is_there(acts: Acts, second: Second) -> None:
    package = await a_package(acts, pdf=True)
    await second.trusts(await trust_of(acts))
    answer = await second.receives(DESK, package.content)
    assert answer.status_code == 201, answer.text
    said = answer.json()
    assert said["transfer_id"] == package.transfer["id"]
    assert said["signer"] == "苏州市吴中区市场监督管理局"
    again = await second.exports(HANDLER, package.transfer["id"])
    assert again.status_code == 200, again.text
    first, then = record_in(package.content), record_in(again.content)
    assert without_issue(first) == without_issue(then)
    assert then["custody"][: len(first["custody"])] == first["custody"]
    assert then["issue"]["origin"]["package_sha256"] == said["package_sha256"]
    assert first["issue"]["origin"] is None


async def test_the_police_go_on_with_it(acts: Acts, second: Second) -> None:
    package = await a_package(acts)
    await second.trusts(await trust_of(acts))
    assert (await second.receives(DESK, package.content)).status_code == 201
    path = f"/api/v1/transfers/{package.transfer['id']}"
    seen = (await second.asks(DESK, "GET", path)).json()
    assert seen["state"] == "sent"
    assert seen["number"] == package.transfer["number"]
    for who, action in ((DESK, "sign_receipt"), (POLICE, "begin_review")):
        answer = await second.asks(who, "POST", f"{path}/actions/{action}", json={"inputs": {}})
        assert answer.status_code == 200, answer.text
    case = package.transfer["case_id"]
    files = (await second.asks(POLICE, "GET", f"/api/v1/cases/{case}/files")).json()
    read = {}
    for one in files:
        read[one["name"]] = (await second.asks(POLICE, "GET", f"/api/v1/files/{one['id']}")).content
    assert read == FILES
    number = {"reason": "核对身份"}
    shown = await second.asks(POLICE, "POST", f"/api/v1/cases/{case}/parties/1/unmask", json=number)
    assert shown.json()["id_number"] == record_in(package.content)["parties"][0]["id_number"]


async def test_twice_the_same_is_a_conflict_that_names_the_transfer(acts: Acts, second: Second) -> None:
    package = await a_package(acts)
    await second.trusts(await trust_of(acts))
    assert (await second.receives(DESK, package.content)).status_code == 201
    again = await second.receives(DESK, package.content)
    assert (again.status_code, again.json()["code"]) == (409, "package_already_received")
    assert again.json()["transfer_id"] == package.transfer["id"]
    later = await second.receives(DESK, (await exported(acts, package.transfer["id"])).content)
    assert (later.status_code, later.json()["code"]) == (409, "transfer_already_here")
    assert await second.count("received_packages") == 1
