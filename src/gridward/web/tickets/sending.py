"""What phones and desks send: reports and operations, each a PUT under the sender's own id, so a repeat is harmless."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict

from gridward.services.tickets.act import DONE, act
from gridward.services.tickets.report import file_report
from gridward.web.deps import CurrentActor, Now, Write
from gridward.web.problems import problem
from gridward.web.tickets.envelopes import Connection, OperationIn, ReportIn

router = APIRouter(tags=["sync"])

ACKNOWLEDGED = {"X-App-Ack": "1", "Cache-Control": "no-store"}
"""Marks an answer as this program's own: a captive portal answers 200 too."""


class ReportTaken(BaseModel):
    """The acknowledgement; a repeat gets the same. ``ticket_id`` other than ``report_id``: it was joined to that one."""

    report_id: UUID
    digest: str
    ticket_id: UUID
    ticket_no: str
    short_no: str
    received_at: datetime
    joined: bool


class OperationDone(BaseModel):
    """The stored answer of an operation that was done, with how the ticket stands after it."""

    model_config = ConfigDict(extra="allow")

    op_id: UUID
    digest: str
    ticket_id: UUID
    version: int
    status: str
    assignment_id: UUID | None
    resolution_id: UUID | None
    merged_into_id: UUID | None


class Refused(BaseModel):
    """A stored refusal (409, 422). ``current`` is how the ticket stands, as far as the sender may know."""

    type: str
    title: str
    status: int
    op_id: UUID
    digest: str
    code: str
    facts: dict[str, Any]
    current: dict[str, Any]


@router.put(
    "/reports/{report_id}",
    status_code=201,
    responses={200: {"model": ReportTaken, "description": "It was here before; nothing was done twice"}},
)
async def put_report(
    report_id: UUID,
    report: ReportIn,
    connection: Connection,
    session: Write,
    actor: CurrentActor,
    now: Now,
    response: Response,
) -> ReportTaken:
    """File a report. Every well-formed report is taken; what is odd about it is marked.

    409 ``id_taken`` same id, other content · 410 ``erased`` · 422 not readable · 424 ``photos_missing`` (``missing``):
    send these photos first.
    """
    filed = await file_report(session, actor, report_id, report.read(connection), now)
    response.status_code = 201 if filed.made else 200
    response.headers.update(ACKNOWLEDGED)
    return ReportTaken(
        report_id=filed.report_id,
        digest=filed.digest,
        ticket_id=filed.ticket_id,
        ticket_no=filed.ticket_no,
        short_no=filed.short_no,
        received_at=filed.received_at,
        joined=filed.joined,
    )


@router.put(
    "/tickets/{ticket_id}/operations/{op_id}",
    response_model=OperationDone,
    responses={
        409: {"model": Refused, "description": "Not possible as the ticket stands; final"},
        422: {"model": Refused, "description": "Not a step, or not with this body; final"},
    },
)
async def put_operation(
    ticket_id: UUID,
    op_id: UUID,
    operation: OperationIn,
    connection: Connection,
    session: Write,
    actor: CurrentActor,
    now: Now,
) -> Response:
    """Do something to a ticket. 200, 409 and 422 are stored under ``op_id`` and final; trying again is a new id.

    403 not this person · 424 ``photos_missing`` · 425 ``predecessor_unanswered``: both pass by themselves.
    """
    answer = await act(session, actor, ticket_id, op_id, operation.read(connection), now)
    if answer.status == DONE:
        return JSONResponse(dict(answer.body), headers=ACKNOWLEDGED)
    refused = problem(answer.status, answer.body["code"], answer.body["facts"], more=dict(answer.body))
    refused.headers.update(ACKNOWLEDGED)
    return refused
