"""A document's Word file: a template (docxtpl's marks in .docx) with the values in place of its marks.

A template is read and compiled once; filling it in takes milliseconds. The same template and values give
the same bytes, so that a file's hash says what it was made of.
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from docxtpl import DocxTemplate
from jinja2 import StrictUndefined, Template, TemplateError, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment

TEMPLATES = Path(__file__).parent / "templates"
_FILLED_IN = re.compile(r"word/(document|header\d*|footer\d*)\.xml")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ALWAYS = (1980, 1, 1, 0, 0, 0)  # the least date of a zip: the bytes do not tell the time


class Text(str):
    """A value as templates see it: `{{ value }}` on one line, `value.lines` a paragraph each."""

    __slots__ = ()

    def __new__(cls, value: str = "") -> Text:
        """Without what XML cannot hold."""
        return super().__new__(cls, _NOT_XML.sub("", value))

    @property
    def lines(self) -> list[str]:
        """Its lines that say something."""
        return [line.strip() for line in self.splitlines() if line.strip()]


@dataclass(frozen=True)
class Prepared:
    """A template ready to be filled in. `names`: what its marks ask for."""

    sha256: bytes
    names: frozenset[str]
    parts: tuple[tuple[str, bytes | Template], ...]

    def fill(self, values: Mapping[str, Any]) -> bytes:
        """The .docx. Raises TemplateError when a mark asks for what is not there."""
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, part in self.parts:
                content = part.render(values).encode() if isinstance(part, Template) else part
                entry = zipfile.ZipInfo(name, _ALWAYS)
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, content)
        return made.getvalue()


def template(kind: str) -> Prepared:
    """The platform's template of a document."""
    return _read(TEMPLATES / f"{kind}.docx")


@lru_cache(maxsize=200)
def _read(file: Path) -> Prepared:
    return prepared(file.read_bytes())


def prepared(content: bytes) -> Prepared:
    """A template from its .docx. Raises ValueError where it is none or its marks do not fit together."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = [(entry, archive.read(entry)) for entry in archive.namelist() if not entry.endswith("/")]
    except zipfile.BadZipFile as error:
        raise ValueError("不是 .docx 文件") from error
    if "word/document.xml" not in dict(parts):
        raise ValueError("不是 .docx 文件：缺少 word/document.xml")
    marks, names = DocxTemplate(io.BytesIO(content)), set()
    done: list[tuple[str, bytes | Template]] = []
    for name, part in parts:
        if not _FILLED_IN.fullmatch(name):
            done.append((name, part))
            continue
        try:
            text = marks.patch_xml(part.decode())
            names |= meta.find_undeclared_variables(_ENVIRONMENT.parse(text))
            done.append((name, _ENVIRONMENT.from_string(text)))
        except TemplateError as error:
            raise ValueError(f"模板的标记有误：{error}") from error
    return Prepared(hashlib.sha256(content).digest(), frozenset(names), tuple(done))


def _in_one_line(value: Any) -> Any:
    return "；".join(value.lines) if isinstance(value, Text) else value


# Sandboxed: a template is edited by people of an organ, and fills in values, no more.
_ENVIRONMENT = ImmutableSandboxedEnvironment(
    autoescape=True, undefined=StrictUndefined, finalize=_in_one_line, keep_trailing_newline=True
)
