"""Rendering: one Jinja environment, and what every page has in its frame."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.web import words

HERE = Path(__file__).parent
STATIC = HERE / "static"


@dataclass(frozen=True)
class Place:
    """An entry of the top bar."""

    label: str
    address: str
    key: str = ""


@dataclass(frozen=True)
class Frame:
    """What stands around a page: who is signed in, where they may go, how many notices are unread."""

    officer: str
    organ: str
    kind: str
    roles: str
    places: tuple[Place, ...]
    unread: int
    csrf: str
    path: str
    file_limit: int
    upload_limit: int
    said: str | None = None


def render(template: str, status: int = 200, /, **values: Any) -> HTMLResponse:
    """A page or a part of one."""
    return HTMLResponse(environment().get_template(template).render(**values), status)


@cache
def environment() -> Environment:
    """The templates of the console."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(words.FILTERS)
    made.globals.update(words.GLOBALS)
    made.globals["asset"] = _asset
    return made


@cache
def _asset(name: str) -> str:
    """The address of a static file; it changes with the content, so browsers may keep it."""
    content = (STATIC / name).read_bytes()
    return f"/static/{name}?v={hashlib.sha256(content).hexdigest()[:12]}"
