"""Where finished evidence lies, each content under its hash (`ab/cd/<SHA-256>`): a directory or a bucket."""

from __future__ import annotations

import logging
import os
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import lru_cache, wraps
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, Protocol, TypeVar

from anyio import to_thread

from app.errors import Unavailable

if TYPE_CHECKING:
    from botocore.response import StreamingBody
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import HeadObjectOutputTypeDef

Given = ParamSpec("Given")
Result = TypeVar("Result")
log = logging.getLogger(__name__)
BLOCK = 1024 * 1024
_PART = 8 * BLOCK
_NOT_THERE = ("404", "NoSuchKey", "NotFound")


class Content(Protocol):
    """A place for finished content. What is not there raises FileNotFoundError."""

    async def put(self, sha256: bytes, waiting: Path) -> None:
        """Take a copy of what waits; afterwards it survives a loss of power. Replaces what is damaged."""

    def read(self, sha256: bytes, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from `start` until before `end`, in blocks."""

    async def stamp(self, sha256: bytes) -> str:
        """Changes whenever what lies there was written anew."""


@dataclass(frozen=True)
class Disk:
    """A directory of this machine, or one that is mounted."""

    directory: Path

    async def put(self, sha256: bytes, waiting: Path) -> None:
        """By a link beside the place and a rename: the place has the whole content or nothing."""
        await to_thread.run_sync(self._put, sha256, waiting)

    async def read(self, sha256: bytes, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """As Content says."""
        with await to_thread.run_sync(self._place(sha256).open, "rb") as content:
            content.seek(start)
            left = None if end is None else end - start
            while block := await to_thread.run_sync(
                content.read, BLOCK if left is None else min(BLOCK, left)
            ):
                left = None if left is None else left - len(block)
                yield block

    async def stamp(self, sha256: bytes) -> str:
        """Inode, size and times; who writes cannot set the time of change."""
        seen = await to_thread.run_sync(self._place(sha256).stat)
        return f"{seen.st_ino}-{seen.st_size}-{seen.st_mtime_ns}-{seen.st_ctime_ns}"

    def _put(self, sha256: bytes, waiting: Path) -> None:
        place = self._place(sha256)
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with waiting.open("rb") as content:
            os.fsync(content.fileno())
        waiting.chmod(0o400)
        beside = place.with_name(f".{uuid.uuid4().hex}")
        beside.hardlink_to(waiting)
        beside.replace(place)
        beside.unlink(missing_ok=True)  # a rename of one link over another of the same file leaves both
        for folder in (place.parent, place.parent.parent, self.directory):
            _sync_folder(folder)

    def _place(self, sha256: bytes) -> Path:
        return self.directory / path_of(sha256)


@dataclass(frozen=True)
class Bucket:
    """A place in an S3-compatible store; parts go up two at a time, so memory stays flat."""

    client: S3Client
    bucket: str
    prefix: str

    async def put(self, sha256: bytes, waiting: Path) -> None:
        """S3 shows an object only once all of it is there."""
        await to_thread.run_sync(self._put, sha256, waiting)

    async def read(self, sha256: bytes, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """As Content says."""
        body = await to_thread.run_sync(self._open, sha256, start, end)
        try:
            while block := await to_thread.run_sync(_in_our_words(body.read), BLOCK):
                yield block
        finally:
            body.close()

    async def stamp(self, sha256: bytes) -> str:
        """The store's own tag of the object, with size and time."""
        seen = await to_thread.run_sync(self._head, sha256)
        return f"{seen['ETag']}-{seen['ContentLength']}-{seen['LastModified'].isoformat()}"

    def _put(self, sha256: bytes, waiting: Path) -> None:
        from boto3.s3.transfer import TransferConfig  # as in bucket_client

        config = TransferConfig(multipart_threshold=_PART, multipart_chunksize=_PART, max_concurrency=2)
        upload = _in_our_words(self.client.upload_file)
        upload(str(waiting), self.bucket, self._key(sha256), Config=config)

    def _open(self, sha256: bytes, start: int, end: int | None) -> StreamingBody:
        get = _in_our_words(self.client.get_object)
        if (start, end) == (0, None):
            return get(Bucket=self.bucket, Key=self._key(sha256))["Body"]
        last = "" if end is None else end - 1
        return get(Bucket=self.bucket, Key=self._key(sha256), Range=f"bytes={start}-{last}")["Body"]

    def _head(self, sha256: bytes) -> HeadObjectOutputTypeDef:
        return _in_our_words(self.client.head_object)(Bucket=self.bucket, Key=self._key(sha256))

    def _key(self, sha256: bytes) -> str:
        return f"{self.prefix}/{path_of(sha256)}" if self.prefix else path_of(sha256)


@lru_cache(maxsize=8)
def bucket_client(
    endpoint: str | None, region: str, key: str | None, secret: str | None, path_style: bool
) -> S3Client:
    """One client for the whole process: it keeps its connections and may be used from any thread."""
    import boto3  # half a second that an installation with a directory need not wait
    from botocore.config import Config

    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        config=Config(
            s3={"addressing_style": "path" if path_style else "virtual"},
            # Not every compatible store knows the newer checksums; ours is SHA-256, over the whole.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            connect_timeout=5,
            read_timeout=60,
            retries={"max_attempts": 3},
        ),
    )


def _in_our_words(call: Callable[Given, Result]) -> Callable[Given, Result]:
    """Raises FileNotFoundError, and Unavailable where the store does not answer as it should."""
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError

    @wraps(call)
    def said(*values: Given.args, **named: Given.kwargs) -> Result:
        try:
            return call(*values, **named)
        except (BotoCoreError, ClientError, Boto3Error) as error:
            if isinstance(error, ClientError) and error.response["Error"]["Code"] in _NOT_THERE:
                raise FileNotFoundError(str(error)) from error
            log.exception("the evidence store failed")
            raise Unavailable(
                "store_unreachable", "证据存储暂时不可用，请稍后重试或者联系系统管理员。"
            ) from error

    return said


def path_of(sha256: bytes) -> str:
    """Where content lies within its store."""
    name = sha256.hex()
    return f"{name[:2]}/{name[2:4]}/{name}"


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
