"""`xianjie keys`: the signing keys of organs, for who keeps the platform."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from app.errors import AppError

if TYPE_CHECKING:
    from app.database.sealed import Seal
    from app.database.transaction import Dated
    from app.packages.trust import PublicKey

_ENVIRONMENT = (
    "XIANJIE_MIGRATION_URL names the database as the role that owns it; create and rotate also need"
)


class _NotSetError(Exception):
    """An environment variable is missing."""


def configure(parser: argparse.ArgumentParser) -> None:
    """The actions and what each takes."""
    parser.epilog = f"{_ENVIRONMENT} XIANJIE_SECRET, under which the private half is sealed."
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    create = actions.add_parser("create", help="a key for an organ, in force from now on")
    rotate = actions.add_parser("rotate", help="a new key; earlier ones end now, what they signed stays good")
    for action in (create, rotate):
        action.add_argument("organ", metavar="ORGAN", help="code of the organ")
        action.add_argument(
            "--days", type=_days, default=730, help="how long it holds (default: %(default)s)"
        )
    revoke = actions.add_parser("revoke", help="nothing that this key signed is good any more")
    revoke.add_argument("kid", metavar="KID", help="id of the key, see `list`")
    revoke.add_argument("--reason", required=True, help="why; whoever checks a package reads it")
    for name, words in (
        ("list", "the keys as a table"),
        ("export", "the public keys as a JWK set (trust file)"),
    ):
        action = actions.add_parser(name, help=words)
        action.add_argument("--organ", metavar="CODE", action="append", default=[], help="only of this organ")
    trust = actions.add_parser("trust", help="trust the keys of organs of another installation")
    trust.add_argument("file", metavar="JWKS", type=Path, help="what `xianjie keys export` wrote there")


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0 done, 1 refused, 2 a setting or file is missing or cannot be read."""
    try:
        return asyncio.run(_run(arguments))
    except _NotSetError as error:
        print(f"xianjie keys: 请设置环境变量 {error}", file=sys.stderr)
        return 2
    except AppError as error:
        print(f"xianjie keys: {error.code}: {error.detail}", file=sys.stderr)
        return 1


async def _run(arguments: argparse.Namespace) -> int:
    from app.database.transaction import Database
    from app.packages.trust import TrustFileError, read_trust

    if arguments.action == "trust":
        try:
            arguments.keys = list(read_trust(arguments.file.read_bytes()).values())
        except (OSError, TrustFileError) as error:
            print(f"xianjie keys: {arguments.file}: {error}", file=sys.stderr)
            return 2
    db = Database(_set("XIANJIE_MIGRATION_URL"), 1)
    await db.open()
    try:
        async with db.platform() as tx:
            await _ACTIONS[arguments.action](tx, arguments)
    finally:
        await db.close()
    return 0


async def _create(tx: Dated, arguments: argparse.Namespace) -> None:
    from app.packages.keys import create

    print(await create(tx, _seal(), arguments.organ, timedelta(days=arguments.days)))


async def _rotate(tx: Dated, arguments: argparse.Namespace) -> None:
    from app.packages.keys import rotate

    print(await rotate(tx, _seal(), arguments.organ, timedelta(days=arguments.days)))


async def _revoke(tx: Dated, arguments: argparse.Namespace) -> None:
    from app.packages.keys import revoke

    await revoke(tx, arguments.kid, arguments.reason)
    print(f"已撤销 {arguments.kid}。请重新导出公钥文件（xianjie keys export）并分发给各核验方。")


async def _list(tx: Dated, arguments: argparse.Namespace) -> None:
    from app.packages.keys import known_keys

    for key in (await known_keys(tx, arguments.organ)).keys:
        times = f"{key.valid_from:%Y-%m-%d} 至 {key.valid_to:%Y-%m-%d}"
        print(f"{key.kid}\t{key.organ}\t{key.organ_name}\t{times}\t{_state(key, tx.now)}")


async def _export(tx: Dated, arguments: argparse.Namespace) -> None:
    from app.packages.keys import known_keys

    print((await known_keys(tx, arguments.organ)).model_dump_json(indent=2))


async def _trust(tx: Dated, arguments: argparse.Namespace) -> None:
    from app.packages.keys import trust

    changed = await trust(tx, arguments.keys)
    print(f"登记公钥 {len(changed)} 个（共 {len(arguments.keys)} 个，其余已登记）。")


_ACTIONS: dict[str, Callable[[Dated, argparse.Namespace], Awaitable[None]]] = {
    "create": _create,
    "rotate": _rotate,
    "revoke": _revoke,
    "list": _list,
    "export": _export,
    "trust": _trust,
}


def _state(key: PublicKey, now: datetime) -> str:
    if key.revoked_at is not None:
        return f"已撤销（{key.revoked_reason}）"
    if now < key.valid_from:
        return "尚未生效"
    return "有效" if now < key.valid_to else "已停用"


def _seal() -> Seal:
    from app.database.sealed import Seal

    return Seal.from_secret(_set("XIANJIE_SECRET"))


def _set(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise _NotSetError(name)
    return value


def _days(text: str) -> int:
    days = int(text) if text.isdecimal() else 0
    if not 1 <= days <= 3660:
        raise argparse.ArgumentTypeError("应为1至3660的整数（天）")
    return days
