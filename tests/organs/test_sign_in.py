"""Sign-in: passwords, tokens, lock-out; nobody learns whether a login exists."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from jose import jwt

from app.http.tokens import Tokens
from tests.conftest import PASSWORD, Acts

WANG = {"organ": "320506-market", "login": "handler1", "password": PASSWORD}


async def sign_in(client: httpx.AsyncClient, **change: Any) -> httpx.Response:
    return await client.post("/api/v1/sign-in", json=WANG | change)


async def test_the_right_password_gives_a_token_that_holds(client: httpx.AsyncClient) -> None:
    answer = await sign_in(client)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["officer"]["organ"]["code"] == "320506-market"
    me = await client.get("/api/v1/me", headers={"Authorization": f"Bearer {body['token']}"})
    assert me.json() == body["officer"]


@pytest.mark.parametrize("change", [{"password": "wrong"}, {"login": "nobody"}, {"organ": "999999-market"}])
async def test_whatever_is_wrong_the_answer_is_the_same(
    client: httpx.AsyncClient, change: dict[str, str]
) -> None:
    answer = await sign_in(client, **change)
    assert answer.status_code == 401
    assert answer.json()["code"] == "wrong_credentials"
    assert answer.headers["content-type"] == "application/problem+json"


async def test_five_failures_lock_the_account(client: httpx.AsyncClient) -> None:
    change = {"organ": "340104-market", "login": "handler2"}
    for _ in range(5):
        await sign_in(client, **change, password="wrong")
    locked = await sign_in(client, **change)
    assert (locked.status_code, locked.json()["code"]) == (429, "account_locked")


def forged(application: FastAPI, kind: str) -> str:
    keys: Tokens = application.state.tokens
    claims = jwt.get_unverified_claims(keys.issue(1, "x")[0])
    if kind == "expired":
        return keys.issue(1, "x", datetime.now(UTC) - timedelta(days=1))[0]
    if kind == "unsigned":
        header, body, _ = jwt.encode(claims, keys.key, algorithm="HS256").split(".")
        none = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0"
        assert header != none
        return f"{none}.{body}."
    if kind == "foreign audience":
        return jwt.encode(claims | {"aud": "other"}, keys.key, algorithm="HS256")
    if kind == "other algorithm":
        return jwt.encode(claims, keys.key, algorithm="HS512")
    if kind == "wrong key":
        return jwt.encode(claims, "x" * 40, algorithm="HS256")
    return "not.a.token"


@pytest.mark.parametrize(
    "kind", ["expired", "unsigned", "foreign audience", "other algorithm", "wrong key", "nonsense"]
)
async def test_a_token_that_does_not_hold_is_refused(
    client: httpx.AsyncClient, application: FastAPI, kind: str
) -> None:
    answer = await client.get("/api/v1/me", headers={"Authorization": f"Bearer {forged(application, kind)}"})
    assert answer.status_code == 401
    assert answer.json()["code"] == ("token_expired" if kind == "expired" else "token_invalid")


async def test_nobody_is_told_to_sign_in(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/organs")
    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")


async def test_colleagues_are_those_of_the_own_organ(acts: Acts) -> None:
    colleagues = (await acts("handler1@320506-market").get("/api/v1/officers")).json()
    assert len(colleagues) == 8
    police = (await acts("desk@320506-police").get("/api/v1/officers")).json()
    assert not {one["id"] for one in colleagues} & {one["id"] for one in police}
