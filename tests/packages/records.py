"""Looking into packages."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any


def record_in(content: bytes) -> dict[str, Any]:
    """The machine-readable record of a package."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        [name] = [one for one in archive.namelist() if one.endswith("/data/transfer.json")]
        record: dict[str, Any] = json.loads(archive.read(name))
        return record
