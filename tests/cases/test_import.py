"""Import: bad rows are told with row, column and remedy, good ones go in, and once is enough."""

from __future__ import annotations

import json
from datetime import date
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import httpx
import pytest
from openpyxl import Workbook, load_workbook

from app.cases.intake.batches import BATCH
from app.cases.intake.columns import columns
from app.law.statutes import law
from tests.cases.builders import HANDLER, a_person, an_id_number, case_body
from tests.conftest import Acts

IMPORT = "/api/v1/cases/import"
HEADER = [
    "本机关案号", "案由", "立案日期", "行为终了日", "决定日期", "罚款金额（元）", "当事人类型", "当事人名称",
    "公民身份号码", "要素：侵权商品销售金额（元）", "处罚种类",
]  # fmt: skip


def row(number: int, change: dict[str, Any] | None = None) -> list[Any]:
    """A good row, with cells changed by header."""
    cells = {
        "本机关案号": f"吴中市监案〔2026〕{number}号", "案由": "销售侵犯注册商标专用权的商品",
        "立案日期": date(2026, 3, 2), "行为终了日": "2026/2/20", "决定日期": date(2026, 5, 11),
        "罚款金额（元）": 20000.5, "当事人类型": "自然人", "当事人名称": "李建国",
        "公民身份号码": an_id_number(),
        "要素：侵权商品销售金额（元）": 80000, "处罚种类": "罚款、没收违法所得",
    }  # fmt: skip
    return list((cells | (change or {})).values())


def workbook(rows: list[list[Any]], header: list[str] = HEADER) -> bytes:
    """A sheet as .xlsx."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for line in [header, *rows]:
        sheet.append(line)
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


async def upload(http: httpx.AsyncClient, content: bytes, name: str = "案件.xlsx") -> httpx.Response:
    return await http.post(IMPORT, files={"file": (name, content)}, timeout=60)


async def lines(http: httpx.AsyncClient, content: bytes) -> httpx.Response:
    return await http.post(
        IMPORT, content=content, headers={"content-type": "application/x-ndjson"}, timeout=60
    )


async def test_good_rows_go_in_and_bad_ones_are_told(acts: Acts) -> None:
    bad = {
        7: row(7, {"罚款金额（元）": "3.5万元"}),
        BATCH: row(BATCH, {"公民身份号码": 320506198001010011}),
        BATCH + 9: row(BATCH + 9, {"案由": "卖假货", "决定日期": "昨天", "当事人名称": None}),
    }
    rows = [bad.get(number, row(number)) for number in range(1, BATCH + 21)]
    rows.insert(3, [None] * len(HEADER))
    answer = await upload(acts(HANDLER), workbook(rows))
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["entered"], told["already_entered"], told["rejected_rows"]) == (BATCH + 17, 0, 3)
    assert {(one["row"], one["column"], one["code"]) for one in told["rejected"]} == {
        (9, "罚款金额（元）", "amount_with_unit"),
        (BATCH + 2, "公民身份号码", "number_lost_digits"),
        (BATCH + 11, "案由", "not_in_list"),
        (BATCH + 11, "决定日期", "not_a_date"),
        (BATCH + 11, "当事人名称", "required"),
    }
    assert all(one["detail"] for one in told["rejected"])
    page = (await acts(HANDLER).get("/api/v1/cases?limit=1")).json()
    case = (await acts(HANDLER).get(f"/api/v1/cases/{page['items'][0]['id']}")).json()
    assert (case["source_system"], case["conclusion"], case["fine_amount"]) == (
        "sheet",
        "must_transfer",
        "20000.50",
    )
    assert (case["act_end_date"], case["penalties"]) == ("2026-02-20", ["罚款", "没收违法所得"])
    history = (await acts(HANDLER).get(f"/api/v1/cases/{case['id']}/history")).json()["items"]
    assert [event["action"] for event in history][-1] == "case.entered"


async def test_the_same_sheet_again_enters_nothing(acts: Acts) -> None:
    content = workbook([row(1), row(2), row(2)])
    first = (await upload(acts(HANDLER), content)).json()
    again = (await upload(acts("handler2@320506-market"), content)).json()
    assert (first["entered"], first["already_entered"]) == (2, 1)
    assert (again["entered"], again["already_entered"]) == (0, 3)
    assert {warning["code"] for warning in again["warnings"]} == {"already_entered"}


async def test_a_decision_number_says_which_case_it_is_however_it_is_written(acts: Acts) -> None:
    header = ["决定书文号", *HEADER[1:]]
    for written, expected in (("吴中市监处罚〔2026〕7号", 1), ("吴中市监处罚[2026]7", 0)):
        told = (await upload(acts(HANDLER), workbook([[written, *row(1)[1:]]], header))).json()
        assert (told["entered"], told["rejected"]) == (expected, [])


async def test_alike_rows_are_a_warning(acts: Acts) -> None:
    number = an_id_number()
    content = workbook([row(1, {"公民身份号码": number}), row(2, {"公民身份号码": number})])
    told = (await upload(acts(HANDLER), content)).json()
    assert [(one["row"], one["code"]) for one in told["warnings"]] == [
        (2, "likely_duplicate"),
        (3, "likely_duplicate"),
    ]


async def test_the_template_filled_in_is_read(acts: Acts) -> None:
    answer = await acts(HANDLER).get("/api/v1/cases/import-template.xlsx")
    assert answer.status_code == 200
    book = load_workbook(BytesIO(answer.content))
    sheet = book["案件"]
    header = [cell.value for cell in sheet[1]]
    assert header == list(columns())
    lists = {rule.formula1 for rule in sheet.data_validations.dataValidation}
    assert len(lists) > 10
    assert book["填写说明"].max_row > len(header)
    assert sheet.column_dimensions["N"].number_format == "@"
    conduct, profit = (f"要素：{law().facts[name].name}" for name in ("conduct", "for_profit"))
    words = columns()[conduct].choices
    filled = dict(zip(HEADER, row(1), strict=True)) | {profit: "是", conduct: "、".join(list(words)[:2])}
    for name, value in filled.items():
        sheet.cell(2, header.index(name) + 1, value)
    stream = BytesIO()
    book.save(stream)
    told = (await upload(acts(HANDLER), stream.getvalue())).json()
    assert (told["entered"], told["rejected"]) == (1, [])
    case = (await acts(HANDLER).get("/api/v1/cases")).json()["items"][0]
    facts = (await acts(HANDLER).get(f"/api/v1/cases/{case['id']}")).json()["facts"]
    assert facts["for_profit"] is True
    assert facts["conduct"] == sorted(str(word) for word in list(words.values())[:2])


def empty_archive() -> bytes:
    stream = BytesIO()
    with ZipFile(stream, "w") as archive:
        archive.writestr("a.txt", "no sheet")
    return stream.getvalue()


@pytest.mark.parametrize(
    "content",
    [b"", b"a,b\n1,2\n", b"%PDF-1.7 x", b"PK\x03\x04 broken", empty_archive(), workbook([row(1)])[:-900]],
)
async def test_what_is_no_sheet_is_named(acts: Acts, content: bytes) -> None:
    answer = await upload(acts(HANDLER), content)
    assert (answer.status_code, answer.json()["code"]) == (422, "not_a_sheet")


@pytest.mark.parametrize(
    ("header", "code", "column"),
    [
        ([*HEADER[:-1], "处罚种别"], "unknown_column", "处罚种别"),
        ([*HEADER[:1], "", *HEADER[2:]], "column_missing", "案由"),
        ([*HEADER[:-1], "案由"], "column_twice", "案由"),
    ],
)
async def test_a_wrong_header_enters_nothing(acts: Acts, header: list[str], code: str, column: str) -> None:
    answer = await upload(acts(HANDLER), workbook([row(1)], header))
    assert (answer.status_code, answer.json()["code"]) == (422, "wrong_header")
    assert [(error["code"], error["field"]) for error in answer.json()["errors"]] == [(code, column)]
    assert not (await acts(HANDLER).get("/api/v1/cases")).json()["items"]


async def test_json_lines(acts: Acts) -> None:
    good = [json.dumps(case_body(source_id=str(number))) for number in range(3)]
    bad = [
        "{", "[1]", "\xff", json.dumps(case_body(cause="x", source_id="9")), "x" * (1024 * 1024 + 5),
        json.dumps({"cause": "fake_goods", "parties": [a_person()]}),
        '{"cause": "fake_goods", "source_id": "n", "fine_amount": NaN,'
        ' "parties": [{"kind": "unit", "name": "x"}]}',
    ]  # fmt: skip
    content = "\n".join([good[0], *bad, "", *good[1:]]).encode("latin-1", "replace")
    told = (await lines(acts(HANDLER), content)).json()
    assert told["entered"] == 3, told
    assert [(one["row"], one["column"], one["code"]) for one in told["rejected"]] == [
        (2, "", "not_json"),
        (3, "", "not_an_object"),
        (4, "", "not_utf8"),
        (5, "cause", "cause_unknown"),
        (6, "", "line_too_long"),
        (7, "organ_number", "source_id_required"),
        (8, "fine_amount", "amount_not_a_number"),
    ]
    again = (await lines(acts(HANDLER), content)).json()
    assert (again["entered"], again["already_entered"]) == (0, 3)


async def test_a_source_of_its_own_name(acts: Acts) -> None:
    answer = await acts(HANDLER).post(
        f"{IMPORT}?source_system=oa",
        content=json.dumps(case_body(source_id="1")).encode(),
        headers={"content-type": "application/x-ndjson"},
    )
    assert answer.json()["entered"] == 1
    [case] = (await acts(HANDLER).get("/api/v1/cases")).json()["items"]
    assert (await acts(HANDLER).get(f"/api/v1/cases/{case['id']}")).json()["source_system"] == "oa"


async def test_a_missing_file_is_named(acts: Acts) -> None:
    answer = await acts(HANDLER).post(IMPORT, files={"other": ("a.xlsx", b"x")})
    assert (answer.status_code, answer.json()["code"]) == (422, "file_missing")
    assert (await acts(HANDLER).post(IMPORT)).status_code == 422


async def test_who_may_import(acts: Acts, client: httpx.AsyncClient) -> None:
    content = workbook([row(1)])
    assert (await upload(acts("desk@320506-police"), content)).status_code == 403
    assert (await upload(acts("legal@320506-market"), content)).status_code == 403
    assert (await upload(client, content)).status_code == 401
    assert (await client.get("/api/v1/cases/import-template.xlsx")).status_code == 401
    assert (await upload(acts("feed@320506-market"), content)).json()["entered"] == 1
    assert (await acts("handler1@320583-market").get("/api/v1/cases")).json()["items"] == []
