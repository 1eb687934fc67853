"""What travels about organs, officers and sign-in."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

OrganKind = Literal[
    "enforcement", "police", "procuratorate", "court", "commission", "tax", "coordinating", "supervising"
]

Role = Literal[
    "handler",
    "head",
    "legal",
    "desk",
    "supervisor",
    "statistics",
    "feed",
    "system_admin",
    "security_admin",
    "audit_admin",
]


class SignIn(BaseModel):
    """Organ code, login and password."""

    model_config = ConfigDict(strict=True, extra="forbid")

    organ: str = Field(min_length=3, max_length=40, description="机关代码，如 320506-market")
    login: str = Field(min_length=2, max_length=40)
    password: str = Field(min_length=1, max_length=200)


class Organ(BaseModel):
    """An organ as everybody may know it. `region` is its GB/T 2260 code."""

    id: int
    code: str
    name: str
    kind: OrganKind
    line: str
    level: Literal["county", "city", "province", "nation"]
    region: int


class Officer(BaseModel):
    """The signed-in officer."""

    id: int
    name: str
    roles: list[str]
    organ: Organ


class OfficerName(BaseModel):
    """A colleague of the own organ."""

    id: int
    name: str
    roles: list[str]


class SignedIn(BaseModel):
    """The token, until when it holds, and for whom."""

    token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - a scheme's name
    expires_at: datetime
    officer: Officer
