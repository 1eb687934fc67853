"""Whether a package is what its organ made: structure, every hash, signature, key, and the record in it.

Needs neither a database nor the law's data. A key is known from the trust file alone; what a package says of
keys is not read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from pydantic import ValidationError

from app.packages import bag
from app.packages.consistency import inconsistencies
from app.packages.reading import LARGEST_RECORD, LARGEST_TAG, Package, Problem, Unreadable, opened
from app.packages.record import Record
from app.packages.trust import MalformedSignature, PublicKey, Signature, read_signature

Trust = Mapping[str, PublicKey]
_CLOCKS_DIFFER = timedelta(minutes=10)
_MOST_NAMED = 200  # problems of one kind; more help nobody
AGAIN = "请移送机关重新导出。"


@dataclass
class Report:
    """What was found. A package without problems is good; `record` is there where it could be read."""

    problems: list[Problem] = field(default_factory=list)
    sha256: str | None = None
    signature: Signature | None = None
    key: PublicKey | None = None
    record: Record | None = None

    @property
    def good(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


def check(source: Path | BinaryIO, trust: Trust, now: datetime | None = None) -> Report:
    """Check a package against the keys of known organs. `report.sha256` names it: the tag manifest's hash."""
    report = Report()
    try:
        with opened(source) as package:
            _check(package, trust, now or datetime.now(UTC), report)
    except Unreadable as error:
        report.problems += error.problems
    return report


def _check(package: Package, trust: Trust, now: datetime, report: Report) -> None:
    tags: dict[str, bytes] = {}
    for name in (*bag.SIGNED_TAGS, bag.TAG_MANIFEST, bag.SIGNATURE):
        if name in package.names:
            tags[name] = package.read(name, LARGEST_TAG)
        elif name == bag.SIGNATURE:
            report.problems.append(Problem("unsigned", name, f"没有签名文件，无法确认由谁作出，{AGAIN}"))
        else:
            report.problems.append(Problem("tag_file_missing", name, f"缺少这个文件，{AGAIN}"))
    if tags.get(bag.DECLARATION, bag.DECLARED) != bag.DECLARED:
        report.problems.append(Problem("not_a_bag", bag.DECLARATION, f"不是 BagIt 1.0 的声明，{AGAIN}"))
    report.problems += _signature_problems(tags, trust, now, report)
    hashes = _Hashes()
    report.problems += _tag_problems(tags, hashes)
    report.problems += _payload_problems(package, tags, hashes)
    report.problems += _record_problems(package, hashes, report)


def _signature_problems(
    tags: Mapping[str, bytes], trust: Trust, now: datetime, report: Report
) -> Iterator[Problem]:
    signed = tags.get(bag.TAG_MANIFEST)
    if signed is not None:
        report.sha256 = bag.sha256(signed)
    if bag.SIGNATURE not in tags:
        return
    try:
        report.signature = signature = read_signature(tags[bag.SIGNATURE])
    except MalformedSignature as error:
        yield Problem("signature_malformed", bag.SIGNATURE, f"签名文件读不出来：{error}，{AGAIN}")
        return
    key = trust.get(signature.kid)
    if key is None:
        detail = (
            f"签名密钥 {signature.kid} 不在所信任的公钥文件中。请向移送机关的平台取得新的公钥文件"
            "（xianjie keys export）；包内自带的密钥不作数。"
        )
        yield Problem("key_not_trusted", bag.SIGNATURE, detail)
        return
    if signed is None or not signature.fits(signed, key):
        detail = f"签名与 {bag.TAG_MANIFEST} 不符：内容被改动，或者不是 {key.organ} 所签，{AGAIN}"
        yield Problem("signature_wrong", bag.SIGNATURE, detail)
        return
    report.key = key
    yield from _key_problems(signature, key, now)


def _key_problems(signature: Signature, key: PublicKey, now: datetime) -> Iterator[Problem]:
    at = f"签名时间 {signature.at:%Y-%m-%d %H:%M}（UTC）"
    if key.revoked_at is not None:
        detail = (
            f"密钥 {key.kid}（{key.organ}）已于 {key.revoked_at:%Y-%m-%d} 撤销"
            f"（{key.revoked_reason or '未注明理由'}），请移送机关以新密钥重新导出。"
        )
        yield Problem("key_revoked", bag.SIGNATURE, detail)
    if signature.at > now + _CLOCKS_DIFFER:
        yield Problem("signed_in_future", bag.SIGNATURE, f"{at}尚未到来，请核对两地时钟后重新导出。")
    if signature.at < key.valid_from.replace(microsecond=0):
        detail = f"{at}早于密钥生效时间 {key.valid_from:%Y-%m-%d %H:%M}，{AGAIN}"
        yield Problem("key_not_yet_valid", bag.SIGNATURE, detail)
    if signature.at >= key.valid_to:
        detail = f"{at}时密钥已于 {key.valid_to:%Y-%m-%d %H:%M} 失效，请移送机关更换密钥后重新导出。"
        yield Problem("key_expired", bag.SIGNATURE, detail)


@dataclass
class _Hashes:
    """What the manifest says and what was found, by path."""

    listed: dict[str, str] = field(default_factory=dict)
    found: dict[str, str] = field(default_factory=dict)


def _tag_problems(tags: Mapping[str, bytes], hashes: _Hashes) -> Iterator[Problem]:
    if bag.TAG_MANIFEST in tags:
        listed, problems = _listed(bag.TAG_MANIFEST, tags[bag.TAG_MANIFEST])
        yield from problems
        for name in bag.SIGNED_TAGS:
            if name not in listed and not problems:
                yield Problem("entry_not_listed", name, f"没有列入 {bag.TAG_MANIFEST}，{AGAIN}")
            elif name in tags and name in listed and bag.sha256(tags[name]) != listed[name]:
                yield Problem("tag_file_changed", name, f"内容与 {bag.TAG_MANIFEST} 不符，已被改动，{AGAIN}")
        for name in sorted(listed.keys() - set(bag.SIGNED_TAGS)):
            yield Problem("entry_not_known", name, f"{bag.TAG_MANIFEST} 列了不该有的文件，{AGAIN}")
    if bag.MANIFEST in tags:
        hashes.listed, problems = _listed(bag.MANIFEST, tags[bag.MANIFEST])
        yield from problems


def _listed(name: str, content: bytes) -> tuple[dict[str, str], list[Problem]]:
    try:
        pairs = bag.read_manifest(content)
    except bag.BadManifest as error:
        return {}, [Problem("manifest_malformed", name, f"{error}，{AGAIN}")]
    found: dict[str, str] = {}
    problems = []
    for path, digest in pairs:
        if path in found:
            problems.append(Problem("listed_twice", path, f"在 {name} 中列了两次，{AGAIN}"))
        if any(part in ("", ".", "..") for part in path.split("/")) or "\\" in path:
            detail = f"{name} 中的路径指向包外，可能是恶意文件，请勿解压，并联系移送机关。"
            problems.append(Problem("path_outside", path, detail))
        found[path] = digest
    return found, problems


def _payload_problems(package: Package, tags: Mapping[str, bytes], hashes: _Hashes) -> Iterator[Problem]:
    known = {*bag.SIGNED_TAGS, bag.TAG_MANIFEST, bag.SIGNATURE}
    payload = {name for name in package.names if name.startswith("data/")}
    for name in sorted(package.names - payload - known):
        yield Problem("entry_not_listed", name, f"不属于卷宗包的文件，可能是后加的，请删除或者{AGAIN}")
    for name in sorted(hashes.listed.keys() - payload)[:_MOST_NAMED]:
        yield Problem("file_missing", name, f"{bag.MANIFEST} 列了而包内没有，{AGAIN}")
    for name in sorted(payload):
        try:
            hashes.found[name] = _hash(package, name)
        except Unreadable as error:
            yield from error.problems
            continue
        if bag.MANIFEST not in tags:
            continue
        if name not in hashes.listed:
            yield Problem("entry_not_listed", name, f"没有列入 {bag.MANIFEST}，可能是后加的，{AGAIN}")
        elif hashes.found[name] != hashes.listed[name]:
            yield Problem("file_changed", name, f"内容与 {bag.MANIFEST} 的校验值不符，已被改动，{AGAIN}")
    counted = bag.oxum(package.size(name) for name in payload)
    if bag.INFO in tags and bag.info_value(tags[bag.INFO], "Payload-Oxum") != counted:
        yield Problem("payload_count_wrong", bag.INFO, f"Payload-Oxum 与内容（{counted}）不符，{AGAIN}")


def _hash(package: Package, name: str) -> str:
    digest = hashlib.sha256()
    for block in package.blocks(name):
        digest.update(block)
    return digest.hexdigest()


def _record_problems(package: Package, hashes: _Hashes, report: Report) -> Iterator[Problem]:
    if bag.RECORD not in package.names:
        yield Problem("record_missing", bag.RECORD, f"没有机器可读的案卷，{AGAIN}")
        return
    if bag.RECORD not in hashes.found:
        return  # damaged, and said so
    try:
        report.record = record = Record.model_validate_json(package.read(bag.RECORD, LARGEST_RECORD))
    except ValidationError as error:
        for one in error.errors()[:20]:
            place = ".".join(str(part) for part in one["loc"]) or "全文"
            yield Problem("record_malformed", bag.RECORD, f"{place}：{one['msg']}，不符合格式，{AGAIN}")
        return
    sizes = {name: package.size(name) for name in package.names if name.startswith("data/")}
    named = {one.file for one in report.problems} - {bag.RECORD}
    yield from (one for one in inconsistencies(record, hashes.found, sizes) if one.file not in named)
    if report.signature is not None and report.signature.at != record.issue.at.replace(microsecond=0):
        yield Problem("issue_time_differs", bag.RECORD, f"案卷的作出时间与签名时间不符，{AGAIN}")
    if report.key is not None and report.key.organ != record.issue.organ:
        detail = (
            f"由 {report.key.organ} 签名，案卷却称由 {record.issue.organ} 作出，请勿采用，并联系移送机关。"
        )
        yield Problem("key_of_other_organ", bag.SIGNATURE, detail)
