"""`python -m bench`: measure, print the table, keep the JSON."""

from __future__ import annotations

import argparse
import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass

from app.law.given_facts import parse_facts
from app.law.screening import screen
from bench import rescreen
from bench.load import has_wrk, measure, request_bytes
from bench.paths import compare, paths
from bench.report import Report
from bench.screening import one_case, screen_file
from bench.serving import Server, serving
from bench.stage import Stage, stage

_HELLO = request_bytes("GET", "/", {})
_FACTS = {"conduct": ["sell_counterfeit_goods"], "ip_sales_amount": "30000"}


@dataclass(frozen=True)
class Size:
    """How much is measured: stored cases, screened cases, rounds of so many seconds."""

    cases: int
    screened: int
    rounds: int
    seconds: float


FULL = Size(cases=200_000, screened=200_000, rounds=5, seconds=2)
QUICK = Size(cases=500, screened=500, rounds=1, seconds=1)


def run(size: Size) -> Report:
    """The whole bench."""
    secret = secrets.token_urlsafe(48)
    with ExitStack() as stack:
        _note(f"a database with {size.cases:,} generated cases")
        on = stack.enter_context(stage(secret, size.cases))
        files = stack.enter_context(tempfile.TemporaryDirectory(prefix="xianjie-bench-"))
        ours, bare, hello = _servers(stack, on, secret, files)
        reach = measure(hello.address, [_HELLO], size.seconds)
        compared = []
        for path in paths(on, secret):
            _note(f"{path.name}: {size.rounds} rounds of {size.seconds} s each")
            compared.append(compare(path, on, (ours, bare), size.rounds, size.seconds))
        single = one_case(on.cluster.url("xianjie_app"))
    _note(f"xianjie screen on {size.screened:,} generated cases")
    return Report(size.cases, size.rounds, reach, compared, screen_file(size.screened), single)


def _servers(stack: ExitStack, on: Stage, secret: str, files: str) -> tuple[Server, Server, Server]:
    application = {
        "XIANJIE_DATABASE_URL": on.cluster.url("xianjie_app"),
        "XIANJIE_SECRET": secret,
        "XIANJIE_FILES": files,
    }
    bare = {
        "BENCH_OWNER_URL": on.cluster.url("xianjie_owner"),
        "BENCH_FINDING": json.dumps(screen(parse_facts(_FACTS)).as_json()),
    }
    return (
        stack.enter_context(serving("app.api:create_app", application, factory=True)),
        stack.enter_context(serving("bench.bare:app", bare)),
        stack.enter_context(serving("bench.hello:app", {})),
    )


def _find_wrk() -> None:
    """Install wrk where that can be done without asking; else say how."""
    if has_wrk():
        return
    if os.geteuid() == 0:
        _note("installing wrk, the load generator")
        subprocess.run(["apt-get", "install", "-y", "-q", "wrk"], capture_output=True, check=False)  # noqa: S607
    if not has_wrk():
        _note("without wrk the client is Python's and bounds what is measured: apt-get install wrk")


def _note(words: str) -> None:
    print(f"bench: {words}", file=sys.stderr, flush=True)


def main() -> int:
    """Exit status 0 when everything could be measured, whatever came of it."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="tiny figures: shows only that the bench runs")
    parser.add_argument("--cases", type=int, help="stored cases instead of 200,000")
    arguments = parser.parse_args()
    size = QUICK if arguments.quick else FULL
    if arguments.cases:
        size = Size(arguments.cases, arguments.cases, size.rounds, size.seconds)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # as Ctrl-C: the servers are stopped
    _find_wrk()
    report = run(size)
    print(f"\n{report.as_text()}\n")
    stored = arguments.cases or (2_000 if arguments.quick else 1_000_000)
    _note(f"re-screening {stored:,} stored cases")
    print(f"{rescreen.measure(stored, size.rounds).as_text()}\n")
    print(f"kept in {report.write()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
