"""Assembles the HTTP application: the API of every room and the console."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from importlib.metadata import version

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline

from app.cases import routes as cases
from app.cases.intake import routes as intake
from app.clocks import calendar_routes
from app.clocks import routes as clocks
from app.clues import routes as clues
from app.database.roles_check import check_role
from app.database.sealed import Seal
from app.database.transaction import Database
from app.documents import routes as documents
from app.evidence import exhibit_routes as exhibits
from app.evidence import routes as evidence
from app.evidence import upload_routes as uploads
from app.http import problems
from app.http.limits import BodyLimit
from app.http.tokens import Tokens
from app.notices import routes as notices
from app.organs import routes as organs
from app.packages import routes as packages
from app.referrals import routes as referrals
from app.screening import law_routes
from app.screening import routes as screening
from app.search import routes as search
from app.settings import Settings, settings
from app.supervision import routes as supervision
from app.transfers import routes as transfers
from app.web import console
from app.worker import working


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
            async with working(chosen):
                gc.collect()
                gc.freeze()  # the law's data and the routes stay: no later collection need walk through them
                yield
        finally:
            await db.close()

    app = FastAPIOffline(title="衔接 Xianjie", version=version("xianjie"), lifespan=lifespan, redoc_url=None)
    secret = chosen.secret.get_secret_value()
    app.state.settings = chosen
    app.state.tokens = Tokens(secret, timedelta(minutes=chosen.token_minutes))
    app.state.seal = Seal.from_secret(secret)
    problems.install(app)
    larger = {
        "/packages": chosen.package_limit,
        "/files": chosen.file_limit + 1024 * 1024,
        "/scans": chosen.file_limit + 1024 * 1024,
        "/uploads/": chosen.upload_limit,
        "/cases/import": chosen.import_limit,
    }
    app.add_middleware(BodyLimit, limit=chosen.body_limit, larger=larger)
    rooms = (
        organs,
        screening,
        law_routes,
        cases,
        evidence,
        uploads,
        exhibits,
        documents,
        transfers,
        clocks,
        clues,
        referrals,
        supervision,
    )
    app.include_router(intake.router)  # before the hot routes: its template's address looks like a case's
    app.router.routes.extend(cases.hot.routes)  # not as a router of a room, so that they are found at once
    for room in (*rooms, calendar_routes, packages, notices, search):
        app.include_router(room.router)
    console.install(app)
    return app
