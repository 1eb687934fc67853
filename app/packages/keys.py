"""The signing keys of organs, as the database keeps them: the private half sealed, never in the clear."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from joserfc.jwk import ECKey

from app.audit.events import record
from app.database.sealed import Seal
from app.database.transaction import Acting, Dated, Row
from app.errors import Conflict, NotFound
from app.packages.trust import KeySet, PublicKey, key_set, new_key, sign

LIFE = timedelta(days=730)
_COLUMNS = """k.kid, k.x, k.y, o.code AS organ, o.name AS organ_name, k.valid_from, k.valid_to, k.revoked_at,
    k.revoked_reason"""


@dataclass(frozen=True)
class SigningKey:
    """A key of the acting organ, open for one signature."""

    kid: str
    _private: dict[str, Any]

    def sign(self, content: bytes, at: datetime) -> str:
        """A detached JWS over the bytes."""
        return sign(content, self._private, at)


async def known_keys(tx: Dated, organs: Sequence[str] = ()) -> KeySet:
    """The public keys of the organs with these codes, or of all, with validity and revocation.

    Raises NotFound naming the codes that no organ has.
    """
    await _check_codes(tx, organs)
    rows = await tx.rows(
        f"""SELECT {_COLUMNS} FROM organ_keys k JOIN organs o ON o.id = k.organ_id
            WHERE %(all)s OR o.code = ANY (%(codes)s) ORDER BY o.code, k.valid_from, k.kid""",
        all=not organs,
        codes=list(organs),
    )
    return key_set(PublicKey(**row) for row in rows)


async def signing_key(tx: Acting, seal: Seal) -> SigningKey:
    """The acting organ's key in force; its first one is made when it is first needed.

    Raises Conflict `no_signing_key` where the organ's keys have expired or were revoked.
    """
    row = await _in_force(tx)
    if row is None:
        key = new_key()
        made = await tx.value(
            "SELECT add_my_first_key(%(kid)s, %(x)s, %(y)s, %(sealed)s, %(since)s, %(until)s)",
            **_columns(key, seal),
            since=tx.now,
            until=tx.now + LIFE,
        )
        if made:
            await record(tx, "key.created", ("key", key.thumbprint()))
        row = await _in_force(tx)
    if row is None:
        raise Conflict(
            "no_signing_key",
            "本机关的签名密钥已失效或者撤销，请平台管理员运行 xianjie keys create 换发后重试。",
        )
    return SigningKey(row["kid"], json.loads(seal.open(row["private_sealed"])))


async def create(tx: Dated, seal: Seal, organ: str, life: timedelta = LIFE) -> str:
    """Make a key for an organ, in force from now on; its key id. For who keeps the platform."""
    organ_id = await _organ(tx, organ)
    key = new_key()
    await tx.execute(
        """INSERT INTO organ_keys (kid, organ_id, x, y, private_sealed, valid_from, valid_to)
            VALUES (%(kid)s, %(organ)s, %(x)s, %(y)s, %(sealed)s, %(now)s, %(until)s)""",
        **_columns(key, seal),
        organ=organ_id,
        now=tx.now,
        until=tx.now + life,
    )
    await record(tx, "key.created", ("key", key.thumbprint()), changes={"organ": (None, organ)})
    return key.thumbprint()


async def rotate(tx: Dated, seal: Seal, organ: str, life: timedelta = LIFE) -> str:
    """A new key for an organ; its earlier ones end now. What they signed before stays good."""
    organ_id = await _organ(tx, organ)
    ended = await tx.rows(
        """UPDATE organ_keys SET valid_to = %(now)s
            WHERE organ_id = %(organ)s AND private_sealed IS NOT NULL AND revoked_at IS NULL
              AND valid_to > %(now)s AND valid_from < %(now)s RETURNING kid""",
        organ=organ_id,
        now=tx.now,
    )
    for row in ended:
        await record(tx, "key.ended", ("key", row["kid"]), changes={"organ": (None, organ)})
    return await create(tx, seal, organ, life)


async def revoke(tx: Dated, kid: str, reason: str) -> None:
    """Nothing that this key signed is good any more. Raises NotFound, Conflict `key_revoked`."""
    row = await tx.row("SELECT revoked_at FROM organ_keys WHERE kid = %(kid)s FOR UPDATE", kid=kid)
    if row is None:
        raise NotFound("key_unknown", f"没有编号为 {kid} 的密钥，请用 xianjie keys list 查看。")
    if row["revoked_at"] is not None:
        raise Conflict("key_revoked", f"密钥 {kid} 已于 {row['revoked_at']:%Y-%m-%d} 撤销，不必再撤销。")
    await tx.execute(
        "UPDATE organ_keys SET revoked_at = %(now)s, revoked_reason = %(reason)s WHERE kid = %(kid)s",
        now=tx.now,
        reason=reason,
        kid=kid,
    )
    await record(tx, "key.revoked", ("key", kid), changes={"revoked_reason": (None, reason)})


async def trust(tx: Dated, keys: Sequence[PublicKey]) -> list[str]:
    """Trust these keys of organs of other installations; the ids of those that are new or have changed.

    A revocation is never taken back. Raises NotFound naming organs that the directory lacks, Conflict for a
    key that is known as another organ's.
    """
    await _check_codes(tx, sorted({key.organ for key in keys}))
    changed = []
    for key in keys:
        organ_id = await _organ(tx, key.organ)
        known = await tx.row("SELECT organ_id FROM organ_keys WHERE kid = %(kid)s", kid=key.kid)
        if known and known["organ_id"] != organ_id:
            raise Conflict("key_of_other_organ", f"密钥 {key.kid} 已登记为另一机关所有，请核对文件的来源。")
        cursor = await tx.execute(
            """INSERT INTO organ_keys AS k (kid, organ_id, x, y, valid_from, valid_to, revoked_at,
                  revoked_reason)
                VALUES (%(kid)s, %(organ)s, %(x)s, %(y)s, %(since)s, %(until)s, %(revoked)s, %(reason)s)
                ON CONFLICT (kid) DO UPDATE SET valid_to = excluded.valid_to,
                  revoked_at = coalesce(k.revoked_at, excluded.revoked_at),
                  revoked_reason = coalesce(k.revoked_reason, excluded.revoked_reason)
                WHERE k.private_sealed IS NULL AND (k.valid_to <> excluded.valid_to
                  OR (k.revoked_at IS NULL AND excluded.revoked_at IS NOT NULL))""",
            kid=key.kid,
            organ=organ_id,
            x=key.x,
            y=key.y,
            since=key.valid_from,
            until=key.valid_to,
            revoked=key.revoked_at,
            reason=(key.revoked_reason or "未注明") if key.revoked_at else None,
        )
        if cursor.rowcount:
            await record(tx, "key.trusted", ("key", key.kid), changes={"organ": (None, key.organ)})
            changed.append(key.kid)
    return changed


async def _in_force(tx: Acting) -> Row | None:
    return await tx.row("SELECT kid, private_sealed FROM my_signing_key(%(now)s)", now=tx.now)


def _columns(key: ECKey, seal: Seal) -> dict[str, Any]:
    private = key.as_dict(private=True)
    sealed = seal.seal(json.dumps(private))
    return {"kid": key.thumbprint(), "x": private["x"], "y": private["y"], "sealed": sealed}


async def _organ(tx: Dated, code: str) -> int:
    organ_id = await tx.value("SELECT id FROM organs WHERE code = %(code)s", code=code)
    if organ_id is None:
        raise _unknown([code])
    return int(organ_id)


async def _check_codes(tx: Dated, codes: Sequence[str]) -> None:
    rows = await tx.rows("SELECT code FROM organs WHERE code = ANY (%(codes)s)", codes=list(codes))
    unknown = [code for code in codes if code not in {row["code"] for row in rows}]
    if unknown:
        raise _unknown(unknown)


def _unknown(codes: Sequence[str]) -> NotFound:
    return NotFound(
        "organ_unknown",
        f"机关名录中没有：{'、'.join(codes)}，请核对机关代码，或者先用 xianjie organs 补充名录。",
    )
