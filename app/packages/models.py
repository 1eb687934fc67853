"""What travels about packages, beside the packages themselves."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field


class ReceivedPackage(BaseModel):
    """A package that was received: which transfer came with it, and whose signature it carries."""

    id: UUID
    transfer_id: UUID
    transfer_number: str
    case_id: UUID
    package_sha256: str = Field(description="标签清单 tagmanifest-sha256.txt 的 SHA-256")
    kid: str
    signer: str = Field(description="签名机关")
    issued_at: datetime
    received_by: str
    received_at: datetime
