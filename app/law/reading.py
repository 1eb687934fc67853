"""Reads the law's YAML strictly: what does not fit is refused with file, line and remedy."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

LAW = Path(__file__).parent


class LawDataError(ValueError):
    """Law data that cannot be used. `line` counts from 1."""

    def __init__(self, file: Path, line: int, problem: str, remedy: str) -> None:
        super().__init__(f"{file.name}, line {line}: {problem} ({remedy})")
        self.file, self.line, self.problem, self.remedy = file, line, problem, remedy


class LawModel(BaseModel):
    """A record of law data: frozen, without unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Model = TypeVar("Model", bound=LawModel)
Check = Callable[[bool, str, str, str], None]


class Mapping(dict[Hashable, Any]):
    """A YAML mapping that knows on which line each key stands."""

    line = 0
    lines: dict[str, int]


class _Loader(yaml.CSafeLoader):
    """CSafeLoader that keeps line numbers and refuses a key written twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: ARG002 - the base's signature
        lines: dict[str, int] = {}
        for key, _ in node.value:
            name = str(key.value)
            if name in lines:
                raise yaml.MarkedYAMLError(problem=f"key {name} twice", problem_mark=key.start_mark)
            lines[name] = key.start_mark.line + 1
        mapping = Mapping()
        mapping.update(super().construct_mapping(node, deep=True))
        mapping.line, mapping.lines = node.start_mark.line + 1, lines
        return mapping


# The constructor of the base class fills an empty dict step by step and so would lose our subclass.
_Loader.add_constructor("tag:yaml.org,2002:map", _Loader.construct_mapping)


def read(file: Path, model: type[Model]) -> Model:
    """The content of a YAML file as a frozen model. Raises LawDataError."""
    try:
        data = yaml.load(file.read_bytes(), _Loader)  # noqa: S506 - a safe loader
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise LawDataError(file, line, f"not YAML: {error.problem}", "mend the notation") from error
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise LawDataError(
            file, _line(data, first["loc"]), f"{where}: {first['msg']}", f"see the fields of {model.__name__}"
        ) from error


def checker(file: Path) -> Check:
    """A function `check(holds, word, problem, remedy)` that raises LawDataError at the line of the word."""

    def check(holds: bool, word: str, problem: str, remedy: str) -> None:
        if not holds:
            raise LawDataError(file, _line_of(file, word), problem, remedy)

    return check


def _line(data: Any, location: tuple[int | str, ...]) -> int:
    line = 1
    for part in location:
        if isinstance(data, Mapping):
            line = data.lines.get(str(part), data.line)
            data = data.get(part)
        elif isinstance(data, list) and isinstance(part, int) and part < len(data):
            data = data[part]
            line = getattr(data, "line", line)
    return line


def _line_of(file: Path, word: str) -> int:
    for number, text in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if re.search(rf"{re.escape(word)}(?!\w)", text):
            return number
    return 1
