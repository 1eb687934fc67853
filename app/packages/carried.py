"""Which columns of which tables a package carries, and how each stands in the record.

One list for both ways: what is gathered here is what is put down there. A column that another installation
could not understand is translated (organs and officers), one that it makes itself is left.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import LiteralString

Names = tuple[LiteralString, ...]
_OF_CASE: LiteralString = "case_id = %(case)s"
_OF_TRANSFER: LiteralString = "transfer_id = %(transfer)s"
_OF_EITHER: LiteralString = (
    "(transfer_id = %(transfer)s OR (case_id = %(case)s AND transfer_id IS NULL)) AND supervision_id IS NULL"
)

# What was issued, as far as the police may read it: a package is the file that they take over.
ISSUED: LiteralString = (
    f"{_OF_EITHER} AND referral_id IS NULL AND number IS NOT NULL"
    " AND (organ_kind = 'police' OR readers && ARRAY['police', 'any'])"
)


@dataclass(frozen=True)
class Carried:
    """One table. `organs` and `officers` map columns to the record's fields.

    `placed` are columns whose value follows from the case and transfer, `made` those that follow from the row
    itself, `computed` fields that the row tells and that are no columns, `left` columns that the receiving
    installation makes itself.
    """

    part: LiteralString
    table: LiteralString
    where: LiteralString
    plain: Names
    as_text: Names = ()
    hashes: Names = ()
    organs: Mapping[LiteralString, str] = field(default_factory=dict)
    officers: Mapping[LiteralString, str] = field(default_factory=dict)
    placed: Names = ()
    made: Names = ()
    computed: Mapping[LiteralString, LiteralString] = field(default_factory=dict)
    left: Names = ()
    order: LiteralString = "id"
    single: bool = False

    def columns(self) -> Names:
        """All columns that are put down."""
        return (
            *self.plain,
            *self.as_text,
            *self.hashes,
            *self.organs,
            *self.officers,
            *self.placed,
            *self.made,
        )

    def selection(self) -> LiteralString:
        """The rows as one JSON value."""
        columns: list[LiteralString] = [
            *self.plain,
            *self.organs,
            *self.officers,
            *(name + "::text AS " + name for name in self.as_text),
            *(sql + " AS " + name for name, sql in self.computed.items()),
            *("encode(" + name + ", 'hex') AS " + name for name in self.hashes),
        ]
        if "transfer_id" in self.placed and "case_id" in self.placed:
            columns.append("CASE WHEN transfer_id IS NULL THEN 'case' ELSE 'transfer' END AS of")
        rows = "SELECT " + ", ".join(columns) + " FROM " + self.table + " WHERE " + self.where
        if self.single:
            return "(SELECT to_jsonb(r) FROM (" + rows + ") AS r)"
        return (
            "(SELECT coalesce(jsonb_agg(to_jsonb(r) ORDER BY r."
            + self.order
            + "), '[]') FROM ("
            + rows
            + ") AS r)"
        )


def _names(text: LiteralString) -> Names:
    return tuple(text.split())


_SEALED: Names = ("id_number_sealed", "phone_sealed")
_ACTED: Mapping[LiteralString, str] = {"officer_id": "officer"}
_ACTED_FOR: Mapping[LiteralString, str] = {"organ_id": "organ"}

# In the order in which they are put down: what is referred to comes first.
CARRIED: tuple[Carried, ...] = (
    Carried(
        "case",
        "cases",
        "id = %(case)s",
        _names(
            "id number source_system source_id organ_number case_source cause filed_on "
            "act_end_date decision_number decided_on penalties facts party_record conclusion "
            "charges law_version reached_at not_transferred_reason generated revision created_at "
            "updated_at taken_up suspected_at"
        ),
        as_text=("fine_amount", "confiscated_amount", "amount_involved"),
        organs=_ACTED_FOR,
        officers={"created_by": "created_by"},
        placed=("line",),
        left=("county", "city", "province", "untransferred_since"),
        single=True,
    ),
    Carried(
        "details",
        "case_details",
        _OF_CASE,
        _names("summary place penalty_text published_source"),
        placed=("case_id",),
        single=True,
    ),
    Carried(
        "parties",
        "parties",
        _OF_CASE,
        _names("id position kind name uscc legal_representative address"),
        hashes=_SEALED,
        placed=("case_id",),
        made=_names("id_number_index id_number_masked phone_masked"),
        left=("name_pairs",),
        order="position",
    ),
    Carried(
        "findings",
        "findings",
        _OF_CASE,
        _names("id screened_at screened_for law_version act_end_date decided_on facts conclusion result"),
        placed=("case_id",),
    ),
    Carried(
        "officer_findings",
        "officer_findings",
        _OF_CASE,
        _names("id kind charge reasons officer_name found_at"),
        officers=_ACTED,
        placed=("case_id",),
    ),
    Carried(
        "outside_penalties",
        "outside_penalties",
        _OF_CASE,
        _names("id organ_name cause decided_on source added_at"),
        officers={"added_by": "added_by"},
        placed=("case_id",),
    ),
    Carried(
        "checklist",
        "evidence_items",
        _OF_CASE,
        _names("id item status note updated_at"),
        officers={"updated_by": "updated_by"},
        placed=("case_id",),
    ),
    Carried(
        "files",
        "files",
        _OF_CASE,
        _names("id organ_kind item name media_type size uploaded_at removed_at removed_reason"),
        hashes=("sha256",),
        organs=_ACTED_FOR,
        officers={"uploaded_by": "uploaded_by"},
        placed=("case_id",),
        left=("clue_id", "checked_at", "damaged_at"),
    ),
    Carried(
        "exhibits",
        "exhibits",
        _OF_CASE,
        _names(
            "id position name specification unit valuation valuation_paper features origin place "
            "keeper measure seizure_paper seized_on perishable sample_of note state revision "
            "created_at updated_at"
        ),
        as_text=("quantity", "value"),
        organs={"organ_id": "organ", "holder_organ_id": "holder"},
        officers={"created_by": "created_by"},
        placed=("case_id",),
    ),
    Carried(
        "photographs",
        "exhibit_photographs",
        "exhibit_id IN (SELECT e.id FROM exhibits e WHERE e.case_id = %(case)s)",
        ("exhibit_id", "file_id", "added_at"),
        officers={"added_by": "added_by"},
        order="file_id",
    ),
    Carried(
        "disposals",
        "exhibit_disposals",
        "exhibit_id IN (SELECT e.id FROM exhibits e WHERE e.case_id = %(case)s)",
        _names("id exhibit_id kind disposed_on recorded officer_name organ_name at"),
        as_text=("quantity",),
        organs=_ACTED_FOR,
        officers=_ACTED,
    ),
    Carried(
        "custody",
        "custody",
        """file_id IN (SELECT f.id FROM files f WHERE f.case_id = %(case)s)
            OR exhibit_id IN (SELECT e.id FROM exhibits e WHERE e.case_id = %(case)s)""",
        _names(
            "id file_id exhibit_id action why from_keeper to_keeper place officer_name organ_name "
            "at written_at"
        ),
        organs=_ACTED_FOR,
        officers=_ACTED,
    ),
    Carried(
        "transfer",
        "transfers",
        "id = %(transfer)s",
        _names("id number charge state proposal matters revision opened_at sent_at closed_at updated_at"),
        organs={
            "organ_id": "organ",
            "police_organ_id": "police",
            "police_past": "police_past",
            "procuratorate_organ_id": "procuratorate",
            "court_organ_id": "court",
        },
        officers={"proposed_by": "proposed_by", "task_group": "task_group", "opened_by": "opened_by"},
        placed=("case_id", "line"),
        left=_names("county city province police_city police_province"),
        single=True,
    ),
    Carried(
        "counts",
        "exhibit_counts",
        _OF_TRANSFER,
        _names("id exhibit_id side note officer_name organ_name at"),
        as_text=("counted", "expected"),
        organs=_ACTED_FOR,
        officers=_ACTED,
        placed=("transfer_id",),
    ),
    Carried(
        "steps",
        "transfer_steps",
        _OF_TRANSFER,
        _names("id action from_state to_state organ_name officer_name inputs internal_to at occurred_at"),
        organs=_ACTED_FOR,
        officers=_ACTED,
        placed=("transfer_id",),
    ),
    Carried(
        "clocks",
        "clocks",
        _OF_EITHER,
        _names(
            "id clock started_at due_at provisional reasons stopped_at stopped_by length_n length_unit "
            "length_why halted_at halted_on"
        ),
        organs={"holder_organ_id": "holder"},
        placed=("organ_id", "line", "case_id", "transfer_id"),
        left=_names("county city province clue_id supervision_id referral_id warned_at expiry_noticed_at"),
    ),
    Carried(
        "clock_changes",
        "clock_changes",
        f"clock_id IN (SELECT k.id FROM clocks k WHERE {_OF_EITHER})",
        _names(
            "id clock_id kind ground n unit since until document party_notice reason due_before due_after "
            "officer_name organ_name at"
        ),
        organs=_ACTED_FOR,
        officers=_ACTED,
    ),
    Carried(
        "documents",
        "documents",
        ISSUED,
        _names(
            "id kind state number serial_year serial organ_kind readers step_id action replaces "
            "filled content docx_size created_at updated_at issued_at voided_at void_reason "
            "revision"
        ),
        hashes=("template_sha256", "docx_sha256"),
        organs=_ACTED_FOR,
        officers={"created_by": "created_by", "issued_by": "issued_by", "voided_by": "voided_by"},
        placed=("case_id", "transfer_id"),
        left=("clue_id", "supervision_id", "referral_id"),
    ),
    Carried(
        "prints",
        "document_prints",
        f"document_id IN (SELECT d.id FROM documents d WHERE {ISSUED})",
        ("document_id", "made_at"),
        hashes=("sha256",),
        computed={"size": "length(pdf)"},
        made=("pdf",),
        order="document_id",
    ),
    Carried(
        "scans",
        "document_scans",
        f"document_id IN (SELECT d.id FROM documents d WHERE {ISSUED})",
        _names("id document_id name media_type size uploaded_at"),
        hashes=("sha256",),
        organs=_ACTED_FOR,
        officers={"uploaded_by": "uploaded_by"},
    ),
)


def whole_file() -> LiteralString:
    """One statement, so that all parts are of one moment: the rows of every table as one JSON object."""
    parts: list[LiteralString] = [f"'{one.part}', {one.selection()}" for one in CARRIED]
    return "SELECT jsonb_build_object(" + ", ".join(parts) + ")"
