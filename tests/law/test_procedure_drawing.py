"""The drawn procedures are those of the tables, and docs/ shows the present ones."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from app.cli import main
from app.law.procedure_command import TABLES, whole_page
from app.law.procedure_drawing import drawing
from app.law.procedure_map import moves, places

DOCS = Path(__file__).parents[2] / "docs"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("name", TABLES)
def test_the_drawing_in_docs_is_current(name: str) -> None:
    drawn = drawing(TABLES[name][1]())
    assert (DOCS / f"procedure-{name}.svg").read_text(encoding="utf-8") == drawn, "run `make procedure`"


def test_the_page_in_docs_is_current() -> None:
    assert (DOCS / "procedure.md").read_text(encoding="utf-8") == whole_page(), "run `make procedure`"


@pytest.mark.parametrize("name", TABLES)
def test_every_state_and_every_way_is_drawn(name: str) -> None:
    table = TABLES[name][1]()
    picture = ElementTree.fromstring(drawing(table))
    words = [text.text for text in picture.iter(f"{SVG}text")]
    for state in table.states:
        assert state.name in words
    lines = list(picture.iterfind(f"{SVG}path"))
    named_below = [word for word in words if word and word.endswith("↑")]
    assert len(lines) + len(named_below) == len(moves(table))
    assert not list(picture.iter(f"{SVG}style")), "a page's policy forbids inline style"


@pytest.mark.parametrize("name", TABLES)
def test_no_two_states_stand_in_one_place(name: str) -> None:
    table = TABLES[name][1]()
    found = places(table)
    assert len(set(found.values())) == len(found) == len(table.states)
    for state, place in found.items():
        assert place.lane == table.state(state).holder


def test_the_present_state_and_the_way_there_are_marked() -> None:
    table = TABLES["transfer"][1]()
    passed = {("draft", "reported"), ("reported", "approved")}
    picture = ElementTree.fromstring(drawing(table, "approved", passed, labels=False))
    (now,) = [group for group in picture.iter(f"{SVG}g") if group.get("aria-current") == "step"]
    assert table.state("approved").name in [text.text for text in now.iter(f"{SVG}text")]
    heavy = [line for line in picture.iterfind(f"{SVG}path") if line.get("marker-end") == "url(#passed)"]
    assert len(heavy) == 2


def test_the_command_renews_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["procedure", "write", str(tmp_path)]) == 0
    assert {file.name: file.read_text(encoding="utf-8") for file in tmp_path.iterdir()} == {
        file.name: file.read_text(encoding="utf-8") for file in DOCS.glob("procedure*")
    }
    assert main(["procedure", "write", str(tmp_path / "nowhere")]) == 2
    assert "没有这个文件夹" in capsys.readouterr().err


def test_the_command_writes_both(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["procedure", "drawing", "clue", "--state", "sent"]) == 0
    assert 'aria-current="step"' in capsys.readouterr().out
    assert main(["procedure", "page"]) == 0
    assert capsys.readouterr().out == whole_page()
    assert main(["procedure", "drawing", "clue", "--state", "flown"]) == 2
    assert "没有这个状态" in capsys.readouterr().err
