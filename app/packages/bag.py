"""The layout of a package: one BagIt bag (RFC 8493) as a zip, with a signature beside the tag manifest.

<folder>/bagit.txt               declaration
<folder>/bag-info.txt            what it is, for people
<folder>/manifest-sha256.txt     hash of each payload file
<folder>/tagmanifest-sha256.txt  hash of the three above
<folder>/signature.jws           detached JWS (ES256) over the bytes of the tag manifest
<folder>/data/transfer.json      the machine-readable record
<folder>/data/evidence/…         the files of the case
<folder>/data/documents/…        the documents of the transfer
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

DECLARATION = "bagit.txt"
INFO = "bag-info.txt"
MANIFEST = "manifest-sha256.txt"
TAG_MANIFEST = "tagmanifest-sha256.txt"
SIGNATURE = "signature.jws"
RECORD = "data/transfer.json"
SIGNED_TAGS = (DECLARATION, INFO, MANIFEST)
DECLARED = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"

_LINE = re.compile(r"([0-9a-f]{64}) [ *]?(\S.*)")
_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*%]')
_LONGEST_STEM = 40  # characters; three bytes each leave room below the 255 bytes of a file system


class BadManifest(ValueError):
    """A line that is no line of a manifest."""


def payload_path(folder: str, place: int, name: str) -> str:
    """Where the `place`-th file of `name` stands: told apart by its place, known again by its name.

    >>> payload_path("evidence", 1, "现场照片.jpg")
    'data/evidence/001-现场照片.jpg'
    """
    clean = _UNSAFE.sub("_", unicodedata.normalize("NFC", name)).strip(". ")
    split = PurePosixPath(clean or "_")
    suffix = split.suffix if len(split.suffix.encode()) <= 12 else ""
    stem = clean[: len(clean) - len(suffix)] if suffix else clean
    return f"data/{folder}/{place:03d}-{stem[:_LONGEST_STEM]}{suffix}"


def manifest(hashes: Mapping[str, str]) -> bytes:
    """The text of a manifest: hash and path a line."""
    return "".join(f"{digest}  {_encoded(path)}\n" for path, digest in sorted(hashes.items())).encode()


def read_manifest(content: bytes) -> list[tuple[str, str]]:
    """The (path, hash) pairs of a manifest, as often as they stand there. Raises BadManifest."""
    try:
        lines = content.decode().split("\n")
    except UnicodeDecodeError as error:
        raise BadManifest("不是 UTF-8 文本") from error
    found = []
    if lines.pop() != "":
        raise BadManifest("末行没有换行，可能被截断")
    for number, line in enumerate(lines, 1):
        match = _LINE.fullmatch(line)
        if match is None:
            raise BadManifest(f"第{number}行不是“校验值 路径”")
        found.append((_decoded(match[2]), match[1]))
    return found


def info(values: Iterable[tuple[str, str]]) -> bytes:
    """The text of bag-info.txt."""
    return "".join(f"{label}: {' '.join(value.split())}\n" for label, value in values).encode()


def info_value(content: bytes, label: str) -> str | None:
    """The value of the first line of that label."""
    for line in content.decode(errors="replace").splitlines():
        name, colon, value = line.partition(":")
        if colon and name == label:
            return value.strip()
    return None


def oxum(sizes: Iterable[int]) -> str:
    """Payload-Oxum: bytes and files of the payload."""
    found = list(sizes)
    return f"{sum(found)}.{len(found)}"


def sha256(content: bytes) -> str:
    """The hash of a small file."""
    return hashlib.sha256(content).hexdigest()


def _encoded(path: str) -> str:
    return path.replace("%", "%25").replace("\n", "%0A").replace("\r", "%0D")


def _decoded(path: str) -> str:
    return re.sub("%(0A|0D|25)", lambda match: chr(int(match[1], 16)), path, flags=re.IGNORECASE)
