"""Errors as RFC 9457 problem details: a stable `code`, a Chinese `detail`, and the fields that are wrong."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from psycopg import OperationalError
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from app.errors import AppError, FieldError, Invalid, Unavailable
from app.http.validation_words import field_error

log = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"


class ProblemField(BaseModel):
    """What is wrong with one field, and the remedy."""

    field: str
    code: str
    detail: str


class Problem(BaseModel):
    """RFC 9457 problem details. `detail` is Chinese and says what to do."""

    type: str = "about:blank"
    title: str
    status: int
    code: str
    detail: str
    errors: list[ProblemField] = []


def problem(error: AppError) -> JSONResponse:
    """The answer for an error of ours."""
    return _answer(error.status, error.code, error.detail, error.errors, error.extra)


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For a route's `responses=`: which problems it answers with."""
    return {status: {"model": Problem, "content": {MEDIA_TYPE: {}}} for status in statuses}


def install(app: FastAPI) -> None:
    """Every error of the application leaves it as a problem."""

    @app.exception_handler(AppError)
    async def of_ours(_: Request, error: AppError) -> JSONResponse:
        return problem(error)

    @app.exception_handler(RequestValidationError)
    async def of_validation(_: Request, error: RequestValidationError) -> JSONResponse:
        fields = [field_error(one) for one in error.errors()]
        return problem(Invalid("invalid_input", "提交的内容有误，请按各字段的提示更正后重试。", fields))

    @app.exception_handler(HTTPException)
    async def of_framework(_: Request, error: HTTPException) -> JSONResponse:
        code, detail = {
            404: ("no_such_address", "没有这个地址，请核对接口路径。"),
            405: ("method_not_allowed", "该地址不支持这种请求方法。"),
            413: ("body_too_large", "提交的内容超过上限，请分批提交或压缩后重试。"),
        }.get(error.status_code, ("http_error", "请求无法处理，请核对后重试。"))
        return _answer(error.status_code, code, detail, (), {})

    @app.exception_handler(OperationalError)
    async def of_database(request: Request, error: OperationalError) -> JSONResponse:
        log.error("no database at %s %s", request.method, request.url.path, exc_info=error)
        return problem(
            Unavailable(
                "database_gone",
                "数据库暂时不可用，本次操作没有完成，请稍后重试；以同一 Idempotency-Key 重试不会重复办理。",
            )
        )

    @app.exception_handler(Exception)
    async def unexpected(request: Request, error: Exception) -> JSONResponse:
        log.exception("unexpected error at %s %s", request.method, request.url.path, exc_info=error)
        return _answer(
            500, "internal_error", "系统内部出错，本次操作未保存，请稍后重试或联系管理员。", (), {}
        )


def _answer(
    status: int, code: str, detail: str, errors: Sequence[FieldError], extra: dict[str, Any]
) -> JSONResponse:
    fields = [ProblemField(field=e.field, code=e.code, detail=e.detail) for e in errors]
    body = Problem(title=code, status=status, code=code, detail=detail, errors=fields).model_dump()
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
    return JSONResponse({**body, **extra}, status, headers, media_type=MEDIA_TYPE)
