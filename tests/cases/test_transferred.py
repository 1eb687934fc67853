"""A case once it is transferred: whom it is open to then, and which day's law it stays under."""

from __future__ import annotations

import psycopg

from tests.cases.builders import a_person, an_id_number
from tests.cluster import DatabaseUrls
from tests.conftest import Acts
from tests.transfers.builders import DESK, HANDLER, HEAD, POLICE, STRAIGHT, led, open_on, opened

CITY_POLICE, OTHER_POLICE = "handler@320500-police", "handler@320583-police"


async def test_police_see_it_from_the_sending_on(acts: Acts) -> None:
    number = an_id_number()
    transfer = await opened(acts, parties=[a_person(id_number=number)])
    path = f"/api/v1/cases/{transfer['case_id']}"
    assert (await acts(POLICE).get(path)).status_code == 404
    await led(acts, transfer, STRAIGHT[:3])
    for who in (POLICE, DESK, CITY_POLICE):
        seen = await acts(who).get(path)
        assert (seen.status_code, seen.json()["transfer"]["state"]) == (200, "sent"), who
        assert [one["id"] for one in (await acts(who).get("/api/v1/cases")).json()["items"]] == [
            seen.json()["id"]
        ]
    assert (await acts(OTHER_POLICE).get(path)).status_code == 404
    assert (await acts(OTHER_POLICE).get("/api/v1/cases")).json()["items"] == []
    unmasked = await acts(POLICE).post(f"{path}/parties/1/unmask", json={"reason": "核对嫌疑人身份"})
    assert unmasked.json()["id_number"] == number
    refused = await acts(CITY_POLICE).post(f"{path}/parties/1/unmask", json={"reason": "看看"})
    assert (refused.status_code, refused.json()["code"]) == (403, "may_not_unmask")
    edit = await acts(POLICE).patch(path, json={"summary": "x"}, headers={"If-Match": '"1"'})
    assert (edit.status_code, edit.json()["code"]) == (403, "may_not_edit")


async def test_the_list_tells_transferred_from_not(acts: Acts) -> None:
    sent = await opened(acts)
    await led(acts, sent, STRAIGHT[:3])
    draft = await opened(acts)
    for asked, expected in (("true", sent), ("false", draft)):
        [listed] = (await acts(HANDLER).get(f"/api/v1/cases?transferred={asked}")).json()["items"]
        assert listed["id"] == expected["case_id"]


async def test_a_sent_case_stays_under_the_law_of_its_day(acts: Acts, clean: DatabaseUrls) -> None:
    transfer = await opened(acts)
    await led(acts, transfer, STRAIGHT[:3])
    with psycopg.connect(clean.superuser) as connection:
        connection.execute("UPDATE transfers SET sent_at = '2026-06-30 23:30+00'")
    path = f"/api/v1/cases/{transfer['case_id']}"
    tag = (await acts(HANDLER).get(path)).headers["etag"]
    change = {"facts": {"ip_sales_amount": "90000"}}
    edited = await acts(HANDLER).patch(path, json=change, headers={"If-Match": tag})
    assert edited.json()["screening"]["decided_on"] == "2026-07-01"


async def test_an_open_transfer_leaves_its_clocks_alone(acts: Acts) -> None:
    transfer = await opened(acts)
    path = f"/api/v1/cases/{transfer['case_id']}"
    before = (await acts(HANDLER).get(path)).json()
    small = {"facts": {"ip_sales_amount": "0", "ip_unsold_value": "0", "illegal_gain": "0"}}
    tag = {"If-Match": f'"{before["revision"]}"'}
    after = (await acts(HANDLER).patch(path, json=small, headers=tag)).json()
    assert after["conclusion"] != "must_transfer"
    assert after["clocks"] == before["clocks"]
    reason = {"reason": "数额有误"}
    tag = {"If-Match": f'"{after["revision"]}"'}
    assert (await acts(HEAD).post(f"{path}/not-transferred", json=reason, headers=tag)).status_code == 409
    assert (await open_on(acts, transfer["case_id"])).status_code == 409


async def test_no_reasons_against_an_open_transfer(acts: Acts) -> None:
    transfer = await opened(acts)
    answer = await acts(HEAD).post(
        f"/api/v1/cases/{transfer['case_id']}/not-transferred",
        json={"reason": "数额有误"},
        headers={"If-Match": '"1"'},
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "transfer_open")
