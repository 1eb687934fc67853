"""The command `xianjie`. Each command imports its room only when it runs, so that `screen` starts at once."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module

# command -> (module with `configure(parser)` and `run(arguments) -> exit status`, one line of help)
COMMANDS: dict[str, tuple[str, str]] = {
    "screen": ("app.law.screen_command", "screen cases (JSON Lines) against the filing thresholds"),
    "clocks": ("app.law.clocks_command", "compute statutory due times"),
    "migrate": ("app.database.migrate_command", "bring the database to the newest revision"),
    "procedure": ("app.law.procedure_command", "the procedures as a page, or drawn"),
    "organs": ("app.organs.directory_command", "load the directory of organs and officers"),
    "openapi": ("app.openapi_command", "write the OpenAPI document and the JSON Schemas anew"),
    "law": ("app.law_command", "the law's data: check it, compare it, screen the stored cases again"),
    "keys": ("app.keys_command", "the signing keys of organs"),
    "package": ("app.package_command", "check a transfer package off line, or receive its transfer"),
    "evidence": ("app.evidence.evidence_command", "the evidence store: hash every file again and compare"),
    "serve": ("app.serve_command", "serve API and console"),
    "demo": ("app.demo_command", "the whole system on this machine, with demo data"),
    "database": ("app.database.embedded_command", "the embedded PostgreSQL: start, stop or look"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; exit status 0 good, 1 some input was bad, 2 usage, or bad data of the law."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        return _run(arguments)
    except BrokenPipeError:
        # the reader has seen enough; what is still buffered goes nowhere, quietly
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except ValueError as error:
        return _refused(arguments[0], error)


def _run(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="xianjie", description="衔接 Xianjie")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, (module, summary) in COMMANDS.items():
        command = commands.add_parser(name, help=summary, description=summary)
        if arguments and arguments[0] == name:
            import_module(module).configure(command)
    parsed = parser.parse_args(arguments)
    status = int(import_module(COMMANDS[parsed.command][0]).run(parsed))
    sys.stdout.flush()
    return status


def _refused(command: str, error: ValueError) -> int:
    """Says what is wrong with the law's data; raises every other error again."""
    from app.law.reading import LawDataError

    if not isinstance(error, LawDataError):
        raise error
    for one in error.all:
        print(f"xianjie {command}: 法律数据有误 {one}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
