"""The time limits as a lawyer reads them."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from app.law.clocks import MARKS, Clock, Extension, Variant, cite, clocks
from app.law.legal_days import UNIT_NAMES


class VariantShown(BaseModel):
    """Another length in a named circumstance; never applied by the machine."""

    when: str
    length: str
    basis: tuple[str, ...]


class ClockShown(BaseModel):
    """A time limit. `mark`: v, s, m or rule; `sure` says it in words."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    starts: tuple[str, ...]
    stops: tuple[str, ...]
    length: str
    extension: str | None
    variants: tuple[VariantShown, ...]
    excludes: tuple[str, ...]
    suspends: tuple[str, ...]
    on_expiry: tuple[str, ...]
    holder: str
    basis: tuple[str, ...]
    mark: str
    sure: str
    note: str | None
    uncertain: str | None


def clocks_shown() -> tuple[ClockShown, ...]:
    """All time limits, in the order of the file."""
    return tuple(_clock(clock) for clock in clocks().values())


def _clock(clock: Clock) -> ClockShown:
    return ClockShown(
        id=clock.id,
        name=clock.name,
        starts=clock.starts,
        stops=clock.stops,
        length=_length(clock),
        extension=_extension(clock.extend) if clock.extend else None,
        variants=tuple(_variant(one) for one in clock.variants),
        excludes=clock.excludes,
        suspends=clock.suspends,
        on_expiry=tuple(one.words for one in clock.on_expiry),
        holder=clock.holder,
        basis=tuple(cite(one) for one in clock.basis),
        mark=clock.mark,
        sure=MARKS[clock.mark],
        note=clock.note,
        uncertain=clock.uncertain,
    )


def _length(clock: Clock | Variant) -> str:
    if clock.length is None:
        return clock.length_by_document or "立即"
    choice = "（机关可设为工作日）" if isinstance(clock, Clock) and clock.or_workday else ""
    return f"{clock.length}{choice}"


def _variant(one: Variant) -> VariantShown:
    return VariantShown(when=one.when, length=_length(one), basis=tuple(cite(basis) for basis in one.basis))


def _extension(one: Extension) -> str:
    by = f"{one.n}{UNIT_NAMES[one.unit]}" if one.n and one.unit else ""
    times = f"，限{one.times}次" if one.times else ""
    then = f"；{one.then}" if one.then else ""
    return f"可延长{by}（{one.by}{times}）{then}"
