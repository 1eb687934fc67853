"""What was not transferred, worst first; what is asked about it, and the answers within their clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg
import pytest

from app.law.supervision import supervision
from tests.cases.builders import case_body, edit, enter, small_case
from tests.cluster import DatabaseUrls
from tests.conftest import Acts
from tests.transfers.builders import HEAD, REFUSED, RESTATED, led, led_to, open_on, opened, take

HANDLER = "handler1@320506-market"
PROCURATOR = "handler@320506-procuratorate"
LIST = "/api/v1/supervision/untransferred"


def back_date(urls: DatabaseUrls, case_id: str, days: int) -> None:
    """Let the case have reached its threshold so many days ago, and its clock have run since."""
    with psycopg.connect(urls.owner) as connection:
        reached = datetime.now(UTC) - timedelta(days=days)
        connection.execute("UPDATE cases SET reached_at = %s WHERE id = %s", [reached, case_id])
        connection.execute(
            "UPDATE clocks SET started_at = %s, due_at = %s WHERE case_id = %s",
            [reached, reached + timedelta(days=3), case_id],
        )


async def asked(acts: Acts, case_id: str, who: str = PROCURATOR, **change: Any) -> httpx.Response:
    body = {"kind": "suggest_transfer", "reasons": "销售金额已达到追诉标准，未见移送。"} | change
    return await acts(who).post(f"/api/v1/cases/{case_id}/supervision-requests", json=body)


async def test_the_procurator_sees_what_should_have_been_transferred_longest_first(
    acts: Acts, clean: DatabaseUrls
) -> None:
    cases = [await enter(acts(HANDLER)) for _ in range(3)]
    below = await enter(acts(HANDLER), small_case())
    for case, days in zip(cases, (2, 30, 10), strict=True):
        back_date(clean, case["id"], days)
    items = (await acts(PROCURATOR).get(LIST)).json()["items"]
    assert [one["id"] for one in items] == [cases[1]["id"], cases[2]["id"], cases[0]["id"]]
    assert below["id"] not in {one["id"] for one in items}
    worst = items[0]
    assert (worst["days"], worst["expired"], worst["penalty_instead"]) == (30, True, True)
    assert (worst["charges"], worst["party"], worst["fine_amount"]) == (["214"], "李建国", "20000.00")
    assert (items[2]["expired"], items[2]["penalty_instead"]) == (False, False)

    first = (await acts(PROCURATOR).get(f"{LIST}?limit=2")).json()
    second = (await acts(PROCURATOR).get(f"{LIST}?limit=2&cursor={first['next_cursor']}")).json()
    assert [one["id"] for one in first["items"] + second["items"]] == [one["id"] for one in items]
    assert second["next_cursor"] is None
    assert (await acts(PROCURATOR).get(f"{LIST}?cursor=YWJj")).json()["code"] == "bad_cursor"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("charge=214", True),
        ("charge=140", False),
        ("region=320506", True),
        ("region=320500", True),
        ("region=320583", False),
        ("unexplained=true", True),
    ],
)
async def test_the_list_is_filtered(acts: Acts, query: str, found: bool) -> None:
    await enter(acts(HANDLER))
    items = (await acts("handler@320500-procuratorate").get(f"{LIST}?{query}")).json()["items"]
    assert bool(items) is found


async def test_a_recorded_reason_is_shown_and_no_longer_counts_as_late(
    acts: Acts, clean: DatabaseUrls
) -> None:
    case = await enter(acts(HANDLER))
    back_date(clean, case["id"], 30)
    recorded = await acts("head@320506-market").post(
        f"/api/v1/cases/{case['id']}/not-transferred",
        json={"reason": "权利人出具许可证明"},
        headers={"If-Match": f'"{case["revision"]}"'},
    )
    assert recorded.status_code < 300, recorded.text
    shown = (await acts(PROCURATOR).get(LIST)).json()["items"][0]
    assert (shown["not_transferred_reason"], shown["expired"]) == ("权利人出具许可证明", False)
    assert (await acts(PROCURATOR).get(f"{LIST}?unexplained=true")).json()["items"] == []


async def test_a_suspected_case_below_the_threshold_is_listed_by_its_own_ground_ys2020_3(
    acts: Acts, clean: DatabaseUrls
) -> None:
    body = case_body(facts={"ip_sales_amount": "30000", "ip_unsold_value": "0", "illegal_gain": "0"})
    case = await enter(acts(HANDLER), body)
    assert (await acts(PROCURATOR).get(LIST)).json()["items"] == []
    found = await acts(HANDLER).post(
        f"/api/v1/cases/{case['id']}/suspicion", json={"charge": "214", "reasons": "账本显示另有销售"}
    )
    assert found.status_code == 200, found.text
    [listed] = (await acts(PROCURATOR).get(LIST)).json()["items"]
    assert (listed["ground"], listed["charges"], listed["expired"]) == (
        "reasonable_suspicion",
        ["214"],
        False,
    )
    found_at = found.json()["officer_findings"][0]["found_at"]
    assert datetime.fromisoformat(listed["since"]) == datetime.fromisoformat(found_at)
    summary = (await acts(PROCURATOR).get("/api/v1/supervision/summary")).json()
    assert (summary["untransferred"], summary["suspected"], summary["expired"]) == (1, 1, 0)
    for query, listed_too in (("charge=214", True), ("charge=140", False)):
        assert bool((await acts(PROCURATOR).get(f"{LIST}?{query}")).json()["items"]) is listed_too
    for who in ("handler@320583-procuratorate", "handler1@320583-market"):
        assert (await acts(who).get(LIST)).json()["items"] == []
    back_date_clock(clean, case["id"], 5)
    assert (await acts(PROCURATOR).get(LIST)).json()["items"][0]["expired"] is True
    recorded = await acts("head@320506-market").post(
        f"/api/v1/cases/{case['id']}/not-transferred",
        json={"reason": "账本系他人所有"},
        headers={"If-Match": f'"{found.json()["revision"]}"'},
    )
    assert recorded.status_code == 200, recorded.text
    [listed] = (await acts(PROCURATOR).get(LIST)).json()["items"]
    assert (listed["not_transferred_reason"], listed["expired"]) == ("账本系他人所有", False)
    edited = await edit(
        acts(HANDLER), recorded.json(), {"facts": {**case["facts"], "ip_sales_amount": "31000"}}
    )
    assert edited.json()["not_transferred_reason"] == "账本系他人所有"
    edited = await edit(acts(HANDLER), edited.json(), {"facts": {"ip_sales_amount": "60000"}})
    assert (edited.json()["conclusion"], edited.json()["not_transferred_reason"]) == ("must_transfer", None)
    [listed] = (await acts(PROCURATOR).get(LIST)).json()["items"]
    assert listed["ground"] == "threshold_reached"
    assert (await acts(PROCURATOR).get(f"{LIST}?unexplained=true")).json()["items"] != []


async def test_a_suspected_case_leaves_the_list_with_its_transfer(acts: Acts) -> None:
    body = case_body(facts={"ip_sales_amount": "30000", "ip_unsold_value": "0", "illegal_gain": "0"})
    case = await enter(acts(HANDLER), body)
    await acts(HANDLER).post(
        f"/api/v1/cases/{case['id']}/suspicion", json={"charge": "214", "reasons": "账本显示另有销售"}
    )
    transfer = (await open_on(acts, case["id"])).json()
    answer = await take(acts, transfer["id"], HANDLER, "report", {"report": "报告", "proposal": "移送"})
    assert answer.status_code == 200, answer.text
    assert (await acts(PROCURATOR).get(LIST)).json()["items"] == []


def back_date_clock(urls: DatabaseUrls, case_id: str, days: int) -> None:
    with psycopg.connect(urls.owner) as connection:
        due = datetime.now(UTC) - timedelta(days=days)
        connection.execute("UPDATE clocks SET due_at = %s WHERE case_id = %s", [due, case_id])


async def test_a_transfer_that_is_reported_takes_the_case_off_the_list(acts: Acts) -> None:
    transfer = await opened(acts)
    listed = (await acts(PROCURATOR).get(LIST)).json()["items"]
    assert [(one["id"], one["transfer_state"]) for one in listed] == [(transfer["case_id"], "draft")]
    for who, action, inputs, on_list in (
        (HANDLER, "report", {"report": "书面报告", "proposal": "移送公安机关"}, False),
        (HEAD, "refuse", {"reason": "数额尚待核实"}, True),
        (HANDLER, "report_again", {"new_facts": "已鉴定", "report": "报告", "proposal": "移送"}, False),
        (HEAD, "approve", {"override_reason": "检验报告待出"}, False),
        (HANDLER, "send", {}, False),
        (HEAD, "withdraw_transfer", {"reason": "材料有误"}, True),
    ):
        answer = await take(acts, transfer["id"], who, action, inputs)
        assert answer.status_code == 200, (action, answer.text)
        assert bool((await acts(PROCURATOR).get(LIST)).json()["items"]) is on_list, action


async def test_a_refusal_is_listed_until_it_is_confirmed(acts: Acts) -> None:
    refused = await led(acts, await opened(acts), REFUSED)
    listed = (await acts(PROCURATOR).get("/api/v1/supervision/refusals")).json()["items"]
    assert [(one["transfer_id"], one["why"], one["police"]["name"]) for one in listed] == [
        (refused["id"], "refused", "苏州市公安局吴中区分局")
    ]
    assert (await acts(PROCURATOR).get("/api/v1/supervision/summary")).json()["refusals"] == 1
    assert (await acts("handler@320583-procuratorate").get("/api/v1/supervision/refusals")).json()[
        "items"
    ] == []
    await led(acts, refused, RESTATED)
    again = (await acts(PROCURATOR).get("/api/v1/supervision/refusals")).json()["items"]
    assert [one["why"] for one in again] == ["reasons_given"]
    confirmed = await take(acts, refused["id"], PROCURATOR, "accept_reasons", {"reason": "理由成立"})
    assert confirmed.status_code == 200, confirmed.text
    assert (await acts(PROCURATOR).get("/api/v1/supervision/refusals")).json()["items"] == []


async def test_a_review_that_is_late_is_listed_too(acts: Acts, clean: DatabaseUrls) -> None:
    transfer = await led_to(acts, "begin_review")
    assert (await acts(PROCURATOR).get("/api/v1/supervision/refusals")).json()["items"] == []
    with psycopg.connect(clean.owner) as connection:
        connection.execute(
            """UPDATE clocks SET due_at = now() - interval '1 hour'
                WHERE transfer_id = %s AND clock = 'review'""",
            [transfer["id"]],
        )
    late = (await acts(PROCURATOR).get("/api/v1/supervision/refusals")).json()["items"]
    assert [(one["transfer_id"], one["why"]) for one in late] == [(transfer["id"], "overdue")]


async def test_who_oversees_sees_and_who_does_not_is_told_so(acts: Acts, client: httpx.AsyncClient) -> None:
    case = await enter(acts(HANDLER))
    for who in (
        PROCURATOR,
        "handler@320500-procuratorate",
        "supervisor@320506-supervising",
        "handler1@320500-market",
        "handler2@320506-market",
        "statistics@320506-coordinating",
    ):
        items = (await acts(who).get(LIST)).json()["items"]
        assert [one["id"] for one in items] == [case["id"]], who
    for who in ("handler@320583-procuratorate", "handler1@320500-tobacco", "handler1@340104-market"):
        assert (await acts(who).get(LIST)).json()["items"] == [], who
    for who in ("handler@320506-police", "handler@320506-court", "sysadmin@320506-market"):
        for address in (LIST, "/api/v1/supervision/summary", "/api/v1/supervision/refusals"):
            refused = await acts(who).get(address)
            assert (refused.status_code, refused.json()["code"]) == (403, "not_a_supervisor"), who
    coordinating = (await acts("statistics@320506-coordinating").get(LIST)).json()["items"][0]
    assert coordinating["party"] is None
    for address in (LIST, "/api/v1/supervision/summary", "/api/v1/supervision-requests"):
        assert (await client.get(address)).status_code == 401


async def test_the_summary_counts_the_area(acts: Acts, clean: DatabaseUrls) -> None:
    late, fresh = await enter(acts(HANDLER)), await enter(acts(HANDLER))
    back_date(clean, late["id"], 30)
    await asked(acts, fresh["id"])
    assert (await acts(PROCURATOR).get("/api/v1/supervision/summary")).json() == {
        "untransferred": 2, "suspected": 0, "expired": 1, "penalty_instead": 1, "expired_clocks": 1,
        "refusals": 0, "awaiting_answer": 1, "answered": 0,
    }  # fmt: skip
    foreign = (await acts("handler@320583-procuratorate").get("/api/v1/supervision/summary")).json()
    assert set(foreign.values()) == {0}


async def test_a_suggestion_is_answered_within_its_clock_and_accepted(acts: Acts) -> None:
    case = await enter(acts(HANDLER))
    issued = await asked(acts, case["id"])
    assert issued.status_code == 201, issued.text
    request = issued.json()
    assert request["number"].startswith("吴中检意〔2026〕")
    assert (request["document"], request["state"]) == ("检察意见书", "issued")
    assert [(k["clock"], k["holder_organ"], k["state"]) for k in request["clocks"]] == [
        ("opinion_reply", "苏州市吴中区市场监督管理局", "running")
    ]
    head = acts("head@320506-market")
    told = (await head.get("/api/v1/notices")).json()["items"]
    assert told[0]["kind"] == "supervision.issued"
    received = (await head.get("/api/v1/supervision-requests")).json()["items"]
    assert [one["id"] for one in received] == [request["id"]]
    address = f"/api/v1/supervision-requests/{request['id']}"
    assert (await head.get(address)).json()["available_actions"] == ["answer"]
    listed = (await acts(PROCURATOR).get(LIST)).json()["items"][0]
    assert listed["open_request"] == request["id"]

    body = {"answer_kind": "will_transfer", "answer": "三日内移送公安机关。"}
    answered = (await head.post(f"{address}/answer", json=body)).json()
    assert (answered["state"], answered["clocks"][0]["state"]) == ("answered", "met")
    again = await head.post(f"{address}/answer", json=body)
    assert (again.status_code, again.json()["state"]) == (409, "answered")
    heard = (await acts(PROCURATOR).get("/api/v1/notices")).json()["items"]
    assert heard[0]["kind"] == "supervision.answered"
    accepted = (await acts(PROCURATOR).post(f"{address}/accept", json={"note": "采纳"})).json()
    assert (accepted["state"], accepted["available_actions"]) == ("accepted", [])


async def test_the_document_s_own_term_goes_before_the_default(acts: Acts) -> None:
    case = await enter(acts(HANDLER))
    request = (await asked(acts, case["id"], reply_within_days=10)).json()
    due = datetime.fromisoformat(request["due_at"])
    assert timedelta(days=9) < due - datetime.now(UTC) < timedelta(days=18)
    by_default = (await asked(acts, case["id"])).json()
    assert datetime.fromisoformat(by_default["due_at"]) - datetime.now(UTC) > timedelta(days=55)


async def test_an_answer_that_does_not_hold_goes_to_the_superior(acts: Acts) -> None:
    case = await enter(acts(HANDLER))
    request = (await asked(acts, case["id"])).json()
    address = f"/api/v1/supervision-requests/{request['id']}"
    wrong = await acts(HANDLER).post(
        f"{address}/answer", json={"answer_kind": "information", "answer": "情况属实"}
    )
    assert (wrong.status_code, wrong.json()["code"]) == (422, "answer_kind_unknown")
    await acts(HANDLER).post(f"{address}/answer", json={"answer_kind": "reasons", "answer": "数额有争议"})
    passed = (await acts(PROCURATOR).post(f"{address}/escalate", json={})).json()
    assert passed["state"] == "escalated"
    upper = acts("handler@320500-procuratorate")
    assert (await upper.get("/api/v1/notices")).json()["items"][0]["kind"] == "supervision.escalated"
    assert (await upper.get(address)).status_code == 200
    top = await enter(acts("handler1@320000-market"))
    highest = (await asked(acts, top["id"], "handler@320000-procuratorate")).json()
    none = await acts("handler@320000-procuratorate").post(
        f"/api/v1/supervision-requests/{highest['id']}/escalate", json={}
    )
    assert (none.status_code, none.json()["code"]) == (409, "no_superior")


async def test_a_request_is_withdrawn_and_its_clock_stops(acts: Acts) -> None:
    case = await enter(acts(HANDLER))
    request = (await asked(acts, case["id"])).json()
    address = f"/api/v1/supervision-requests/{request['id']}"
    gone = (await acts(PROCURATOR).post(f"{address}/withdraw", json={"note": "已移送"})).json()
    assert (gone["state"], gone["clocks"][0]["state"], gone["overdue"]) == ("withdrawn", "met", False)


@pytest.mark.parametrize(
    ("who", "change", "status", "code"),
    [
        ("handler@320506-procuratorate", {"kind": "supervision_letter"}, 403, "kind_not_yours"),
        ("supervisor@320506-supervising", {}, 403, "kind_not_yours"),
        ("desk@320506-procuratorate", {}, 403, "kind_not_yours"),
        ("handler1@320500-market", {}, 403, "kind_not_yours"),
        ("statistics@320506-coordinating", {}, 403, "kind_not_yours"),
        ("handler@320583-procuratorate", {}, 404, "not_found"),
        ("handler@320506-police", {}, 404, "not_found"),
        ("sysadmin@320506-market", {}, 404, "not_found"),
        ("handler@320506-procuratorate", {"kind": "order"}, 422, "request_kind_unknown"),
        ("handler@320506-procuratorate", {"reasons": " "}, 422, "invalid_input"),
        ("handler@320506-procuratorate", {"reply_within_days": 0}, 422, "invalid_input"),
    ],
)
async def test_only_who_oversees_the_case_may_ask(
    acts: Acts, who: str, change: dict[str, Any], status: int, code: str
) -> None:
    case = await enter(acts(HANDLER))
    answer = await asked(acts, case["id"], who, **change)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


async def test_the_supervising_agency_s_letter_runs_by_the_document_s_term(acts: Acts) -> None:
    case = await enter(acts(HANDLER))
    letter = await asked(acts, case["id"], "supervisor@320506-supervising", kind="supervision_letter")
    assert letter.status_code == 201, letter.text
    assert letter.json()["due_at"] is None
    termed = await asked(
        acts, case["id"], "supervisor@320506-supervising", kind="supervision_letter", reply_within_days=15
    )
    assert termed.json()["due_at"] is not None


async def test_only_the_parties_act_on_a_request_and_strangers_do_not_see_it(
    acts: Acts, client: httpx.AsyncClient
) -> None:
    case = await enter(acts(HANDLER))
    request = (await asked(acts, case["id"])).json()
    address = f"/api/v1/supervision-requests/{request['id']}"
    body = {"answer_kind": "reasons", "answer": "x"}
    for who, status in (
        (PROCURATOR, 403),
        ("legal@320506-market", 403),
        ("handler@320500-procuratorate", 403),
        ("handler1@320583-market", 404),
        ("handler@320506-police", 404),
        ("audit@320506-market", 404),
    ):
        assert (await acts(who).post(f"{address}/answer", json=body)).status_code == status, who
        assert (await acts(who).get(address)).status_code == (404 if status == 404 else 200)
    for act in ("accept", "escalate", "withdraw"):
        assert (await acts(HANDLER).post(f"{address}/{act}", json={})).status_code == 403
        assert (await client.post(f"{address}/{act}", json={})).status_code == 401
    assert (await client.post(f"{address}/answer", json=body)).status_code == 401
    assert (await client.get(address)).status_code == 401
    strangers = await acts("handler1@320583-market").get(f"/api/v1/supervision-requests?case={case['id']}")
    assert strangers.json()["items"] == []
    theirs = await acts(HANDLER).get(f"/api/v1/supervision-requests?case={case['id']}")
    assert len(theirs.json()["items"]) == 1


async def test_each_act_is_on_the_case_s_audit_trail(acts: Acts, clean: DatabaseUrls) -> None:
    case = await enter(acts(HANDLER))
    request = (await asked(acts, case["id"])).json()
    await acts(HANDLER).post(
        f"/api/v1/supervision-requests/{request['id']}/answer",
        json={"answer_kind": "reasons", "answer": "数额有争议"},
    )
    with psycopg.connect(clean.owner) as connection:
        rows = connection.execute(
            """SELECT e.action, c.changes -> 'state'
                FROM audit_events e JOIN audit_changes c ON c.event_id = e.id
                WHERE e.case_id = %s AND e.action LIKE 'supervision.%%' ORDER BY e.id""",
            [case["id"]],
        ).fetchall()
    assert rows == [
        ("supervision.issued", [None, "issued"]),
        ("supervision.answered", ["issued", "answered"]),
    ]


def test_every_kind_rests_on_a_basis_or_says_that_it_is_a_rule() -> None:
    for kind in supervision().kinds:
        assert kind.basis, kind.id
