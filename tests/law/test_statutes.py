"""The law's files: what they hold, and how bad ones are refused with file, line and remedy."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from app.law.reading import LAW, LawDataError
from app.law.statutes import law, load


def test_all_charges_rules_versions_and_limbs_are_there() -> None:
    kinds = [charge.kind for charge in law().charges.values()]
    assert (kinds.count("charge"), kinds.count("rule")) == (31, 3)
    versions = [version for charge in law().charges.values() for version in charge.versions]
    assert len(versions) == 72
    assert sum(len(version.limbs) for version in versions) == 276
    assert (len(law().facts), len(law().instruments)) == (105, 33)


def test_every_citation_can_be_written_out() -> None:
    for charge in law().charges.values():
        for version in charge.versions:
            for cite in version.citations:
                full = law().citation(cite)
                assert full.startswith("《")
                assert not re.search(r"[A-Z]{2,}\d{4}", full)


def test_the_version_of_the_law_is_that_of_its_content(tmp_path: Path) -> None:
    folder = _copy(tmp_path)
    assert load(folder).version == law().version
    file = folder / "charges" / "214.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("30000", "30001"), encoding="utf-8")
    assert load(folder).version != law().version


@pytest.mark.parametrize(
    ("file", "written", "instead", "line_with", "says"),
    [
        (
            "charges/214.yaml",
            "illegal_gain >= 30000",
            "illegal_gains >= 30000",
            "illegal_gains",
            "没有要素",
        ),
        ("charges/214.yaml", "illegal_gain >= 30000", "illegal_gain => 30000", "214n-1", "看不懂条件"),
        ("charges/214.yaml", "illegal_gain >= 30000", "illegal_gain >= 三万", "214n-1", "看不懂条件"),
        ("charges/214.yaml", "illegal_gain >= 30000", "illegal_gain >= 30,000", "214n-1", "看不懂条件"),
        (
            "charges/214.yaml",
            "illegal_gain >= 30000",
            "illegal_gain is true",
            "illegal_gain is",
            "不能用于",
        ),
        (
            "charges/214.yaml",
            "illegal_gain >= 30000",
            "ip_sales_amount < 50000",
            "ip_sales_amount <",
            "已经包括",
        ),
        (
            "charges/214.yaml",
            "prior_punish_2y_tm is true",
            "prior_punish_2y_tm is yes",
            "prior_punish",
            "另一类型",
        ),
        ("charges/214.yaml", "in [yes, presumed]", "in [yes, perhaps]", "knowing", "没有取值"),
        ("charges/214.yaml", "    from: 2025-04-26\n", "", "214@2025", "from"),
        ("charges/214.yaml", "    to: 2025-04-25\n", "    to: 2025-04-26\n", "214@2025", "重叠"),
        ("charges/214.yaml", "        cite: IP2025 第5条第1款\n", "", "214n-1", "cite"),
        ("charges/214.yaml", "cite: IP2025 第5条第1款\n", "cite: 第5条第1款\n", "cite: 第5条", "依据写作"),
        ("charges/214.yaml", "IP2025 第5条第1款\n", "IP2026 第5条第1款\n", "IP2026", "没有依据"),
        ("charges/214.yaml", "id: 214n-2", "id: 214n-1", "214n-1", "重复"),
        ("charges/214.yaml", "verified: false", "verified: vielleicht", "verified: v", "verified"),
        (
            "charges/214.yaml",
            "conduct: [sell_counterfeit_goods]",
            "conduct: [sell_goods]",
            "applies_to",
            "facts.yaml",
        ),
        ("charges/214.yaml", "elements:", "element:", "element:", "element"),
        ("charges/217.yaml", "half_threshold_items:", "notes:", "works_spread_count", "notes"),
        ("charges/215.yaml", 'charge: "215"', 'charge: "214"', "charge:", "不符"),
        ("facts.yaml", "id: party_type", "id: sales_amount", "id: sales_amount", "重复"),
        ("facts.yaml", "    unit: 元\n", "", "sales_amount", "没有单位"),
        (
            "facts.yaml",
            "sum_of: {sales_amount: 3",
            "sum_of: {ip_sales_amount: 3",
            "sales_x3",
            "不同的要素合计",
        ),
        ("causes.yaml", 'charges: ["213"]', 'charges: ["999"]', "same_mark_on_goods", "没有罪名"),
        ("causes.yaml", "conduct: [use_mark_on_goods]", "conduct: [use_marks]", "same_mark", "带出"),
        ("instruments.yaml", "    from: 1997-10-01\n", "", "id: CL", "from"),
    ],
)
def test_bad_data_is_refused_with_file_line_and_remedy(
    tmp_path: Path, file: str, written: str, instead: str, line_with: str, says: str
) -> None:
    folder = _copy(tmp_path)
    text = (folder / file).read_text(encoding="utf-8")
    assert written in text
    changed = text.replace(written, instead, 1)
    (folder / file).write_text(changed, encoding="utf-8")
    with pytest.raises(LawDataError) as caught:
        load(folder)
    assert caught.value.file.name == Path(file).name
    assert says in f"{caught.value.problem} {caught.value.remedy}"
    assert caught.value.remedy
    lines = changed.splitlines()
    around = "\n".join(lines[max(0, caught.value.line - 4) : caught.value.line + 3])
    assert line_with in around


def _copy(folder: Path) -> Path:
    shutil.copytree(LAW / "charges", folder / "charges")
    for name in ("facts.yaml", "instruments.yaml", "causes.yaml"):
        shutil.copy(LAW / name, folder / name)
    return folder
