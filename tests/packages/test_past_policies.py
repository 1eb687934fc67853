"""What the functions past the policies give, and to whom."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from tests.cluster import DatabaseUrls
from tests.conftest import Acts
from tests.packages.builders import exported, sent
from tests.transfers.builders import DESK, HANDLER, PROCURATOR

FIRST = "SELECT add_my_first_key(%s, 'x', 'y', 'sealed', now(), now() + interval '1 day')"


def asked(urls: DatabaseUrls, officer: int, question: str, *values: Any) -> list[Any]:
    """The answer to an officer, in a transaction that is kept."""
    with psycopg.connect(urls.app) as connection:
        connection.execute("SELECT act_as(%s)", [officer])
        return connection.execute(question.encode(), values).fetchall()


async def test_officers_are_named_to_those_whose_hands_the_transfer_goes_through(
    acts: Acts, clean: DatabaseUrls, world: dict[str, int]
) -> None:
    transfer = (await sent(acts))["id"]
    question = "SELECT login || '@' || organ FROM officers_of_transfer(%s, %s)"
    ids = [world[HANDLER], world["handler1@340104-market"]]
    for who in (HANDLER, DESK, PROCURATOR):
        assert asked(clean, world[who], question, transfer, ids) == [(HANDLER,)]
    for who in (
        "handler1@320583-market",
        "handler1@320500-market",
        "desk@320583-police",
        "sysadmin@320506-market",
    ):
        assert asked(clean, world[who], question, transfer, ids) == []


def test_an_organ_gets_its_own_key_alone_and_one_first_key(
    clean: DatabaseUrls, world: dict[str, int]
) -> None:
    key = "SELECT kid FROM my_signing_key(now())"
    assert asked(clean, world[HANDLER], FIRST, "A" * 43) == [(True,)]
    assert asked(clean, world[HANDLER], FIRST, "B" * 43) == [(False,)]
    assert asked(clean, world[HANDLER], key) == [("A" * 43,)]
    for who in (DESK, "handler1@320583-market", "sysadmin@320506-market"):
        assert asked(clean, world[who], key) == []
    for who in ("handler@320506-court", "sysadmin@320506-market", "statistics@320506-coordinating"):
        assert asked(clean, world[who], FIRST, "C" * 43) == [(False,)]


@pytest.mark.parametrize("who", [HANDLER, "handler@320506-court", "sysadmin@320506-market"])
def test_who_receives_nothing_begins_no_receipt(clean: DatabaseUrls, world: dict[str, int], who: str) -> None:
    begin = """SELECT refusal FROM begin_receipt(gen_random_uuid(), '\\x00', gen_random_uuid(),
        gen_random_uuid(), 'x', 1, now(), now())"""
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        asked(clean, world[who], begin)


async def test_the_first_key_is_made_when_it_is_needed_and_stays(acts: Acts, clean: DatabaseUrls) -> None:
    transfer = (await sent(acts))["id"]
    assert (await acts(HANDLER).get("/api/v1/keys")).json() == {"keys": []}
    for _ in range(2):
        assert (await exported(acts, transfer)).status_code == 200
    [key] = (await acts(HANDLER).get("/api/v1/keys", params={"organ": "320506-market"})).json()["keys"]
    assert (key["organ"], "d" in key) == ("320506-market", False)
    unknown = await acts(HANDLER).get("/api/v1/keys", params={"organ": "nowhere"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "organ_unknown")
