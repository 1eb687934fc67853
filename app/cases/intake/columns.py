"""The columns of the sheet: the template is written from them, and a sheet is read by them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from app.cases.models import PARTY_KINDS
from app.law.models import FIGURES, Fact
from app.law.statutes import law

CASES, CHOICES, NOTES = "案件", "选项", "填写说明"
Kind = Literal["text", "digits", "date", "amount", "figure", "choice", "words", "flag"]


@dataclass(frozen=True)
class Column:
    """One column: its header, the field it fills (`parties.0.name`, `facts.ip_sales_amount`), how it is read.

    `choices` maps what stands in the cell to what is stored, for one (`choice`) or several words (`words`).
    """

    header: str
    path: str
    kind: Kind
    note: str
    required: bool = False
    choices: Mapping[str, object] = field(default_factory=dict)


@lru_cache(maxsize=1)
def columns() -> dict[str, Column]:
    """All columns by header, in the order of the template."""
    every = [*_case_columns(), *(_fact_column(fact) for fact in law().facts.values() if not fact.derived)]
    return {column.header: column for column in every if column.path != "facts.act_end_date"}


def _case_columns() -> list[Column]:
    causes = {one.name: one.id for one in law().causes.values()}
    kinds = {label: kind for kind, label in PARTY_KINDS.items()}
    one = "案号与决定书文号至少填一项，用来识别同一案件"
    return [
        Column("本机关案号", "organ_number", "text", one),
        Column("案件来源", "case_source", "text", "如投诉举报、监督检查"),
        Column("案由", "cause", "choice", "从下拉列表选择", True, causes),
        Column("立案日期", "filed_on", "date", "行政立案日期，如 2026-03-02"),
        Column("行为终了日", "act_end_date", "date", "违法行为结束之日，决定适用哪一时期的标准"),
        Column("决定书文号", "decision_number", "text", "如 苏市监处罚〔2023〕12号；" + one),
        Column("决定日期", "decided_on", "date", "处罚决定日期，不早于立案日期"),
        Column("处罚种类", "penalties", "words", "多项用顿号分隔，如 罚款、没收违法所得"),
        Column("罚款金额（元）", "fine_amount", "amount", "只填数字，不带逗号和“万元”"),
        Column("没收金额（元）", "confiscated_amount", "amount", "只填数字，不带逗号和“万元”"),
        Column("涉案金额（元）", "amount_involved", "amount", "只填数字，不带逗号和“万元”"),
        Column("当事人类型", "parties.0.kind", "choice", "从下拉列表选择", True, kinds),
        Column(
            "当事人名称", "parties.0.name", "text", "姓名或名称；多个当事人的案件请用表单或接口录入", True
        ),
        Column("统一社会信用代码", "parties.0.uscc", "digits", "18位；该列为文本格式"),
        Column("公民身份号码", "parties.0.id_number", "digits", "18位；该列为文本格式"),
        Column("联系电话", "parties.0.phone", "digits", "手机号或带区号的固定电话"),
        Column("法定代表人", "parties.0.legal_representative", "text", "或者负责人、经营者"),
        Column("地址", "parties.0.address", "text", "住所"),
        Column("案情摘要", "summary", "text", ""),
        Column("案发地", "place", "text", ""),
        Column("处罚内容", "penalty_text", "text", ""),
    ]


def _fact_column(fact: Fact) -> Column:
    path = f"facts.{fact.id}"
    labels = {label: word for word, label in fact.values.items()}
    if fact.type in FIGURES:
        unit = fact.unit or "小数，如 0.1 为百分之十"
        return Column(f"要素：{fact.name}（{unit}）", path, "figure", fact.measured)
    header = f"要素：{fact.name}"
    match fact.type:
        case "bool":
            return Column(header, path, "flag", fact.measured, False, {"是": True, "否": False})
        case "enum":
            return Column(header, path, "choice", fact.measured, False, labels)
        case "set":
            return Column(
                header, path, "words", f"{fact.measured}；可填：" + "、".join(labels), False, labels
            )
    return Column(header, path, "date", fact.measured)


def header_of(path: str) -> str:
    """The header of the column that fills a field; the field's own name where no column does."""
    return _headers().get(path, path)


@lru_cache(maxsize=1)
def _headers() -> dict[str, str]:
    return {column.path: column.header for column in columns().values()}
