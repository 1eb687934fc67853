"""Searches that an officer keeps; nobody else sees them."""

from __future__ import annotations

from uuid import UUID

from app.database.transaction import Acting, new_id
from app.errors import Conflict, Invalid, invalid, not_found
from app.search.models import Filters, SavedSearch, SearchToSave
from app.search.queries import must_read_cases
from app.search.words import has_id_number

MOST = 50


async def saved(tx: Acting) -> list[SavedSearch]:
    """The officer's own, by name."""
    rows = await tx.rows(
        """SELECT id, name, asked AS filters, created_at FROM saved_searches
            WHERE officer_id = %(officer)s ORDER BY name""",
        officer=tx.actor.officer_id,
    )
    return [SavedSearch(**row) for row in rows]


async def save(tx: Acting, given: SearchToSave) -> SavedSearch:
    """Keep a search. Raises NotAllowed, Invalid (an ID number; too many), Conflict (the name)."""
    must_read_cases(tx)
    if has_id_number(given.filters.q):
        raise invalid("filters.q", "id_number_not_kept", "含有身份证件号码的检索不保存，请去掉号码后再保存。")
    kept = await saved(tx)
    if len(kept) >= MOST:
        raise Invalid("too_many_saved", f"最多保存{MOST}个检索，请先删除不用的。")
    filters = given.filters.model_dump(mode="json", include=set(Filters.model_fields), exclude_none=True)
    made = SavedSearch(id=new_id(), name=given.name, filters=filters, created_at=tx.now)
    done = await tx.execute(
        """INSERT INTO saved_searches (id, officer_id, name, asked, created_at)
            VALUES (%(id)s, %(officer)s, %(name)s, %(asked)s, %(now)s)
            ON CONFLICT (officer_id, name) DO NOTHING""",
        id=made.id,
        officer=tx.actor.officer_id,
        name=made.name,
        asked=filters,
        now=tx.now,
    )
    if done.rowcount == 0:
        raise Conflict("name_taken", "已有同名的检索，请换一个名称（name），或者先删除原来的。")
    return made


async def forget(tx: Acting, search_id: UUID) -> None:
    """Delete one of the officer's own. Raises NotFound."""
    done = await tx.execute(
        "DELETE FROM saved_searches WHERE id = %(id)s AND officer_id = %(officer)s",
        id=search_id,
        officer=tx.actor.officer_id,
    )
    if done.rowcount == 0:
        raise not_found("检索")
