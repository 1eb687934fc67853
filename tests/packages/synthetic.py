"""Packages made without a database, whole or spoilt in one way."""

from __future__ import annotations

import asyncio
import io
import json
import uuid
import zipfile
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from joserfc.jwk import ECKey

from app.packages import bag
from app.packages.record import Record
from app.packages.trust import PublicKey, new_key, sign
from app.packages.writing import Content, make, zipped

AT = datetime(2025, 9, 1, 8, 0, tzinfo=UTC)
NOW = AT + timedelta(days=30)
SENDER, POLICE, OTHER = "320506-market", "320506-police", "320583-market"
FILES = {"照片.jpg": b"\xff\xd8photograph" * 50, "笔录.txt": "笔录".encode() * 80}
KEY, OTHER_KEY = new_key(), new_key()
Entries = dict[str, bytes]


def trusted(key: ECKey, organ: str = SENDER, **more: Any) -> dict[str, PublicKey]:
    """A trust file's content with that key."""
    members = {"x": key.as_dict(private=False)["x"], "y": key.as_dict(private=False)["y"]}
    validity = {"valid_from": AT - timedelta(days=1), "valid_to": AT + timedelta(days=365)}
    known = PublicKey(kid=key.thumbprint(), organ=organ, **{**members, **validity, **more})
    return {known.kid: known}


TRUST = {**trusted(KEY), **trusted(OTHER_KEY, OTHER)}


@dataclass(frozen=True)
class Made:
    """A package as its entries, without the folder."""

    entries: Entries = field(default_factory=dict)

    def zip(self, *more: tuple[str, bytes], folder: str = "transfer") -> io.BytesIO:
        """The zip of the entries; `more` stand in it under their full names."""
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w") as archive:
            for name, content in self.entries.items():
                archive.writestr(f"{folder}/{name}", content)
            for name, content in more:
                archive.writestr(name, content)
        return target

    def changed(self, name: str, content: bytes | None) -> Made:
        """With another content of a file, or without it."""
        entries = {**self.entries, name: content or b""}
        if content is None:
            del entries[name]
        return Made(entries)

    def again(self, key: ECKey = KEY, at: datetime = AT) -> Made:
        """With manifests and signature made anew over what is there."""
        payload = {name: bag.sha256(one) for name, one in self.entries.items() if name.startswith("data/")}
        entries = {**self.entries, bag.MANIFEST: bag.manifest(payload)}
        count = bag.oxum(len(one) for name, one in entries.items() if name.startswith("data/"))
        entries[bag.INFO] = bag.info([("Payload-Oxum", count)])
        tags = {name: bag.sha256(entries[name]) for name in bag.SIGNED_TAGS}
        entries[bag.TAG_MANIFEST] = bag.manifest(tags)
        return Made(
            entries | {bag.SIGNATURE: sign(entries[bag.TAG_MANIFEST], key.as_dict(private=True), at).encode()}
        )

    def with_record(self, change: Callable[[dict[str, Any]], object], key: ECKey = KEY) -> Made:
        """With another record, hashed and signed as if it were genuine."""
        record = json.loads(self.entries[bag.RECORD])
        change(record)
        return self.changed(bag.RECORD, json.dumps(record).encode()).again(key)


def whole() -> Made:
    """A package in which nothing is wrong, as the code that issues packages makes it."""
    record = Record.model_validate_json(json.dumps(_record(), default=str))

    def content(name: str) -> Callable[[], AsyncIterator[bytes]]:
        async def blocks() -> AsyncIterator[bytes]:
            yield FILES[name]

        return blocks

    contents = [Content(str(one.path), one.sha256, one.size, content(one.name)) for one in record.files]
    made = make(record, contents, lambda text: sign(text, KEY.as_dict(private=True), AT))

    async def written() -> bytes:
        return b"".join([block async for block in zipped(made)])

    with ThreadPoolExecutor(1) as beside:  # also where a loop runs already
        whole_zip = beside.submit(asyncio.run, written()).result()
    with zipfile.ZipFile(io.BytesIO(whole_zip)) as archive:
        return Made({one.split("/", 1)[1]: archive.read(one) for one in archive.namelist()})


def _record() -> dict[str, Any]:
    me = {"organ": SENDER, "login": "handler1", "name": "李春梅"}
    step = {"from_state": None, "organ": SENDER, "officer": me, "organ_name": "局", "officer_name": "李春梅"}
    rest: dict[str, Any] = {"inputs": {}, "internal_to": None, "at": AT, "occurred_at": None}
    files = [
        {
            "id": uuid.uuid5(uuid.NAMESPACE_URL, name), "organ": SENDER, "organ_kind": "enforcement",
            "item": None, "name": name, "media_type": "text/plain", "size": len(text),
            "sha256": bag.sha256(text),
            "uploaded_by": me, "uploaded_at": AT, "removed_at": None, "removed_reason": None,
            "path": bag.payload_path("evidence", place, name),
        }
        for place, (name, text) in enumerate(FILES.items(), 1)
    ]  # fmt: skip
    nothing = (
        "findings officer_findings outside_penalties checklist exhibits photographs counts disposals clocks "
        "clock_changes documents prints scans custody"
    )
    return {
        "format": "xianjie-transfer-package", "version": 1,
        "issue": {"organ": SENDER, "officer": me, "at": AT, "origin": None},
        "organs": [
            {"code": SENDER, "name": "某局", "kind": "enforcement", "level": "county", "region": 320506},
            {"code": POLICE, "name": "某分局", "kind": "police", "level": "county", "region": 320506},
        ],
        "case": _case(me), "parties": [_party()], "files": files, "transfer": _transfer(me),
        "details": {"summary": "", "place": "", "penalty_text": "", "published_source": None},
        "steps": [{"id": uuid.UUID(int=7), "action": "send", "to_state": "sent", **step, **rest}],
        **{part: [] for part in nothing.split()},
    }  # fmt: skip


def _case(me: Mapping[str, str]) -> dict[str, Any]:
    nothing = dict.fromkeys(
        (
            "organ_number", "case_source", "filed_on", "act_end_date", "decision_number", "decided_on",
            "fine_amount", "confiscated_amount", "reached_at", "not_transferred_reason",
        )
    )  # fmt: skip
    return {
        "id": uuid.UUID(int=1), "number": "320506201900000014", "organ": SENDER, "source_system": "api",
        "source_id": "1", "cause": "sell_infringing_goods", "penalties": ["罚款"],
        "amount_involved": "80000.00", "facts": {}, "party_record": {}, "conclusion": "must_transfer",
        "charges": ["214"], "law_version": "x",
        "generated": False, "revision": 1, "created_by": me, "created_at": AT, "updated_at": AT,
        "taken_up": True, "suspected_at": None, **nothing,
    }  # fmt: skip


def _party() -> dict[str, Any]:
    return {
        "id": uuid.UUID(int=2), "position": 1, "kind": "person", "name": "李建国", "uscc": None,
        "legal_representative": None, "id_number": "320506198001010017", "phone": None, "address": None,
    }  # fmt: skip


def _transfer(me: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": uuid.UUID(int=3), "number": "吴中市监移〔2019〕99号",
        "organ": SENDER, "charge": "214",
        "state": "sent", "proposal": None, "proposed_by": None, "matters": [], "police": POLICE,
        "police_past": [], "procuratorate": None, "court": None, "task_group": [me], "revision": 1,
        "opened_by": me, "opened_at": AT, "sent_at": AT, "closed_at": None, "updated_at": AT,
    }  # fmt: skip
