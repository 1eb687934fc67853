"""`xianjie law check`: each problem with file, line and remedy; with the same the process does not start."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app.law.check import errors, require_good_law, warnings
from app.law.reading import LAW


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the law's data."""
    copy = tmp_path / "law"
    shutil.copytree(LAW, copy, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    return copy


def xianjie(*arguments: str, said: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "app.cli", *arguments],
        input=said,
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
    )


def change(folder: Path, file: str, written: str, instead: str) -> None:
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert written in text
    path.write_text(text.replace(written, instead, 1), encoding="utf-8")


def line_of(folder: Path, place: str) -> str:
    """The line that a problem points at."""
    file, _, number = place.partition(":")
    return (folder / file).read_text(encoding="utf-8").splitlines()[int(number) - 1]


def told(answer: subprocess.CompletedProcess[str], kind: str) -> list[tuple[str, str]]:
    """(file:line, what is wrong and what to do) of each problem."""
    return re.findall(rf"^{kind} (\S+:\d+) (.+)$", answer.stdout, re.MULTILINE)


def test_the_law_in_use_has_no_errors_and_only_known_warnings() -> None:
    assert errors() == ()
    require_good_law()
    said = [one.problem for one in warnings()]
    absorbed = [problem.partition(" ")[0] for problem in said if "包括" in problem]
    assert absorbed == [
        "140T-2", "214o-2", "214n-5", "214n-6", "215o-7", "215o-8", "215n-10", "215n-11", "217n-11",
        "218n-6", "218n-7",
    ]  # fmt: skip
    assert len(said) == len(absorbed)


def test_a_good_folder(folder: Path) -> None:
    answer = xianjie("law", "check", str(folder))
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "31个罪名、72个版本" in answer.stdout
    assert "没有错误，11条提醒" in answer.stdout


def test_everything_that_is_wrong_is_told_at_once(folder: Path) -> None:
    change(folder, "charges/214.yaml", "illegal_gain >= 30000", "illegal_gains >= 30000")
    change(folder, "charges/214.yaml", "    to: 2025-04-25\n", "    to: 2025-04-26\n")
    change(folder, "charges/213.yaml", "    from: 2025-04-26\n", "")
    change(folder, "charges/215.yaml", "from: 2025-04-26", "from: 2025-04-31")
    change(folder, "charges/225.yaml", "      - id: ", "      - idd: ")
    change(folder, "charges/217.yaml", "      factor: 10", '      factor: "10"')
    change(folder, "causes.yaml", "  - id: unlicensed_tobacco\n", "  - id: sell_infringing_goods\n")
    answer = xianjie("law", "check", str(folder))
    found = told(answer, "错误")
    assert answer.returncode == 1
    assert f"{len(found)}个错误" in answer.stdout
    for file, line_with, says in [
        ("charges/214.yaml", "illegal_gains", "没有要素 illegal_gains。处理：是否指 illegal_gain"),
        ("charges/214.yaml", "id: 214@2025", "214@2021 与 214@2025 的施行日期重叠"),
        ("charges/213.yaml", "id: 213@2025", "缺少这一项"),
        ("charges/215.yaml", "2025-04-31", "不是真实的日期"),
        ("charges/225.yaml", "idd:", "没有这一项"),
        ("charges/217.yaml", 'factor: "10"', "应为整数，不能写成文字"),
        ("causes.yaml", "id: sell_infringing_goods", "重复"),
    ]:
        places = [place for place, problem in found if place.startswith(file) and says in problem]
        assert any(line_with in line_of(folder, place) for place in places), (file, says, found)


def test_evidence_clocks_and_procedure_are_checked_too(folder: Path) -> None:
    change(folder, "procedure.yaml", "to: reported", "to: repotred")
    change(folder, "evidence/214.yaml", "charge: '214'", "charge: '999'")
    found = dict(told(xianjie("law", "check", str(folder)), "错误"))
    said = " ".join(f"{place} {problem}" for place, problem in found.items())
    assert re.search(r"procedure\.yaml:\d+ 没有状态 \['repotred'\]", said)
    assert re.search(r"evidence/214\.yaml:1 文件名与罪名编号 999 不符", said)
    change(folder, "clocks.yaml", "length: {n: 15, unit: workday}", "length: {n: '15', unit: workday}")
    with_bad_notation = dict(told(xianjie("law", "check", str(folder)), "错误"))
    (place,) = [one for one in with_bad_notation if one.startswith("clocks.yaml")]
    assert "n: '15'" in line_of(folder, place)
    assert any(place.startswith("evidence/214.yaml") for place in with_bad_notation)


def test_what_can_never_hold_is_an_error(folder: Path) -> None:
    impossible = """      - id: 214n-9
        says: 既是自然人又是单位
        cite: IP2025 第5条第1款
        when:
          - party_type is person
          - party_type is unit
    aggravated_multiplier:"""
    change(folder, "charges/214.yaml", "    aggravated_multiplier:", impossible)
    change(folder, "charges/214.yaml", "from: 2010-05-07", "from: 2022-05-07")
    change(folder, "charges/213.yaml", "offence_since: {from: 1997-10-01", "offence_since: {from: 2021-03-01")
    change(
        folder,
        "causes.yaml",
        "conduct: [sell_counterfeit_goods]",
        "conduct: [use_mark_on_goods]",
    )
    answer = xianjie("law", "check", str(folder))
    assert answer.returncode == 1
    found = {line_of(folder, place).strip(): problem for place, problem in told(answer, "错误")}
    assert "永远不可能成立" in found.pop("- id: 214n-9")
    assert "from 晚于本版本的 to" in found.pop("- id: 214o-2")
    assert "永远不会适用" in found.pop("- id: 213@2004")
    assert "使罪名 214 永远不可能达到" in found.pop("- id: sell_infringing_goods")
    assert found == {}


def test_what_is_doubtful_is_a_warning(folder: Path) -> None:
    fact = "facts:\n  - {id: colour_count, name: 颜色种数, type: count, unit: 种, measured: 清点}\n"
    change(folder, "facts.yaml", "facts:\n", fact)
    change(folder, "charges/214.yaml", "[IP2004, ZS2_2010, IP2011]", "[IP2004, ZS2_2010, IP2025]")
    (folder / "evidence" / "280.yaml").unlink()
    answer = xianjie("law", "check", str(folder))
    assert answer.returncode == 0
    found = [problem for _, problem in told(answer, "提醒") if "包括" not in problem]
    assert [problem for problem in found if "214@2004 所引 IP2025" in problem]
    assert [problem for problem in found if "罪名 280 没有证据清单" in problem]
    assert [problem for problem in found if "要素 colour_count 没有任何" in problem]
    assert len(found) == 3


def test_no_folder_and_an_empty_folder(tmp_path: Path) -> None:
    assert xianjie("law", "check", str(tmp_path / "nowhere")).returncode == 2
    answer = xianjie("law", "check", str(tmp_path))
    assert answer.returncode == 1
    assert "读不到文件" in answer.stdout
    assert "Traceback" not in answer.stderr


def test_the_server_and_screening_refuse_to_start(folder: Path) -> None:
    change(folder, "charges/214.yaml", "illegal_gain >= 30000", "illegal_gain >= 三万")
    settings = {
        "XIANJIE_LAW": str(folder),
        "XIANJIE_DATABASE_URL": "postgresql:///",
        "XIANJIE_SECRET": "-" * 32,
        "XIANJIE_FILES": str(folder),
    }
    for command in (["serve", "--port", "0"], ["screen", "-"]):
        answer = xianjie(*command, said='{"facts": {}}', **settings)
        assert answer.returncode == 2
        place = re.search(r"法律数据有误 (charges/214\.yaml:\d+) .*看不懂条件.*处理：", answer.stderr)
        assert place
        assert "三万" in line_of(folder, place[1])
        assert "Traceback" not in answer.stderr
        assert answer.stdout == ""


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_a_server_does_not_start_on_a_limb_that_can_never_hold(folder: Path, command: str) -> None:
    change(folder, "charges/214.yaml", "from: 2010-05-07", "from: 2022-05-07")
    answer = xianjie(
        command,
        "--port",
        "65000",
        XIANJIE_LAW=str(folder),
        XIANJIE_DATABASE_URL="postgresql:///",
        XIANJIE_SECRET="-" * 32,
        XIANJIE_FILES=str(folder),
    )
    assert answer.returncode == 2
    assert "214o-2" in answer.stderr


def test_a_file_in_another_encoding_or_under_another_name(folder: Path) -> None:
    file = folder / "charges" / "214.yaml"
    file.write_bytes(file.read_text(encoding="utf-8").encode("gb18030"))
    (folder / "charges" / "221.yaml").rename(folder / "charges" / "损害商誉.yaml")
    (folder / "charges" / "222.yaml").rename(folder / "charges" / "999.yaml")
    found = dict(told(xianjie("law", "check", str(folder)), "错误"))
    said = " ".join(f"{place} {problem}" for place, problem in found.items())
    assert "charges/214.yaml:1 不是 UTF-8 编码" in said or re.search(r"214\.yaml:\d+ 不是 UTF-8", said)
    assert "损害商誉.yaml:1 文件名不是罪名编号" in said
    assert re.search(r"999\.yaml:\d+ 文件名与罪名编号 222 不符", said)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("- id: sale\n", "- id: auction\n", "编号 auction 重复"),
        ("instrument: PRICE2015,", "instrument: PRICE2999,", r"没有依据 \['PRICE2999'\]"),
        ("from: 2004-12-22, to: 2025-04-25", "from: 2004-12-22, to: 2004-01-01", "的 to 早于 from"),
        ("type: money", "type: sum", "fields.3.type"),
        ("mark: m, from: 2021-07-15}", "mark: m}", "缺少这一项"),
    ],
)
def test_the_data_of_exhibits_are_checked(folder: Path, old: str, new: str, says: str) -> None:
    change(folder, "exhibits.yaml", old, new)
    found = dict(told(xianjie("law", "check", str(folder)), "错误"))
    assert any(
        place.startswith("exhibits.yaml:") and re.search(says, problem) for place, problem in found.items()
    )
