"""The API's tokens: short-lived JWTs, signed with HS256 and nothing else."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

from jose import JOSEError, JWTError, jwk, jws, jwt
from jose.backends.base import Key

from app.errors import NotSignedIn

ALGORITHM = "HS256"
_ISSUER = "xianjie"
_AUDIENCE = "xianjie-api"


@dataclass(frozen=True)
class Tokens:
    """Issues and verifies tokens under one key."""

    key: str
    lifetime: timedelta

    def issue(self, officer_id: int, sign_in: str, now: datetime | None = None) -> tuple[str, datetime]:
        """A token for the officer and when it expires."""
        issued = now or datetime.now(UTC)
        expires = issued + self.lifetime
        claims = {
            "sub": str(officer_id),
            "jti": sign_in,
            "iat": issued,
            "exp": expires,
            "iss": _ISSUER,
            "aud": _AUDIENCE,
        }
        return jwt.encode(claims, self.key, algorithm=ALGORITHM), expires

    def officer_of(self, token: str) -> int:
        """Whom the token names. Raises NotSignedIn for a wrong, expired, foreign or unsigned one."""
        try:
            claims = json.loads(jws.verify(token, self._signing_key, [ALGORITHM]))
            if (claims["iss"], claims["aud"]) != (_ISSUER, _AUDIENCE):
                raise JWTError("issued elsewhere or for something else")
            expires, officer_id = float(claims["exp"]), int(claims["sub"])
        except (JOSEError, ValueError, KeyError, TypeError) as error:
            raise NotSignedIn("token_invalid", "令牌无效，请重新登录取得新的令牌。") from error
        if expires <= time.time():
            raise NotSignedIn("token_expired", "登录已过期，请重新登录。")
        return officer_id

    @cached_property
    def _signing_key(self) -> Key:
        """The key made ready once: jwt.decode, which makes it for each token, takes four times as long."""
        return jwk.construct(self.key, ALGORITHM)
