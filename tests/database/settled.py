"""Rows of every table, of four organs in two provinces, put in as the owner; each row has a tag.

Cases A (market, Wuzhong), B (market, Kunshan), T (tobacco, Wuzhong), C (market, Hefei). A and C were sent to
the police; C is prosecuted. Three clues of A's organ: sent, a draft, and a duty-crime clue.
"""

from __future__ import annotations

import hashlib
import uuid
from typing import Any

import psycopg

MARKET_A, MARKET_B = "320506-market", "320583-market"
TOBACCO, MARKET_C = "320506-tobacco", "340104-market"
CASES = {"A": MARKET_A, "B": MARKET_B, "T": TOBACCO, "C": MARKET_C}
Tags = dict[str, dict[str, str]]

# table -> SQL of the key by which a row is told from the others
KEYS = {
    "alembic_version": None,
    "organs": "code",
    "officers": "id::text",
    "credentials": "officer_id::text",
    "sign_ins": "id::text",
    "audit_events": "id::text",
    "audit_changes": "event_id::text",
    "idempotency_keys": "key",
    "number_series": "kind",
    "notices": "id::text",
    "notice_reads": "notice_id::text",
    "cases": "id::text",
    "case_details": "case_id::text",
    "parties": "id::text",
    "findings": "id::text",
    "case_grants": "case_id::text || organ_id::text",
    "officer_findings": "id::text",
    "outside_penalties": "id::text",
    "changed_parties": "case_id::text",
    "evidence_items": "id::text",
    "files": "id::text",
    "uploads": "id::text",
    "exhibits": "id::text",
    "exhibit_photographs": "exhibit_id::text",
    "exhibit_counts": "id::text",
    "exhibit_disposals": "id::text",
    "custody": "id::text",
    "transfers": "id::text",
    "transfer_steps": "id::text",
    "clocks": "id::text",
    "clock_changes": "id::text",
    "clock_settings": "clock",
    "calendar_years": "year::text",
    "organ_keys": "kid",
    "received_packages": "id::text",
    "clues": "id::text",
    "clue_officers": "clue_id::text",
    "clue_steps": "id::text",
    "supervision_requests": "id::text",
    "referrals": "id::text",
    "referral_steps": "id::text",
    "documents": "id::text",
    "document_texts": "document_id::text",
    "document_prints": "document_id::text",
    "document_scans": "id::text",
    "document_rules": "organ_id::text",
    "search_entries": "id::text",
    "saved_searches": "id::text",
}


def id_of(table: str, tag: str) -> uuid.UUID:
    """The id of a tagged row."""
    return uuid.uuid5(uuid.NAMESPACE_OID, f"{table} {tag}")


class Settled:
    """Puts the rows in and remembers their tags."""

    def __init__(self, connection: psycopg.Connection[Any], officers: dict[str, int]) -> None:
        self.connection, self.officers = connection, officers
        self.tags: Tags = {table: {} for table in KEYS}
        rows = connection.execute("SELECT code, id FROM organs").fetchall()
        self.organs: dict[str, int] = {str(code): int(organ) for code, organ in rows}

    def put(self, table: str, tag: str, **columns: Any) -> None:
        """One row; `id` is the tag's unless the table has none."""
        names = list(columns)
        marks = ", ".join(f"%({name})s" for name in names)
        key = self.connection.execute(
            f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks}) RETURNING {KEYS[table]}", columns
        ).fetchone()
        assert key is not None
        self.tags[table][str(key[0])] = tag

    def settle(self) -> Tags:
        """All rows; the tags by table and key."""
        for code, organ in self.organs.items():
            self.tags["organs"][code] = code
            for who, officer in self.officers.items():
                if who.endswith(f"@{code}"):
                    self.tags["officers"][str(officer)] = code
            assert organ
        for tag, code in CASES.items():
            self._case(tag, code)
        self._transfer("A", "320506", "received", None)
        self._transfer("C", "340104", "prosecuted", self.organs["340104-court"])
        for tag, recipient, duty, sent in (
            ("clue", "handler@320506-police", False, True),
            ("draft", "handler@320506-police", False, False),
            ("duty", "handler@320506-commission", True, True),
        ):
            self._clue(tag, recipient, duty, sent)
        for tag in "AC":
            for kind, readers in (("", ["police"]), ("-inside", []), ("-draft", ["police"])):
                self._document(f"{tag}{kind}", CASES[tag], readers, case_id=id_of("cases", tag),
                               transfer_id=id_of("transfers", tag))  # fmt: skip
            organ, officer = self.organs[CASES[tag]], self.officers[f"head@{CASES[tag]}"]
            self.put(
                "document_rules", tag, organ_id=organ, kind="transfer_letter", abbreviation="x", letters="x",
                pattern="{year}{serial}", set_by=officer, set_at="2026-01-01",
            )  # fmt: skip
        for tag in ("clue", "duty"):
            self._document(tag, MARKET_A, ["any"], clue_id=id_of("clues", tag))
        self._referral("rev", "reverse", "320506-procuratorate", MARKET_A, None, "procuratorate")
        self._referral("rev-draft", "reverse", "320506-police", MARKET_A, "320506-police", None)
        self._referral("det", "detention", MARKET_C, MARKET_C, "340104-police", "police")
        self._personal()
        for (entry,) in self.connection.execute("SELECT id::text FROM search_entries").fetchall():
            self.tags["search_entries"][entry] = "entered by triggers"
        return self.tags

    def _referral(
        self, tag: str, kind: str, sender: str, market: str, police: str | None, inside: str | None
    ) -> None:
        """One referral; that which is a draft is not sent. `inside`: a step within this kind of organ."""
        officer = self.officers[f"{'handler1' if sender == market else 'handler'}@{sender}"]
        referral, organ = id_of("referrals", tag), self.organs[market]
        self.put(
            "referrals", tag, id=referral, number=tag, kind=kind, from_organ_id=self.organs[sender], line="",
            enforcement_organ_id=organ, police_organ_id=self.organs[police] if police else None,
            procuratorate_organ_id=self.organs[f"{market[:6]}-procuratorate"], state="sent",
            party_name="secret",
            opened_by=officer, opened_at="2026-01-05", updated_at="2026-01-05",
            sent_at=None if tag.endswith("draft") else "2026-01-06",
        )  # fmt: skip
        steps = {tag: None} | ({f"{tag}-inside": inside} if inside else {})
        for step, internal in steps.items():
            self.put(
                "referral_steps", step, id=id_of("referral_steps", step), referral_id=referral, action="x",
                to_state="sent", organ_id=self.organs[sender], officer_id=officer, organ_name="x",
                officer_name="x", internal_to=internal, occurred_at="2026-01-05", at="2026-01-05",
            )  # fmt: skip
        self._clock(tag, organ, organ, referral_id=referral)

    def _document(self, tag: str, code: str, readers: list[str], **about: uuid.UUID) -> None:
        organ, officer = self.organs[code], self.officers[f"handler1@{code}"]
        document, issued = id_of("documents", tag), not tag.endswith("draft")
        frozen = {
            "number": tag, "content": "{}", "docx_sha256": hashlib.sha256(b"x").digest(),
            "issued_by": officer, "issued_at": "2026-01-05",
        }  # fmt: skip
        self.put(
            "documents", tag, id=document, kind="transfer_letter", state="issued" if issued else "draft",
            organ_id=organ, organ_kind="enforcement", readers=readers, created_by=officer,
            created_at="2026-01-05", updated_at="2026-01-05", **(frozen if issued else {}), **about,
        )  # fmt: skip
        if not issued:
            return
        self.put("document_texts", tag, document_id=document, docx=b"x")
        self.put(
            "document_prints", tag, document_id=document, sha256=hashlib.sha256(b"x").digest(), pdf=b"x",
            made_at="2026-01-05",
        )  # fmt: skip
        self.put(
            "document_scans", tag, id=id_of("document_scans", tag), document_id=document, organ_id=organ,
            name="x", media_type="image/png", size=1, sha256=b"x", uploaded_by=officer,
            uploaded_at="2026-01-05",
        )  # fmt: skip

    def _case(self, tag: str, code: str) -> None:
        organ, handler = self.organs[code], self.officers[f"handler1@{code}"]
        case = id_of("cases", tag)
        self.put(
            "cases", tag, id=case, number=tag, organ_id=organ, line="", source_system="api", source_id="same",
            cause="x", conclusion="must_transfer", law_version="1", created_by=handler,
            reached_at="2026-01-01",
        )  # fmt: skip
        self.put("case_details", tag, case_id=case, summary="secret")
        self.put(
            "parties", tag, id=id_of("parties", tag), case_id=case, position=1, kind="person", name="张三"
        )
        self.put(
            "findings", tag, id=id_of("findings", tag), case_id=case, screened_for="entry", law_version="1",
            decided_on="2026-01-01", facts="{}", conclusion="must_transfer", result="{}",
        )  # fmt: skip
        self.put(
            "officer_findings", tag, id=id_of("officer_findings", tag), case_id=case, kind="suspicion",
            charge="214", reasons="secret", officer_id=handler, officer_name="x", found_at="2026-01-01",
        )  # fmt: skip
        self.put(
            "outside_penalties", tag, id=id_of("outside_penalties", tag), case_id=case, organ_name="x",
            cause="x", decided_on="2026-01-01", source="x", added_by=handler, added_at="2026-01-01",
        )  # fmt: skip
        self.put("changed_parties", tag, case_id=case, name="secret")
        self.put(
            "evidence_items", tag, id=id_of("evidence_items", tag), case_id=case, item="x", status="present",
            updated_by=handler,
        )  # fmt: skip
        self._file(tag, code, handler, case_id=case)
        self._exhibit(tag, organ, handler, case)
        self._clock(tag, organ, organ, case_id=case)
        self._event(tag, code, f"handler1@{code}", case_id=case)
        if tag in "AC":
            procuratorate = f"{code[:6]}-procuratorate"
            request = id_of("supervision_requests", tag)
            self.put(
                "supervision_requests", tag, id=request, number=tag, kind="suggest_transfer", case_id=case,
                from_organ_id=self.organs[procuratorate], to_organ_id=organ, line="", state="issued",
                from_officer_id=self.officers[f"handler@{procuratorate}"], reasons="secret",
            )  # fmt: skip
            self._clock(f"{tag}-supervision", organ, organ, case_id=case, supervision_id=request)

    def _transfer(self, tag: str, region: str, state: str, court: int | None) -> None:
        code, police = CASES[tag], f"{region}-police"
        case, organ, handler = id_of("cases", tag), self.organs[code], self.officers[f"handler1@{code}"]
        transfer = id_of("transfers", tag)
        self.put(
            "transfers", tag, id=transfer, number=tag, case_id=case, organ_id=organ, line="", charge="214",
            state=state, police_organ_id=self.organs[police], court_organ_id=court, opened_by=handler,
            procuratorate_organ_id=self.organs[f"{region}-procuratorate"], sent_at="2026-01-05",
        )  # fmt: skip
        desk = self.officers[f"desk@{police}"]
        self.put(
            "organ_keys", tag, kid=tag * 43, organ_id=organ, x="x", y="y", private_sealed=b"secret",
            valid_from="2026-01-01", valid_to="2028-01-01",
        )  # fmt: skip
        self.put(
            "received_packages", tag, id=id_of("received_packages", tag), transfer_id=transfer,
            package_sha256=tag.encode(), case_id=case, kid=tag * 43, signer_organ_id=organ,
            issued_at="2026-01-05",
            organ_id=self.organs[police], officer_id=desk, received_at="2026-01-06", received_in="1",
        )  # fmt: skip
        for step, by, officer, inside in (
            (tag, organ, handler, None),
            (f"{tag}-police", self.organs[police], desk, None),
            (f"{tag}-inside", self.organs[police], desk, "police"),
        ):
            self.put(
                "transfer_steps", step, id=id_of("transfer_steps", step), transfer_id=transfer, action="x",
                to_state="sent", organ_id=by, officer_id=officer, organ_name="x", officer_name="x",
                internal_to=inside,
            )  # fmt: skip
        self._clock(f"{tag}-transfer", organ, self.organs[police], case_id=case, transfer_id=transfer)
        self._event(f"{tag}-transfer", police, f"desk@{police}", transfer_id=transfer)
        self._file(f"{tag}-police", police, self.officers[f"handler@{police}"], case_id=case)
        for side, by, officer in (("handed_over", organ, handler), ("accepted", self.organs[police], desk)):
            self.put(
                "exhibit_counts", f"{tag}-{side}", id=id_of("exhibit_counts", f"{tag}-{side}"), side=side,
                transfer_id=transfer, exhibit_id=id_of("exhibits", tag), counted=1, expected=1, organ_id=by,
                officer_id=officer, organ_name="x", officer_name="x", at="2026-01-06",
            )  # fmt: skip
        grants = {tag: (police, "transfer")}
        if court:
            grants[f"{tag}-court"] = (f"{region}-court", "prosecution")
        for grant, (to, reason) in grants.items():
            self.put(
                "case_grants", grant, case_id=case, from_organ_id=organ, organ_id=self.organs[to], kind="",
                reason=reason, line="", granted_by=handler,
            )  # fmt: skip

    def _clue(self, tag: str, officer: str, duty: bool, sent: bool) -> None:
        code = MARKET_A
        organ, sender = self.organs[code], self.officers[f"handler1@{code}"]
        recipient = self.organs[officer.partition("@")[2]]
        clue = id_of("clues", tag)
        self.put(
            "clues", tag, id=clue, number=tag if sent else None, duty=duty, from_organ_id=organ, line="",
            kind="duty_crime" if duty else "suspected_crime", from_officer_id=sender, to_organ_id=recipient,
            state="sent" if sent else "drafted", subject="secret", content="secret",
            sent_at="2026-01-05" if sent else None,
        )  # fmt: skip
        self.put(
            "clue_steps", tag, id=id_of("clue_steps", tag), clue_id=clue, action="send", to_state="sent",
            organ_id=organ, officer_id=sender, organ_name="x", officer_name="x",
        )  # fmt: skip
        self._file(tag, code, sender, clue_id=clue)
        self._clock(tag, organ, recipient, clue_id=clue)
        self._event(tag, code, f"handler1@{code}", clue_id=clue, restricted=duty)
        if duty:
            self.put(
                "clue_officers", tag, clue_id=clue, from_organ_id=organ, from_officer_id=sender,
                officer_id=self.officers[officer], named_by=sender,
            )  # fmt: skip

    def _personal(self) -> None:
        self.put(
            "calendar_years", "2027", year=2027, revision=1, rest=[], work=[], source="x", notice_number="x",
            reason="x", officer_id=self.officers[f"handler1@{MARKET_A}"], officer_name="x", organ_name="x",
            recorded_at="2026-01-01",
        )  # fmt: skip
        notices: tuple[tuple[str, str, list[str] | None, str | None], ...] = (
            ("A", MARKET_A, None, None),
            ("A-head", MARKET_A, ["head"], None),
            ("duty", "320506-commission", None, "handler@320506-commission"),
            ("C", MARKET_C, None, None),
        )
        for tag, code, roles, officer in notices:
            self.put(
                "notices", tag, id=id_of("notices", tag), organ_id=self.organs[code], roles=roles, kind="x",
                officer_id=self.officers[officer] if officer else None, title="x", subject_kind="case",
                from_organ_id=self.organs["320506-procuratorate"], subject_id=id_of("cases", "A"),
            )  # fmt: skip
        for tag in "AC":
            organ, handler = self.organs[CASES[tag]], self.officers[f"handler1@{CASES[tag]}"]
            self.put("notice_reads", tag, notice_id=id_of("notices", tag), officer_id=handler)
            self.put(
                "clock_settings", tag, organ_id=organ, clock=tag, n=5, unit="workday", reason="x",
                officer_id=handler, officer_name="x", set_at="2026-01-01",
            )  # fmt: skip
            self.put(
                "saved_searches", tag, id=id_of("saved_searches", tag), officer_id=handler, name="secret",
                asked="{}", created_at="2026-01-01",
            )  # fmt: skip
            self.put("idempotency_keys", tag, officer_id=handler, key=tag, request_hash=b"x")
            self.put("number_series", tag, organ_id=organ, kind=tag, year=2026, last=1)
            self.put(
                "sign_ins", tag, id=id_of("sign_ins", tag), officer_id=handler, kind="token",
                expires_at="2027-01-01",
            )  # fmt: skip

    def _exhibit(self, tag: str, organ: int, handler: int, case: uuid.UUID) -> None:
        exhibit = id_of("exhibits", tag)
        by: dict[str, Any] = {
            "organ_id": organ,
            "officer_id": handler,
            "organ_name": "x",
            "officer_name": "x",
        }
        self.put(
            "exhibits", tag, id=exhibit, case_id=case, organ_id=organ, position=1, name="secret",
            specification="x", quantity=1, unit="x", valuation="not_valued", features="x", place="x",
            keeper="x", measure="seizure", seized_on="2026-01-01", perishable=False, state="held",
            holder_organ_id=organ, created_by=handler, created_at="2026-01-01", updated_at="2026-01-01",
        )  # fmt: skip
        self.put(
            "exhibit_photographs", tag, exhibit_id=exhibit, file_id=id_of("files", tag), added_by=handler,
            added_at="2026-01-01",
        )  # fmt: skip
        self.put(
            "exhibit_disposals", tag, id=id_of("exhibit_disposals", tag), exhibit_id=exhibit, kind="sale",
            quantity=1, disposed_on="2026-01-02", recorded="{}", at="2026-01-02", **by,
        )  # fmt: skip
        for kind, held in (("file", id_of("files", tag)), ("exhibit", exhibit)):
            self.put(
                "custody", f"{tag}-{kind}", id=id_of("custody", f"{tag}-{kind}"), action="added", why="x",
                at="2026-01-01", written_at="2026-01-01", **{f"{kind}_id": held}, **by,
            )  # fmt: skip
        self.put(
            "uploads", tag, id=id_of("uploads", tag), officer_id=handler, organ_id=organ, case_id=case,
            name="x", length=1, created_at="2026-01-01", expires_at="2026-01-08",
        )  # fmt: skip

    def _file(self, tag: str, code: str, officer: int, **owner: uuid.UUID) -> None:
        self.put(
            "files", tag, id=id_of("files", tag), organ_id=self.organs[code], name="secret", size=1,
            organ_kind="police" if code.endswith("police") else "enforcement", media_type="text/plain",
            sha256=b"x", uploaded_by=officer, **owner,
        )  # fmt: skip

    def _clock(self, tag: str, organ: int, holder: int, **subject: uuid.UUID) -> None:
        self.put(
            "clocks", tag, id=id_of("clocks", tag), clock="report_transfer", organ_id=organ, line="",
            holder_organ_id=holder, started_at="2026-01-01", **subject,
        )  # fmt: skip
        self.put(
            "clock_changes", tag, id=id_of("clock_changes", tag), clock_id=id_of("clocks", tag),
            kind="paused",
            ground="secret", officer_name="x", organ_name="x", at="2026-01-02",
        )  # fmt: skip

    def _event(self, tag: str, code: str, officer: str, **subject: Any) -> None:
        event = id_of("audit_events", tag)
        self.put(
            "audit_events", tag, id=event, officer_id=self.officers[officer], organ_id=self.organs[code],
            officer_name="x", organ_name="x", roles=[], action="x", subject_kind="x", subject_id="x",
            **subject,
        )  # fmt: skip
        self.put("audit_changes", tag, event_id=event, changes="{}")
