"""What an officer should look at after entry. A warning stops nothing; what must not be is an error."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from app.cases.models import CaseEntry, CaseWarning

_SIGNS = {"party": "当事人", "decision_number": "决定书文号", "decided_on": "决定日期", "amount": "涉案金额"}


def already_entered(case_id: UUID) -> CaseWarning:
    """The same source and source id are there already; nothing was stored."""
    return CaseWarning(
        code="already_entered",
        detail="来源系统中的这一编号此前已经录入，本次没有新建案件；需要改动请修改已有案件。",
        case_id=case_id,
    )


def duplicates(found: Iterable[Mapping[str, Any]]) -> list[CaseWarning]:
    """Cases that are likely the same; `case_id` only where the officer may open it."""
    return [
        CaseWarning(
            code="likely_duplicate",
            detail=f"{one['organ_name']}已有一件案件与本案"
            + "、".join(_SIGNS[sign] for sign in one["agrees"])
            + "相同，请核对是否重复录入。",
            case_id=one["case_id"],
        )
        for one in found
    ]


def recommended(entry: CaseEntry) -> list[CaseWarning]:
    """Fields that may be absent, with what their absence costs."""
    missing = []
    if entry.act_end_date is None and "act_end_date" not in entry.facts:
        missing.append(("act_end_date", "未填行为终了日，将按各时期的标准分别筛查，结论可能不确定。"))
    if entry.decision_number is None:
        missing.append(("decision_number", "未填处罚决定书文号，无法与公示的处罚信息核对。"))
    if entry.decided_on is None:
        missing.append(("decided_on", "未填处罚决定日期，无法与公示的处罚信息核对。"))
    for number, party in enumerate(entry.parties):
        if party.kind == "person" and party.id_number is None:
            missing.append(
                (f"parties.{number}.id_number", "未填公民身份号码，不能累计该当事人在其他机关的案件。")
            )
        elif party.kind != "person" and party.uscc is None:
            missing.append(
                (f"parties.{number}.uscc", "未填统一社会信用代码，不能累计该当事人在其他机关的案件。")
            )
    return [
        CaseWarning(code="recommended_field_missing", field=field, detail=detail) for field, detail in missing
    ]
