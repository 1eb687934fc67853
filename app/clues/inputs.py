"""What an action on a clue was given, checked against what its row in the table asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.errors import FieldError, Invalid
from app.law.procedure_table import Action, Input

LONGEST = 20_000


def checked_inputs(action: Action, given: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs that hold something. Raises Invalid with every field that is wrong."""
    asked = {field.name: field for field in action.inputs}
    errors = [
        FieldError(f"inputs.{name}", "input_unknown", f"“{action.label}”没有这一项，请去掉。")
        for name in given
        if name not in asked
    ]
    errors += filter(None, (_wrong(field, given.get(field.name)) for field in action.inputs))
    if errors:
        raise Invalid("invalid_input", "提交的内容有误，请按各字段的提示更正后重试。", errors)
    return {name: value for name, value in given.items() if value not in (None, "")}


def _wrong(field: Input, value: Any) -> FieldError | None:
    name = f"inputs.{field.name}"
    if value in (None, ""):
        return FieldError(name, "input_missing", f"请填写“{field.label}”。") if field.required else None
    if field.type == "organ":
        if isinstance(value, int) and not isinstance(value, bool):
            return None
        return FieldError(name, "input_not_an_organ", f"“{field.label}”请从机关名录中选择。")
    if not isinstance(value, str) or len(value) > LONGEST:
        return FieldError(name, "input_not_text", f"“{field.label}”请填写文字，不超过{LONGEST}字。")
    return None
