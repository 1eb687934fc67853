"""Receiving a package: the same transfer comes to be here, in one transaction, or nothing does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, LiteralString

from psycopg import errors

from app.audit.events import record as record_event
from app.cases.parties import mask_id_number, mask_phone
from app.database.sealed import Seal
from app.database.transaction import Acting, Actor, new_id
from app.errors import Conflict, FieldError, Invalid, NotAllowed
from app.law.clocks import clocks
from app.law.procedure_table import transfer_procedure
from app.law.statutes import law
from app.notices.service import Addressee, notify
from app.packages.carried import CARRIED, Carried
from app.packages.consistency import officers_of
from app.packages.record import Record
from app.packages.translation import Rows, step_inputs, translated
from app.packages.trust import PublicKey

_RECEIVE = {"police": ("desk",), "procuratorate": ("desk", "handler", "supervisor")}


def may_receive(actor: Actor) -> bool:
    """Whether the officer takes in packages."""
    return actor.is_a(*_RECEIVE.get(actor.kind, ()))


def check_may_receive(tx: Acting) -> None:
    """Raises NotAllowed unless the officer takes in packages for police or procuratorate."""
    if not may_receive(tx.actor):
        raise NotAllowed(
            "may_not_receive", "卷宗包由受移送公安机关的受理岗位或者同级人民检察院接收，请转交其办理。"
        )


async def check_fits(tx: Acting, record: Record) -> Mapping[str, int]:
    """Whether the package is for the acting organ and can be understood here; the organs' numbers by code.

    Raises NotAllowed `package_not_addressed`, Invalid `organ_unknown` and `law_unknown` naming each.
    """
    check_may_receive(tx)
    codes = {organ.code: organ for organ in record.organs}
    rows = await tx.rows(
        "SELECT id, code, kind, level, region FROM organs WHERE code = ANY (%(codes)s)", codes=list(codes)
    )
    here = {row["code"]: row for row in rows}
    transfer = record.transfer
    addressee = transfer.police if tx.actor.kind == "police" else transfer.procuratorate
    if addressee is None or addressee not in here or here[addressee]["id"] != tx.actor.organ_id:
        names = "、".join(codes[code].name for code in (transfer.police, transfer.procuratorate) if code)
        raise NotAllowed("package_not_addressed", f"该卷宗包移送的是{names}，请由其接收。")
    wrong = [
        f"{organ.name}（{code}）"
        for code, organ in codes.items()
        if code not in here
        or (organ.kind, organ.level, organ.region)
        != tuple(here[code][one] for one in ("kind", "level", "region"))
    ]
    if wrong:
        raise Invalid(
            "organ_unknown",
            f"本平台的机关名录中没有下列机关，或者其类别、层级、区划不同：{'、'.join(wrong)}。"
            "请系统管理员用 xianjie organs 补充名录后重新接收。",
            [FieldError("organs", "organ_unknown", one) for one in wrong],
        )
    _check_law(record)
    return {code: row["id"] for code, row in here.items()}


async def receive(
    tx: Acting, seal: Seal, record: Record, texts: Mapping[str, bytes], key: PublicKey, sha256: str
) -> None:
    """Put down the transfer with everything that belongs to it, numbers and times as they are.

    The contents of its files are in the store already; `texts` are Word files and PDFs by path. Raises as
    `check_fits`, and Conflict `package_already_received`, `transfer_already_here`, `case_already_here`,
    `number_taken`.
    """
    organs = await check_fits(tx, record)
    await _begin(tx, record, organs[key.organ], key.kid, sha256)
    try:
        officers = await _officers(tx, record)
        await _put_down(tx, seal, record, texts, organs, officers)
        for document in record.documents:
            await tx.execute(
                "INSERT INTO document_texts (document_id, docx) VALUES (%(id)s, %(docx)s)",
                id=document.id,
                docx=texts[document.path],
            )
    except errors.UniqueViolation as error:
        raise Conflict(
            "number_taken",
            f"卷宗中的编号与本平台已有的记录重复（{error.diag.constraint_name}），不能接收，"
            "请联系系统管理员核对该移送是否已在本平台办理。",
        ) from error
    await _tell(tx, record, organs)
    await record_event(
        tx,
        "package.received",
        ("transfer", record.transfer.id),
        case_id=record.case.id,
        transfer_id=record.transfer.id,
        changes={"package_sha256": (None, sha256), "kid": (None, key.kid), "signer": (None, key.organ)},
    )


def _check_law(record: Record) -> None:
    table = transfer_procedure()
    known_actions, known_states = {one.id for one in table.actions}, {one.id for one in table.states}
    named = {
        "罪名": ({record.transfer.charge} | set(record.case.charges), set(law().charges)),
        "动作": ({step.action for step in record.steps}, known_actions),
        "状态": ({record.transfer.state}, known_states),
        "期限": ({clock.clock for clock in record.clocks}, set(clocks())),
    }
    wrong = [f"{kind} {one}" for kind, (used, known) in named.items() for one in sorted(used - known)]
    if wrong:
        raise Invalid(
            "law_unknown",
            f"本平台的法律数据中没有：{'、'.join(wrong)}。请先升级平台，再接收该卷宗包。",
            [FieldError("law", "law_unknown", one) for one in wrong],
        )


async def _begin(tx: Acting, record: Record, signer: int, kid: str, sha256: str) -> None:
    try:
        row = await tx.row(
            """SELECT refusal, here FROM begin_receipt(%(id)s, %(package)s, %(transfer)s, %(case)s, %(kid)s,
                %(signer)s, %(issued)s, %(now)s)""",
            id=new_id(),
            package=bytes.fromhex(sha256),
            transfer=record.transfer.id,
            case=record.case.id,
            kid=kid,
            signer=signer,
            issued=record.issue.at,
            now=tx.now,
        )
    except errors.UniqueViolation:
        row = {"refusal": "package_already_received", "here": record.transfer.id}
    if row is None or row["refusal"] is None:
        return
    words = {
        "package_already_received": "该卷宗包已经接收，不要重复接收；请在原移送上办理。",
        "transfer_already_here": "该移送已在本平台，后来的卷宗包不再接收；请在原移送上办理。",
        "case_already_here": "该案件已在本平台，不能再以卷宗包接收其移送；请联系移送机关在本平台直接移送。",
    }
    extra = {"transfer_id": str(row["here"]), "number": record.transfer.number} if row["here"] else {}
    raise Conflict(row["refusal"], words[row["refusal"]], extra=extra)


async def _officers(tx: Acting, record: Record) -> Mapping[tuple[str, str], int]:
    named = {(one.organ, one.login): one.name for one in officers_of(record)}
    for step in record.steps:
        step_inputs(
            step.action, step.inputs, lambda one: one, lambda one: named.update({_who(one): one["name"]})
        )
    return {
        (organ, login): await tx.value(
            "SELECT officer_named(%(transfer)s, %(organ)s, %(login)s, %(name)s)",
            transfer=record.transfer.id,
            organ=organ,
            login=login,
            name=name,
        )
        for (organ, login), name in named.items()
    }


async def _put_down(
    tx: Acting,
    seal: Seal,
    record: Record,
    texts: Mapping[str, bytes],
    organs: Mapping[str, int],
    officers: Mapping[tuple[str, str], int],
) -> None:
    def officer(one: Any) -> int:
        return officers[_who(one)]

    for carried in CARRIED:
        part = record.model_dump()[carried.part] if carried.single else None
        for row in (
            [part] if part is not None else [one.model_dump() for one in getattr(record, carried.part)]
        ):
            if carried.part == "steps":
                row["inputs"] = step_inputs(row["action"], row["inputs"], organs.__getitem__, officer)
            values = _values(carried, row, organs, officer)
            if carried.part == "parties":
                values |= _sealed(row, seal)
            elif carried.part == "prints":
                values |= {"pdf": texts[row["path"]]}
            await _insert(tx, carried, values | _placed(carried, row, record, organs))
        if carried.part == "case":
            await _open(tx, record, organs)


def _values(carried: Carried, row: Rows, organs: Mapping[str, int], officer: Any) -> Rows:
    return {
        **{name: row[name] for name in (*carried.plain, *carried.as_text)},
        **{name: row[name] and bytes.fromhex(row[name]) for name in carried.hashes if name in row},
        **{column: translated(row[name], organs.__getitem__) for column, name in carried.organs.items()},
        **{column: translated(row[name], officer) for column, name in carried.officers.items()},
    }


def _placed(carried: Carried, row: Rows, record: Record, organs: Mapping[str, int]) -> Rows:
    """What follows from where the row belongs. The line is set by the organ, whatever is inserted."""
    places = {
        "case_id": record.case.id,
        "transfer_id": None if row.get("of") == "case" else record.transfer.id,
        "organ_id": organs[record.case.organ],
        "line": "",
    }
    return {name: places[name] for name in carried.placed}


def _sealed(row: Rows, seal: Seal) -> Rows:
    number, phone = row["id_number"], row["phone"]
    return {
        "id_number_sealed": seal.seal(number) if number else None,
        "id_number_index": seal.index(number) if number else None,
        "id_number_masked": mask_id_number(number) if number else None,
        "phone_sealed": seal.seal(phone) if phone else None,
        "phone_masked": mask_phone(phone) if phone else None,
    }


async def _insert(tx: Acting, carried: Carried, values: Rows) -> None:
    names: list[LiteralString] = [*carried.columns()]
    marks: list[LiteralString] = ["%(" + name + ")s" for name in names]
    statement = (
        "INSERT INTO " + carried.table + " (" + ", ".join(names) + ") VALUES (" + ", ".join(marks) + ")"
    )
    await tx.execute(statement, values)


async def _open(tx: Acting, record: Record, organs: Mapping[str, int]) -> None:
    """Open the case to the organs through whose hands the transfer goes."""
    transfer = record.transfer
    reasons = dict.fromkeys(transfer.police_past, "passed_on")
    if transfer.police:
        reasons[transfer.police] = "transfer" if not transfer.police_past else "passed_on"
    if transfer.court:
        reasons[transfer.court] = "prosecution"
    for code, reason in reasons.items():
        await tx.execute(
            """INSERT INTO case_grants (case_id, from_organ_id, organ_id, reason, kind, line, granted_by,
                    granted_at)
                VALUES (%(case)s, %(sender)s, %(organ)s, %(reason)s, '', '', %(officer)s, %(at)s)""",
            case=record.case.id,
            sender=organs[record.case.organ],
            organ=organs[code],
            reason=reason,
            officer=tx.actor.officer_id,
            at=transfer.sent_at,
        )


async def _tell(tx: Acting, record: Record, organs: Mapping[str, int]) -> None:
    title = f"{record.transfer.number}：收到移送卷宗包"
    for code, roles in (
        (record.transfer.police, ["desk", "handler"]),
        (record.transfer.procuratorate, ["handler"]),
    ):
        if code is not None:
            await notify(
                tx,
                Addressee(organs[code], roles),
                "package.received",
                title,
                ("transfer", record.transfer.id),
            )


def _who(officer: Mapping[str, Any]) -> tuple[str, str]:
    return officer["organ"], officer["login"]
