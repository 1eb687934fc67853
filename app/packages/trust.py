"""Keys: which are trusted, when they hold, and the signature over a package's tag manifest.

A trust file is a JWK set (RFC 7517) in which each key (EC P-256) carries, beside the members of the RFC, the
code of its organ and when it holds. The key id is the key's thumbprint (RFC 7638), so that no file can give a
key another key's name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from joserfc import jws
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import ECKey
from joserfc.registry import HeaderParameter
from joserfc.util import urlsafe_b64decode, urlsafe_b64encode
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

_ALGORITHM = "ES256"
_HEADER = jws.JWSRegistry(
    header_registry={"iat": HeaderParameter("Time of signing", "int", required=True)}, algorithms=[_ALGORITHM]
)
_COMPACT = re.compile(rb"[A-Za-z0-9_-]+\.\.[A-Za-z0-9_-]{86}")


class TrustFileError(ValueError):
    """What is given as keys of known organs is none; the message says why, and the remedy, in Chinese."""


class MalformedSignature(ValueError):
    """What should be a signature is none; the message says why in Chinese."""


class PublicKey(BaseModel):
    """One key of a trust file. `organ` is the organ's code."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    kty: str = Field("EC", pattern="^EC$")
    crv: str = Field("P-256", pattern="^P-256$")
    alg: str = Field(_ALGORITHM, pattern=f"^{_ALGORITHM}$")
    use: str = Field("sig", pattern="^sig$")
    kid: str = Field(pattern=r"^[A-Za-z0-9_-]{43}$")
    x: str
    y: str
    organ: str = Field(min_length=1)
    organ_name: str = ""
    valid_from: AwareDatetime
    valid_to: AwareDatetime
    revoked_at: AwareDatetime | None = None
    revoked_reason: str | None = None

    def key(self) -> ECKey:
        """The key for verifying. Raises ValueError for a point that is not on the curve."""
        return ECKey.import_key({"kty": self.kty, "crv": self.crv, "x": self.x, "y": self.y})


class KeySet(BaseModel):
    """A JWK set with the organs of its keys and their validity."""

    keys: list[PublicKey]


@dataclass(frozen=True)
class Signature:
    """What a detached JWS says of itself; nothing of it is true before `fits` said so."""

    kid: str
    at: datetime
    text: str

    def fits(self, content: bytes, key: PublicKey) -> bool:
        """Whether the signature over these bytes was made with this key."""
        try:
            jws.deserialize_compact(self.text, key.key(), payload=content, registry=_HEADER)
        except BadSignatureError:
            return False
        return True


def read_trust(text: bytes | str) -> Mapping[str, PublicKey]:
    """The keys of a trust file by key id. Raises TrustFileError."""
    try:
        given = KeySet.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "文件"
        raise TrustFileError(
            f"{place} 不符合公钥文件的格式（{first['msg']}），请重新导出：xianjie keys export"
        ) from error
    found: dict[str, PublicKey] = {}
    for key in given.keys:
        try:
            genuine = key.key().thumbprint()
        except (JoseError, ValueError) as error:
            raise TrustFileError(
                f"密钥 {key.kid} 不是有效的 P-256 公钥，请重新导出：xianjie keys export"
            ) from error
        if genuine != key.kid:
            raise TrustFileError(
                f"密钥 {key.kid} 的编号与公钥不符（应为 {genuine}），文件可能被改动，请重新取得。"
            )
        if found.setdefault(key.kid, key) != key:
            raise TrustFileError(f"密钥 {key.kid} 出现两次而内容不同，文件可能被改动，请重新取得。")
    return found


def key_set(keys: Iterable[PublicKey]) -> KeySet:
    """The keys as they are exported."""
    return KeySet(keys=list(keys))


def new_key() -> ECKey:
    """A new key pair (P-256), whose id no command takes for an option."""
    while (key := ECKey.generate_key("P-256", private=True)).thumbprint().startswith("-"):
        continue
    return key


def sign(content: bytes, private: Mapping[str, Any], at: datetime) -> str:
    """A detached JWS (RFC 7515 appendix F) over the bytes, with the time of signing in its header."""
    key = ECKey.import_key(dict(private))
    header = {"alg": _ALGORITHM, "kid": key.thumbprint(), "iat": int(at.timestamp())}
    return jws.detach_content(jws.serialize_compact(header, content, key, registry=_HEADER))


def read_signature(content: bytes) -> Signature:
    """The signature file. Raises MalformedSignature, also for another algorithm or a second spelling."""
    if not _COMPACT.fullmatch(content):
        raise MalformedSignature("不是分离式 JWS（头部..签名）")
    header_part, _, signature_part = content.split(b".")
    for part in (header_part, signature_part):
        if urlsafe_b64encode(urlsafe_b64decode(part)) != part:
            raise MalformedSignature("签名的 base64url 写法不规范")
    try:
        header = json.loads(urlsafe_b64decode(header_part))
        if header.keys() != {"alg", "kid", "iat"} or header["alg"] != _ALGORITHM:
            raise MalformedSignature("签名头部应只有 alg（ES256）、kid、iat")
        if type(header["iat"]) is not int or type(header["kid"]) is not str:
            raise MalformedSignature("签名头部的 kid 应为文字、iat 应为整数")
        at = datetime.fromtimestamp(header["iat"], UTC)
    except MalformedSignature:
        raise
    except (ValueError, TypeError, AttributeError, OverflowError, OSError) as error:
        raise MalformedSignature("签名头部读不出来") from error
    return Signature(header["kid"], at, content.decode())
