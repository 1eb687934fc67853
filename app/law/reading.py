"""Reads the law's YAML strictly: what does not fit is refused with file, line and remedy."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

LAW = Path(os.environ.get("XIANJIE_LAW") or Path(__file__).parent).absolute()
"""The folder of the law's data: the product's own, unless XIANJIE_LAW names another."""


class LawDataError(ValueError):
    """Law data that cannot be used. `line` counts from 1; `also`: what else is wrong."""

    def __init__(
        self, file: Path, line: int, problem: str, remedy: str, also: tuple[LawDataError, ...] = ()
    ) -> None:
        where = file.relative_to(LAW) if file.is_relative_to(LAW) else file
        super().__init__(f"{where}:{line} {problem}。处理：{remedy}")
        self.file, self.line, self.problem, self.remedy, self.also = file, line, problem, remedy, also

    @property
    def all(self) -> tuple[LawDataError, ...]:
        """Every problem found in one go, this one first."""
        return (self, *self.also)


class Problems:
    """Gathers problems that do not depend on each other, to tell them all at once."""

    def __init__(self) -> None:
        self._found: dict[str, LawDataError] = {}

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Keeps a LawDataError raised within, and goes on after it."""
        try:
            yield
        except LawDataError as error:
            self._found.update({str(one): one for one in error.all})

    def tell(self) -> None:
        """Raises LawDataError with all that was noted, if anything was."""
        if self._found:
            first, *others = self._found.values()
            raise LawDataError(first.file, first.line, first.problem, first.remedy, tuple(others))


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
                raise yaml.MarkedYAMLError(problem=f"{name} 写了两次", problem_mark=key.start_mark)
            lines[name] = key.start_mark.line + 1
        mapping = Mapping()
        mapping.update(super().construct_mapping(node, deep=True))
        mapping.line, mapping.lines = node.start_mark.line + 1, lines
        return mapping

    def construct_date(self, node: yaml.ScalarNode) -> date:
        try:
            return super().construct_yaml_timestamp(node)
        except ValueError as error:
            raise yaml.MarkedYAMLError(
                problem=f"{node.value} 不是真实的日期", problem_mark=node.start_mark
            ) from error


# The constructor of the base class fills an empty dict step by step and so would lose our subclass.
_Loader.add_constructor("tag:yaml.org,2002:map", _Loader.construct_mapping)
_Loader.add_constructor("tag:yaml.org,2002:timestamp", _Loader.construct_date)


def read(file: Path, model: type[Model]) -> Model:
    """The content of a YAML file as a frozen model. Raises LawDataError with all that does not fit."""
    try:
        data = yaml.load(file.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - a safe loader
    except OSError as error:
        raise LawDataError(file, 1, f"读不到文件：{error.strerror}", "补上该文件，或者核对文件夹") from error
    except UnicodeDecodeError as error:
        line = file.read_bytes()[: error.start].count(b"\n") + 1
        raise LawDataError(file, line, "不是 UTF-8 编码", "以 UTF-8 重新保存") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise LawDataError(
            file, line, f"写法有误：{error.problem}", "核对缩进、冒号、引号和日期；同一项只写一次"
        ) from error
    except yaml.YAMLError as error:
        raise LawDataError(file, 1, f"写法有误：{error}", "删去不可见的控制字符") from error
    try:
        return model.model_validate(data)
    except ValidationError as error:
        problems = Problems()
        for one in error.errors():
            with problems.noted():
                raise _misfit(file, data, one) from error
        problems.tell()
        raise


def _misfit(file: Path, data: Any, error: ErrorDetails) -> LawDataError:
    """One field that does not fit, in words."""
    where = ".".join(str(part) for part in error["loc"])
    problem, remedy = {
        "missing": ("缺少这一项", "补上这一项"),
        "extra_forbidden": ("没有这一项，可能写错了名称", "核对名称，照同类条目写"),
        "date_from_datetime_parsing": ("不是日期", "写作 2025-04-26"),
        "bool_parsing": ("只能是 true 或 false", "改为 true 或 false"),
        "bool_type": ("只能是 true 或 false", "改为不加引号的 true 或 false"),
        "int_type": ("应为整数，不能写成文字", "去掉引号，只写数字"),
    }.get(error["type"], (str(error["msg"]).removeprefix("Value error, "), "按同类条目的写法改正"))
    return LawDataError(file, _line(data, error["loc"]), f"{where}：{problem}", remedy)


def checker(file: Path) -> Check:
    """A function `check(holds, word, problem, remedy)` that raises LawDataError at the line of the word."""

    def check(holds: bool, word: str, problem: str, remedy: str) -> None:
        if not holds:
            raise LawDataError(file, line_of(file, word), problem, remedy)

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


def line_of(file: Path, word: str) -> int:
    """The first line on which the word stands, else 1."""
    if not file.is_file():
        return 1
    for number, text in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if re.search(rf"{re.escape(word)}(?!\w)", text):
            return number
    return 1
