"""`xianjie demo`: the whole system on this machine, with demo data: database, migration, data, server."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import uvicorn

from app.database import embedded
from app.database.embedded import EmbeddedPostgresError
from app.database.embedded_command import database_environment, keeping_environment
from app.database.migrate_command import migrate
from app.demo.load import GENERATED, PASSWORD, SIGN_INS, BrokenOffError, load
from app.law.check import require_good_law
from app.settings import settings

HOST = "127.0.0.1"


def configure(parser: argparse.ArgumentParser) -> None:
    """Where to listen, or that the data goes."""
    parser.add_argument("--port", type=_port, default=8000, help=f"port on {HOST} (default: %(default)s)")
    parser.add_argument(
        "--cases",
        type=int,
        default=GENERATED,
        help="generated cases of the first load (default: %(default)s)",
    )
    parser.add_argument("--erase", action="store_true", help="erase the demo's data instead")
    parser.epilog = "With XIANJIE_DATABASE_URL and XIANJIE_MIGRATION_URL it uses that PostgreSQL."


def run(arguments: argparse.Namespace) -> int:
    """Serve until Ctrl-C or SIGTERM; exit status 1 with a clear word when something is in the way.

    Raises LawDataError when the law's data are not fit for use.
    """
    if not arguments.erase:
        require_good_law()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _end)
    try:
        return _erase() if arguments.erase else _demo(arguments.port, arguments.cases)
    except (EmbeddedPostgresError, BrokenOffError, _InTheWayError) as error:
        print(f"xianjie demo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nxianjie demo: stopped; the data is kept.", file=sys.stderr)
        return 0


class _InTheWayError(RuntimeError):
    """The demo cannot start; the message says what to do."""


class _Server(uvicorn.Server):
    """Says where it is once it answers."""

    def __init__(self, config: uvicorn.Config, words: str) -> None:
        super().__init__(config)
        self.words = words

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            print(self.words, flush=True)


def _demo(port: int, cases: int) -> int:
    listening = _listening(port)
    directory = embedded.default_directory()
    with _database(directory) as owner_url:
        os.environ.update(keeping_environment(directory))
        os.environ["XIANJIE_SECURE_COOKIE"] = "false"  # plain HTTP on this machine alone
        _note("loading the demo data (the first time takes a minute)")
        asyncio.run(load(settings(), owner_url, cases))
        config = uvicorn.Config("app.api:create_app", factory=True, log_level="warning", server_header=False)
        server = _Server(config, _words(port))
        server.run(sockets=[listening])
    return 0 if server.started else 1


@contextmanager
def _database(directory: Path) -> Iterator[str]:
    """The migrated database, by its owner's URL: the environment's, else the embedded one, started for us."""
    if os.environ.get("XIANJIE_DATABASE_URL"):
        owner_url = os.environ.get("XIANJIE_MIGRATION_URL")
        if not owner_url:
            raise _InTheWayError(
                "XIANJIE_DATABASE_URL is set, so set XIANJIE_MIGRATION_URL (the owner's role) as well."
            )
        _note("migrating the database of XIANJIE_MIGRATION_URL")
        migrate(owner_url)
        yield owner_url
        return
    _note(f"starting PostgreSQL on {directory}")
    with embedded.running(directory) as cluster:
        os.environ.update(database_environment(cluster))
        owner_url = cluster.url("xianjie_owner")
        migrate(owner_url)
        yield owner_url


def _listening(port: int) -> socket.socket:
    """The server's socket, taken before anything else is started."""
    taken = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((HOST, port))
        taken.listen()  # from now on it is taken; who calls early waits until the system is up
    except PermissionError as error:
        raise _InTheWayError(f"port {port} is for root alone; try: make demo PORT=8001") from error
    except OSError as error:
        other = port + 1 if port < 65535 else 8001
        raise _InTheWayError(f"port {port} is busy (端口已被占用); try: make demo PORT={other}") from error
    return taken


def _erase() -> int:
    if os.environ.get("XIANJIE_DATABASE_URL"):
        raise _InTheWayError("XIANJIE_DATABASE_URL names a database of your own; it is not erased from here.")
    directory = embedded.default_directory()
    embedded.remove(directory)
    _note(f"{directory} is erased; `make demo` starts over.")
    return 0


def _words(port: int) -> str:
    rows = "\n".join(f"    {organ:<22}{login:<12}{role}" for role, organ, login in SIGN_INS)
    return f"""
  衔接 Xianjie 演示系统已启动

  控制台 console   http://{HOST}:{port}/
  接口   API       http://{HOST}:{port}/api/v1/  (OpenAPI: /openapi.json)

  登录   sign in   密码 password: {PASSWORD}
    机关 organ            账号 login  角色 role
{rows}

  停止   stop      Ctrl-C
"""


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: choose a number from 1 to 65535")
    return int(text)


def _end(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _note(words: str) -> None:
    print(f"xianjie demo: {words}", file=sys.stderr)
