"""Browsers that officers have signed in to, over HTTP without a network."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from html import unescape
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.organs.sign_in import open_session
from tests.cluster import DatabaseUrls


class Browser:
    """Pages as one officer sees them; forms are sent as the page would send them."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http
        self._token: str | None = None

    async def see(self, address: str, status: int = 200) -> str:
        """A page's text. The status must be the one expected."""
        answer = await self.http.get(address)
        assert answer.status_code == status, f"{address}: {answer.status_code}\n{answer.text[:2000]}"
        return unescape(answer.text)

    async def part(self, address: str, **fields: Any) -> httpx.Response:
        """What htmx gets for a part of a page: a GET, or with fields a POST."""
        headers = {"HX-Request": "true"}
        if not fields:
            return await self.http.get(address, headers=headers)
        headers["X-CSRF-Token"] = await self.token()
        return await self.http.post(address, data=fields, headers=headers)

    async def send(self, address: str, files: Any = None, **fields: Any) -> httpx.Response:
        """Send a form with the session's token."""
        return await self.http.post(address, data={"csrf": await self.token(), **fields}, files=files)

    async def done(self, address: str, files: Any = None, **fields: Any) -> str:
        """Send a form that must be accepted; the address that it leads to."""
        answer = await self.send(address, files, **fields)
        assert answer.status_code == 303, f"{address}: {answer.status_code}\n{_said(answer.text)}"
        return answer.headers["location"]

    async def token(self) -> str:
        """The token that stands in this session's forms."""
        if self._token is None:
            found = re.search(r'name="csrf" value="([0-9a-f]{64})"', await self.see("/"))
            assert found
            self._token = found[1]
        return self._token


Visits = Callable[[str], Awaitable["Browser"]]


@pytest.fixture
async def visits(application: FastAPI, clean: DatabaseUrls, world: dict[str, int]) -> AsyncIterator[Visits]:
    """A browser signed in as `login@organ code`: `await visits("handler1@320506-market")`."""
    opened: dict[str, Browser] = {}

    async def as_officer(who: str) -> Browser:
        if who not in opened:
            secret = await open_session(application.state.database, world[who], timedelta(hours=1), None)
            opened[who] = Browser(a_client(application, {"xianjie": secret}))
        return opened[who]

    yield as_officer
    for browser in opened.values():
        await browser.http.aclose()


def a_client(application: FastAPI, cookies: dict[str, str] | None = None) -> httpx.AsyncClient:
    """A client with these cookies."""
    transport = httpx.ASGITransport(application, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://test", cookies=cookies)


def _said(text: str) -> str:
    return " ".join(re.findall(r'role="alert">(.*?)</', text, re.DOTALL)) or text[:2000]
