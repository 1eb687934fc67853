"""What a party's records add to its cases: penalties counted, acts added up; and what officers find."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import psycopg
import pytest

from app.database.transaction import Database
from app.screening import rescreen
from tests.cases.builders import HANDLER, a_person, an_id_number, case_body, enter
from tests.cluster import DatabaseUrls
from tests.conftest import Acts

FOREIGN = "handler1@340104-market"
HEAD = "head@320506-market"
Json = dict[str, Any]


def sale(sold: str, **change: Any) -> Json:
    """A sale of counterfeit goods: amount sold, nothing in store, no gain."""
    facts = {"ip_sales_amount": sold, "ip_unsold_value": "0", "illegal_gain": "0"}
    return case_body(**{"facts": facts, "amount_involved": sold, **change})


def undecided(sold: str, **change: Any) -> Json:
    """The same without a decision: untreated."""
    return sale(sold, **{"decision_number": None, "decided_on": None, "penalties": [], **change})


def of(number: str) -> list[Json]:
    return [a_person(id_number=number)]


async def find(http: httpx.AsyncClient, case: Json, what: str, body: Json) -> httpx.Response:
    return await http.post(f"/api/v1/cases/{case['id']}/{what}", json=body)


def counted(case: Json) -> Json:
    found: Json = case["screening"]["result"]["counted"][0]
    return found


async def test_a_penalty_of_another_organ_counts_by_ip2025_article_5(acts: Acts) -> None:
    number = an_id_number()
    await enter(acts(FOREIGN), sale("9000", act_end_date="2025-05-01", filed_on="2025-05-10",
        decided_on="2025-06-01", parties=of(number)))  # fmt: skip
    case = await enter(acts(HANDLER), sale("30000", parties=of(number)))
    assert (case["conclusion"], case["charges"]) == ("must_transfer", ["214"])
    assert case["screening"]["facts"]["prior_punish_2y_tm"] is True
    assert "prior_punish_2y_tm" not in case["facts"]
    assert counted(case)["found"] == [
        {"organ": "合肥市蜀山区市场监督管理局", "cause": "sell_infringing_goods",
         "decided_on": "2025-06-01", "source": None}
    ]  # fmt: skip
    assert "第5条第1款第2项" in counted(case)["citation"]


@pytest.mark.parametrize(
    ("decided_on", "act_end_date", "counts"),
    [
        ("2024-02-20", "2026-02-20", True),
        ("2024-02-19", "2026-02-20", False),
        ("2026-02-19", "2026-02-20", True),
        ("2026-02-20", "2026-02-20", False),  # the act must come after the penalty
    ],
)
async def test_the_two_years_run_from_the_decision_to_the_end_of_the_new_act(
    acts: Acts, decided_on: str, act_end_date: str, counts: bool
) -> None:
    number = an_id_number()
    await enter(acts(HANDLER), sale("1", act_end_date="2023-01-01", filed_on="2023-02-01",
        decided_on=decided_on, parties=of(number)))  # fmt: skip
    case = await enter(acts(HANDLER), sale("30000", act_end_date=act_end_date, parties=of(number)))
    assert case["screening"]["facts"]["prior_punish_2y_tm"] is counts
    assert (case["conclusion"] == "must_transfer") is counts


async def test_none_found_counts_as_none_with_the_assumption_named(acts: Acts) -> None:
    case = await enter(acts(HANDLER), sale("30000"))
    assert case["screening"]["facts"]["prior_punish_2y_tm"] is False
    assert "prior_punish_2y_tm" not in case["screening"]["result"]["missing_facts"]
    assert counted(case)["assumption"].startswith("本平台自20")
    assert "没有" in counted(case)["assumption"]


async def test_what_is_no_penalty_or_of_another_kind_does_not_count(acts: Acts) -> None:
    number = an_id_number()
    dates = {"act_end_date": "2025-05-01", "filed_on": "2025-05-10", "decided_on": "2025-06-01"}
    none: Json = {"penalties": [], "fine_amount": None}
    await enter(acts(HANDLER), sale("1", parties=of(number), **none, **dates))
    await enter(acts(HANDLER), case_body(cause="counterfeit_patent", facts={}, parties=of(number), **dates))
    await enter(acts(HANDLER), undecided("1", parties=of(number)))
    case = await enter(acts(HANDLER), sale("30000", parties=of(number)))
    assert case["screening"]["facts"]["prior_punish_2y_tm"] is False


async def test_the_officer_s_own_statement_wins(acts: Acts) -> None:
    number = an_id_number()
    await enter(acts(HANDLER), sale("1", act_end_date="2025-05-01", filed_on="2025-05-10",
        decided_on="2025-06-01", parties=of(number)))  # fmt: skip
    body = sale("30000", parties=of(number))
    body["facts"]["prior_punish_2y_tm"] = False
    case = await enter(acts(HANDLER), body)
    assert case["screening"]["facts"]["prior_punish_2y_tm"] is False
    assert case["screening"]["result"].get("counted", []) == []


async def test_the_same_name_without_a_number_is_a_question(acts: Acts) -> None:
    party = a_person(name="王记商行（个体工商户）", kind="individual_business", id_number=None)
    alike = party | {"name": "王记商行(个体工商户)"}
    await enter(acts(HANDLER), sale("1", act_end_date="2025-05-01", filed_on="2025-05-10",
        decided_on="2025-06-01", parties=[party]))  # fmt: skip
    await enter(acts(FOREIGN), undecided("30000", parties=[party]))
    case = await enter(acts(HANDLER), undecided("30000", parties=[alike]))
    assert "prior_punish_2y_tm" not in case["screening"]["facts"]
    assert case["screening"]["result"]["accumulated"] == []
    questions = case["screening"]["result"]["questions"]
    assert len(questions) == 2
    assert all("请人工核对" in one for one in questions)
    others = (await acts(HANDLER).get(f"/api/v1/cases/{case['id']}/accumulation")).json()
    assert [(one["by_name"], one["untreated"]) for one in others] == [(True, False), (True, True)]


async def test_two_different_numbers_are_two_parties_whatever_the_name(acts: Acts) -> None:
    await enter(acts(HANDLER), undecided("30000", parties=[a_person()]))
    case = await enter(acts(HANDLER), undecided("30000", parties=[a_person()]))
    assert case["screening"]["result"]["questions"] == []
    assert (await acts(HANDLER).get(f"/api/v1/cases/{case['id']}/accumulation")).json() == []


async def test_a_penalty_from_outside_is_added_with_its_source(acts: Acts) -> None:
    case = await enter(acts(HANDLER), sale("30000"))
    assert case["conclusion"] != "must_transfer"
    body = {"organ_name": "上海市某区市场监督管理局", "cause": "sell_labels", "decided_on": "2025-03-03",
            "source": "协查函〔2026〕3号"}  # fmt: skip
    answer = await find(acts(HANDLER), case, "outside-penalties", body)
    assert answer.status_code == 200, answer.text
    after = answer.json()
    assert (after["conclusion"], after["charges"]) == ("must_transfer", ["214"])
    assert [one["clock"] for one in after["clocks"]] == ["report_transfer"]
    assert counted(after)["found"][0]["source"] == "协查函〔2026〕3号"
    assert after["outside_penalties"][0]["organ_name"] == "上海市某区市场监督管理局"
    history = (await acts(HANDLER).get(f"/api/v1/cases/{case['id']}/history")).json()["items"]
    assert {"case.outside_penalty", "case.screened"} <= {one["action"] for one in history}
    assert (await find(acts(FOREIGN), case, "outside-penalties", body)).status_code == 404
    assert (await find(acts("handler1@320500-market"), case, "outside-penalties", body)).status_code == 403
    wrong = await find(acts(HANDLER), case, "outside-penalties", body | {"decided_on": "2099-01-01"})
    assert wrong.json()["errors"][0]["code"] == "date_in_future"


async def test_untreated_acts_wait_for_confirmation_where_no_period_is_fixed_ip2025_29(acts: Acts) -> None:
    number = an_id_number()
    await enter(acts(FOREIGN), undecided("30000", act_end_date="2025-12-01", parties=of(number)))
    case = await enter(acts(HANDLER), undecided("20000", parties=of(number)))
    assert case["conclusion"] == "not_reached"
    [found] = case["screening"]["result"]["accumulated"]
    assert (found["charge"], found["needs_confirmation"], found["confirmed"]) == ("214", True, False)
    assert "IP2025第29条" in found["rule"]
    totals = {one["fact"]: (one["own"], one["total"]) for one in found["totals"]}
    assert totals["ip_sales_amount"] == ("20000", "50000")
    [other] = found["cases"]
    assert (other["organ"], other["act_end_date"]) == ("合肥市蜀山区市场监督管理局", "2025-12-01")
    assert other["figures"]["ip_sales_amount"] == "30000"
    body = {"charge": "214", "reasons": "两次行为均未处理，系同一当事人连续销售"}
    assert (await find(acts(FOREIGN), case, "accumulation/confirm", body)).status_code == 404
    wrong = await find(acts(HANDLER), case, "accumulation/confirm", body | {"charge": "213"})
    assert (wrong.status_code, wrong.json()["code"]) == (409, "nothing_to_confirm")
    answer = await find(acts(HANDLER), case, "accumulation/confirm", body)
    assert answer.status_code == 200, answer.text
    after = answer.json()
    assert (after["conclusion"], after["charges"]) == ("must_transfer", ["214"])
    assert after["screening"]["facts"]["ip_sales_amount"] == "50000"
    assert after["facts"]["ip_sales_amount"] == "20000"
    assert after["screening"]["result"]["accumulated"][0]["confirmed"] is True
    assert after["officer_findings"][0]["reasons"] == body["reasons"]
    again = await find(acts(HANDLER), case, "accumulation/confirm", body)
    assert again.status_code == 409


async def test_the_sum_must_reach_and_the_acts_must_be_untreated(acts: Acts) -> None:
    number = an_id_number()
    await enter(acts(FOREIGN), undecided("29999", parties=of(number)))
    below = await enter(acts(HANDLER), undecided("20000", parties=of(number)))
    assert below["screening"]["result"]["accumulated"] == []
    decided = await enter(acts(HANDLER), sale("49000", parties=of(number)))
    assert decided["screening"]["result"]["accumulated"] == []


@pytest.mark.parametrize(("earlier", "reached"), [("2022-06-01", False), ("2023-02-01", True)])
async def test_two_years_are_fixed_for_acts_before_ip2025(acts: Acts, earlier: str, reached: bool) -> None:
    number = an_id_number()
    dates = {"filed_on": "2025-03-02", "act_end_date": "2025-01-15"}
    await enter(acts(FOREIGN), undecided("30000", filed_on="2025-03-02", act_end_date=earlier,
        parties=of(number)))  # fmt: skip
    case = await enter(acts(HANDLER), undecided("20000", parties=of(number), **dates))
    assert (case["conclusion"] == "must_transfer") is reached
    accumulated = case["screening"]["result"]["accumulated"]
    assert [one["needs_confirmation"] for one in accumulated] == ([False] if reached else [])
    assert ("report_transfer" in [one["clock"] for one in case["clocks"]]) is reached


async def test_cases_of_one_party_that_come_in_one_file_see_each_other(acts: Acts) -> None:
    number = an_id_number()
    lines = [
        undecided("30000", organ_number="一号", parties=of(number)),
        undecided("20000", organ_number="二号", parties=of(number)),
    ]
    content = "\n".join(json.dumps(one, ensure_ascii=False) for one in lines).encode()
    answer = await acts(HANDLER).post(
        "/api/v1/cases/import", content=content, headers={"Content-Type": "application/x-ndjson"}
    )
    assert answer.status_code == 200, answer.text
    listed = (await acts(HANDLER).get("/api/v1/cases")).json()["items"]
    assert len(listed) == 2, answer.text
    for line in listed:
        case = (await acts(HANDLER).get(f"/api/v1/cases/{line['id']}")).json()
        assert [one["charge"] for one in case["screening"]["result"]["accumulated"]] == ["214"]


async def test_reasonable_suspicion_below_the_threshold_starts_the_report(acts: Acts) -> None:
    case = await enter(acts(HANDLER), sale("30000"))
    body = {"charge": "214", "reasons": "库房账本显示另有多次进货，数额待查"}
    for who, status in ((FOREIGN, 404), ("handler1@320500-market", 403), ("legal@320506-market", 403)):
        assert (await find(acts(who), case, "suspicion", body)).status_code == status
    answer = await find(acts(HEAD), case, "suspicion", body)
    assert answer.status_code == 200, answer.text
    after = answer.json()
    assert after["conclusion"] == case["conclusion"]
    assert [one["clock"] for one in after["clocks"]] == ["report_transfer"]
    [found] = after["officer_findings"]
    assert (found["kind"], found["charge"], found["reasons"]) == ("suspicion", "214", body["reasons"])
    assert (await find(acts(HANDLER), case, "suspicion", body)).json()["code"] == "already_found"
    history = (await acts(HANDLER).get(f"/api/v1/cases/{case['id']}/history")).json()["items"]
    assert history[0]["action"] == "case.suspicion_found"
    draft = await find(acts(HANDLER), case, "transfers", {"charge": "214", "summary": "有合理嫌疑，拟移送"})
    assert draft.status_code == 201, draft.text


async def test_suspicion_is_for_intellectual_property_and_below_the_threshold(acts: Acts) -> None:
    reached = await enter(acts(HANDLER), sale("50000"))
    body = {"charge": "214", "reasons": "理由充分"}
    assert (await find(acts(HANDLER), reached, "suspicion", body)).json()["code"] == "threshold_reached"
    food = await enter(acts(HANDLER), case_body(cause="expired_food", facts={"sales_amount": "10"}))
    wrong = await find(acts(HANDLER), food, "suspicion", body | {"charge": "140"})
    assert (wrong.status_code, wrong.json()["errors"][0]["code"]) == (422, "charge_not_ip")
    wrong = await find(acts(HANDLER), food, "suspicion", body)
    assert wrong.json()["errors"][0]["code"] == "charge_not_in_view"


async def test_the_head_may_record_why_a_suspected_case_is_not_transferred(acts: Acts) -> None:
    case = await enter(acts(HANDLER), sale("30000"))
    after = (await find(acts(HANDLER), case, "suspicion", {"charge": "214", "reasons": "数额待查"})).json()
    answer = await acts(HEAD).post(
        f"/api/v1/cases/{case['id']}/not-transferred",
        json={"reason": "经查没有其他销售"},
        headers={"If-Match": f'"{after["revision"]}"'},
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["clocks"][0]["stopped_at"] is not None


@pytest.fixture
async def worker(clean: DatabaseUrls) -> AsyncIterator[Database]:
    db = Database(clean.worker, size=1)
    await db.open()
    yield db
    await db.close()


async def test_re_screening_looks_the_records_up_anew(
    acts: Acts, clean: DatabaseUrls, worker: Database
) -> None:
    """What was stored of the parties' records is not believed, neither what is there nor what is wanting."""
    number = an_id_number()
    dates = {"filed_on": "2025-03-02", "act_end_date": "2025-01-15"}
    first = await enter(acts(FOREIGN), undecided("30000", parties=of(number), **dates))
    second = await enter(acts(HANDLER), undecided("20000", parties=of(number), **dates))
    gone = await enter(acts(HANDLER), undecided("30000", parties=of(an_id_number()), **dates))
    assert [one["conclusion"] for one in (first, second)] == ["not_reached", "must_transfer"]
    stored = {"facts": {"ip_sales_amount": "99999"}, "counted": [], "accumulated": [{}], "questions": []}
    with psycopg.connect(clean.owner, autocommit=True) as owner:
        owner.execute("UPDATE cases SET law_version = 'older'")
        owner.execute(
            """UPDATE cases SET party_record = %s, conclusion = 'must_transfer', charges = '{214}'
                WHERE id = %s""",
            [json.dumps(stored), gone["id"]],
        )
    listed = [one async for one in rescreen.changes(worker, most=1)]
    assert [(one.number, one.conclusion) for one in listed if one.first] == [
        (gone["number"], "not_reached"),
        (first["number"], "must_transfer"),
    ]
    assert [one.charge for one in listed] == ["214", "214"]
    done = [one async for one in rescreen.rescreen(worker, most=2)]
    assert done[-1] == rescreen.Progress(3, 2, ())
    after = (await acts(FOREIGN).get(f"/api/v1/cases/{first['id']}")).json()
    assert after["screening"]["facts"]["ip_sales_amount"] == "50000"
    after = (await acts(HANDLER).get(f"/api/v1/cases/{gone['id']}")).json()
    assert after["screening"]["facts"]["prior_punish_2y_tm"] is False
    assert after["screening"]["facts"]["ip_sales_amount"] == "30000"


async def test_the_functions_past_the_policies_tell_organs_alone(
    acts: Acts, database: Database, world: dict[str, int]
) -> None:
    number = an_id_number()
    case = await enter(acts(HANDLER), undecided("30000", parties=of(number)))
    query = """SELECT * FROM party_records(ARRAY[0], ARRAY[NULL], ARRAY[NULL::bytea], ARRAY['李建国'],
        ARRAY[NULL::uuid], ARRAY['ip_sales_amount'])"""
    for who, found in (
        (HANDLER, 1),
        (FOREIGN, 1),
        ("handler@320506-procuratorate", 0),
        ("desk@320506-police", 0),
        ("statistics@320506-coordinating", 0),
        ("audit@320506-market", 0),
    ):
        async with database.acting(world[who]) as tx:
            rows = await tx.rows(query)
            assert len(rows) == found, who
            assert all(row["facts"] == {"ip_sales_amount": "30000"} for row in rows)
    assert case["id"]
    async with database.transaction() as nobody:
        assert not await nobody.rows(query)
