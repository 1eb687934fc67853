"""The page of the documentation that says a procedure in full: its states and its actions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.law.clocks import cite, clock
from app.law.documents import documents
from app.law.procedure_map import limit, limits, who
from app.law.procedure_table import Action, Procedure

_HEAD = """# 程序：状态、动作、期限、文书

由 `app/law/` 的程序表生成，改表之后运行 `make procedure`；不要手工修改本页。图中方框为状态，
竖栏为轮到办理的一方，小字为由此起算的期限；虚线为退回。不改变状态的动作（会商、督办、说明等）只列在表中。
"""


def page(procedures: Mapping[str, tuple[str, Procedure]]) -> str:
    """Markdown for these procedures: file name of the drawing → title and table."""
    parts = [_HEAD]
    for drawing, (title, table) in procedures.items():
        parts += [f"## {title}\n", f"![{title}的状态图]({drawing})\n", _states(table), _actions(table)]
    return "\n".join(parts)


def _states(table: Procedure) -> str:
    rows = [
        (state.name, table.parties[state.holder] if state.holder else "—", _list(limits(table, state.id)))
        for state in table.states
    ]
    return f"### {len(rows)}个状态\n\n" + _table(("状态", "轮到", "由此起算的期限"), rows)


def _actions(table: Procedure) -> str:
    head = ("动作", "从", "到", "由谁", "文书", "起算", "终止", "告知", "依据")
    return f"### {len(table.actions)}个动作\n\n" + _table(head, [_row(table, row) for row in table.actions])


def _row(table: Procedure, row: Action) -> tuple[str, ...]:
    return (
        f"{row.label}<br>`{row.id}`",
        _list(table.state(source).name for source in row.sources),
        table.state(row.to).name if row.to else "—",
        who(table, row.by),
        _list(documents()[name].name for name in row.documents),
        _list(f"{limit(name)}（{table.parties[party]}）" for name, party in row.starts.items()),
        _list(clock(name).name for name in row.stops),
        _list(table.parties[party] + table.roles[role] for party, role in row.tells.items()),
        _list(cite(basis) for basis in row.basis),
    )


def _list(words: Iterable[str]) -> str:
    return "、".join(words) or "—"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines) + "\n"
