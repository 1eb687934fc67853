"""A package as it leaves: what is in it, who may take it, and that other tools find it sound."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import bagit
import jsonschema_rs

from app.packages.checking import check
from app.schemas import schemas
from tests.conftest import Acts
from tests.packages.builders import FILES, V1, a_package, exported, sent, trust_of
from tests.packages.records import record_in
from tests.transfers.builders import DESK, HANDLER, HEAD, POLICE, PROCURATOR, opened, seen


async def test_a_package_is_good_by_its_own_organ_s_key(acts: Acts) -> None:
    package = await a_package(acts)
    report = check(io.BytesIO(package.content), await trust_of(acts))
    assert report.problems == []
    assert report.key is not None
    assert report.key.organ == "320506-market"


async def test_the_bag_is_sound_to_the_library_of_congress_s_tool(acts: Acts, tmp_path: Path) -> None:
    package = await a_package(acts)
    with zipfile.ZipFile(io.BytesIO(package.content)) as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path)
    [folder] = tmp_path.iterdir()  # noqa: ASYNC240
    bagit.Bag(str(folder)).validate()


async def test_evidence_documents_and_the_record_are_in_it(acts: Acts) -> None:
    package = await a_package(acts, pdf=True)
    record = record_in(package.content)
    jsonschema_rs.validator_for(schemas()["transfer-package"]).validate(record)
    with zipfile.ZipFile(io.BytesIO(package.content)) as archive:
        folder = archive.namelist()[0].split("/")[0]
        found = {file["name"]: archive.read(f"{folder}/{file['path']}") for file in record["files"]}
        papers = {one.rpartition(".")[2] for one in archive.namelist() if "/data/documents/" in one}
    assert found == FILES
    assert papers == {"docx", "pdf"}
    assert len(record["prints"]) == len(record["documents"]) > 0
    assert [step["action"] for step in record["steps"]][-1] == "send"
    assert record["steps"][-1]["officer"] == {"organ": "320506-market", "login": "handler1", "name": "李春梅"}
    assert record["steps"][-1]["inputs"]["police_organ"] == "320506-police"
    assert record["transfer"]["number"] == package.transfer["number"]
    assert record["parties"][0]["id_number"][:4].isdecimal()


async def test_who_may_take_a_package(acts: Acts) -> None:
    transfer = await sent(acts)
    taken = {
        who: (await exported(acts, transfer["id"], who)).status_code for who in (HANDLER, DESK, PROCURATOR)
    }
    assert taken == {HANDLER: 200, DESK: 200, PROCURATOR: 200}
    for who in ("handler1@320500-market", "supervisor@320506-supervising", "handler@320500-police"):
        answer = await exported(acts, transfer["id"], who)
        assert (answer.status_code, answer.json()["code"]) == (403, "may_not_export")
    for who in ("handler1@320583-market", "handler@340104-police", "sysadmin@320506-market"):
        assert (await exported(acts, transfer["id"], who)).status_code == 404


async def test_a_draft_has_no_package(acts: Acts) -> None:
    transfer = await opened(acts)
    answer = await exported(acts, transfer["id"])
    assert (answer.status_code, answer.json()["code"]) == (409, "transfer_not_sent")


async def test_the_sender_s_package_keeps_what_is_internal_to_the_police(acts: Acts) -> None:
    transfer = await sent(acts)
    for who, action, inputs in (
        (DESK, "sign_receipt", {}),
        (POLICE, "begin_review", {}),
        (POLICE, "propose_refusal", {"reason": "没有犯罪事实"}),
    ):
        body = {"inputs": inputs}
        answer = await acts(who).post(f"{V1}/transfers/{transfer['id']}/actions/{action}", json=body)
        assert answer.status_code == 200, answer.text
    ours = record_in((await exported(acts, transfer["id"], HANDLER)).content)
    theirs = record_in((await exported(acts, transfer["id"], POLICE)).content)
    assert "propose_refusal" not in [step["action"] for step in ours["steps"]]
    assert ours["transfer"]["proposal"] is None
    assert theirs["steps"][-1]["action"] == "propose_refusal"
    assert theirs["transfer"]["proposal"] is not None
    assert theirs["issue"]["organ"] == "320506-police"


async def test_that_it_left_is_on_record(acts: Acts) -> None:
    package = await a_package(acts, DESK)
    history = (await acts(HEAD).get(f"{V1}/cases/{package.transfer['case_id']}/history")).json()["items"]
    actions = [event["action"] for event in history if event["organ_name"].endswith("公安局吴中区分局")]
    assert actions.count("package.exported") == 1
    assert actions.count("file.opened") == len(FILES)
    assert actions.count("party.unmasked") == 1
    assert (await seen(acts, package.transfer["id"], DESK))["state"] == "sent"
