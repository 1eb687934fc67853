"""`xianjie evidence verify`: hash the whole store again and name what is damaged or missing."""

from __future__ import annotations

import argparse
import asyncio
import sys

from app.database.transaction import Database
from app.evidence.store import file_store_of
from app.evidence.upkeep import verify
from app.settings import Settings, settings_of

_WORDS = {"damaged": "损坏", "missing": "缺失"}


def configure(parser: argparse.ArgumentParser) -> None:
    """What to do."""
    parser.add_argument("act", choices=["verify"], help="hash every stored file and compare")


def run(_: argparse.Namespace) -> int:
    """Exit status 0 when all is whole, 1 when a file is damaged or missing, 2 for a setting that is wrong."""
    chosen = settings_of("evidence")
    if chosen is None:
        return 2
    if chosen.worker_url is None:
        print("xianjie evidence: XIANJIE_WORKER_URL: 请设置为 xianjie_worker 的数据库地址", file=sys.stderr)
        return 2
    return asyncio.run(_verify(chosen, chosen.worker_url.get_secret_value()))


async def _verify(chosen: Settings, url: str) -> int:
    db = Database(url, size=1)
    await db.open()
    looked, bad = 0, 0
    try:
        async for found in verify(db, file_store_of(chosen)):
            looked += 1
            if found is not None:
                bad += 1
                print(f"{_WORDS[found.state]} {found.sha256} 文件 {found.file_id} 机关 {found.organ}")
    finally:
        await db.close()
    print(f"已核对{looked}个文件，{bad}个损坏或者缺失。", file=sys.stderr)
    return 1 if bad else 0
