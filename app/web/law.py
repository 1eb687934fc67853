"""Pages: the law's data as a reader sees them: charges, facts, causes of action, instruments, time limits."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from app.errors import not_found
from app.law.clocks import MARKS, cite, counting_rules
from app.law.models import FIGURES
from app.law.statutes import law
from app.screening import law_reader as reader
from app.screening.clock_reader import clocks_shown
from app.screening.law_shown import ChargeShown, EvidenceShown, FactShown, VersionShown
from app.web.case_form import LINES
from app.web.findings import charge_name, fact_name, grouped, stated
from app.web.session import SignedIn

router = APIRouter(prefix="/law")

_EVIDENCE_MARKS: dict[str, str] = dict(MARKS.items()) | {"practice": "办案实践要求，法无明文"}
_ROLES = {"clue_for_tax_authority": "向税务机关移送线索", "optional_clue": "附带线索"}
_FAMILIES = {
    "tobacco": "烟草专卖品",
    "publication": "出版物",
    "food": "食品",
    "drug": "药品",
    "salt": "食盐",
    "paid_online_info": "有偿删帖、发帖",
    "other": "其他非法经营",
}
_TYPES = {"bool": "是否", "enum": "选一", "set": "可选多项", "date": "日期", "ratio": "比例"}


@router.get("")
async def charges(who: SignedIn) -> HTMLResponse:
    """All charges with the standards in force."""
    known = law()
    return await _page(
        who,
        "law/charges.html",
        charges=[one for one in reader.charges_listed() if one.kind == "charge"],
        rules=[one for one in reader.charges_listed() if one.kind == "rule"],
        version=known.version,
        checked_to=known.checked_to,
        roles=_ROLES,
    )


@router.get("/facts")
async def facts(who: SignedIn) -> HTMLResponse:
    """The vocabulary: how each fact is measured, and who asks for it."""
    return await _page(who, "law/facts.html", facts=reader.facts_shown(), kind=_kind, charge_name=charge_name)


@router.get("/causes")
async def causes(who: SignedIn) -> HTMLResponse:
    """The causes of action with the charges that each may amount to."""
    groups: dict[str, list[Any]] = {}
    for cause in reader.causes_shown():
        groups.setdefault(LINES.get(cause.line, cause.line), []).append(cause)
    return await _page(
        who,
        "law/causes.html",
        groups=groups,
        fact_name=fact_name,
        charge_name=charge_name,
        stated=lambda name, value: stated(name, list(value) if isinstance(value, tuple) else value),
    )


@router.get("/instruments")
async def instruments(who: SignedIn) -> HTMLResponse:
    """The statutes, interpretations and filing standards."""
    return await _page(who, "law/instruments.html", instruments=reader.instruments_shown())


@router.get("/clocks")
async def clocks(who: SignedIn) -> HTMLResponse:
    """The rules of counting, and the time limits with their basis and how surely each is known."""
    rules = [(rule, [cite(one) for one in rule.basis]) for rule in counting_rules()]
    return await _page(who, "law/clocks.html", clocks=clocks_shown(), rules=rules)


@router.get("/{charge:path}")
async def charge(charge: str, who: SignedIn) -> HTMLResponse:
    """One charge: all versions side by side, condition by condition, each with its source."""
    if charge not in law().charges:
        raise not_found("罪名")
    one = reader.charge_shown(charge)
    return await _page(
        who,
        "law/charge.html",
        charge=one,
        tracks=_tracks(one),
        evidence=_by_category(one),
        words=grouped,
        roles=_ROLES,
        families=_FAMILIES,
        evidence_marks=_EVIDENCE_MARKS,
    )


def _tracks(charge: ChargeShown) -> list[tuple[str, list[VersionShown]]]:
    """Each track with its versions, the newest first, so that what is in force stands at the left."""
    names = dict.fromkeys(version.track for version in charge.standards)
    return [
        (name, [version for version in reversed(charge.standards) if version.track == name]) for name in names
    ]


def _by_category(charge: ChargeShown) -> dict[str, list[EvidenceShown]]:
    groups: dict[str, list[EvidenceShown]] = {}
    for item in charge.evidence:
        groups.setdefault(item.category, []).append(item)
    return groups


def _kind(fact: FactShown) -> str:
    """What is written in: a figure with its unit, or a choice."""
    if fact.type in FIGURES and fact.unit:
        return fact.unit
    return _TYPES.get(fact.type, fact.type)


async def _page(who: SignedIn, template: str, **values: Any) -> HTMLResponse:
    async with who.acting() as tx:
        return await who.page(tx, template, **values)
