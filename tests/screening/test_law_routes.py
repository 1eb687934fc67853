"""The law over the API: the same that the console shows, for every officer who is signed in."""

from __future__ import annotations

import httpx
import pytest

from app.law.clocks import clocks
from app.law.statutes import law
from tests.conftest import Acts

PATHS = ["", "/charges", "/charges/214", "/facts", "/causes", "/instruments", "/clocks"]
OFFICERS = [
    "handler1@320506-market",
    "handler1@340104-market",
    "handler@320506-police",
    "audit@320506-market",
]


async def test_every_charge_with_all_its_versions(acts: Acts) -> None:
    http = acts(OFFICERS[0])
    listed = (await http.get("/api/v1/law/charges")).json()
    assert [one["charge"] for one in listed] == list(law().charges)
    for one in listed:
        shown = (await http.get(f"/api/v1/law/charges/{one['charge']}")).json()
        charge = law().charges[one["charge"]]
        assert [version["id"] for version in shown["standards"]] == [each.id for each in charge.versions]
        for version, written in zip(shown["standards"], charge.versions, strict=True):
            assert len(version["gate"]) == len(written.gate)
            assert [limb["id"] for limb in version["limbs"]] == [limb.id for limb in written.limbs]
            assert len(version["exceptions"]) == len(written.exceptions)
            assert all(limb["citation"].startswith("《") and limb["instruments"] for limb in version["limbs"])
            assert version["instruments"]


async def test_a_condition_carries_its_source_and_its_marks(acts: Acts) -> None:
    shown = (await acts(OFFICERS[0]).get("/api/v1/law/charges/214")).json()
    old, transition, new = shown["standards"]
    assert (old["in_force_from"], old["in_force_to"]) == ("2004-12-22", "2021-02-28")
    assert (transition["verified"], transition["limbs"][0]["review"]) == (False, "required")
    assert old["limbs"][1]["attempt"] is True
    assert old["limbs"][1]["in_force_from"] == "2010-05-07"
    assert new["limbs"][1] == {
        "id": "214n-2",
        "says": "销售金额五万以上",
        "required": "侵权商品销售金额 ≥ 50000元",
        "facts": ["ip_sales_amount"],
        "citation": law().citation("IP2025 第5条第1款第1项"),
        "instruments": ["IP2025"],
        "attempt": False,
        "review": None,
        "in_force_from": None,
    }
    assert "sell_infringing_goods" in [cause["id"] for cause in shown["causes"]]
    assert [item for item in shown["evidence"] if not item["mandatory"] and item["condition"]]


async def test_the_vocabulary_says_who_asks_and_what_is_computed(acts: Acts) -> None:
    facts = {one["id"]: one for one in (await acts(OFFICERS[0]).get("/api/v1/law/facts")).json()}
    assert facts.keys() == law().facts.keys()
    assert facts["ip_sales_amount"]["charges"] == ["214", "218"]
    assert facts["ip_sales_plus_unsold"]["computed"] == "侵权商品销售金额 ＋ 尚未销售侵权产品货值"
    assert any("2025-04-26" in rule for rule in facts["ip_sales_amount"]["accumulated"])


async def test_clocks_causes_instruments_and_version(acts: Acts) -> None:
    http = acts(OFFICERS[0])
    assert [one["id"] for one in (await http.get("/api/v1/law/clocks")).json()] == list(clocks())
    assert [one["id"] for one in (await http.get("/api/v1/law/causes")).json()] == list(law().causes)
    assert [one["id"] for one in (await http.get("/api/v1/law/instruments")).json()] == list(
        law().instruments
    )
    assert (await http.get("/api/v1/law")).json()["version"] == law().version


async def test_a_rule_with_a_slash_in_its_number_is_found_and_an_unknown_charge_is_not(acts: Acts) -> None:
    http = acts(OFFICERS[0])
    assert (await http.get("/api/v1/law/charges/150/231")).json()["name"] == "单位犯罪规则"
    missing = await http.get("/api/v1/law/charges/999")
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("path", PATHS)
async def test_the_law_is_for_every_officer_and_for_nobody_else(
    acts: Acts, client: httpx.AsyncClient, path: str
) -> None:
    for officer in OFFICERS:
        assert (await acts(officer).get(f"/api/v1/law{path}")).status_code == 200
    assert (await client.get(f"/api/v1/law{path}")).status_code == 401
