"""`xianjie law check [FOLDER]`: what is wrong with the law's data, each with file, line and remedy."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from app.law.check import errors, warnings
from app.law.reading import LAW
from app.law.statutes import law


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument(
        "folder",
        metavar="FOLDER",
        nargs="?",
        type=Path,
        default=LAW,
        help="folder with facts.yaml, charges/ … (default: the data in use)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0 good (warnings do not count), 1 errors, 2 no such folder."""
    folder: Path = arguments.folder.absolute()
    if not folder.is_dir():
        print(f"xianjie law check: 没有文件夹 {arguments.folder}", file=sys.stderr)
        return 2
    if folder != LAW:
        # the product reads one folder of law, from its start: another one is for another process
        command = [sys.executable, "-m", "app.cli", "law", "check"]
        return subprocess.run(command, env={**os.environ, "XIANJIE_LAW": str(folder)}).returncode  # noqa: S603
    wrong = errors()
    if wrong:
        sys.stdout.writelines(f"错误 {one}\n" for one in wrong)
        print(f"{len(wrong)}个错误：改正前系统不能启动。")
        return 1
    doubtful = tuple(warnings())
    sys.stdout.writelines(f"提醒 {one}\n" for one in doubtful)
    charges = [one for one in law().charges.values() if one.kind == "charge"]
    versions = sum(len(one.versions) for one in law().charges.values())
    size = f"{len(charges)}个罪名、{versions}个版本、{len(law().facts)}个要素、{len(law().causes)}个案由"
    print(f"{size}：没有错误，{len(doubtful)}条提醒。法律数据版本 {law().version}")
    return 0
