"""What officers find where the machine cannot tell: suspicion, acts to be added up, outside penalties."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from app.audit.events import record
from app.cases.again import screen_again
from app.cases.models import AccumulationConfirmed, OutsidePenalty, Suspicion
from app.cases.own import own_case
from app.database.transaction import Acting, Row, new_id
from app.errors import Conflict, NotAllowed, invalid
from app.law.statutes import law
from app.screening.service import suspected

FOUND_BY = ("handler", "head")
Kind = Literal["suspicion", "accumulation"]


async def suspect(tx: Acting, case_id: UUID, found: Suspicion) -> None:
    """An officer finds reasonable suspicion below the threshold, for a charge of intellectual property.

    行政执法机关移送涉嫌犯罪案件的规定 第三条第二款. It starts the clock for the report. Raises NotFound,
    NotAllowed, Conflict, Invalid.
    """
    row = await own_case(tx, case_id, _refusal(), FOUND_BY)
    if row["conclusion"] == "must_transfer":
        raise Conflict(
            "threshold_reached", "本案已达到立案追诉标准，应当直接提出移送报告，无需另行认定合理嫌疑。"
        )
    charge = law().charges.get(found.charge)
    if charge is None or charge.reasonable_suspicion is None:
        named = "、".join(
            f"{one.name}（{one.charge}）" for one in law().charges.values() if one.reasonable_suspicion
        )
        raise invalid("charge", "charge_not_ip", f"合理嫌疑只适用于知识产权案件，请选择：{named}。")
    if charge.charge not in await _charges_in_view(tx, case_id):
        raise invalid("charge", "charge_not_in_view", "本案的行为方式不涉及该罪名，请核对案由和行为方式。")
    await _keep(tx, row, "suspicion", charge.charge, found.reasons)
    await tx.execute(
        "UPDATE cases SET suspected_at = coalesce(suspected_at, %(now)s) WHERE id = %(case)s",
        case=case_id,
        now=tx.now,
    )
    await suspected(tx, row["organ_id"], case_id, row["number"])


async def confirm_accumulation(tx: Acting, case_id: UUID, found: AccumulationConfirmed) -> None:
    """An officer confirms, with reasons, that acts are added up where no instrument fixes the period.

    The case is screened again with the sums. Raises NotFound, NotAllowed, Conflict.
    """
    row = await own_case(tx, case_id, _refusal(), FOUND_BY)
    now = await screen_again(tx, row)
    waiting = {
        one["charge"]
        for one in now.party_record.get("accumulated", ())
        if one["needs_confirmation"] and not one["confirmed"]
    }
    if found.charge not in waiting:
        raise Conflict(
            "nothing_to_confirm",
            "该罪名没有待确认的累计：或者已经确认，或者按现有记录累计后未达到标准，请重新读取案件核对。",
        )
    await _keep(tx, row, "accumulation", found.charge, found.reasons)
    await screen_again(tx, await own_case(tx, case_id, _refusal(), FOUND_BY))


async def add_outside_penalty(tx: Acting, case_id: UUID, penalty: OutsidePenalty) -> None:
    """An officer adds a penalty of the party that is not on the platform; the case is screened again.

    Raises NotFound, NotAllowed.
    """
    row = await own_case(tx, case_id, _refusal(), FOUND_BY)
    said = penalty.model_dump()
    await tx.execute(
        """INSERT INTO outside_penalties (id, case_id, organ_name, cause, decided_on, source, added_by,
              added_at)
            VALUES (%(id)s, %(case)s, %(organ_name)s, %(cause)s, %(decided_on)s, %(source)s, %(officer)s,
              %(now)s)""",
        said,
        id=new_id(),
        case=case_id,
        officer=tx.actor.officer_id,
        now=tx.now,
    )
    await record(
        tx,
        "case.outside_penalty",
        ("case", case_id),
        case_id=case_id,
        changes={name: (None, value) for name, value in said.items()},
    )
    await screen_again(tx, row)


def _refusal() -> NotAllowed:
    return NotAllowed("may_not_find", "只有本案承办机关的承办人或者负责人可以认定或者补充。")


async def _charges_in_view(tx: Acting, case_id: UUID) -> set[str]:
    result = await tx.value(
        "SELECT result FROM findings WHERE case_id = %(case)s ORDER BY id DESC LIMIT 1", case=case_id
    )
    return {one["charge"] for one in result["findings"]} if result else set()


async def _keep(tx: Acting, row: Row, kind: Kind, charge: str, reasons: str) -> None:
    kept = await tx.execute(
        """INSERT INTO officer_findings (id, case_id, kind, charge, reasons, officer_id, officer_name,
              found_at)
            VALUES (%(id)s, %(case)s, %(kind)s, %(charge)s, %(reasons)s, %(officer)s, %(name)s, %(now)s)
            ON CONFLICT (case_id, kind, charge) DO NOTHING""",
        id=new_id(),
        case=row["id"],
        kind=kind,
        charge=charge,
        reasons=reasons,
        officer=tx.actor.officer_id,
        name=tx.actor.officer_name,
        now=tx.now,
    )
    if not kept.rowcount:
        raise Conflict("already_found", "该项已经认定过，不必重复认定；认定的情况见案件详情。")
    await record(
        tx,
        f"case.{kind}_found",
        ("case", row["id"]),
        case_id=row["id"],
        changes={"charge": (None, charge), "reasons": (None, reasons)},
    )
