"""The list of cases as one statement: only the filters that are asked for become conditions.

Row security decides what is seen; each list also names the predicate that fits the actor, so that it is found
by an index. A text that is the same each time is planned once for a connection.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, LiteralString

from app.database.transaction import Actor

# The cursor is what app.http.pages reads: the last id of the page, in URL-safe base64.
_PAGE: LiteralString = """
    SELECT json_build_object(
      'items', coalesce(json_agg(json_build_object(
        'id', c.id, 'number', c.number, 'revision', c.revision,
        'organ', json_build_object('id', o.id, 'code', o.code, 'name', o.name),
        'party', (SELECT p.name FROM parties p WHERE p.case_id = c.id AND p.position = 1),
        'cause', c.cause, 'organ_number', c.organ_number, 'decision_number', c.decision_number,
        'filed_on', c.filed_on, 'act_end_date', c.act_end_date, 'decided_on', c.decided_on,
        'fine_amount', c.fine_amount::text, 'amount_involved', c.amount_involved::text,
        'conclusion', c.conclusion, 'charges', c.charges, 'reached_at', c.reached_at,
        'not_transferred_reason', c.not_transferred_reason, 'generated', c.generated,
        'transfer_state', (SELECT t.state FROM transfers t WHERE t.case_id = c.id ORDER BY t.id DESC LIMIT 1),
        'created_at', c.created_at) ORDER BY c.id DESC) FILTER (WHERE place <= %(most)s), '[]'),
      'next_cursor', CASE WHEN count(*) > %(most)s THEN translate(encode(convert_to(
        (array_agg(c.id ORDER BY c.id DESC))[%(most)s]::text, 'UTF8'), 'base64'), '+/', '-_') END)::text
      FROM (SELECT *, row_number() OVER (ORDER BY c.id DESC) AS place FROM cases c WHERE """

_PAGE_END: LiteralString = """ ORDER BY c.id DESC LIMIT %(most)s + 1) AS c
      JOIN organs o ON o.id = c.organ_id"""

_SENT: LiteralString = "EXISTS (SELECT 1 FROM transfers t WHERE t.case_id = c.id AND t.sent_at IS NOT NULL)"
_FILTERS: dict[str, LiteralString] = {
    "after": "c.id < %(after)s",
    "q": "c.id = ANY (ARRAY(SELECT s.case_id FROM search_cases(%(q)s, 1000) s))",
    "conclusion": "c.conclusion = %(conclusion)s",
    "cause": "c.cause = %(cause)s",
    "charge": "%(charge)s = ANY (c.charges)",
    "organ_id": "c.organ_id = %(organ_id)s",
    "county": "c.county = %(county)s",
    "city": "c.city = %(city)s",
    "province": "c.province = %(province)s",
    "decided_from": "c.decided_on >= %(decided_from)s",
    "decided_to": "c.decided_on <= %(decided_to)s",
}
_AREA: dict[str, LiteralString] = {
    "county": "c.county = (SELECT my_area())",
    "city": "c.city = (SELECT my_area())",
    "province": "c.province = (SELECT my_area())",
}


def page_statement(actor: Actor, asked: Mapping[str, Any]) -> LiteralString:
    """The statement for one page as JSON text; parameters: `most` and those of `asked` that are filters."""
    conditions = [_seen_by(actor, bool(asked.get("opened")))]
    conditions += [condition for name, condition in _FILTERS.items() if asked.get(name) is not None]
    if asked.get("transferred") is not None:
        conditions.append(_SENT if asked["transferred"] else "NOT " + _SENT)
    return _PAGE + " AND ".join(conditions) + _PAGE_END


def _seen_by(actor: Actor, opened: bool) -> LiteralString:
    """What the actor's organ has or oversees; with `opened`, what other organs have opened to it."""
    if opened or actor.kind not in ("enforcement", "procuratorate", "coordinating", "supervising"):
        if actor.kind == "police" and actor.level != "county":
            return (
                "c.id IN (SELECT g.case_id FROM case_grants g WHERE g.from_organ_id <> (SELECT my_organ()))"
            )
        return "c.id IN (SELECT g.case_id FROM case_grants g WHERE g.organ_id = (SELECT my_organ()))"
    if actor.kind == "enforcement" and actor.level == "county":
        return "c.organ_id = (SELECT my_organ())"
    area = _AREA.get(actor.level, "true")
    return area + " AND c.line = (SELECT my_line())" if actor.kind == "enforcement" else area
