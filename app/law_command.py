"""`xianjie law`: what can be done with the law's data. Each action lives with what it is about."""

from __future__ import annotations

import argparse
from importlib import import_module

# action -> (module with `configure(parser)` and `run(arguments) -> exit status`, one line of help)
ACTIONS: dict[str, tuple[str, str]] = {
    "check": ("app.law.check_command", "what is wrong with the law's data, with file, line and remedy"),
    "diff": ("app.law.diff_command", "what changed between two folders of the law's data, in words"),
    "rescreen": ("app.screening.rescreen_command", "screen the stored cases against the law in force"),
}


def configure(parser: argparse.ArgumentParser) -> None:
    """The action; only its own module is imported, when it runs, so that `check` works on the worst data."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = "\n".join(["actions:", *(f"  {name:<10}{words}" for name, (_, words) in ACTIONS.items())])
    parser.add_argument("action", metavar="ACTION", choices=ACTIONS, help=", ".join(ACTIONS))
    parser.add_argument("rest", metavar="…", nargs=argparse.REMAINDER, help="see `ACTION -h`")


def run(arguments: argparse.Namespace) -> int:
    """Run one action; its exit status."""
    module, summary = ACTIONS[arguments.action]
    parser = argparse.ArgumentParser(prog=f"xianjie law {arguments.action}", description=summary)
    action = import_module(module)
    action.configure(parser)
    return int(action.run(parser.parse_args(arguments.rest)))
