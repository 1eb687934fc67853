"""The two methods in use in the field, on the same cases: one amount, and keyword with amount.

Both know amounts only: the largest that the source states, of whatever kind, against the lowest amount that
the charge's filing standard names, under whatever further condition.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from app.demo.real.reading import circumstances, rules
from app.demo.real.records import RealCase
from app.demo.real.screening import Outcome
from app.law.given_facts import parse_facts
from app.law.models import Charge
from app.law.notation import comparisons
from app.law.screening import screen
from app.law.statutes import law


def one_amount(outcome: Outcome) -> bool:
    """Any stated amount against the lowest of the charges that the conduct brings into view, on the day."""
    day = max(each.decided_on for each, _ in outcome.screened)
    found = screen(parse_facts(circumstances(outcome.case)), None, None).findings
    return _reaches(outcome.case, (finding.charge for finding in found), day)


def keyword_and_amount(outcome: Outcome) -> bool:
    """Any stated amount against the lowest of the charges whose keywords stand in title or summary.

    Such a platform holds one version of a standard, the newest.
    """
    text = outcome.case.title + outcome.case.conduct
    named = [charge for charge, words in rules().keywords.items() if any(word in text for word in words)]
    return _reaches(outcome.case, named, date.max)


def largest_amount(case: RealCase) -> Decimal | None:
    """The largest sum of money of the record, of whatever kind; None where it states none."""
    held = {**case.derived, **case.figures}
    amounts = [
        figure.value
        for name, figure in held.items()
        if isinstance(figure.value, Decimal) and (name == "case_value" or name not in rules().never)
    ]
    return max(amounts, default=None)


def lowest_amount(charge: Charge, day: date) -> Decimal | None:
    """The lowest amount (元) in any limb in force on the day; None where the standard names none."""
    amounts = [
        one.limit
        for version in charge.versions
        if version.from_ <= day and (version.to is None or day <= version.to)
        for limb in version.limbs
        for one in comparisons(limb.when)
        if one.limit is not None and law().facts[one.fact].type == "money_yuan"
    ]
    return min(amounts, default=None)


def _reaches(case: RealCase, charges: Iterable[str], day: date) -> bool:
    stated = largest_amount(case)
    if stated is None:
        return False
    limits = [lowest_amount(law().charges[charge], day) for charge in charges]
    return any(limit is not None and stated >= limit for limit in limits)
