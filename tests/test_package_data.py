"""An installed package has every file that the clone has beside its code."""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_every_kind_of_data_file_is_named_in_pyproject() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    named = {pattern.removeprefix("*") for pattern in project["tool"]["setuptools"]["package-data"]["*"]}
    kept = {
        file.suffix
        for room in ("app", "migrations")
        for file in (ROOT / room).rglob("*")
        if file.is_file() and file.parent.name != "__pycache__"
    }
    assert kept - {".py", ".mako"} == named  # .mako: only who writes a migration needs it
