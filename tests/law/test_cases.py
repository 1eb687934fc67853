"""The cases a lawyer can read: `tests/law/cases/*.yaml`, facts in, conclusion out, article named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from app.law.given_facts import parse_facts
from app.law.screening import Finding, screen

CASES = [
    pytest.param(case, id=f"{file.stem}: {case['name']}")
    for file in sorted((Path(__file__).parent / "cases").glob("*.yaml"))
    for case in yaml.safe_load(file.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize("case", CASES)
def test_case(case: dict[str, Any]) -> None:
    assert case["article"]
    result = screen(parse_facts(case["facts"]), case.get("act"), case.get("decided"))
    assert result.conclusion == case["conclusion"]
    if "missing" in case:
        assert set(result.missing_facts) == set(case["missing"])
    findings = {finding.charge: finding for finding in result.findings}
    for charge, expected in case["findings"].items():
        assert _shown(findings[charge], expected) == expected
    if not case["findings"]:
        assert findings == {}


def _shown(finding: Finding, expected: dict[str, Any]) -> dict[str, Any]:
    """The fields of a finding that the case speaks of, in the case's own form."""
    shown: dict[str, Any] = {
        "outcome": finding.outcome,
        "track": finding.track,
        "law_version": finding.law_version,
        "other_version": finding.other_version,
        "missing": _in_order_of(expected.get("missing", []), finding.missing_facts),
        "assumptions": _in_order_of(expected.get("assumptions", []), finding.assumptions),
        "questions": len(finding.questions),
        "near": finding.near,
        "marks": _in_order_of(expected.get("marks", []), finding.marks),
    }
    return {name: shown[name] for name in expected}


def _in_order_of(expected: list[str], found: tuple[str, ...]) -> list[str]:
    return sorted(found, key=lambda one: (one not in expected, expected.index(one) if one in expected else 0))
