"""One reader of the feed for all streams of a process: asked every 300 ms, whatever their number.

A stream gets the same changes as ``GET /changes`` would give its viewer; their data is made when they are read, by the
policy, once for all viewers to whom a ticket shows the same. Besides, desks get the counts of their sections and who
looks at which ticket: neither is kept in the feed, so both are sent whole, when they have changed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import structlog
from pydantic_core import to_json
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from gridward.domain import sync
from gridward.domain.accounts import scope_revision
from gridward.domain.errors import Unavailable
from gridward.domain.sync import Cursor
from gridward.persistence import desk
from gridward.persistence.changes import Change, all_changes, start_cursor
from gridward.persistence.database import ReadSession, read_transaction
from gridward.persistence.tickets import counts, lists
from gridward.persistence.tickets.asking import Reach, Wanted
from gridward.services.accounts.sign_in import Standing, still_standing
from gridward.web.tickets.reach import desk_reach, reach_of
from gridward.web.tickets.shapes import brief, fields_for

log = structlog.get_logger()

EVERY_S = 0.3
MOST_AT_ONCE = 2_000
"""Changes of one look. What is behind by more, as after a large import, is sooner read anew than followed."""

BEGIN_WITHIN_S = 5.0
STANDING_EVERY_S = 2.0
LEASES_EVERY_S = 0.9
COUNTS_EVERY_S, COUNTS_AT_LEAST_S = 1.0, 15.0
COUNTS_SHARE = 0.1
"""Of the time: so much at most is spent on counting, however many desks with trays of their own there are."""

WAITING = 200
"""Events that wait for a slow reader; one that is behind by more is let go and comes back with its last id."""

TICKET = "ticket"


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a stream, its data as JSON. ``last``: the stream ends after it."""

    kind: str
    data: str
    id: str | None = None
    last: bool = False


class Stream:
    """One desk that is kept informed."""

    def __init__(self, standing: Standing) -> None:
        self.session_id = standing.session_id
        self.actor = standing.actor
        self.revision = scope_revision(standing.actor)
        self.scopes = frozenset(sync.scopes_of(standing.actor))
        self.own_scope = sync.person_scope(standing.actor.person_id) if standing.actor.person_id else ""
        self.reach = reach_of(standing.actor)
        self.desk = desk_reach(standing.actor)
        self.fields = fields_for(standing.actor)
        held = frozenset((one.role, one.scope_kind, one.scope_id, one.community_id) for one in standing.actor.grants)
        self.alike = (self.scopes - {self.own_scope}, held, standing.actor.grids)
        """Equal for viewers to whom every ticket that they did not report shows the same."""
        self.sent: dict[str, str] = {}
        self.events: asyncio.Queue[Event] = asyncio.Queue(WAITING)
        self.ended = False

    def send(self, event: Event) -> None:
        if self.ended:
            return
        try:
            self.events.put_nowait(event)
            self.ended = event.last
        except asyncio.QueueFull:
            self.ended = True
            while not self.events.empty():
                self.events.get_nowait()
            self.events.put_nowait(Event("ended", '{"code":"too_slow"}', last=True))

    def send_changed(self, kind: str, data: str) -> None:
        """Only when it differs from the last of its kind."""
        if self.sent.get(kind) != data:
            self.sent[kind] = data
            self.send(Event(kind, data))


@dataclass(slots=True)
class Counts:
    """What the desks with one reach were last told."""

    data: str = ""
    at: float = 0.0
    stale: bool = True


@dataclass(slots=True)
class Follower:
    """Follows the feed while there is somebody to tell."""

    engine: AsyncEngine
    now: Callable[[], datetime]
    _streams: set[Stream] = field(default_factory=set)
    _task: asyncio.Task[None] | None = None
    _closed: bool = False
    cursor: Cursor | None = None
    """Every stream was told of what lies up to here."""

    _begun: asyncio.Event = field(default_factory=asyncio.Event)
    _counts: dict[Reach, Counts] = field(default_factory=dict)
    _leases: Sequence[Any] = ()
    _due: dict[str, float] = field(default_factory=dict)

    def add(self, stream: Stream) -> None:
        """From now on the stream hears everything that the process reads; what came before is its own matter."""
        self._streams.add(stream)
        if self._closed:
            stream.send(Event("ended", '{"code":"server_stops"}', last=True))
        elif self._task is None or self._task.done():
            self._forget_place()
            self._task = asyncio.get_running_loop().create_task(self._follow())

    async def begun(self) -> None:
        """Resolves when the process has its place in the feed: a stream's own must not lie before it, or what was
        committed between the two would reach nobody.

        Raises:
            Unavailable: the database does not say where the feed stands.
        """
        try:
            async with asyncio.timeout(BEGIN_WITHIN_S):
                await self._begun.wait()
        except TimeoutError:
            raise Unavailable("database_unavailable", retry_after_s=5) from None

    def _forget_place(self) -> None:
        self.cursor = None
        self._begun.clear()

    def remove(self, stream: Stream) -> None:
        self._streams.discard(stream)

    def close(self) -> None:
        """End every stream: the server stops, and would wait for them."""
        self._closed = True
        self._tell_all(Event("ended", '{"code":"server_stops"}', last=True))

    def _tell_all(self, event: Event) -> None:
        for stream in self._streams:
            stream.send(event)

    async def _follow(self) -> None:
        while self._streams and not self._closed:
            try:
                async with read_transaction(self.engine) as session:
                    await self._look(session)
            except (DBAPIError, OSError, TimeoutError, Unavailable) as away:
                # The streams stay: what they missed follows when the database is back.
                log.warning("stream.database_away", error=type(away).__name__)
                await asyncio.sleep(1.0)
            except Exception:
                # A fault of ours must not leave every desk waiting for ever: they come back, and it is written down.
                log.exception("stream.fault")
                self._forget_place()
                self._tell_all(Event("ended", '{"code":"server_stops"}', last=True))
            await asyncio.sleep(EVERY_S)

    async def _look(self, session: ReadSession) -> None:
        now, clock = self.now(), asyncio.get_running_loop().time()
        if self.cursor is None:
            self.cursor = await start_cursor(session)
        self._begun.set()
        try:
            found, cursor, more = await all_changes(session, self.cursor, MOST_AT_ONCE)
        except sync.MustRefetch as refused:
            # The new place first: what is committed after a desk has read its lists anew must lie behind it.
            self.cursor = await start_cursor(session)
            self._tell_all(Event("must_refetch", to_json(dict(refused.facts)).decode(), str(self.cursor)))
            return
        if more:
            self.cursor = await start_cursor(session)
            self._tell_all(Event("must_refetch", '{"reason":"behind"}', str(self.cursor)))
        else:
            for jurisdiction_id, changes in found.items():
                await self._tell(session, jurisdiction_id, changes, cursor, now)
            # Only now: what a stream was told up to here, it can be told from here on.
            self.cursor = cursor
        if self._is_due("standing", clock, STANDING_EVERY_S):
            await self._check_standing(session, now)
        if self._is_due("leases", clock, LEASES_EVERY_S):
            self._leases = await desk.leases(session, now)
        self._tell_leases()
        await self._tell_counts(session, found.keys(), now, clock)

    def _is_due(self, what: str, clock: float, every_s: float) -> bool:
        if clock < self._due.get(what, 0.0):
            return False
        self._due[what] = clock + every_s
        return True

    async def _tell(
        self, session: ReadSession, jurisdiction_id: UUID, changes: Sequence[Change], cursor: Cursor, now: datetime
    ) -> None:
        hearing = [one for one in self._streams if one.actor.jurisdiction_id == jurisdiction_id]
        heard = {scope for one in hearing for scope in one.scopes}
        changes = [one for one in changes if one.scope in heard]
        wanted = {one.entity_id for one in changes if one.entity == TICKET and not one.gone}
        rows = {row.ticket_id: row for row in await lists.rows_for_many(session, wanted)}
        people = {one.actor.person_id for one in hearing if one.actor.person_id is not None}
        own = await lists.reported_among(session, wanted, people)
        by_scope: dict[str, list[tuple[int, Change]]] = {}
        for place, change in enumerate(changes):
            by_scope.setdefault(change.scope, []).append((place, change))
        made: dict[object, str] = {}
        for stream in hearing:
            mine = [change for _, change in sorted(_in(by_scope, stream.scopes), key=lambda one: one[0])]
            if not mine:
                continue
            reported = {one.entity_id for one in mine if (one.entity_id, stream.actor.person_id) in own}
            key = (stream, *reported) if reported or stream.own_scope in by_scope else stream.alike
            if key not in made:
                made[key] = changes_json(stream, mine, rows, reported, str(cursor), now)
            stream.send(Event("changes", made[key], str(cursor)))

    async def _check_standing(self, session: ReadSession, now: datetime) -> None:
        # Whoever comes while this is asked was not asked about.
        asked = list(self._streams)
        standing = await still_standing(session, [one.session_id for one in asked], now)
        for stream in asked:
            known = standing.get(stream.session_id)
            if known is None:
                stream.send(Event("ended", '{"code":"not_signed_in"}', last=True))
            elif scope_revision(known.actor) != stream.revision:
                stream.send(Event("ended", '{"code":"scope_changed"}', last=True))

    def _tell_leases(self) -> None:
        made: dict[Reach, str] = {}
        for stream in self._streams:
            if stream.desk is None:
                continue
            if stream.desk not in made:
                made[stream.desk] = leases_json(stream.desk, self._leases)
            stream.send_changed("leases", made[stream.desk])

    async def _tell_counts(self, session: ReadSession, changed: Iterable[UUID], now: datetime, clock: float) -> None:
        desks = {one.desk for one in self._streams if one.desk is not None}
        self._counts = {reach: known for reach, known in self._counts.items() if reach in desks}
        moved = set(changed)
        for reach in desks:
            known = self._counts.setdefault(reach, Counts())
            known.stale = known.stale or reach.jurisdiction_id in moved
        if self._is_due("counts", clock, COUNTS_EVERY_S):
            for reach, known in self._counts.items():
                if known.stale or clock >= known.at + COUNTS_AT_LEAST_S:
                    found = await counts.of_sections(session, reach, Wanted(any_status=True), now)
                    known.data, known.at, known.stale = to_json({"counts": found}).decode(), clock, False
            spent = asyncio.get_running_loop().time() - clock
            self._due["counts"] = clock + max(COUNTS_EVERY_S, spent / COUNTS_SHARE)
        for stream in self._streams:
            # Whoever came while these were counted has none yet.
            counted = self._counts.get(stream.desk) if stream.desk is not None else None
            if counted is not None and counted.data:
                stream.send_changed("counts", counted.data)


def _in(by_scope: Mapping[str, Sequence[tuple[int, Change]]], scopes: Iterable[str]) -> Iterable[tuple[int, Change]]:
    for scope in scopes:
        yield from by_scope.get(scope, ())


def changes_json(
    stream: Stream,
    changes: Sequence[Change],
    rows: Mapping[UUID, Any],
    reported: set[UUID],
    cursor: str,
    now: datetime,
) -> str:
    """What ``GET /changes`` would answer the stream's viewer for these changes; whose scopes change is told otherwise."""
    data: dict[UUID, dict[str, Any]] = {}
    for ticket_id in {one.entity_id for one in changes}:
        row = rows.get(ticket_id)
        own = ticket_id in reported
        if row is not None and stream.reach.holds(row, own=own):
            seen = row._replace(mine=own)
            shown = brief(seen, stream.fields(seen), now)
            if shown is not None:
                data[ticket_id] = shown
    told = [
        {
            "scope": one.scope,
            "entity": one.entity,
            "id": one.entity_id,
            "version": one.version,
            "op": "r" if one.gone or (one.entity == TICKET and one.entity_id not in data) else "u",
            "data": None if one.gone else data.get(one.entity_id),
        }
        for one in changes
    ]
    answer = {"changes": told, "cursor": cursor, "more": False, "server_time": now}
    return to_json(answer).decode()


def leases_json(reach: Reach, leases: Iterable[Any]) -> str:
    """Who looks at which of the tickets within reach."""
    within = [one for one in leases if reach.holds(SimpleNamespace(**one._mapping, unit_id=None), own=False)]
    shown = [{"ticket_id": one.ticket_id, "person_id": one.person_id, "name": one.name} for one in within]
    return to_json({"leases": shown}).decode()
