"""What the parts of a package's record share: organs and officers by codes, moments in UTC, money as text.

The record speaks to another installation, so nothing in it is a number that only one database knows. Needs
nothing but Pydantic, so that checking a package starts at once.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field


def _in_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
OrganCode = Annotated[str, Field(pattern=r"^[a-z0-9-]{3,40}$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Text = Annotated[str, Field(max_length=100_000)]
Amount = Annotated[str, Field(pattern=r"^[0-9]{1,16}\.[0-9]{2}$")]
Figure = Annotated[str, Field(pattern=r"^[0-9]{1,14}\.[0-9]{4}$")]
Json = dict[str, Any]


class Recorded(BaseModel):
    """What all parts of the record share: nothing is guessed, nothing unknown is taken."""

    # built when first used: one schema for the whole record in place of one for each part
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, defer_build=True)


class Organ(Recorded):
    """An organ that the record names; the receiver matches it by `code`."""

    code: OrganCode
    name: Text
    kind: Text
    level: Text
    region: int


class Officer(Recorded):
    """An officer, by organ code and login."""

    organ: OrganCode
    login: Annotated[str, Field(pattern=r"^[a-z0-9._-]{2,40}$")]
    name: Text


class Filed(Recorded):
    """Something whose content is a file; `path` is its place in the package, null where it is not in it."""

    sha256: Sha256
    size: Annotated[int, Field(gt=0)]
    path: Text | None
