"""The published cases, from their records to what screening says of them.

`python -m app.demo.real_cases --jsonl` writes them as `xianjie screen` reads them, one line a possible day
and division; `--report` prints the comparison with what really happened; `--docs FILE` renews the part of a
document that lies between the two markers.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from app.demo.real.records import RealCase, real_cases
from app.demo.real.report import report, summary
from app.demo.real.screening import (
    Outcome,
    ScreeningInput,
    known_act_end,
    known_facts,
    outcome,
    screening_inputs,
)

__all__ = [
    "Outcome",
    "RealCase",
    "ScreeningInput",
    "known_act_end",
    "known_facts",
    "main",
    "outcome",
    "real_cases",
    "renewed",
    "screening_inputs",
]

MARKED = {
    ("<!-- generated: begin -->", "<!-- generated: end -->"): report,
    ("<!-- real-cases:begin -->", "<!-- real-cases:end -->"): summary,
}


def renewed(document: str) -> str:
    """The document with the report, or its summary, between its markers. Raises ValueError without any."""
    for (begin, end), text in MARKED.items():
        before, found, rest = document.partition(begin)
        _, closed, after = rest.partition(end)
        if found and closed:
            return f"{before}{begin}\n\n{text(map(outcome, real_cases()))}\n{end}{after}"
    raise ValueError(f"the document lacks the markers, for example {next(iter(MARKED))}")


def main(argv: Sequence[str] | None = None) -> int:
    """Write what was asked for to standard output or into the document."""
    parser = argparse.ArgumentParser(prog="python -m app.demo.real_cases", description=__doc__)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--jsonl", action="store_true", help="the cases as input of `xianjie screen`")
    what.add_argument("--report", action="store_true", help="screening beside what really happened")
    what.add_argument("--docs", type=Path, metavar="FILE", help="renew the marked part of a document")
    arguments = parser.parse_args(argv)
    if arguments.docs:
        document = arguments.docs.read_text(encoding="utf-8")
        arguments.docs.write_text(renewed(document), encoding="utf-8")
    elif arguments.report:
        sys.stdout.write(report(map(outcome, real_cases())))
    else:
        for case in real_cases():
            for each in screening_inputs(case):
                sys.stdout.write(json.dumps(each.as_json(), ensure_ascii=False) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
