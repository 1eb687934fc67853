"""What stands before every page: sign-in, the form's token, headers, and errors as pages."""

from __future__ import annotations

import re
import uuid

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from app.web.console import PAGES
from tests.web.conftest import Visits

OPEN = {"/sign-in"}
ROUTES = [route for page in PAGES for route in page.router.routes if isinstance(route, APIRoute)]


def address_of(route: APIRoute) -> str:
    path = route.path
    for name in (
        "case_id",
        "transfer_id",
        "clue_id",
        "referral_id",
        "request_id",
        "notice_id",
        "file_id",
        "document_id",
        "scan_id",
        "subject_id",
        "clock_id",
        "exhibit_id",
        "search_id",
    ):
        path = path.replace(f"{{{name}:uuid}}", str(uuid.uuid4()))
    for name, value in {
        "position": "1",
        "action": "approve",
        "act": "answer",
        "charge": "214",
        "about": "transfer",
        "kind": "transfer_letter",
        "year:int": "2026",
        "clock": "review",
    }.items():
        path = path.replace(f"{{{name}}}", value)
    return path


def routes(method: str) -> list[APIRoute]:
    return [route for route in ROUTES if method in (route.methods or ()) and route.path not in OPEN]


@pytest.mark.parametrize("route", routes("GET"), ids=lambda route: route.path)
async def test_nobody_is_sent_to_sign_in(client: httpx.AsyncClient, route: APIRoute) -> None:
    answer = await client.get(address_of(route))
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"].startswith("/sign-in?why=needed")


@pytest.mark.parametrize("route", routes("POST"), ids=lambda route: route.path)
async def test_nobody_can_send_a_form(client: httpx.AsyncClient, route: APIRoute) -> None:
    answer = await client.post(address_of(route), data={"csrf": "0" * 64})
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"].startswith("/sign-in")


@pytest.mark.parametrize("route", routes("POST"), ids=lambda route: route.path)
async def test_a_form_without_its_token_is_refused(visits: Visits, route: APIRoute) -> None:
    browser = await visits("handler1@320506-market")
    for data in ({}, {"csrf": "0" * 64}):
        answer = await browser.http.post(address_of(route), data=data)
        assert answer.status_code == 403, answer.text
        assert "请刷新页面后重新提交" in answer.text


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}]
)
async def test_a_form_from_elsewhere_is_refused_even_with_the_token(
    visits: Visits, headers: dict[str, str]
) -> None:
    browser = await visits("handler1@320506-market")
    answer = await browser.http.post("/inbox/read-all", data={"csrf": await browser.token()}, headers=headers)
    assert answer.status_code == 403


async def test_another_sessions_token_is_worth_nothing(visits: Visits) -> None:
    mine, other = await visits("handler1@320506-market"), await visits("handler2@320506-market")
    answer = await mine.http.post("/inbox/read-all", data={"csrf": await other.token()})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "address", ["/sign-in", "/", "/cases", "/no-such-page", "/api/v1/me", "/static/console.css"]
)
async def test_every_answer_carries_the_safe_headers(visits: Visits, address: str) -> None:
    answer = await (await visits("handler1@320506-market")).http.get(address)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["referrer-policy"] == "same-origin"


async def test_pages_are_not_kept_and_static_files_are(visits: Visits) -> None:
    http = (await visits("handler1@320506-market")).http
    assert (await http.get("/cases")).headers["cache-control"] == "no-store"
    assert "immutable" in (await http.get("/static/console.css?v=1")).headers["cache-control"]


@pytest.mark.parametrize(
    "address", ["/", "/cases", "/cases/new", "/transfers", "/clocks", "/law/214", "/clues/new"]
)
async def test_no_page_loads_or_runs_anything_from_within_or_outside(visits: Visits, address: str) -> None:
    text = await (await visits("handler1@320506-market")).see(address)
    assert "<style" not in text
    assert " style=" not in text
    assert "onclick" not in text
    assert "<script>" not in text
    assert not re.search(
        r'<(?:link|script|img|iframe|form|source)\b[^>]*(?:src|href|action)="(?:https?:)?//', text
    )


async def test_an_unknown_address_is_a_page_for_people_and_a_problem_for_programs(visits: Visits) -> None:
    browser = await visits("handler1@320506-market")
    page = await browser.http.get("/no-such-page")
    assert page.status_code == 404
    assert "没有这个页面" in page.text
    problem = await browser.http.get("/api/v1/no-such-thing")
    assert problem.headers["content-type"] == "application/problem+json"
    assert problem.json()["code"] == "no_such_address"
    assert (await browser.http.get("/cases/not-an-id")).status_code == 404


async def test_an_unexpected_error_is_a_page_without_its_cause(
    visits: Visits, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = await visits("handler1@320506-market")

    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the secret cause")

    monkeypatch.setattr("app.web.clocks.worklist", broken)
    answer = await browser.http.get("/clocks")
    assert answer.status_code == 500
    assert "系统内部出错，本次操作未保存" in answer.text
    assert "secret cause" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


async def test_the_console_is_no_part_of_the_api_document(application: FastAPI) -> None:
    assert all(path.startswith("/api/") for path in application.openapi()["paths"])


async def test_a_number_that_has_no_end_is_never_a_failure_of_the_server(visits: Visits) -> None:
    browser = await visits("handler1@320506-market")
    endless = "9" * 5000  # more digits than Python turns into a number
    names = ("revision", "officers", "task_group", "to_organ_id", "organ", "n", "year", "quantity")
    fields = dict.fromkeys((*names, f"parties.{endless}.name", "parties.0.position"), endless)
    for route in routes("POST"):
        if "sign-out" not in route.path:
            answer = await browser.send(address_of(route), **fields)
            assert answer.status_code < 500, route.path
