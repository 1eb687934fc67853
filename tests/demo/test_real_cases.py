"""The published cases: that the reading invents nothing, and what it makes of ten of them, told by hand."""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from app.demo.real.reading import ReadFigure, act_end, applied_on, read_figures, readings, rules
from app.demo.real.records import FOLDER, RealCase, real_cases
from app.demo.real.report import agrees, charges_named, charges_reached, report
from app.demo.real.screening import (
    ScreeningInput,
    known_act_end,
    known_facts,
    outcome,
    screening_inputs,
)
from app.demo.real_cases import main, renewed
from app.law.given_facts import parse_facts
from app.law.models import FIGURES
from app.law.screen_command import screen_lines
from app.law.statutes import law

CASES = {case.id: case for case in real_cases()}
each_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)
DOCUMENT = Path(__file__).parents[2] / "docs" / "real-cases.md"


def facts_of(case_id: str) -> list[dict[str, object]]:
    return [dict(each.facts) for each in screening_inputs(CASES[case_id])]


def conclusion(case_id: str) -> str:
    return outcome(CASES[case_id]).conclusion


def test_there_are_98_cases_each_read_once() -> None:
    happened = Counter(case.expected for case in CASES.values())
    assert happened == {"transferred": 62, "not_transferred": 24, "reverse": 6, "supervised_filing": 6}
    assert len(real_cases()) == 98
    assert readings().keys() == CASES.keys()


@each_case
def test_every_fact_is_in_the_vocabulary_with_an_allowed_value(case: RealCase) -> None:
    for each in screening_inputs(case):
        parse_facts(each.facts)
    reading = readings()[case.id]
    for amount in reading.amounts.values():
        for name in amount.facts:
            assert law().facts[name].type in FIGURES
            assert not law().facts[name].derived


@each_case
def test_every_figure_fed_in_stands_in_the_record(case: RealCase) -> None:
    """The other side of a divided total is the only zero that may be added."""
    held = [*case.figures.values(), *case.derived.values(), *case.counts.values()]
    stated = {figure.value for figure in held}
    divided = {name for figure in read_figures(case) for name in figure.meaning.total_of or ()}
    for each in screening_inputs(case):
        for name, value in each.facts.items():
            if law().facts[name].type in FIGURES:
                assert value in stated or (value == 0 and name in divided), name


@each_case
def test_a_derived_figure_follows_from_stated_ones(case: RealCase) -> None:
    values = {name: figure.value for name, figure in (case.counts | case.figures).items()}
    for figure in case.derived.values():
        names = set(re.findall(r"[a-z_]+", figure.formula))
        assert names <= values.keys()
        numbers = re.sub(r"\b(\d+(?:\.\d+)?)\b", r"Decimal('\1')", figure.formula)
        assert eval(numbers, {"__builtins__": {}, "Decimal": Decimal}, values) == figure.value


@each_case
def test_what_is_read_is_justified(case: RealCase) -> None:
    reading = readings()[case.id]
    stated = [reading.conduct, *reading.facts.values(), *reading.amounts.values(), reading.act_end]
    assert all(one.because.strip() for one in stated if one)
    assert reading.conduct or "conduct" in reading.left
    for name in {*reading.facts, *reading.left}:
        known = name in law().facts or case.figure(name) or name in law().facts["conduct"].values
        assert known, name


@each_case
def test_no_figure_is_passed_over_in_silence(case: RealCase) -> None:
    """Each figure is read, or the rules or the reading say why not."""
    reading = readings()[case.id]
    conduct = (
        set(reading.conduct.value) if reading.conduct and isinstance(reading.conduct.value, list) else set()
    )
    ruled = {rule.figure for rule in rules().figures if rule.conduct & conduct}
    explained = ruled | rules().never.keys() | reading.amounts.keys() | reading.left.keys()
    for name in [*case.figures, *case.derived]:
        assert name in explained or "conduct" in reading.left, name


def test_an_amount_of_unnamed_kind_is_never_read() -> None:
    read = {figure.name for case in CASES.values() for figure in read_figures(case)}
    assert "case_value" not in read
    assert not read & rules().never.keys()
    assert sum("case_value" in case.figures for case in CASES.values()) == 22


def test_every_word_of_approximation_has_a_rule() -> None:
    for case in CASES.values():
        for figure in [*case.figures.values(), *case.derived.values(), *case.counts.values()]:
            low, high = rules().spread(figure.said)
            assert 0 < low <= 1 <= high
            assert (low == high) == (figure.said is None)


@each_case
def test_an_approximate_figure_counts_only_where_its_whole_span_agrees(case: RealCase) -> None:
    """Found again by hand: the least and the greatest true amounts give the conclusion that was drawn."""
    found = outcome(case)
    vague = {
        figure for figure in read_figures(case) if not figure.exact and figure.name not in found.unsettled
    }
    for each, result in found.screened:
        for end in ("low", "high"):
            moved = dict(each.facts)
            for figure in vague:
                for name in figure.meaning.facts:
                    if each.facts[name] == figure.value:
                        moved[name] = getattr(figure, end)
            shifted = ScreeningInput(each.id, each.act_end_date, each.decided_on, each.division, moved)
            assert shifted.screen().conclusion == result.conclusion


@each_case
def test_the_days_lie_in_the_era(case: RealCase) -> None:
    era = rules().eras[case.era]
    for each in screening_inputs(case):
        assert era.first is not None
        assert era.first <= each.act_end_date <= (era.last or date.max)
        assert each.act_end_date <= each.decided_on


def test_a_case_without_dates_is_tried_under_every_standard_of_its_era() -> None:
    days = [each.act_end_date for each in screening_inputs(CASES["RC032"])]
    assert days == [date(2004, 12, 22), date(2010, 5, 7)]  # IP2004, and the limbs of 2010
    assert outcome(CASES["RC032"]).conclusion == "must_transfer"
    unknown = [each.act_end_date for each in screening_inputs(CASES["RC015"])]
    assert date(2025, 4, 26) in unknown


def test_days_that_the_source_states_narrow_the_era() -> None:
    period = act_end(CASES["RC086"])
    assert (period.first, period.last) == (date(2022, 10, 26), date(2022, 10, 26))
    assert applied_on(CASES["RC001"]) == date(2021, 4, 6)  # transfer
    assert applied_on(CASES["RC066"]) == date(2025, 1, 3)  # decision
    assert applied_on(CASES["RC015"]) is None


def test_seized_stock_is_unsold_rc012() -> None:
    assert facts_of("RC012") == [
        {"conduct": ["sell_counterfeit_goods"], "ip_unsold_value": Decimal(3755400)},
    ]
    assert conclusion("RC012") == "must_transfer"


def test_goods_value_without_division_is_tried_both_ways_rc001() -> None:
    sold, unsold = facts_of("RC001")
    assert (sold["ip_sales_amount"], sold["ip_unsold_value"]) == (1000000, 0)
    assert (unsold["ip_sales_amount"], unsold["ip_unsold_value"]) == (0, 1000000)
    assert conclusion("RC001") == "must_transfer"


def test_more_than_100000_unsold_may_lie_beyond_150000_rc011() -> None:
    assert outcome(CASES["RC011"]).unsettled == ("goods_value",)
    assert all("ip_unsold_value" not in facts for facts in facts_of("RC011"))
    assert conclusion("RC011") == "undetermined"


def test_sold_and_unsold_at_eight_tenths_rc025() -> None:
    for facts in facts_of("RC025"):
        assert facts["ip_sales_amount"] == Decimal("30332.64")
        assert facts["ip_unsold_value"] == Decimal("90155.52")
        assert "illegal_turnover" not in facts
    assert conclusion("RC025") == "near"


def test_printed_labels_rc014() -> None:
    assert all(facts["label_pieces"] == 2000000 for facts in facts_of("RC014"))
    assert conclusion("RC014") == "must_transfer"


def test_few_bottles_rc069() -> None:
    (facts,) = facts_of("RC069")
    assert (facts["ip_sales_amount"], facts["ip_unsold_value"]) == (0, 4765)
    assert conclusion("RC069") == "not_reached"


def test_copies_beyond_500_punished_by_fine_rc063() -> None:
    assert all(facts["copies_count"] == 3793 for facts in facts_of("RC063"))
    assert CASES["RC063"].looks_over_threshold
    assert conclusion("RC063") == "must_transfer"


def test_belts_made_to_order_rc087() -> None:
    assert {(facts["illegal_turnover"], facts["knowing"]) for facts in facts_of("RC087")} == {(66500, "yes")}
    assert conclusion("RC087") == "must_transfer"


def test_fake_seed_rc132() -> None:
    assert all(facts["sales_amount"] == Decimal(4966500) for facts in facts_of("RC132"))
    assert conclusion("RC132") == "must_transfer"


def test_coffee_with_sibutramine_rc112() -> None:
    assert all(facts["toxic_nonfood_added"] is True for facts in facts_of("RC112"))
    assert conclusion("RC112") == "must_transfer"


def test_conduct_that_no_charge_knows_stays_out_rc131() -> None:
    assert all("conduct" not in facts for facts in facts_of("RC131"))
    assert conclusion("RC131") == "undetermined"


def test_the_greatest_part_is_kept() -> None:
    (gain,) = read_figures(CASES["RC061"])
    assert (gain.name, gain.value, gain.exact) == ("illegal_gain_lin", Decimal(450000), False)


def test_the_fact_itself_displaces_its_parts() -> None:
    figures: list[ReadFigure] = read_figures(CASES["RC087"])
    assert [(figure.name, figure.meaning.fact) for figure in figures] == [
        ("illegal_turnover", "illegal_turnover")
    ]


def test_what_can_be_entered_holds_whichever_way_a_total_is_divided() -> None:
    assert known_facts(CASES["RC001"]) == {"conduct": ["sell_counterfeit_goods"], "party_type": "person"}
    assert known_act_end(CASES["RC001"]) is None
    assert known_facts(CASES["RC086"])["ip_unsold_value"] == 242200
    assert known_act_end(CASES["RC086"]) == date(2022, 10, 26)


def test_the_charge_that_the_source_names_is_the_one_found() -> None:
    assert set(rules().charges.values()) <= law().charges.keys()
    found = [outcome(case) for case in CASES.values()]
    reached = [each for each in found if each.conclusion == "must_transfer" and charges_named(each)]
    others = {each.case.id for each in reached if not charges_named(each) & charges_reached(each)}
    assert others == {"RC153"}  # counted in cigarettes, which article 225 asks for and article 140 does not
    assert len(reached) > 10


def test_the_one_disagreement_is_explained() -> None:
    disagreements = [case.id for case in CASES.values() if agrees(outcome(case)) is False]
    assert disagreements == ["RC063"]
    assert readings()["RC063"].remark


def test_the_screening_inputs_are_what_the_command_reads(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--jsonl"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {line["id"].partition("/")[0] for line in lines} == CASES.keys()
    assert len({line["id"] for line in lines}) == len(lines)
    assert all(line.keys() == {"id", "act_end_date", "decided_on", "facts"} for line in lines)


def test_the_command_concludes_what_the_report_counts(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--jsonl"])
    answers = io.BytesIO()
    assert screen_lines(io.BytesIO(capsys.readouterr().out.encode()), answers) == 0
    said = {line["id"]: line["conclusion"] for line in map(json.loads, answers.getvalue().splitlines())}
    counted = {
        each.id: result.conclusion for case in CASES.values() for each, result in outcome(case).screened
    }
    assert said == counted


def test_the_document_says_what_screening_says_today() -> None:
    document = DOCUMENT.read_text(encoding="utf-8")
    assert renewed(document) == document, "run: python -m app.demo.real_cases --docs docs/real-cases.md"
    assert report(outcome(case) for case in real_cases()) in document


def test_a_document_without_markers_is_refused() -> None:
    with pytest.raises(ValueError, match="markers"):
        renewed("nothing to renew")


def test_the_data_names_no_place_of_any_machine() -> None:
    for file in FOLDER.glob("*"):
        if file.suffix in {".jsonl", ".yaml"}:
            assert not re.search(r"/(work|root|home|tmp)/|shared", file.read_text(encoding="utf-8"))
