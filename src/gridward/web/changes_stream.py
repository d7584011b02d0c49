"""The feed, pushed: server-sent events for desks, which follow their lists all day."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic_core import to_json

from gridward.domain import sync
from gridward.domain.accounts import scope_revision
from gridward.domain.errors import Unavailable
from gridward.domain.sync import Cursor
from gridward.persistence.changes import feed_page, start_cursor
from gridward.persistence.database import read_transaction
from gridward.web.changes import changes_shown
from gridward.web.changes_follower import Event, Follower, Stream
from gridward.web.deps import Built, SignedIn
from gridward.web.gate import TurnedAway

router = APIRouter(tags=["sync"])

BEAT_S = 15.0
"""A stream that says nothing for so long sends a beat: its reader knows that it lives, and how far the feed is."""

PAGE = 500
MOST_PAGES = 4
"""Of catching up; who was away for longer reads its lists anew sooner."""


def follower_of(request: Request) -> Follower:
    return cast(Follower, request.app.state.follower)


def read_start(cursor: str | None, last: str | None) -> Cursor | None:
    told = last or cursor
    return sync.read_cursor(told) if told else None


async def stream(
    request: Request,
    built: Built,
    standing: SignedIn,
    response: Response,
    cursor: Annotated[str | None, Query(max_length=120)] = None,
    last_event_id: Annotated[str | None, Header(max_length=120)] = None,
) -> AsyncIterator[tuple[Stream, Cursor | None]]:
    """A place for this reader, given back when the connection ends, however it ends."""
    start = read_start(cursor, last_event_id)
    try:
        built.gate.take_stream()
    except TurnedAway as away:
        raise Unavailable("overloaded", retry_after_s=away.retry_after_s) from None
    response.headers["X-App-Ack"] = "1"
    follower, one = follower_of(request), Stream(standing)
    try:
        follower.add(one)
        await follower.begun()
        yield one, start
    finally:
        follower.remove(one)
        built.gate.end_stream()


@router.get("/changes/stream", response_class=EventSourceResponse)
async def follow(
    request: Request, built: Built, opened: Annotated[tuple[Stream, Cursor | None], Depends(stream)]
) -> AsyncIterator[ServerSentEvent]:
    """The changes in my scopes as they are committed, each event's ``id`` a cursor of the feed.

    ``Last-Event-ID`` (or ``cursor``) goes on from there and loses nothing; without one it begins now. Events:
    ``begun`` (``cursor``, ``scope_rev``) · ``changes`` as ``GET /changes`` answers · ``counts`` of the desk's sections ·
    ``leases``: who has which ticket open · ``beat`` · ``must_refetch`` (``reason``): read your lists anew, the stream
    goes on · ``ended`` (``code`` not_signed_in, scope_changed, server_stops, too_slow): the last one.

    503 ``overloaded``: ask for the lists instead, and for a stream later.
    """
    one, start = opened
    follower = follower_of(request)
    behind: str | None = None
    async with read_transaction(built.engine) as session:
        begin = start or await start_cursor(session)
    yield _event(Event("begun", _json(cursor=str(begin), scope_rev=scope_revision(one.actor)), str(begin)))
    if start is not None:
        for _ in range(MOST_PAGES):
            try:
                async with read_transaction(built.engine) as session:
                    page = await feed_page(
                        session,
                        jurisdiction_id=one.actor.jurisdiction_id,
                        scopes=sorted(one.scopes),
                        cursor=begin,
                        limit=PAGE,
                    )
                    shown = await changes_shown(session, one.actor, page, built.now())
            except sync.MustRefetch as refused:
                behind = str(refused.facts["reason"])
                break
            begin = page.cursor
            if page.changes:
                yield _event(Event("changes", to_json(shown).decode(), str(begin)))
            if not page.more:
                break
        else:
            behind = "behind"
        if behind is not None:
            async with read_transaction(built.engine) as session:
                begin = await start_cursor(session)
            yield _event(Event("must_refetch", _json(reason=behind), str(begin)))
    while True:
        try:
            async with asyncio.timeout(BEAT_S):
                event = await one.events.get()
        except TimeoutError:
            told = follower.cursor
            begin = max(begin, told) if told is not None else begin
            yield _event(Event("beat", _json(server_time=built.now()), str(begin)))
            continue
        # What the follower read before this stream had caught up was in the pages already.
        if event.kind == "changes" and event.id is not None and sync.read_cursor(event.id) <= begin:
            continue
        yield _event(event)
        if event.last:
            return


def _json(**facts: Any) -> str:
    return to_json(facts).decode()


def _event(event: Event) -> ServerSentEvent:
    return ServerSentEvent(event=event.kind, raw_data=event.data, id=event.id)
