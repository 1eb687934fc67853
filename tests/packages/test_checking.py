"""Every way in which a package can be wrong is named, with the file and what to do."""

from __future__ import annotations

import io
import random
import stat
import warnings
import zipfile
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.packages import bag
from app.packages.checking import Report, check
from app.packages.trust import PublicKey, new_key
from tests.packages.synthetic import AT, KEY, NOW, OTHER, OTHER_KEY, TRUST, Made, trusted, whole

WHOLE = whole()
PHOTO = next(name for name in WHOLE.entries if name.endswith(".jpg"))


def checked(source: Made | io.BytesIO | bytes, trust: Mapping[str, PublicKey] = TRUST) -> Report:
    if isinstance(source, Made):
        source = source.zip()
    return check(io.BytesIO(source) if isinstance(source, bytes) else source, trust, NOW)


def codes(report: Report) -> set[str]:
    for one in report.problems:
        assert one.detail.endswith("。"), one
        assert "请" in one.detail, one
    return {one.code for one in report.problems}


def test_nothing_is_wrong_with_a_whole_package() -> None:
    report = checked(WHOLE)
    assert report.problems == []
    assert report.sha256 == bag.sha256(WHOLE.entries[bag.TAG_MANIFEST])


def test_compressed_by_another_tool_it_is_as_good() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.mkdir("某夹")
        for name, content in WHOLE.entries.items():
            archive.writestr(f"某夹/{name}", content)
    assert checked(target).problems == []


CHANGED: dict[str, tuple[Callable[[Made], Made], str, str]] = {
    "a byte in evidence": (lambda m: m.changed(PHOTO, b"\x00" + m.entries[PHOTO][1:]), "file_changed", PHOTO),
    "a byte in the record": (
        lambda m: m.changed(bag.RECORD, m.entries[bag.RECORD].replace(b"214", b"213", 1)),
        "file_changed",
        bag.RECORD,
    ),
    "a byte in the manifest": (
        lambda m: m.changed(bag.MANIFEST, m.entries[bag.MANIFEST].replace(b"a", b"b", 1)),
        "tag_file_changed",
        bag.MANIFEST,
    ),
    "a byte in bag-info": (
        lambda m: m.changed(bag.INFO, m.entries[bag.INFO] + b"X: y\n"),
        "tag_file_changed",
        bag.INFO,
    ),
    "a byte in the tag manifest": (
        lambda m: m.changed(bag.TAG_MANIFEST, m.entries[bag.TAG_MANIFEST].replace(b"a", b"b", 1)),
        "signature_wrong",
        bag.SIGNATURE,
    ),
    "a byte in the signature": (
        lambda m: m.changed(bag.SIGNATURE, _other_letter(m.entries[bag.SIGNATURE])),
        "signature_wrong",
        bag.SIGNATURE,
    ),
    "no signature": (lambda m: m.changed(bag.SIGNATURE, None), "unsigned", bag.SIGNATURE),
    "an empty signature": (lambda m: m.changed(bag.SIGNATURE, b""), "signature_malformed", bag.SIGNATURE),
    "an attached payload": (
        lambda m: m.changed(bag.SIGNATURE, m.entries[bag.SIGNATURE].replace(b"..", b".eA.")),
        "signature_malformed",
        bag.SIGNATURE,
    ),
    "evidence missing": (lambda m: m.changed(PHOTO, None), "file_missing", PHOTO),
    "record missing": (lambda m: m.changed(bag.RECORD, None), "record_missing", bag.RECORD),
    "manifest missing": (lambda m: m.changed(bag.MANIFEST, None), "tag_file_missing", bag.MANIFEST),
    "declaration missing": (lambda m: m.changed(bag.DECLARATION, None), "tag_file_missing", bag.DECLARATION),
    "a file more": (lambda m: m.changed("data/more.txt", b"x"), "entry_not_listed", "data/more.txt"),
    "a tag file more": (lambda m: m.changed("keys.jwks", b"{}"), "entry_not_listed", "keys.jwks"),
    "not a bag": (
        lambda m: m.changed(bag.DECLARATION, b"BagIt-Version: 0.9\n").again(),
        "not_a_bag",
        bag.DECLARATION,
    ),
    "listed outside": (
        lambda m: m.changed(bag.MANIFEST, m.entries[bag.MANIFEST] + b"0" * 64 + b"  data/../../x\n"),
        "path_outside",
        "data/../../x",
    ),
    "a line that is none": (
        lambda m: m.changed(bag.MANIFEST, m.entries[bag.MANIFEST] + b"nonsense\n"),
        "manifest_malformed",
        bag.MANIFEST,
    ),
    "unrecorded evidence, signed": (
        lambda m: m.changed("data/more.txt", b"x").again(),
        "file_not_recorded",
        "data/more.txt",
    ),
    "exchanged evidence, signed": (
        lambda m: m.changed(PHOTO, b"other").again(),
        "file_not_as_recorded",
        PHOTO,
    ),
}


@pytest.mark.parametrize("way", CHANGED)
def test_what_was_changed_is_named(way: str) -> None:
    change, code, file = CHANGED[way]
    report = checked(change(WHOLE))
    codes(report)
    assert (code, file) in {(one.code, one.file) for one in report.problems}


RECORDS: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "a field more": (lambda r: r.update(more=1), "record_malformed"),
    "a field less": (lambda r: r.pop("steps"), "record_malformed"),
    "a number as text": (lambda r: r["transfer"].update(revision="1"), "record_malformed"),
    "a time without zone": (
        lambda r: r["transfer"].update(sent_at="2025-09-01 08:00"),
        "record_malformed",
    ),
    "another format": (lambda r: r.update(version=2), "record_malformed"),
    "not sent": (lambda r: r["transfer"].update(sent_at=None), "not_sent"),
    "another sender": (lambda r: r["transfer"].update(organ=OTHER), "sender_differs"),
    "an organ that is not listed": (lambda r: r["transfer"].update(court="320506-court"), "organ_not_listed"),
    "another state": (lambda r: r["transfer"].update(state="filed"), "state_differs"),
    "an officer of another organ": (
        lambda r: r["steps"][0]["officer"].update(organ="320506-police"),
        "officer_of_other_organ",
    ),
    "a step twice": (lambda r: r["steps"].append(r["steps"][0]), "id_twice"),
    "a file twice": (lambda r: r["files"][0].update(path=r["files"][1]["path"]), "file_claimed_twice"),
    "content of what was removed": (
        lambda r: r["files"][0].update(removed_at="2025-09-01T08:00:00Z"),
        "file_without_content",
    ),
    "made at another time": (lambda r: r["issue"].update(at="2025-09-02T08:00:00Z"), "issue_time_differs"),
    "made by somebody else": (lambda r: r["issue"].update(organ="320506-police"), "key_of_other_organ"),
}


@pytest.mark.parametrize("way", RECORDS)
def test_a_record_that_disagrees_is_named_though_it_is_signed(way: str) -> None:
    change, code = RECORDS[way]
    report = checked(WHOLE.with_record(change))
    assert code in codes(report)
    assert "signature_wrong" not in codes(report)


def test_a_key_that_is_only_in_the_package_is_not_trusted() -> None:
    own = new_key()
    package = WHOLE.again(own).changed("keys.jwks", b"{}")
    assert {"key_not_trusted", "entry_not_listed"} <= codes(checked(package))


def test_another_known_organ_cannot_sign_for_the_sender() -> None:
    assert codes(checked(WHOLE.again(OTHER_KEY))) == {"key_of_other_organ"}


def test_another_known_organ_cannot_make_itself_the_issuer() -> None:
    def issued_by_other(record: dict[str, Any]) -> None:
        record["issue"]["organ"] = record["issue"]["officer"]["organ"] = OTHER
        record["organs"].append({**record["organs"][0], "code": OTHER})

    assert codes(checked(WHOLE.with_record(issued_by_other, OTHER_KEY))) == {"issuer_not_a_party"}


@pytest.mark.parametrize(
    ("validity", "code"),
    [
        ({"valid_from": AT + timedelta(seconds=1)}, "key_not_yet_valid"),
        ({"valid_to": AT}, "key_expired"),
        ({"revoked_at": NOW, "revoked_reason": "私钥外泄"}, "key_revoked"),
        ({"revoked_at": AT - timedelta(hours=1)}, "key_revoked"),
        ({"valid_from": AT}, None),
        ({"valid_to": AT + timedelta(seconds=1)}, None),
    ],
)
def test_a_key_holds_at_the_time_of_signing(validity: dict[str, Any], code: str | None) -> None:
    report = checked(WHOLE, trusted(KEY, **validity))
    assert codes(report) == ({code} if code else set())


def test_what_is_signed_in_the_future_is_named() -> None:
    report = check(WHOLE.zip(), TRUST, AT - timedelta(hours=1))
    assert codes(report) == {"signed_in_future"}


@pytest.mark.parametrize("content", [b"", b"PK", b"no zip at all" * 100, WHOLE.zip().getvalue()[:-40]])
def test_what_is_no_whole_zip_is_named(content: bytes) -> None:
    assert codes(checked(content)) == {"not_a_zip"}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("../outside.txt", "path_outside"),
        ("transfer/../../outside.txt", "path_outside"),
        ("/etc/passwd", "path_outside"),
        ("transfer/data//x", "path_outside"),
        ("transfer\\data\\x", "path_outside"),
        ("C:/x", "path_outside"),
        ("transfer/data/a\nb", "path_outside"),
        ("loose.txt", "not_one_folder"),
        ("second/bagit.txt", "not_one_folder"),
        ("transfer/BAGIT.TXT", "entry_twice"),
    ],
)
def test_an_entry_in_the_wrong_place_is_named(name: str, code: str) -> None:
    assert code in codes(checked(WHOLE.zip((name, b"x"))))


def test_the_same_entry_twice_is_named() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        package = WHOLE.zip((f"transfer/{PHOTO}", b"other"))
    assert codes(checked(package)) == {"entry_twice"}


def test_a_link_is_named() -> None:
    package = WHOLE.zip()
    with zipfile.ZipFile(package, "a") as archive:
        link = zipfile.ZipInfo("transfer/data/link")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    assert codes(checked(package)) == {"entry_is_link"}


def test_a_bomb_is_named_before_it_is_opened() -> None:
    package = WHOLE.zip()
    with zipfile.ZipFile(package, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("transfer/data/zeros", bytes(8 * 1024 * 1024))
    assert codes(checked(package)) == {"zip_bomb"}


def test_content_that_does_not_come_out_is_named() -> None:
    content = bytearray(WHOLE.zip().getvalue())
    place = content.index(WHOLE.entries[PHOTO])
    content[place] ^= 1
    report = checked(bytes(content))
    assert ("entry_damaged", PHOTO) in {(one.code, one.file) for one in report.problems}


@given(seed=st.integers(0, 2**32))
@settings(max_examples=150, deadline=None)
def test_no_changed_byte_or_dropped_entry_goes_unseen(seed: int) -> None:
    """In the files: whatever is flipped or dropped is seen. In the zip: seen, or the files are the same."""
    chance = random.Random(seed)
    name = chance.choice(sorted(WHOLE.entries))
    if chance.random() < 0.3:
        assert not checked(WHOLE.changed(name, None)).good
        return
    content = WHOLE.entries[name]
    spoilt = _flipped(content, chance.randrange(len(content)), 1 << chance.randrange(8))
    assert not checked(WHOLE.changed(name, spoilt)).good
    container = WHOLE.zip().getvalue()
    container = _flipped(container, chance.randrange(len(container)), 1 << chance.randrange(8))
    report = checked(container)
    codes(report)
    if report.good:
        with zipfile.ZipFile(io.BytesIO(container)) as archive:
            found = {one.split("/", 1)[1]: archive.read(one) for one in archive.namelist()}
        assert found == WHOLE.entries


def test_a_name_spoilt_in_the_header_before_its_file_is_damage() -> None:
    """The directory at the end of the zip has the name still; that before the content does not decode."""
    container = WHOLE.zip().getvalue()
    spoilt = container.replace("照片".encode(), b"\xe7" * 6, 1)
    assert len(spoilt) == len(container)
    assert spoilt != container
    assert codes(checked(spoilt)) == {"entry_damaged"}


def _other_letter(signature: bytes) -> bytes:
    """Another signature, as well written."""
    return signature[:-20] + (b"B" if signature[-20:-19] == b"A" else b"A") + signature[-19:]


def _flipped(content: bytes, at: int, bits: int = 1) -> bytes:
    spoilt = bytearray(content)
    spoilt[at] ^= bits
    return bytes(spoilt)
