"""Between the numbers by which one database knows organs and officers, and the codes that all know."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from app.law.procedure_table import transfer_procedure
from app.packages.carried import CARRIED
from app.packages.recorded import Officer

Rows = dict[str, Any]


def translated(value: Any, one: Callable[[Any], Any]) -> Any:
    """The value, or each of a list, translated; what is not there stays so."""
    if isinstance(value, list):
        return [one(each) for each in value]
    return None if value is None else one(value)


def step_inputs(
    action: str, inputs: Mapping[str, Any], organ: Callable[[Any], Any], officer: Callable[[Any], Any]
) -> Rows:
    """A step's inputs with their organs and officers translated, whichever way."""
    types = {field.name: field.type for field in transfer_procedure().action(action).inputs}
    ways: Mapping[str, Callable[[Any], Any]] = {"organ": organ, "officers": officer}
    return {
        name: translated(value, ways[types[name]]) if types.get(name) in ways else value
        for name, value in inputs.items()
    }


def organ_ids(parts: Mapping[str, Any]) -> set[int]:
    """The numbers of all organs that gathered rows name."""
    found = {one for row, carried in _rows(parts) for column in carried.organs for one in _each(row[column])}
    step_inputs_of(parts, organ=found.add)
    return found


def officer_ids(parts: Mapping[str, Any]) -> set[int]:
    """The numbers of all officers that gathered rows name."""
    found = {
        one for row, carried in _rows(parts) for column in carried.officers for one in _each(row[column])
    }
    step_inputs_of(parts, officer=found.add)
    return found


def step_inputs_of(
    parts: Mapping[str, Any],
    organ: Callable[[Any], Any] = lambda one: one,
    officer: Callable[[Any], Any] = lambda one: one,
) -> None:
    """Go through the inputs of all gathered steps."""
    for step in parts["steps"]:
        step_inputs(step["action"], step["inputs"], organ, officer)


def spoken(parts: Mapping[str, Any], organs: Mapping[int, str], officers: Mapping[int, Officer]) -> Rows:
    """Gathered rows as the record has them."""

    def officer(number: int) -> Rows:
        return officers[number].model_dump()

    found: Rows = {}
    for one in CARRIED:
        rows = [
            {
                **{name: value for name, value in row.items() if name not in {**one.organs, **one.officers}},
                **{name: translated(row[column], organs.__getitem__) for column, name in one.organs.items()},
                **{name: translated(row[column], officer) for column, name in one.officers.items()},
            }
            for row in _listed(parts[one.part])
        ]
        found[one.part] = rows[0] if one.single else rows
    for step in found["steps"]:
        step["inputs"] = step_inputs(step["action"], step["inputs"], organs.__getitem__, officer)
    return found


def _rows(parts: Mapping[str, Any]) -> Iterator[tuple[Rows, Any]]:
    for one in CARRIED:
        for row in _listed(parts[one.part]):
            yield row, one


def _listed(part: Any) -> list[Rows]:
    return part if isinstance(part, list) else [part]


def _each(value: Any) -> list[int]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
