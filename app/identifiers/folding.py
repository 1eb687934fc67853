"""One way of writing: full-width characters become half-width, lower case upper, blanks go."""

from __future__ import annotations

import unicodedata


def fold(text: str) -> str:
    """Fold full-width to half-width (NFKC), upper-case, and drop every blank, also inside."""
    return "".join(unicodedata.normalize("NFKC", text).upper().split())
