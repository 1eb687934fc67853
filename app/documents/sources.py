"""Where the fields of documents come from: each source of `documents.yaml` by its name.

A source gives the words that stand in the document, or nothing; what it is called tells the officer who looks
at a document before it is issued where the words come from.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, LiteralString

from app.database.transaction import Acting
from app.documents import goods, words
from app.documents.matter import Act, Matter
from app.documents.tables import items_there
from app.law.clocks import clock
from app.law.documents import About, documents
from app.law.procedure_table import Action, Input
from app.law.supervision import supervision

Source = Callable[[Acting, Matter], Awaitable[str]]


_CLOCKS_OF: Mapping[About, LiteralString] = {
    "transfer": "transfer_id = %(id)s",
    "case": "case_id = %(id)s AND transfer_id IS NULL",
    "clue": "clue_id = %(id)s",
    "supervision": "case_id = %(case)s AND supervision_id = %(id)s",
    "referral": "referral_id = %(id)s",
}


async def value(tx: Acting, matter: Matter, source: str) -> str:
    """What the source says of the matter; empty when it says nothing."""
    kind, _, rest = source.partition(".")
    if kind == "act":
        return await _of_act(tx, matter, matter.act, rest)
    if kind == "step":
        action, _, name = rest.partition(".")
        return await _of_act(tx, matter, matter.last(action), name)
    if kind == "due":
        return await _due(tx, matter, rest)
    if kind == "number":
        return await _number(tx, matter, rest)
    return await NAMED[source][1](tx, matter)


def said(matter: Matter, source: str) -> str:
    """What the source is called."""
    kind, _, rest = source.partition(".")
    if kind == "act":
        return "办理该步时所填" if matter.act is None else f"“{matter.act.action.label}”时所填"
    if kind == "step":
        known = {action.id: action.label for action in matter.table.actions}
        return f"“{known.get(rest.partition('.')[0], rest)}”时所填"
    if kind == "due":
        return f"期限“{clock(rest).name}”的届满时间"
    if kind == "number":
        return f"《{documents()[rest].name}》的文号"
    return NAMED[source][0]


async def _of_act(tx: Acting, matter: Matter, act: Act | None, name: str) -> str:
    if act is None:
        return ""
    if name == "label":
        return act.action.label
    if name in ("at", "date"):
        at: datetime = act.step.get("occurred_at") or act.step["at"]
        return words.moment(at) if name == "at" else words.day(at)
    given = act.step["inputs"].get(name)
    if given in (None, "", []):
        return ""
    return await _input(tx, matter, act.action, name, given)


async def _input(tx: Acting, matter: Matter, action: Action, name: str, given: Any) -> str:
    """What was recorded in a form, in words."""
    field = next((one for one in action.inputs if one.name == name), None)
    kind = field.type if field else "text"
    if kind == "organ":
        return matter.organ(given)
    if kind == "officers":
        return await _officers(tx, given)
    if kind == "charge":
        return words.charge(given)
    if isinstance(field, Input) and kind == "choice":
        return field.choices.get(given, given)
    if kind == "date":
        return words.day(datetime.fromisoformat(given).date())
    if kind == "money":
        return f"{given}元"
    if isinstance(given, bool):
        return "是" if given else "否"
    if kind in ("exhibits", "goods"):
        return await goods.listed(tx, {name: given})
    return "\n".join(str(one) for one in given) if isinstance(given, list) else str(given)


async def _officers(tx: Acting, ids: list[int]) -> str:
    rows = await tx.rows("SELECT name FROM officers WHERE id = ANY (%(ids)s) ORDER BY id", ids=ids)
    return "、".join(row["name"] for row in rows)


async def _due(tx: Acting, matter: Matter, name: str) -> str:
    """When the clock of the matter runs out, a computed term marked where the calendar is not yet out."""
    row = await tx.row(
        "SELECT due_at, provisional FROM clocks WHERE clock = %(clock)s AND due_at IS NOT NULL AND "
        + _CLOCKS_OF[matter.subject.about]
        + " ORDER BY started_at DESC LIMIT 1",
        clock=name,
        id=matter.subject.id,
        case=matter.case_id,
    )
    if row is None:
        return ""
    return words.moment(row["due_at"]) + ("（节假日安排公布前暂算）" if row["provisional"] else "")


async def _number(tx: Acting, matter: Matter, kind: str) -> str:
    """《name》（number）of the newest document of this kind that is in force on the matter."""
    number = await tx.value(
        """SELECT number FROM documents WHERE kind = %(kind)s AND state = 'issued'
              AND (transfer_id = %(id)s OR clue_id = %(id)s OR supervision_id = %(id)s
                OR referral_id = %(id)s OR (case_id = %(id)s AND transfer_id IS NULL))
            ORDER BY issued_at DESC, id DESC LIMIT 1""",
        kind=kind,
        id=matter.subject.id,
    )
    return f"《{documents()[kind].name}》（{number}）" if number else ""


async def _charge(_: Acting, matter: Matter) -> str:
    return words.charge(matter.charge) if matter.charge else ""


async def _provision(_: Acting, matter: Matter) -> str:
    return words.provision(matter.charge) if matter.charge else ""


async def _thresholds(_: Acting, matter: Matter) -> str:
    return words.thresholds(matter.case, matter.charge) if matter.case and matter.charge else ""


async def _amounts(_: Acting, matter: Matter) -> str:
    return words.amounts(matter.case, matter.charge) if matter.case and matter.charge else ""


async def _parties(_: Acting, matter: Matter) -> str:
    return words.parties(matter.case["parties"]) if matter.case else ""


async def _evidence(tx: Acting, matter: Matter) -> str:
    """The evidence that is there, with what it proves."""
    lines = []
    for at, item in enumerate(await items_there(tx, matter), 1):
        proves = f"，证明{'、'.join(item.proves)}" if item.proves else ""
        lines.append(f"{at}. {item.name}{proves}。")
    return "\n".join(lines)


async def _task_group(tx: Acting, matter: Matter) -> str:
    return await _officers(tx, list(matter.transfer["task_group"])) if matter.transfer else ""


async def _decision(_: Acting, matter: Matter) -> str:
    """The head's decision, with what was said of it."""
    decided = matter.last("approve", "refuse")
    if decided is None or decided.action.id != "approve":
        return ""
    opinion = decided.step["inputs"].get("opinion")
    return f"{decided.action.label}。{opinion or ''}"


async def _attachments(tx: Acting, matter: Matter) -> str:
    """What the officer named, else the papers that the act sends along, those still to be made marked so."""
    named = await _of_act(tx, matter, matter.act, "attachments")
    if named or matter.act is None:
        return named
    lines = []
    for kind in matter.act.action.documents:
        document = documents()[kind]
        if document.must_accompany or document.readers == ():
            continue
        number = await _number(tx, matter, kind)
        lines.append(number or f"《{document.name}》（后补）")
    follow = await _of_act(tx, matter, matter.act, "papers_to_follow")
    lines += [f"{paper}（后补）" for paper in follow.splitlines()]
    return "\n".join(f"{at}. {line}" for at, line in enumerate(lines, 1))


async def _attachments_of_copy(tx: Acting, matter: Matter) -> str:
    """A copy of the letter and of what went along with it."""
    letter = await _number(tx, matter, "transfer_letter")
    return f"{letter}及其附件" if letter else ""


async def _papers_returned(tx: Acting, matter: Matter) -> str:
    letter = await _number(tx, matter, "transfer_letter")
    return f"{letter or '移送' + matter.transfer['number']}及所附案卷材料" if matter.transfer else ""


async def _refusal_rights(_: Acting, matter: Matter) -> str:
    return words.refusal_rights() if matter.transfer else ""


async def _filing_charge(_: Acting, matter: Matter) -> str:
    proposed = matter.last("propose_filing")
    name = proposed.step["inputs"].get("charge") if proposed else None
    name = name or (matter.transfer["charge"] if matter.transfer else "")
    return words.charge(name) if name else ""


async def _transfer_basis(_: Acting, matter: Matter) -> str:
    return words.bases(matter.table.action("open_draft").basis) if matter.transfer else ""


async def _act_basis(_: Acting, matter: Matter) -> str:
    """The statutes on which the act or the request rests."""
    if matter.request:
        return words.bases(supervision().kind(matter.request["kind"]).basis)
    return words.bases(matter.act.action.basis) if matter.act else ""


async def _violation(tx: Acting, matter: Matter) -> str:
    """That the police did not file on notice within the term."""
    notice, due = await _number(tx, matter, "filing_order"), await _due(tx, matter, "file_on_notice")
    return f"你机关未在{notice}规定的期限（{due}）内立案。" if notice and due else ""


async def _answered_number(tx: Acting, matter: Matter) -> str:
    """What the actor's organ replies to."""
    asked = {
        "enforcement": ("procuratorial_opinion", "reverse_letter"),
        "procuratorate": ("supervision_suggestion",),
    }
    numbers = [await _number(tx, matter, kind) for kind in asked.get(tx.actor.kind, ())]
    return next(filter(None, numbers), "")


async def _evidence_in_facts(_: Acting, matter: Matter) -> str:
    """Where the act states facts and evidence together."""
    return "证据见认定的事实。" if matter.referral and matter.last("issue_opinion") else ""


async def _non_prosecution(_: Acting, matter: Matter) -> str:
    """The decision not to prosecute, where one was registered."""
    registered = matter.last("register")
    number = registered.step["inputs"].get("document_number") if registered else None
    return f"不起诉决定书（{number}）" if number else ""


async def _question(_: Acting, matter: Matter) -> str:
    asked = matter.last("consult", "consult_procuratorate", "consult_police")
    return str(asked.step["inputs"].get("question", "")) if asked else ""


async def _holder(_: Acting, matter: Matter) -> str:
    """The organ whose turn it is."""
    if matter.transfer is None:
        return _case_organ(matter)
    column = {"sender": "organ_id", "police": "police_organ_id"}
    party = matter.table.state(matter.transfer["state"]).holder or "sender"
    return matter.organ(matter.transfer[column.get(party, "organ_id")])


def _case_organ(matter: Matter) -> str:
    return str(matter.case["organ"]["name"]) if matter.case else ""


async def _clue_files(tx: Acting, matter: Matter) -> str:
    rows = await tx.rows(
        "SELECT name FROM files WHERE clue_id = %(id)s AND removed_at IS NULL ORDER BY id",
        id=matter.subject.id,
    )
    return "\n".join(f"{at}. {row['name']}" for at, row in enumerate(rows, 1))


async def _request_due(tx: Acting, matter: Matter) -> str:
    due = await tx.value(
        "SELECT due_at FROM clocks WHERE supervision_id = %(id)s ORDER BY started_at DESC LIMIT 1",
        id=matter.subject.id,
    )
    return words.moment(due) if due else ""


async def _reply_to(_: Acting, matter: Matter) -> str:
    """Whom a reply goes to: who asked."""
    if matter.clue:
        return matter.organ(matter.clue["from_organ_id"])
    for asked in (matter.request, matter.referral):
        if asked:
            return matter.organ(asked["from_organ_id"])
    return ""


def _column(of: str, name: str) -> Source:
    async def read(_: Acting, matter: Matter) -> str:
        row: Mapping[str, Any] | None = getattr(matter, of)
        found = row[name] if row else None
        return str(found) if found else ""

    return read


def _organ(of: str, name: str) -> Source:
    async def read(_: Acting, matter: Matter) -> str:
        row: Mapping[str, Any] | None = getattr(matter, of)
        return matter.organ(row[name]) if row else ""

    return read


async def _sender(_: Acting, matter: Matter) -> str:
    if matter.referral:
        return matter.organ(matter.referral["enforcement_organ_id"])
    return matter.organ(matter.transfer["organ_id"]) if matter.transfer else _case_organ(matter)


def _party(column: str) -> Source:
    async def read(_: Acting, matter: Matter) -> str:
        row = matter.transfer or matter.referral
        return matter.organ(row[column]) if row else ""

    return read


async def _officer(tx: Acting, _: Matter) -> str:
    return tx.actor.officer_name


async def _telephone(tx: Acting, _: Matter) -> str:
    return await tx.value("SELECT telephone FROM organs WHERE id = %(id)s", id=tx.actor.organ_id) or ""


async def _measures(_: Acting, matter: Matter) -> str:
    return words.measures(matter.case) if matter.case else ""


NAMED: Mapping[str, tuple[str, Source]] = {
    "charge": ("移送的涉嫌罪名", _charge),
    "provision": ("涉嫌罪名的刑法条文", _provision),
    "thresholds": ("筛查结论", _thresholds),
    "amounts": ("筛查结论所读的数额", _amounts),
    "parties": ("案件的当事人（证件号码遮掩）", _parties),
    "evidence": ("证据清单中已有的材料", _evidence),
    "exhibits_in_words": ("涉案物品登记", goods.exhibits_in_words),
    "goods_handed": ("移交的记录", goods.goods_handed),
    "goods_counted": ("移交和接收的清点", goods.goods_counted),
    "destroyed": ("无害化销毁的记录", goods.destroyed),
    "destroyed_on": ("无害化销毁的记录", goods.destroyed_on),
    "destruction.method": ("无害化销毁的记录", goods.destruction("method")),
    "destruction.place": ("无害化销毁的记录", goods.destruction("place")),
    "destruction.company": ("无害化销毁的记录", goods.destruction("company", "qualification")),
    "destruction.witnesses": ("无害化销毁的记录", goods.destruction("witnesses")),
    "destruction.photographs": ("无害化销毁的记录", goods.destruction("photographs")),
    "task_group": ("专案组", _task_group),
    "decision": ("负责人的审批", _decision),
    "attachments": ("随附的文书", _attachments),
    "attachments_of_copy": ("抄送的文书", _attachments_of_copy),
    "papers_returned": ("移送的文书", _papers_returned),
    "refusal_rights": ("期限数据（clocks.yaml）", _refusal_rights),
    "filing_charge": ("提请立案的罪名", _filing_charge),
    "transfer_basis": ("移送程序的依据", _transfer_basis),
    "act_basis": ("该步的依据", _act_basis),
    "violation": ("通知立案的期限", _violation),
    "answered_number": ("所复文书的文号", _answered_number),
    "evidence_in_facts": ("检察意见的事实与证据", _evidence_in_facts),
    "non_prosecution_decision": ("登记的不起诉决定", _non_prosecution),
    "handed_by": ("移交的记录", goods.handed_by),
    "accepted_by": ("接收的记录", goods.accepted_by),
    "handover_course": ("移交和接收的记录", goods.handover_course),
    "question": ("提请会商时所填", _question),
    "holder": ("现由其办理的机关", _holder),
    "officer": ("办理人", _officer),
    "organ.telephone": ("机关名录中的联系电话", _telephone),
    "case.summary": ("案件的案情摘要", _column("case", "summary")),
    "case.source": ("案件来源", _column("case", "case_source")),
    "case.measures": ("案件的行政处罚", _measures),
    "transfer.number": ("移送编号", _column("transfer", "number")),
    "sender": ("移送机关", _sender),
    "police": ("公安机关", _party("police_organ_id")),
    "procuratorate": ("检察机关", _party("procuratorate_organ_id")),
    "clue.recipient": ("线索的接收机关", _organ("clue", "to_organ_id")),
    "clue.subject": ("线索标题", _column("clue", "subject")),
    "clue.content": ("线索内容", _column("clue", "content")),
    "clue.number": ("线索编号", _column("clue", "number")),
    "clue.result": ("线索的处理结果", _column("clue", "result")),
    "clue.feedback": ("线索的反馈", _column("clue", "feedback")),
    "clue.files": ("线索的附件", _clue_files),
    "request.recipient": ("监督请求的对象", _organ("request", "to_organ_id")),
    "request.reasons": ("监督请求的事实与理由", _column("request", "reasons")),
    "request.number": ("监督请求的编号", _column("request", "number")),
    "request.answer": ("监督请求的答复", _column("request", "answer")),
    "request.due": ("监督请求的期限", _request_due),
    "reply_to": ("来文机关", _reply_to),
}
