"""What screening says of the published cases beside what really happened, as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from app.demo.real.comparison import differing, scores, why
from app.demo.real.reading import readings, rules
from app.demo.real.records import Expected
from app.demo.real.screening import Doubt, Outcome
from app.law.statutes import law

EXPECTED: dict[Expected, str] = {
    "transferred": "transferred to or taken up by the police (移送)",
    "supervised_filing": "filed after the procuratorate stepped in (立案监督)",
    "reverse": "not prosecuted, sent back for a penalty (反向移送)",
    "not_transferred": "administrative penalty only (仅行政处罚)",
}
CONCLUSIONS = {
    "must_transfer": "must transfer (应当移送)",
    "near": "near (接近)",
    "not_reached": "not reached (未达)",
    "undetermined": "cannot yet be told (待查明)",
}
DOUBTS: dict[Doubt, str] = {
    "act_end_date": "行为终了日未载，各时期的标准结论不一",
    "division": "已售与未售未分，两种分法结论不一",
}
_SHOWN_FACTS = 6
_SCORES = ("method", "alarms", "of these on a penalty only", "precision", "recall", "passed over in silence")
_METHODS = (
    "Precision: of the alarms, the share on cases that went to the police (transferred, filed on supervision,"
    " or sent back by the procuratorate). Recall: of the cases that did, the share with an alarm. Passed over"
    " in silence: such a case without an alarm, and nothing asked. The two methods take the largest stated"
    " amount, whatever it measures, also a 涉案金额 of unnamed kind; screening asks what the amount is."
)


def agrees(outcome: Outcome) -> bool | None:
    """Whether screening says what happened; None where it cannot yet be told."""
    if outcome.conclusion == "undetermined":
        return None
    return (outcome.conclusion == "must_transfer") == (outcome.case.expected != "not_transferred")


def has_figure(outcome: Outcome) -> bool:
    """Whether anything that a threshold measures was fed in, beside the conduct and the kind of goods."""
    described = {"conduct", "party_type", "product_category", "quality_defect"}
    described |= {"knowing", "for_profit", "illegal_business_type"}
    return any(not described.issuperset(each.facts) for each, _ in outcome.screened)


def charges_named(outcome: Outcome) -> frozenset[str]:
    """The articles of the charges that the source names."""
    return frozenset(rules().charges[name] for name in outcome.case.charge if name in rules().charges)


def charges_reached(outcome: Outcome) -> frozenset[str]:
    """The articles of the charges reached on every possible day and division."""
    reached = [
        frozenset(finding.charge for finding in result.findings if finding.outcome == "reached")
        for _, result in outcome.screened
    ]
    return reached[0].intersection(*reached)


def report(outcomes: Iterable[Outcome]) -> str:
    """The headline, the table of results, the disagreements, and what cannot yet be told and why."""
    all_of_them = list(outcomes)
    clear = [outcome for outcome in all_of_them if not outcome.case.ambiguous]
    parts = [
        _headline(clear),
        f"### All {len(all_of_them)} cases",
        _results(all_of_them),
        f"### The {len(clear)} whose outcome the source states without ambiguity",
        _results(clear),
        "### Beside the methods in use",
        _METHODS,
        f"All {len(all_of_them)} cases:",
        _table(_SCORES, scores(all_of_them)),
        f"The {len(clear)} whose outcome is unambiguous:",
        _table(_SCORES, scores(clear)),
        "Where a method and the law part, of the cases on which the law is certain:",
        _table(
            ("case", "what happened", "screening", "one amount", "keyword and amount", "why (原因)"),
            map(_parted, differing(all_of_them)),
        ),
        "### Disagreements",
        _table(
            ("case", "what happened", "screening", "why"), map(_disagreement, filter(_disagrees, all_of_them))
        ),
        "### Cannot yet be told",
        _table(
            ("case", "what happened", "why (原因)", "what would tell (待查明)"),
            map(_open, filter(_untold, all_of_them)),
        ),
    ]
    return "\n\n".join(parts) + "\n"


def summary(outcomes: Iterable[Outcome]) -> str:
    """In short: the headline, and how the methods fare on the cases whose outcome is unambiguous."""
    clear = [outcome for outcome in outcomes if not outcome.case.ambiguous]
    return f"{_headline(clear)}\n\n{_table(_SCORES, scores(clear))}\n\n{_METHODS}\n"


def _headline(clear: list[Outcome]) -> str:
    police = [outcome for outcome in clear if outcome.case.expected == "transferred"]
    found = [outcome for outcome in police if outcome.conclusion == "must_transfer"]
    measured = [outcome for outcome in police if has_figure(outcome)]
    penalties = [outcome for outcome in clear if outcome.case.expected == "not_transferred"]
    flagged = [outcome for outcome in penalties if outcome.conclusion == "must_transfer"]
    missed = [outcome for outcome in police if agrees(outcome) is False]
    named = [outcome for outcome in found if charges_named(outcome)]
    same = [outcome for outcome in named if charges_named(outcome) & charges_reached(outcome)]
    sentences = [
        f"Of {len(police)} cases that went to the police, screening finds {len(found)};",
        f"of the {len(measured)} whose source gives anything that a threshold measures,",
        f"{sum(outcome in found for outcome in measured)}.",
        f"Of the {len(named)} found whose source names a charge, {len(same)} are found under that charge.",
        f"It calls {len(missed)} of the {len(police)} below the threshold;",
        "the others stay open, with the missing facts named.",
        f"Of {len(penalties)} cases that ended with an administrative penalty,",
        f"{len(flagged)} are falsely flagged.",
    ]
    return " ".join(sentences)


def _results(outcomes: list[Outcome]) -> str:
    rows = []
    for expected, name in EXPECTED.items():
        group = [outcome.conclusion for outcome in outcomes if outcome.case.expected == expected]
        rows.append((name, len(group), *(group.count(conclusion) for conclusion in CONCLUSIONS)))
    return _table(("what happened", "cases", *CONCLUSIONS.values()), rows)


def _disagrees(outcome: Outcome) -> bool:
    return agrees(outcome) is False


def _untold(outcome: Outcome) -> bool:
    return agrees(outcome) is None


def _disagreement(outcome: Outcome) -> tuple[str, ...]:
    remark = readings()[outcome.case.id].remark or ""
    return _name(outcome), _happened(outcome), CONCLUSIONS[outcome.conclusion], remark


def _parted(row: tuple[Outcome, str, str]) -> tuple[str, ...]:
    outcome, one, keyword = row
    return _name(outcome), _happened(outcome), CONCLUSIONS[outcome.conclusion], one, keyword, why(outcome)


def _open(outcome: Outcome) -> tuple[str, ...]:
    case, reading = outcome.case, readings()[outcome.case.id]
    why = [reading.remark] if reading.remark else []
    why += [DOUBTS[doubt] for doubt in outcome.doubts]
    why += [f"约数{_amount(outcome, name)}可能在起点上下，未采用" for name in outcome.unsettled]
    why += [rules().never[name] for name in case.figures if name == "case_value"]
    if not has_figure(outcome) and "case_value" not in case.figures:
        why.append("来源未载立案追诉标准所问的数额或情形")
    why += reading.left.values()
    return _name(outcome), _happened(outcome), "；".join(why) or "所载数额不足以下结论", _facts(outcome)


def _amount(outcome: Outcome, name: str) -> str:
    figure = outcome.case.figure(name)
    return f"“{figure.said or ''}{figure.value}”" if figure else name


def _facts(outcome: Outcome) -> str:
    names = [law().facts[name].name for name in outcome.missing_facts if name in law().facts]
    more = f" 等{len(names)}项" if len(names) > _SHOWN_FACTS else ""
    return "、".join(names[:_SHOWN_FACTS]) + more


def _name(outcome: Outcome) -> str:
    return f"{outcome.case.id} {outcome.case.title}"


def _happened(outcome: Outcome) -> str:
    return outcome.case.expected.replace("_", " ") + (" (ambiguous)" if outcome.case.ambiguous else "")


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    cells = [[str(cell).replace("|", "\\|") for cell in row] for row in (head, ["---"] * len(head), *rows)]
    return "\n".join("| " + " | ".join(row) + " |" for row in cells)
