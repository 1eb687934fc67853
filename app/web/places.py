"""Where each kind of actor may go from the top bar."""

from __future__ import annotations

from app.database.transaction import Actor
from app.web.pages import Place

HOME = Place("首页", "/", "h")
CASES = Place("案件", "/cases", "a")
TRANSFERS = Place("移送", "/transfers", "y")
CLOCKS = Place("期限", "/clocks", "q")
UNTRANSFERRED = Place("应移送未移送", "/supervision/untransferred", "s")
REQUESTS = Place("监督文书", "/supervision/requests", "j")
REFUSALS = Place("不予立案", "/supervision/refusals", "b")
CALENDAR = Place("节假日", "/calendar", "k")
COUNTING = Place("期限口径", "/clocks/settings", "q")
NUMBERS = Place("文号规则", "/documents/numbers", "w")
CLUES = Place("线索", "/clues", "x")
REFERRALS = Place("反向移送", "/referrals", "r")
LAW = Place("追诉标准", "/law", "f")

_PLACES: dict[str, tuple[Place, ...]] = {
    "enforcement": (HOME, CASES, TRANSFERS, CLOCKS, REQUESTS, REFERRALS, CLUES, LAW),
    "police": (HOME, TRANSFERS, CASES, CLOCKS, REFERRALS, CLUES, LAW),
    "procuratorate": (
        HOME,
        UNTRANSFERRED,
        CASES,
        TRANSFERS,
        REFERRALS,
        CLOCKS,
        REFUSALS,
        REQUESTS,
        CLUES,
        LAW,
    ),
    "court": (HOME, TRANSFERS, CASES, CLUES, LAW),
    "commission": (HOME, CLUES, LAW),
    "tax": (HOME, CLUES, LAW),
    "coordinating": (HOME, CASES, CALENDAR, LAW),
    "supervising": (HOME, UNTRANSFERRED, CASES, CLOCKS, REQUESTS, LAW),
    "administrator": (HOME, COUNTING, NUMBERS, CALENDAR),
}


def places(actor: Actor) -> tuple[Place, ...]:
    """The top bar of this actor."""
    return _PLACES[actor.kind]
