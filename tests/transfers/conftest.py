"""What the tests of transfers share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cluster import DatabaseUrls
from tests.transfers.consistent import Connection, as_superuser


@pytest.fixture
def superuser(clean: DatabaseUrls) -> Iterator[Connection]:
    """A connection that sees every row of the clean database."""
    with as_superuser(clean.superuser) as connection:
        yield connection
