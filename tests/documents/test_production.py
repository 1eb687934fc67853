"""Documents come of the acts that name them: issued whole and frozen, or owed with what is missing."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any

import httpx
import psycopg
import pytest

from app.database.transaction import Database
from app.documents import rendering, service
from tests.cases.builders import enter
from tests.cluster import DatabaseUrls
from tests.conftest import Acts
from tests.documents.builders import V1, a_template, filled, listed, one, sent, text_of
from tests.transfers.builders import (
    DESK,
    HANDLER,
    HEAD,
    POLICE,
    POLICE_HEAD,
    PROCURATOR,
    STRAIGHT,
    led,
    opened,
    take,
)


async def test_each_act_issues_what_it_names_and_owes_what_has_gaps(acts: Acts) -> None:
    transfer = await led(acts, await opened(acts), STRAIGHT)
    mine = {doc["kind"]: doc for doc in await listed(acts, HANDLER, transfer["id"])}
    assert mine["transfer_letter"]["number"] == "吴中市监移送〔2026〕1号"
    assert mine["approval_form"]["state"] == "issued"
    assert mine["approval_form"]["action"] == "approve"
    report = mine["investigation_report"]
    assert (report["state"], report["number"], report["action"]) == ("owed", None, "report")
    assert {one["label"] for one in report["missing"]} == {"案件来源", "证据目录与证明对象"}
    assert all("请" in one["detail"] for one in report["missing"])
    assert mine["filing_letter"]["organ"] == "苏州市公安局吴中区分局"


async def test_the_letter_says_what_the_case_says(acts: Acts) -> None:
    transfer = await sent(acts)
    letter = await one(acts, HANDLER, transfer["id"], "transfer_letter")
    answer = await acts(HANDLER).get(f"{V1}/documents/{letter['id']}/docx")
    assert hashlib.sha256(answer.content).hexdigest() == letter["docx_sha256"]
    text = text_of(answer.content)
    for words in (
        letter["number"], "苏州市公安局吴中区分局：", "李建国", "销售侵犯注册商标专用权的商品",
        "《中华人民共和国刑法》第214条", "《行政执法机关移送涉嫌犯罪案件的规定》第3条第1款",
        "联系电话：000-00320506", "抄送：苏州市吴中区人民检察院", "《涉案物品清单》（后补）",
    ):  # fmt: skip
        assert words in text
    assert "{{" not in text
    assert "{%" not in text
    form = await one(acts, HANDLER, transfer["id"], "approval_form")
    said = text_of((await acts(HANDLER).get(f"{V1}/documents/{form['id']}/docx")).content)
    assert "批准移送" in said
    assert "80000" in said


async def test_what_is_owed_is_filled_in_and_issued(acts: Acts) -> None:
    transfer = await sent(acts)
    goods = await one(acts, HANDLER, transfer["id"], "goods_list", "owed")
    early = await acts(HANDLER).post(f"{V1}/documents/{goods['id']}/issue")
    assert early.status_code == 422
    assert early.json()["errors"][0]["field"] == "documents.goods_list.rows"
    row = {
        "name": "白酒", "specification": "500ml", "quantity": "120", "unit": "瓶", "features": "标注“飞天”",
        "place": "木渎镇仓库",
    }  # fmt: skip
    answer = await filled(acts, HANDLER, goods, rows=[row])
    assert [one["label"] for one in answer.json()["missing"]] == ["第1项的保管状态"]
    answer = await filled(acts, HANDLER, answer.json(), rows=[row | {"custody": "扣押"}])
    issued = (await acts(HANDLER).post(f"{V1}/documents/{goods['id']}/issue")).json()
    assert issued["number"] == "吴中市监物清〔2026〕1号"
    assert issued["rows"][0]["custody"] == "扣押"
    docx = (await acts(POLICE).get(f"{V1}/documents/{goods['id']}/docx")).content
    assert "木渎镇仓库" in text_of(docx)


async def test_the_letter_is_never_sent_with_gaps(acts: Acts, clean: DatabaseUrls) -> None:
    transfer = await led(acts, await opened(acts), STRAIGHT[:2])
    with psycopg.connect(clean.owner) as owner:
        telephone = owner.execute("SELECT telephone FROM organs WHERE code = '320506-market'").fetchone()
        owner.execute("UPDATE organs SET telephone = NULL WHERE code = '320506-market'")
    try:
        refused = await take(acts, transfer["id"], HANDLER, "send")
        assert refused.status_code == 422
        assert refused.json()["code"] == "document_incomplete"
        assert refused.json()["errors"][0]["field"] == "inputs.telephone"
        assert "联系电话" in refused.json()["detail"]
        assert not [d for d in await listed(acts, HANDLER, transfer["id"]) if d["kind"] == "transfer_letter"]
        sent = await take(acts, transfer["id"], HANDLER, "send", {"telephone": "0512-66660000"})
        assert sent.status_code == 200, sent.text
    finally:
        with psycopg.connect(clean.owner) as owner:
            owner.execute("UPDATE organs SET telephone = %s WHERE code = '320506-market'", telephone)
    letter = await one(acts, HANDLER, transfer["id"], "transfer_letter")
    assert letter["number"].endswith("〕1号"), "the refused act has drawn no number"


async def test_what_is_prepared_before_the_act_goes_into_its_document(acts: Acts) -> None:
    transfer = await led(acts, await opened(acts), STRAIGHT[:2])
    body = {"kind": "transfer_letter", "about": "transfer", "id": transfer["id"]}
    draft = (await acts(HANDLER).post(f"{V1}/documents", json=body)).json()
    await filled(acts, HANDLER, draft, fields={"summary": "经查，2025年销售假酒。"})
    early = await acts(HANDLER).post(f"{V1}/documents/{draft['id']}/issue")
    assert (early.status_code, early.json()["code"]) == (409, "document_needs_act")
    twice = await acts(HANDLER).post(f"{V1}/documents", json=body)
    assert (twice.status_code, twice.json()["document_id"]) == (409, draft["id"])
    await take(acts, transfer["id"], HANDLER, "send")
    letter = (await acts(HANDLER).get(f"{V1}/documents/{draft['id']}")).json()
    assert letter["state"] == "issued"
    summary = next(field for field in letter["fields"] if field["id"] == "summary")
    assert (summary["text"], summary["source"]) == ("经查，2025年销售假酒。", "经办人填写")


async def test_what_is_issued_stays_whatever_changes(
    acts: Acts, monkeypatch: pytest.MonkeyPatch, clean: DatabaseUrls
) -> None:
    """Neither a new template nor new data touch it; the database itself refuses to change it."""
    transfer = await sent(acts)
    letter = await one(acts, HANDLER, transfer["id"], "transfer_letter")
    before = (await acts(HANDLER).get(f"{V1}/documents/{letter['id']}/docx")).content
    other = rendering.prepared(a_template("新模板 {{ number }}"))
    monkeypatch.setattr(service, "template", lambda _: other)
    case = (await acts(HANDLER).get(f"{V1}/cases/{transfer['case_id']}")).json()
    await acts(HANDLER).patch(
        f"{V1}/cases/{case['id']}", json={"summary": "另写"}, headers={"If-Match": f'"{case["revision"]}"'}
    )
    await take(acts, transfer["id"], DESK, "sign_receipt")
    slip = await one(acts, HANDLER, transfer["id"], "receipt_slip")
    assert slip["template_sha256"] == other.sha256.hex()
    again = (await acts(HANDLER).get(f"{V1}/documents/{letter['id']}")).json()
    after = (await acts(HANDLER).get(f"{V1}/documents/{letter['id']}/docx")).content
    assert after == before
    assert again["template_sha256"] == letter["template_sha256"] != slip["template_sha256"]
    assert next(field for field in again["fields"] if field["id"] == "summary")["text"] != "另写"
    with psycopg.connect(clean.owner) as owner, pytest.raises(psycopg.errors.CheckViolation):
        owner.execute("UPDATE documents SET content = '{}' WHERE id = %s", [letter["id"]])


async def test_a_voided_document_keeps_its_number_and_is_owed_anew(acts: Acts) -> None:
    transfer = await sent(acts)
    letter = await one(acts, HANDLER, transfer["id"], "transfer_letter")
    address = f"{V1}/documents/{letter['id']}/void"
    void = await acts(HEAD).post(address, json={"reason": "受移送机关写错"})
    assert (void.json()["state"], void.json()["number"]) == ("void", letter["number"])
    assert (await acts(HEAD).post(address, json={"reason": "再次"})).status_code == 409
    owed = await one(acts, HANDLER, transfer["id"], "transfer_letter", "owed")
    new = (await acts(HANDLER).post(f"{V1}/documents/{owed['id']}/issue")).json()
    assert new["number"] == "吴中市监移送〔2026〕2号"
    seen = {d["number"]: d["void_reason"] for d in await listed(acts, POLICE, transfer["id"]) if d["number"]}
    assert seen[letter["number"]] == "受移送机关写错"
    register = await acts(HANDLER).get(
        f"{V1}/documents/numbers", params={"kind": "transfer_letter", "year": 2026}
    )
    assert [(line["serial"], line["state"]) for line in register.json()["items"]] == [
        (2, "issued"), (1, "void"),
    ]  # fmt: skip


async def test_internal_papers_stay_inside(acts: Acts) -> None:
    transfer = await led(acts, await opened(acts), STRAIGHT)
    by = {
        who: {d["kind"] for d in await listed(acts, who, transfer["id"])}
        for who in (HANDLER, POLICE, PROCURATOR)
    }
    assert "approval_form" in by[HANDLER] & by[PROCURATOR]
    assert "approval_form" not in by[POLICE]
    assert "filing_decision" in by[POLICE] & by[PROCURATOR]
    assert "filing_decision" not in by[HANDLER]
    assert "copy_letter" not in by[POLICE]
    assert "goods_list" not in by[POLICE] | by[PROCURATOR], "owed papers are the issuer's alone"
    form = await one(acts, HANDLER, transfer["id"], "approval_form")
    assert (await acts(POLICE).get(f"{V1}/documents/{form['id']}/docx")).status_code == 404
    assert (
        await acts(POLICE).post(f"{V1}/documents/{form['id']}/void", json={"reason": "无权"})
    ).status_code == 404


async def test_the_issuer_alone_fills_in_issues_and_voids(acts: Acts) -> None:
    transfer = await sent(acts)
    letter = await one(acts, POLICE, transfer["id"], "transfer_letter")
    for what, body in (("void", {"reason": "无权"}), ("waive", {"reason": "无权"}), ("issue", None)):
        answer = await acts(POLICE_HEAD).post(f"{V1}/documents/{letter['id']}/{what}", json=body)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_own_document")
    asked = {"kind": "transfer_letter", "about": "transfer", "id": transfer["id"]}
    answer = await acts(POLICE).post(f"{V1}/documents", json=asked)
    assert (answer.status_code, answer.json()["code"]) == (403, "document_not_yours")
    refusal = {"kind": "refusal_notice", "about": "transfer", "id": transfer["id"]}
    assert (await acts(POLICE).post(f"{V1}/documents", json=refusal)).status_code == 201


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"fields": {"nothing": "x"}}, 422, "document_field_unknown"),
        ({"fields": {"seal": "x"}}, 422, "document_field_unknown"),
        ({"rows": [{"name": "x"}]}, 422, "document_has_no_rows"),
        ({"fields": {"summary": 7}}, 422, "invalid_input"),
        ({"strange": 1}, 422, "invalid_input"),
    ],
)
async def test_what_cannot_be_filled_in_says_why(acts: Acts, body: Any, status: int, code: str) -> None:
    transfer = await opened(acts)
    asked = {"kind": "transfer_letter", "about": "transfer", "id": transfer["id"]}
    draft = (await acts(HANDLER).post(f"{V1}/documents", json=asked)).json()
    answer = await filled(acts, HANDLER, draft, **body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["errors"][0]["field"]


async def test_a_preview_names_sources_and_gaps_and_makes_nothing(acts: Acts, database: Database) -> None:
    transfer = await opened(acts)
    params = {"kind": "transfer_letter", "about": "transfer", "id": transfer["id"]}
    preview = (await acts(HANDLER).get(f"{V1}/documents/preview", params=params)).json()
    fields = {field["id"]: field for field in preview["fields"]}
    assert fields["charge"]["source"] == "移送的涉嫌罪名"
    assert fields["seal"]["by_hand"]
    assert {one["field"] for one in preview["missing"]} == {"police_organ", "attachments"}
    assert await listed(acts, HANDLER, transfer["id"]) == []
    unknown = await acts(HANDLER).get(f"{V1}/documents/preview", params=params | {"kind": "no_such"})
    assert (unknown.status_code, unknown.json()["code"]) == (422, "document_unknown")


async def test_numbers_drawn_at_once_have_neither_gaps_nor_doubles(acts: Acts) -> None:
    """Several officers issue at the same moment, one of them what is not complete."""

    async def drawn(fields: dict[str, str]) -> httpx.Response:
        case = await enter(acts(HANDLER))
        body = {"kind": "assistance_request", "about": "case", "id": case["id"]}
        document = (await acts(HANDLER).post(f"{V1}/documents", json=body)).json()
        await filled(acts, HANDLER, document, fields=fields)
        return await acts(HANDLER).post(f"{V1}/documents/{document['id']}/issue")

    whole, part = {"to_organ": "杭州市市场监督管理局", "request": "核实"}, {"request": "核实"}
    answers = await asyncio.gather(*(drawn(fields) for fields in (whole, part, whole, whole, part, whole)))
    assert [answer.status_code for answer in answers] == [200, 422, 200, 200, 422, 200]
    numbers = {answer.json()["number"] for answer in answers if answer.status_code == 200}
    assert numbers == {f"吴中市监协〔2026〕{serial}号" for serial in (1, 2, 3, 4)}
