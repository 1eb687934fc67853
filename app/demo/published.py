"""The published real cases as entries: what their sources state, under the cause that says no more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from app.cases.models import CaseEntry
from app.demo.real_cases import RealCase, known_act_end, known_facts, real_cases
from app.law.models import UNLISTED
from app.law.statutes import law

_PARTY_KINDS = (
    ("个体", "individual_business"),
    ("公司", "unit"),
    ("企业", "unit"),
    ("厂", "unit"),
    ("店", "individual_business"),
)


def published_entries(now: datetime) -> Iterator[tuple[datetime, CaseEntry, Mapping[str, Any]]]:
    """When each was entered, the entry, and its source."""
    for number, case in enumerate(real_cases()):
        yield now - timedelta(days=60 - number / 2), _entry(case), _source(case)


def cause_of(case: RealCase) -> str:
    """The cause that implies most of the known facts and nothing beyond them."""
    known = known_facts(case)
    best, most = UNLISTED, 0
    for cause in law().causes.values():
        implied = cause.implies
        if (
            implied
            and all(_holds(known.get(name), value) for name, value in implied.items())
            and len(implied) > most
        ):
            best, most = cause.id, len(implied)
    return best


def _holds(known: object, implied: object) -> bool:
    if isinstance(implied, (list, tuple, set, frozenset)) and isinstance(
        known, (list, tuple, set, frozenset)
    ):
        return set(implied) <= set(known)
    return known == implied


def _entry(case: RealCase) -> CaseEntry:
    act_end = known_act_end(case)
    facts = {
        name: str(value) if isinstance(value, Decimal) else value for name, value in known_facts(case).items()
    }
    return CaseEntry.model_validate(
        {
            "source_system": "published",
            "source_id": case.id,
            "case_source": "公开发布",
            "cause": cause_of(case),
            "act_end_date": act_end,
            "facts": facts,
            "summary": f"{case.title}。办案机关：{case.organ}（{case.region}）。{case.conduct}",
            "parties": [{"kind": _party_kind(case.party), "name": case.party or "当事人（来源未载）"}],
        }
    )


def _party_kind(party: str) -> str:
    return next((kind for word, kind in _PARTY_KINDS if word in party), "person")


def _source(case: RealCase) -> dict[str, Any]:
    source = case.source.model_dump(mode="json")
    return {"id": case.id, "title": case.title, "happened": case.expected, **source}
