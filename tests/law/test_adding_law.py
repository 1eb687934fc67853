"""A new interpretation is added to a copy exactly as docs/adding-law.md says, and decides cases."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app.law.reading import LAW

PAGE = Path(__file__).parents[2] / "docs" / "adding-law.md"


def blocks() -> dict[str, str]:
    """What the page has in its YAML blocks, by the place that their first line names."""
    found = re.findall(r"```yaml\n# (.+?)\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return dict(found)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page followed to the letter."""
    copy = tmp_path_factory.mktemp("law") / "law-2027"
    shutil.copytree(LAW, copy)
    written = blocks()
    instruments = copy / "instruments.yaml"
    instruments.write_text(
        instruments.read_text(encoding="utf-8").rstrip("\n") + "\n" + written["instruments.yaml"],
        encoding="utf-8",
    )
    charge = copy / "charges" / "214.yaml"
    before, current, after = re.split(r"(?=  - id: 214@2025)|(?=knowledge_presumptions:)", charge.read_text())
    assert current.count("    to: null\n") == 1
    current = current.replace("    to: null\n", written["charges/214.yaml，214@2025"])
    charge.write_text(before + current + written["charges/214.yaml"] + after, encoding="utf-8")
    return copy


def xianjie(*arguments: str, said: str = "", law: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **({"XIANJIE_LAW": str(law)} if law else {})}
    return subprocess.run(
        [sys.executable, "-m", "app.cli", *arguments],
        input=said,
        capture_output=True,
        text=True,
        env=environment,
    )


def test_the_page_shows_the_three_pieces() -> None:
    assert list(blocks()) == ["instruments.yaml", "charges/214.yaml，214@2025", "charges/214.yaml"]


def test_the_new_folder_passes_the_check(folder: Path) -> None:
    answer = xianjie("law", "check", str(folder))
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "73个版本" in answer.stdout
    assert "214z" not in answer.stdout


def test_the_difference_is_told_in_words(folder: Path) -> None:
    answer = xianjie("law", "diff", str(LAW), str(folder))
    assert answer.returncode == 0, answer.stderr
    assert "214@2027" in answer.stdout
    assert "80,000" in answer.stdout or "80000" in answer.stdout
    assert "DEMO2027" in answer.stdout or "法释〔2027〕0号" in answer.stdout


@pytest.mark.parametrize(
    ("acted", "decided", "sold", "unsold", "outcome", "version"),
    [
        ("2027-07-02", "2027-09-01", "80000", "0", "reached", "2027"),
        ("2027-07-02", "2027-09-01", "79999.99", "0", "near", "2027"),
        ("2027-07-02", "2027-09-01", "0", "240000", "reached", "2027"),
        ("2027-06-30", "2027-06-30", "50000", "0", "reached", "2025"),
        # the new standard is the more lenient one, and governs the act of before (刑法第12条)
        ("2027-06-30", "2027-09-01", "50000", "0", "not_reached", "2027"),
        ("2027-06-30", "2027-09-01", "80000", "0", "reached", None),
    ],
)  # fmt: skip
def test_cases_are_decided_by_it(
    folder: Path, acted: str, decided: str, sold: str, unsold: str, outcome: str, version: str | None
) -> None:
    facts = {"conduct": ["sell_counterfeit_goods"], "ip_sales_amount": sold, "ip_unsold_value": unsold}
    case = {"act_end_date": acted, "decided_on": decided, "facts": {**facts, "illegal_gain": "0"}}
    answer = xianjie("screen", "-", said=json.dumps(case), law=folder)
    assert answer.returncode == 0, answer.stderr
    (finding,) = json.loads(answer.stdout)["findings"]
    assert finding["outcome"] == outcome
    assert version is None or finding["law_version"] == f"214@{version}"


def test_the_old_law_knows_nothing_of_it() -> None:
    case = {
        "act_end_date": "2027-07-02",
        "decided_on": "2027-09-01",
        "facts": {"conduct": ["sell_counterfeit_goods"], "ip_sales_amount": "50000"},
    }
    answer = xianjie("screen", "-", said=json.dumps(case))
    assert json.loads(answer.stdout)["conclusion"] == "must_transfer"
