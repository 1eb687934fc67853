"""The application under test on a real PostgreSQL, with the demonstration's organs and officers."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import psycopg
import pytest
from asgi_lifespan import LifespanManager
from fastapi import FastAPI

from app.api import create_app
from app.database.transaction import Database
from app.organs.directory import load_directory
from app.settings import Settings
from tests.cluster import DatabaseUrls

pytest_plugins = ["tests.cluster"]

ORGANS = Path(__file__).parents[1] / "app" / "demo" / "organs.yaml"
PASSWORD = "Xianjie-demo-2026"
KEPT = ("organs", "officers", "credentials", "alembic_version")
SECRET = secrets.token_urlsafe(32)


@pytest.fixture(scope="session")
def world(database_urls: DatabaseUrls) -> dict[str, int]:
    """Officer ids by `login@organ code`, in this worker's database."""
    load_directory(database_urls.owner, ORGANS, PASSWORD)
    with psycopg.connect(database_urls.owner) as connection:
        rows = connection.execute(
            "SELECT f.login || '@' || o.code, f.id FROM officers f JOIN organs o ON o.id = f.organ_id"
        ).fetchall()
    return {str(login): int(officer) for login, officer in rows}


@pytest.fixture
def clean(database_urls: DatabaseUrls, world: dict[str, int]) -> DatabaseUrls:
    """A database in which organs and officers are all there is."""
    with psycopg.connect(database_urls.owner) as connection:
        tables = [
            row[0]
            for row in connection.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND NOT tablename = ANY (%s)",
                [list(KEPT)],
            )
        ]
        connection.execute(f"TRUNCATE {', '.join(tables)}")
    return database_urls


@pytest.fixture(scope="session")
def configuration(database_urls: DatabaseUrls, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of the application under test. Without a worker's address no job runs beside a test."""
    return Settings(
        database_url=database_urls.app,
        secret=SECRET,
        files=tmp_path_factory.mktemp("files"),
        secure_cookie=False,
    )


@pytest.fixture(scope="session")
async def application(configuration: Settings, world: dict[str, int]) -> AsyncIterator[FastAPI]:
    """The application, started."""
    app = create_app(configuration)
    async with LifespanManager(app):
        yield app


@pytest.fixture
def database(application: FastAPI, clean: DatabaseUrls) -> Database:
    """The application's own connections, as its own role, to a clean database."""
    found: Database = application.state.database
    return found


@pytest.fixture
async def client(application: FastAPI, clean: DatabaseUrls) -> AsyncIterator[httpx.AsyncClient]:
    """An HTTP client that nobody has signed in."""
    transport = httpx.ASGITransport(application, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        yield http


Acts = Callable[[str], httpx.AsyncClient]


@pytest.fixture
async def acts(application: FastAPI, clean: DatabaseUrls, world: dict[str, int]) -> AsyncIterator[Acts]:
    """A client signed in as `login@organ code`: `acts("handler1@320506-market")`."""
    opened: dict[str, httpx.AsyncClient] = {}

    def as_officer(who: str) -> httpx.AsyncClient:
        if who not in opened:
            token, _ = application.state.tokens.issue(world[who], "test")
            opened[who] = httpx.AsyncClient(
                transport=httpx.ASGITransport(application, raise_app_exceptions=False),
                base_url="http://test",
                headers={"Authorization": f"Bearer {token}"},
            )
        return opened[who]

    yield as_officer
    for http in opened.values():
        await http.aclose()
