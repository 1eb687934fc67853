"""The numbers of documents: organ, kind, year and serial, in the wording that the organ has chosen.

The serial counts the documents of one organ, kind and year without gaps: it is drawn in the transaction that
issues the document. A change of wording is for numbers to come.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from app.audit.events import differences, record
from app.database.transaction import Acting, Row
from app.documents.matter import Matter
from app.documents.models import NumberRule, NumberRuleSet
from app.errors import NotAllowed, invalid
from app.law.documents import Document, documents
from app.organs.numbers import next_serial

PATTERN = "{abbreviation}{letters}〔{year}〕{serial}号"
MAY_SET = ("head", "statistics", "system_admin")


@dataclass(frozen=True)
class Number:
    """A number; `year` and `serial` where it was drawn from the organ's own series."""

    text: str
    year: int | None = None
    serial: int | None = None


async def draw(tx: Acting, document: Document, matter: Matter, document_id: UUID) -> Number:
    """The number of a document that is being issued."""
    if matter.restricted:  # so that no serial tells of a duty-crime clue
        return Number(f"密{document_id.hex[-16:]}")
    if own := await _number_of_subject(tx, document, matter):
        return Number(own)
    rule = await _rule(tx, document)
    year, serial = await next_serial(tx, f"document:{document.id}")
    return Number(_worded(rule, year, serial), year, serial)


async def example(tx: Acting, document: Document) -> str:
    """How the next number of this year would look, were it the first."""
    return (await _rule(tx, document)).example


async def rules(tx: Acting) -> list[NumberRule]:
    """How the numbers of the organ's documents are worded, each with an example."""
    return [await _rule(tx, one) for one in documents().values() if one.issued_by(await _kind(tx))]


async def set_rule(tx: Acting, kind: str, body: NumberRuleSet) -> NumberRule:
    """Word the numbers of one kind of document from now on. Raises NotAllowed, Invalid."""
    if not tx.actor.is_a(*MAY_SET):
        raise NotAllowed("may_not_set_rule", "文号规则由本机关负责人、统计岗或者系统管理员设定，请转告。")
    document = documents().get(kind)
    if document is None or not document.issued_by(await _kind(tx)):
        raise invalid("kind", "document_unknown", "本机关不制发这种文书，请从文号规则的列表中选择。")
    _check_pattern(body.pattern)
    before = await _rule(tx, document)
    after = NumberRule(**{**before.model_dump(), **body.model_dump(), "example": ""})
    await _check_distinct(tx, after)
    await tx.execute(
        """INSERT INTO document_rules (organ_id, kind, abbreviation, letters, pattern, set_by, set_at)
            VALUES (%(organ)s, %(kind)s, %(abbreviation)s, %(letters)s, %(pattern)s, %(officer)s, %(now)s)
            ON CONFLICT (organ_id, kind) DO UPDATE SET abbreviation = excluded.abbreviation,
              letters = excluded.letters, pattern = excluded.pattern, set_by = excluded.set_by,
              set_at = excluded.set_at""",
        body.model_dump(),
        organ=tx.actor.organ_id,
        kind=kind,
        officer=tx.actor.officer_id,
        now=tx.now,
    )
    names = ("abbreviation", "letters", "pattern")
    changes = differences(before.model_dump(include=set(names)), after.model_dump(include=set(names)))
    await record(tx, "document.rule_set", ("document_rule", kind), changes=changes)
    return await _rule(tx, document)


async def _rule(tx: Acting, document: Document) -> NumberRule:
    row = await tx.row(
        """SELECT o.short_name, r.abbreviation, r.letters, r.pattern, r.set_at
            FROM organs o LEFT JOIN document_rules r ON r.organ_id = o.id AND r.kind = %(kind)s
            WHERE o.id = %(organ)s""",
        kind=document.id,
        organ=tx.actor.organ_id,
    )
    found: Row = row or {}
    rule = NumberRule(
        kind=document.id,
        name=document.name,
        abbreviation=found["abbreviation"] or found["short_name"],
        letters=found["letters"] or document.letters,
        pattern=found["pattern"] or PATTERN,
        set_at=found["set_at"],
        example="",
    )
    return rule.model_copy(update={"example": _worded(rule, tx.now.year, 1)})


def _worded(rule: NumberRule, year: int, serial: int) -> str:
    parts = {"abbreviation": rule.abbreviation, "letters": rule.letters, "year": year, "serial": serial}
    text = rule.pattern
    for name, part in parts.items():
        text = text.replace(f"{{{name}}}", str(part))
    return text


def _check_pattern(pattern: str) -> None:
    rest = pattern
    for name in ("abbreviation", "letters", "year", "serial"):
        rest = rest.replace(f"{{{name}}}", "", 1)
    if "{year}" not in pattern or "{serial}" not in pattern or "{" in rest or "}" in rest:
        raise invalid(
            "pattern",
            "pattern_wrong",
            "格式须各写一次 {year} 和 {serial}，可写 {abbreviation}、{letters}，"
            f"不能有其他花括号，例如 {PATTERN}。",
        )


async def _check_distinct(tx: Acting, rule: NumberRule) -> None:
    """Two kinds never have the same number."""
    mine = _worded(rule, 0, 0)
    for other in await rules(tx):
        if other.kind != rule.kind and _worded(other, 0, 0) == mine:
            raise invalid(
                "letters", "number_not_distinct", f"这样编号会与《{other.name}》相同，请换用字或者格式。"
            )


async def _number_of_subject(tx: Acting, document: Document, matter: Matter) -> str | None:
    """The number that the clue or request already has, for the paper by which it was sent."""
    subject = {"clue": matter.clue, "supervision": matter.request}.get(document.number_of or "")
    if not subject or subject["from_organ_id"] != tx.actor.organ_id or not subject["number"]:
        return None
    number: str = subject["number"]
    taken = await tx.value(
        "SELECT 1 FROM documents WHERE organ_id = %(organ)s AND number = %(number)s",
        organ=tx.actor.organ_id,
        number=number,
    )
    return None if taken else number


async def _kind(tx: Acting) -> str:
    """The kind of the acting officer's organ, for an administrator too."""
    return str(await tx.value("SELECT kind FROM organs WHERE id = %(id)s", id=tx.actor.organ_id))
