"""What can go wrong, said in a stable English code and a Chinese sentence that tells what to do.

Rooms raise these; only the HTTP room knows how they travel (RFC 9457 problem details).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one field: where, what, and the remedy in Chinese."""

    field: str
    code: str
    detail: str


class Refused(ValueError):
    """One value that a model of what travels does not take; the model says in which field it stood."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code, self.detail = code, detail


@dataclass
class AppError(Exception):
    """Base of all errors that a user may see."""

    code: str
    detail: str
    errors: Sequence[FieldError] = ()
    extra: dict[str, Any] = field(default_factory=dict)
    status: ClassVar[int] = 400

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}"


class Invalid(AppError):
    """The input is understood but not acceptable."""

    status = 422


class NotSignedIn(AppError):
    """Nobody, or somebody whose token or account does not hold."""

    status = 401


class NotAllowed(AppError):
    """The actor may see this, but may not do it."""

    status = 403


class NotFound(AppError):
    """Nothing here that the actor may see."""

    status = 404


class Conflict(AppError):
    """The state has moved on; `extra` carries the current one."""

    status = 409


class StaleEdit(AppError):
    """`If-Match` names an older revision."""

    status = 412


class EditUnconditional(AppError):
    """`If-Match` is missing."""

    status = 428


class TooLarge(AppError):
    """The body or file is larger than the installation takes."""

    status = 413


class TooManyTries(AppError):
    """The account is locked for a while."""

    status = 429


def not_found(what: str) -> NotFound:
    """The same answer for what does not exist and for what the actor may not see."""
    return NotFound("not_found", f"没有找到该{what}，或者您所在的机关无权查看。")


def invalid(field: str, code: str, detail: str) -> Invalid:
    """One field is wrong."""
    return Invalid(code, detail, [FieldError(field, code, detail)])


class Unavailable(AppError):
    """Something that the platform needs is not there at the moment."""

    status = 503
