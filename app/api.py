"""Assembles the HTTP application: the API of every room and the console."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from importlib.metadata import version

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline

from app.database.roles_check import check_role
from app.database.sealed import Seal
from app.database.transaction import Database
from app.http import problems
from app.http.tokens import Tokens
from app.organs import routes as organs
from app.settings import Settings, settings


def create_app(configuration: Settings | None = None) -> FastAPI:
    """The application for one configuration (by default the environment's)."""
    chosen = configuration or settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        db = Database(chosen.database_url.get_secret_value(), chosen.pool_size)
        await db.open()
        try:
            async with db.transaction() as tx:
                await check_role(tx)
            app.state.database = db
            yield
        finally:
            await db.close()

    app = FastAPIOffline(title="衔接 Xianjie", version=version("xianjie"), lifespan=lifespan, redoc_url=None)
    secret = chosen.secret.get_secret_value()
    app.state.settings = chosen
    app.state.tokens = Tokens(secret, timedelta(minutes=chosen.token_minutes))
    app.state.seal = Seal.from_secret(secret)
    problems.install(app)
    for room in (organs,):
        app.include_router(room.router)
    return app
