"""Personal data at rest: sealed with AES-256-GCM, found again by a keyed blind index.

A dump of the database shows neither ID numbers nor telephone numbers; both keys are derived from the
installation's secret, which is not in the database.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from hashlib import sha256

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE = 12


@dataclass(frozen=True)
class Seal:
    """Seals and opens short texts under keys derived from one secret."""

    sealing_key: bytes
    index_key: bytes

    @classmethod
    def from_secret(cls, secret: str) -> Seal:
        """The keys that belong to this secret."""
        return cls(_derive(secret, b"xianjie sealing"), _derive(secret, b"xianjie blind index"))

    def seal(self, text: str) -> bytes:
        """Encrypt; the same text gives different bytes each time."""
        nonce = secrets.token_bytes(_NONCE)
        return nonce + AESGCM(self.sealing_key).encrypt(nonce, text.encode(), None)

    def open(self, sealed: bytes) -> str:
        """Decrypt. Raises cryptography.exceptions.InvalidTag when the bytes or the key are wrong."""
        return AESGCM(self.sealing_key).decrypt(sealed[:_NONCE], sealed[_NONCE:], None).decode()

    def index(self, text: str) -> bytes:
        """The same text gives the same bytes; without the key nobody can try numbers out."""
        return hmac.digest(self.index_key, text.encode(), sha256)


def _derive(secret: str, purpose: bytes) -> bytes:
    return HKDF(SHA256(), 32, None, purpose).derive(secret.encode())
