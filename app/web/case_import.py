"""Page: importing cases from a sheet, with every bad row told by row, column and remedy."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from anyio import to_thread
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import UploadFile

from app.cases import service
from app.cases.intake.batches import Sender, import_rows
from app.cases.intake.sheet import open_sheet
from app.cases.intake.template import MEDIA_TYPE, template
from app.errors import AppError, invalid
from app.http.access import client_address
from app.web.session import SentForm, SignedIn, Visitor

router = APIRouter(prefix="/cases")
_SHOWN = 500


@router.get("/import")
async def page(who: SignedIn) -> HTMLResponse:
    """Where a sheet is uploaded."""
    return await _page(who)


@router.get("/import-template.xlsx")
async def import_template(who: SignedIn) -> Response:
    """The sheet to fill in."""
    async with who.acting() as tx:
        service.may_enter(tx.actor)
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote('案件导入模板.xlsx')}"}
    return Response(await to_thread.run_sync(template), media_type=MEDIA_TYPE, headers=headers)


@router.post("/import")
async def upload(request: Request, who: SignedIn, form: SentForm) -> HTMLResponse:
    """Enter the good rows; tell the bad ones. The same sheet again enters nothing twice."""
    sent = form.get("file")
    try:
        if not isinstance(sent, UploadFile) or not sent.filename:
            raise invalid("file", "file_missing", "请选择填写好的导入模板（.xlsx）。")
        sheet = await to_thread.run_sync(open_sheet, sent.file)
        sender = Sender(who.db, who.officer_id, client_address(request), request.app.state.seal)
        imported = await import_rows(sender, sheet.rows("sheet"))
    except AppError as error:
        return await _page(who, error.status, error=error)
    return await _page(who, imported=imported, name=sent.filename)


async def _page(who: Visitor, status: int = 200, /, **more: Any) -> HTMLResponse:
    values: dict[str, Any] = {"error": None, "imported": None, "name": "", "most": _SHOWN}
    async with who.acting() as tx:
        service.may_enter(tx.actor)
        return await who.page(tx, "cases/import.html", status, **{**values, **more})
