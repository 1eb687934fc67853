"""Whether an act may still be punished: the limitation of administrative punishment (行政处罚法第三十六条).

Counted from the day on which the act ended to the day on which it was discovered: two years, five where life,
health or financial safety is concerned and harm was done. The figures stand in `clocks.yaml`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from app.law.clocks import cite, clock

Outcome = Literal["within", "beyond_two", "beyond_five", "unknown"]


@dataclass(frozen=True)
class Limitation:
    """The dates and what follows; `limit`, `long_limit`: the last days on which discovery was in time."""

    act_end: date | None
    discovered: date
    limit: date | None
    long_limit: date | None
    outcome: Outcome

    @property
    def detail(self) -> str:
        """In Chinese, with the dates."""
        return f"{self._found()}依据：{'；'.join(map(cite, clock('penalty_limitation').basis))}。"

    def _found(self) -> str:
        if self.outcome == "unknown":
            return f"未填行为终了日，不能核对追责时效（立案日{self.discovered}视为被发现之日），请补填。"
        dates = f"行为终了于{self.act_end}，{self.discovered}被发现（以行政立案日计）"
        if self.outcome == "within":
            return f"{dates}，在二年（至{self.limit}）之内，可以处罚。"
        if self.outcome == "beyond_two":
            return (
                f"{dates}，已过二年（至{self.limit}），未过五年（至{self.long_limit}）：除涉及公民生命健康安全、"
                "金融安全且有危害后果，或者行为有连续、继续状态的以外，不再给予处罚。"
            )
        return f"{dates}，已过五年（至{self.long_limit}）：除行为有连续、继续状态的以外，不再给予处罚。"


def limitation(act_end: date | None, discovered: date) -> Limitation:
    """How discovery on `discovered` stands to an act that ended on `act_end` (None: not known)."""
    if act_end is None:
        return Limitation(None, discovered, None, None, "unknown")
    law = clock("penalty_limitation")
    long_length = law.variants[0].length
    if law.length is None or long_length is None:
        raise ValueError("penalty_limitation in clocks.yaml has a length and a longer variant")
    limit, long_limit = _after(act_end, law.length.n), _after(act_end, long_length.n)
    outcome: Outcome = "within" if discovered <= limit else "beyond_two"
    if discovered > long_limit:
        outcome = "beyond_five"
    return Limitation(act_end, discovered, limit, long_limit, outcome)


def _after(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)
