"""Tickets as lists and maps, and one by one."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime, BaseModel
from pydantic_core import to_json

from gridward.domain.accounts import Actor, require
from gridward.domain.disclosures import Personal, Sight
from gridward.domain.errors import Forbidden, Malformed, NotFound
from gridward.domain.tickets.numbers import read_official, read_spoken
from gridward.domain.tickets.words import Status
from gridward.persistence.database import Glance, ReadSession
from gridward.persistence.notifications.following import reporters
from gridward.persistence.tickets import counts, history, lists, named, pages
from gridward.persistence.tickets import detail as stored
from gridward.persistence.tickets.asking import Order, Section, Wanted
from gridward.persistence.tickets.called import called, numbered
from gridward.persistence.tickets.search import any_of, search_query
from gridward.web.deps import AtAGlance, CurrentActor, Noted, Now, Read
from gridward.web.page_tokens import read_moment, write_moment
from gridward.web.tickets.details import detail
from gridward.web.tickets.on_map import Within, corners_of
from gridward.web.tickets.parts import TicketDetail
from gridward.web.tickets.reach import desk_reach, reach_of, reads_everywhere
from gridward.web.tickets.shapes import TicketPage, brief, fields_for, shown_alike, subject_of

router = APIRouter(tags=["tickets"])

MOST = 500
OPEN, ALL = "open", "all"


def answer(content: Any) -> Response:
    """JSON of what is shaped already: checking every field of a long list again would cost more than the query."""
    return Response(to_json(content), media_type="application/json")


@router.get("/tickets", response_model=TicketPage)
async def list_tickets(
    session: AtAGlance,
    actor: CurrentActor,
    now: Now,
    bbox: Annotated[str | None, Query(description="west,south,east,north in degrees", max_length=120)] = None,
    status: Annotated[str | None, Query(description="open (the default), all, or statuses with commas")] = None,
    unit_id: UUID | None = None,
    grid_id: UUID | None = None,
    category: Annotated[str | None, Query(max_length=80)] = None,
    due_before: AwareDatetime | None = None,
    received_before: AwareDatetime | None = None,
    within: Within = None,
    text: Annotated[str | None, Query(max_length=80, description="words, 037, or an official number")] = None,
    section: Annotated[Section | None, Query(description="of the desk's list; says itself which statuses")] = None,
    tray: Annotated[bool, Query(description="only what the desk must look at")] = False,
    mine: Annotated[bool, Query(description="what I reported; for a unit's worker what was handed to me")] = False,
    verify: Annotated[bool, Query(description="what waits to be checked in my grids")] = False,
    order: Order = Order.newest,
    after: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 100,
) -> Response:
    """The tickets that this person may find, sized for the page; the next page follows by ``after``."""
    wanted = Wanted(
        order=order,
        after=read_moment(after) if after else None,
        limit=limit,
        bbox=_box(bbox) if bbox else None,
        statuses=statuses_of(status),
        any_status=status == ALL or (mine and status is None),
        unit_id=unit_id,
        grid_id=grid_id,
        category=category,
        due_before=due_before,
        received_before=received_before,
        within=corners_of(within) if within else None,
        section=section,
        now=now,
        tray=tray,
        worker_id=actor.person_id if mine and actor.unit_ids else None,
        mine=mine and not actor.unit_ids,
        verify_grids=actor.grids if verify else None,
        **await searched(session, text, actor),
    )
    alike = shown_alike(actor)
    if alike is not None:
        page = await pages.page(session, reach_of(actor), wanted, alike, now)
        following = write_moment(*page.last) if page.last and page.count == limit else None
        return Response(f'{{"tickets":{page.tickets},"next":{json.dumps(following)}}}', media_type="application/json")
    rows = await lists.tickets(session, reach_of(actor), wanted)
    fields = fields_for(actor)
    shown = [one for row in rows if (one := brief(row, fields(row), now)) is not None]
    following = write_moment(_place(rows[-1], order), rows[-1].ticket_id) if len(rows) == limit else None
    return answer({"tickets": shown, "next": following})


class SectionCounts(BaseModel):
    """How many tickets stand in each section now; exact, however many."""

    counts: dict[Section, int]
    at: datetime


@router.get("/tickets/counts")
async def count_tickets(
    session: AtAGlance,
    actor: CurrentActor,
    now: Now,
    unit_id: UUID | None = None,
    grid_id: UUID | None = None,
    category: Annotated[str | None, Query(max_length=80)] = None,
    text: Annotated[str | None, Query(max_length=80, description="words, 037, or an official number")] = None,
    status: Annotated[str | None, Query(description="statuses with commas")] = None,
    received_before: AwareDatetime | None = None,
    within: Within = None,
) -> SectionCounts:
    """The counts beside the desk's sections, under the filters of its list."""
    reach = desk_reach(actor)
    if reach is None:
        raise Forbidden("not_permitted", action="ticket:read_trays")
    wanted = Wanted(
        unit_id=unit_id,
        grid_id=grid_id,
        category=category,
        statuses=statuses_of(status),
        any_status=True,
        received_before=received_before,
        within=corners_of(within) if within else None,
        **await searched(session, text, actor),
    )
    return SectionCounts(counts=await counts.of_sections(session, reach, wanted, now), at=now)


@router.get("/tickets/{ticket_id}", response_model=TicketDetail)
async def get_ticket(noted: Noted, session: Read, actor: CurrentActor, now: Now, ticket_id: UUID) -> Response:
    """One ticket. The id of a report that was joined to a ticket leads to that one. 404 when it is not for this person."""
    row = await found(session, actor, ticket_id)
    fields = fields_for(actor)(row)
    short = brief(row, fields, now)
    if short is None:
        raise NotFound("ticket_unknown")
    if "reporter" in fields:
        people = await reporters(session, row.ticket_id)
        noted.sights |= {Sight(person_id, Personal.reporter, row.ticket_id) for person_id in people}
    return answer(await detail(session, actor, row, short, fields, now))


class SpeakerShown(BaseModel):
    report_id: UUID
    speaker: str


class SpeakersShown(BaseModel):
    """Whom the desk filed this ticket's reports for, with whole numbers, oldest first."""

    speakers: list[SpeakerShown]


@router.get("/tickets/{ticket_id}/speakers")
async def speakers(noted: Noted, session: Read, actor: CurrentActor, ticket_id: UUID) -> SpeakersShown:
    """Name and whole number, to call back; written down as seen."""
    row = await found(session, actor, ticket_id)
    require(actor, "ticket:read_reporter", subject_of(row, actor))
    told = [one for one in await stored.reports_of(session, row.ticket_id) if one.speaker]
    noted.sights |= {Sight(one.report_id, Personal.speaker, row.ticket_id) for one in told}
    return SpeakersShown(speakers=[SpeakerShown(report_id=one.report_id, speaker=one.speaker) for one in told])


class StewardToAsk(BaseModel):
    person_id: UUID
    name: str


class StewardsToAsk(BaseModel):
    """Who looks after the ticket's grid and has not reported it, the lead first."""

    stewards: list[StewardToAsk]


@router.get("/tickets/{ticket_id}/stewards")
async def stewards_to_ask(session: Read, actor: CurrentActor, now: Now, ticket_id: UUID) -> StewardsToAsk:
    """Whom the desk may ask to go and look (核实)."""
    row = await found(session, actor, ticket_id)
    require(actor, "ticket:ask_check", subject_of(row, actor))
    people = await named.stewards_to_ask(session, row.ticket_id, now)
    return StewardsToAsk(stewards=[StewardToAsk(person_id=one, name=name) for one, name in people])


async def found(session: ReadSession, actor: Actor, ticket_id: UUID) -> Any:
    """The list row of a ticket that this person may find. Raises: NotFound: ``ticket_unknown``."""
    address = await history.ticket_of_address(session, ticket_id)
    rows = await lists.briefs(session, reach_of(actor), [address]) if address is not None else {}
    if address is None or address not in rows:
        raise NotFound("ticket_unknown")
    return rows[address]


def statuses_of(words: str | None) -> tuple[str, ...]:
    if words in (None, OPEN, ALL, ""):
        return ()
    assert words is not None
    try:
        return tuple(Status(word.strip()).value for word in words.split(","))
    except ValueError:
        raise Malformed("query_unreadable", field="status") from None


def _box(words: str) -> tuple[float, float, float, float]:
    try:
        west, south, east, north = (float(part) for part in words.split(","))
    except ValueError:
        raise Malformed("query_unreadable", field="bbox") from None
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise Malformed("query_unreadable", field="bbox")
    return west, south, east, north


async def searched(session: ReadSession | Glance, words: str | None, actor: Actor) -> dict[str, Any]:
    """Official number, spoken number or words; the reporter's words are searched only by whoever may read notes.

    The desk finds by names too: first letters in pinyin, and units, which others do not know; and by the number that
    another system calls back with.
    """
    if not words or not words.strip():
        return {}
    official = read_official(words)
    if official is not None:
        return {"number": official}
    spoken = read_spoken(words)
    if spoken is not None:
        return {"short_no": spoken}
    reads = reads_everywhere(actor)
    # The words beside the public ones are notes and numbers of other systems together.
    public_only = not (reach_of(actor).everything or {"unit_notes", "outer_no"} <= reads)
    query = search_query(words, public_only=public_only)
    if query is None:
        raise Malformed("query_unreadable", field="text")
    if desk_reach(actor) is None:
        return {"query": query}
    named = await called(session, actor.jurisdiction_id, words)
    if "outer_no" in reads:
        named = replace(named, ticket_ids=await numbered(session, actor.jurisdiction_id, words))
    places = (search_query(place, public_only=public_only) for place in named.places)
    return {"query": any_of((query, *places)), "called": named}


def _place(row: Any, order: Order) -> datetime:
    at: datetime = row.order_at if order is Order.due else row.received_at
    return at
