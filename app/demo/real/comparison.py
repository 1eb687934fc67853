"""How sure an alarm is and how much each method finds: screening beside the two methods of the field."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.demo.real.field_methods import keyword_and_amount, largest_amount, one_amount
from app.demo.real.screening import Outcome

Method = Callable[[Outcome], bool]


def screened(outcome: Outcome) -> bool:
    """Screening's alarm."""
    return outcome.conclusion == "must_transfer"


METHODS: dict[str, Method] = {
    "screening": screened,
    "one amount against the charge's lowest (单一金额比对)": one_amount,
    "keyword, and amount against the charge's lowest (关键词加金额)": keyword_and_amount,
}


@dataclass(frozen=True)
class Score:
    """Alarms, those of them on cases that went to the police, all cases that did, and the silent ones."""

    alarms: int
    right: int
    went: int
    silent: int

    @property
    def precision(self) -> str:
        """Of the alarms, the share that went to the police."""
        return _share(self.right, self.alarms)

    @property
    def recall(self) -> str:
        """Of the cases that went to the police, the share with an alarm."""
        return _share(self.right, self.went)


def went_to_police(outcome: Outcome) -> bool:
    """Transferred, filed on supervision, or sent back by the procuratorate: all were cases of the police."""
    return outcome.case.expected != "not_transferred"


def score(outcomes: Sequence[Outcome], method: Method) -> Score:
    """How a method fares. Silent: went to the police, no alarm, and nothing asked."""
    alarms = [outcome for outcome in outcomes if method(outcome)]
    went = [outcome for outcome in outcomes if went_to_police(outcome)]
    silent = [
        outcome
        for outcome in went
        if outcome not in alarms and not (method is screened and outcome.conclusion == "undetermined")
    ]
    right = sum(map(went_to_police, alarms))
    return Score(len(alarms), right, len(went), len(silent))


def scores(outcomes: Sequence[Outcome]) -> list[tuple[object, ...]]:
    """One row a method: alarms, wrong ones, precision, recall, cases passed over in silence."""
    rows: list[tuple[object, ...]] = []
    for name, method in METHODS.items():
        found = score(outcomes, method)
        wrong = found.alarms - found.right
        rows.append((name, found.alarms, wrong, found.precision, found.recall, found.silent))
    return rows


def differing(outcomes: Sequence[Outcome]) -> list[tuple[Outcome, str, str]]:
    """Where a method alarms and the law does not, or is silent where it is reached, with both answers."""
    return [
        (outcome, _said(one_amount(outcome)), _said(keyword_and_amount(outcome)))
        for outcome in outcomes
        if outcome.conclusion != "undetermined"
        and not one_amount(outcome) == keyword_and_amount(outcome) == screened(outcome)
    ]


def why(outcome: Outcome) -> str:
    """What the methods compare, and what the law asks instead."""
    stated = largest_amount(outcome.case)
    amount = "来源未载任何金额" if stated is None else f"最大的所载金额{stated}元"
    if screened(outcome):
        met = [
            condition.statement
            for _, result in outcome.screened[:1]
            for finding in result.findings
            if finding.outcome == "reached"
            for condition in finding.conditions
            if condition.limb and condition.met
        ]
        return f"{amount}；达到的是：{met[0] if met else '行为本身'}"
    return f"{amount}；最低的一项另有条件，或者不是这种金额"


def _said(alarm: bool) -> str:
    return "alarm" if alarm else "—"


def _share(part: int, whole: int) -> str:
    return f"{part}/{whole} = {part / whole:.0%}" if whole else "—"
