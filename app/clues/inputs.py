"""What an action on a clue was given, checked against what its row in the table asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.errors import invalid
from app.law.procedure_table import Action
from app.transfers.forms import InputError, parse_inputs


def checked_inputs(action: Action, given: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs as they are recorded. Raises Invalid naming the field (`inputs.…`) and the remedy."""
    try:
        return parse_inputs(action.inputs, given)
    except InputError as error:
        raise invalid(f"inputs.{error.field}", error.code, error.detail) from error
