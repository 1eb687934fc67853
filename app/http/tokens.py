"""The API's tokens: short-lived JWTs, signed with HS256 and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from jose import ExpiredSignatureError, JWTError, jwt

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
            claims = jwt.decode(
                token,
                self.key,
                algorithms=[ALGORITHM],
                audience=_AUDIENCE,
                issuer=_ISSUER,
                options={"require_exp": True, "require_sub": True, "require_iat": True},
            )
            return int(claims["sub"])
        except ExpiredSignatureError as error:
            raise NotSignedIn("token_expired", "登录已过期，请重新登录。") from error
        except (JWTError, ValueError) as error:
            raise NotSignedIn("token_invalid", "令牌无效，请重新登录取得新的令牌。") from error
