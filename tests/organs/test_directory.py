"""The directory of organs and officers: loaded whole or not at all, first passwords told once."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from app.cli import main
from app.organs.directory import DirectoryError, load_directory, read_directory
from tests.cluster import DatabaseUrls
from tests.conftest import ORGANS

ORGAN = """
organs:
  - {code: 320505-market, name: 苏州市虎丘区市场监督管理局, short_name: 虎丘市监, kind: enforcement,
     line: market, level: county, region: 320505, officers: [{login: zhang, name: 张三, roles: [handler]}]}
"""


def written(folder: Path, text: str) -> Path:
    file = folder / "organs.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_first_passwords_are_told_once(
    fresh_database_urls: DatabaseUrls,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("XIANJIE_MIGRATION_URL", fresh_database_urls.owner)
    file = written(tmp_path, ORGAN)
    assert main(["organs", str(file)]) == 0
    login, password = capsys.readouterr().out.split()
    assert login == "zhang@320505-market"
    assert len(password) >= 12
    assert main(["organs", str(file)]) == 0
    assert capsys.readouterr().out == ""
    with psycopg.connect(fresh_database_urls.owner) as connection:
        assert connection.execute("SELECT password_hash LIKE '$argon2id$%' FROM credentials").fetchall() == [
            (True,)
        ]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (("kind: enforcement", "kind: shop"), "organs.0.kind"),
        (("region: 320505", "region: 999999"), "organs.0.region"),
        (("roles: [handler]", "roles: [king]"), "organs.0.officers.0.roles.0"),
        (("level: county", "level: county, parent: 320500-nobody"), "320500-nobody"),
        (("login: zhang", "login: Zhang San"), "organs.0.officers.0.login"),
        (("short_name: 虎丘市监, ", ""), "organs.0.short_name"),
    ],
)
def test_a_file_that_does_not_fit_loads_nothing(
    fresh_database_urls: DatabaseUrls, tmp_path: Path, change: tuple[str, str], named: str
) -> None:
    with pytest.raises(DirectoryError, match=named):
        load_directory(fresh_database_urls.owner, written(tmp_path, ORGAN.replace(*change)))
    with psycopg.connect(fresh_database_urls.owner) as connection:
        assert connection.execute("SELECT count(*) FROM organs").fetchone() == (0,)


def test_the_demonstration_has_every_kind_of_organ_in_two_provinces() -> None:
    organs = read_directory(ORGANS).organs
    assert {organ.kind for organ in organs} == {
        "enforcement", "police", "procuratorate", "court", "commission", "tax", "coordinating", "supervising",
    }  # fmt: skip
    cities = {organ.region for organ in organs if organ.level == "city"}
    assert {region // 10000 for region in cities} == {32, 34}
    assert len({region for region in cities if region // 10000 == 32}) >= 2


def test_nobody_holds_two_of_the_three_administrations(
    fresh_database_urls: DatabaseUrls, tmp_path: Path
) -> None:
    both = ORGAN.replace("roles: [handler]", "roles: [system_admin, audit_admin]")
    with pytest.raises(psycopg.errors.CheckViolation):
        load_directory(fresh_database_urls.owner, written(tmp_path, both))
