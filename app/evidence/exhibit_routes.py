"""HTTP: exhibits (涉案物品), their custody and disposal."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from app.evidence import custody, disposals, exhibit_queries, exhibits, handover
from app.evidence.exhibit_models import (
    CustodyEntry,
    DisposalEntry,
    Exhibit,
    ExhibitChoices,
    ExhibitEntry,
    Move,
    Photograph,
    SideCount,
)
from app.http.access import ActingTransaction
from app.http.exact_json import ExactRoute
from app.http.once import OnceOnly
from app.http.problems import responses
from app.http.revisions import ExpectedRevision, etag

router = APIRouter(prefix="/api/v1", tags=["涉案物品"], route_class=ExactRoute)
_COMMAND = responses(401, 403, 404, 409, 422)


@router.get("/exhibit-choices", summary="涉案物品的可选项与依据", responses=responses(401))
async def read_choices(tx: ActingTransaction) -> ExhibitChoices:  # noqa: ARG001 - only who is signed in
    """Measures, valuations and ways of disposal, each with the rules that it rests on."""
    return exhibit_queries.choices()


@router.get("/cases/{case_id}/exhibits", summary="案件的涉案物品", responses=responses(401, 403, 404, 422))
async def list_exhibits(tx: ActingTransaction, case_id: UUID) -> list[Exhibit]:
    """The exhibits of a case in their order."""
    return await exhibit_queries.exhibits_of_case(tx, case_id)


@router.post(
    "/cases/{case_id}/exhibits",
    status_code=201,
    response_model=Exhibit,
    summary="登记涉案物品",
    responses=_COMMAND,
)
async def add_exhibit(
    tx: ActingTransaction, once: OnceOnly, case_id: UUID, body: ExhibitEntry
) -> JSONResponse:
    """Enter an exhibit of a case of the own organ."""
    return await once(lambda: exhibits.add(tx, case_id, body), 201)


@router.get("/exhibits/{exhibit_id}", summary="一件涉案物品", responses=responses(401, 404, 422))
async def read_exhibit(tx: ActingTransaction, exhibit_id: UUID, response: Response) -> Exhibit:
    """The exhibit with its photographs, counts and disposals; its revision is the ETag."""
    found = await exhibit_queries.exhibit(tx, exhibit_id)
    response.headers["ETag"] = etag(found.revision)
    return found


@router.put(
    "/exhibits/{exhibit_id}",
    summary="更正涉案物品的登记",
    responses=responses(401, 403, 404, 409, 412, 422, 428),
)
async def edit_exhibit(
    tx: ActingTransaction, revision: ExpectedRevision, exhibit_id: UUID, body: ExhibitEntry
) -> Exhibit:
    """Correct the record until the hand-over. Keeper and place change by a move alone."""
    return await exhibits.edit(tx, exhibit_id, revision, body)


@router.get("/exhibits/{exhibit_id}/custody", summary="涉案物品的保管链", responses=responses(401, 404, 422))
async def read_custody(tx: ActingTransaction, exhibit_id: UUID) -> list[CustodyEntry]:
    """Who had the exhibit, when, where and why, oldest first."""
    await exhibit_queries.exhibit_row(tx, exhibit_id)
    return await custody.of_exhibit(tx, exhibit_id)


@router.post("/exhibits/{exhibit_id}/moves", response_model=Exhibit, summary="变更保管", responses=_COMMAND)
async def move_exhibit(tx: ActingTransaction, once: OnceOnly, exhibit_id: UUID, body: Move) -> JSONResponse:
    """Put down that keeper or place changed, within the organ that holds the exhibit."""
    return await once(lambda: exhibits.move(tx, exhibit_id, body))


@router.post(
    "/exhibits/{exhibit_id}/photographs", response_model=Exhibit, summary="添加照片", responses=_COMMAND
)
async def photograph_exhibit(
    tx: ActingTransaction, once: OnceOnly, exhibit_id: UUID, body: Photograph
) -> JSONResponse:
    """Say that an image among the case's files shows the exhibit."""
    return await once(lambda: exhibits.photograph(tx, exhibit_id, body.file_id))


@router.post(
    "/exhibits/{exhibit_id}/disposals",
    status_code=201,
    response_model=Exhibit,
    summary="登记处置",
    responses=_COMMAND,
)
async def dispose_of_exhibit(
    tx: ActingTransaction, once: OnceOnly, exhibit_id: UUID, body: DisposalEntry
) -> JSONResponse:
    """Record an auction, sale, return, harmless destruction or confiscation of all or a part."""
    return await once(lambda: disposals.dispose(tx, exhibit_id, body), 201)


@router.get(
    "/transfers/{transfer_id}/handover-list",
    summary="物品移交清单（双方清点）",
    responses=responses(401, 422),
)
async def read_handover_list(tx: ActingTransaction, transfer_id: UUID) -> list[SideCount]:
    """What both sides counted, with the differences and who signed."""
    return await handover.handover_list(tx, transfer_id)
