"""File names as officers give them: kept as a label, never used as a path."""

from __future__ import annotations

import mimetypes
import unicodedata

from app.errors import invalid

_LONGEST = 200
_STARTED_BY_A_CLICK = {
    *("app", "bat", "cmd", "com", "cpl", "exe", "hta", "jar", "js", "jse", "lnk", "msi", "msp", "ps1", "reg"),
    *("scr", "url", "vb", "vbe", "vbs", "wsf", "wsh"),
}
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def file_name(given: str) -> str:
    """The name, normalised. Raises Invalid for a path, an invisible character, a bad length, a program."""
    name = unicodedata.normalize("NFC", given).strip()
    if not name or len(name) > _LONGEST:
        raise invalid("name", "file_name_length", f"文件名应为1至{_LONGEST}个字，请改名后上传。")
    if "/" in name or "\\" in name or name.strip(". ") == "":
        raise invalid("name", "file_name_is_path", "文件名不能含有路径（/、\\、..），请只填写文件名。")
    if any(unicodedata.category(character) in _INVISIBLE for character in name):
        raise invalid("name", "file_name_invisible", "文件名含有不可见的控制字符，请改名后上传。")
    _check_type(name)
    return name


def _check_type(name: str) -> None:
    """Nothing that a click would start on the reader's machine. Raises Invalid."""
    ending = name.rpartition(".")[2].lower()
    if ending in _STARTED_BY_A_CLICK:
        raise invalid(
            "name",
            "file_type_refused",
            f"不能直接上传 .{ending} 程序文件；确需作为证据的，请打包为 zip 后上传。",
        )


def media_type(name: str) -> str:
    """The media type that the name's ending says; whatever the sender claimed is not trusted."""
    return mimetypes.guess_type(name, strict=True)[0] or "application/octet-stream"
