"""The procedure of a transfer: the straight way, its forks, who may act, and the table's own soundness."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.law.clocks import clocks
from app.law.documents import document_head, documents
from app.law.procedure import Actor, Situation, allowed, matters_after, why_refused
from app.law.procedure_table import Procedure, clue_procedure, load_procedure, transfer_procedure
from app.law.reading import LAW, LawDataError

TABLE = transfer_procedure()
TABLES = {"transfer": TABLE, "clue": clue_procedure()}
EVERY_CLOCK = frozenset(clocks())

MEMBER = Actor("sender", frozenset({"handler"}), in_task_group=True)
HEAD = Actor("sender", frozenset({"head"}))
DESK = Actor("police", frozenset({"desk"}))
POLICE = Actor("police", frozenset({"handler"}))
POLICE_HEAD = Actor("police", frozenset({"head"}))
PROCURATOR = Actor("procuratorate", frozenset({"handler"}))
CHIEF = Actor("procuratorate", frozenset({"head"}))


class Walk:
    """A transfer without database: takes actions as the table says and keeps what the engine must know."""

    def __init__(self, table: Procedure = TABLE) -> None:
        self.table = table
        self.situation = Situation(None)
        self.notices: list[tuple[str, str]] = []

    def take(self, actor: Actor, action: str, *, expired: frozenset[str] = frozenset()) -> Walk:
        now = self.situation
        now = replace(now, expired=expired & now.running)
        refusal = why_refused(self.table, action, now, actor)
        assert refusal is None, f"{action} in {now.state}: {refusal}"
        row = self.table.action(action)
        self.notices += row.tells.items()
        self.situation = Situation(
            row.to or now.state,
            row.makes or (None if row.needs else now.proposal),
            (now.running - set(row.stops)) | set(row.starts),
            done=now.done | {action},
            matters=matters_after(row, now.matters, actor.party),
        )
        return self

    @property
    def state(self) -> str | None:
        return self.situation.state

    @property
    def running(self) -> set[str]:
        return set(self.situation.running)


def reported() -> Walk:
    return Walk().take(MEMBER, "open_draft").take(MEMBER, "name_task_group").take(MEMBER, "report")


def received() -> Walk:
    return reported().take(HEAD, "approve").take(MEMBER, "send").take(DESK, "sign_receipt")


def refused() -> Walk:
    walk = received().take(POLICE, "begin_review").take(POLICE, "propose_refusal")
    return walk.take(POLICE_HEAD, "approve_refusal")


def test_the_straight_way_with_its_clocks() -> None:
    """移送规定第5条至第8条、第12条; 公安规定第178条、第180条."""
    walk = Walk().take(MEMBER, "open_draft").take(HEAD, "name_task_group").take(MEMBER, "report")
    assert (walk.state, walk.running) == ("reported", {"transfer_decision"})
    walk.take(HEAD, "approve")
    assert (walk.state, walk.running) == ("approved", {"transfer_sending"})
    walk.take(MEMBER, "send")
    assert (walk.state, walk.running) == ("sent", {"receipt"})
    assert ("procuratorate", "handler") in walk.notices
    walk.take(DESK, "sign_receipt")
    assert (walk.state, walk.running) == ("received", {"supplement_notice", "pass_on", "review"})
    walk.take(DESK, "ask_supplement")
    assert (walk.state, walk.running) == ("supplement_asked", {"supplement", "pass_on", "review"})
    walk.take(MEMBER, "supplement")
    assert (walk.state, walk.running) == ("received", {"pass_on", "review"})
    walk.take(POLICE, "begin_review")
    assert (walk.state, walk.running) == ("reviewing", {"review"})
    walk.take(POLICE, "propose_filing")
    assert (walk.state, walk.situation.proposal) == ("reviewing", "filing")
    walk.take(POLICE_HEAD, "approve_filing")
    assert (walk.state, walk.running, walk.situation.proposal) == ("filed", {"goods_handover"}, None)
    walk.take(MEMBER, "hand_over_goods").take(POLICE, "accept_goods").take(POLICE, "begin_investigation")
    assert walk.running == set()
    walk.take(POLICE_HEAD, "send_for_prosecution").take(PROCURATOR, "prosecute")
    walk.take(Actor("court", frozenset({"handler"})), "record_judgment").take(MEMBER, "close_after_judgment")
    assert (walk.state, walk.running) == ("closed", set())


def test_a_refusal_by_the_head_and_a_second_report() -> None:
    """移送规定第5条第2款: not approved, with reasons on record."""
    walk = reported().take(HEAD, "refuse")
    assert (walk.state, walk.running) == ("not_approved", set())
    assert ("procuratorate", "handler") in walk.notices
    walk.take(MEMBER, "report_again")
    assert (walk.state, walk.running) == ("reported", {"transfer_decision"})


def test_reconsideration_both_ways() -> None:
    """移送规定第9条; 公安规定第181条."""
    asked = refused().take(MEMBER, "ask_reconsideration")
    assert (asked.state, asked.running) == ("reconsidering", {"reconsideration_decision"})
    asked.take(POLICE_HEAD, "reconsider_and_file")
    assert (asked.state, asked.running) == ("filed", {"goods_handover"})
    upheld = refused().take(MEMBER, "ask_reconsideration").take(POLICE_HEAD, "uphold_refusal")
    assert (upheld.state, upheld.running) == ("refusal_upheld", {"supervision_request"})


def test_filing_supervision_to_a_notice_to_file() -> None:
    """刑诉规则第557至564条; 公安规定第182条."""
    walk = refused()
    assert walk.running == {"reconsideration_request"}
    walk.take(MEMBER, "suggest_supervision")
    assert (walk.state, walk.running) == ("supervision_suggested", set())
    walk.take(PROCURATOR, "demand_refusal_reasons")
    assert (walk.state, walk.running) == ("reasons_demanded", {"explain_refusal"})
    walk.take(POLICE, "give_reasons").take(CHIEF, "notify_filing")
    assert (walk.state, walk.running) == ("filing_notified", {"file_on_notice"})
    walk.take(CHIEF, "issue_correction", expired=frozenset({"file_on_notice"}))
    walk.take(POLICE, "propose_filing").take(POLICE_HEAD, "file_on_notice")
    assert (walk.state, walk.running) == ("filed", {"goods_handover"})


def test_reasons_that_hold_are_told_to_the_organ() -> None:
    """刑诉规则第561条第2款."""
    walk = refused().take(PROCURATOR, "demand_refusal_reasons").take(POLICE, "give_reasons")
    walk.take(PROCURATOR, "accept_reasons")
    assert (walk.state, walk.running) == ("refusal_confirmed", {"answer_organ"})
    walk.take(PROCURATOR, "answer_organ").take(MEMBER, "resume").take(MEMBER, "close")
    assert (walk.state, walk.running) == ("closed", set())


def test_police_may_file_instead_of_giving_reasons() -> None:
    walk = refused().take(PROCURATOR, "demand_refusal_reasons")
    walk.take(POLICE, "propose_filing").take(POLICE_HEAD, "approve_filing")
    assert (walk.state, walk.running) == ("filed", {"goods_handover"})


def test_passing_on_starts_receipt_and_review_anew_there() -> None:
    """移送规定第7条; 公安规定第175条: with the head's approval."""
    walk = received().take(DESK, "propose_passing_on").take(POLICE_HEAD, "approve_passing_on")
    assert (walk.state, walk.running) == ("passed_on", {"receipt"})
    walk.take(DESK, "sign_receipt")
    assert walk.running == {"supplement_notice", "pass_on", "review"}


def test_the_review_goes_on_without_the_supplement() -> None:
    """公安规定第180条第2款: what is missing does not stop the review."""
    walk = received().take(DESK, "ask_supplement").take(POLICE, "begin_review")
    assert walk.running == {"supplement", "review"}
    walk.take(MEMBER, "supplement_in_review")
    assert walk.running == {"review"}


def test_withdrawing_before_receipt_starts_the_duty_to_report_again() -> None:
    walk = reported().take(HEAD, "approve").take(MEMBER, "send").take(HEAD, "withdraw_transfer")
    assert (walk.state, walk.running) == ("draft", {"report_transfer"})


def test_no_prosecution_leads_back_to_the_organ() -> None:
    """刑事诉讼法第177条第3款."""
    walk = received().take(POLICE, "begin_review").take(POLICE, "propose_filing")
    walk.take(POLICE_HEAD, "approve_filing").take(POLICE, "begin_investigation")
    walk.take(POLICE_HEAD, "send_for_prosecution").take(CHIEF, "not_prosecute")
    assert walk.running == {"reverse_internal"}
    walk.take(PROCURATOR, "register_reverse_review").take(CHIEF, "reverse_by_procuratorate")
    assert (walk.state, walk.running) == ("reversed", {"reverse_acceptance", "opinion_reply"})
    walk.take(MEMBER, "accept_reverse").take(MEMBER, "reply_to_opinion").take(MEMBER, "close")
    assert (walk.state, walk.running) == ("closed", set())


@pytest.mark.parametrize(
    ("action", "situation", "actor", "code"),
    [
        ("fly", Situation("draft"), MEMBER, "action_unknown"),
        ("approve", Situation("draft"), HEAD, "action_not_in_state"),
        ("approve", Situation(None), HEAD, "action_not_in_state"),
        ("open_draft", Situation("draft"), MEMBER, "action_not_in_state"),
        ("approve", Situation("reported"), POLICE_HEAD, "party_may_not"),
        ("approve", Situation("reported"), Actor(None, frozenset({"head"})), "party_may_not"),
        ("approve", Situation("reported"), MEMBER, "role_may_not"),
        ("report", Situation("draft"), Actor("sender", frozenset({"handler"})), "not_in_task_group"),
        ("report", Situation("draft"), MEMBER, "step_missing"),
        (
            "approve",
            Situation("reported"),
            Actor("sender", frozenset({"head", "handler"}), in_task_group=True),
            "four_eyes",
        ),
        ("approve_filing", Situation("reviewing"), POLICE_HEAD, "proposal_missing"),
        ("approve_filing", Situation("reviewing", "refusal"), POLICE_HEAD, "proposal_missing"),
        (
            "approve_filing",
            Situation("reviewing", "filing"),
            Actor("police", frozenset({"handler", "head"}), proposer=True),
            "four_eyes",
        ),
        ("propose_refusal", Situation("reviewing", "filing"), POLICE, "proposal_waiting"),
        ("begin_review", Situation("received", "passing_on"), POLICE, "proposal_waiting"),
        ("ask_supplement", Situation("received"), DESK, "clock_not_running"),
        (
            "demand_delay_reasons",
            Situation("reviewing", running=frozenset({"review"})),
            PROCURATOR,
            "clock_not_expired",
        ),
    ],
)
def test_a_refused_action_says_why(action: str, situation: Situation, actor: Actor, code: str) -> None:
    refusal = why_refused(TABLE, action, situation, actor)
    assert refusal is not None
    assert refusal.code == code
    assert refusal.detail.endswith("。")
    assert TABLE.actions[0] not in allowed(TABLE, Situation("closed"), actor)


def test_filing_refusing_and_passing_on_need_the_head() -> None:
    """公安规定第175、178条: the handler's proposal changes no state, the approval does."""
    for proposal in TABLE.proposals:
        for row in TABLE.actions:
            if row.makes == proposal:
                assert row.to is None
            if row.needs == proposal:
                assert row.by == {"police": ("head",)}
                assert row.four_eyes
    ways_to_file = {row.id for row in TABLE.actions if row.to == "filed"}
    assert ways_to_file == {"approve_filing", "file_on_notice", "reconsider_and_file"}


def test_the_head_approves_or_refuses_a_transfer_and_nobody_else() -> None:
    """移送规定第5条第2款."""
    for name in ("approve", "refuse"):
        assert TABLE.action(name).by == {"sender": ("head",)}


def test_a_task_group_has_two_officers_and_not_the_head() -> None:
    """移送规定第5条第1款."""
    (officers,) = TABLE.action("name_task_group").inputs
    assert officers.min_items == 2
    assert officers.not_roles == ("head",)


def test_the_duty_to_report_starts_with_the_threshold_and_ends_with_report_or_reasons() -> None:
    """移送规定第5条第1款."""
    assert dict(TABLE.event("threshold_reached").starts) == {"report_transfer": "sender"}
    enders = {row.id for row in TABLE.actions if "report_transfer" in row.stops}
    assert enders == {"report", "report_again", "drop", "urgent_send"}
    assert TABLE.event("not_transferring_recorded").stops == ("report_transfer",)


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_every_clock_that_starts_can_be_stopped_from_wherever_it_runs(table: Procedure) -> None:
    """The graph of (state, running clock): from each node one can come to an action that stops the clock."""
    nodes: dict[tuple[str, str], set[tuple[str, str]]] = {}
    stops: dict[tuple[str, str], bool] = {}
    for clock in {clock for row in table.actions for clock in row.starts}:
        for state in table.states:
            ways = [row for row in table.actions if state.id in row.sources]
            node = (state.id, clock)
            stops[node] = any(clock in row.stops for row in ways)
            nodes[node] = {(row.to or state.id, clock) for row in ways}
    changed = True
    while changed:
        changed = False
        for node, onward in nodes.items():
            if not stops[node] and any(stops[after] for after in onward):
                stops[node] = changed = True
    for row in table.actions:
        for clock in row.starts:
            for target in [row.to] if row.to else row.sources:
                assert stops[target, clock], f"{clock} started by {row.id} in {target} can never be stopped"


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
@settings(max_examples=30, deadline=None)
@given(choices=st.lists(st.integers(0, 10_000), min_size=1, max_size=30))
def test_a_random_walk_never_gets_stuck(table: Procedure, choices: list[int]) -> None:
    """Whoever acts, in whatever order: until it is closed somebody may always act on."""
    walk = Walk(table)
    everybody = [
        Actor(party, frozenset(table.roles), in_task_group=member)
        for party in table.parties
        for member in (True, False)
    ]
    for choice in choices:
        now = walk.situation
        now = replace(now, expired=now.running)
        ways = [(actor, row) for actor in everybody for row in allowed(table, now, actor)]
        assert ways or (walk.state and table.state(walk.state).final), f"stuck in {walk.state}"
        if not ways:
            break
        actor, row = ways[choice % len(ways)]
        walk.take(actor, row.id, expired=EVERY_CLOCK)


@given(
    st.sampled_from([None, *(state.id for state in TABLE.states)]),
    st.sampled_from([None, *TABLE.proposals]),
    st.sampled_from([None, *TABLE.parties]),
    st.frozensets(st.sampled_from(sorted(TABLE.roles))),
    st.booleans(),
)
def test_allowed_is_what_is_not_refused(
    state: str | None, proposal: str | None, party: str | None, roles: frozenset[str], member: bool
) -> None:
    situation, actor = Situation(state, proposal, EVERY_CLOCK, EVERY_CLOCK), Actor(party, roles, member)
    free = {row.id for row in allowed(TABLE, situation, actor)}
    for row in TABLE.actions:
        assert (why_refused(TABLE, row.id, situation, actor) is None) == (row.id in free)
        if row.id in free:
            assert party is not None
            assert roles & set(row.by[party])


def test_every_document_is_named_once_and_says_who_issues_it() -> None:
    assert len(documents()) == 48
    assert [field.id for field in document_head()][:3] == ["organ", "number", "date"]
    for name in ("transfer_letter", "investigation_report", "goods_list", "evidence_list"):
        assert documents()[name].basis[0].instrument == "YS2020"


def test_clue_kinds_go_between_the_organs_that_the_law_names() -> None:
    """监察法第37条; 移送规定第13、14、18、19条."""
    clue = TABLES["clue"]
    assert len(clue.kinds) == 8
    assert [kind.id for kind in clue.kinds if kind.duty] == ["duty_crime"]
    assert "commission" in clue.kind("duty_crime").to
    assert clue.kind("breach").sources == ("police",)
    assert clue.kind("breach").to == ("enforcement",)


def test_a_clue_goes_out_and_comes_back() -> None:
    sender, recipient = Actor("sender", frozenset({"handler"})), Actor("recipient", frozenset({"handler"}))
    walk = Walk(TABLES["clue"]).take(sender, "draft").take(sender, "send")
    assert walk.running == {"clue_receipt"}
    walk.take(recipient, "sign_receipt")
    assert walk.running == {"clue_feedback"}
    walk.take(recipient, "take_up").take(recipient, "become_case").take(recipient, "feed_back")
    assert (walk.state, walk.running) == ("fed_back", set())
    assert walk.take(sender, "close").state == "closed"


BROKEN = [
    ("to: reported", "to: repotred", "没有状态", "id: report"),
    ("stops: [transfer_decision]", "stops: [transfer_decisoin]", "没有期限", "id: approve"),
    ("by: {sender: [legal]}", "by: {sender: [lawyer]}", "没有角色", "id: legal_review"),
    ("by: {sender: [legal]}", "by: {organ: [legal]}", "没有这一方", "id: legal_review"),
    ("documents: [return_note]", "documents: [note]", "没有文书", "id: return"),
    ("makes: refusal", "makes: rejection", "没有提请", "id: propose_refusal"),
    ("after: [urge_reply]", "after: [urge]", "没有办理事项", "id: report_no_reply"),
    ("during: [correction]", "during: [corection]", "没有事项", "id: answer_correction"),
    ("  ends: [key_case]\n", "", "没有结束的一步", "id: list_for_supervision"),
    (
        "lengths: {opinion_reply: reply_days}",
        "lengths: {opinion_reply: days}",
        "没有栏目",
        "id: reverse_by_pro",
    ),
    ("of: propose_passing_on}", "of: propose}", "没有栏目", "id: approve_passing_on"),
    ("{instrument: MPS2016_16, article", "{instrument: MPS2061, article", "没有依据", "id: return"),
    ("stops: [reconsideration_decision]", "stops: []", "没有终止的一步", "id: ask_reconsideration"),
    ("id: resume\n", "id: close\n", "重复", "id: close"),
    ("{id: judged, name: 判决, holder: court}", "{id: judged, name: 判决}", "holder", "id: judged"),
    ("  to: withdrawn\n", "", "永远到不了", "id: withdrawn"),
]


@pytest.mark.parametrize(("right", "wrong", "problem", "word"), BROKEN, ids=[case[2] for case in BROKEN])
def test_a_broken_table_is_refused_with_line_and_remedy(
    tmp_path: Path, right: str, wrong: str, problem: str, word: str
) -> None:
    text = (LAW / "procedure.yaml").read_text(encoding="utf-8")
    assert right in text
    file = tmp_path / "procedure.yaml"
    file.write_text(text.replace(right, wrong), encoding="utf-8")
    with pytest.raises(LawDataError) as caught:
        load_procedure(file)
    assert problem in caught.value.problem
    assert caught.value.remedy
    assert word in file.read_text(encoding="utf-8").splitlines()[caught.value.line - 1]
