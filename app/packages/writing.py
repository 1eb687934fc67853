"""Writing a package: a zip that leaves while it is made, of which no more than a block is ever in memory."""

from __future__ import annotations

import io
import zipfile
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.packages import bag
from app.packages.record import Record

Blocks = Callable[[], AsyncIterator[bytes]]


@dataclass(frozen=True)
class Content:
    """A payload file: where it stands, its hash in hexadecimal, its size in bytes, and its content."""

    path: str
    sha256: str
    size: int
    blocks: Blocks


@dataclass(frozen=True)
class Bag:
    """A package about to be written. `sha256` names it: the hash of its tag manifest."""

    folder: str
    at: datetime
    tags: dict[str, bytes]
    payload: Sequence[Content]

    @property
    def sha256(self) -> str:
        """The hash of the tag manifest."""
        return bag.sha256(self.tags[bag.TAG_MANIFEST])


def make(record: Record, contents: Sequence[Content], sign: Callable[[bytes], str]) -> Bag:
    """The bag of a record and the files that it names, signed."""
    text = record.to_json()
    payload = [Content(bag.RECORD, bag.sha256(text), len(text), _of(text)), *contents]
    tags = {
        bag.DECLARATION: bag.DECLARED,
        bag.INFO: bag.info(_info(record, payload)),
        bag.MANIFEST: bag.manifest({one.path: one.sha256 for one in payload}),
    }
    tag_manifest = bag.manifest({name: bag.sha256(content) for name, content in tags.items()})
    tags |= {bag.TAG_MANIFEST: tag_manifest, bag.SIGNATURE: sign(tag_manifest).encode()}
    return Bag(f"transfer-{record.transfer.id}", record.issue.at, tags, payload)


async def zipped(made: Bag) -> AsyncIterator[bytes]:
    """The package's bytes. Nothing is compressed: evidence mostly is already."""
    leaving = _Leaving()
    with zipfile.ZipFile(leaving, "w", allowZip64=True) as archive:
        for name, content in made.tags.items():
            archive.writestr(_entry(made, name), content)
        yield leaving.taken()
        for one in made.payload:
            entry = _entry(made, one.path)
            entry.file_size = one.size
            with archive.open(entry, "w") as target:
                async for block in one.blocks():
                    target.write(block)
                    yield leaving.taken()
    yield leaving.taken()


class _Leaving(io.RawIOBase):
    """What zipfile writes to: it keeps the bytes until they are taken, and cannot go back."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, block: Any) -> int:
        self._waiting += block
        return len(block)

    def taken(self) -> bytes:
        """What was written since the last time."""
        block = bytes(self._waiting)
        self._waiting.clear()
        return block


def _entry(made: Bag, name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(f"{made.folder}/{name}", made.at.timetuple()[:6])
    entry.external_attr = 0o100644 << 16
    return entry


def _info(record: Record, payload: Sequence[Content]) -> list[tuple[str, str]]:
    names = {organ.code: organ.name for organ in record.organs}
    return [
        ("Source-Organization", names[record.issue.organ]),
        ("External-Identifier", record.transfer.number),
        ("External-Description", f"涉嫌犯罪案件移送卷宗（案件编号 {record.case.number}）"),
        ("Bagging-Date", record.issue.at.date().isoformat()),
        ("Payload-Oxum", bag.oxum(one.size for one in payload)),
        ("Bag-Group-Identifier", str(record.case.id)),
        ("Internal-Sender-Identifier", str(record.transfer.id)),
    ]


def _of(content: bytes) -> Blocks:
    async def whole() -> AsyncIterator[bytes]:
        yield content

    return whole
