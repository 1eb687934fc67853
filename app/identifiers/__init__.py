"""What has a check digit or a code list; each parser folds the way of writing and normalises."""

from __future__ import annotations

from app.identifiers.case_number import CaseNumber, parse_case_number
from app.identifiers.decision_number import parse_decision_number
from app.identifiers.errors import IdentifierError
from app.identifiers.id_number import parse_id_number
from app.identifiers.regions import Region, parse_region
from app.identifiers.uscc import parse_uscc

__all__ = [
    "CaseNumber",
    "IdentifierError",
    "Region",
    "parse_case_number",
    "parse_decision_number",
    "parse_id_number",
    "parse_region",
    "parse_uscc",
]
