"""Evidence files on disk, each under the SHA-256 of its content: `ab/cd/<hash>`.

Content is streamed, hashed on the way, made durable, and moved to its place in one step, so that a place
either holds the whole content or nothing. The same content is kept once.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from anyio import to_thread

from app.errors import TooLarge, invalid

_BLOCK = 1024 * 1024


@dataclass(frozen=True)
class Received:
    """Content that has arrived in full and waits to be kept."""

    sha256: bytes
    size: int
    waiting: Path


@dataclass(frozen=True)
class FileStore:
    """The directory of evidence files; `limit` is the largest file in bytes."""

    directory: Path
    limit: int

    def check_announced(self, size: int | None) -> None:
        """Refuse by the announced length already. Raises TooLarge."""
        if size is not None and size > self.limit:
            raise self._too_large()

    @asynccontextmanager
    async def receive(self, chunks: AsyncIterable[bytes]) -> AsyncIterator[Received]:
        """Stream content in; what is not kept by the end of the block is erased.

        Raises TooLarge, and Invalid for an empty file.
        """
        waiting = self.directory / "incoming"
        waiting.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=waiting)
        path = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as target:
                digest, size = await self._copy(chunks, target)
            yield Received(digest, size, path)
        finally:
            path.unlink(missing_ok=True)  # noqa: ASYNC240 - at once, also when the request is cancelled

    async def keep(self, received: Received) -> None:
        """Move received content to its place; afterwards it survives a loss of power."""
        await to_thread.run_sync(self._keep, received)

    def open(self, sha256: bytes) -> BinaryIO:
        """The content for reading. Raises FileNotFoundError."""
        return self._place(sha256).open("rb")

    async def _copy(self, chunks: AsyncIterable[bytes], target: BinaryIO) -> tuple[bytes, int]:
        digest, size, block = hashlib.sha256(), 0, bytearray()

        def write() -> None:
            digest.update(block)
            target.write(block)
            block.clear()

        async for chunk in chunks:
            size += len(chunk)
            if size > self.limit:
                raise self._too_large()
            block += chunk
            if len(block) >= _BLOCK:
                await to_thread.run_sync(write)
        if size == 0:
            raise invalid("file", "file_empty", "文件是空的，请重新选择文件后上传。")
        await to_thread.run_sync(write)
        return digest.digest(), size

    def _keep(self, received: Received) -> None:
        place = self._place(received.sha256)
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with received.waiting.open("rb") as content:
            os.fsync(content.fileno())
        received.waiting.chmod(0o400)
        received.waiting.replace(place)
        for folder in (place.parent, place.parent.parent, self.directory):
            _sync_folder(folder)

    def _place(self, sha256: bytes) -> Path:
        name = sha256.hex()
        return self.directory / name[:2] / name[2:4] / name

    def _too_large(self) -> TooLarge:
        return TooLarge(
            "file_too_large", f"文件超过上限{self.limit // (1024 * 1024)}MB，请压缩或拆分后再上传。"
        )


async def is_whole(content: BinaryIO, sha256: bytes) -> bool:
    """Whether the content still has its hash; leaves it at the beginning."""

    def check() -> bool:
        digest = hashlib.sha256()
        while block := content.read(_BLOCK):
            digest.update(block)
        content.seek(0)
        return digest.digest() == sha256

    return await to_thread.run_sync(check)


async def blocks(content: BinaryIO) -> AsyncIterator[bytes]:
    """The content in blocks; closes it at the end, or when the reader goes away."""
    with content:
        while block := await to_thread.run_sync(content.read, _BLOCK):
            yield block


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
