"""HTTP: the import template, and imports from a sheet or JSON Lines."""

from __future__ import annotations

from tempfile import SpooledTemporaryFile
from typing import IO, Annotated, Any
from urllib.parse import quote

from anyio import to_thread
from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.datastructures import UploadFile

from app.cases.fields import ShortText
from app.cases.intake.batches import Imported, Sender, import_rows
from app.cases.intake.json_lines import read_lines
from app.cases.intake.sheet import open_sheet
from app.cases.intake.template import MEDIA_TYPE, template
from app.errors import Invalid
from app.http.access import DatabaseOf, OfficerId, client_address, signed_in_officer
from app.http.problems import responses

router = APIRouter(prefix="/api/v1", tags=["案件"])
JSON_LINES = ("application/x-ndjson", "application/jsonl", "application/x-jsonlines")
_IN_MEMORY = 1024 * 1024
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {
                            "type": "string",
                            "format": "binary",
                            "description": "填写好的导入模板（.xlsx）",
                        }
                    },
                }
            },
            JSON_LINES[0]: {"schema": {"type": "string", "description": "一行一件案件，字段同录入案件"}},
        },
    }
}


@router.get(
    "/cases/import-template.xlsx",
    summary="下载导入模板",
    response_class=Response,
    responses={200: {"content": {MEDIA_TYPE: {}}}, **responses(401)},
    dependencies=[Depends(signed_in_officer)],
)
def import_template() -> Response:
    """The sheet to fill in, with drop-downs and explanations."""
    name = quote("案件导入模板.xlsx")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
    return Response(template(), media_type=MEDIA_TYPE, headers=headers)


@router.post(
    "/cases/import",
    summary="批量导入案件",
    responses=responses(401, 403, 413, 422),
    openapi_extra=_BODY,
)
async def import_cases(
    request: Request,
    officer_id: OfficerId,
    db: DatabaseOf,
    source_system: Annotated[ShortText, Query(description="来源系统名称")] = "sheet",
) -> Imported:
    """Enter the good rows of a sheet or of JSON Lines; the same rows again enter nothing."""
    sender = Sender(db, officer_id, client_address(request), request.app.state.seal)
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media in JSON_LINES:
        with SpooledTemporaryFile(_IN_MEMORY) as spool:
            async for chunk in request.stream():
                await to_thread.run_sync(spool.write, chunk)
            spool.seek(0)
            return await import_rows(sender, read_lines(_bytes(spool), source_system))
    async with request.form(max_files=1, max_fields=4) as form:
        upload = form.get("file")
        if not isinstance(upload, UploadFile):
            raise Invalid(
                "file_missing", "请在 file 字段上传填写好的导入模板，或者以 application/x-ndjson 提交。"
            )
        sheet = await to_thread.run_sync(open_sheet, upload.file)
        return await import_rows(sender, sheet.rows(source_system))


def _bytes(spool: Any) -> IO[bytes]:
    file: IO[bytes] = spool
    return file
