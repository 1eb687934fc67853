"""The papers of reverse referrals and of transfers for detention, by the same rules."""

from __future__ import annotations

from typing import Any

from tests.conftest import Acts
from tests.documents.builders import V1, text_of
from tests.referrals.builders import OPINION, led, organ, reverse
from tests.transfers.builders import CHIEF, HANDLER, POLICE, POLICE_HEAD, PROCURATOR


async def papers(acts: Acts, who: str, referral: dict[str, Any]) -> dict[str, Any]:
    answer = await acts(who).get(f"{V1}/referrals/{referral['id']}/documents")
    assert answer.status_code == 200, answer.text
    return {one["kind"]: one for one in answer.json()}


async def test_the_opinion_and_its_letter_are_issued_with_the_act(acts: Acts) -> None:
    referral = await reverse(acts)
    opinion = OPINION | {"organ": await organ(acts, "320506-market")}
    await led(acts, referral, ((PROCURATOR, "take_over", {}), (CHIEF, "issue_opinion", opinion)))
    seen = await papers(acts, HANDLER, referral)
    assert {kind: one["state"] for kind, one in seen.items()} == {
        "procuratorial_opinion": "issued",
        "reverse_letter": "issued",
    }
    docx = (await acts(HANDLER).get(f"{V1}/documents/{seen['procuratorial_opinion']['id']}/docx")).content
    for words in ("苏州市吴中区市场监督管理局：", "商标法第六十条", "李建国案", "应当给予行政处罚"):
        assert words in text_of(docx)
    letter = (await acts(HANDLER).get(f"{V1}/documents/{seen['reverse_letter']['id']}/docx")).content
    assert "不起诉决定书（吴检刑不诉〔2026〕7号）" in text_of(letter)
    foreign = await acts("handler1@320583-market").get(f"{V1}/referrals/{referral['id']}/documents")
    assert foreign.status_code == 404


async def test_the_police_refer_with_their_letter(acts: Acts) -> None:
    referral = await reverse(acts, POLICE)
    to = {"organ": await organ(acts, "320506-market"), "note": "案卷一册"}
    await led(acts, referral, ((POLICE_HEAD, "send", to),))
    letter = (await papers(acts, HANDLER, referral))["reverse_letter"]
    assert letter["number"] == "吴中公反移〔2026〕1号"
    shown = (await acts(POLICE).get(f"{V1}/documents/{letter['id']}")).json()
    assert (shown["about"], shown["subject_id"], shown["case_id"]) == ("referral", referral["id"], None)
    assert next(field["text"] for field in shown["fields"] if field["id"] == "attachments") == "案卷一册"
