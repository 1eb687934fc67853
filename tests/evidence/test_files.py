"""Files: streamed to disk under their hash, opened on record, damage noticed, seen with the case."""

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
from app.evidence.names import file_name
from app.evidence.store import FileStore, blocks, is_whole
from app.settings import Settings
from tests.cases.builders import enter
from tests.conftest import Acts
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


def place(configuration: Settings, sha256: str) -> Path:
    return configuration.files / sha256[:2] / sha256[2:4] / sha256


def kept_under(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


def waiting(configuration: Settings) -> list[Path]:
    return list((configuration.files / "incoming").glob("*"))


async def test_a_file_comes_back_as_it_went_in(acts: Acts, configuration: Settings) -> None:
    file = await uploaded(acts, item="214-E4")
    assert file["sha256"] == hashlib.sha256(PHOTO).hexdigest()
    assert place(configuration, file["sha256"]).read_bytes() == PHOTO
    assert waiting(configuration) == []
    answer = await acts(HANDLER).get(f"/api/v1/files/{file['id']}")
    assert (answer.status_code, answer.content) == (200, PHOTO)
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["x-content-type-options"] == "nosniff"
    disposition = answer.headers["content-disposition"]
    assert disposition == "attachment; filename*=UTF-8''%E7%8E%B0%E5%9C%BA%E7%85%A7%E7%89%87.png"


async def test_the_same_content_is_kept_once_and_added_once(acts: Acts, configuration: Settings) -> None:
    content = b"only here"
    file = await uploaded(acts, content=content)
    again = await upload(acts, file["case_id"], content=content)
    assert again.json()["id"] == file["id"]
    other = await upload(acts, file["case_id"], content=content, name="又一份.txt")
    assert (other.status_code, other.json()["sha256"]) == (201, file["sha256"])
    assert other.json()["id"] != file["id"]
    kept = kept_under(configuration.files)
    assert len([path for path in kept if path.name == file["sha256"]]) == 1


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
    acts: Acts, configuration: Settings, database: Database, world: dict[str, int], harm: str
) -> None:
    content = f"evidence {harm}".encode()
    file = await uploaded(acts, content=content)
    stored = place(configuration, file["sha256"])
    if harm == "gone":
        stored.unlink()
    else:
        stored.chmod(0o600)
        stored.write_bytes(content[:-1] if harm == "cut" else content.upper())
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
    acts: Acts, configuration: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(configuration, "file_limit", MEBIBYTE)
    case = await enter(acts(HANDLER))
    before = kept_under(configuration.files)
    path = f"/api/v1/cases/{case['id']}/files"
    for content in (bytes(MEBIBYTE + 1), chunks(17)):
        answer = await acts(HANDLER).post(path, params={"name": "大.bin"}, content=content)
        assert (answer.status_code, answer.json()["code"]) == (413, "file_too_large"), answer.text
    assert kept_under(configuration.files) == before
    assert (await acts(HANDLER).get(path)).json() == []
    fits = await acts(HANDLER).post(path, params={"name": "正好.bin"}, content=chunks(16))
    assert fits.status_code == 201


async def test_a_large_file_takes_little_memory(tmp_path: Path) -> None:
    store = FileStore(tmp_path, 64 * MEBIBYTE)
    tracemalloc.start()
    try:
        async with store.receive(chunks(512)) as received:
            await store.keep(received)
        content = store.open(received.sha256)
        assert await is_whole(content, received.sha256)
        size = 0
        async for block in blocks(content):
            size += len(block)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert size == 32 * MEBIBYTE
    assert peak < 6 * MEBIBYTE
    assert content.closed


async def test_a_broken_stream_leaves_nothing(tmp_path: Path) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"x" * MEBIBYTE
        raise ConnectionError

    async def empty() -> AsyncIterator[bytes]:
        yield b""

    store = FileStore(tmp_path, MEBIBYTE)
    for stream, error in ((broken(), ConnectionError), (empty(), Invalid), (chunks(17), TooLarge)):
        with pytest.raises(error):
            async with store.receive(stream):
                pass
    assert kept_under(tmp_path) == set()


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


async def test_removal_keeps_the_row_and_its_reason(acts: Acts, configuration: Settings) -> None:
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
    assert place(configuration, file["sha256"]).exists()


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
