"""Who may do what with a document: the organ that issues it, within its part in the matter."""

from __future__ import annotations

from typing import Literal

from app.database.transaction import Acting, Row
from app.documents.matter import Matter
from app.errors import NotAllowed
from app.law.documents import Document

May = Literal["edit", "issue", "waive", "void", "attach"]
_WRITES = ("handler", "head", "legal", "desk", "supervisor")
_NEXT: dict[str, list[May]] = {
    "owed": ["edit", "issue", "waive"],
    "draft": ["edit", "issue", "waive"],
    "issued": ["void", "attach"],
    "void": [],
    "waived": [],
}


def may(tx: Acting, row: Row) -> list[May]:
    """What the officer may do with this document now."""
    if row["organ_id"] != tx.actor.organ_id or not tx.actor.is_a(*_WRITES):
        return []
    found = list(_NEXT[row["state"]])
    if not _may_void(tx, row):
        found = [one for one in found if one not in ("void", "waive")]
    return found


def may_draw_up(tx: Acting, document: Document) -> bool:
    """Whether the officer may begin such a document at all."""
    return tx.actor.is_a(*_WRITES) and document.issued_by(tx.actor.kind)


def check_may_draw_up(tx: Acting, matter: Matter, document: Document) -> None:
    """Raises NotAllowed unless the officer's organ issues this document in this matter."""
    if not tx.actor.is_a(*_WRITES) or tx.actor.kind == "administrator":
        raise NotAllowed("role_may_not", "文书由承办人、负责人、法制审核、受理岗或者监督岗制作，请转交。")
    if not document.issued_by(tx.actor.kind):
        raise NotAllowed("document_not_yours", f"《{document.name}》不由您所在的机关制发，请另选文书。")
    if "any" not in document.issuers and not _is_party(tx, matter):
        raise NotAllowed("not_a_party", f"《{document.name}》由办理该移送、案件的机关制发，请转告该机关。")


def check_may(tx: Acting, matter: Matter, document: Document, row: Row, what: May) -> None:
    """Raises NotAllowed unless the officer may do this with what is his organ's; the state is not asked."""
    if row["organ_id"] != tx.actor.organ_id:
        raise NotAllowed("not_own_document", f"该文书由{row['organ']}制发，请转告该机关办理。")
    check_may_draw_up(tx, matter, document)
    if what in ("void", "waive") and not _may_void(tx, row):
        raise NotAllowed("head_only", "作废文书或者认定不需制发，由负责人或者制发人办理，请转告。")


def _may_void(tx: Acting, row: Row) -> bool:
    return tx.actor.is_a("head") or tx.actor.officer_id in (row["issued_by"], row["created_by"])


def _is_party(tx: Acting, matter: Matter) -> bool:
    """Enforcement: whose case it is; police and court: to whom it came; who sees by its area: always."""
    mine = tx.actor.organ_id
    if tx.actor.kind in ("procuratorate", "supervising"):
        return True
    if matter.transfer:
        row = matter.transfer
        return mine in (row["organ_id"], row["police_organ_id"], row["court_organ_id"], *row["police_past"])
    if matter.referral:
        row = matter.referral
        names = ("from_organ_id", "enforcement_organ_id", "police_organ_id")
        return mine in [*(row[name] for name in names), *row["past_organs"]]
    if matter.clue:
        return mine in (matter.clue["from_organ_id"], matter.clue["to_organ_id"], *matter.clue["past_organs"])
    if matter.request:
        return mine in (matter.request["from_organ_id"], matter.request["to_organ_id"])
    return matter.case is not None and mine == matter.case["organ"]["id"]
