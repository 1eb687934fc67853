"""Signing in to the console: the cookie, where it leads, what a stranger sees."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi import FastAPI

from app.api import create_app
from app.settings import Settings
from tests.conftest import PASSWORD
from tests.web.conftest import Visits, a_client

LI = {"organ": "320506-market", "login": "handler1", "password": PASSWORD}


async def test_the_right_password_opens_a_session_and_leads_to_the_page_wanted(
    client: httpx.AsyncClient,
) -> None:
    sent = await client.get("/cases?conclusion=must_transfer")
    assert sent.status_code == 303
    address = sent.headers["location"]
    form = await client.get(address)
    assert "请先登录" in form.text
    wanted = parse_qs(urlsplit(address).query)["next"][0]
    answer = await client.post("/sign-in", data={**LI, "next": wanted})
    assert (answer.status_code, answer.headers["location"]) == (303, "/cases?conclusion=must_transfer")
    cookie = next(one for one in answer.headers.get_list("set-cookie") if one.startswith("xianjie="))
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()
    assert (await client.get("/")).status_code == 200


@pytest.mark.parametrize("change", [{"password": "wrong"}, {"login": "nobody"}, {"organ": "no-organ"}])
async def test_whatever_is_wrong_the_page_says_the_same_and_keeps_what_was_typed(
    client: httpx.AsyncClient, change: dict[str, str]
) -> None:
    answer = await client.post("/sign-in", data=LI | change)
    assert answer.status_code == 401
    assert "机关代码、登录名或密码不正确" in answer.text
    assert f'value="{(LI | change)["organ"]}"' in answer.text
    assert PASSWORD not in answer.text


async def test_empty_fields_are_named(client: httpx.AsyncClient) -> None:
    answer = await client.post("/sign-in", data={"organ": "320506-market"})
    assert answer.status_code == 422
    assert "请填写机关代码、登录名和密码" in answer.text


@pytest.mark.parametrize("wanted", ["//evil.example", "https://evil.example", "/\\evil.example", "x"])
async def test_sign_in_never_leads_out_of_the_system(client: httpx.AsyncClient, wanted: str) -> None:
    answer = await client.post("/sign-in", data={**LI, "next": wanted})
    assert answer.headers["location"] == "/"


async def test_signing_out_ends_the_session_itself(visits: Visits, application: FastAPI) -> None:
    browser = await visits("handler1@320506-market")
    secret = browser.http.cookies["xianjie"]
    assert (await browser.done("/sign-out")).startswith("/sign-in")
    async with a_client(application, {"xianjie": secret}) as thief:
        answer = await thief.get("/")
        assert "why=timed_out" in answer.headers["location"]
        assert "登录已超时" in (await thief.get(answer.headers["location"])).text


async def test_a_part_of_a_page_sends_the_whole_page_to_sign_in(client: httpx.AsyncClient) -> None:
    answer = await client.get("/cases", headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer.headers["hx-redirect"].startswith("/sign-in")


async def test_over_https_the_cookie_is_bound_to_the_host(configuration: Settings, visits: Visits) -> None:
    app = create_app(configuration.model_copy(update={"secure_cookie": True}))
    application = (await visits("handler1@320506-market")).http._transport.app  # type: ignore[attr-defined]
    app.state.database = application.state.database
    async with a_client(app) as http:
        answer = await http.post("/sign-in", data=LI)
    cookie = next(one for one in answer.headers.get_list("set-cookie") if one.startswith("__Host-xianjie="))
    assert "Secure" in cookie
    assert "Path=/" in cookie
    assert "domain" not in cookie.lower()
