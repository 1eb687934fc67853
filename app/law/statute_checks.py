"""What the law's files must agree on among themselves: names that exist, dates in order, ids given once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from difflib import get_close_matches
from itertools import pairwise
from pathlib import Path

from app.law.models import FIGURES, Accumulation, Cause, Charge, Fact, Instrument, Version
from app.law.notation import ORDERINGS, Comparison, Condition, comparisons
from app.law.reading import Problems, checker


def check_facts(
    file: Path, facts: Mapping[str, Fact], accumulation: Mapping[str, Accumulation], problems: Problems
) -> None:
    """Facts have what their type needs, and sums have figures as parts."""
    partners: dict[str, frozenset[str]] = {}
    for fact in facts.values():
        with problems.noted():
            _check_fact(file, fact, facts, accumulation, partners)


def _check_fact(
    file: Path,
    fact: Fact,
    facts: Mapping[str, Fact],
    accumulation: Mapping[str, Accumulation],
    partners: dict[str, frozenset[str]],
) -> None:
    check, place = checker(file), f"id: {fact.id}"
    worded = fact.type in ("enum", "set")
    check(
        worded == bool(fact.values),
        place,
        f"{fact.id} 的取值（values）与类型不符",
        "enum 和 set 要列出取值，其他类型不列",
    )
    unit = fact.type not in ("money_yuan", "count") or fact.unit is not None
    check(unit, place, f"{fact.id} 没有单位", "补上 `unit:`")
    known = fact.accumulated is None or fact.accumulated in accumulation
    check(known, place, f"没有累计规则 {fact.accumulated}", "在 `accumulation:` 下写明")
    if fact.counted:
        kind = fact.type in ("bool", "count")
        check(kind, place, f"{fact.id} 不能由处罚决定计得", "只有 bool 和 count 的要素可以有 `counted:`")
        named = bool(fact.counted.charges or fact.counted.causes or fact.counted.same_cause)
        check(
            named, place, f"{fact.id} 没有写计哪些处罚", "在 `counted:` 下写 charges、causes 或者 same_cause"
        )
    for part in fact.sum_of:
        figure = part in facts and facts[part].type in FIGURES
        check(figure, place, f"{part} 不是数额或数量", "合计只能由数额或数量相加")
        pair = frozenset(fact.sum_of)
        same = len(pair) == 2 and partners.setdefault(part, pair) == pair
        check(same, place, f"{part} 同时与不同的要素合计", "一个要素只与另一个要素合计")


def check_counted(
    file: Path,
    facts: Iterable[Fact],
    charges: Set[str],
    causes: Set[str] | Mapping[str, Cause],
    problems: Problems,
) -> None:
    """What a fact is counted from exists: charges and causes of action."""
    check = checker(file)
    for fact in facts:
        if fact.counted is None:
            continue
        with problems.noted():
            strange = sorted(set(fact.counted.charges).difference(charges))
            check(not strange, f"id: {fact.id}", f"没有罪名 {strange}", "使用 charges/ 中的罪名编号")
            strange = sorted(set(fact.counted.causes).difference(causes))
            check(not strange, f"id: {fact.id}", f"没有案由 {strange}", "使用 causes.yaml 中的编号")


def check_charge(
    file: Path,
    charge: Charge,
    facts: Mapping[str, Fact],
    instruments: Mapping[str, Instrument],
    problems: Problems,
) -> None:
    """A charge names what exists, and the versions of one track follow each other without overlap."""
    check = checker(file)
    with problems.noted():
        named = file.stem == charge.charge.replace("/", "-")
        check(named, "charge:", f"文件名与罪名编号 {charge.charge} 不符", "文件名即编号，一个罪名一个文件")
        gate = charge.kind == "rule" or charge.applies_to is not None
        check(gate, "charge:", "没有写适用于哪些行为", "补上 `applies_to: {conduct: [...]}`")
        since = charge.offence_since.instrument
        check(since in instruments, "offence_since", f"没有依据 {since}", "先写入 instruments.yaml")
    if charge.applies_to:
        for fact in ("conduct", "product_category"):
            with problems.noted():
                strange = sorted(getattr(charge.applies_to, fact) - facts[fact].values.keys())
                check(not strange, "applies_to", f"{fact} 没有取值 {strange}", "使用 facts.yaml 中的取值")
    for version in charge.versions:
        with problems.noted():
            _check_version(file, version, instruments)
    for track, versions in charge.tracks.items():
        for earlier, later in pairwise(versions):
            with problems.noted():
                apart = earlier.to is not None and earlier.to < later.from_
                overlap = f"{earlier.id} 与 {later.id} 的施行日期重叠（同属 {track}）"
                check(apart, f"id: {later.id}", overlap, "前一版的 to 写到后一版施行的前一日")
    for condition, place in conditions(charge):
        for comparison in comparisons(condition):
            with problems.noted():
                _check_comparison(file, comparison, place, facts)


def _check_version(file: Path, version: Version, instruments: Mapping[str, Instrument]) -> None:
    check = checker(file)
    ordered = version.to is None or version.from_ <= version.to
    check(ordered, f"id: {version.id}", f"{version.id} 的 to 早于 from", "核对两个日期")
    for instrument in [*version.instruments, *(cite.partition(" ")[0] for cite in version.citations)]:
        check(instrument in instruments, instrument, f"没有依据 {instrument}", "先写入 instruments.yaml")


def conditions(charge: Charge) -> Iterable[tuple[Condition, Version | None]]:
    """Every condition of a charge with the version in which it stands (none: in all)."""
    for element in charge.elements:
        yield element, None
    for version in charge.versions:
        for condition in version.written_conditions:
            yield condition, version


def _check_comparison(
    file: Path, comparison: Comparison, version: Version | None, facts: Mapping[str, Fact]
) -> None:
    check = checker(file)
    place = comparison.written
    if comparison.fact not in facts:
        near = get_close_matches(comparison.fact, facts, 1)
        remedy = f"是否指 {near[0]}" if near else "使用 facts.yaml 中的要素名"
        check(False, place, f"没有要素 {comparison.fact}", remedy)
    fact = facts[comparison.fact]
    allowed = {
        "bool": {"is"}, "enum": {"is", "in"}, "set": {"any_of", "all_of", "not_empty"}, "date": set[str](),
    }.get(fact.type, set(ORDERINGS))  # fmt: skip
    suits = comparison.operator in allowed
    usable = "、".join(sorted(allowed))
    check(suits, place, f"{comparison.operator} 不能用于 {fact.id}（{fact.type}）", f"可用：{usable}")
    flag = (comparison.flag is not None) == (fact.type == "bool")
    check(flag, place, f"{fact.id} 与另一类型的值比较", "true、false 只用于是非要素")
    strange = sorted(comparison.values - fact.values.keys())
    check(not strange, place, f"{fact.id} 没有取值 {strange}", "使用 facts.yaml 中的取值")
    summed = bool(fact.sum_of) or any(fact.id in other.sum_of for other in facts.values())
    check(
        not summed or comparison.operator == ">=",
        place,
        f"{fact.id} 参与合计，只能用 >=",
        "删去用来划分情形的限制：另一项标准已经包括",
    )
    counts = fact.counted_from is None or bool(version and version.half_threshold_items)
    check(counts, place, f"{fact.id} 没有可数的项目", "在本版本中列出 half_threshold_items")


def check_causes(
    file: Path, causes: Iterable[Cause], facts: Mapping[str, Fact], charges: Set[str], problems: Problems
) -> None:
    """Causes name charges that exist and imply facts and values that exist."""
    check = checker(file)
    for cause in causes:
        place = f"id: {cause.id}"
        for charge in cause.charges:
            with problems.noted():
                check(
                    charge in charges,
                    place,
                    f"{cause.id}：没有罪名 {charge}",
                    "使用 charges/ 中的编号；149 等规则不是罪名",
                )
        for name, value in cause.implies.items():
            with problems.noted():
                said = f"{cause.id} 带出的 {name}: {value} 不成立"
                check(_may_imply(facts.get(name), value), place, said, "使用 facts.yaml 中的要素和取值")


def _may_imply(fact: Fact | None, value: str | tuple[str, ...] | bool) -> bool:
    if fact is None or fact.derived:
        return False
    if isinstance(value, bool):
        return fact.type == "bool"
    words = {value} if isinstance(value, str) else set(value)
    return fact.type == ("enum" if isinstance(value, str) else "set") and words <= fact.values.keys()


def check_ids(charges: Iterable[tuple[Path, Charge]], problems: Problems) -> None:
    """Ids of versions, limbs and sentencing steps stand once in all files."""
    seen: set[str] = set()
    for file, charge in charges:
        names = [version.id for version in charge.versions]
        names += [limb.id for version in charge.versions for limb in version.limbs]
        names += [step.id for version in charge.versions for step in version.aggravated]
        for name in names:
            with problems.noted():
                fresh = name not in seen
                checker(file)(fresh, f"id: {name}", f"编号 {name} 重复", "每一版、每一项各用一个编号")
            seen.add(name)
