"""What reading a row gives, whatever it was read from: an entry, or what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from app.cases.models import CaseEntry
from app.errors import FieldError
from app.http.validation_words import field_error


@dataclass(frozen=True)
class ReadRow:
    """One row (counted from 1 as the reader of the file counts), as an entry or with its errors."""

    row: int
    entry: CaseEntry | None
    errors: Sequence[FieldError] = ()


def read_entry(
    row: int,
    raw: dict[str, Any],
    source_system: str,
    column_of: Callable[[str], str],
    errors: Sequence[FieldError] = (),
) -> ReadRow:
    """Check a row as a case; all that is wrong is told together, by column.

    The organ's own case number, else the decision number, says which case it is when the row does not.
    """
    raw.setdefault("source_system", source_system)
    found = [FieldError(column_of(error.field), error.code, error.detail) for error in errors]
    if not any(raw.get(name) for name in ("source_id", "organ_number", "decision_number")):
        detail = "请填写本机关案号或者决定书文号，用来识别同一案件，避免重复录入。"
        found.append(FieldError(column_of("organ_number"), "source_id_required", detail))
    try:
        entry = CaseEntry.model_validate(raw)
    except ValidationError as refused:
        already = {error.field for error in found}
        for one in refused.errors():
            error = field_error(one)
            column = column_of(error.field)
            if column not in already:
                found.append(FieldError(column, error.code, error.detail))
        return ReadRow(row, None, found)
    if found:
        return ReadRow(row, None, found)
    source_id = entry.source_id or entry.organ_number or entry.decision_number
    return ReadRow(row, entry.model_copy(update={"source_id": source_id}))
