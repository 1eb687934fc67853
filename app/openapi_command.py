"""`xianjie openapi`: write openapi/openapi.json and schemas/*.json anew, or say that they have drifted."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


def configure(parser: argparse.ArgumentParser) -> None:
    """`--check` compares and writes nothing."""
    parser.add_argument("--check", action="store_true", help="exit 1 when a file differs from the code")


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0 when all files are as the code says, 1 when `--check` finds one that is not."""
    expected = dict(_files())
    if arguments.check:
        names = ", ".join(str(path.relative_to(ROOT)) for path in drifted(expected))
        if names:
            print(f"{names}: not what the code says; run `make openapi`", file=sys.stderr)
        return 1 if names else 0
    for path in drifted(expected):
        if path in expected:
            path.parent.mkdir(exist_ok=True)
            path.write_text(expected[path], encoding="utf-8")
        else:
            path.unlink()
    return 0


def drifted(expected: Mapping[Path, str] | None = None) -> list[Path]:
    """The files that differ from what the code says, are missing, or should not be there."""
    texts = dict(_files()) if expected is None else expected
    differing = [
        path for path, text in texts.items() if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    return differing + [path for path in (ROOT / "schemas").glob("*.json") if path not in texts]


def _files() -> Iterator[tuple[Path, str]]:
    from app.schemas import schemas

    yield ROOT / "openapi" / "openapi.json", _text(openapi())
    for name, schema in schemas().items():
        yield ROOT / "schemas" / f"{name}.json", _text(schema)


def openapi() -> dict[str, Any]:
    """The OpenAPI document of the whole API; needs neither a database nor settings."""
    from app.api import create_app
    from app.settings import Settings

    placeholders = {"database_url": "postgresql:///", "secret": "-" * 32, "files": Path("files")}
    return create_app(Settings.model_validate(placeholders)).openapi()


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
