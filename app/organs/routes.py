"""HTTP: sign-in, who I am, the list of organs, colleagues."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from app.database.transaction import Acting, new_id
from app.http.access import ActingTransaction, DatabaseOf, client_address, tokens
from app.http.problems import responses
from app.http.tokens import Tokens
from app.organs.models import Officer, OfficerName, Organ, OrganKind, SignedIn, SignIn
from app.organs.sign_in import open_token, verify_password

router = APIRouter(prefix="/api/v1", tags=["机关与人员"])


@router.post("/sign-in", summary="登录，取得令牌", responses=responses(401, 422, 429))
async def sign_in(
    body: SignIn, request: Request, db: DatabaseOf, keys: Annotated[Tokens, Depends(tokens)]
) -> SignedIn:
    """A short-lived token for the API."""
    officer_id = await verify_password(db, body.organ, body.login, body.password)
    sign_in_id = str(new_id())
    token, expires = keys.issue(officer_id, sign_in_id)
    await open_token(db, officer_id, expires, sign_in_id, client_address(request))
    async with db.acting(officer_id) as tx:
        return SignedIn(token=token, expires_at=expires, officer=await whoami(tx))


@router.get("/me", summary="当前登录人员", responses=responses(401))
async def me(tx: ActingTransaction) -> Officer:
    """The acting officer and organ."""
    return await whoami(tx)


@router.get("/organs", summary="机关名录", responses=responses(401, 422))
async def organs(
    tx: ActingTransaction, kind: OrganKind | None = None, region: int | None = None
) -> list[Organ]:
    """All organs, by kind and region."""
    rows = await tx.rows(
        """SELECT id, code, name, kind, line, level, region FROM organs
            WHERE active AND (%(kind)s::text IS NULL OR kind = %(kind)s)
              AND (%(region)s::int IS NULL OR region = %(region)s) ORDER BY region, kind, id LIMIT 5000""",
        kind=kind,
        region=region,
    )
    return [Organ(**row) for row in rows]


@router.get("/officers", summary="本机关人员", responses=responses(401))
async def officers(tx: ActingTransaction) -> list[OfficerName]:
    """The active officers of the own organ."""
    rows = await tx.rows(
        "SELECT id, name, roles FROM officers WHERE organ_id = %(organ)s AND active ORDER BY id",
        organ=tx.actor.organ_id,
    )
    return [OfficerName(**row) for row in rows]


async def whoami(tx: Acting) -> Officer:
    """The acting officer as the API shows them."""
    row = await tx.row(
        "SELECT id, code, name, kind, line, level, region FROM organs WHERE id = %(id)s", id=tx.actor.organ_id
    )
    actor = tx.actor
    return Officer(
        id=actor.officer_id, name=actor.officer_name, roles=list(actor.roles), organ=Organ(**(row or {}))
    )
