"""`xianjie serve`: API and console of an installation whose settings stand in the environment."""

from __future__ import annotations

import argparse

import uvicorn

from app.law.check import require_good_law
from app.settings import settings_of


def configure(parser: argparse.ArgumentParser) -> None:
    """Where to listen, and with how many processes."""
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8000, help="port to listen on (default: %(default)s)")
    parser.add_argument("--workers", type=int, default=1, help="processes, one a core (default: %(default)s)")


def run(arguments: argparse.Namespace) -> int:
    """Serve until a signal ends it; exit status 2 when a setting is missing or wrong.

    Raises LawDataError when the law's data are not fit for use.
    """
    if settings_of("serve") is None:
        return 2
    require_good_law()
    uvicorn.run(
        "app.api:create_app",
        factory=True,
        host=arguments.host,
        port=arguments.port,
        workers=arguments.workers,
        server_header=False,
    )
    return 0
