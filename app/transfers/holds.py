"""What holds an act until it is answered: missing mandatory evidence, limitation, the offset of fines."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from app.database.transaction import Acting, Row
from app.errors import Conflict, invalid
from app.evidence.checklist import missing_mandatory
from app.law.legal_days import SHANGHAI
from app.law.limitation import Limitation, limitation
from app.law.procedure_table import Action, Hold, transfer_procedure
from app.transfers.recorded import latest_inputs
from app.transfers.situation import Standing


async def check_holds(tx: Acting, at: Standing, action: Action, inputs: Mapping[str, Any]) -> None:
    """Raises Conflict or Invalid where something holds the act, with what lifts it."""
    for hold in action.holds:
        await _HOLDS[hold](tx, at, inputs)


async def limitation_of(tx: Acting, row: Row) -> Limitation | None:
    """Whether the act of the transfer's case may still be punished; None where the case is not seen."""
    case = await tx.row(
        "SELECT act_end_date, filed_on, created_at FROM cases WHERE id = %(id)s", id=row["case_id"]
    )
    if case is None:
        return None
    entered: date = case["created_at"].astimezone(SHANGHAI).date()
    return limitation(case["act_end_date"], case["filed_on"] or entered)


def check_limitation_ground(found: Limitation, inputs: Mapping[str, Any]) -> None:
    """Raises Invalid where the limitation has run out and no exception is named, or none that fits."""
    if found.outcome in ("within", "unknown"):
        return
    ground, reason = inputs.get("limitation_ground"), inputs.get("limitation_reason")
    if ground is None or (ground == "health_or_finance" and found.outcome == "beyond_five"):
        raise invalid(
            "inputs.limitation_ground",
            "limitation_expired",
            f"{found.detail}属于除外情形的，请选择该情形并写明事实；否则不再处罚，请作不予立案或者办结处理。",
        )
    if reason is None:
        raise invalid(
            "inputs.limitation_reason", "input_missing", f"{found.detail}请写明除外情形的事实与日期。"
        )


async def _mandatory_evidence(tx: Acting, at: Standing, _: Mapping[str, Any]) -> None:
    if "evidence_override" in at.situation.matters:
        return
    missing = await missing_mandatory(tx, at.row)
    if not missing:
        return
    override = transfer_procedure().action("override_evidence")
    raise Conflict(
        "mandatory_evidence_missing",
        f"缺少必备证据{len(missing)}项。{'；'.join(one.detail for one in missing)}。"
        "请补齐并在证据清单上标注；"
        f"不能补齐的，由负责人先作出“{override.label}”并写明理由，公安机关和检察机关可以看到。",
        extra={"missing": [{"item": one.item, "detail": one.detail} for one in missing]},
    )


async def _limitation(tx: Acting, at: Standing, inputs: Mapping[str, Any]) -> None:
    found = await limitation_of(tx, at.row)
    if found is not None:
        check_limitation_ground(found, inputs)


async def _fine_offset(tx: Acting, at: Standing, inputs: Mapping[str, Any]) -> None:
    if "fine_offset" not in inputs:
        return
    judgment = await latest_inputs(tx, at.id, "record_judgment") or {}
    fine = judgment.get("criminal_fine", "0")
    paid = await tx.value("SELECT fine_amount FROM cases WHERE id = %(id)s", id=at.row["case_id"])
    most = min(Decimal(fine), paid or Decimal(0))
    if Decimal(inputs["fine_offset"]) > most:
        raise invalid(
            "inputs.fine_offset",
            "offset_too_large",
            f"折抵的数额不能超过已处罚款（{paid or 0}元）与判处罚金（{fine}元）中较小的一项（{most}元），"
            "请更正；依据：行政执法机关移送涉嫌犯罪案件的规定第11条第3款。",
        )


_HOLDS: Mapping[Hold, Callable[[Acting, Standing, Mapping[str, Any]], Awaitable[None]]] = {
    "mandatory_evidence": _mandatory_evidence,
    "limitation": _limitation,
    "fine_offset": _fine_offset,
}
