"""How figures, dates, terms and codes are said on a page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from app.transfers.goods import HOW

CHINA = ZoneInfo("Asia/Shanghai")

CONCLUSIONS = {
    "must_transfer": "达到追诉标准",
    "undetermined": "尚不能确定",
    "near": "接近追诉标准",
    "not_reached": "未达追诉标准",
}
OUTCOMES = {"reached": "达到", "undetermined": "尚不能确定", "near": "接近", "not_reached": "未达到"}
TONES = {
    "must_transfer": "danger",
    "reached": "danger",
    "undetermined": "warn",
    "near": "notice",
    "not_reached": "calm",
}
KINDS = {
    "enforcement": "行政执法机关",
    "police": "公安机关",
    "procuratorate": "人民检察院",
    "court": "人民法院",
    "commission": "监察委员会",
    "tax": "税务机关",
    "coordinating": "两法衔接协调机构",
    "supervising": "行政执法监督机构",
    "administrator": "平台管理",
}
ROLES = {
    "handler": "承办人",
    "head": "负责人",
    "legal": "法制审核",
    "desk": "受理",
    "supervisor": "监督",
    "statistics": "统计",
    "feed": "数据接入",
    "system_admin": "系统管理员",
    "security_admin": "安全管理员",
    "audit_admin": "审计管理员",
}
SUBJECTS = {
    "case": "案件",
    "clock": "期限",
    "clock_setting": "期限口径",
    "calendar": "节假日安排",
    "transfer": "移送",
    "clue": "线索",
    "referral": "反向移送、移送行政拘留",
    "officer": "人员",
    "party": "当事人",
    "file": "文件",
    "document": "文书",
    "document_rule": "文号规则",
    "evidence_item": "证据项",
    "supervision": "监督文书",
    "search": "检索",
}
PARTY_KINDS = {"person": "自然人", "unit": "单位", "individual_business": "个体工商户"}
LEVELS = {"county": "县级", "city": "市级", "province": "省级", "nation": "国家"}
CASE_SOURCES = ("日常检查", "投诉举报", "主动投案", "上级交办", "其他部门移送", "媒体披露")


def money(value: Any, empty: str = "—") -> str:
    """An amount in 元 with thousands separators; 分 only where there are any."""
    amount = _decimal(value)
    if amount is None:
        return empty
    return f"{figure(amount)} 元"


def figure(value: Any) -> str:
    """A number with thousands separators and no idle zeros."""
    amount = _decimal(value)
    if amount is None:
        return str(value)
    if amount == amount.to_integral_value():
        return f"{amount:,.0f}"
    return f"{amount:,.2f}" if amount.as_tuple().exponent in (-1, -2) else f"{amount.normalize():,f}"


def day(value: Any, empty: str = "—") -> str:
    """A date as 2026年11月24日."""
    found = _date(value)
    return f"{found.year}年{found.month}月{found.day}日" if found else empty


def moment(value: Any, empty: str = "—") -> str:
    """A time as 2026年11月24日 16:20, in Asia/Shanghai."""
    found = _moment(value)
    return f"{day(found.date())} {found:%H:%M}" if found else empty


def short_day(value: Any) -> str:
    """A date as 11-24 where the year is clear from its place, else 2025-11-24."""
    found = _date(value)
    if found is None:
        return ""
    return f"{found:%m-%d}" if found.year == datetime.now(CHINA).year else f"{found:%Y-%m-%d}"


def size(count: int) -> str:
    """A file's size."""
    if count < 1024:
        return f"{count} B"
    return f"{count / 1024:.0f} KB" if count < 1024 * 1024 else f"{count / 1024 / 1024:.1f} MB"


def remaining(due: datetime | str | None, now: datetime | None = None) -> str:
    """How long until a term ends (剩余2天3小时), or since (已逾期3天)."""
    end = _moment(due)
    if end is None:
        return "无固定期限"
    left = end - (now or datetime.now(UTC))
    word, span = ("剩余", left) if left >= timedelta() else ("已逾期", -left)
    return word + _span(span)


def urgency(due: datetime | str | None, now: datetime | None = None) -> str:
    """The tone of a running term: expired is danger, less than a day warns."""
    end = _moment(due)
    if end is None:
        return "calm"
    left = end - (now or datetime.now(UTC))
    if left < timedelta():
        return "danger"
    return "warn" if left < timedelta(days=1) else "notice"


def roles(names: Any) -> str:
    """Roles of an officer in Chinese."""
    return "、".join(ROLES.get(name, name) for name in names)


def _span(span: timedelta) -> str:
    days, hours, minutes = span.days, span.seconds // 3600, span.seconds % 3600 // 60
    if days >= 10:
        return f"{days}天"
    if days:
        return f"{days}天{hours}小时" if hours else f"{days}天"
    if hours:
        return f"{hours}小时{minutes}分钟" if minutes else f"{hours}小时"
    return f"{minutes}分钟"


def _decimal(value: Any) -> Decimal | None:
    if value is None or value == "" or isinstance(value, bool):
        return None
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def _date(value: Any) -> date | None:
    if isinstance(value, datetime):
        return value.astimezone(CHINA).date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value)[:10]) if value else None
    except ValueError:
        return None


def _moment(value: Any) -> datetime | None:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    return value.astimezone(CHINA) if isinstance(value, datetime) else None


FILTERS: Mapping[str, Any] = {
    "money": money,
    "figure": figure,
    "day": day,
    "short_day": short_day,
    "size": size,
    "moment": moment,
    "remaining": remaining,
    "urgency": urgency,
    "role_names": roles,
}
GLOBALS: Mapping[str, Any] = {
    "CONCLUSIONS": CONCLUSIONS,
    "OUTCOMES": OUTCOMES,
    "TONES": TONES,
    "KINDS": KINDS,
    "PARTY_KINDS": PARTY_KINDS,
    "LEVELS": LEVELS,
    "SUBJECTS": SUBJECTS,
    "HOW": HOW,
}
