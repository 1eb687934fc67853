"""Sign-in with a password: argon2id, five failures lock an account for 15 minutes."""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from functools import cache

from anyio import to_thread
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from app.audit.events import record
from app.database.transaction import Database, new_id
from app.errors import NotSignedIn, TooManyTries


async def verify_password(db: Database, organ: str, login: str, password: str) -> int:
    """The officer with this login and password. Raises NotSignedIn or TooManyTries.

    The password is checked outside any transaction, since argon2 takes tens of milliseconds by design; an
    unknown login takes as long as a wrong password.
    """
    async with db.transaction() as tx:
        row = await tx.row(
            "SELECT * FROM sign_in_credentials(%(organ)s, %(login)s)",
            organ=organ.lower(),
            login=login.lower(),
        )
    if row and row["locked_until"] and row["locked_until"] > datetime.now(UTC):
        raise TooManyTries("account_locked", "密码连续错误次数过多，账号暂时锁定，请15分钟后再试。")
    right = await to_thread.run_sync(_matches, row["password_hash"] if row else _nobody(), password)
    if row is None or not right:
        if row:
            async with db.transaction() as tx:
                await tx.execute("SELECT sign_in_failed(%(officer)s)", officer=row["officer_id"])
        raise NotSignedIn("wrong_credentials", "机关代码、登录名或密码不正确，请核对后重试。")
    officer_id: int = row["officer_id"]
    return officer_id


async def open_token(
    db: Database, officer_id: int, expires: datetime, sign_in: str, address: str | None
) -> None:
    """Record an API sign-in."""
    await _open(db, officer_id, sign_in, "token", None, expires, address)


async def open_session(db: Database, officer_id: int, lifetime: timedelta, address: str | None) -> str:
    """Open a console session; the secret is for the cookie, the database keeps its hash."""
    secret = secrets.token_urlsafe(32)
    expires = datetime.now(UTC) + lifetime
    await _open(db, officer_id, str(new_id()), "console", session_hash(secret), expires, address)
    return secret


async def officer_of_session(db: Database, secret: str) -> int | None:
    """Whose console session this cookie is, while it lasts."""
    async with db.transaction() as tx:
        row = await tx.row("SELECT officer_id FROM sign_in_of(%(hash)s)", hash=session_hash(secret))
    return row["officer_id"] if row else None


async def end_session(db: Database, secret: str) -> None:
    """Sign out of the console."""
    async with db.transaction() as tx:
        await tx.execute("SELECT sign_in_end(%(hash)s)", hash=session_hash(secret))


def session_hash(secret: str) -> bytes:
    """What the database keeps of a cookie."""
    return hashlib.sha256(secret.encode()).digest()


def hash_password(password: str) -> str:
    """The argon2id hash to store."""
    return _hasher().hash(password)


async def _open(
    db: Database,
    officer_id: int,
    sign_in: str,
    kind: str,
    secret: bytes | None,
    expires: datetime,
    address: str | None,
) -> None:
    async with db.acting(officer_id, address) as tx:
        await tx.execute(
            "SELECT sign_in_open(%(id)s, %(officer)s, %(kind)s, %(secret)s, %(expires)s, %(address)s)",
            id=sign_in,
            officer=officer_id,
            kind=kind,
            secret=secret,
            expires=expires,
            address=address,
        )
        await record(tx, "officer.signed_in", ("officer", officer_id))


def _matches(password_hash: str, password: str) -> bool:
    try:
        return _hasher().verify(password_hash, password)
    except (Argon2Error, InvalidHashError):
        return False


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _nobody() -> str:
    return _hasher().hash(secrets.token_urlsafe(16))
