"""When an act on a referral was done, and whether what it refers may still be punished."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from app.database.transaction import Acting
from app.errors import invalid
from app.law.legal_days import SHANGHAI
from app.law.limitation import limitation
from app.law.procedure_table import Action
from app.transfers.holds import check_limitation_ground
from app.transfers.situation import Standing
from app.transfers.times import answering, opened_at


async def occurred_at(tx: Acting, at: Standing | None, action: Action, inputs: Mapping[str, Any]) -> datetime:
    """The moment from which the act's clocks count: that given, else now. Raises Invalid as for transfers."""
    return (
        opened_at(tx, inputs) if at is None else await answering(tx, "referral", at, action, inputs, "开始")
    )


def check_limitation(tx: Acting, action: Action, inputs: Mapping[str, Any]) -> None:
    """Raises Invalid where the act may no longer be punished and no exception is named (行政处罚法第36条)."""
    if "limitation" not in action.holds:
        return
    act_end, discovered = (date.fromisoformat(inputs[name]) for name in ("act_end", "discovered"))
    if discovered < act_end:
        raise invalid(
            "inputs.discovered", "discovered_before_act_end", "被发现之日不能早于违法行为终了之日，请核对。"
        )
    if discovered > tx.now.astimezone(SHANGHAI).date():
        raise invalid("inputs.discovered", "discovered_in_future", "被发现之日晚于今天，请核对。")
    check_limitation_ground(limitation(act_end, discovered), inputs)
