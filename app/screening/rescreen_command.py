"""`xianjie law rescreen`: the stored cases under the law of this installation, as the role xianjie_worker.

`--dry-run` lists the cases whose conclusion would change, charge by charge and organ by organ, and changes
nothing. Without it every case is screened again, in batches, while the system serves (start its processes
anew first, so that they enter and edit cases under the same law). It may be stopped and started again. Both
look the records of the parties up anew: earlier penalties, and acts that are added up, of all organs.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator

from app.database.roles_check import UnsafeRole, check_role
from app.database.transaction import Database
from app.law.statutes import law
from app.screening import rescreen
from app.settings import settings_of

CONCLUSIONS = {
    "must_transfer": "达到立案追诉标准",
    "undetermined": "尚不能判断",
    "near": "接近标准",
    "not_reached": "未达到标准",
}
_BAR = 30


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the action."""
    parser.add_argument("--dry-run", action="store_true", help="only list what would change")
    parser.add_argument(
        "--batch", type=int, default=rescreen.BATCH, help="cases in one transaction (default: %(default)s)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0 good, 1 some cases could not be screened, 2 usage."""
    chosen = settings_of("law rescreen")
    if chosen is None:
        return 2
    if chosen.worker_url is None:
        print(
            "xianjie law rescreen: XIANJIE_WORKER_URL: 请设置为 xianjie_worker 的数据库地址", file=sys.stderr
        )
        return 2
    if arguments.batch < 1:
        print("xianjie law rescreen: --batch: 应为1以上的整数", file=sys.stderr)
        return 2
    try:
        return asyncio.run(_run(chosen.worker_url.get_secret_value(), arguments.dry_run, arguments.batch))
    except UnsafeRole as error:
        print(f"xianjie law rescreen: {error}", file=sys.stderr)
        return 2
    except rescreen.EvaluatorsDiffer as error:
        print(f"\nxianjie law rescreen: {error}", file=sys.stderr)
        return 1


async def _run(url: str, dry_run: bool, batch: int) -> int:
    db = Database(url, size=1)
    await db.open()
    try:
        async with db.transaction() as tx:
            await check_role(tx)
            total = await rescreen.waiting(tx)
        if not dry_run:
            return await _work(db, total, batch)
        print(f"法律数据版本 {law().version}：{total} 件案件待重新筛查，当事人的既往记录一并重新查询")
        changed = await _list(rescreen.changes(db, batch))
        print(f"\n结论将变化的案件：{changed} 件")
        return 0
    finally:
        await db.close()


async def _list(changes: AsyncIterator[rescreen.Change]) -> int:
    """By charge, by organ, one line a case; how many cases."""
    cases, charge = 0, ""
    place: tuple[str | None, str] | None = None
    lines: list[str] = []
    async for one in changes:
        if place != (one.charge, one.organ):
            _print_organ(place, lines)
            place, lines = (one.charge, one.organ), []
            if charge != _named(one.charge):
                charge = _named(one.charge)
                print(f"\n{charge}")
        before, after = CONCLUSIONS[one.conclusion_before], CONCLUSIONS[one.conclusion]
        lines.append(f"    {one.number}  {before} → {after}")
        cases += one.first
    _print_organ(place, lines)
    return cases


def _print_organ(place: tuple[str | None, str] | None, lines: list[str]) -> None:
    if place:
        print(f"  {place[1]}：{len(lines)} 件", *lines, sep="\n")


def _named(charge: str | None) -> str:
    if charge is None:
        return "未涉及罪名"
    known = law().charges.get(charge)
    return f"{known.article} {known.name}" if known else charge


async def _work(db: Database, total: int, batch: int) -> int:
    progress = rescreen.Progress(0, 0, ())
    _show(progress, total)
    async for progress in rescreen.rescreen(db, batch):
        _show(progress, total)
    print(file=sys.stderr)
    print(
        f"已按法律数据版本 {law().version} 和当事人现有的既往记录重新筛查 {progress.done} 件，"
        f"其中结论变化 {progress.changed} 件。"
    )
    for number in progress.refused:
        print(f"无法重新筛查，请核对案由、案情要素和日期：{number}", file=sys.stderr)
    return 1 if progress.refused else 0


def _show(progress: rescreen.Progress, total: int) -> None:
    """The progress bar; where nobody looks on (no terminal) a line a batch."""
    share = min(1.0, progress.done / total) if total else 1.0
    bar = "#" * round(_BAR * share)
    end = "" if sys.stderr.isatty() else "\n"
    start = "\r" if sys.stderr.isatty() else ""
    print(
        f"{start}[{bar:<{_BAR}}] {share:4.0%} {progress.done:,}/{total:,} changed {progress.changed:,}",
        end=end, file=sys.stderr, flush=True,
    )  # fmt: skip
