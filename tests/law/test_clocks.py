"""The clocks of the statutes: their lengths by article, their marks, and the command that computes them."""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from app.cli import main
from app.law.clocks import (
    Length,
    UnknownClockError,
    clock,
    clocks,
    counting_rules,
    instruments,
    told_of_expiry,
)
from app.law.due_times import Extended, Halt, Reading, due
from app.law.legal_days import Pause, Unit, published_calendar
from app.law.reading import LawDataError, LawModel, read

CALENDAR = published_calendar()


def test_there_are_forty_nine_clocks_and_each_says_how_surely_it_is_known() -> None:
    assert len(clocks()) == 53
    assert len(counting_rules()) == 11
    for one in clocks().values():
        assert one.mark in {"v", "s", "m", "rule"}
        assert one.basis or one.mark == "rule", one.id


@pytest.mark.parametrize(
    ("name", "length", "instrument", "article"),
    [
        ("transfer_decision", (3, Unit.DAY), "YS2020", "第5条第2款"),
        ("transfer_sending", (24, Unit.HOUR), "YS2020", "第5条第2款"),
        ("supplement_notice", (24, Unit.HOUR), "MPS2020", "第180条第2款"),
        ("supplement", (3, Unit.DAY), "MPS2020", "第180条第2款"),
        ("pass_on", (24, Unit.HOUR), "YS2020", "第7条"),
        ("review", (3, Unit.DAY), "YS2020", "第8条"),
        ("goods_handover", (3, Unit.DAY), "YS2020", "第12条"),
        ("reconsideration_request", (3, Unit.DAY), "YS2020", "第9条第1款"),
        ("reconsideration_decision", (3, Unit.DAY), "YS2020", "第9条第2款"),
        ("supervision_request", (3, Unit.DAY), "YS2020", "第9条第2款"),
        ("explain_refusal", (7, Unit.DAY), "SPP2019", "第560条"),
        ("explain_delay", (7, Unit.DAY), "SPP2019", "第562条"),
        ("answer_organ", (10, Unit.DAY), "SPP2019", "第561条第2款"),
        ("file_on_notice", (15, Unit.DAY), "MPS2020", "第182条第2款"),
        ("evidence_registration", (7, Unit.WORKDAY), "APL2021", "第56条"),
        ("decision_delivery", (7, Unit.WORKDAY), "APL2021", "第61条"),
        ("case_decision", (90, Unit.DAY), "APL2021", "第60条"),
        ("penalty_limitation", (2, Unit.YEAR), "APL2021", "第36条"),
        ("seizure", (30, Unit.DAY), "AEL2011", "第25条"),
        ("publication", (20, Unit.WORKDAY), "SAMR_PUB", "第9条"),
        ("suggestion_reply", (2, Unit.MONTH), "SPP_JY2019", "第19条"),
    ],
)
def test_a_length_stands_in_an_article(
    name: str, length: tuple[int, Unit], instrument: str, article: str
) -> None:
    one = clock(name)
    assert one.length is not None
    assert (one.length.n, one.length.unit) == length
    assert any(basis.instrument == instrument and basis.article == article for basis in one.basis)


def test_what_is_not_sure_is_carried_along() -> None:
    assert clock("report_transfer").mark == "rule"
    assert "对行政移送案件是否适用有争议" in (clock("review").uncertain or "")
    assert {basis.mark for variant in clock("review").variants for basis in variant.basis} == {"s"}
    assert clock("case_filing").mark == "m"
    assert instruments()["MPS2016_16"].mark == "m"


def test_only_the_base_length_counts() -> None:
    """The 7 and 30 days of 公通字〔2015〕32号 are variants, never applied by themselves."""
    assert due(clock("review"), datetime(2026, 3, 2, 9), CALENDAR).at == datetime.fromisoformat(  # noqa: DTZ001
        "2026-03-05T23:59:59+08:00"
    )


def reading(n: int, unit: Unit) -> Reading:
    return Reading(Length(n=n, unit=unit), "本机关设定")


def test_an_approval_or_the_setting_of_the_organ_replaces_length_or_unit() -> None:
    start = datetime.fromisoformat("2026-09-29T10:00+08:00")
    longer = due(clock("review"), start, CALENDAR, reading=reading(7, Unit.DAY))
    assert longer.at == datetime.fromisoformat("2026-10-08T23:59:59+08:00")
    working = due(clock("transfer_decision"), start, CALENDAR, reading=reading(3, Unit.WORKDAY))
    assert working.at == datetime.fromisoformat("2026-10-09T23:59:59+08:00")
    assert "口径：按3个工作日计算（本机关设定），规定为3日" in working.reasons
    named = due(clock("supervision_letter_reply"), start, CALENDAR, reading=reading(10, Unit.DAY))
    assert named.at == datetime.fromisoformat("2026-10-09T23:59:59+08:00")
    assert "口径：按10日计算（本机关设定），规定未写明天数：按文书写明" in named.reasons


def test_an_extension_and_the_days_of_a_test_move_the_end_and_are_told() -> None:
    """行政处罚法第60条: 90 days, 30 more, without the days of a test."""
    start = datetime.fromisoformat("2026-03-02T09:00+08:00")
    tested = Pause("检测检验检疫鉴定", date(2026, 3, 10), date(2026, 3, 20))
    more = Extended(30, "负责人批准，吴市监延〔2026〕3号")
    found = due(clock("case_decision"), start, CALENDAR, extensions=[more], pauses=[tested])
    assert found.at == datetime.fromisoformat("2026-07-10T23:59:59+08:00")
    assert "延长30日（负责人批准，吴市监延〔2026〕3号），合计120日" in found.reasons
    assert "“检测检验检疫鉴定”自2026年3月10日至2026年3月19日共10日不计入期间" in found.reasons


def test_a_clock_that_stands_still_has_no_due_time_and_says_since_when() -> None:
    start = datetime.fromisoformat("2026-03-02T09:00+08:00")
    found = due(clock("reverse_review"), start, CALENDAR, halt=Halt("被害人申诉或自诉", start))
    assert found.at is None
    assert "自2026年3月2日起因“被害人申诉或自诉”暂停计算，恢复后重新推算到期日" in found.reasons


def test_the_reasons_lead_from_the_event_to_the_end() -> None:
    found = due(clock("goods_handover"), datetime.fromisoformat("2026-09-29T10:00+08:00"), CALENDAR)
    assert found.reasons[0] == "起算事件：收到立案通知书（2026年9月29日10:00）"
    assert found.reasons[1].startswith("口径：规定未写明工作日或自然日")
    assert found.reasons[2].startswith("起算日2026年9月29日不计入，期间为3日")
    assert found.reasons[3].startswith("末日2026年10月2日为休息日，顺延至其后第一个工作日2026年10月8日")
    assert found.reasons[4] == "依据：《行政执法机关移送涉嫌犯罪案件的规定》第12条"


def test_the_days_of_the_transfer_rules_may_be_working_days_and_the_rules_of_the_platform_set() -> None:
    """国务院令第310号 writes 3日; what no law fixes an organ may set; all else stands."""
    units = {one.id for one in clocks().values() if one.settable == "unit"}
    assert units == {
        "transfer_decision",
        "review",
        "goods_handover",
        "reconsideration_request",
        "reconsideration_decision",
        "supervision_request",
    }
    rules = {one.id for one in clocks().values() if one.settable == "length"}
    assert rules == {one.id for one in clocks().values() if one.mark == "rule" and one.length}
    assert clock("file_on_notice").settable is None


def test_who_is_told_of_an_expiry_stands_in_the_data() -> None:
    assert told_of_expiry(clock("report_transfer")) == ("holder", "superior", "procuratorate")
    assert told_of_expiry(clock("explain_delay")) == ("holder", "procuratorate")
    assert told_of_expiry(clock("file_on_notice")) == ("holder", "procuratorate", "procuratorate_superior")
    assert told_of_expiry(clock("supplement")) == ("holder", "superior", "procuratorate")


@pytest.mark.parametrize("name", ["obvious_crime", "receipt", "duty_crime_clue", "supervision_letter_reply"])
def test_a_clock_without_length_has_no_due_time_but_a_reason(name: str) -> None:
    found = due(clock(name), datetime.fromisoformat("2026-09-29T10:00+08:00"), CALENDAR)
    assert found.at is None
    assert not found.provisional
    assert "没有固定期限" in found.reasons[0]


def test_an_unknown_clock_names_the_nearest() -> None:
    with pytest.raises(UnknownClockError) as caught:
        clock("transfer_desision")
    assert caught.value.nearest[0] == "transfer_decision"


def ask(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[dict[str, Any]]]:
    status = main(["clocks", *arguments])
    return status, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_the_command_answers_one_question(capsys: pytest.CaptureFixture[str]) -> None:
    status, (found,) = ask(capsys, "due", "transfer_sending", "--from", "2026-03-03T16:20")
    assert status == 0
    assert list(found) == ["clock", "from", "due", "provisional", "reasons"]
    assert found["from"] == "2026-03-03T16:20:00+08:00"
    assert found["due"] == "2026-03-04T17:00:00+08:00"
    assert found["provisional"] is False
    assert any("第5条第2款" in reason for reason in found["reasons"])


def test_the_command_lists_every_clock(capsys: pytest.CaptureFixture[str]) -> None:
    status, found = ask(capsys, "list")
    assert status == 0
    assert [one["id"] for one in found] == list(clocks())


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("reviw", "--from", "2026-03-03"), "clock_unknown"),
        (("review", "--from", "2026-02-30"), "from_not_a_time"),
        (("transfer_sending", "--from", "2026-03-03"), "from_without_hour"),
        (("review", "--from", "9999-12-31"), "time_out_of_range"),
        (("publicity_long", "--from", "9998-12-31"), "time_out_of_range"),
    ],
)
def test_a_bad_question_is_answered_with_a_remedy(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], code: str
) -> None:
    status, (found,) = ask(capsys, "due", *arguments)
    assert status == 1
    assert found["error"]["code"] == code
    assert found["error"]["detail"]


@pytest.mark.parametrize("arguments", [("review",), ("-", "--from", "2026-03-03")])
def test_usage(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]) -> None:
    assert main(["clocks", "due", *arguments]) == 2
    assert "--from" in capsys.readouterr().err


BAD_LINES: list[tuple[bytes, str]] = [
    (b"{", "not_json"),
    (b"[]", "not_an_object"),
    (b"3", "not_an_object"),
    (b'{"clock": "review", "from": NaN}', "not_json"),
    (b'{"clock": "review"}', "from_missing"),
    (b'{"from": "2026-03-03"}', "clock_missing"),
    (b'{"clock": 7, "from": "2026-03-03"}', "clock_missing"),
    (b'{"clock": "review", "from": 20260303}', "from_missing"),
    (b'{"clock": "review", "from": "soon"}', "from_not_a_time"),
    (b'{"clock": "review", "from": "2026-03-03", "till": 1}', "field_unknown"),
    (b'{"clock": "review", "clock": "review", "from": "2026-03-03"}', "key_twice"),
    (b'{"clock": "\\ud800", "from": "2026-03-03"}', "clock_unknown"),
    (b"\xff\xfe", "not_utf8"),
    (b"[" * 100_000, "not_json"),
]


@pytest.mark.parametrize(("bad", "code"), BAD_LINES)
def test_a_bad_line_is_answered_in_its_place_and_the_rest_goes_on(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, bad: bytes, code: str
) -> None:
    good = b'{"id": 7, "clock": "review", "from": "2026-03-03"}'
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\n".join([good, b"", bad, good]))))
    status, found = ask(capsys, "due", "-")
    assert status == 1
    assert [line.get("due") for line in found] == [
        "2026-03-06T23:59:59+08:00",
        None,
        "2026-03-06T23:59:59+08:00",
    ]
    assert found[1]["line"] == 3
    assert found[1]["error"]["code"] == code
    assert found[0]["id"] == 7


def test_the_command_speaks_utf8_whatever_the_locale() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "app.cli", "clocks", "due", "-"],
        input=b'{"clock": "review", "from": "2026-03-03"}\n',
        capture_output=True,
        env={"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        cwd=Path(__file__).parents[2],
        check=True,
    )
    assert "依据" in json.loads(run.stdout.decode())["reasons"][-1]


def test_a_reader_that_has_seen_enough_is_no_accident() -> None:
    lines = b'{"clock": "review", "from": "2026-03-03"}\n' * 5_000
    with subprocess.Popen(
        [sys.executable, "-m", "app.cli", "clocks", "due", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    ) as run:
        assert run.stdin is not None
        assert run.stdout is not None
        assert run.stderr is not None
        run.stdout.close()
        with contextlib.suppress(BrokenPipeError):
            run.stdin.write(lines)
            run.stdin.close()
        assert run.stderr.read() == b""
        assert run.wait() == 1


class Record(LawModel):
    """A law file as small as can be."""

    clocks: tuple[dict[str, int], ...]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("clocks:\n- {a: 1}\n- {a: x}\n", 3),
        ("clocks: []\nclock: 1\n", 2),
        ("clocks: []\nclocks: []\n", 2),
        ("clocks:\n- {a: 1\n", 3),
    ],
)
def test_bad_law_data_are_refused_with_file_and_line(tmp_path: Path, text: str, line: int) -> None:
    file = tmp_path / "clocks.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(LawDataError) as caught:
        read(file, Record)
    assert caught.value.line == line
    assert caught.value.remedy
    assert str(caught.value).startswith(f"{file}:{line} ")
