"""What stands in a form: as it was typed, or as it is stored. Fields are named as errors name them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.datastructures import FormData

from app.errors import AppError, FieldError, Invalid
from app.http.validation_words import field_error

Model = TypeVar("Model", bound=BaseModel)


def whole_number(text: str | None) -> int | None:
    """The number of at most nine digits that stands in a form or address, else None."""
    text = (text or "").strip()
    return int(text) if text.isdecimal() and len(text) < 10 else None


class Given:
    """The values of a form by name; a name may have several (ticked boxes)."""

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name, []).append(value)

    @classmethod
    def typed(cls, data: FormData) -> Given:
        """What a form sent."""
        return cls((name, value) for name, value in data.multi_items() if isinstance(value, str))

    @classmethod
    def stored(cls, values: Mapping[str, Any]) -> Given:
        """A record as a form would have sent it: nested names with dots, lists as several values."""
        return cls(_flat("", values))

    def one(self, name: str) -> str:
        """The value, or an empty text."""
        return self._values.get(name, [""])[0]

    def all(self, name: str) -> list[str]:
        """All values."""
        return self._values.get(name, [])

    def names(self) -> list[str]:
        """Which fields there are."""
        return list(self._values)

    def pairs(self) -> list[tuple[str, str]]:
        """All names with their values, in order."""
        return [(name, value) for name, values in self._values.items() for value in values]

    def indexes(self, prefix: str) -> list[int]:
        """The numbers of a repeated part: `parties.0.name` has 0."""
        heads = {name.split(".")[1] for name in self._values if name.startswith(f"{prefix}.")}
        return sorted(number for head in heads if (number := whole_number(head)) is not None)

    def text(self, name: str) -> str | None:
        """The trimmed text, None when empty."""
        return self.one(name).strip() or None

    def number(self, name: str) -> int | None:
        """The whole number, None when there is none."""
        return whole_number(self.one(name))

    def numbers(self, name: str) -> list[int]:
        """The whole numbers among all values."""
        return [number for one in self.all(name) if (number := whole_number(one)) is not None]


class Problems(Mapping[str, str]):
    """What is wrong with which field, and what is wrong with the whole."""

    def __init__(self, error: AppError | None = None, labels: Mapping[str, str] | None = None) -> None:
        self.error = error
        self._by_field: dict[str, str] = {}
        for one in error.errors if error else ():
            self._by_field.setdefault(one.field, one.detail)
        self._labels = labels or {}

    def __getitem__(self, name: str) -> str:
        return self._by_field[name]

    def __iter__(self) -> Any:
        return iter(self._by_field)

    def __len__(self) -> int:
        return len(self._by_field)

    def __bool__(self) -> bool:
        return self.error is not None

    @property
    def detail(self) -> str | None:
        """The sentence above the form."""
        return self.error.detail if self.error else None

    @property
    def shown(self) -> AppError | None:
        """The error as a whole."""
        return self.error

    def lines(self) -> list[tuple[str, str, str]]:
        """(field, its label, what is wrong)."""
        return [(name, self._labels.get(name, ""), said) for name, said in self._by_field.items()]


def validated(model: type[Model], values: Mapping[str, Any]) -> Model:
    """The values as a model of a room. Raises Invalid with all fields that are wrong."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise invalid_fields(field_error(one) for one in error.errors()) from error


def invalid_fields(fields: Iterable[FieldError]) -> Invalid:
    """Several fields are wrong."""
    return Invalid("invalid_input", "有内容需要更正，请按各字段的提示修改后重新提交。", list(fields))


def _flat(prefix: str, value: Any) -> Iterable[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _flat(f"{prefix}.{name}" if prefix else str(name), inner)
    elif isinstance(value, list | tuple | frozenset | set):
        for place, inner in enumerate(value):
            yield from _flat(f"{prefix}.{place}" if isinstance(inner, Mapping) else prefix, inner)
    elif isinstance(value, bool):
        yield prefix, "yes" if value else "no"
    elif value is not None:
        yield prefix, str(value)
