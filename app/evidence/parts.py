"""The parts of an upload on disk: how much has come, one writer at a time, what is kept of a broken part."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, ClassVar
from uuid import UUID

from anyio import to_thread

from app.errors import AppError, TooLarge
from app.evidence.content import BLOCK

# SHA-1 is what the protocol asks every server to know; it guards against faults of the line alone.
CHECKSUMS = ("sha256", "sha1")


class UploadBusy(AppError):
    """Another request is writing to the upload."""

    status: ClassVar[int] = 423


class ChecksumWrong(AppError):
    """The part is not what its checksum says (tus: 460 Checksum Mismatch)."""

    status: ClassVar[int] = 460


class StoreFull(AppError):
    """There is no room for more."""

    status: ClassVar[int] = 507


@dataclass(frozen=True)
class Checksum:
    """What a part's digest must be."""

    algorithm: str
    digest: bytes


@dataclass(frozen=True)
class Parts:
    """The directory of what is still arriving, one file for each upload."""

    directory: Path

    def place(self, upload_id: UUID) -> Path:
        """Where the upload lies."""
        return self.directory / str(upload_id)

    def arrived(self, upload_id: UUID) -> int:
        """How many bytes have come."""
        try:
            return self.place(upload_id).stat().st_size
        except FileNotFoundError:
            return 0

    @asynccontextmanager
    async def alone(self, upload_id: UUID) -> AsyncIterator[Path]:
        """Nobody else writes to the upload while the block lasts. Raises UploadBusy."""
        descriptor = await to_thread.run_sync(self._open, upload_id)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise UploadBusy("upload_busy", "该文件正由另一个请求上传，请稍候再续传。") from None
        try:
            yield self.place(upload_id)
        finally:
            os.close(descriptor)  # which lets go of the lock

    async def write(
        self, path: Path, offset: int, room: int, chunks: AsyncIterator[bytes], checksum: Checksum | None
    ) -> None:
        """Add what comes at `offset`, at most `room` bytes.

        What came before a broken connection stays, unless a checksum was promised for the part. Raises
        ChecksumWrong, StoreFull, TooLarge, after which the part is gone again.
        """
        with await to_thread.run_sync(path.open, "ab", 0) as target:
            kept = False
            try:
                digest = hashlib.new(checksum.algorithm, usedforsecurity=False) if checksum else None
                await _copy(chunks, target, room, digest)
                if digest is not None and checksum is not None and digest.digest() != checksum.digest:
                    raise ChecksumWrong(
                        "checksum_mismatch", "本次上传的内容与校验值不符，请重新上传这一部分。"
                    )
                kept = True
            except OSError as error:
                raise StoreFull("store_full", "存储空间不足，上传未保存，请联系系统管理员后续传。") from error
            except AppError:
                raise
            except BaseException:
                kept = checksum is None
                raise
            finally:
                if not kept:
                    os.ftruncate(target.fileno(), offset)

    def sha256(self, upload_id: UUID) -> bytes:
        """The hash of what lies on disk."""
        with self.place(upload_id).open("rb") as content:
            return hashlib.file_digest(content, "sha256").digest()

    def erase(self, upload_id: UUID) -> None:
        """Let go of what came."""
        self.place(upload_id).unlink(missing_ok=True)

    def _open(self, upload_id: UUID) -> int:
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        return os.open(self.place(upload_id), os.O_RDONLY | os.O_CREAT, 0o600)


async def _copy(
    chunks: AsyncIterator[bytes], target: BinaryIO, room: int, digest: hashlib._Hash | None
) -> None:
    block = bytearray()

    def write() -> None:
        if digest is not None:
            digest.update(block)
        with memoryview(block) as view:
            done = 0
            while done < len(view):
                done += target.write(view[done:])
        block.clear()

    try:
        async for chunk in chunks:
            room -= len(chunk)
            if room < 0:
                raise TooLarge(
                    "upload_exceeds_length", "上传的内容超过申报的文件大小，请核对后重新开始上传。"
                )
            block += chunk
            if len(block) >= BLOCK:
                await to_thread.run_sync(write)
    finally:
        await to_thread.run_sync(write)
