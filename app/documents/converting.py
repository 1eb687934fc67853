"""Word to PDF by LibreOffice without a screen, from Debian's package libreoffice-writer-nogui.

One conversion runs at a time in a process, with a profile of its own; several documents go in one. The fonts
that documents name are used where they are installed, else those of `fonts.conf`; either is embedded.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import shutil
import signal
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from weakref import WeakKeyDictionary

from anyio import to_thread

from app.errors import Unavailable

FONTS = Path(__file__).parent / "fonts.conf"
SECONDS = 120
_ONE_AT_A_TIME: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()


async def pdfs(documents: Sequence[bytes]) -> list[bytes]:
    """The PDF of each .docx. Raises Unavailable."""
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None:
        raise Unavailable(
            "converter_missing",
            "服务器没有安装 LibreOffice，不能转为 PDF。请联系系统管理员安装 libreoffice-writer-nogui "
            "和 fonts-noto-cjk（Debian、Ubuntu：apt-get install）；在此之前可以下载 Word 文件。",
        )
    lock = _ONE_AT_A_TIME.setdefault(asyncio.get_running_loop(), asyncio.Lock())
    folder = Path(tempfile.mkdtemp(prefix="xianjie-pdf-"))
    try:
        names = await to_thread.run_sync(_written, folder, documents)
        async with lock:
            await _run(program, folder, names)
        return await to_thread.run_sync(_read, folder, names)
    finally:
        await to_thread.run_sync(shutil.rmtree, folder, True)


def _written(folder: Path, documents: Sequence[bytes]) -> list[Path]:
    names = [folder / f"{at}.docx" for at in range(len(documents))]
    for name, content in zip(names, documents, strict=True):
        name.write_bytes(content)
    return names


def _read(folder: Path, names: Sequence[Path]) -> list[bytes]:
    try:
        return [(folder / name.with_suffix(".pdf").name).read_bytes() for name in names]
    except FileNotFoundError as error:
        raise _failed() from error


async def _run(program: str, folder: Path, names: Sequence[Path]) -> None:
    """The conversion in a process group of its own, ended with all its children when it takes too long."""
    process = await asyncio.create_subprocess_exec(
        program,
        *_arguments(folder, names),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, "FONTCONFIG_FILE": str(FONTS), "HOME": str(_profile())},
        start_new_session=True,
    )
    try:
        await asyncio.wait_for(process.wait(), SECONDS)
    except (TimeoutError, asyncio.CancelledError) as error:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
        if isinstance(error, asyncio.CancelledError):
            raise
        raise _failed() from error


def _arguments(folder: Path, names: Sequence[Path]) -> list[str]:
    return [
        f"-env:UserInstallation=file://{_profile()}",
        "--headless",
        "--norestore",
        "--convert-to",
        "pdf:writer_pdf_Export",
        "--outdir",
        str(folder),
        *map(str, names),
    ]


@cache
def _profile() -> Path:
    """LibreOffice's own folder of this process: two that share one would wait for each other."""
    place = tempfile.mkdtemp(prefix="xianjie-office-")
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    return Path(place)


def _failed() -> Unavailable:
    return Unavailable(
        "converter_failed", "LibreOffice 未能转换该文书，请稍后重试；仍不成功的请联系系统管理员检查其安装。"
    )
