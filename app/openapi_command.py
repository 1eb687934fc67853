"""`xianjie openapi`: write openapi/openapi.json and schemas/*.json anew, or say that they have drifted."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


def configure(parser: argparse.ArgumentParser) -> None:
    """`--check` compares and writes nothing."""
    parser.add_argument("--check", action="store_true", help="exit 1 when a file differs from the code")


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0 when all files are as the code says, 1 when `--check` finds one that is not."""
    drifted = []
    expected = dict(_files())
    for path, text in expected.items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            drifted.append(path)
            if not arguments.check:
                path.parent.mkdir(exist_ok=True)
                path.write_text(text, encoding="utf-8")
    for path in (ROOT / "schemas").glob("*.json"):
        if path not in expected:
            drifted.append(path)
            if not arguments.check:
                path.unlink()
    if arguments.check and drifted:
        names = ", ".join(str(path.relative_to(ROOT)) for path in drifted)
        print(f"{names}: not what the code says; run `make openapi`", file=sys.stderr)
        return 1
    return 0


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
