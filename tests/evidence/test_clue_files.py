"""What hangs on a clue is the sender's until the clue is sent."""

from __future__ import annotations

import pytest

from tests.clues.builders import SENDER, clue_body, take
from tests.conftest import Acts


@pytest.mark.parametrize(("sent", "status"), [(False, 200), (True, 409)])
async def test_an_attachment_may_be_removed_until_the_clue_is_sent(
    acts: Acts, sent: bool, status: int
) -> None:
    clue = (await acts(SENDER).post("/api/v1/clues", json=await clue_body(acts, send=False))).json()
    file = await acts(SENDER).post(
        f"/api/v1/clues/{clue['id']}/files", params={"name": "照片.jpg"}, content=b"photo"
    )
    assert file.status_code == 201, file.text
    if sent:
        assert (await take(acts(SENDER), clue["id"], "send")).status_code == 200
    removed = await acts(SENDER).post(f"/api/v1/files/{file.json()['id']}/removal", json={"reason": "传错了"})
    assert removed.status_code == status, removed.text
    assert removed.json().get("code") == ("file_was_sent" if sent else None)
