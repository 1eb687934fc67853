"""Every endpoint as the right organ, as foreign organs and administrators, and as nobody.

A new route without a row in the table fails here. For a foreigner the answer about what exists is the answer
about what does not exist, to the letter.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.database.transaction import Database
from app.notices.service import Addressee, notify
from tests.cases.builders import a_person, case_body, enter
from tests.clues.builders import clue_body
from tests.cluster import DatabaseUrls
from tests.conftest import PASSWORD, Acts
from tests.evidence.exhibits import added, destruction, exhibit_body
from tests.evidence.test_uploads import PART, TUS, metadata
from tests.packages.synthetic import TRUST, whole
from tests.packages.trusting import trusts
from tests.referrals.builders import NOT_PROSECUTED, reverse
from tests.transfers.builders import DESK, STRAIGHT, led, open_on

HANDLER, HEAD = "handler1@320506-market", "head@320506-market"
POLICE, PROCURATOR = "handler@320506-police", "handler@320506-procuratorate"
KEEPER = "statistics@320000-coordinating"
FOREIGN = (
    "handler1@340104-market",
    "handler1@320583-market",
    "handler1@320506-tobacco",
    "handler@340104-police",
    "handler@320583-procuratorate",
    "handler@320506-court",
    "handler@320506-tax",
    "handler@320506-commission",
    "sysadmin@320506-market",
    "secadmin@320506-market",
    "audit@320506-market",
)
Things = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """How to call a route so that the right officer succeeds.

    `own`: the route speaks of the caller alone, so a foreigner has no way to ask for somebody else's.
    """

    who: str = HANDLER
    json: Callable[[Things], Any] | None = None
    params: Callable[[Things], Any] | None = None
    more: dict[str, Any] = field(default_factory=dict)
    own: bool = False

    def arguments(self, things: Things) -> dict[str, Any]:
        """What httpx is given."""
        given = {"json": self.json, "params": self.params}
        return {**self.more, **{name: value(things) for name, value in given.items() if value}}


IF_MATCH = {"headers": {"If-Match": '"1"'}}
UPLOAD = TUS | {"Upload-Length": "1", "Upload-Metadata": metadata(filename="照片.jpg")}
V1 = "/api/v1"
TABLE: dict[tuple[str, str], Call] = {
    ("POST", f"{V1}/sign-in"): Call(
        json=lambda _: {"organ": "320506-market", "login": "handler1", "password": PASSWORD}, own=True
    ),
    ("GET", f"{V1}/me"): Call(own=True),
    ("GET", f"{V1}/organs"): Call(own=True),
    ("GET", f"{V1}/officers"): Call(),
    ("POST", f"{V1}/screening"): Call(
        json=lambda _: {"facts": {"ip_sales_amount": "80000"}, "act_end_date": "2026-02-20"}, own=True
    ),
    ("GET", f"{V1}/law"): Call(own=True),
    ("GET", f"{V1}/law/charges"): Call(own=True),
    ("GET", f"{V1}/law/charges/{{charge}}"): Call(own=True),
    ("GET", f"{V1}/law/facts"): Call(own=True),
    ("GET", f"{V1}/law/causes"): Call(own=True),
    ("GET", f"{V1}/law/instruments"): Call(own=True),
    ("GET", f"{V1}/law/clocks"): Call(own=True),
    ("GET", f"{V1}/cases/import-template.xlsx"): Call(own=True),
    ("POST", f"{V1}/cases/import"): Call(
        more={
            "content": json.dumps(case_body(), ensure_ascii=False).encode(),
            "headers": {"Content-Type": "application/x-ndjson"},
        },
        own=True,
    ),
    ("POST", f"{V1}/cases"): Call(json=lambda _: case_body(), own=True),
    ("GET", f"{V1}/cases"): Call(),
    ("GET", f"{V1}/cases/{{case_id}}"): Call(),
    ("PATCH", f"{V1}/cases/{{case_id}}"): Call(json=lambda _: {"summary": "更正"}, more=IF_MATCH),
    ("GET", f"{V1}/cases/{{case_id}}/history"): Call(),
    ("GET", f"{V1}/cases/{{case_id}}/findings"): Call(),
    ("GET", f"{V1}/cases/{{case_id}}/accumulation"): Call(),
    ("POST", f"{V1}/cases/{{case_id}}/parties/{{position}}/unmask"): Call(
        json=lambda _: {"reason": "核对身份"}
    ),
    ("POST", f"{V1}/cases/{{case_id}}/not-transferred"): Call(
        HEAD, json=lambda _: {"reason": "权利人出具许可证明"}, more=IF_MATCH
    ),
    ("POST", f"{V1}/cases/{{suspect_id}}/suspicion"): Call(
        json=lambda _: {"charge": "214", "reasons": "另有进货，数额待查"}
    ),
    ("POST", f"{V1}/cases/{{summed_id}}/accumulation/confirm"): Call(
        json=lambda _: {"charge": "214", "reasons": "两次行为均未处理"}
    ),
    ("POST", f"{V1}/cases/{{case_id}}/outside-penalties"): Call(
        json=lambda _: {
            "organ_name": "某市市场监督管理局",
            "cause": "sell_labels",
            "decided_on": "2025-03-03",
            "source": "协查函〔2026〕3号",
        }
    ),
    ("GET", f"{V1}/cases/{{case_id}}/checklist"): Call(),
    ("PUT", f"{V1}/cases/{{case_id}}/checklist/{{item}}"): Call(
        json=lambda _: {"status": "missing", "note": ""}
    ),
    ("GET", f"{V1}/cases/{{case_id}}/files"): Call(),
    ("POST", f"{V1}/cases/{{case_id}}/files"): Call(more={"content": b"x", "params": {"name": "笔录.txt"}}),
    ("GET", f"{V1}/files/{{file_id}}"): Call(),
    ("POST", f"{V1}/files/{{file_id}}/removal"): Call(json=lambda _: {"reason": "上传有误"}),
    ("GET", f"{V1}/files/{{file_id}}/custody"): Call(),
    ("OPTIONS", f"{V1}/uploads"): Call(own=True),
    ("GET", f"{V1}/uploads"): Call(own=True),
    ("POST", f"{V1}/cases/{{case_id}}/uploads"): Call(more={"headers": UPLOAD}),
    ("POST", f"{V1}/transfers/{{transfer_id}}/uploads"): Call(more={"headers": UPLOAD}),
    ("POST", f"{V1}/clues/{{clue_id}}/uploads"): Call(more={"headers": UPLOAD}),
    ("HEAD", f"{V1}/uploads/{{upload_id}}"): Call(more={"headers": TUS}),
    ("GET", f"{V1}/uploads/{{upload_id}}"): Call(),
    ("PATCH", f"{V1}/uploads/{{upload_id}}"): Call(
        more={"headers": PART | {"Upload-Offset": "0"}, "content": b"x"}
    ),
    ("DELETE", f"{V1}/uploads/{{upload_id}}"): Call(more={"headers": TUS}),
    ("GET", f"{V1}/exhibit-choices"): Call(own=True),
    ("GET", f"{V1}/cases/{{case_id}}/exhibits"): Call(),
    ("POST", f"{V1}/cases/{{case_id}}/exhibits"): Call(json=lambda _: exhibit_body()),
    ("GET", f"{V1}/exhibits/{{exhibit_id}}"): Call(),
    ("PUT", f"{V1}/exhibits/{{exhibit_id}}"): Call(json=lambda _: exhibit_body(quantity="95"), more=IF_MATCH),
    ("GET", f"{V1}/exhibits/{{exhibit_id}}/custody"): Call(),
    ("POST", f"{V1}/exhibits/{{exhibit_id}}/moves"): Call(
        json=lambda _: {"keeper": "顾明", "place": "仓库", "why": "证物室检修"}
    ),
    ("POST", f"{V1}/exhibits/{{exhibit_id}}/photographs"): Call(
        json=lambda things: {"file_id": things["file_id"]}
    ),
    ("POST", f"{V1}/exhibits/{{exhibit_id}}/disposals"): Call(
        json=lambda things: {
            "kind": "harmless_destruction",
            "quantity": "1",
            "disposed_on": "2026-04-01",
            "recorded": destruction([things["file_id"]]),
        }
    ),
    ("GET", f"{V1}/transfers/{{transfer_id}}/handover-list"): Call(),
    ("POST", f"{V1}/cases/{{case_id}}/transfers"): Call(
        json=lambda things: {"charge": "214", "summary": "销售假冒注册商标的白酒"}
    ),
    ("GET", f"{V1}/transfers"): Call(),
    ("GET", f"{V1}/transfers/{{transfer_id}}"): Call(),
    ("POST", f"{V1}/transfers/{{transfer_id}}/actions/{{action}}"): Call(
        json=lambda _: {"inputs": {"report": "书面报告", "proposal": "移送公安机关"}}
    ),
    ("GET", f"{V1}/transfers/{{transfer_id}}/package"): Call(more={"params": {"pdf": False}}),
    ("GET", f"{V1}/keys"): Call(own=True),
    ("GET", f"{V1}/packages"): Call(DESK, own=True),
    ("POST", f"{V1}/packages"): Call(DESK, more={"content": whole().zip().getvalue()}, own=True),
    ("GET", f"{V1}/clocks"): Call(),
    ("GET", f"{V1}/clocks/{{clock_id}}"): Call(),
    ("POST", f"{V1}/clocks/{{clock_id}}/extension"): Call(
        HEAD, json=lambda _: {"document": "审批表", "reason": "复杂"}
    ),
    ("POST", f"{V1}/clocks/{{clock_id}}/pause"): Call(
        json=lambda _: {"ground": "听证", "document": "听证通知书"}
    ),
    ("POST", f"{V1}/clocks/{{halted_clock_id}}/resume"): Call(json=lambda _: {"document": "听证笔录"}),
    ("POST", f"{V1}/clocks/{{clock_id}}/stop"): Call(json=lambda _: {"outcome": "撤案"}),
    ("POST", f"{V1}/cases/{{case_id}}/clocks"): Call(
        json=lambda _: {"clock": "evidence_registration", "at": "2026-11-20T10:00:00+08:00"}
    ),
    ("GET", f"{V1}/calendar"): Call(own=True),
    ("GET", f"{V1}/calendar/{{of_year}}"): Call(own=True),
    ("PUT", f"{V1}/calendar/{{of_year}}"): Call(
        KEEPER,
        json=lambda _: {
            "revision": 0,
            "rest": ["2026-01-01"],
            "work": [],
            "source": "通知",
            "notice_number": "1号",
            "reason": "更正",
        },
        own=True,
    ),
    ("POST", f"{V1}/calendar/{{of_year}}/days"): Call(
        KEEPER,
        json=lambda _: {
            "revision": 0,
            "day": "2026-11-30",
            "kind": "rest",
            "source": "通知",
            "notice_number": "1号",
            "reason": "更正",
        },
        own=True,
    ),
    ("GET", f"{V1}/clock-settings"): Call(own=True),
    ("PUT", f"{V1}/clock-settings/{{clock}}"): Call(
        HEAD, json=lambda _: {"n": 5, "unit": "workday", "reason": "本机关规定"}, own=True
    ),
    ("GET", f"{V1}/documents/kinds"): Call(own=True),
    ("GET", f"{V1}/documents/preview"): Call(
        params=lambda things: {"kind": "assistance_request", "about": "case", "id": things["case_id"]}
    ),
    ("GET", f"{V1}/documents/numbers"): Call(
        more={"params": {"kind": "transfer_letter", "year": 2026}}, own=True
    ),
    ("GET", f"{V1}/documents/number-rules"): Call(own=True),
    ("PUT", f"{V1}/documents/number-rules/{{kind}}"): Call(
        HEAD, json=lambda _: {"abbreviation": "吴中市监", "letters": "移字"}, own=True
    ),
    ("GET", f"{V1}/cases/{{case_id}}/documents"): Call(),
    ("GET", f"{V1}/transfers/{{transfer_id}}/documents"): Call(),
    ("GET", f"{V1}/clues/{{clue_id}}/documents"): Call(POLICE),
    ("GET", f"{V1}/supervision-requests/{{request_id}}/documents"): Call(HEAD),
    ("GET", f"{V1}/referrals/{{referral_id}}/documents"): Call(PROCURATOR),
    ("POST", f"{V1}/documents"): Call(
        json=lambda things: {"kind": "supervision_letter", "about": "case", "id": things["case_id"]}
    ),
    ("GET", f"{V1}/documents/{{document_id}}"): Call(),
    ("PATCH", f"{V1}/documents/{{document_id}}"): Call(
        json=lambda _: {"fields": {"request": "核实进货"}}, more={"headers": {"If-Match": '"2"'}}
    ),
    ("POST", f"{V1}/documents/{{document_id}}/issue"): Call(),
    ("POST", f"{V1}/documents/{{document_id}}/waive"): Call(json=lambda _: {"reason": "不再需要"}),
    ("GET", f"{V1}/documents/{{document_id}}/docx"): Call(),
    ("GET", f"{V1}/documents/{{issued_id}}/pdf"): Call(),
    ("POST", f"{V1}/documents/{{issued_id}}/void"): Call(json=lambda _: {"reason": "收文机关有误"}),
    ("POST", f"{V1}/documents/{{issued_id}}/scans"): Call(
        more={"content": b"%PDF-1.7", "params": {"name": "盖章件.pdf"}}
    ),
    ("GET", f"{V1}/documents/{{issued_id}}/scans/{{scan_id}}"): Call(),
    ("POST", f"{V1}/clues"): Call(json=lambda things: things["clue_body"], own=True),
    ("GET", f"{V1}/clues"): Call(POLICE),
    ("GET", f"{V1}/clues/{{clue_id}}"): Call(POLICE),
    ("POST", f"{V1}/clues/{{clue_id}}/actions/{{clue_action}}"): Call(POLICE, json=lambda _: {"inputs": {}}),
    ("POST", f"{V1}/clues/{{clue_id}}/files"): Call(more={"content": b"x", "params": {"name": "照片.jpg"}}),
    ("GET", f"{V1}/organs/{{organ_id}}/duty-recipients"): Call(own=True),
    ("GET", f"{V1}/referrals/openings"): Call(PROCURATOR, own=True),
    ("POST", f"{V1}/referrals"): Call(
        PROCURATOR,
        json=lambda things: {
            "kind": "reverse",
            "inputs": NOT_PROSECUTED | {"organ": things.get("market_id")},
        },
        own=True,
    ),
    ("GET", f"{V1}/referrals"): Call(PROCURATOR),
    ("GET", f"{V1}/referrals/{{referral_id}}"): Call(PROCURATOR),
    ("POST", f"{V1}/referrals/{{referral_id}}/actions/{{referral_action}}"): Call(
        PROCURATOR, json=lambda _: {"inputs": {}}
    ),
    ("GET", f"{V1}/supervision/untransferred"): Call(PROCURATOR),
    ("GET", f"{V1}/supervision/summary"): Call(PROCURATOR),
    ("GET", f"{V1}/supervision/refusals"): Call(PROCURATOR),
    ("POST", f"{V1}/cases/{{case_id}}/supervision-requests"): Call(
        PROCURATOR, json=lambda _: {"kind": "suggest_transfer", "reasons": "已达标准"}
    ),
    ("GET", f"{V1}/supervision-requests"): Call(HEAD),
    ("GET", f"{V1}/supervision-requests/{{request_id}}"): Call(HEAD),
    ("POST", f"{V1}/supervision-requests/{{request_id}}/answer"): Call(
        HEAD, json=lambda _: {"answer_kind": "will_transfer", "answer": "即移送"}
    ),
    ("POST", f"{V1}/supervision-requests/{{request_id}}/accept"): Call(PROCURATOR, json=lambda _: {}),
    ("POST", f"{V1}/supervision-requests/{{request_id}}/escalate"): Call(PROCURATOR, json=lambda _: {}),
    ("POST", f"{V1}/supervision-requests/{{request_id}}/withdraw"): Call(PROCURATOR, json=lambda _: {}),
    ("GET", f"{V1}/search"): Call(params=lambda _: {"q": "木渎"}),
    ("GET", f"{V1}/search.xlsx"): Call(params=lambda _: {"q": "白酒"}),
    ("GET", f"{V1}/searches"): Call(own=True),
    ("POST", f"{V1}/searches"): Call(json=lambda _: {"name": "白酒", "filters": {"q": "白酒"}}, own=True),
    ("DELETE", f"{V1}/searches/{{search_id}}"): Call(),
    ("GET", f"{V1}/notices"): Call(),
    ("GET", f"{V1}/notices/unread-count"): Call(own=True),
    ("POST", f"{V1}/notices/read-all"): Call(own=True),
    ("POST", f"{V1}/notices/{{notice_id}}/read"): Call(),
}
OPEN = {f"{V1}/sign-in"}
NAMES = (
    "case_id", "suspect_id", "summed_id", "file_id", "transfer_id", "clue_id", "request_id", "notice_id",
    "exhibit_id", "upload_id", "organ_id", "position", "item", "action", "clue_action",
    "referral_id", "referral_action", "charge",
    "clock_id", "halted_clock_id", "of_year", "clock", "document_id", "issued_id", "scan_id", "kind",
    "search_id",
)  # fmt: skip


def made(answer: httpx.Response) -> Any:
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


@pytest.fixture
async def things(acts: Acts, database: Database, world: dict[str, int]) -> Things:
    """One of each in 吴中, made through the API: cases, file, draft, clue, request, notice."""
    body = case_body()
    drafted, plain = await enter(acts(HANDLER), body), await enter(acts(HANDLER))
    untreated = {
        "decision_number": None, "decided_on": None, "penalties": [], "parties": [a_person(name="周远")],
        "facts": {"ip_sales_amount": "30000"},
    }  # fmt: skip
    suspect = await enter(acts(HANDLER), case_body(**untreated))
    summed = await enter(acts(HANDLER), case_body(**untreated))
    clue = await clue_body(acts)
    file = made(
        await acts(HANDLER).post(f"{V1}/cases/{plain['id']}/files", params={"name": "照片.jpg"}, content=b"x")
    )
    request = {"kind": "suggest_transfer", "reasons": "已达标准"}
    notice = uuid.UUID(int=0)
    async with database.acting(world[HANDLER]) as tx:
        await notify(tx, Addressee(tx.actor.organ_id), "x", "秘密通知", ("case", uuid.UUID(plain["id"])))
        notice = await tx.value("SELECT id FROM notices WHERE kind = 'x'")
        organ = tx.actor.organ_id
    referred = await reverse(acts)
    upload = await acts(HANDLER).post(f"{V1}/cases/{plain['id']}/uploads", headers=UPLOAD)
    exhibit = await added(acts, plain["id"], perishable=True)
    await added(acts, plain["id"], name="留样", quantity="1", sample_of=exhibit["id"])
    checklist = made(await acts(HANDLER).get(f"{V1}/cases/{plain['id']}/checklist"))
    asked = made(await acts(PROCURATOR).post(f"{V1}/cases/{plain['id']}/supervision-requests", json=request))
    return {
        **await papers(acts, database, world, plain["id"]),
        "search_id": made(
            await acts(HANDLER).post(f"{V1}/searches", json={"name": "木渎", "filters": {"q": "木渎"}})
        )["id"],
        "kind": "transfer_letter",
        "case_id": plain["id"],
        "suspect_id": suspect["id"],
        "summed_id": summed["id"],
        "file_id": file["id"],
        "transfer_id": made(await open_on(acts, drafted["id"]))["id"],
        "clue_id": made(await acts(HANDLER).post(f"{V1}/clues", json=clue))["id"],
        "request_id": asked["id"],
        "exhibit_id": exhibit["id"],
        "upload_id": upload.headers["location"].rpartition("/")[2],
        "clock_id": (await started(acts, plain["id"], "case_decision"))["id"],
        "halted_clock_id": await halted(acts, plain["id"]),
        "of_year": 2026,
        "clock": "report_transfer",
        "notice_id": str(notice),
        "organ_id": organ,
        "position": 1,
        "item": next(iter(_ids(checklist))),
        "action": "report",
        "clue_action": "sign_receipt",
        "referral_id": referred["id"],
        "referral_action": "take_over",
        "market_id": organ,
        "charge": "214",
        "clue_body": clue,
        "secrets": [
            suspect["id"], summed["id"], plain["id"], plain["number"],
            drafted["id"], drafted["number"], "李建国", "木渎镇", "秘密通知",
            asked["id"], asked["number"], referred["id"], referred["number"],
        ],
    }  # fmt: skip


async def papers(acts: Acts, database: Database, world: dict[str, int], case: str) -> Things:
    """Documents of the case: one in draft, one issued with its PDF and a scan."""
    document = await drawn_up(acts, case, "assistance_request", to_organ="杭州市市场监督管理局", request="x")
    issued = await drawn_up(acts, case, "joint_action_plan", organs="x", time="x", plan="x")
    made(await acts(HANDLER).post(f"{V1}/documents/{issued['id']}/issue"))
    scanned = made(
        await acts(HANDLER).post(
            f"{V1}/documents/{issued['id']}/scans",
            params={"name": "盖章件.png"},
            content=b"\x89PNG\r\n\x1a\n",
        )
    )
    async with database.acting(world[HANDLER]) as tx:
        await tx.execute(
            """INSERT INTO document_prints (document_id, sha256, pdf, made_at)
                VALUES (%(id)s, sha256('x'), 'x', now())""",
            id=issued["id"],
        )
    return {"document_id": document["id"], "issued_id": issued["id"], "scan_id": scanned["scans"][0]["id"]}


async def drawn_up(acts: Acts, case: str, kind: str, **fields: str) -> Any:
    """A document of the case, filled in."""
    body = {"kind": kind, "about": "case", "id": case}
    document = made(await acts(HANDLER).post(f"{V1}/documents", json=body))
    return made(
        await acts(HANDLER).patch(
            f"{V1}/documents/{document['id']}", json={"fields": fields}, headers={"If-Match": '"1"'}
        )
    )


async def started(acts: Acts, case: str, clock: str) -> Any:
    """A clock of the case, started by hand."""
    body = {"clock": clock, "at": "2026-11-20T10:00:00+08:00"}
    return made(await acts(HANDLER).post(f"{V1}/cases/{case}/clocks", json=body))


async def halted(acts: Acts, case: str) -> str:
    """A clock that stands still."""
    clock: str = (await started(acts, case, "case_filing"))["id"]
    body = {"ground": "检测检验检疫鉴定", "document": "检验委托书"}
    made(await acts(HANDLER).post(f"{V1}/clocks/{clock}/pause", json=body))
    return clock


def _ids(value: Any) -> list[str]:
    """The ids of the checklist's items, wherever they stand."""
    if isinstance(value, list):
        return [found for one in value for found in _ids(one)]
    if not isinstance(value, dict):
        return []
    own = [value["id"]] if "requirement" in value else []
    return own + [found for one in value.values() for found in _ids(one)]


def address(path: str, things: Things) -> str:
    """The path with its names filled in; `clue_action` stands for the action of a clue."""
    return path.format(**things)


def known(method: str, path: str) -> tuple[str, str]:
    """The table's key of a route: an action of a clue and a case that must fit have names of their own."""
    own = {"/clues/": ("action", "clue_action"), "/suspicion": ("case_id", "suspect_id"),
           "/referrals/": ("action", "referral_action"),
           "/confirm": ("case_id", "summed_id"),
           "/resume": ("clock_id", "halted_clock_id"),
           "/pdf": ("document_id", "issued_id"), "/void": ("document_id", "issued_id"),
           "/scans": ("document_id", "issued_id")}  # fmt: skip
    for part, (name, here) in own.items():
        if part in path:
            path = path.replace(f"{{{name}}}", f"{{{here}}}")
    return method, path


def test_every_route_is_in_the_table(application: FastAPI) -> None:
    routes = {
        known(method.upper(), path)
        for path, operations in application.openapi()["paths"].items()
        for method in operations
        if path.startswith("/api/")
    }
    assert routes == set(TABLE)


ROUTES = pytest.mark.parametrize(
    ("route", "call"), TABLE.items(), ids=[f"{method} {path}" for method, path in TABLE]
)


@ROUTES
async def test_nobody_is_asked_to_sign_in(
    client: httpx.AsyncClient, route: tuple[str, str], call: Call
) -> None:
    method, path = route
    anything: Things = dict.fromkeys(NAMES, str(uuid.uuid4())) | {"clue_body": {}}
    answer = await client.request(method, address(path, anything), **call.arguments(anything))
    assert answer.status_code == (200 if path in OPEN else 401), answer.text
    if path not in OPEN and method != "HEAD":  # whose answer has no body
        assert answer.json()["code"] == "not_signed_in"


@ROUTES
async def test_the_right_officer_succeeds(
    acts: Acts, things: Things, clean: DatabaseUrls, route: tuple[str, str], call: Call
) -> None:
    method, path = route
    if path.endswith("/package"):  # only what was sent has one
        await led(acts, {"id": things["transfer_id"]}, STRAIGHT[:3])
    if path.endswith("/packages"):
        await trusts(clean, TRUST.values())
    if path.endswith("/accept"):  # there must be an answer first
        made(
            await acts(HEAD).post(
                address(path.replace("accept", "answer"), things),
                json={"answer_kind": "will_transfer", "answer": "即移送"},
            )
        )
    answer = await acts(call.who).request(method, address(path, things), **call.arguments(things))
    assert answer.status_code in (200, 201, 204), answer.text


@pytest.mark.parametrize("who", FOREIGN)
async def test_a_foreigner_gets_the_answer_for_what_does_not_exist(
    acts: Acts, things: Things, who: str
) -> None:
    """All routes on the same things: a foreigner changes none of them."""
    nowhere = {name: str(uuid.uuid4()) if name.endswith("_id") else value for name, value in things.items()}
    foreigner = acts(who)
    for (method, path), call in TABLE.items():
        if call.own:
            continue
        answer = await foreigner.request(method, address(path, things), **call.arguments(things))
        assert not [secret for secret in things["secrets"] if secret in answer.text], (method, path)
        if path != address(path, things):
            missing = await foreigner.request(method, address(path, nowhere), **call.arguments(things))
            assert (answer.status_code, answer.text) == (missing.status_code, missing.text), (method, path)
