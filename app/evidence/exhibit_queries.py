"""Reading exhibits with their photographs, counts and disposals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, LiteralString
from uuid import UUID

from app.database.transaction import Acting, Row
from app.errors import NotAllowed, not_found
from app.evidence.exhibit_models import (
    SIDES,
    STATES,
    Choice,
    DisposalChoice,
    DisposalFieldAsked,
    Disposed,
    Exhibit,
    ExhibitChoices,
    PhotographOnFile,
    SideCount,
)
from app.law.exhibits import Named, cite_dated, exhibit_law

_EXHIBITS: LiteralString = """SELECT e.*, h.name AS holder_organ, e.quantity - coalesce(
      (SELECT sum(d.quantity) FROM exhibit_disposals d WHERE d.exhibit_id = e.id), 0) AS remaining
    FROM exhibits e JOIN organs h ON h.id = e.holder_organ_id WHERE """


async def exhibits_of_case(tx: Acting, case_id: UUID) -> list[Exhibit]:
    """The exhibits of a case in their order. Raises NotFound, NotAllowed."""
    if tx.actor.kind == "coordinating":
        raise NotAllowed("figures_only", "双打办只查看数据和案件编号，不查看涉案物品。")
    if await tx.row("SELECT 1 FROM cases WHERE id = %(id)s", id=case_id) is None:
        raise not_found("案件")
    return await _read(tx, await tx.rows(_EXHIBITS + "e.case_id = %(id)s ORDER BY e.position", id=case_id))


async def exhibit(tx: Acting, exhibit_id: UUID) -> Exhibit:
    """One exhibit. Raises NotFound."""
    return (await _read(tx, [await exhibit_row(tx, exhibit_id)]))[0]


async def exhibit_row(tx: Acting, exhibit_id: UUID) -> Row:
    """The exhibit's row with `remaining`. Raises NotFound."""
    row = await tx.row(_EXHIBITS + "e.id = %(id)s", id=exhibit_id)
    if row is None:
        raise not_found("涉案物品")
    return row


def choices() -> ExhibitChoices:
    """What may be chosen for an exhibit, from the law's data."""
    law = exhibit_law()
    return ExhibitChoices(
        measures=[_choice(one) for one in law.measures],
        valuations=[_choice(one) for one in law.valuations],
        disposals=[
            DisposalChoice(
                id=one.id,
                name=one.name,
                before_handover=one.before_handover,
                fields=[DisposalFieldAsked(**field.model_dump()) for field in one.fields],
                basis=[cite_dated(basis) for basis in one.basis],
            )
            for one in law.disposals
        ],
        perishable=law.perishable.name,
        perishable_basis=[cite_dated(basis) for basis in law.perishable.basis],
    )


def _choice(one: Named) -> Choice:
    return Choice(id=one.id, name=one.name, paper=one.paper, basis=[cite_dated(basis) for basis in one.basis])


async def _read(tx: Acting, rows: list[Row]) -> list[Exhibit]:
    ids = [row["id"] for row in rows]
    photographs = _grouped(
        await tx.rows(
            """SELECT p.exhibit_id, f.id, f.name, encode(f.sha256, 'hex') AS sha256 FROM exhibit_photographs p
                JOIN files f ON f.id = p.file_id WHERE p.exhibit_id = ANY (%(ids)s) AND f.removed_at IS NULL
                ORDER BY f.id""",
            ids=ids,
        )
    )
    counts = _grouped(
        await tx.rows(
            "SELECT * FROM exhibit_counts WHERE exhibit_id = ANY (%(ids)s) ORDER BY at, id", ids=ids
        )
    )
    disposals = _grouped(
        await tx.rows("SELECT * FROM exhibit_disposals WHERE exhibit_id = ANY (%(ids)s) ORDER BY id", ids=ids)
    )
    return [_exhibit(row, photographs[row["id"]], counts[row["id"]], disposals[row["id"]]) for row in rows]


def _grouped(rows: Iterable[Row]) -> Mapping[UUID, list[Row]]:
    found: dict[UUID, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["exhibit_id"]].append(row)
    return found


def _exhibit(row: Row, photographs: list[Row], counts: list[Row], disposals: list[Row]) -> Exhibit:
    law = exhibit_law()
    measure, valuation = law.measure(row["measure"]), law.valuation(row["valuation"])
    derived: dict[str, Any] = {
        "measure_name": measure.name if measure else row["measure"],
        "valuation_name": valuation.name if valuation else row["valuation"],
        "state_name": STATES[row["state"]],
        "photographs": [
            PhotographOnFile(id=one["id"], name=one["name"], sha256=one["sha256"]) for one in photographs
        ],
        "counts": [side_count(one) for one in counts],
        "disposals": [_disposed(one) for one in disposals],
    }
    return Exhibit(**{name: row[name] for name in Exhibit.model_fields if name not in derived}, **derived)


def side_count(row: Row) -> SideCount:
    """A row of exhibit_counts as it travels."""
    return SideCount(
        transfer_id=row["transfer_id"],
        exhibit=row["exhibit_id"],
        side=row["side"],
        side_name=SIDES[row["side"]],
        expected=row["expected"],
        counted=row["counted"],
        difference=row["counted"] - row["expected"],
        note=row["note"],
        organ=row["organ_name"],
        officer=row["officer_name"],
        at=row["at"],
    )


def _disposed(row: Row) -> Disposed:
    kind = exhibit_law().disposal(row["kind"])
    labels = {field.id: field.label for field in kind.fields} if kind else {}
    return Disposed(
        id=row["id"],
        kind=row["kind"],
        kind_name=kind.name if kind else row["kind"],
        quantity=row["quantity"],
        disposed_on=row["disposed_on"],
        recorded={labels.get(name, name): value for name, value in row["recorded"].items()},
        organ=row["organ_name"],
        officer=row["officer_name"],
        at=row["at"],
    )
