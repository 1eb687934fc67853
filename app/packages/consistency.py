"""Whether a record agrees with itself and with the files beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from app.packages import bag
from app.packages.reading import Problem
from app.packages.record import Record
from app.packages.recorded import Officer, Recorded

_AGAIN = "请移送机关重新导出。"


def inconsistencies(record: Record, found: Mapping[str, str], sizes: Mapping[str, int]) -> Iterator[Problem]:
    """Everything that does not fit; `sizes` of each payload file by path, `found` the hash of each
    that came out undamaged."""
    yield from _files(record, found, sizes)
    yield from _documents(record)
    yield from _procedure(record)
    yield from _organs(record)
    for name, ids in _ids(record).items():
        for one in (one for one, count in Counter(ids).items() if count > 1):
            yield _differs("id_twice", f"{name} 中编号 {one} 出现两次")


def _files(record: Record, found: Mapping[str, str], sizes: Mapping[str, int]) -> Iterator[Problem]:
    for file in record.files:
        if (file.path is None) != (file.removed_at is not None):
            yield _differs("file_without_content", f"文件“{file.name}”未移除却没有内容，或者已移除却附有内容")
    claimed: dict[str, tuple[str, int]] = {}
    for path, sha256, size in _claims(record):
        if path in claimed:
            yield Problem("file_claimed_twice", path, f"案卷中两个文件指向同一路径，{_AGAIN}")
        claimed[path] = (sha256, size)
    for path, (sha256, size) in claimed.items():
        if path not in sizes:
            yield Problem("file_missing", path, f"案卷所列的文件不在包内，{_AGAIN}")
        elif path in found and (found[path] != sha256 or sizes[path] != size):
            yield Problem("file_not_as_recorded", path, f"内容与案卷所记的校验值或者大小不符，{_AGAIN}")
    for path in sorted(found.keys() - claimed.keys() - {bag.RECORD}):
        yield Problem("file_not_recorded", path, f"案卷没有记载这个文件，{_AGAIN}")


def _claims(record: Record) -> Iterator[tuple[str, str, int]]:
    """Path, hash and size of every file that the record names."""
    for document in record.documents:
        yield document.path, document.docx_sha256, document.docx_size
    for file in (*record.files, *record.prints, *record.scans):
        if file.path is not None:
            yield file.path, file.sha256, file.size


def _documents(record: Record) -> Iterator[Problem]:
    ids = {document.id for document in record.documents}
    for number, count in Counter((one.organ, one.number) for one in record.documents).items():
        if count > 1:
            yield _differs("number_twice", f"文书编号 {number[1]} 出现两次")
    named = {*(one.document_id for one in record.prints), *(one.document_id for one in record.scans)}
    for document_id in sorted(named - ids):
        yield _differs("document_unknown", f"PDF 或者扫描件所属的文书 {document_id} 不在案卷中")
    for document in record.documents:
        if (document.state == "void") != (document.voided_at is not None):
            yield _differs("void_differs", f"文书 {document.number} 的作废状态与作废时间不符")


def _procedure(record: Record) -> Iterator[Problem]:
    transfer = record.transfer
    if transfer.organ != record.case.organ:
        yield _differs("sender_differs", "移送机关与办案机关不是同一机关")
    if transfer.sent_at is None or transfer.police is None:
        yield _differs("not_sent", "该移送没有送出，不应导出卷宗包")
    held = {transfer.organ, transfer.police, transfer.procuratorate, *transfer.police_past}
    if record.issue.organ not in held or record.issue.officer.organ != record.issue.organ:
        yield _differs("issuer_not_a_party", f"作出机关 {record.issue.organ} 不是该移送的经办机关")
    if record.steps and record.steps[-1].to_state != transfer.state:
        yield _differs("state_differs", "移送的状态与最后一步办理记录不符")
    for step in record.steps:
        if step.officer.organ != step.organ:
            yield _differs("officer_of_other_organ", f"办理记录“{step.action}”的人员不属于该机关")
    for clock in record.clocks:
        if clock.stopped_at is not None and clock.stopped_at < clock.started_at:
            yield _differs("clock_stops_before_start", f"期限“{clock.clock}”的停止时间早于起算时间")


def _organs(record: Record) -> Iterator[Problem]:
    listed = Counter(organ.code for organ in record.organs)
    for code in sorted(_codes(record) - listed.keys()):
        yield _differs("organ_not_listed", f"案卷提到的机关 {code} 不在机关名单中")
    for code in (code for code, count in listed.items() if count > 1):
        yield _differs("id_twice", f"机关名单中 {code} 出现两次")


def _codes(record: Record) -> set[str]:
    """All organ codes that stand in the record's own fields."""
    transfer = record.transfer
    found = {record.issue.organ, record.case.organ, transfer.organ, *transfer.police_past}
    found |= {code for code in (transfer.police, transfer.procuratorate, transfer.court) if code}
    found |= {step.organ for step in record.steps} | {clock.holder for clock in record.clocks}
    found |= {file.organ for file in record.files} | {count.organ for count in record.counts}
    found |= {disposal.organ for disposal in record.disposals} | {one.organ for one in record.custody}
    found |= {document.organ for document in record.documents} | {scan.organ for scan in record.scans}
    found |= {exhibit.organ for exhibit in record.exhibits}
    found |= {exhibit.holder for exhibit in record.exhibits}
    found |= {change.organ for change in record.clock_changes if change.organ}
    return found | {officer.organ for officer in officers_of(record)}


def officers_of(part: Recorded) -> Iterator[Officer]:
    """The officers that a part of the record names in fields of its own."""
    for name in type(part).model_fields:
        yield from _officers_in(getattr(part, name))


def _officers_in(value: Any) -> Iterator[Officer]:
    if isinstance(value, Officer):
        yield value
    elif isinstance(value, Recorded):
        yield from officers_of(value)
    elif isinstance(value, list):
        for one in value:
            yield from _officers_in(one)


def _ids(record: Record) -> dict[str, list[Any]]:
    lists = {name: getattr(record, name) for name in type(record).model_fields}
    return {
        name: [one.id for one in rows if hasattr(one, "id")]
        for name, rows in lists.items()
        if isinstance(rows, list)
    }


def _differs(code: str, words: str) -> Problem:
    return Problem(code, bag.RECORD, f"{words}，{_AGAIN}")
