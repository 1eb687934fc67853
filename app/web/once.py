"""A form is acted on once: it carries a key of its own, and sending it again gives the first answer."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Any

from app.database.transaction import Acting
from app.http.once import Once
from app.web.given import Given


async def done_once(tx: Acting, given: Given, act: Callable[[], Awaitable[Any]]) -> Any:
    """The act's answer as JSON. Raises Invalid when the same form comes with other content."""
    key = given.text("form")
    said = json.dumps([pair for pair in given.pairs() if pair[0] != "csrf"])
    once = Once(tx, f"form:{key}"[:200] if key else None, sha256(said.encode()).digest())
    return json.loads(bytes((await once(act)).body))
