"""The first page after sign-in: what waits for this officer, by kind of organ and role."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from app.audit.actions import ACTIONS
from app.clocks.queries import Scope, worklist
from app.clues import queries as clue_queries
from app.database.transaction import Acting
from app.http.pages import Paging, encode_cursor, paging
from app.law.procedure_table import transfer_procedure
from app.referrals.queries import referrals
from app.supervision import queries as supervision_queries
from app.supervision.routes import shown_refusal, shown_untransferred
from app.supervision.service import summary as request_summary
from app.transfers.models import TransferOnList
from app.transfers.queries import Filters, transfers
from app.web.findings import cause_name, charge_name
from app.web.session import SignedIn, Visitor

router = APIRouter()
_SHORT = 8
_MANY = 200
_LOG_PAGE = 50


@dataclass(frozen=True)
class Section:
    """A list of the home page: the first few of `count`, and where all are. `kind` names the table."""

    title: str
    kind: str
    rows: list[Any]
    count: int
    address: str
    tone: str = "notice"
    empty: str = "没有待办理的事项。"

    @property
    def more(self) -> bool:
        """Whether there are more than are shown."""
        return self.count > len(self.rows)


@router.get("/")
async def home(request: Request, who: SignedIn) -> HTMLResponse:
    """What waits for the signed-in officer."""
    async with who.acting() as tx:
        if tx.actor.kind == "administrator":
            return await _administrator(request, who, tx)
        sections = await _SECTIONS[tx.actor.kind](tx)
        overseen = tx.actor.kind in ("procuratorate", "supervising", "coordinating", "enforcement")
        return await who.page(
            tx,
            "home.html",
            sections=sections,
            summary=await supervision_queries.summary(tx) if overseen else None,
            states=await _states(tx) if tx.actor.kind == "coordinating" else None,
            cause_name=cause_name,
            charge_name=charge_name,
        )


async def _enforcement(tx: Acting) -> list[Section]:
    turn = (await transfers(tx, Paging(_MANY, None), Filters(turn=True))).items
    sections = []
    if tx.actor.is_a("head", "legal"):
        sections.append(_of_transfers("待审批的移送", turn, {"reported"}, "reported", "danger"))
    sections.append(await _untransferred(tx, "达到标准、尚未移送的案件"))
    if tx.actor.is_a("handler", "head"):
        sections += [
            _of_transfers("公安机关要求补正", turn, {"supplement_asked"}, "supplement_asked", "danger"),
            _of_transfers("已批准，待移送", turn, {"approved"}, "approved", "danger"),
            _of_transfers("拟移送、退回或不批准", turn, {"draft", "not_approved", "returned"}, "", "notice"),
            _of_transfers("不予立案，可提请复议或监督", turn, {"refused", "refusal_upheld"}, "", "warn"),
            await _requests(tx, "received", "issued", "待答复的监督文书"),
            await _referrals(tx),
        ]
    return [*_told([*sections, await _elsewhere(tx)]), await _clocks(tx, "mine")]


async def _police(tx: Acting) -> list[Section]:
    turn = (await transfers(tx, Paging(_MANY, None), Filters(turn=True))).items
    waiting = [one for one in turn if one.proposal_waits]
    sections = []
    if tx.actor.is_a("head"):
        sections.append(_section("提请待批准", "transfers", waiting, "/transfers?view=turn", "danger"))
    sections += [
        _of_transfers("待签收", turn, {"sent", "passed_on"}, "sent", "danger"),
        _of_transfers("已签收，待审查", turn, {"received"}, "received", "notice"),
        _of_transfers("立案审查中", turn, {"reviewing"}, "reviewing", "notice"),
        _of_transfers("复议、说明理由、依通知立案", turn, _AFTER_REFUSAL, "", "warn"),
        await _referrals(tx),
    ]
    return [*_told([*sections, await _elsewhere(tx)]), await _clocks(tx, "mine")]


_AFTER_REFUSAL = {"reconsidering", "reasons_demanded", "filing_notified"}


async def _procuratorate(tx: Acting) -> list[Section]:
    refusals = [shown_refusal(row) for row in await supervision_queries.refusals(tx, Paging(_MANY, None))]
    return [
        await _untransferred(tx, "应移送未移送"),
        *_told(
            [
                _section("不予立案与逾期未决定", "refusals", refusals, "/supervision/refusals", "warn"),
                await _requests(tx, "sent", "answered", "已答复，待审查"),
                await _requests(tx, "sent", "issued", "待对方答复"),
                await _referrals(tx),
            ]
        ),
        await _clocks(tx, "area"),
    ]


async def _supervising(tx: Acting) -> list[Section]:
    return [
        await _untransferred(tx, "应移送未移送"),
        *_told([await _requests(tx, "sent", "answered", "已答复，待审查")]),
        await _clocks(tx, "area"),
    ]


async def _court(tx: Acting) -> list[Section]:
    turn = (await transfers(tx, Paging(_MANY, None), Filters(turn=True))).items
    return [
        _section("提起公诉和待判决的案件", "transfers", turn, "/transfers", "notice"),
        await _clues(tx),
    ]


async def _clues_only(tx: Acting) -> list[Section]:
    return [await _clues(tx), await _clocks(tx, "mine")]


async def _coordinating(tx: Acting) -> list[Section]:
    return [await _untransferred(tx, "应移送未移送")]


_SECTIONS = {
    "enforcement": _enforcement,
    "police": _police,
    "procuratorate": _procuratorate,
    "court": _court,
    "commission": _clues_only,
    "tax": _clues_only,
    "coordinating": _coordinating,
    "supervising": _supervising,
}


async def _elsewhere(tx: Acting) -> Section:
    """Where the own organ's transfers are while others have them."""
    found = await transfers(tx, Paging(_SHORT, None), Filters(elsewhere=True))
    count = len(found.items) + bool(found.next_cursor)
    return Section("移送走到哪里", "progress", found.items, count, "/transfers?view=elsewhere", "notice")


def _section(title: str, kind: str, rows: list[Any], address: str, tone: str) -> Section:
    return Section(title, kind, rows[:_SHORT], len(rows), address, tone)


def _of_transfers(
    title: str, turn: Iterable[TransferOnList], states: set[str], state: str, tone: str
) -> Section:
    rows = [one for one in turn if one.state in states and not one.proposal_waits]
    rows.sort(key=lambda one: (one.due_at is None, one.due_at))
    address = "/transfers?view=turn" + (f"&state={state}" if state else "")
    return _section(title, "transfers", rows, address, tone)


def _told(sections: Iterable[Section]) -> list[Section]:
    """Only what there is: an empty list is no news."""
    return [section for section in sections if section.rows]


async def _untransferred(tx: Acting, title: str) -> Section:
    rows = await supervision_queries.untransferred(
        tx, Paging(_SHORT, None), organ_id=None, region=None, charge=None, unexplained=True
    )
    shown = [shown_untransferred(row, tx.now) for row in rows[:_SHORT]]
    address = "/supervision/untransferred?unexplained=yes"
    return Section(title, "untransferred", shown, len(rows), address, "danger", "没有应移送而未移送的案件。")


async def _clocks(tx: Acting, scope: Scope) -> Section:
    found = await worklist(tx, Paging(_SHORT, None), scope)
    rows = [one for one in found.items if one.due_at]
    return Section(
        "期限：已届满和将届满",
        "clocks",
        rows,
        len(rows) + bool(found.next_cursor),
        f"/clocks?scope={scope}",
        "warn",
        "没有计算中的期限。",
    )


async def _requests(tx: Acting, box: str, state: str, title: str) -> Section:
    rows = await supervision_queries.requests(tx, Paging(_SHORT, None), box=box, state=state, case_id=None)
    shown = [request_summary(row) for row in rows[:_SHORT]]
    return Section(
        title, "requests", shown, len(rows), f"/supervision/requests?box={box}&state={state}", "warn"
    )


async def _referrals(tx: Acting) -> Section:
    found = await referrals(tx, Paging(_SHORT, None), "turn")
    count = len(found.items) + bool(found.next_cursor)
    title, address = "待办理的反向移送与移送拘留", "/referrals?view=turn"
    return Section(title, "referrals", found.items, count, address, "warn")


async def _clues(tx: Acting) -> Section:
    rows = await clue_queries.clues(
        tx, Paging(_SHORT, None), "received", kind=None, state=None, open_only=True
    )
    shown = await clue_queries.summaries(tx, rows[:_SHORT])
    return Section("收到的线索", "clues", shown, len(rows), "/clues", "notice", "没有未办结的线索。")


async def _states(tx: Acting) -> list[tuple[str, int]]:
    """How many transfers of the area stand in which state."""
    rows = await tx.rows(
        "SELECT state, count(*) AS n FROM transfers t WHERE "
        + supervision_queries.in_area(tx, "t")
        + " GROUP BY state",
        supervision_queries.place(tx),
    )
    counted = {row["state"]: row["n"] for row in rows}
    return [(state.name, counted[state.id]) for state in transfer_procedure().states if state.id in counted]


async def _administrator(request: Request, who: Visitor, tx: Acting) -> HTMLResponse:
    """Accounts for system and security administrators, the log's headers for the audit administrator."""
    if not tx.actor.is_a("audit_admin"):
        accounts = await tx.rows(
            "SELECT login, name, roles, active FROM officers WHERE organ_id = %(organ)s ORDER BY id",
            organ=tx.actor.organ_id,
        )
        return await who.page(tx, "accounts.html", accounts=accounts)
    page = paging(_LOG_PAGE, request.query_params.get("cursor"))
    rows = await tx.rows(
        """SELECT id, at, officer_name, roles, address, action, subject_kind, subject_id FROM audit_events
            WHERE organ_id = %(organ)s AND (%(after)s::uuid IS NULL OR id < %(after)s)
            ORDER BY id DESC LIMIT %(most)s""",
        organ=tx.actor.organ_id,
        after=page.after_id,
        most=page.size + 1,
    )
    shown = rows[: page.size]
    cursor = encode_cursor(str(shown[-1]["id"])) if len(rows) > page.size else None
    return await who.page(
        tx, "log.html", rows=shown, cursor=cursor, actions=ACTIONS, first=page.after is None
    )
