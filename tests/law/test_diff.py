"""What changed between two folders of the law's data, in words."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from app.cli import main
from app.law.reading import LAW


@pytest.fixture
def new(tmp_path: Path) -> Path:
    """A copy of the law's data, to be changed."""
    copy = tmp_path / "new"
    shutil.copytree(LAW, copy, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    return copy


def replace(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def said(new: Path, capsys: pytest.CaptureFixture[str], old: Path = LAW) -> list[str]:
    assert main(["law", "diff", str(old), str(new)]) == 0
    return capsys.readouterr().out.splitlines()[1:]


def test_nothing_changed(new: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(new, capsys) == ["罪名、案情要素、依据和案由没有变化。"]


def test_a_limit_moved(new: Path, capsys: pytest.CaptureFixture[str]) -> None:
    replace(new / "charges/214.yaml", "when: ip_sales_amount >= 50000", "when: ip_sales_amount >= 30000")
    lines = said(new, capsys)
    assert lines[0] == "罪名 214 销售假冒注册商标的商品罪"
    assert lines[1].startswith("  版本 214@")
    assert lines[2].startswith("    项 214")
    assert lines[3:] == ["      侵权商品销售金额：旧 50000元 → 新 30000元"]


def test_dates_citation_and_words(new: Path, capsys: pytest.CaptureFixture[str]) -> None:
    replace(
        new / "charges/140.yaml", "from: 2010-03-26\n    to: null", "from: 2010-03-26\n    to: 2026-12-31"
    )
    replace(new / "charges/140.yaml", "cite: TOB2010 第1条第1款", "cite: TOB2010 第2条第1款")
    lines = said(new, capsys)
    assert "    失效：旧 无 → 新 2026-12-31" in lines
    assert any(line.strip().startswith("出处：旧 ") and line.endswith("第2条第1款") for line in lines)


def test_another_condition(new: Path, capsys: pytest.CaptureFixture[str]) -> None:
    replace(new / "charges/215.yaml", "when: illegal_turnover >= 50000", "when: illegal_turnover > 50000")
    (line,) = [one for one in said(new, capsys) if "条件" in one]
    assert line.strip() == ("条件：旧 非法经营数额 ≥ 50000元 → 新 非法经营数额 ＞ 50000元")


def test_charges_versions_and_limbs_come_and_go(new: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (new / "charges/280.yaml").unlink()
    replace(new / "causes.yaml", 'charges: ["280"]', "charges: []")
    replace(new / "causes.yaml", ', "280"]', "]")
    replace(
        new / "charges/140.yaml",
        "    notes:\n      - 2025",
        """      - id: 140-4
        says: 新的一项
        cite: ZS1_2008 第16条
        when: sales_amount >= 40000
    notes:
      - 2025""",
    )
    lines = said(new, capsys)
    assert "删除罪名 280 " in "\n".join(lines)
    at = lines.index("    新增项 140-4 新的一项")
    assert lines[at + 1] == "      条件：销售金额 ≥ 40000元"
    backwards = said(LAW, capsys, old=new)
    assert "    删除项 140-4 新的一项" in backwards
    assert any(line.startswith("新增罪名 280 ") for line in backwards)


def test_facts_instruments_causes_and_other_files(new: Path, capsys: pytest.CaptureFixture[str]) -> None:
    replace(new / "facts.yaml", "name: 非法经营数额\n", "name: 非法经营额\n")
    replace(new / "clocks.yaml", "\n", "\n# checked\n")
    lines = said(new, capsys)
    assert (
        lines[lines.index("案情要素 illegal_turnover 非法经营额") + 1]
        == "  名称：旧 非法经营数额 → 新 非法经营额"
    )
    assert lines[-1] == "另有变化的文件（本命令不逐项比较）：clocks.yaml"


def test_sums_limitation_sentences_and_counted_penalties(
    new: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    replace(new / "facts.yaml", "window_years: 2\n", "window_years: 3\n")
    replace(new / "facts.yaml", "{limit_years: 15}", "{limit_years: 16}")
    replace(new / "facts.yaml", "years: 2\n", "years: 4\n")
    replace(new / "charges/148.yaml", "says: 三年以下有期徒刑或者拘役", "says: 二年以下有期徒刑或者拘役")
    lines = said(new, capsys)
    sums = lines[lines.index("累计规则 ip") + 1]
    assert sums.startswith("  无至2025-04-25：旧 ")
    assert sums.endswith("；3年内")
    assert lines[lines.index("追诉时效 《中华人民共和国刑法》第87条") + 1] == "  其余：旧 15年 → 新 16年"
    assert "  法定刑：旧 三年以下有期徒刑或者拘役 → 新 二年以下有期徒刑或者拘役" in lines
    assert any("按行政处罚记录计算：旧 2年内" in line and "新 4年内" in line for line in lines)


def test_bad_folders(new: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["law", "diff", str(LAW), str(tmp_path / "nowhere")]) == 2
    assert "nowhere" in capsys.readouterr().err
    replace(new / "charges/140.yaml", "sales_amount >= 50000", "sales_amont >= 50000")
    assert main(["law", "diff", str(LAW), str(new)]) == 1
    assert "140.yaml" in capsys.readouterr().err
