"""The console's pages of exhibits and custody, and uploads in parts from a session."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import app.web.pages
from tests.cases.builders import enter
from tests.conftest import Acts
from tests.evidence.exhibits import added, destruction, exhibit_body, photograph
from tests.evidence.test_uploads import PART, TUS, metadata
from tests.transfers.builders import HANDLER, POLICE, PROCURATOR
from tests.web.conftest import Visits

VENDORED = {"tus-4.3.1.min.js": "8cbb1b63fccc3bba0ae73ad1deb160ce046c3750851d0c3e94921ae3ef070eb8"}


async def test_an_exhibit_is_entered_and_stands_on_the_case_s_page(acts: Acts, visits: Visits) -> None:
    case = await enter(acts(HANDLER))
    handler = await visits(HANDLER)
    assert "登记物品" in (await handler.part(f"/exhibits/of/case/{case['id']}")).text
    form = await handler.see(f"/exhibits/new?case={case['id']}")
    assert "被侵权产品的市场中间价格" in form
    wrong = await handler.send(f"/cases/{case['id']}/exhibits", form="k1", **exhibit_body(quantity="-3"))
    assert wrong.status_code == 422
    assert "数量不能为负数" in wrong.text
    assert 'value="白酒（某注册商标）"' in wrong.text
    done = await handler.done(f"/cases/{case['id']}/exhibits", form="k2", **exhibit_body())
    assert await handler.done(f"/cases/{case['id']}/exhibits", form="k2", **exhibit_body()) == done
    card = await handler.see(f"/exhibits/of/case/{case['id']}")
    assert card.count("白酒（某注册商标）") == 1
    assert 'hx-get="/exhibits/of/case/' in await handler.see(f"/cases/{case['id']}")
    reader = await visits(PROCURATOR)
    assert "登记物品" not in await reader.see(f"/exhibits/of/case/{case['id']}")
    await (await visits(POLICE)).see(f"/exhibits/of/case/{case['id']}", 404)


async def test_an_exhibit_is_corrected_moved_photographed_and_disposed_of(acts: Acts, visits: Visits) -> None:
    case = await enter(acts(HANDLER))
    exhibit = await added(acts, case["id"], perishable=True)
    await added(acts, case["id"], name="留样", quantity="1", sample_of=exhibit["id"])
    address, handler = f"/exhibits/{exhibit['id']}", await visits(HANDLER)
    assert "2026-03-02" in await handler.see(f"{address}/edit")
    body = {
        name: value for name, value in exhibit_body(quantity="95").items() if name not in ("keeper", "place")
    }
    assert "done=saved" in await handler.done(f"{address}/edit", revision="1", perishable="yes", **body)
    stale = await handler.send(f"{address}/edit", revision="1", perishable="yes", **body)
    assert stale.status_code == 412
    await handler.done(f"{address}/moves", form="m1", keeper="顾明", place="区局仓库", why="证物室检修")
    photo = ("现场.jpg", b"\xff\xd8 bottles", "image/jpeg")
    await handler.done(f"{address}/photographs", files={"file": photo})
    page = await handler.see(address)
    assert "顾明" in page
    assert "95瓶" in page
    assert "现场.jpg" in page
    file_id = re.search(r"/files/([0-9a-f-]{36})\?view", page)
    assert file_id
    recorded = {**destruction([file_id[1]]), "witnesses": "沈卫东\n顾明"}
    spare = {**recorded, "qualification": ""}
    lacking = await handler.send(
        f"{address}/disposals",
        kind="harmless_destruction",
        form="d1",
        quantity="95",
        disposed_on="2026-04-01",
        **spare,
    )
    assert lacking.status_code == 422
    assert "请填写“处置资质（许可证）编号”" in lacking.text
    await handler.done(
        f"{address}/disposals", kind="harmless_destruction", form="d2", quantity="95",
        disposed_on="2026-04-01", **recorded,
    )  # fmt: skip
    page = await handler.see(address)
    assert "已处置完毕" in page
    assert "可办理" not in page


async def test_the_custody_of_a_file_is_a_page(acts: Acts, visits: Visits) -> None:
    exhibit = await added(acts, (await enter(acts(HANDLER)))["id"])
    photo = await photograph(acts, exhibit)
    handler = await visits(HANDLER)
    shown = await handler.http.get(f"/files/{photo}?view=true")
    assert shown.headers["content-disposition"].startswith("inline")
    page = await handler.see(f"/files/{photo}/custody")
    assert "上传" in page
    assert "本机关办理案件" in page
    await (await visits(POLICE)).see(f"/files/{photo}/custody", 404)


async def test_a_session_uploads_in_parts_with_its_token(acts: Acts, visits: Visits) -> None:
    case = await enter(acts(HANDLER))
    handler = await visits(HANDLER)
    address = f"/cases/{case['id']}/uploads"
    announced = TUS | {"Upload-Length": "4", "Upload-Metadata": metadata(filename="录像.mp4")}
    token = {"X-CSRF-Token": await handler.token()}
    assert (await handler.http.post(address, headers=announced)).status_code == 403
    foreign = {"Origin": "https://elsewhere.example", **token}
    assert (await handler.http.post(address, headers=announced | foreign)).status_code == 403
    begun = await handler.http.post(address, headers=announced | token)
    assert begun.status_code == 201
    place = begun.headers["location"]
    assert place.startswith("/uploads/")
    part = PART | token | {"Upload-Offset": "0"}
    wrong = await handler.http.patch(place, headers=part | {"Upload-Offset": "3"}, content=b"x")
    assert (wrong.status_code, wrong.json()["code"]) == (409, "offset_mismatch")
    assert (await handler.http.patch(place, headers=part, content=b"te")).status_code == 204
    assert (await handler.http.head(place, headers=TUS | token)).headers["upload-offset"] == "2"
    last = await handler.http.patch(place, headers=part | {"Upload-Offset": "2"}, content=b"xt")
    assert "upload-file" in last.headers
    assert "录像.mp4" in await handler.see(f"/cases/{case['id']}")


def test_vendored_scripts_are_the_published_ones() -> None:
    folder = Path(app.web.pages.STATIC) / "vendor"
    for name, sha256 in VENDORED.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == sha256
