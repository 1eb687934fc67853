"""Several charges reached by one set of facts: the heavier by the sentences of the law (择一重)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from app.law.logic import Facts, Formula
from app.law.models import Charge, Sentence, Version
from app.law.notation import AllOf, AnyOf, AtLeast, Comparison, Condition
from app.law.statutes import law


def heaviest(reached: Sequence[tuple[str, str | None]], facts: Facts) -> dict[str, Any] | None:
    """The charge with the heaviest sentence among the reached ones (charge, id of its governing version).

    None where fewer than two are reached. `equal`: charges that weigh the same; `charge` is then the first.
    """
    steps = [(charge, _step(law().charges[charge], version, facts)) for charge, version in reached]
    weighed = [(law().charges[charge], step) for charge, step in steps if step is not None]
    if len(weighed) < 2:
        return None
    top, sentence = max(weighed, key=lambda one: one[1].weight)
    equal = [charge for charge, step in weighed if step.weight == sentence.weight]
    named = "；".join(f"{charge.name}：{step.says}（刑法{charge.article}）" for charge, step in weighed)
    rules = [rule for charge, _ in weighed for rule in charge.competition]
    conclusion = (
        f"以{top.name}的法定刑为重" if len(equal) == 1 else "、".join(c.name for c in equal) + "的法定刑相当"
    )
    return {
        "charge": top.charge,
        "name": top.name,
        "equal": [charge.charge for charge in equal] if len(equal) > 1 else [],
        "reason": f"同一事实达到{len(weighed)}个罪名的标准，按已查明的情节对应的现行法定刑比较：{named}。"
        f"{conclusion}；定性由司法机关确定。",
        "rules": list(dict.fromkeys(rules)),
        "verified": all(step.verified for _, step in weighed),
    }


def _step(charge: Charge, version_id: str | None, facts: Facts) -> Sentence | None:
    """The step of sentences that the facts reach; the lowest where nothing says more."""
    if not charge.sentences:
        return None
    version = next((one for one in charge.versions if one.id == version_id), None)
    step = max(_step_by_amount(charge, facts), _step_by_circumstance(version, facts) if version else 0)
    return charge.sentences[min(step, len(charge.sentences) - 1)]


def _step_by_amount(charge: Charge, facts: Facts) -> int:
    """刑法第140条 names its steps by the amount sold, in 元."""
    sold = facts.get("sales_amount")
    if not charge.sentencing_steps_yuan or not isinstance(sold, Decimal):
        return 0
    return max(0, sum(sold >= limit for limit in charge.sentencing_steps_yuan) - 1)


def _step_by_circumstance(version: Version, facts: Facts) -> int:
    """The second step where an aggravating circumstance holds, or a figure is so many times the limit."""
    higher: list[Condition] = [one.when for one in version.aggravated]
    if version.aggravated_multiplier:
        factor = Decimal(version.aggravated_multiplier.factor)
        higher += [multiplied for one in version.limbs if (multiplied := _times(one.when, factor))]
    return int(any(Formula(one, law().facts).truth(facts) is True for one in higher))


def _times(condition: Condition, factor: Decimal) -> Condition | None:
    """The condition with its limits multiplied; None where it has no figure."""
    if isinstance(condition, Comparison):
        if condition.limit is None:
            return None
        return Comparison(condition.fact, condition.operator, limit=condition.limit * factor)
    if isinstance(condition, AllOf | AnyOf):
        parts = tuple(_times(part, factor) or part for part in condition.parts)
        return type(condition)(parts) if parts != condition.parts else None
    return None if isinstance(condition, AtLeast) else condition
