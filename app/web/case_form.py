"""The form of a case: first the cause, then only the facts that the cause's charges need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.law.causes import facts_to_ask
from app.law.models import FIGURES, Breach, Cause, Fact
from app.law.screening import today
from app.law.statutes import law
from app.web.given import Given

TEXTS = (
    "organ_number",
    "case_source",
    "filed_on",
    "act_end_date",
    "decision_number",
    "decided_on",
    "fine_amount",
    "confiscated_amount",
    "amount_involved",
)
NARRATIVE = ("summary", "place", "penalty_text")
PARTY_FIELDS = ("kind", "name", "uscc", "id_number", "phone", "legal_representative", "address")
MIND = ("knowing", "for_profit")
# 行政处罚法第九条
PENALTIES = (
    "警告",
    "通报批评",
    "罚款",
    "没收违法所得",
    "没收非法财物",
    "暂扣许可证件",
    "降低资质等级",
    "吊销许可证件",
    "限制开展生产经营活动",
    "责令停产停业",
    "责令关闭",
    "限制从业",
    "行政拘留",
)
LABELS = {
    "cause": "案由",
    "organ_number": "本机关案号",
    "case_source": "案件来源",
    "filed_on": "立案日期",
    "act_end_date": "行为终了日",
    "decision_number": "处罚决定书文号",
    "decided_on": "处罚决定日期",
    "fine_amount": "罚款金额",
    "confiscated_amount": "没收金额",
    "amount_involved": "涉案金额",
    "summary": "案情摘要",
    "place": "案发地",
    "penalty_text": "处罚内容",
    "parties": "当事人",
    "facts": "案情要素",
    "reason": "理由",
}
_PARTY_LABELS = {
    "kind": "类型",
    "name": "名称（姓名）",
    "uscc": "统一社会信用代码",
    "id_number": "公民身份号码",
    "phone": "联系电话",
    "legal_representative": "法定代表人（负责人）",
    "address": "住所",
}


@dataclass(frozen=True)
class FactField:
    """A question of the form. `kind`: figure, choice, flag or ticks; `implied`: filled in from the cause."""

    fact: Fact
    kind: str
    implied: bool
    mind: bool

    @property
    def name(self) -> str:
        """The field's name, as errors have it."""
        return f"facts.{self.fact.id}"


def fact_fields(given: Given) -> list[FactField]:
    """The facts to ask for: those that decide the charges of the cause and of the conduct that is ticked.

    The deciding ones come first; what is given already stays; what the cause implies stands at the end.
    """
    cause = asked_for(given.one("cause"))
    if cause is None:
        return []
    more = _charges_of(
        frozenset(given.all("facts.conduct")).difference(_implied(cause.id).get("facts.conduct", ())),
        frozenset(given.all("facts.product_category")),
    )
    wide = cause.model_copy(update={"charges": tuple(dict.fromkeys([*cause.charges, *more]))})
    asked = [fact.id for fact in facts_to_ask(wide, today())]
    stated = [
        name.removeprefix("facts.")
        for name in given.names()
        if name.startswith("facts.") and given.text(name)
    ]
    names = dict.fromkeys([*asked, *stated, *cause.implies, "conduct"])
    facts = [law().facts[name] for name in names if name in law().facts]
    fields = [
        FactField(fact, _kind(fact), fact.id in cause.implies, fact.id in MIND)
        for fact in facts
        if _is_asked(fact)
    ]
    return sorted(fields, key=lambda field: (field.implied or field.fact.id == "conduct", field.mind))


def asked_for(code: str) -> Cause | None:
    """The cause of action of this id; for `charge:214` a cause that leads to that charge alone."""
    charge = law().charges.get(code.removeprefix("charge:")) if code.startswith("charge:") else None
    if charge is None or charge.applies_to is None:
        return law().causes.get(code)
    gate = {name: tuple(getattr(charge.applies_to, name)) for name in ("conduct", "product_category")}
    implies = {name: words for name, words in gate.items() if len(words) == 1}
    basis = Breach(law="刑法", article=charge.article, verified=True)
    return Cause(
        id="charge", name=charge.name, line="", breaks=(basis,), implies=implies, charges=(charge.charge,)
    )


def _charges_of(conduct: frozenset[str], category: frozenset[str]) -> list[str]:
    """The charges that this conduct brings into view, for the stated product categories."""
    return [
        one.charge
        for one in law().charges.values()
        if one.applies_to
        and one.applies_to.conduct & conduct
        and (
            not one.applies_to.product_category or not category or one.applies_to.product_category & category
        )
    ]


def with_implied(given: Given) -> Given:
    """The form filled with what its cause implies, where nothing else is said.

    What an earlier choice of cause had filled in (`facts_of` says which) and nobody changed is taken out.
    """
    before = _implied(given.one("facts_of"))
    cause = given.one("cause")
    kept = [
        (name, value)
        for name, value in given.pairs()
        if given.one("facts_of") == cause or given.all(name) != before.get(name)
    ]
    said = {name for name, value in kept if value}
    return Given(
        [
            *kept,
            *(
                (name, value)
                for name, values in _implied(cause).items()
                if name not in said
                for value in values
            ),
        ]
    )


def _implied(cause: str) -> dict[str, list[str]]:
    known = asked_for(cause)
    filled = Given.stored({"facts": known.implies if known else {}})
    return {name: filled.all(name) for name in filled.names()}


def facts_given(given: Given) -> dict[str, Any]:
    """The facts as screening takes them; what is empty is left out, since it is unknown."""
    facts: dict[str, Any] = {}
    for name in given.names():
        if not name.startswith("facts."):
            continue
        fact_id = name.removeprefix("facts.")
        fact = law().facts.get(fact_id)
        values = [value.strip() for value in given.all(name) if value.strip()]
        if not values:
            continue
        if fact is not None and fact.type == "set":
            facts[fact_id] = values
        elif fact is not None and fact.type == "bool":
            facts[fact_id] = {"yes": True, "no": False}.get(values[0], values[0])
        else:
            facts[fact_id] = values[0]
    return facts


def entry_of(given: Given) -> dict[str, Any]:
    """What the room of cases takes as a new case."""
    entry = {name: given.text(name) for name in ("cause", *TEXTS)}
    return {
        **{name: value for name, value in entry.items() if value is not None},
        **{name: given.one(name).strip() for name in NARRATIVE},
        "penalties": [one for one in given.all("penalties") if one],
        "facts": facts_given(given),
        "parties": [_party(given, place) for place in given.indexes("parties")],
    }


def edit_of(given: Given) -> dict[str, Any]:
    """What the room of cases takes as an edit: every field of the form, empty ones emptied."""
    parties = []
    for place in given.indexes("parties"):
        party = _party(given, place)
        position = given.number(f"parties.{place}.position")
        parties.append(party if position is None else {**party, "position": position})
    return {
        "cause": given.text("cause"),
        **{name: given.text(name) for name in TEXTS},
        **{name: given.one(name).strip() for name in NARRATIVE},
        "penalties": [one for one in given.all("penalties") if one],
        "facts": facts_given(given),
        "parties": parties,
    }


def labels(given: Given) -> Mapping[str, str]:
    """The label of every field, for the list of errors."""
    found = dict(LABELS)
    for place in given.indexes("parties"):
        for name, label in _PARTY_LABELS.items():
            found[f"parties.{place}.{name}"] = f"当事人{place + 1} {label}"
    for fact in law().facts.values():
        found[f"facts.{fact.id}"] = fact.name
    return found


def causes_by_line(line: str) -> dict[str, dict[str, str]]:
    """The causes of action to choose from, the own line's first."""
    groups: dict[str, dict[str, str]] = {}
    for cause in sorted(law().causes.values(), key=lambda one: (one.line != line, one.line)):
        groups.setdefault(LINES.get(cause.line, cause.line), {})[cause.id] = cause.name
    return groups


LINES = {
    "market": "市场监管",
    "drug": "药品监管",
    "tobacco": "烟草专卖",
    "culture": "文化市场",
    "tax": "税务",
    "agriculture": "农业农村",
}


def _party(given: Given, place: int) -> dict[str, Any]:
    values = {name: given.text(f"parties.{place}.{name}") for name in PARTY_FIELDS}
    return {name: value for name, value in values.items() if value is not None}


def _is_asked(fact: Fact) -> bool:
    return not fact.derived and fact.type != "date"


def _kind(fact: Fact) -> str:
    if fact.type in FIGURES:
        return "figure"
    return {"bool": "flag", "enum": "choice", "set": "ticks"}[fact.type]
