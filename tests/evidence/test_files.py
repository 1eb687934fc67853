"""Files: streamed to their store under their hash, opened on record, damage noticed, seen with the case."""

from __future__ import annotations

import hashlib
import tracemalloc
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest

from app.database.transaction import Database
from app.errors import Invalid, TooLarge
from app.evidence.content import Disk
from app.evidence.names import file_name
from app.evidence.store import ContentDamagedError, FileStore
from app.settings import Settings
from tests.cases.builders import enter
from tests.conftest import Acts
from tests.evidence.conftest import Kept
from tests.transfers.builders import DESK, HANDLER, HEAD, POLICE, PROCURATOR, SECOND, STRAIGHT, led, opened

FOREIGN = "handler1@320583-market"
FOREIGN_POLICE = "handler@320583-police"
PHOTO = b"\x89PNG the scene" * 1000
MEBIBYTE = 1024 * 1024


async def upload(
    acts: Acts, case_id: str, who: str = HANDLER, content: bytes = PHOTO, **query: Any
) -> httpx.Response:
    query = {"name": "现场照片.png"} | query
    return await acts(who).post(f"/api/v1/cases/{case_id}/files", params=query, content=content)


async def uploaded(acts: Acts, **query: Any) -> dict[str, Any]:
    case = await enter(acts(HANDLER))
    answer = await upload(acts, case["id"], **query)
    assert answer.status_code == 201, answer.text
    file: dict[str, Any] = answer.json() | {"case_id": case["id"]}
    return file


def kept_under(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


async def test_a_file_comes_back_as_it_went_in(acts: Acts, kept: Kept) -> None:
    file = await uploaded(acts, item="214-E4")
    assert file["sha256"] == hashlib.sha256(PHOTO).hexdigest()
    assert kept.place(file["sha256"]).read_bytes() == PHOTO
    assert kept.waiting() == []
    answer = await acts(HANDLER).get(f"/api/v1/files/{file['id']}")
    assert (answer.status_code, answer.content) == (200, PHOTO)
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["x-content-type-options"] == "nosniff"
    disposition = answer.headers["content-disposition"]
    assert disposition == "attachment; filename*=UTF-8''%E7%8E%B0%E5%9C%BA%E7%85%A7%E7%89%87.png"


async def test_the_same_content_is_kept_once_and_added_once(acts: Acts, kept: Kept) -> None:
    content = b"only here"
    file = await uploaded(acts, content=content)
    again = await upload(acts, file["case_id"], content=content)
    assert again.json()["id"] == file["id"]
    other = await upload(acts, file["case_id"], content=content, name="又一份.txt")
    assert (other.status_code, other.json()["sha256"]) == (201, file["sha256"])
    assert other.json()["id"] != file["id"]
    assert kept.content() == {kept.place(file["sha256"])}


async def test_adding_and_opening_are_on_record(
    acts: Acts, database: Database, world: dict[str, int]
) -> None:
    file = await uploaded(acts)
    await acts(PROCURATOR).get(f"/api/v1/files/{file['id']}")
    async with database.acting(world[PROCURATOR]) as tx:
        rows = await tx.rows(
            "SELECT action, officer_id FROM audit_events WHERE subject_id = %(id)s ORDER BY id", id=file["id"]
        )
    assert [(row["action"], row["officer_id"]) for row in rows] == [
        ("file.added", world[HANDLER]),
        ("file.opened", world[PROCURATOR]),
    ]


@pytest.mark.parametrize("harm", ["changed", "gone", "cut"])
async def test_damage_is_noticed_and_on_record(
    acts: Acts, kept: Kept, database: Database, world: dict[str, int], harm: str
) -> None:
    content = f"evidence {harm}".encode()
    file = await uploaded(acts, content=content)
    harmed = {"gone": None, "cut": content[:-1], "changed": content.upper()}
    kept.harm(file["sha256"], harmed[harm])
    answer = await acts(HANDLER).get(f"/api/v1/files/{file['id']}")
    assert (answer.status_code, answer.json()["code"]) == (500, "file_damaged")
    async with database.acting(world[HANDLER]) as tx:
        actions = await tx.rows(
            "SELECT action FROM audit_events WHERE subject_id = %(id)s ORDER BY id", id=file["id"]
        )
    assert [row["action"] for row in actions] == ["file.added", "file.damaged"]
    healed = await upload(acts, file["case_id"], content=content, name="重新上传.txt")
    assert healed.status_code == 201
    assert (await acts(HANDLER).get(f"/api/v1/files/{file['id']}")).content == content


async def chunks(count: int, size: int = 64 * 1024) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield bytes(size)


async def test_what_is_too_large_leaves_nothing(
    acts: Acts, kept: Kept, configuration: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(configuration, "file_limit", MEBIBYTE)
    case = await enter(acts(HANDLER))
    path = f"/api/v1/cases/{case['id']}/files"
    for content in (bytes(MEBIBYTE + 1), chunks(17)):
        answer = await acts(HANDLER).post(path, params={"name": "大.bin"}, content=content)
        assert (answer.status_code, answer.json()["code"]) == (413, "file_too_large"), answer.text
    assert kept.content() == set()
    assert (await acts(HANDLER).get(path)).json() == []
    fits = await acts(HANDLER).post(path, params={"name": "正好.bin"}, content=chunks(16))
    assert fits.status_code == 201


async def test_the_files_of_a_case_have_a_limit_together(
    acts: Acts, configuration: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(configuration, "case_limit", 10)
    case = await enter(acts(HANDLER))
    first = await upload(acts, case["id"], content=b"123456")
    assert first.status_code == 201
    answer = await upload(acts, case["id"], content=b"12345")
    assert (answer.status_code, answer.json()["code"]) == (413, "case_limit_exceeded")
    await acts(HANDLER).post(f"/api/v1/files/{first.json()['id']}/removal", json={"reason": "传错了"})
    assert (await upload(acts, case["id"], content=b"12345")).status_code == 201


async def test_a_large_file_takes_little_memory(kept: Kept) -> None:
    store = kept.store
    tracemalloc.start()
    try:
        async with store.receive(chunks(512)) as received:
            await store.keep(received)
        size = 0
        async for block in store.verified(received.sha256):
            size += len(block)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert size == 32 * MEBIBYTE
    assert peak < 24 * MEBIBYTE


async def test_a_part_is_read_alone(kept: Kept) -> None:
    async with kept.store.receive(chunks(20)) as received:
        await kept.store.keep(received)
    size = 20 * 64 * 1024
    for start, end in ((0, 1), (5, 10), (size - 3, size), (size - 3, None), (0, None)):
        read = b"".join([block async for block in kept.store.read(received.sha256, start, end)])
        assert len(read) == (size if end is None else end) - start


async def test_a_large_file_that_is_damaged_breaks_off_before_its_end(kept: Kept) -> None:
    store = kept.store
    async with store.receive(chunks(48)) as received:
        await store.keep(received)
    kept.harm(received.sha256.hex(), bytes(3 * MEBIBYTE - 1) + b"x")
    given = await store.opened(received.sha256)
    assert [len(await anext(given)) for _ in range(2)] == [MEBIBYTE] * 2
    with pytest.raises(ContentDamagedError):
        await anext(given)
    with pytest.raises(ContentDamagedError):
        await store.check_whole_once(received.sha256)


async def test_a_broken_stream_leaves_nothing(tmp_path: Path) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"x" * MEBIBYTE
        raise ConnectionError

    async def empty() -> AsyncIterator[bytes]:
        yield b""

    store = FileStore(Disk(tmp_path), tmp_path / "incoming", MEBIBYTE)
    for stream, error in ((broken(), ConnectionError), (empty(), Invalid), (chunks(17), TooLarge)):
        with pytest.raises(error):
            async with store.receive(stream):
                pass
    assert kept_under(tmp_path) == set()


@pytest.mark.parametrize(
    ("asked", "status", "content", "said"),
    [
        ({"Range": "bytes=0-3"}, 206, PHOTO[:4], f"bytes 0-3/{len(PHOTO)}"),
        ({"Range": "bytes=10-"}, 206, PHOTO[10:], f"bytes 10-{len(PHOTO) - 1}/{len(PHOTO)}"),
        ({"Range": "bytes=-5"}, 206, PHOTO[-5:], f"bytes {len(PHOTO) - 5}-{len(PHOTO) - 1}/{len(PHOTO)}"),
        ({"Range": f"bytes=5-{10**9}"}, 206, PHOTO[5:], f"bytes 5-{len(PHOTO) - 1}/{len(PHOTO)}"),
        ({"Range": "bytes=0-3", "If-Range": '"other"'}, 200, PHOTO, None),
        ({"Range": "bytes=0-3,5-6"}, 200, PHOTO, None),
        ({"Range": "bytes=-"}, 200, PHOTO, None),
        ({"Range": "lines=1-2"}, 200, PHOTO, None),
        ({"Range": f"bytes={len(PHOTO)}-"}, 416, None, f"bytes */{len(PHOTO)}"),
        ({"Range": "bytes=-0"}, 416, None, f"bytes */{len(PHOTO)}"),
        ({"Range": "bytes=9-3"}, 416, None, f"bytes */{len(PHOTO)}"),
    ],
)
async def test_a_part_may_be_asked_for(
    acts: Acts, kept: Kept, asked: dict[str, str], status: int, content: bytes | None, said: str | None
) -> None:
    file = await uploaded(acts)
    answer = await acts(HANDLER).get(f"/api/v1/files/{file['id']}", headers=asked)
    assert answer.status_code == status
    assert answer.headers.get("content-range") == said
    if content is None:
        assert answer.json()["code"] == "no_such_part"
    else:
        assert answer.content == content
        assert answer.headers["etag"] == f'"{file["sha256"]}"'


async def test_a_part_of_what_is_damaged_is_not_given(acts: Acts, kept: Kept) -> None:
    file = await uploaded(acts, content=b"0123456789")
    address, part = f"/api/v1/files/{file['id']}", {"Range": "bytes=0-3"}
    assert (await acts(HANDLER).get(address, headers=part)).content == b"0123"
    kept.harm(file["sha256"], b"012345678X")
    answer = await acts(HANDLER).get(address, headers=part)
    assert (answer.status_code, answer.json()["code"]) == (500, "file_damaged")


async def test_each_look_is_a_link_of_the_chain(acts: Acts) -> None:
    transfer = await opened(acts)
    file = (await upload(acts, transfer["case_id"])).json()
    await led(acts, transfer, STRAIGHT[:3])
    address = f"/api/v1/files/{file['id']}"
    shown = await acts(HANDLER).get(address, params={"view": True})
    assert shown.headers["content-disposition"].startswith("inline;")
    await acts(POLICE).get(address, params={"why": "核对现场照片"})
    for start in (0, 5, 10):  # one look in three parts
        await acts(PROCURATOR).get(address, headers={"Range": f"bytes={start}-{start + 4}"})
    chain = (await acts(HANDLER).get(f"{address}/custody")).json()
    assert [(link["action"], link["why"]) for link in chain] == [
        ("added", "上传"),
        ("viewed", "本机关办理案件"),
        ("downloaded", "核对现场照片"),
        ("downloaded", "人民检察院法律监督"),
    ]
    assert len({link["organ"] for link in chain}) == 3
    assert all(link["officer"] and link["at"] for link in chain)
    for who in (POLICE, PROCURATOR):
        assert (await acts(who).get(f"{address}/custody")).json() == chain
    assert (await acts("supervisor@320506-supervising").get(f"{address}/custody")).json() == []
    assert (await acts(FOREIGN_POLICE).get(f"{address}/custody")).status_code == 404


async def test_what_a_browser_would_run_is_never_shown_in_place(acts: Acts) -> None:
    file = await uploaded(acts, name="页面.html", content=b"<script>alert(1)</script>")
    answer = await acts(HANDLER).get(f"/api/v1/files/{file['id']}", params={"view": True})
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["content-security-policy"].startswith("sandbox;")


async def test_damage_is_told_to_uploader_and_head_once_a_day(acts: Acts, kept: Kept) -> None:
    file = await uploaded(acts, content=b"to be lost")
    kept.harm(file["sha256"], None)
    for who in (HANDLER, PROCURATOR, HANDLER):
        assert (await acts(who).get(f"/api/v1/files/{file['id']}")).status_code == 500
    for who in (HANDLER, HEAD):
        notices = (await acts(who).get("/api/v1/notices")).json()["items"]
        told = [one for one in notices if one["kind"] == "file.damaged"]
        assert [(one["subject_kind"], one["subject_id"]) for one in told] == [("case", file["case_id"])]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"content": b""}, "file_empty"),
        ({"name": "../../etc/passwd"}, "file_name_is_path"),
        ({"name": "C:\\windows\\a.txt"}, "file_name_is_path"),
        ({"name": ".."}, "file_name_is_path"),
        ({"name": "a\u202egnp.exe"}, "file_name_invisible"),
        ({"name": "a\x00.png"}, "file_name_invisible"),
        ({"name": "  "}, "file_name_length"),
        ({"name": "字" * 201}, "file_name_length"),
        ({"name": "查看.EXE"}, "file_type_refused"),
        ({"item": "214-E99"}, "evidence_item_unknown"),
    ],
)
async def test_what_is_no_file(acts: Acts, change: dict[str, Any], code: str) -> None:
    case = await enter(acts(HANDLER))
    answer = await upload(acts, case["id"], **change)
    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
    assert (await acts(HANDLER).get(f"/api/v1/cases/{case['id']}/files")).json() == []


def test_names_are_normalised() -> None:
    assert file_name(" e\u0301tat.pdf ") == "\u00e9tat.pdf"


@pytest.mark.parametrize(
    ("who", "add", "read"),
    [
        (SECOND, 201, 200),
        (HEAD, 201, 200),
        (PROCURATOR, 201, 200),
        ("feed@320506-market", 403, 200),
        ("head@320500-market", 403, 200),
        ("supervisor@320506-supervising", 403, 200),
        ("statistics@320506-coordinating", 403, 404),
        (POLICE, 404, 404),
        (FOREIGN, 404, 404),
        (FOREIGN_POLICE, 404, 404),
        ("audit@320506-market", 404, 404),
        ("handler@320506-court", 404, 404),
    ],
)
async def test_who_adds_and_who_reads(acts: Acts, who: str, add: int, read: int) -> None:
    file = await uploaded(acts)
    assert (await upload(acts, file["case_id"], who, b"x")).status_code == add
    assert (await acts(who).get(f"/api/v1/files/{file['id']}")).status_code == read
    listed = await acts(who).get(f"/api/v1/cases/{file['case_id']}/files")
    assert (file["id"] in {one["id"] for one in listed.json()}) is (read == 200)


async def test_police_see_the_files_once_the_case_is_sent(acts: Acts) -> None:
    transfer = await opened(acts)
    file = (await upload(acts, transfer["case_id"])).json()
    assert (await acts(POLICE).get(f"/api/v1/files/{file['id']}")).status_code == 404
    await led(acts, transfer, STRAIGHT[:3])
    assert (await acts(POLICE).get(f"/api/v1/files/{file['id']}")).status_code == 200
    assert (await acts(FOREIGN_POLICE).get(f"/api/v1/files/{file['id']}")).status_code == 404
    theirs = await upload(acts, transfer["case_id"], DESK, "回执".encode(), name="回执.pdf")
    assert theirs.status_code == 201
    by_supervising = await acts("supervisor@320506-supervising").get(f"/api/v1/files/{theirs.json()['id']}")
    assert by_supervising.status_code == 404
    late = await acts(HANDLER).post(f"/api/v1/files/{file['id']}/removal", json={"reason": "传错了"})
    assert (late.status_code, late.json()["code"]) == (409, "file_was_sent")


async def test_removal_keeps_the_row_and_its_reason(acts: Acts, kept: Kept) -> None:
    file = await uploaded(acts)
    path = f"/api/v1/files/{file['id']}"
    other = await acts(SECOND).post(f"{path}/removal", json={"reason": "传错了"})
    assert (other.status_code, other.json()["code"]) == (403, "not_own_file")
    without = await acts(HANDLER).post(f"{path}/removal", json={"reason": ""})
    assert without.status_code == 422
    removed = await acts(HANDLER).post(f"{path}/removal", json={"reason": "传错了"})
    assert (removed.status_code, removed.json()["removed_reason"]) == (200, "传错了")
    gone = await acts(HANDLER).get(path)
    assert (gone.status_code, gone.json()["code"]) == (404, "file_removed")
    listed = (await acts(HANDLER).get(f"/api/v1/cases/{file['case_id']}/files")).json()
    assert [one["removed_reason"] for one in listed] == ["传错了"]
    assert kept.place(file["sha256"]).exists()


async def test_a_row_cannot_be_tampered_with(acts: Acts, database: Database, world: dict[str, int]) -> None:
    file = await uploaded(acts)
    for statement in (
        "UPDATE files SET sha256 = '' WHERE id = %(id)s",
        "DELETE FROM files WHERE id = %(id)s",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            async with database.acting(world[HANDLER]) as tx:
                await tx.execute(statement, id=UUID(file["id"]))


async def test_nobody(client: httpx.AsyncClient) -> None:
    nowhere = "0190163d-8694-739b-aea5-966c26f8ad91"
    for method, path in (
        ("GET", f"/api/v1/files/{nowhere}"),
        ("POST", f"/api/v1/files/{nowhere}/removal"),
        ("POST", f"/api/v1/cases/{nowhere}/files?name=a"),
        ("GET", f"/api/v1/cases/{nowhere}/files"),
        ("GET", f"/api/v1/cases/{nowhere}/checklist"),
        ("PUT", f"/api/v1/cases/{nowhere}/checklist/C1"),
    ):
        answer = await client.request(method, path, json={"reason": "x", "status": "present"})
        assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in"), path
