"""Opening a zip from outside: nothing is unpacked, and nothing in it believed before it was looked at."""

from __future__ import annotations

import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO
from zipfile import ZipFile, ZipInfo

MOST_ENTRIES = 20_000
LARGEST_TAG = 16 * 1024 * 1024  # bytes: manifests and the like
LARGEST_RECORD = 256 * 1024 * 1024
LARGEST_TOTAL = 64 * 1024**3
_HIGHEST_RATIO = 200  # what deflate makes of text is far below; a bomb is far above
_BLOCK = 1024 * 1024


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: stable English `code`, the file, Chinese `detail` with the remedy."""

    code: str
    file: str
    detail: str


class Unreadable(Exception):
    """The zip cannot be looked into any further."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(f"{one.code}: {one.file}" for one in problems))
        self.problems = problems


class Package:
    """An opened zip whose entries lie in one folder and have harmless names."""

    def __init__(self, archive: ZipFile, folder: str, entries: dict[str, ZipInfo]) -> None:
        self._archive, self.folder, self._entries = archive, folder, entries

    @property
    def names(self) -> frozenset[str]:
        """The paths of the files, without the folder."""
        return frozenset(self._entries)

    def size(self, name: str) -> int:
        """The size of a file as the zip declares it; reading never gives more."""
        return self._entries[name].file_size

    def read(self, name: str, most: int) -> bytes:
        """The content of a small file. Raises Unreadable for a larger or damaged one, KeyError for none."""
        if self.size(name) > most:
            raise Unreadable(
                [Problem("file_too_large", name, f"超过{most // 1024**2}MB，不是正常的卷宗包，请重新导出。")]
            )
        return b"".join(self.blocks(name))

    def blocks(self, name: str) -> Iterator[bytes]:
        """The content of a file in blocks. Raises Unreadable for a damaged one."""
        try:
            with self.open(name) as content:
                while block := content.read(_BLOCK):
                    yield block
        except _DAMAGE as error:
            raise Unreadable([damaged(name)]) from error

    def open(self, name: str) -> IO[bytes]:
        """The content of a file for reading."""
        return self._archive.open(self._entries[name])


# zipfile says of damaged content whatever the layer says that noticed it
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    UnicodeDecodeError,
)


@contextmanager
def opened(source: Path | BinaryIO) -> Iterator[Package]:
    """The package in a file. Raises Unreadable with everything that is wrong with the zip as such."""
    try:
        archive = ZipFile(source)
    except (*_DAMAGE, ValueError) as error:
        detail = "不是完整的 zip 文件（可能下载中断或者被截断），请重新取得。"
        raise Unreadable([Problem("not_a_zip", "", detail)]) from error
    with archive:
        entries = [entry for entry in archive.infolist() if not _is_folder(entry)]
        problems = list(_container_problems(archive.infolist()))
        if not problems:
            problems = list(_folder_problems(entries))
        if problems:
            raise Unreadable(problems)
        folder = entries[0].filename.split("/")[0]
        yield Package(archive, folder, {one.filename.split("/", 1)[1]: one for one in entries})


def damaged(name: str) -> Problem:
    """An entry whose content does not come out."""
    return Problem("entry_damaged", name, "内容已损坏，解不出来，请移送机关重新导出。")


def _is_folder(entry: ZipInfo) -> bool:
    return entry.is_dir() and entry.file_size == 0


def _container_problems(entries: list[ZipInfo]) -> Iterator[Problem]:
    if len(entries) > MOST_ENTRIES:
        yield Problem("too_many_entries", "", f"文件超过{MOST_ENTRIES}个，不是正常的卷宗包，请勿打开。")
        return
    if sum(entry.file_size for entry in entries) > LARGEST_TOTAL:
        yield Problem("zip_bomb", "", f"解开后超过{LARGEST_TOTAL // 1024**3}GB，不是正常的卷宗包，请勿打开。")
    seen: set[str] = set()
    for entry in entries:
        name = entry.filename
        if _leads_outside(entry):
            yield Problem("path_outside", name, "路径指向包外，可能是恶意文件，请勿解压，并联系移送机关。")
        elif stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
            yield Problem("entry_is_link", name, "不是普通文件（链接或设备），请勿解压，并联系移送机关。")
        if entry.flag_bits & 0x1:
            yield Problem("entry_encrypted", name, "文件加了密码，无法核对，请移送机关重新导出。")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            yield Problem("entry_packed_oddly", name, "压缩方式不支持，请移送机关重新导出。")
        if entry.file_size > _HIGHEST_RATIO * (entry.compress_size + 1024):
            yield Problem("zip_bomb", name, "压缩比异常，可能是恶意文件，请勿解压，并联系移送机关。")
        same = unicodedata.normalize("NFC", name).casefold()
        if same in seen:
            yield Problem("entry_twice", name, "同一路径出现两次，无法确定哪一个为准，请移送机关重新导出。")
        seen.add(same)


def _leads_outside(entry: ZipInfo) -> bool:
    """Also by the name as it stands in the zip: zipfile cuts it at a NUL and knows other separators."""
    name = entry.filename
    parts = name.removesuffix("/").split("/")
    raw = entry.orig_filename
    return (
        any(part in ("", ".", "..") for part in parts)
        or any(character in raw for character in "\\\x00:")
        or any(unicodedata.category(character) == "Cc" for character in raw)
    )


def _folder_problems(entries: list[ZipInfo]) -> Iterator[Problem]:
    tops = {entry.filename.split("/")[0] for entry in entries if "/" in entry.filename}
    loose = [entry.filename for entry in entries if "/" not in entry.filename]
    if len(tops) != 1 or loose:
        name = loose[0] if loose else ""
        yield Problem("not_one_folder", name, "包内应只有一个文件夹，卷宗都在其中，请移送机关重新导出。")
