"""The bench runs and measures what it says. Nothing here looks at a rate."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from random import Random

from app.identifiers import parse_id_number, parse_uscc
from app.law.screen_command import screen_lines
from bench import generated

ROOT = Path(__file__).parents[2]


def test_a_quick_run_measures_every_route_beside_the_bare_one() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--quick"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    kept = Path(done.stdout.rsplit("kept in ", 1)[1].strip())
    measured = json.loads(kept.read_text())
    kept.unlink()
    assert list(measured["routes"]) == ["case by id", "list of 50", "case entry"]
    for route in measured["routes"].values():
        for one in (*route["ours"], *route["bare"]):
            assert one["requests"] > 0
            assert one["refused"] == one["broken"] == 0
    assert measured["screening"]["cases"] == 500


def test_the_same_seed_gives_the_same_cases_and_every_line_can_be_screened(tmp_path: Path) -> None:
    lines = list(generated.screening_lines(300))
    assert lines == list(generated.screening_lines(300))
    with (tmp_path / "results").open("w+b") as out:
        assert screen_lines(iter(lines), out) == 0  # type: ignore[arg-type]
        out.seek(0)
        conclusions = {json.loads(line)["conclusion"] for line in out}
    assert conclusions == {"must_transfer", "undetermined", "near", "not_reached"}


def test_generated_parties_have_identifiers_that_entry_takes() -> None:
    rng = Random(7)
    for serial in range(200):
        party = generated.party(rng, serial)
        if party["kind"] == "person":
            assert parse_id_number(party["id_number"]) == party["id_number"]
        else:
            assert parse_uscc(party["uscc"]) == party["uscc"]
