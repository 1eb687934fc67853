"""Puts the console into the application: pages, static files, headers, and errors as pages."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from app.web import cases, home, refusals, sign_in
from app.web.headers import SafeHeaders
from app.web.pages import STATIC

ROUTERS = (sign_in.router, home.router, cases.router)


def install(app: FastAPI) -> None:
    """After the rooms of the API: the console's pages at the root."""
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    for router in ROUTERS:
        app.include_router(router, include_in_schema=False)
    refusals.install(app)
    app.add_middleware(SafeHeaders)
