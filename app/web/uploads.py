"""A file that came with a form."""

from __future__ import annotations

from collections.abc import AsyncIterator

from starlette.datastructures import FormData, UploadFile

from app.errors import invalid
from app.evidence.names import file_name

_BLOCK = 1024 * 1024


def sent_file(form: FormData) -> tuple[UploadFile, str]:
    """The file and its name. Raises Invalid when none was chosen, or for a name that cannot be kept."""
    sent = form.get("file")
    if not isinstance(sent, UploadFile) or not sent.filename:
        raise invalid("file", "file_missing", "请选择要上传的文件。")
    return sent, file_name(sent.filename)


async def chunks(sent: UploadFile) -> AsyncIterator[bytes]:
    """The content in blocks."""
    while block := await sent.read(_BLOCK):
        yield block
