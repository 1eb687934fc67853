"""Resumable uploads: the protocol's rules, whose they are, and what survives a killed server."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from fastapi import FastAPI
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError, TusUploadFailed

from app.settings import Settings
from tests.cases.builders import enter
from tests.clues.builders import SENDER, clue_body
from tests.cluster import DatabaseUrls
from tests.conftest import Acts
from tests.evidence.conftest import Kept, a_free_port, wait_for
from tests.transfers.builders import DESK, HANDLER, HEAD, PROCURATOR, SECOND, led_to

TUS = {"Tus-Resumable": "1.0.0"}
PART = {**TUS, "Content-Type": "application/offset+octet-stream"}
CONTENT = b"0123456789" * 500


def metadata(**values: str) -> str:
    return ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in values.items())


async def begin(
    acts: Acts, case_id: str, who: str = HANDLER, length: int | str = len(CONTENT), **values: str
) -> httpx.Response:
    headers = TUS | {
        "Upload-Length": str(length),
        "Upload-Metadata": metadata(**({"filename": "监控.mp4"} | values)),
    }
    return await acts(who).post(f"/api/v1/cases/{case_id}/uploads", headers=headers)


async def begun(acts: Acts, who: str = HANDLER, **values: str) -> tuple[str, str]:
    """The address of a new upload, and its case."""
    case = await enter(acts(HANDLER))
    answer = await begin(acts, case["id"], who, **values)
    assert answer.status_code == 201, answer.text
    assert answer.headers["upload-expires"].endswith("GMT")
    return answer.headers["location"], case["id"]


async def send(
    acts: Acts, place: str, offset: int | str, content: Any, who: str = HANDLER, **headers: str
) -> httpx.Response:
    return await acts(who).patch(
        place, headers=PART | {"Upload-Offset": str(offset)} | headers, content=content
    )


async def offset(acts: Acts, place: str, who: str = HANDLER) -> httpx.Response:
    return await acts(who).head(place, headers=TUS)


async def test_parts_become_a_file_of_the_case(acts: Acts, kept: Kept) -> None:
    place, case_id = await begun(acts, item="214-E4", sha256=hashlib.sha256(CONTENT).hexdigest())
    first = await send(acts, place, 0, CONTENT[:2000])
    assert (first.status_code, first.headers["upload-offset"]) == (204, "2000")
    assert (await offset(acts, place)).headers["upload-offset"] == "2000"
    pending = (await acts(HANDLER).get("/api/v1/uploads")).json()
    assert [(one["name"], one["offset"], one["length"]) for one in pending] == [("监控.mp4", 2000, 5000)]
    last = await send(acts, place, 2000, CONTENT[2000:])
    assert (last.status_code, last.headers["upload-offset"]) == (204, "5000")
    files = (await acts(HANDLER).get(f"/api/v1/cases/{case_id}/files")).json()
    assert [(one["id"], one["name"], one["item"], one["size"]) for one in files] == [
        (last.headers["upload-file"], "监控.mp4", "214-E4", 5000)
    ]
    assert (await acts(HANDLER).get(f"/api/v1/files/{files[0]['id']}")).content == CONTENT
    assert kept.waiting() == []
    assert (await acts(HANDLER).get("/api/v1/uploads")).json() == []
    again = await send(acts, place, 5000, b"")
    assert (again.status_code, again.headers["upload-file"]) == (204, files[0]["id"])
    assert (await offset(acts, place)).headers["upload-offset"] == "5000"
    history = (await acts(HANDLER).get(f"/api/v1/cases/{case_id}/history")).json()["items"]
    assert [event["action"] for event in history].count("file.added") == 1


async def test_what_the_server_can_do(acts: Acts, configuration: Settings) -> None:
    answer = await acts(HANDLER).options("/api/v1/uploads")
    assert answer.status_code == 204
    assert answer.headers["tus-extension"] == "creation,expiration,checksum,termination"
    assert answer.headers["tus-max-size"] == str(configuration.upload_limit) == str(2 * 1024**3)


@pytest.mark.parametrize(
    ("change", "status", "field", "code"),
    [
        ({"length": 0}, 422, "file", "file_empty"),
        ({"length": -1}, 422, "Upload-Length", "not_an_integer"),
        ({"length": "many"}, 422, "Upload-Length", "not_an_integer"),
        ({"length": 2 * 1024**3 + 1}, 413, None, "file_too_large"),
        ({"filename": "../../etc/passwd"}, 422, "name", "file_name_is_path"),
        ({"filename": "a\x07.mp4"}, 422, "name", "file_name_invisible"),
        ({"filename": "录像.exe"}, 422, "name", "file_type_refused"),
        ({"filename": ""}, 422, "name", "file_name_length"),
        ({"item": "214-E99"}, 422, "item", "evidence_item_unknown"),
        ({"sha256": "abc"}, 422, "Upload-Metadata.sha256", "not_a_sha256"),
        ({"itme": "214-E4"}, 422, "Upload-Metadata.itme", "unknown_field"),
    ],
)
async def test_what_cannot_begin(
    acts: Acts, change: dict[str, Any], status: int, field: str | None, code: str
) -> None:
    case = await enter(acts(HANDLER))
    answer = await begin(acts, case["id"], **change)
    assert answer.status_code == status, answer.text
    found = answer.json()["errors"][0] if field else answer.json()
    assert (found.get("field"), found["code"]) == (field, code)
    assert (await acts(HANDLER).get("/api/v1/uploads")).json() == []


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Upload-Length": "5"}, 412, "tus_version"),
        (TUS | {"Upload-Metadata": metadata(filename="a.txt")}, 422, "required"),
        (
            TUS | {"Upload-Defer-Length": "1", "Upload-Metadata": metadata(filename="a.txt")},
            422,
            "length_needed",
        ),
        (TUS | {"Upload-Length": "5"}, 422, "required"),
        (TUS | {"Upload-Length": "5", "Upload-Metadata": "filename !!!"}, 422, "not_base64"),
    ],
)
async def test_what_is_not_the_protocol(acts: Acts, headers: dict[str, str], status: int, code: str) -> None:
    case = await enter(acts(HANDLER))
    answer = await acts(HANDLER).post(f"/api/v1/cases/{case['id']}/uploads", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


@pytest.mark.parametrize(
    ("at", "content", "more", "status", "code"),
    [
        (1, b"x", {}, 409, "offset_mismatch"),
        ("x", b"x", {}, 422, "not_an_integer"),
        (0, b"x" * 5001, {}, 413, "upload_exceeds_length"),
        (0, b"x", {"Content-Type": "text/plain"}, 415, "not_a_part"),
        (0, b"x", {"Tus-Resumable": "0.2.2"}, 412, "tus_version"),
        (0, b"x", {"Upload-Checksum": "md5 x"}, 422, "checksum_algorithm"),
        (0, b"x", {"Upload-Checksum": "sha1 !"}, 422, "not_base64"),
        (
            0,
            b"x",
            {"Upload-Checksum": "sha1 " + base64.b64encode(b"x" * 20).decode()},
            460,
            "checksum_mismatch",
        ),
    ],
)
async def test_a_part_that_is_not_taken_changes_nothing(
    acts: Acts, at: Any, content: bytes, more: dict[str, str], status: int, code: str
) -> None:
    place, _ = await begun(acts)
    answer = await send(acts, place, at, content, **more)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert (await offset(acts, place)).headers["upload-offset"] == "0"


async def test_more_than_announced_is_refused_also_while_it_comes(acts: Acts) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(60):
            yield b"x" * 100

    place, _ = await begun(acts)
    answer = await send(acts, place, 0, endless())
    assert (answer.status_code, answer.json()["code"]) == (413, "upload_exceeds_length")
    assert (await offset(acts, place)).headers["upload-offset"] == "0"


async def test_a_part_is_held_to_its_checksum(acts: Acts) -> None:
    place, _ = await begun(acts)
    for algorithm, start in (("sha1", 0), ("sha256", 100)):
        part = CONTENT[start : start + 100]
        digest = base64.b64encode(hashlib.new(algorithm, part).digest()).decode()
        answer = await send(acts, place, start, part, **{"Upload-Checksum": f"{algorithm} {digest}"})
        assert (answer.status_code, answer.headers["upload-offset"]) == (204, str(start + 100))


async def test_another_content_than_announced_is_thrown_away(acts: Acts, kept: Kept) -> None:
    place, case_id = await begun(acts, sha256=hashlib.sha256(b"other").hexdigest())
    answer = await send(acts, place, 0, CONTENT)
    assert (answer.status_code, answer.json()["code"]) == (422, "sha256_mismatch")
    assert (await offset(acts, place)).status_code == 404
    assert (await acts(HANDLER).get(f"/api/v1/cases/{case_id}/files")).json() == []
    assert kept.waiting() == []
    assert kept.content() == set()


async def test_one_request_at_a_time_writes(acts: Acts) -> None:
    place, _ = await begun(acts)
    may_end = asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield CONTENT[:1000]
        await may_end.wait()
        yield CONTENT[1000:2000]

    first = asyncio.create_task(send(acts, place, 0, slow()))
    await asyncio.sleep(0.3)
    second = await send(acts, place, 0, CONTENT[:10])
    assert (second.status_code, second.json()["code"]) == (423, "upload_busy")
    gone = await acts(HANDLER).delete(place, headers=TUS)
    assert gone.status_code == 423
    may_end.set()
    assert (await first).headers["upload-offset"] == "2000"
    stale = await send(acts, place, 0, CONTENT[:10])
    assert (stale.status_code, stale.json()["offset"]) == (409, 2000)


@pytest.mark.parametrize("who", [SECOND, HEAD, PROCURATOR, DESK, "handler1@320583-market"])
async def test_an_upload_is_its_officer_s_alone(acts: Acts, kept: Kept, who: str) -> None:
    place, _ = await begun(acts)
    assert (await offset(acts, place, who)).status_code == 404
    assert (await send(acts, place, 0, b"x", who)).status_code == 404
    assert (await acts(who).get(place)).status_code == 404
    assert (await acts(who).delete(place, headers=TUS)).status_code == 404
    assert (await acts(who).get("/api/v1/uploads")).json() == []
    assert (await offset(acts, place)).headers["upload-offset"] == "0"
    assert kept.waiting() == []


@pytest.mark.parametrize(
    ("who", "status"),
    [
        (PROCURATOR, 201),
        ("feed@320506-market", 403),
        ("supervisor@320506-supervising", 403),
        ("handler@320506-police", 404),
        ("handler1@320583-market", 404),
        ("audit@320506-market", 404),
    ],
)
async def test_who_may_begin(acts: Acts, who: str, status: int) -> None:
    case = await enter(acts(HANDLER))
    assert (await begin(acts, case["id"], who)).status_code == status


async def test_an_upload_is_given_up(acts: Acts, kept: Kept) -> None:
    place, _ = await begun(acts)
    await send(acts, place, 0, CONTENT[:10])
    assert (await acts(HANDLER).delete(place, headers=TUS)).status_code == 204
    assert (await offset(acts, place)).status_code == 404
    assert kept.waiting() == []
    done, _ = await begun(acts)
    await send(acts, done, 0, CONTENT)
    assert (await acts(HANDLER).delete(done, headers=TUS)).json()["code"] == "upload_finished"


async def test_an_upload_expires(acts: Acts, clean: DatabaseUrls) -> None:
    place, _ = await begun(acts)
    with psycopg.connect(clean.owner) as connection:
        connection.execute("UPDATE uploads SET expires_at = now() - interval '1 second'")
    answer = await send(acts, place, 0, b"x")
    assert (answer.status_code, answer.json()["code"]) == (410, "upload_expired")


async def test_nobody_opens_uploads_without_end(acts: Acts) -> None:
    case = await enter(acts(HANDLER))
    for _ in range(20):
        assert (await begin(acts, case["id"])).status_code == 201
    answer = await begin(acts, case["id"])
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_uploads")
    assert (await begin(acts, case["id"], SECOND)).status_code == 201


async def test_a_transfer_and_a_clue_take_uploads_too(acts: Acts) -> None:
    transfer = await led_to(acts, "sign_receipt")
    headers = TUS | {"Upload-Length": "4", "Upload-Metadata": metadata(filename="回执.pdf")}
    at = await acts(DESK).post(f"/api/v1/transfers/{transfer['id']}/uploads", headers=headers)
    done = await send(acts, at.headers["location"], 0, b"text", DESK)
    files = (await acts(HANDLER).get(f"/api/v1/cases/{transfer['case_id']}/files")).json()
    assert [one["id"] for one in files] == [done.headers["upload-file"]]
    clue = (await acts(SENDER).post("/api/v1/clues", json=await clue_body(acts, send=False))).json()
    at = await acts(SENDER).post(f"/api/v1/clues/{clue['id']}/uploads", headers=headers)
    done = await send(acts, at.headers["location"], 0, b"text", SENDER)
    shown = (await acts(SENDER).get(f"/api/v1/clues/{clue['id']}")).json()
    assert [one["id"] for one in shown["files"]] == [done.headers["upload-file"]]
    foreign = await acts("handler1@320583-market").post(
        f"/api/v1/transfers/{transfer['id']}/uploads", headers=headers
    )
    assert foreign.status_code == 404


async def test_what_had_come_in_full_is_finished_when_somebody_looks(
    acts: Acts, kept: Kept, clean: DatabaseUrls
) -> None:
    place, case_id = await begun(acts)
    (kept.incoming / place.rpartition("/")[2]).write_bytes(
        CONTENT
    )  # as a server killed before its commit leaves it
    assert (await offset(acts, place)).headers["upload-offset"] == "5000"
    assert len((await acts(HANDLER).get(f"/api/v1/cases/{case_id}/files")).json()) == 1


def served(settings: Settings, urls: DatabaseUrls, port: int) -> subprocess.Popen[bytes]:
    """A server process of its own on the same database and files."""
    environment = os.environ | {
        "XIANJIE_DATABASE_URL": urls.app,
        "XIANJIE_SECRET": settings.secret.get_secret_value(),
        "XIANJIE_FILES": str(settings.files),
    }
    command = [sys.executable, "-m", "uvicorn", "--factory", "app.api:create_app", "--port", str(port)]
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for(port, server)
    return server


async def test_a_client_resumes_after_the_server_was_killed(
    acts: Acts,
    application: FastAPI,
    configuration: Settings,
    clean: DatabaseUrls,
    world: dict[str, int],
    tmp_path: Path,
) -> None:
    case = await enter(acts(HANDLER))
    large, size = tmp_path / "监控录像.mp4", 64 * 1024**2
    with large.open("wb") as file:
        file.truncate(size)  # sparse
    token, _ = application.state.tokens.issue(world[HANDLER], "test")
    port = a_free_port()
    server = served(configuration, clean, port)
    address = f"http://127.0.0.1:{port}/api/v1/cases/{case['id']}/uploads"
    client = TusClient(address, headers={"Authorization": f"Bearer {token}"})
    uploader = client.uploader(
        str(large), chunk_size=16 * 1024**2, metadata={"filename": large.name}, upload_checksum=True
    )
    try:
        await asyncio.to_thread(uploader.upload_chunk)
        os.kill(server.pid, signal.SIGKILL)
        server.wait()
        with pytest.raises((TusUploadFailed, TusCommunicationError)):
            await asyncio.to_thread(uploader.upload_chunk)
        server = served(configuration, clean, port)
        assert await asyncio.to_thread(uploader.get_offset) == 16 * 1024**2
        before = peak_memory(server.pid)
        await asyncio.to_thread(uploader.upload)
        assert peak_memory(server.pid) - before < 40 * 1024**2
    finally:
        server.kill()
        server.wait()
    files = (await acts(HANDLER).get(f"/api/v1/cases/{case['id']}/files")).json()
    assert [(one["name"], one["size"]) for one in files] == [("监控录像.mp4", size)]
    assert files[0]["sha256"] == hashlib.sha256(bytes(size)).hexdigest()


def peak_memory(process: int) -> int:
    """The most that a process ever had in memory, in bytes."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) * 1024
    raise AssertionError("no VmHWM")
