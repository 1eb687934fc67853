"""Checks the law's data as a whole: what stops the process, and what a lawyer should look at again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain

from app.law.checklist import charges_with_checklist, evidence_items
from app.law.clocks import clocks
from app.law.documents import documents
from app.law.exhibits import exhibit_law
from app.law.legal_days import published_calendar
from app.law.models import Charge, Version
from app.law.notation import comparisons
from app.law.penalties import penalties
from app.law.procedure_table import (
    clue_procedure,
    detention_procedure,
    reverse_procedure,
    transfer_procedure,
)
from app.law.reachability import absorbed, charge_file, impossible, unreachable_charges
from app.law.reading import LAW, LawDataError, Problems, line_of
from app.law.statute_checks import conditions
from app.law.statutes import law
from app.law.supervision import supervision

_LOADED: tuple[Callable[[], object], ...] = (
    law,
    clocks,
    published_calendar,
    documents,
    charges_with_checklist,
    transfer_procedure,
    clue_procedure,
    reverse_procedure,
    detention_procedure,
    supervision,
    exhibit_law,
    penalties,
)


def errors() -> tuple[LawDataError, ...]:
    """Everything for which the process refuses to start: bad notation, unknown names, what can never hold."""
    problems = Problems()
    for load in _LOADED:  # what stands on a file with errors tells these again; each is kept once
        with problems.noted():
            load()
    try:
        problems.tell()
    except LawDataError as error:
        return error.all
    found = chain.from_iterable(impossible(charge) for charge in law().charges.values())
    return (*found, *chain.from_iterable(unreachable_charges(cause) for cause in law().causes.values()))


def require_good_law() -> None:
    """For a process that starts: raises LawDataError with all errors, if there are any."""
    problems = Problems()
    for error in errors():
        with problems.noted():
            raise error
    problems.tell()


def warnings() -> Iterator[LawDataError]:
    """What may be right and should be looked at: only for data without errors."""
    for charge in law().charges.values():
        yield from absorbed(charge)
        yield from _outdated_citations(charge)
        if charge.kind == "charge" and charge.charge not in charges_with_checklist():
            file = charge_file(charge.charge)
            says = f"罪名 {charge.charge} 没有证据清单"
            yield LawDataError(file, line_of(file, "charge:"), says, f"在 evidence/ 下补 {file.name}")
    file = LAW / "facts.yaml"
    for name in law().facts.keys() - _used_facts():
        says, remedy = f"要素 {name} 没有任何罪名、案由或证据清单使用", "确实不用的删去，否则核对拼写"
        yield LawDataError(file, line_of(file, f"id: {name}"), says, remedy)


def _outdated_citations(charge: Charge) -> Iterator[LawDataError]:
    """Instruments that were in force on no day of the version that names them."""
    for version in charge.versions:
        named = [*version.instruments, *(cite.partition(" ")[0] for cite in version.citations)]
        for name in dict.fromkeys(named):
            if not _overlaps(version, name):
                file = charge_file(charge.charge)
                says = f"{version.id} 所引 {name} 在本版本施行期间没有施行过"
                yield LawDataError(
                    file, line_of(file, f"id: {version.id}"), says, "核对日期；沿用旧标准的在 says 中写明"
                )


def _overlaps(version: Version, instrument: str) -> bool:
    one = law().instruments[instrument]
    begins_in_time = version.to is None or one.from_ <= version.to
    return begins_in_time and (one.to is None or version.from_ <= one.to)


def _used_facts() -> set[str]:
    used = {"act_end_date", "product_category"}
    for charge in law().charges.values():
        for condition, _ in conditions(charge):
            used.update(one.fact for one in comparisons(condition))
    for cause in law().causes.values():
        used.update(cause.implies)
    for item in evidence_items():
        if item.when is not None:
            used.update(one.fact for one in comparisons(item.when))
    return used.union(*(law().facts[name].sum_of for name in used))
