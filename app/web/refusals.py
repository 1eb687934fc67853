"""Errors as pages: what went wrong and what to do, for every address that is not the API's."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any, cast
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from psycopg import OperationalError
from starlette.exceptions import HTTPException

from app.errors import AppError, NotSignedIn
from app.web.headers import ALWAYS
from app.web.pages import render
from app.web.session import SignInNeededError, is_partial

log = logging.getLogger(__name__)
_TITLES = {
    403: "不能这样操作",
    404: "没有找到",
    409: "情况已有变化",
    412: "情况已有变化",
    413: "内容过大",
    429: "请稍后再试",
}
Answer = Callable[[Request, Any], Awaitable[Response]]


def install(app: FastAPI) -> None:
    """The console's answers in place of problem documents; the API keeps its own."""
    app.add_exception_handler(SignInNeededError, _sign_in)
    for error, answer in (
        (AppError, _of_ours),
        (RequestValidationError, _of_address),
        (HTTPException, _of_framework),
        (OperationalError, _of_database),
        (Exception, _unexpected),
    ):
        app.add_exception_handler(
            error, _where_it_belongs(cast("Answer", app.exception_handlers[error]), answer)
        )


def _where_it_belongs(of_api: Answer, of_console: Answer) -> Answer:
    async def answer(request: Request, error: Any) -> Response:
        in_api = request.url.path.startswith("/api/") or request.url.path == "/openapi.json"
        return await (of_api if in_api else of_console)(request, error)

    return answer


async def _sign_in(request: Request, error: Any) -> Response:
    why = "timed_out" if error.timed_out else "needed"
    wanted = error.wanted if request.method == "GET" and not is_partial(request) else "/"
    address = f"/sign-in?why={why}&next={quote(wanted)}"
    if is_partial(request):
        return Response(status_code=401, headers={"HX-Redirect": address})
    return RedirectResponse(address, 303)


async def _of_ours(request: Request, error: AppError) -> Response:
    if isinstance(error, NotSignedIn):
        return await _sign_in(request, SignInNeededError("/", timed_out=True))
    return _page(request, error.status, error.detail)


async def _of_address(request: Request, error: RequestValidationError) -> Response:  # noqa: ARG001
    return _page(request, 404, "没有这个页面，请核对地址。")


async def _of_framework(request: Request, error: HTTPException) -> Response:
    words = {
        404: "没有这个页面，请核对地址或从首页进入。",
        405: "该地址不支持这种操作，请从页面上的按钮进入。",
    }
    return _page(request, error.status_code, words.get(error.status_code, "请求无法处理，请返回后重试。"))


async def _of_database(request: Request, error: OperationalError) -> Response:
    log.error("no database at %s %s", request.method, request.url.path, exc_info=error)
    return _page(request, 503, "数据库暂时不可用，本次操作没有完成，请稍后重新打开页面，核对后再办理。")


async def _unexpected(request: Request, error: Exception) -> Response:
    log.exception("unexpected error at %s %s", request.method, request.url.path, exc_info=error)
    answer = _page(request, 500, "系统内部出错，本次操作未保存，请稍后重试或联系管理员。")
    answer.headers.update(ALWAYS)  # this answer is made outside the middleware that adds them
    return answer


def _page(request: Request, status: int, detail: str) -> Response:
    template = "parts/refusal.html" if is_partial(request) else "refusal.html"
    return render(template, status, title=_TITLES.get(status, "操作未完成"), detail=detail, code=status)
