"""`xianjie keys` and `xianjie package` as an operator runs them."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import psycopg
import pytest

from app.cli import main
from app.settings import settings
from tests.conftest import SECRET, Acts
from tests.packages.builders import a_package, exported
from tests.packages.second import Second
from tests.packages.synthetic import KEY, SENDER, Made, trusted, whole
from tests.transfers.builders import DESK


@dataclass(frozen=True)
class Done:
    """What a command said and gave."""

    returncode: int
    stdout: str
    stderr: str


def run(*words: str | Path, **environment: str) -> Done:
    """Run a command in this process, beside any loop, with only that of an installation set."""
    out, err = io.StringIO(), io.StringIO()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("XIANJIE_")}
    settings.cache_clear()
    with (
        patch.dict(os.environ, {**kept, **environment}, clear=True),
        redirect_stdout(out),
        redirect_stderr(err),
        ThreadPoolExecutor(1) as beside,
    ):
        status = beside.submit(main, [str(word) for word in words]).result()
    settings.cache_clear()
    return Done(status, out.getvalue(), err.getvalue())


def trust_file(folder: Path, **more: Any) -> Path:
    """A trust file with the key of the synthetic packages."""
    keys = [key.model_dump(mode="json") for key in trusted(KEY, **more).values()]
    file = folder / "trust.jwks"
    file.write_text(json.dumps({"keys": keys}))
    return file


def package_file(folder: Path, made: Made) -> Path:
    file = folder / "package.zip"
    file.write_bytes(made.zip().getvalue())
    return file


def test_verify_says_that_a_package_is_good(tmp_path: Path) -> None:
    file, trust = str(package_file(tmp_path, whole())), str(trust_file(tmp_path))
    words = ["package", "verify", file, "--trust", trust]
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", *words], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "核验通过" in done.stdout
    assert SENDER in done.stdout


def test_verify_names_what_is_wrong(tmp_path: Path) -> None:
    photo = next(name for name in whole().entries if name.endswith(".jpg"))
    file = package_file(tmp_path, whole().changed(photo, b"x").changed("data/more", b"y"))
    done = run("package", "verify", file, "--trust", trust_file(tmp_path))
    assert done.returncode == 1
    assert f"[file_changed] {photo}" in done.stdout
    assert "[entry_not_listed] data/more" in done.stdout
    told = run("package", "verify", file, "--trust", trust_file(tmp_path), "--json")
    said = json.loads(told.stdout)
    assert (told.returncode, said["good"]) == (1, False)
    assert {"file_changed", "entry_not_listed"} <= {one["code"] for one in said["problems"]}


@pytest.mark.parametrize("trust", ["", "no json", "[]", '{"keys": [{"kty": "RSA"}]}', None])
def test_a_trust_file_that_is_none_is_a_matter_of_usage(tmp_path: Path, trust: str | None) -> None:
    file = tmp_path / "trust.jwks"
    if trust is not None:
        file.write_text(trust)
    done = run("package", "verify", package_file(tmp_path, whole()), "--trust", file)
    assert done.returncode == 2
    assert str(file) in done.stderr
    assert "请" in done.stderr


def test_a_key_under_another_key_s_name_is_refused(tmp_path: Path) -> None:
    file = trust_file(tmp_path)
    keys = json.loads(file.read_text())
    keys["keys"][0]["kid"] = "A" * 43
    file.write_text(json.dumps(keys))
    done = run("package", "verify", package_file(tmp_path, whole()), "--trust", file)
    assert (done.returncode, "编号与公钥不符" in done.stderr) == (2, True)


def test_a_package_that_is_not_there_is_a_matter_of_usage(tmp_path: Path) -> None:
    done = run("package", "verify", tmp_path / "none.zip", "--trust", trust_file(tmp_path))
    assert (done.returncode, "none.zip" in done.stderr) == (2, True)


def test_checking_starts_at_once() -> None:
    """Without the database, the law or the web: measured in modules, since time depends on who else works."""
    code = "import sys, app.package_command; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    for heavy in ("psycopg", "fastapi", "sqlalchemy", "yaml", "app.law", "app.settings", "app.database"):
        assert heavy not in loaded


async def test_a_key_s_life(acts: Acts, tmp_path: Path, clean: Any) -> None:
    owner = {"XIANJIE_MIGRATION_URL": clean.owner, "XIANJIE_SECRET": SECRET}
    first = run("keys", "create", "320506-market", "--days", "30", **owner).stdout.strip()
    package = await a_package(acts)
    file = tmp_path / "package.zip"
    file.write_bytes(package.content)
    second = run("keys", "rotate", "320506-market", **owner).stdout.strip()
    assert first != second
    trust = tmp_path / "trust.jwks"

    def verified() -> Mapping[str, Any]:
        trust.write_text(run("keys", "export", "--organ", "320506-market", **owner).stdout)
        said: Mapping[str, Any] = json.loads(
            run("package", "verify", file, "--trust", trust, "--json").stdout
        )
        return said

    assert verified()["good"]
    assert verified()["kid"] == first
    listed = run("keys", "list", **owner).stdout
    assert [line.split("\t")[0] for line in listed.splitlines()] == [first, second]
    assert [line.split("\t")[-1] for line in listed.splitlines()] == ["已停用", "有效"]
    file.write_bytes((await exported(acts, package.transfer["id"])).content)
    assert verified()["kid"] == second
    assert run("keys", "revoke", second, "--reason", "私钥外泄", **owner).returncode == 0
    said = verified()
    assert [one["code"] for one in said["problems"]] == ["key_revoked"]
    assert "私钥外泄" in said["problems"][0]["detail"]
    assert run("keys", "revoke", second, "--reason", "再次", **owner).returncode == 1
    answer = await exported(acts, package.transfer["id"])
    assert (answer.status_code, answer.json()["code"]) == (409, "no_signing_key")
    with psycopg.connect(clean.owner) as connection:
        actions = connection.execute("SELECT action FROM audit_events WHERE action LIKE 'key.%' ORDER BY id")
        assert [action for (action,) in actions] == ["key.created", "key.ended", "key.created", "key.revoked"]
        rows = connection.execute("SELECT private_sealed FROM organ_keys").fetchall()
    assert all(sealed and b'"d"' not in sealed for (sealed,) in rows)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["create", "nowhere"], "organ_unknown"),
        (["rotate", "nowhere"], "organ_unknown"),
        (["export", "--organ", "nowhere"], "organ_unknown"),
        (["revoke", "A" * 43, "--reason", "x"], "key_unknown"),
    ],
)
def test_what_is_not_there_is_refused(clean: Any, words: list[str], code: str) -> None:
    done = run("keys", *words, XIANJIE_MIGRATION_URL=clean.owner, XIANJIE_SECRET=SECRET)
    assert done.returncode == 1
    assert f"xianjie keys: {code}: " in done.stderr


def test_a_setting_that_is_missing_is_named(clean: Any) -> None:
    assert "XIANJIE_MIGRATION_URL" in run("keys", "list").stderr
    done = run("keys", "create", "320506-market", XIANJIE_MIGRATION_URL=clean.owner)
    assert (done.returncode, "XIANJIE_SECRET" in done.stderr) == (2, True)


async def test_import_by_command(acts: Acts, second: Second, tmp_path: Path, clean: Any) -> None:
    package = await a_package(acts)
    file, trust = tmp_path / "package.zip", tmp_path / "trust.jwks"
    file.write_bytes(package.content)
    trust.write_text((await acts(DESK).get("/api/v1/keys")).text)
    installation = {
        "XIANJIE_DATABASE_URL": second.urls.app,
        "XIANJIE_SECRET": second.settings.secret.get_secret_value(),
        "XIANJIE_FILES": str(second.settings.files),
    }
    words = ("package", "import", file, "--trust", trust, "--as")
    unset = run(*words, DESK)
    assert (unset.returncode, "XIANJIE_DATABASE_URL" in unset.stderr) == (2, True)
    nobody = run(*words, "nobody@320506-police", **installation)
    assert (nobody.returncode, "officer_unknown" in nobody.stdout) == (1, True)
    done = run(*words, DESK, **installation)
    assert (done.returncode, "已接收" in done.stdout) == (0, True), done.stdout + done.stderr
    again = run(*words, DESK, "--json", **installation)
    assert again.returncode == 1
    assert json.loads(again.stdout)["code"] == "package_already_received"
    assert json.loads(again.stdout)["transfer_id"] == package.transfer["id"]
