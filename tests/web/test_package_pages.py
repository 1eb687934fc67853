"""Packages in the console: saving one, receiving one, and what is wrong with it."""

from __future__ import annotations

import io
import json
import zipfile

from app.packages.trust import read_trust
from tests.cluster import DatabaseUrls
from tests.conftest import Acts
from tests.packages.builders import sent
from tests.packages.synthetic import TRUST, whole
from tests.packages.trusting import trusts
from tests.transfers.builders import DESK, HANDLER, POLICE, opened
from tests.web.conftest import Visits

UPLOAD = "卷宗.zip"


async def test_a_package_is_saved_from_the_page_of_its_transfer(acts: Acts, visits: Visits) -> None:
    transfer = await sent(acts)
    browser = await visits(HANDLER)
    address = f"/transfers/{transfer['id']}/package"
    assert f'href="{address}"' in await browser.see(f"/transfers/{transfer['id']}")
    answer = await browser.http.get(address)
    assert answer.status_code == 200
    assert zipfile.is_zipfile(io.BytesIO(answer.content))
    keys = read_trust((await browser.http.get("/keys.jwks")).content)
    assert [key.organ for key in keys.values()] == ["320506-market"]


async def test_a_draft_offers_none(acts: Acts, visits: Visits) -> None:
    transfer = await opened(acts)
    browser = await visits(HANDLER)
    assert "/package" not in await browser.see(f"/transfers/{transfer['id']}")
    assert "尚未送出" in await browser.see(f"/transfers/{transfer['id']}/package", 409)


async def test_the_desk_receives_a_package(visits: Visits, clean: DatabaseUrls) -> None:
    await trusts(clean, TRUST.values())
    browser = await visits(DESK)
    assert 'href="/packages"' in await browser.see("/transfers")
    file = {"file": (UPLOAD, whole().zip().getvalue(), "application/zip")}
    address = await browser.done("/packages", file)
    page = await browser.see(address)
    assert "移送已接收" in page
    assert "来自另一平台的卷宗包" in page
    number = json.loads(whole().entries["data/transfer.json"])["transfer"]["number"]
    assert number in await browser.see("/packages")
    again = await browser.send("/packages", file)
    assert again.status_code == 409
    assert "已经接收" in again.text
    assert f'href="{address.partition("?")[0]}"' in again.text


async def test_what_is_wrong_is_told_file_by_file(visits: Visits, clean: DatabaseUrls) -> None:
    await trusts(clean, TRUST.values())
    browser = await visits(DESK)
    photo = next(name for name in whole().entries if name.endswith(".jpg"))
    spoilt = whole().changed(photo, b"x").zip().getvalue()
    answer = await browser.send("/packages", {"file": (UPLOAD, spoilt, "application/zip")})
    assert answer.status_code == 422
    assert photo in answer.text
    assert "已被改动" in answer.text
    assert (await browser.send("/packages")).status_code == 422


async def test_only_who_receives_packages_sees_the_page(visits: Visits) -> None:
    for who in (POLICE, HANDLER, "supervisor@320506-supervising"):
        browser = await visits(who)
        await browser.see("/packages", 403)
        assert 'href="/packages"' not in await browser.see("/")
