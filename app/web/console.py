"""Puts the console into the application: pages, static files, headers, and errors as pages."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from app.web import (
    case_import,
    case_page,
    cases,
    clock_page,
    clock_rules,
    clocks,
    clues,
    documents,
    exhibits,
    home,
    inbox,
    law,
    law_calculator,
    packages,
    procedure_map,
    referrals,
    refusals,
    resumable,
    search,
    sign_in,
    supervision,
    transfers,
)
from app.web.headers import SafeHeaders
from app.web.pages import STATIC

PAGES = (
    sign_in,
    home,
    cases,
    case_page,
    case_import,
    transfers,
    procedure_map,
    clocks,
    clock_page,
    clock_rules,
    supervision,
    clues,
    referrals,
    documents,
    exhibits,
    resumable,
    inbox,
    packages,
    law_calculator,
    law,
    search,
)


def install(app: FastAPI) -> None:
    """After the rooms of the API: the console's pages at the root."""
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    for page in PAGES:
        app.include_router(page.router, include_in_schema=False)
    refusals.install(app)
    app.add_middleware(SafeHeaders)
