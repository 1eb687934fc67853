"""`xianjie organs FILE`: load the directory of organs and officers, as the owner's role."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("file", metavar="FILE", type=Path, help="YAML, of the form of app/demo/organs.yaml")
    parser.epilog = "XIANJIE_MIGRATION_URL names the database. First passwords are printed once."


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0 loaded, 1 the file does not fit (nothing is loaded then), 2 no database is named."""
    from app.organs.directory import DirectoryError, load_directory

    url = os.environ.get("XIANJIE_MIGRATION_URL")
    if not url:
        print("xianjie organs: set XIANJIE_MIGRATION_URL (the owner's role)", file=sys.stderr)
        return 2
    try:
        first = load_directory(url, arguments.file)
    except DirectoryError as error:
        print(f"xianjie organs: {error}", file=sys.stderr)
        return 1
    for sign_in, password in first.items():
        print(f"{sign_in}\t{password}")
    return 0
