"""Supervision orders (督办): the open ones first, with what was ordered and what the unit answered."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from gridward.domain.accounts import TICKET_FIELDS, Actor, Subject, may, may_anywhere
from gridward.domain.errors import Forbidden
from gridward.domain.tickets.words import STATUS_WORDS, Status
from gridward.gateways.sheets import MEDIA, SHEETS, Format, Record
from gridward.persistence.accounts.tenants import time_zone_of
from gridward.persistence.database import ReadSession
from gridward.persistence.territory.names import units_named
from gridward.persistence.tickets import lists
from gridward.persistence.tickets import supervision as stored
from gridward.persistence.tickets.asking import Reach
from gridward.web.deps import Built, CurrentActor, Now, Read
from gridward.web.exports import Language, MostRows, Skip, cut_words, further
from gridward.web.tickets.reach import reach_of
from gridward.web.tickets.shapes import TicketBrief, brief, fields_for

router = APIRouter(tags=["supervision"])

LISTED = 500
READ, ANSWER = "supervision:read", "ticket:answer_supervision"
Answers = Literal["unit", "desk"] | None


class OrderOut(BaseModel):
    """One order, called 督办〔year〕number号, and the unit that has to answer it, whoever has the ticket now.

    ``late``: not answered although the time for it is over. ``on_behalf``: the desk noted the unit's answer (代办).
    ``answers``: the viewer may answer it as the ``unit``, or at the ``desk`` for it; null: not, or it is answered.
    """

    order_id: UUID
    year: int
    number: int
    ticket: TicketBrief
    unit_id: UUID | None
    unit_name: str | None
    text: str | None
    ordered_at: datetime
    answer_by: datetime | None
    answered_at: datetime | None
    answer: str | None
    on_behalf: bool
    late: bool
    answers: Answers


class OrdersOut(BaseModel):
    """``unanswered`` and ``late`` count all there are; ``more``: there are more than are listed. ``total``: as many as a
    file has, of which one holds ``file_rows``."""

    orders: list[OrderOut]
    unanswered: int
    late: int
    more: bool
    total: int
    file_rows: int


OpenOnly = Annotated[bool, Query(alias="open", description="only those not answered")]


def _reach(actor: Actor) -> Reach:
    """Not what somebody merely reported: an order is between the supervisor, the desk and the unit.

    Raises: Forbidden: ``not_permitted``.
    """
    if not may_anywhere(actor, READ):
        raise Forbidden("not_permitted", action=READ)
    return reach_of(actor, (READ,))


@router.get("/supervision-orders")
async def list_orders(
    session: Read, actor: CurrentActor, now: Now, built: Built, open_only: OpenOnly = False
) -> OrdersOut:
    """The orders of the desk's area and of the own unit, open ones first by when they must be answered."""
    reach = _reach(actor)
    found = await stored.orders(session, reach, open_only=open_only, limit=LISTED + 1)
    unanswered, late = await stored.unanswered(session, reach, now)
    return OrdersOut(
        orders=await _shown(session, actor, found[:LISTED], now),
        unanswered=unanswered,
        late=late,
        more=len(found) > LISTED,
        total=await stored.count(session, reach, open_only=open_only),
        file_rows=built.file_rows,
    )


@router.get(
    "/supervision-orders/file",
    response_class=Response,
    responses={200: {"content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in MEDIA.values()}}},
)
async def as_file(
    session: Read,
    actor: CurrentActor,
    now: Now,
    built: Built,
    request: Request,
    open_only: OpenOnly = False,
    form: Annotated[Format, Query(alias="format")] = Format.xlsx,
    lang: Language = "zh",
    skip: Skip = 0,
    limit: MostRows = None,
) -> Response:
    """The same orders as a file, in the same order: at most ``limit`` rows, without the first ``skip``.

    Where it ends before the list does it says so at its end, with the address that goes on.
    """
    reach = _reach(actor)
    most = limit or built.file_rows
    found = await stored.orders(session, reach, open_only=open_only, skip=skip, limit=most + 1)
    shown = await _shown(session, actor, found[:most], now)
    zone = await time_zone_of(session, actor.jurisdiction_id)
    name = "督办清单" if lang == "zh" else "Supervision orders"
    sheet = SHEETS[form](COLUMNS[lang], zone, name)
    cut = len(found) > most
    about = [f"本文件 {len(shown)} 行" if lang == "zh" else f"{len(shown)} rows in this file"]
    if cut:
        about += cut_words(further(built, request, {"skip": skip + most}), lang)

    def written() -> bytes:
        return sheet.begin() + sheet.rows([_record(one, lang) for one in shown]) + sheet.end(about, cut=cut)

    return Response(
        await asyncio.to_thread(written),
        media_type=MEDIA[form],
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(f'{name}.{form.value}')}",
            "Cache-Control": "no-store",
        },
    )


COLUMNS: Mapping[Language, Mapping[str, str]] = {
    "zh": {
        "number": "文号",
        "ticket_no": "工单",
        "category": "类别",
        "status": "状态",
        "unit": "责任单位",
        "ordered_at": "督办时间",
        "text": "督办要求",
        "answer_by": "答复截止",
        "answered_at": "答复时间",
        "answer": "答复",
        "late": "超期",
    },
    "en": {
        "number": "Order",
        "ticket_no": "Ticket",
        "category": "Category",
        "status": "State",
        "unit": "Unit",
        "ordered_at": "Ordered",
        "text": "What was ordered",
        "answer_by": "Answer by",
        "answered_at": "Answered",
        "answer": "Answer",
        "late": "Late",
    },
}


def _record(one: OrderOut, lang: Language) -> Record:
    zh = lang == "zh"
    ticket = one.ticket
    return {
        "number": f"督办〔{one.year}〕{one.number}号" if zh else f"{one.year}/{one.number}",
        "ticket_no": ticket.ticket_no or ticket.short_no,
        "category": ticket.category_name or ticket.category,
        "status": STATUS_WORDS[Status(ticket.status)][0] if zh else ticket.status.replace("_", " "),
        "unit": one.unit_name,
        "ordered_at": one.ordered_at,
        "text": one.text,
        "answer_by": one.answer_by,
        "answered_at": one.answered_at,
        "answer": one.answer,
        "late": ("是" if zh else "yes") if one.late else "",
    }


async def _shown(session: ReadSession, actor: Actor, rows: Sequence[Any], now: datetime) -> list[OrderOut]:
    tickets = await lists.briefs(session, reach_of(actor), list({row.ticket_id for row in rows}))
    names = await units_named(session, {row.unit_id for row in rows if row.unit_id is not None})
    elsewhere = await lists.rows_for_many(session, {row.ticket_id for row in rows} - tickets.keys())
    # The unit that has to answer needs to know of what, also where the ticket is another's by now.
    outlines = {ticket.ticket_id: brief(ticket, TICKET_FIELDS["ticket:read_outline"], now) for ticket in elsewhere}
    seen = fields_for(actor)
    shown = []
    for row in rows:
        ticket = tickets.get(row.ticket_id)
        short = outlines.get(row.ticket_id) if ticket is None else brief(ticket, seen(ticket), now)
        if short is not None:
            shown.append(_order(row, short, names, _answers(actor, row, ticket), now))
    return shown


def _answers(actor: Actor, row: Any, ticket: Any) -> Answers:
    """As whom this person may answer; ``ticket`` None: it is not theirs to read."""
    if row.answered_at is not None:
        return None
    held = row.unit_id if row.unit_id is not None or ticket is None else ticket.unit_id
    subject = Subject(
        jurisdiction_id=row.jurisdiction_id,
        community_id=None if ticket is None else ticket.community_id,
        unit_ids=frozenset() if held is None else frozenset({held}),
    )
    if not may(actor, ANSWER, subject):
        return None
    return "unit" if held in actor.unit_ids else "desk"


def _order(row: Any, ticket: dict[str, Any], names: dict[UUID, str], answers: Answers, now: datetime) -> OrderOut:
    over = row.answer_by is not None and row.answer_by < (row.answered_at or now)
    return OrderOut(
        order_id=row.order_id,
        year=row.year,
        number=row.number,
        ticket=TicketBrief.model_validate(ticket),
        unit_id=row.unit_id,
        unit_name=names.get(row.unit_id),
        text=row.text,
        ordered_at=row.ordered_at,
        answer_by=row.answer_by,
        answered_at=row.answered_at,
        answer=row.answer,
        on_behalf=bool(row.on_behalf),
        late=over,
        answers=answers,
    )
