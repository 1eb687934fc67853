"""Signing in and out of the console."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from app.audit.events import record
from app.database.transaction import Database
from app.errors import AppError, Invalid
from app.http.access import client_address
from app.organs.sign_in import end_session, open_session, verify_password
from app.web.given import Given
from app.web.pages import render
from app.web.session import SentForm, SignedIn, check_origin, cookie_name, see

router = APIRouter()
_LAST_ORGAN = "xianjie-organ"
_YEAR = 365 * 24 * 3600
_WHY = {
    "timed_out": "登录已超时，请重新登录。未提交的内容没有保存。",
    "needed": "请先登录。",
    "signed_out": "已安全退出。",
}


@router.get("/sign-in")
async def sign_in_page(request: Request, why: str = "", next: str = "/") -> HTMLResponse:  # noqa: A002
    """The sign-in form; it remembers which organ signed in here last."""
    given = Given([("organ", request.cookies.get(_LAST_ORGAN, ""))])
    return _page(given, next, notice=_WHY.get(why))


@router.post("/sign-in")
async def sign_in(request: Request) -> Response:
    """Open a session and go to the page that was wanted."""
    check_origin(request)
    given = Given.typed(await request.form(max_files=0, max_fields=10))
    wanted = given.text("next") or "/"
    db: Database = request.app.state.database
    settings = request.app.state.settings
    try:
        officer_id = await verify_password(db, *_credentials(given))
    except AppError as error:
        return _page(given, wanted, error=error)
    secret = await open_session(
        db, officer_id, timedelta(minutes=settings.session_minutes), client_address(request)
    )
    answer = see(_own_address(wanted))
    secure: Any = {"httponly": True, "samesite": "strict", "secure": settings.secure_cookie, "path": "/"}
    answer.set_cookie(cookie_name(settings.secure_cookie), secret, **secure)
    answer.set_cookie(_LAST_ORGAN, given.one("organ").strip().lower(), max_age=_YEAR, **secure)
    return answer


@router.post("/sign-out")
async def sign_out(request: Request, who: SignedIn, form: SentForm) -> Response:  # noqa: ARG001
    """End the session."""
    async with who.acting() as tx:
        await record(tx, "officer.signed_out", ("officer", who.officer_id))
    await end_session(who.db, who.secret)
    answer = see("/sign-in", why="signed_out")
    secure = request.app.state.settings.secure_cookie
    answer.delete_cookie(cookie_name(secure), path="/", secure=secure, httponly=True, samesite="strict")
    return answer


def _credentials(given: Given) -> tuple[str, str, str]:
    organ, login, password = given.text("organ"), given.text("login"), given.one("password")
    if not organ or not login or not password:
        raise Invalid("incomplete", "请填写机关代码、登录名和密码。")
    return organ, login, password


def _own_address(wanted: str) -> str:
    inside = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and "\n" not in wanted
    return wanted if inside else "/"


def _page(
    given: Given, wanted: str, error: AppError | None = None, notice: str | None = None
) -> HTMLResponse:
    status = error.status if error else 200
    return render("sign_in.html", status, given=given, wanted=wanted, error=error, notice=notice)
