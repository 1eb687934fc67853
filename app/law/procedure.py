"""Who may do what now: pure functions over the tables of the procedure.

A situation is what the engine must know of a transfer or clue; an actor is an officer seen from it. An action
that is refused says why, with a stable code and in Chinese.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from app.law.clocks import cite, clock
from app.law.procedure_table import Action, Procedure


@dataclass(frozen=True, slots=True)
class Situation:
    """Where it stands. `state` None: nothing is opened yet.

    `proposal`: the proposal that waits for approval. `running`: clocks not stopped (run out or not);
    `expired`: those of them that have run out. `done`: ids of actions already taken. `matters`: what is open
    beside the state, `name` or `name:party`.
    """

    state: str | None
    proposal: str | None = None
    running: frozenset[str] = frozenset()
    expired: frozenset[str] = frozenset()
    done: frozenset[str] = frozenset()
    matters: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Actor:
    """An officer seen from the transfer or clue.

    `party`: which party the officer's organ is, None when it is none. `in_task_group`: member of the task
    group. `proposer`: made the proposal that waits.
    """

    party: str | None
    roles: frozenset[str]
    in_task_group: bool = False
    proposer: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an action may not be taken: stable English code, Chinese detail that says what to do."""

    code: str
    detail: str


def allowed(table: Procedure, situation: Situation, actor: Actor) -> list[Action]:
    """The actions that the actor may take now, in the table's order."""
    return [
        row
        for row in table.actions
        if actor.party in row.by
        and (row.opens if situation.state is None else situation.state in row.sources)
        and _why_refused(table, row, situation, actor) is None
    ]


def why_refused(table: Procedure, action: str, situation: Situation, actor: Actor) -> Refusal | None:
    """Why the actor may not take the action now, with the rule it rests on; None when it may be taken."""
    try:
        row = table.action(action)
    except KeyError:
        return Refusal("action_unknown", f"没有名为 {action} 的动作，请从可用动作中选择。")
    refusal = _why_refused(table, row, situation, actor)
    if refusal is None or not row.basis:
        return refusal
    return replace(refusal, detail=f"{refusal.detail}依据：{'；'.join(map(cite, row.basis))}。")


def matters_after(
    row: Action, open_: Iterable[str], party: str | None, given: Iterable[str] = ()
) -> frozenset[str]:
    """What is open beside the state once `party` has taken the action with the inputs `given`."""
    ended = {_of(name, party) for name in row.ends}
    begun = {*row.begins, *(name for name, field in row.begins_with.items() if field in set(given))}
    return (frozenset(open_) - ended) | {_of(name, party) for name in begun}


def _why_refused(table: Procedure, row: Action, situation: Situation, actor: Actor) -> Refusal | None:
    return (
        _wrong_state(table, row, situation)
        or _wrong_actor(table, row, actor)
        or _wrong_proposal(table, row, situation)
        or _wrong_step(table, row, situation)
        or _wrong_matter(table, row, situation, actor)
        or _own_matter(row, actor)
    )


def _wrong_state(table: Procedure, row: Action, situation: Situation) -> Refusal | None:
    if situation.state is None:
        if row.opens:
            return None
        return Refusal("action_not_in_state", f"尚未开始，不能“{row.label}”。")
    if situation.state in row.sources:
        return None
    now = table.state(situation.state).name
    if row.opens:
        return Refusal("action_not_in_state", f"现为“{now}”，不能重复“{row.label}”。")
    where = "、".join(f"“{table.state(source).name}”" for source in row.sources)
    return Refusal(
        "action_not_in_state", f"现为“{now}”，“{row.label}”只能在{where}时作出，请刷新后按现状办理。"
    )


def _wrong_actor(table: Procedure, row: Action, actor: Actor) -> Refusal | None:
    if actor.party is None or actor.party not in row.by:
        who = "、".join(table.parties[party] for party in row.by)
        return Refusal("party_may_not", f"“{row.label}”由{who}作出，请转告该机关。")
    roles = row.by[actor.party]
    if not actor.roles & set(roles):
        who = "、".join(table.roles[role] for role in roles)
        return Refusal(
            "role_may_not", f"“{row.label}”由{table.parties[actor.party]}的{who}作出，请转交有此岗位的人员。"
        )
    if row.group == "member" and not actor.in_task_group:
        return Refusal("not_in_task_group", f"“{row.label}”由专案组成员作出，请由其成员办理。")
    return None


def _wrong_proposal(table: Procedure, row: Action, situation: Situation) -> Refusal | None:
    waiting = situation.proposal
    if row.needs:
        if waiting is None or row.needs not in {"any", waiting}:
            wanted = "待批的提请" if row.needs == "any" else f"“{table.proposals[row.needs]}”的提请"
            return Refusal("proposal_missing", f"没有{wanted}，请先由承办人提请。")
        return None
    if waiting and (row.makes or row.to):
        return Refusal(
            "proposal_waiting",
            f"“{table.proposals[waiting]}”的提请正待负责人批准，请先批准、退回或者撤回该提请。",
        )
    return None


def _wrong_step(table: Procedure, row: Action, situation: Situation) -> Refusal | None:
    for name in row.after:
        if name not in situation.done:
            return Refusal("step_missing", f"“{row.label}”之前须先“{table.action(name).label}”。")
    for name in row.running:
        if name not in situation.running:
            return Refusal(
                "clock_not_running", f"“{clock(name).name}”的期限没有在计算，不需要“{row.label}”。"
            )
    for name in row.expired:
        if name not in situation.expired:
            return Refusal(
                "clock_not_expired", f"“{clock(name).name}”的期限尚未届满，届满后方可“{row.label}”。"
            )
    return None


def _wrong_matter(table: Procedure, row: Action, situation: Situation, actor: Actor) -> Refusal | None:
    for name in row.during:
        if _of(name, actor.party) not in situation.matters:
            return Refusal("matter_not_open", _not_open(table, row, name.partition(":")[0]))
    renewed = {_of(name, actor.party) for name in row.ends}
    for name in row.begins:
        if _of(name, actor.party) in situation.matters - renewed:
            matter = table.matters[name.partition(":")[0]]
            return Refusal("matter_open", f"“{matter}”已在进行，不要重复“{row.label}”。")
    return None


def _not_open(table: Procedure, row: Action, matter: str) -> str:
    first = [
        f"“{one.label}”"
        for one in table.actions
        if one.id != row.id and matter in {name.partition(":")[0] for name in one.begins}
    ]
    before = f"须先{'或者'.join(first)}，" if first else ""
    return f"没有进行中的“{table.matters[matter]}”，{before}请按现状办理。"


def _of(name: str, party: str | None) -> str:
    return name.replace(":actor", f":{party}")


def _own_matter(row: Action, actor: Actor) -> Refusal | None:
    if row.four_eyes and (actor.in_task_group or actor.proposer):
        return Refusal("four_eyes", f"专案组成员或者提请人不得自己“{row.label}”，请由其他负责人办理。")
    return None
