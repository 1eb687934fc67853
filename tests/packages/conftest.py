"""A second installation: another database, another secret, another store of files, the same organs."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import psycopg
import pytest
from asgi_lifespan import LifespanManager

from app.api import create_app
from app.organs.directory import load_directory
from app.settings import Settings
from tests.cluster import DatabaseUrls
from tests.conftest import ORGANS, PASSWORD, Acts
from tests.packages.second import Second


@pytest.fixture
async def second(fresh_database_urls: DatabaseUrls, tmp_path: Path, acts: Acts) -> AsyncIterator[Second]:
    """The installation of the police, started; it knows the organs, and nobody else's keys."""
    load_directory(fresh_database_urls.owner, ORGANS, PASSWORD)
    with psycopg.connect(fresh_database_urls.owner) as connection:
        rows = connection.execute(
            "SELECT f.login || '@' || o.code, f.id FROM officers f JOIN organs o ON o.id = f.organ_id"
        ).fetchall()
    settings = Settings(
        database_url=fresh_database_urls.app, secret=secrets.token_urlsafe(32), files=tmp_path / "files"
    )
    app = create_app(settings)
    async with (
        LifespanManager(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app, raise_app_exceptions=False), base_url="http://second"
        ) as http,
    ):
        yield Second(fresh_database_urls, settings, app, http, {str(who): int(one) for who, one in rows})
