"""`xianjie package`: check a transfer package off line, or receive its transfer."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.packages.checking import Report, check
from app.packages.trust import TrustFileError, read_trust

if TYPE_CHECKING:
    from app.packages.models import ReceivedPackage
    from app.packages.trust import PublicKey
    from app.settings import Settings


def configure(parser: argparse.ArgumentParser) -> None:
    """The actions and what each takes."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    verify = actions.add_parser("verify", help="is it whole, and by whom? Needs no database and no network")
    receive = actions.add_parser("import", help="check it, then receive its transfer into this installation")
    for action in (verify, receive):
        action.add_argument("file", metavar="FILE", type=Path, help="the package (zip)")
        action.add_argument(
            "--trust",
            metavar="JWKS",
            type=Path,
            required=True,
            help="the keys of known organs, as `xianjie keys export` writes them",
        )
        action.add_argument("--json", action="store_true", help="one JSON object on standard output")
    receive.add_argument(
        "--as",
        dest="officer",
        metavar="LOGIN@ORGAN",
        required=True,
        help="in whose name: the duty desk of the police organ that the transfer is addressed to",
    )
    receive.epilog = "XIANJIE_DATABASE_URL, XIANJIE_SECRET and XIANJIE_FILES name the installation."


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0 good, 1 not good or refused, 2 usage: a file or setting is missing or unreadable."""
    try:
        trust = read_trust(arguments.trust.read_bytes())
    except OSError as error:
        return _usage(f"读不到公钥文件 {arguments.trust}（{error.strerror}），请核对路径。")
    except TrustFileError as error:
        return _usage(f"{arguments.trust}: {error}")
    try:
        with arguments.file.open("rb"):
            pass
    except OSError as error:
        return _usage(f"读不到卷宗包 {arguments.file}（{error.strerror}），请核对路径。")
    if arguments.action == "import":
        return _import(arguments, trust)
    report = check(arguments.file, trust)
    _tell(arguments, _said(report), _words(arguments.file, report))
    return 0 if report.good else 1


def _said(report: Report) -> dict[str, Any]:
    return {
        "good": report.good,
        "package_sha256": report.sha256,
        "signer": report.key.organ if report.key else None,
        "kid": report.signature.kid if report.signature else None,
        "signed_at": report.signature.at.isoformat() if report.signature else None,
        "transfer": report.record.transfer.number if report.record else None,
        "problems": [{"code": one.code, "file": one.file, "detail": one.detail} for one in report.problems],
    }


def _words(file: Path, report: Report) -> str:
    if not report.good:
        lines = [f"{file}：核验未通过，{len(report.problems)}处问题"]
        lines += [f"  [{one.code}] {one.file or '整个文件'}：{one.detail}" for one in report.problems]
        return "\n".join(lines)
    record, key, signature = report.record, report.key, report.signature
    if record is None or key is None or signature is None:
        raise AssertionError("a good package has a record and a signature")
    signer = key.organ_name or key.organ
    return "\n".join(
        [
            f"{file}：核验通过",
            f"  移送：{record.transfer.number}（案件编号 {record.case.number}）",
            f"  签名：{signer}（{key.organ}），{signature.at:%Y-%m-%d %H:%M:%S} UTC，密钥 {key.kid}",
            f"  内容：办理记录{len(record.steps)}条，文书{len(record.documents)}份，"
            f"证据文件{len(record.files)}个",
            f"  卷宗包校验值（SHA-256）：{report.sha256}",
        ]
    )


def _import(arguments: argparse.Namespace, trust: Mapping[str, PublicKey]) -> int:
    from app.errors import AppError
    from app.settings import settings_of

    chosen = settings_of("package")
    if chosen is None:
        return 2
    try:
        found = asyncio.run(_received(chosen, arguments, trust))
    except AppError as error:
        problems = [{"code": one.code, "file": one.field, "detail": one.detail} for one in error.errors]
        lines = [f"{arguments.file}：未接收 [{error.code}] {error.detail}"]
        lines += [f"  [{one['code']}] {one['file']}：{one['detail']}" for one in problems]
        said = {"received": False, "code": error.code, "detail": error.detail, "problems": problems}
        _tell(arguments, said | error.extra, "\n".join(lines))
        return 1
    words = (
        f"{arguments.file}：已接收，移送 {found.transfer_number}（{found.transfer_id}），"
        f"签名机关 {found.signer}"
    )
    _tell(arguments, {"received": True, **found.model_dump(mode="json")}, words)
    return 0


async def _received(
    chosen: Settings, arguments: argparse.Namespace, trust: Mapping[str, PublicKey]
) -> ReceivedPackage:
    from dataclasses import replace

    from app.database.sealed import Seal
    from app.database.transaction import Database
    from app.evidence.store import file_store_of
    from app.packages.taking_in import take_in

    db = Database(chosen.database_url.get_secret_value(), 1)
    store = replace(file_store_of(chosen), limit=chosen.package_limit)
    seal = Seal.from_secret(chosen.secret.get_secret_value())
    await db.open()
    try:
        officer_id = await _officer(db, arguments.officer)
        return await take_in(db, officer_id, None, store, seal, arguments.file, trust)
    finally:
        await db.close()


async def _officer(db: Any, name: str) -> int:
    from app.errors import NotFound

    login, _, organ = name.partition("@")
    async with db.transaction() as tx:
        officer_id = await tx.value(
            "SELECT officer_id FROM sign_in_credentials(%(organ)s, %(login)s)", organ=organ, login=login
        )
    if officer_id is None:
        raise NotFound("officer_unknown", f"没有在用的账号 {name}，请按“登录名@机关代码”填写 --as。")
    return int(officer_id)


def _tell(arguments: argparse.Namespace, said: Mapping[str, Any], words: str) -> None:
    print(json.dumps(said, ensure_ascii=False, indent=2) if arguments.json else words)


def _usage(words: str) -> int:
    print(f"xianjie package: {words}", file=sys.stderr)
    return 2
