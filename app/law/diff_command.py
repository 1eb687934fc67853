"""`xianjie law diff OLD NEW`: what changed between two folders of the law's data, in words."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from app.law.diff import differences
from app.law.reading import LawDataError
from app.law.statutes import load

_COMPARED = {"facts.yaml", "instruments.yaml", "causes.yaml"}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the action."""
    parser.add_argument("old", metavar="OLD", type=Path, help="folder with facts.yaml, charges/ …")
    parser.add_argument("new", metavar="NEW", type=Path, help="folder to compare it with")


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0 compared, 1 the data of a folder cannot be used, 2 no such folder."""
    for folder in (arguments.old, arguments.new):
        if not (folder / "facts.yaml").is_file():
            print(f"xianjie law diff: {folder} 中没有法律数据（facts.yaml），请写明文件夹", file=sys.stderr)
            return 2
    try:
        old, new = load(arguments.old.absolute()), load(arguments.new.absolute())
    except LawDataError as error:
        print(f"xianjie law diff: {error}", file=sys.stderr)
        return 1
    print(f"旧 {old.version} → 新 {new.version}")
    lines = differences(old, new)
    print("\n".join(lines) if lines else "罪名、案情要素、依据和案由没有变化。")
    if others := _other_files(arguments.old, arguments.new):
        print("另有变化的文件（本命令不逐项比较）：" + "、".join(others))
    return 0


def _other_files(old: Path, new: Path) -> list[str]:
    """Files of the law's data that differ and that are not described above."""
    contents = [_contents(folder) for folder in (old, new)]
    names = sorted({*contents[0], *contents[1]})
    return [name for name in names if contents[0].get(name) != contents[1].get(name)]


def _contents(folder: Path) -> dict[str, bytes]:
    files = {str(file.relative_to(folder)): file for file in folder.rglob("*.yaml")}
    return {
        name: file.read_bytes()
        for name, file in files.items()
        if name not in _COMPARED and not name.startswith("charges")
    }
