"""`xianjie screen`: the contract of lines in and lines out."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app.law.screen_command import screen_lines

GOOD = {
    "id": "甲",
    "act_end_date": "2025-06-01",
    "decided_on": "2025-09-01",
    "facts": {"conduct": ["sell_counterfeit_goods"], "ip_sales_amount": 50000},
}


def _screened(*lines: str | bytes) -> tuple[int, list[dict[str, Any]]]:
    out = io.BytesIO()
    data = b"\n".join(line.encode() if isinstance(line, str) else line for line in lines)
    status = screen_lines(io.BytesIO(data), out)
    return status, [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_result_has_the_fields_of_the_contract() -> None:
    status, (result,) = _screened(json.dumps(GOOD))
    assert status == 0
    assert (result["id"], result["conclusion"], result["missing_facts"]) == ("甲", "must_transfer", [])
    (finding,) = result["findings"]
    assert finding["charge"] == "214"
    assert finding["outcome"] == "reached"
    assert finding["law_version"] == "214@2025"
    assert finding["assumptions"] == ["knowing"]
    assert finding.keys() >= {"track", "other_version", "conditions", "missing_facts", "questions", "near"}
    sales = next(one for one in finding["conditions"] if one["limb"] == "214n-2")
    assert sales["citation"].endswith("（法释〔2025〕5号）第5条第1款第1项")
    assert (sales["required"], sales["actual"], sales["met"]) == (
        "侵权商品销售金额 ≥ 50000元", {"ip_sales_amount": "50000"}, True,
    )  # fmt: skip
    gain = next(one for one in finding["conditions"] if one["limb"] == "214n-1")
    assert (gain["actual"], gain["met"]) == ({"illegal_gain": None}, None)


def test_a_sum_known_in_part_is_shown_as_a_lower_bound() -> None:
    facts = {"conduct": ["sell_counterfeit_goods"], "ip_unsold_value": "120000.50"}
    _, (result,) = _screened(json.dumps({**GOOD, "facts": facts}))
    total = next(one for one in result["findings"][0]["conditions"] if one["limb"] == "214n-7")
    assert total["actual"] == {"ip_sales_plus_unsold": "≥120000.5"}


@pytest.mark.parametrize(
    ("line", "code", "field"),
    [
        ("not json", "line_not_json", "line"),
        ('{"id": "a"', "line_not_json", "line"),
        ("[" * 100_000, "line_not_json", "line"),
        ("[1]", "line_not_object", "line"),
        ("null", "line_not_object", "line"),
        (b'{"id": "\xff"}', "line_not_utf8", "line"),
        ('{"id": "a"}', "facts_missing", "facts"),
        ('{"id": "a", "facts": []}', "facts_missing", "facts"),
        ('{"id": "a", "facts": {}, "fact": 1}', "field_unknown", "fact"),
        ('{"id": ["a"], "facts": {}}', "id_not_valid", "id"),
        ('{"id": true, "facts": {}}', "id_not_valid", "id"),
        ('{"id": "a", "facts": {"sales_amount": 1, "sales_amount": 2}}', "field_twice", "sales_amount"),
        ('{"id": "a", "id": "b", "facts": {}}', "field_twice", "id"),
        ('{"id": "a", "facts": {"sales": 1}}', "fact_unknown", "sales"),
        ('{"id": "a", "facts": {"sales_amount": NaN}}', "amount_not_a_number", "sales_amount"),
        ('{"id": "a", "facts": {"sales_amount": -Infinity}}', "amount_not_a_number", "sales_amount"),
        ('{"id": "a", "facts": {"sales_amount": -0.5}}', "amount_negative", "sales_amount"),
        ('{"id": "a", "facts": {"sales_amount": 1e999999999}}', "amount_too_large", "sales_amount"),
        ('{"id": "a", "facts": {"sales_amount": %s}}' % ("9" * 5000), "amount_too_large", "sales_amount"),
        ('{"id": "a", "act_end_date": "2025-02-29", "facts": {}}', "date_not_valid", "act_end_date"),
        ('{"id": "a", "decided_on": 2025, "facts": {}}', "date_not_valid", "decided_on"),
        ('{"id": "a", "act_end_date": "9999-01-01", "facts": {}}', "date_order", "act_end_date"),
        (
            '{"id": "a", "act_end_date": "2025-02-02", "decided_on": "2025-02-01", "facts": {}}',
            "date_order",
            "decided_on",
        ),
        (
            '{"id": "a", "act_end_date": "2025-02-02", "facts": {"act_end_date": "2025-02-01"}}',
            "act_end_date_contradicts",
            "act_end_date",
        ),
    ],
)
def test_a_bad_line_gives_an_error_in_its_place_and_the_rest_goes_on(
    line: str | bytes, code: str, field: str
) -> None:
    status, (first, bad, last) = _screened(json.dumps(GOOD), line, json.dumps(GOOD))
    assert status == 1
    assert first == last
    assert first["conclusion"] == "must_transfer"
    assert (bad["line"], bad["error"]["code"], bad["error"]["field"]) == (2, code, field)
    assert bad["error"]["detail"].startswith("第2行：")
    assert "findings" not in bad


def test_the_id_of_a_bad_line_is_kept_where_it_can_be_read() -> None:
    _, (bad,) = _screened('{"id": 7, "facts": {"sales": 1}}')
    assert bad["id"] == 7


def test_blank_lines_are_skipped_and_lines_keep_their_number() -> None:
    status, results = _screened("", "  ", json.dumps(GOOD), "\r", "nonsense")
    assert status == 1
    assert [result.get("line") for result in results] == [None, 5]


def test_figures_are_decimals_never_floats() -> None:
    facts = (
        '{"conduct": ["sell_counterfeit_goods"], "knowing": "yes", "illegal_gain": 0, "ip_unsold_value": 0,'
    )
    facts += ' "prior_punish_2y_tm": false, "ip_sales_amount": 49999.99999999999999999}'
    line = '{"id": 1, "act_end_date": "2025-06-01", "decided_on": "2025-09-01", "facts": %s}'
    _, (result,) = _screened(line % facts)
    assert result["conclusion"] == "near"


def test_a_byte_order_mark_and_lone_surrogates_do_no_harm() -> None:
    status, (result,) = _screened(b"\xef\xbb\xbf" + json.dumps({**GOOD, "id": "\ud800"}).encode())
    assert (status, result["id"]) == (0, "\ud800")


def test_no_date_of_decision_means_today() -> None:
    case = {"id": 1, "act_end_date": "2025-06-01", "facts": GOOD["facts"]}
    _, (result,) = _screened(json.dumps(case))
    assert result["findings"][0]["law_version"] == "214@2025"


def _command(*arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "app.cli", "screen", *arguments], input=given, capture_output=True, check=False
    )


def test_the_command_reads_files_and_standard_input(tmp_path: Path) -> None:
    line = json.dumps(GOOD, ensure_ascii=False).encode() + b"\n"
    file = tmp_path / "cases.jsonl"
    file.write_bytes(line * 2)
    from_file, from_input = _command(str(file)), _command("-", given=line * 2)
    assert from_file.returncode == from_input.returncode == 0
    assert from_file.stdout == from_input.stdout
    assert from_file.stdout.decode().count("must_transfer") == 2


def test_a_file_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    done = _command(str(tmp_path / "none.jsonl"))
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.count(b"\n") == 1
    assert _command().returncode == 2
