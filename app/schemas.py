"""The JSON Schemas of what leaves and enters the system, made from the code that reads and writes it."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, TypeAdapter

from app.cases.models import Case, CaseEntry
from app.clues.models import Clue, ClueDraft
from app.evidence.models import Checklist
from app.http.problems import Problem
from app.law.models import Fact
from app.law.screening import Screening
from app.law.statutes import law
from app.packages.record import Record
from app.supervision.models import SupervisionRequest
from app.transfers.models import Transfer

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_AMOUNT = {"anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": r"^\d+(\.\d+)?$"}]}


def schemas() -> dict[str, dict[str, Any]]:
    """All schemas by name."""
    read: dict[str, type[BaseModel]] = {"case-entry": CaseEntry, "clue-draft": ClueDraft}
    written: dict[str, type[BaseModel]] = {
        "case": Case,
        "transfer": Transfer,
        "clue": Clue,
        "checklist": Checklist,
        "supervision-request": SupervisionRequest,
        "problem": Problem,
    }
    found = {name: model.model_json_schema(mode="validation") for name, model in read.items()}
    found |= {name: model.model_json_schema(mode="serialization") for name, model in written.items()}
    found["transfer-package"] = Record.model_json_schema(mode="validation")
    found |= {"screen-input": _screen_input(), "screen-result": _screen_result()}
    return {name: {"$schema": DIALECT, **schema} for name, schema in found.items()}


def _screen_input() -> dict[str, Any]:
    """One line of what `xianjie screen` reads."""
    day = {"type": ["string", "null"], "format": "date"}
    facts = {fact.id: _fact(fact) for fact in law().facts.values() if not fact.derived}
    return {
        "title": "xianjie screen: one case",
        "type": "object",
        "additionalProperties": False,
        "required": ["facts"],
        "properties": {
            "id": {"type": ["string", "integer", "null"]},
            "act_end_date": {**day, "description": "行为终了日；缺省则每一版标准都试"},
            "decided_on": {**day, "description": "适用法律之日；缺省为今天（北京时间）"},
            "facts": {"type": "object", "additionalProperties": False, "properties": facts},
        },
    }


def _fact(fact: Fact) -> dict[str, Any]:
    about = {"title": fact.name, "description": fact.measured}
    words = [*fact.values, "unknown"]
    match fact.type:
        case "bool":
            form: dict[str, Any] = {"type": ["boolean", "null"]}
        case "enum":
            form = {"enum": [*dict.fromkeys(words), None]}
        case "set":
            form = {"type": ["array", "null"], "items": {"enum": list(fact.values)}}
        case "date":
            form = {"type": ["string", "null"], "format": "date"}
        case _:
            form = {"anyOf": [*_AMOUNT["anyOf"], {"type": "null"}]}
    return about | form


def _screen_result() -> dict[str, Any]:
    """One line of what `xianjie screen` writes: a result, or what is wrong with the line."""
    result = TypeAdapter(Screening).json_schema(mode="serialization", ref_template="#/$defs/{model}")
    definitions = result.pop("$defs", {})
    definitions["ConditionReport"]["required"] = [
        "limb",
        "citation",
        "statement",
        "required",
        "actual",
        "met",
    ]
    result["properties"] = {"id": {"type": ["string", "integer", "null"]}, **result["properties"]}
    error = {
        "type": "object",
        "required": ["line", "error"],
        "properties": {
            "line": {"type": "integer"},
            "id": {"type": ["string", "integer"]},
            "error": {
                "type": "object",
                "required": ["code", "field", "detail"],
                "properties": {name: {"type": ["string", "null"]} for name in ("code", "field", "detail")},
            },
        },
    }
    return {"title": "xianjie screen: one answer", "$defs": definitions, "oneOf": [result, error]}
