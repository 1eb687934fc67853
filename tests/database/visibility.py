"""Who sees and who writes what, said once more in plain Python, to hold the policies to.

The policies are SQL over settings; this is written from the rule that they carry out and knows neither.
"""

from __future__ import annotations

from dataclasses import dataclass

Tags = frozenset[str]
NONE: Tags = frozenset()


@dataclass(frozen=True)
class Actor:
    """An officer, the cases that the officer's organ sees, and what else is open to it."""

    who: str
    kind: str
    cases: str = ""
    transfers: str = ""
    clues: Tags = NONE
    grants: Tags = NONE
    requests: str = ""

    @property
    def organ(self) -> str:
        return self.who.partition("@")[2]

    @property
    def login(self) -> str:
        return self.who.partition("@")[0]


def tags(*names: str) -> Tags:
    return frozenset(names)


MARKET, POLICE, PROCURATORATE = "enforcement", "police", "procuratorate"
SIDES = ("handed_over", "accepted")
SENT = tags("clue")
OWN = tags("clue", "draft")
ACTORS = [
    Actor("handler1@320506-market", MARKET, "A", "A", tags("clue", "draft", "duty"), tags("A"), "A"),
    Actor("head@320506-market", MARKET, "A", "A", tags("clue", "draft", "duty"), tags("A"), "A"),
    Actor("handler2@320506-market", MARKET, "A", "A", OWN, tags("A"), "A"),
    Actor("sysadmin@320506-market", "administrator"),
    Actor("secadmin@320506-market", "administrator"),
    Actor("audit@320506-market", "administrator"),
    Actor("handler1@320583-market", MARKET, "B"),
    Actor("handler1@320506-tobacco", MARKET, "T"),
    Actor("handler1@340104-market", MARKET, "C", "C", grants=tags("C", "C-court"), requests="C"),
    Actor("handler1@320500-market", MARKET, "AB", "A", SENT, requests="A"),
    Actor("head@320000-market", MARKET, "AB", "A", SENT, requests="A"),
    Actor("handler1@340100-market", MARKET, "C", "C", requests="C"),
    Actor("handler1@320500-tobacco", MARKET, "T"),
    Actor("desk@320506-police", POLICE, "A", "A", SENT, tags("A")),
    Actor("handler@320506-police", POLICE, "A", "A", SENT, tags("A")),
    Actor("handler@320583-police", POLICE),
    Actor("handler@320500-police", POLICE, "A", "A", grants=tags("A")),
    Actor("handler@320000-police", POLICE, "A", "A", grants=tags("A")),
    Actor("handler@340104-police", POLICE, "C", "C", grants=tags("C")),
    Actor("handler@320506-procuratorate", PROCURATORATE, "AT", "A", requests="A"),
    Actor("handler@320583-procuratorate", PROCURATORATE, "B"),
    Actor("head@320500-procuratorate", PROCURATORATE, "ABT", "A", requests="A"),
    Actor("handler@320000-procuratorate", PROCURATORATE, "ABT", "A", requests="A"),
    Actor("handler@340104-procuratorate", PROCURATORATE, "C", "C", requests="C"),
    Actor("handler@320506-court", "court"),
    Actor("handler@340104-court", "court", "C", "C", grants=tags("C-court")),
    Actor("handler@320506-commission", "commission", clues=tags("duty")),
    Actor("head@320506-commission", "commission"),
    Actor("handler@320506-tax", "tax"),
    Actor("statistics@320506-coordinating", "coordinating", "AT", "A"),
    Actor("supervisor@320506-supervising", "supervising", "AT", "A", requests="A"),
    Actor("supervisor@340104-supervising", "supervising", "C", "C", requests="C"),
]


def seen(actor: Actor) -> dict[str, Tags]:
    """The tags of the rows that the actor sees, by table."""
    cases = frozenset(actor.cases)
    content = NONE if actor.kind == "coordinating" else cases
    transfers = frozenset(actor.transfers)
    steps = NONE if actor.kind in ("coordinating", "supervising") else transfers
    police_steps = {f"{one}-police" for one in steps}
    if actor.kind in ("police", "procuratorate"):
        police_steps |= {f"{one}-inside" for one in steps}
    police_files = NONE if actor.kind == "supervising" else {f"{one}-police" for one in content & {"A", "C"}}
    events = content | {f"{one}-transfer" for one in steps} | actor.clues | _own_events(actor)
    if actor.who == "audit@320506-market":
        events = tags("A", "clue", "draft")
    duty = actor.clues & {"duty"}
    return {
        "officers": tags(actor.organ),
        "credentials": NONE,
        "sign_ins": _own(actor),
        "audit_events": events,
        "audit_changes": NONE if actor.kind in ("coordinating", "administrator") else events,
        "idempotency_keys": _own(actor),
        "number_series": _of_organ(actor),
        "notices": _notices(actor),
        "notice_reads": _own(actor),
        "cases": cases,
        "case_details": content,
        "parties": content,
        "findings": cases,
        "case_grants": actor.grants,
        "officer_findings": content,
        "outside_penalties": content,
        "changed_parties": NONE,
        "evidence_items": content,
        "files": content | police_files | actor.clues,
        "uploads": _of_case(actor) if actor.login == "handler1" else NONE,
        "exhibits": content,
        "exhibit_photographs": content,
        "exhibit_counts": frozenset(f"{one}-{side}" for one in content & {"A", "C"} for side in SIDES),
        "exhibit_disposals": content,
        "custody": NONE
        if actor.kind == "supervising"
        else frozenset(f"{one}-{of}" for one in content for of in ("file", "exhibit")),
        "transfers": transfers,
        "organ_keys": tags("A", "C"),
        "received_packages": transfers,
        "transfer_steps": (NONE if actor.kind == "coordinating" else transfers) | police_steps,
        "clocks": _clocks(actor),
        "clock_changes": _clocks(actor),
        "clock_settings": tags("A", "C"),
        "calendar_years": tags("2027"),
        "clues": actor.clues,
        "clue_officers": duty,
        "clue_steps": actor.clues,
        "supervision_requests": frozenset(actor.requests),
        "referrals": _referrals(actor),
        "referral_steps": _referrals(actor) | _inside_referrals(actor),
        "documents": _documents(actor),
        "document_texts": _issued(actor),
        "document_prints": _issued(actor),
        "document_scans": _issued(actor),
        "document_rules": _rules(actor),
        "search_entries": NONE,
        "saved_searches": _own(actor),
    }


def written(actor: Actor) -> dict[str, Tags]:
    """The tags of the rows that the actor may change, by table, for those with a right of change at all."""
    own_cases = _of_case(actor)
    transfers = frozenset(actor.transfers)
    acting = {
        "enforcement": own_cases & transfers,
        "police": transfers if actor.organ in ("320506-police", "340104-police") else NONE,
        "procuratorate": transfers,
        "court": transfers,
    }.get(actor.kind, NONE)
    acts_on_clues = (
        actor.clues if actor.organ in ("320506-market", "320506-police", "320506-commission") else NONE
    )
    return {
        "cases": own_cases,
        "case_details": own_cases,
        "parties": own_cases,
        "evidence_items": own_cases,
        "files": _own_files(actor),
        "uploads": _of_case(actor) if actor.login == "handler1" else NONE,
        "exhibits": own_cases | _received(actor),
        "transfers": acting,
        "clocks": _own_clocks(actor, acting) | acts_on_clues | _acts_on_referrals(actor),
        "clues": acts_on_clues,
        "referrals": _acts_on_referrals(actor),
        "documents": _issued(actor) & _documents_of_organ(actor) | _drafts(actor),
        "document_rules": _rules(actor) if actor.login in ("head", "sysadmin") else NONE,
        "supervision_requests": frozenset(actor.requests)
        if actor.organ[6:] == "-procuratorate" and actor.organ[4:6] in ("06", "04")
        else frozenset(actor.requests) & own_cases,
        "idempotency_keys": _own(actor),
        "number_series": _of_organ(actor),
    }


def _referrals(actor: Actor) -> Tags:
    """From its sending on the organ and its superiors see it; before, who opened it and the procuratorate."""
    if actor.kind == PROCURATORATE:
        wuzhong = tags("rev", "rev-draft") if "A" in actor.cases else NONE
        return wuzhong | (tags("det") if "C" in actor.cases else NONE)
    if actor.kind == POLICE:
        return {"320506-police": tags("rev-draft"), "340104-police": tags("det")}.get(actor.organ, NONE)
    if actor.kind == MARKET:
        return frozenset({"A": "rev", "C": "det"}[one] for one in actor.cases if one in "AC")
    return NONE


def _inside_referrals(actor: Actor) -> Tags:
    """The examination stays with the procuratorate, a proposal with the police and the procuratorate."""
    inside = {PROCURATORATE: tags("rev", "det"), POLICE: tags("det")}.get(actor.kind, NONE)
    return frozenset(f"{one}-inside" for one in _referrals(actor) & inside)


def _acts_on_referrals(actor: Actor) -> Tags:
    """Superiors of the line only look."""
    if actor.kind == MARKET and actor.organ not in ("320506-market", "340104-market"):
        return NONE
    return _referrals(actor)


_ORGANS = {"320506-market": "A", "320583-market": "B", "320506-tobacco": "T", "340104-market": "C"}


def _of_case(actor: Actor) -> Tags:
    return frozenset(_ORGANS.get(actor.organ, "")) if actor.kind == "enforcement" else NONE


def _of_organ(actor: Actor) -> Tags:
    return _of_case(actor) & {"A", "C"}


def _documents(actor: Actor) -> Tags:
    return _issued(actor) | _drafts(actor)


def _issued(actor: Actor) -> Tags:
    """What was issued to the organ's kind; internal papers: the issuer's line and the procuratorate."""
    found = set(actor.clues & {"clue", "duty"})
    if actor.kind in ("enforcement", "procuratorate", "supervising"):
        found |= {f"{one}{kind}" for one in actor.transfers for kind in ("", "-inside")}
    if actor.kind == "police":
        found |= set(actor.transfers)
    return frozenset(found)


def _drafts(actor: Actor) -> Tags:
    return frozenset(f"{one}-draft" for one in _of_organ(actor))


def _documents_of_organ(actor: Actor) -> Tags:
    of_clues = actor.clues if actor.organ == "320506-market" else NONE
    return of_clues | {f"{one}{kind}" for one in _of_organ(actor) for kind in ("", "-inside")}


def _rules(actor: Actor) -> Tags:
    """Whoever works in the organ, its administrators too."""
    return frozenset(_ORGANS.get(actor.organ, "")) & {"A", "C"}


def _own(actor: Actor) -> Tags:
    return _of_organ(actor) if actor.login == "handler1" else NONE


def _own_events(actor: Actor) -> Tags:
    return tags("A-transfer") if actor.who == "desk@320506-police" else NONE


def _received(actor: Actor) -> Tags:
    """Police take over the exhibits of what was sent to them."""
    return frozenset({"320506-police": "A", "340104-police": "C"}.get(actor.organ, ""))


def _own_files(actor: Actor) -> Tags:
    if actor.who == "handler1@320506-market":
        return tags("A", "clue", "draft", "duty")
    if actor.login == "handler1":
        return _of_case(actor)
    police = {"handler@320506-police": "A-police", "handler@340104-police": "C-police"}
    return frozenset(filter(None, [police.get(actor.who)]))


def _notices(actor: Actor) -> Tags:
    if actor.kind == "administrator":
        return NONE
    found = {"320506-market": tags("A"), "340104-market": tags("C")}.get(actor.organ, NONE)
    if actor.who == "head@320506-market":
        return found | {"A-head"}
    return tags("duty") if actor.who == "handler@320506-commission" else found


def _clocks(actor: Actor) -> Tags:
    beside = actor.clues | _referrals(actor)
    of_transfers = {f"{one}-transfer" for one in actor.transfers}
    if actor.kind == "police":
        return frozenset(of_transfers) | beside
    if actor.kind == "court":
        return NONE
    of_cases = frozenset(actor.cases)
    return of_cases | of_transfers | {f"{one}-supervision" for one in of_cases & {"A", "C"}} | beside


def _own_clocks(actor: Actor, transfers: Tags) -> Tags:
    of_transfers = frozenset(f"{one}-transfer" for one in transfers)
    if actor.kind == "procuratorate":
        return _clocks(actor)
    own = _of_case(actor)
    return of_transfers | own | {f"{one}-supervision" for one in own & {"A", "C"}}
