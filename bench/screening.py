"""Screening without a server: the command over a file, and one case beside one round trip to the database."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psycopg

from app.law.given_facts import parse_facts
from app.law.screening import screen
from bench import generated

_ONE_CASE = {"conduct": ["sell_counterfeit_goods"], "ip_sales_amount": "80000"}


@dataclass(frozen=True)
class Screened:
    """`xianjie screen` over a file: seconds from start to end, and the most memory that it held (bytes)."""

    cases: int
    seconds: float
    peak: int


@dataclass(frozen=True)
class OneCase:
    """Microseconds: screening one case in Python, one `SELECT 1` on an open connection."""

    screening: float
    round_trip: float


def screen_file(count: int) -> Screened:
    """Screen so many generated cases by the command, from file to file."""
    with tempfile.TemporaryDirectory(prefix="xianjie-bench-", dir="/var/tmp") as folder:
        cases, results = Path(folder) / "cases.jsonl", Path(folder) / "results.jsonl"
        with cases.open("wb") as file:
            file.writelines(generated.screening_lines(count))
        with results.open("wb") as out:
            started = time.perf_counter()
            program = Path(sys.executable).with_name("xianjie")
            command = subprocess.Popen([program, "screen", cases], stdout=out)  # noqa: S603 - our own
            _, status, used = os.wait4(command.pid, 0)
            seconds = time.perf_counter() - started
        command.returncode = os.waitstatus_to_exitcode(status)
        with results.open("rb") as file:
            answered = sum(1 for _ in file)
    if command.returncode or answered != count:
        raise RuntimeError(
            f"xianjie screen ended with {command.returncode} after {answered} of {count} cases"
        )
    return Screened(count, seconds, used.ru_maxrss * (1 if sys.platform == "darwin" else 1024))


def one_case(database_url: str, times: int = 500) -> OneCase:
    """The medians over so many tries."""
    facts = parse_facts(_ONE_CASE)
    with psycopg.connect(database_url, autocommit=True) as connection:
        tries = [
            (
                _microseconds(lambda: screen(facts, generated.TODAY, generated.TODAY).as_json()),
                _microseconds(lambda: connection.execute("SELECT 1").fetchone()),
            )
            for _ in range(times)
        ]
    return OneCase(median(one for one, _ in tries), median(two for _, two in tries))


def _microseconds(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return (time.perf_counter() - started) * 1e6
