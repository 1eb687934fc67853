"""What is said when an identifier is refused."""

from __future__ import annotations


class IdentifierError(ValueError):
    """An identifier that cannot be right: stable English `code`, Chinese `detail` that says what to do."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
