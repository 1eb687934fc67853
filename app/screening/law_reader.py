"""The law's data as a lawyer reads them; see `law_shown` for what is shown."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from functools import lru_cache

from app.law.causes import facts_to_ask
from app.law.checklist import EvidenceItem, charge_items, charges_with_checklist, cited
from app.law.models import Accumulation, Cause, Charge, Counted, Fact, Version
from app.law.notation import Condition, comparisons
from app.law.screening import today
from app.law.standards import Requirement, Standard
from app.law.statute_checks import conditions
from app.law.statutes import law
from app.law.wording import required
from app.screening.law_shown import (
    BreachShown,
    CauseNamed,
    CauseShown,
    ChargeListed,
    ChargeShown,
    ConditionShown,
    CountedShown,
    EvidenceShown,
    FactShown,
    InstrumentShown,
    QuestionShown,
    SentenceShown,
    VersionShown,
)


def charges_listed() -> tuple[ChargeListed, ...]:
    """All charges and rules, in the order of their articles."""
    return tuple(ChargeListed.model_validate(_head(charge)) for charge in law().charges.values())


@lru_cache(maxsize=64)
def charge_shown(name: str) -> ChargeShown:
    """One charge with everything the data say of it. Raises KeyError."""
    charge = law().charges[name]
    gate, presumed = charge.applies_to, charge.knowledge_presumptions
    facts = law().facts
    return ChargeShown(
        **_head(charge),
        offence_since=charge.offence_since.from_,
        earlier_standard_not_recorded=charge.earlier_standard_not_recorded,
        conduct=_labels(facts["conduct"], gate.conduct if gate else ()),
        product_category=_labels(facts["product_category"], gate.product_category if gate else ()),
        elements=tuple(_stated(one, f"CL {charge.article}") for one in charge.elements),
        standards=tuple(_version(charge, version) for version in charge.versions),
        competition=_in_words(charge.competition),
        element_rules=_in_words(charge.element_rules),
        presumptions=presumed.factors if presumed else (),
        presumptions_citation=law().citation(presumed.cite) if presumed else None,
        sentences=tuple(SentenceShown(says=one.says, verified=one.verified) for one in charge.sentences),
        reasonable_suspicion=law().citation(charge.reasonable_suspicion)
        if charge.reasonable_suspicion
        else None,
        notes=_in_words(charge.notes),
        evidence=tuple(_evidence(charge.charge)),
        causes=tuple(
            CauseNamed(id=cause.id, name=cause.name)
            for cause in law().causes.values()
            if charge.charge in cause.charges
        ),
    )


@lru_cache(maxsize=1)
def facts_shown() -> tuple[FactShown, ...]:
    """The vocabulary: every fact with how it is measured and which charges ask for it."""
    asking: dict[str, dict[str, None]] = {}
    for charge in law().charges.values():
        if charge.applies_to:
            asking.setdefault("conduct", {})[charge.charge] = None
            if charge.applies_to.product_category:
                asking.setdefault("product_category", {})[charge.charge] = None
        for condition, _ in conditions(charge):
            for one in comparisons(condition):
                for name in (one.fact, *law().facts[one.fact].sum_of):
                    asking.setdefault(name, {})[charge.charge] = None
    return tuple(_fact(fact, tuple(asking.get(fact.id, ()))) for fact in law().facts.values())


def causes_shown() -> tuple[CauseShown, ...]:
    """All causes of action."""
    return _causes_on(today())


@lru_cache(maxsize=1)
def _causes_on(day: date) -> tuple[CauseShown, ...]:
    return tuple(_cause(cause, day) for cause in law().causes.values())


def instruments_shown(ids: Iterable[str] | None = None) -> tuple[InstrumentShown, ...]:
    """The instruments of these ids, or all."""
    known = law().instruments
    return tuple(
        InstrumentShown(
            id=one.id,
            number=one.number,
            title=one.title,
            in_force_from=one.from_,
            in_force_to=one.to,
            source=one.source,
            link=one.source if one.source and one.source.startswith("http") else None,
            verified=one.verified,
            note=law().in_words(one.note) if one.note else None,
        )
        for one in (known[name] for name in (known if ids is None else ids))
    )


def _head(charge: Charge) -> dict[str, object]:
    current = [version.from_ for version in charge.versions if version.to is None]
    limbs = [limb for version in charge.versions for limb in version.limbs]
    return {
        "charge": charge.charge,
        "name": charge.name,
        "article": charge.article,
        "kind": charge.kind,
        "role": charge.role,
        "versions": len(charge.versions),
        "in_force_since": max(current, default=None),
        "unverified": sum(not version.verified for version in charge.versions),
        "reviews": sum(limb.review is not None for limb in limbs),
    }


def _version(charge: Charge, version: Version) -> VersionShown:
    standard = Standard(charge, version, version.limbs)
    before = standard.requirements[len(charge.elements) :]
    gates, exceptions = before[: len(version.gate)], before[len(version.gate) :]
    times = version.aggravated_multiplier
    return VersionShown(
        id=version.id,
        track=version.track,
        family=version.sub_type,
        in_force_from=version.from_,
        in_force_to=version.to,
        verified=version.verified,
        source=version.source,
        instruments=instruments_shown(version.instruments),
        gate=tuple(_required(one, version) for one in gates),
        limbs=tuple(_required(one, version) for one in standard.requirements if one.limb),
        exceptions=tuple(_required(one, version) for one in exceptions if not one.limb),
        questions=tuple(
            QuestionShown(says=one.says, citation=law().citation(one.cite)) for one in version.questions
        ),
        aggravated=tuple(
            _stated(one.when, one.cite).model_copy(update={"id": one.id, "says": one.says})
            for one in version.aggravated
        ),
        aggravated_times=times.factor if times else None,
        notes=_in_words([*version.notes, *filter(None, [version.aggravated_note])]),
    )


def _required(one: Requirement, version: Version) -> ConditionShown:
    limb = one.limb
    later = limb.from_ if limb and limb.from_ and limb.from_ > version.from_ else None
    return ConditionShown(
        id=limb.id if limb else None,
        says=limb.says if limb else None,
        required=one.text,
        facts=tuple(fact.id for fact in one.facts),
        citation=one.citation,
        instruments=_instruments_in(limb.cite) if limb else (),
        attempt=bool(limb and limb.attempt),
        review=limb.review if limb else None,
        in_force_from=later,
    )


def _stated(condition: Condition, cite: str) -> ConditionShown:
    return ConditionShown(
        required=required(condition, law().facts),
        facts=tuple(dict.fromkeys(one.fact for one in comparisons(condition))),
        citation=law().citation(cite),
        instruments=_instruments_in(cite),
    )


def _instruments_in(cite: str) -> tuple[str, ...]:
    """The instruments that a citation names, which may be several."""
    return tuple(name for name in re.findall(r"[A-Z][A-Z0-9_]*", cite) if name in law().instruments)


def _in_words(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(law().in_words(text) for text in texts)


def _labels(fact: Fact, words: Iterable[str]) -> tuple[str, ...]:
    wanted = set(words)
    return tuple(label for word, label in fact.values.items() if word in wanted)


def _evidence(charge: str) -> Iterable[EvidenceShown]:
    if charge in charges_with_checklist():
        yield from map(_item, charge_items(charge))


def _item(item: EvidenceItem) -> EvidenceShown:
    return EvidenceShown(
        id=item.id,
        name=item.name,
        category=item.category,
        mandatory=item.requirement == "mandatory",
        condition=item.condition,
        proves=item.proves,
        basis=tuple(cited(basis) for basis in item.basis),
        mark=item.mark,
    )


def _fact(fact: Fact, charges: tuple[str, ...]) -> FactShown:
    rule = law().accumulation[fact.accumulated] if fact.accumulated else None
    return FactShown(
        id=fact.id,
        name=fact.name,
        type=fact.type,
        unit=fact.unit,
        measured=fact.measured,
        question=fact.ask(),
        values=fact.values,
        computed=_computed(fact),
        accumulated=_accumulated(rule) if rule else (),
        counted=_counted(fact.counted) if fact.counted else None,
        charges=charges,
    )


def _computed(fact: Fact) -> str | None:
    if fact.counted_from:
        return "达到所列各项标准一半以上的项数"
    parts = [
        law().facts[name].name + (f"×{times}" if times != 1 else "") for name, times in fact.sum_of.items()
    ]
    return " ＋ ".join(parts) or None


def _counted(rule: Counted) -> CountedShown:
    return CountedShown(years=rule.years, citation=law().citation(rule.cite), note=law().in_words(rule.note))


def _accumulated(rule: Accumulation) -> tuple[str, ...]:
    return tuple(f"{_span(one.from_, one.to)}{law().in_words(one.rule)}" for one in rule.windows)


def _span(first: date | None, last: date | None) -> str:
    if last is None:
        return f"{first}起，" if first else ""
    return f"{first}至{last}，" if first else f"至{last}，"


def _cause(cause: Cause, day: date) -> CauseShown:
    return CauseShown(
        id=cause.id,
        name=cause.name,
        line=cause.line,
        breaks=tuple(
            BreachShown(law=one.law, article=one.article, verified=one.verified) for one in cause.breaks
        ),
        implies=cause.implies,
        charges=cause.charges,
        asks=tuple(fact.id for fact in facts_to_ask(cause, day)),
        note=cause.note,
    )
