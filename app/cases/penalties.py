"""No new fine, and no detention, for an act whose criminal side is not over.

国务院令第310号第十一条, 行政处罚法第三十五条.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.database.transaction import Acting
from app.errors import Conflict
from app.law.clocks import cite
from app.law.legal_days import SHANGHAI
from app.law.penalties import Penalty, effect_name, penalties_in
from app.law.procedure_table import transfer_procedure


async def check_new_penalties(
    tx: Acting, case_id: UUID, before: Mapping[str, Any], after: Mapping[str, Any]
) -> None:
    """Raises Conflict `penalty_must_wait` for a penalty that has to wait while a transfer is with the police.

    A decision dated before the transfer was sent may be entered late: it is what the court offsets.
    """
    known = {one.id for one in _named(before)}
    new = [one for one in _named(after) if one.new == "waits" and one.id not in known]
    if not new:
        return
    criminal = [state.id for state in transfer_procedure().states if state.criminal]
    transfer = await tx.row(
        """SELECT number, state, sent_at FROM transfers
            WHERE case_id = %(case)s AND sent_at IS NOT NULL AND state = ANY (%(criminal)s)
            ORDER BY id DESC LIMIT 1""",
        case=case_id,
        criminal=criminal,
    )
    if transfer is None:
        return
    sent = transfer["sent_at"].astimezone(SHANGHAI).date()
    if after["decided_on"] and after["decided_on"] < sent:
        return
    state = transfer_procedure().state(transfer["state"]).name
    names = "、".join(one.name for one in new)
    raise Conflict(
        "penalty_must_wait",
        f"本案已于{sent}移送公安机关（{transfer['number']}，{state}），{names}须等{effect_name('waits')}："
        "请在移送办结或者恢复行政处理后录入；移送前已作出的，请填写早于移送日的处罚决定日期。"
        f"依据：{'；'.join(cite(basis) for one in new for basis in one.basis)}。",
    )


def _named(case: Mapping[str, Any]) -> list[Penalty]:
    fine = ["罚款"] if case["fine_amount"] else []
    return penalties_in([*case["penalties"], *fine])
