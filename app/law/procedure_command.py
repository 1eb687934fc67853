"""`xianjie procedure`: the tables of the procedures as a page (Markdown) or drawn (SVG)."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from app.law.procedure_drawing import drawing
from app.law.procedure_page import page
from app.law.procedure_table import (
    Procedure,
    clue_procedure,
    detention_procedure,
    reverse_procedure,
    transfer_procedure,
)

# name -> (title, table); the drawing of each stands in docs/ as procedure-NAME.svg
TABLES: Mapping[str, tuple[str, Callable[[], Procedure]]] = {
    "transfer": ("移送", transfer_procedure),
    "clue": ("线索", clue_procedure),
    "reverse": ("反向移送", reverse_procedure),
    "detention": ("移送行政拘留", detention_procedure),
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    actions.add_parser("page", help="all procedures in tables, as docs/procedure.md")
    write = actions.add_parser("write", help="the page and all drawings, renewed in a folder")
    write.add_argument("folder", metavar="FOLDER", type=Path, nargs="?", default=Path("docs"))
    one = actions.add_parser("drawing", help="one procedure as SVG, as docs/procedure-NAME.svg")
    one.add_argument("name", metavar="NAME", choices=TABLES, help=", ".join(TABLES))
    one.add_argument("--state", metavar="STATE", help="mark this state, by its id")


def run(arguments: argparse.Namespace) -> int:
    """Write to standard output, or into the folder; 0 good, 2 usage."""
    if arguments.action == "write":
        return _write(arguments.folder)
    if arguments.action == "page":
        sys.stdout.write(whole_page())
        return 0
    table = TABLES[arguments.name][1]()
    if arguments.state and arguments.state not in {state.id for state in table.states}:
        known = ", ".join(state.id for state in table.states)
        print(f"xianjie procedure: --state {arguments.state} / 没有这个状态，可用：{known}", file=sys.stderr)
        return 2
    sys.stdout.write(drawing(table, arguments.state))
    return 0


def _write(folder: Path) -> int:
    if not folder.is_dir():
        print(f"xianjie procedure write: {folder} / 没有这个文件夹，请先建立", file=sys.stderr)
        return 2
    (folder / "procedure.md").write_text(whole_page(), encoding="utf-8")
    for name, (_, table) in TABLES.items():
        (folder / f"procedure-{name}.svg").write_text(drawing(table()), encoding="utf-8")
    return 0


def whole_page() -> str:
    """The text of docs/procedure.md."""
    return page({f"procedure-{name}.svg": (title, table()) for name, (title, table) in TABLES.items()})
