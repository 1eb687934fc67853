"""Transfers with papers, for the tests of documents."""

from __future__ import annotations

import io
from typing import Any

import httpx
from docx import Document

from tests.conftest import Acts
from tests.transfers.builders import STRAIGHT, led, opened

V1 = "/api/v1"


async def listed(acts: Acts, who: str, transfer_id: str) -> list[dict[str, Any]]:
    """The documents of a transfer as the officer sees them."""
    answer = await acts(who).get(f"{V1}/transfers/{transfer_id}/documents")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


async def one(acts: Acts, who: str, transfer_id: str, kind: str, state: str = "issued") -> dict[str, Any]:
    """The newest document of a kind and state."""
    found = [
        doc for doc in await listed(acts, who, transfer_id) if doc["kind"] == kind and doc["state"] == state
    ]
    assert found, [(doc["kind"], doc["state"]) for doc in await listed(acts, who, transfer_id)]
    return found[-1]


async def filled(acts: Acts, who: str, document: dict[str, Any], **body: Any) -> httpx.Response:
    """Fill in a document on the revision given."""
    return await acts(who).patch(
        f"{V1}/documents/{document['id']}", json=body, headers={"If-Match": f'"{document["revision"]}"'}
    )


def text_of(docx: bytes) -> str:
    """Everything that a Word file says, cells of tables included."""
    document = Document(io.BytesIO(docx))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


async def sent(acts: Acts, **case: Any) -> dict[str, Any]:
    """A transfer that was sent."""
    return await led(acts, await opened(acts, **case), STRAIGHT[:3])


def a_template(*paragraphs: str) -> bytes:
    """A Word file with these paragraphs."""
    document, made = Document(), io.BytesIO()
    for text in paragraphs:
        document.add_paragraph(text)
    document.save(made)
    return made.getvalue()
