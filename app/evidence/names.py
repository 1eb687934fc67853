"""File names as officers give them: kept as a label, never used as a path."""

from __future__ import annotations

import mimetypes
import unicodedata

from app.errors import invalid

_LONGEST = 200
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def file_name(given: str) -> str:
    """The name, normalised. Raises Invalid for a path, an invisible character, an empty or overlong name."""
    name = unicodedata.normalize("NFC", given).strip()
    if not name or len(name) > _LONGEST:
        raise invalid("name", "file_name_length", f"文件名应为1至{_LONGEST}个字，请改名后上传。")
    if "/" in name or "\\" in name or name.strip(". ") == "":
        raise invalid("name", "file_name_is_path", "文件名不能含有路径（/、\\、..），请只填写文件名。")
    if any(unicodedata.category(character) in _INVISIBLE for character in name):
        raise invalid("name", "file_name_invisible", "文件名含有不可见的控制字符，请改名后上传。")
    return name


def media_type(name: str) -> str:
    """The media type that the name's ending says; whatever the sender claimed is not trusted."""
    return mimetypes.guess_type(name, strict=True)[0] or "application/octet-stream"
