"""The store of evidence files: content comes in, is hashed on the way, kept once, and is whole when read.

What arrives waits in a directory of this machine, also where the finished content lies in a bucket.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from anyio import to_thread

from app.errors import TooLarge, invalid
from app.evidence.content import BLOCK, Bucket, Content, Disk, bucket_client
from app.settings import Settings

GIBIBYTE = 1024**3
State = Literal["whole", "damaged", "missing"]


class ContentDamagedError(Exception):
    """What lies in the store is gone or no longer what was uploaded."""


@dataclass(frozen=True)
class Received:
    """Content that has arrived in full and waits to be kept."""

    sha256: bytes
    size: int
    waiting: Path


@dataclass(frozen=True)
class FileStore:
    """`limit`: of a file sent at once; `upload_limit`: of one in parts; `case_limit`: of a case's files."""

    content: Content
    incoming: Path
    limit: int
    upload_limit: int = 2 * GIBIBYTE
    case_limit: int = 100 * GIBIBYTE

    def check_announced(self, size: int | None) -> None:
        """Refuse by the announced length already. Raises TooLarge."""
        if size is not None and size > self.limit:
            raise self._too_large()

    @asynccontextmanager
    async def receive(self, chunks: AsyncIterable[bytes]) -> AsyncIterator[Received]:
        """Stream content in; what is not kept by the end of the block is erased.

        Raises TooLarge, and Invalid for an empty file.
        """
        self.incoming.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=self.incoming)
        path = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as target:
                digest, size = await self._copy(chunks, target)
            yield Received(digest, size, path)
        finally:
            path.unlink(missing_ok=True)  # noqa: ASYNC240 - at once, also when the request is cancelled

    async def keep(self, received: Received) -> None:
        """Put received content in its place; afterwards it survives a loss of power."""
        await self.content.put(received.sha256, received.waiting)

    def read(self, sha256: bytes, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from `start` until before `end`, unchecked. Raises FileNotFoundError."""
        return self.content.read(sha256, start, end)

    async def verified(self, sha256: bytes) -> AsyncIterator[bytes]:
        """The content in blocks. The last is held back until the hash of all has proved right.

        Raises ContentDamagedError: of content of one block before anything, else in place of the last block.
        """
        digest, held = hashlib.sha256(), b""
        try:
            async for block in self.content.read(sha256):
                if held:
                    yield held
                await to_thread.run_sync(digest.update, block)
                held = block
        except FileNotFoundError as error:
            raise ContentDamagedError(f"{sha256.hex()} is gone") from error
        if digest.digest() != sha256:
            raise ContentDamagedError(f"{sha256.hex()} has changed")
        yield held

    async def opened(self, sha256: bytes) -> AsyncIterator[bytes]:
        """`verified`, begun: what is gone, or damaged in its only block, is known before anything is sent.

        Raises ContentDamagedError.
        """
        blocks = self.verified(sha256)
        first = await anext(blocks)

        async def all_of_it() -> AsyncIterator[bytes]:
            yield first
            async for block in blocks:
                yield block

        return all_of_it()

    async def is_whole(self, sha256: bytes) -> bool:
        """Whether the content is there and still has its hash."""
        return await self.state(sha256) == "whole"

    async def state(self, sha256: bytes) -> State:
        """What became of the content."""
        try:
            async for _ in self.verified(sha256):
                pass
        except ContentDamagedError as error:
            return "missing" if isinstance(error.__cause__, FileNotFoundError) else "damaged"
        return "whole"

    async def check_whole_once(self, sha256: bytes) -> None:
        """The same for reading parts of it one after the other: hashed again only when it was written anew.

        Raises ContentDamagedError.
        """
        try:
            stamp = await self.content.stamp(sha256)
        except FileNotFoundError as error:
            raise ContentDamagedError(f"{sha256.hex()} is gone") from error
        if _proved.get(sha256) == stamp:
            return
        async for _ in self.verified(sha256):
            pass
        while len(_proved) >= _MOST_PROVED:
            _proved.pop(next(iter(_proved)))
        _proved[sha256] = stamp

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
            if len(block) >= BLOCK:
                await to_thread.run_sync(write)
        if size == 0:
            raise empty_file()
        await to_thread.run_sync(write)
        return digest.digest(), size

    def _too_large(self) -> TooLarge:
        return TooLarge(
            "file_too_large",
            f"文件超过上限{self.limit // (1024 * 1024)}MB，请用续传方式上传，或者压缩、拆分后再上传。",
        )


def empty_file() -> Exception:
    """There is nothing in it."""
    return invalid("file", "file_empty", "文件是空的，请重新选择文件后上传。")


def file_store_of(settings: Settings) -> FileStore:
    """The store that the settings name."""
    limits = (settings.file_limit, settings.upload_limit, settings.case_limit)
    if isinstance(settings.files, Path):
        return FileStore(Disk(settings.files), settings.files / "incoming", *limits)
    assert settings.uploads is not None  # noqa: S101 - the settings see to it
    key, secret = settings.s3_access_key, settings.s3_secret_key
    client = bucket_client(
        settings.s3_endpoint,
        settings.s3_region,
        key.get_secret_value() if key else None,
        secret.get_secret_value() if secret else None,
        settings.s3_path_style,
    )
    return FileStore(Bucket(client, *settings.files), settings.uploads, *limits)


_MOST_PROVED = 1000
_proved: dict[bytes, str] = {}
