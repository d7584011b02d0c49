"""A dry run: past reports put to rules that are not in force, page by page, so that nobody waits without a sign."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from gridward.domain.accounts import Actor, Subject, require
from gridward.domain.routing.choice import Asked, Gathered, Twin
from gridward.domain.routing.dry_run import Moved, Past, moved, way_kept
from gridward.domain.routing.rules import By, RuleSet
from gridward.domain.routing.terrain import Terrain
from gridward.domain.standards_unit_names import named_at
from gridward.domain.territory import Located
from gridward.domain.tickets.numbers import official_number
from gridward.persistence.accounts.tenants import time_zone_of
from gridward.persistence.database import ReadSession
from gridward.persistence.routing.past import PastRow, Point, count_past, locate_all, past_reports
from gridward.persistence.routing.terrain import terrain
from gridward.persistence.standards.queries import standard_by_id
from gridward.persistence.territory.queries import locate

DAYS = 90
PAGE = 1_000

Cursor = tuple[datetime, UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Reports received from ``since``, before ``until``."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """``read`` reports were asked, ``moved`` would have gone elsewhere; ``next`` is None when all have been."""

    read: int
    moved: tuple[Moved, ...]
    next: Cursor | None


def last_days(days: int, now: datetime) -> Span:
    return Span(since=now - timedelta(days=days), until=now)


async def how_many(session: ReadSession, actor: Actor, span: Span) -> int:
    """Reports that a dry run over the span will read."""
    require(actor, "rules:dry_run", Subject(jurisdiction_id=actor.jurisdiction_id))
    return await count_past(session, actor.jurisdiction_id, since=span.since, until=span.until)


async def dry_run_page(
    session: ReadSession, actor: Actor, rule_set: RuleSet, span: Span, *, after: Cursor | None = None, most: int = PAGE
) -> Page:
    """The next reports, oldest first, under other rules.

    They are asked with what was known when they came in: the kind that was named, the boundaries and units of that
    day, what was open near by. What names in a standard mean is asked as it stands now.

    Raises:
        Forbidden: no right to see where reports went.
    """
    require(actor, "rules:dry_run", Subject(jurisdiction_id=actor.jurisdiction_id))
    known = await terrain(session, actor.jurisdiction_id)
    return await _page(session, actor.jurisdiction_id, rule_set, known, span, after=after, most=most)


async def dry_run(session: ReadSession, actor: Actor, rule_set: RuleSet, span: Span) -> AsyncIterator[Page]:
    """Every page of a span. Raises as :func:`dry_run_page`."""
    require(actor, "rules:dry_run", Subject(jurisdiction_id=actor.jurisdiction_id))
    known = await terrain(session, actor.jurisdiction_id)
    after: Cursor | None = None
    while True:
        page = await _page(session, actor.jurisdiction_id, rule_set, known, span, after=after, most=PAGE)
        yield page
        if page.next is None:
            return
        after = page.next


async def _page(
    session: ReadSession,
    jurisdiction_id: UUID,
    rule_set: RuleSet,
    known: Terrain,
    span: Span,
    *,
    after: Cursor | None,
    most: int,
) -> Page:
    rows = await past_reports(session, jurisdiction_id, since=span.since, until=span.until, after=after, most=most)
    pasts = await _as_they_stood(session, jurisdiction_id, rows, rule_set, known)
    found = (moved(past, rule_set) for past in pasts)
    last = rows[-1] if len(rows) == most else None
    return Page(
        read=len(rows),
        moved=tuple(one for one in found if one is not None),
        next=None if last is None else (last.received_at, last.ticket_id),
    )


async def _as_they_stood(
    session: ReadSession, jurisdiction_id: UUID, rows: Sequence[PastRow], rule_set: RuleSet, known: Terrain
) -> list[Past]:
    zone = await time_zone_of(session, jurisdiction_id)
    asked = [Asked(**row.routing["asked"]) for row in rows]
    points = {
        at: Point(lon=row.lon, lat=row.lat, accuracy_m=one.accuracy_m, at=row.received_at)
        for at, (row, one) in enumerate(zip(rows, asked, strict=True))
        if row.lon is not None and row.lat is not None and one.accuracy_m is not None
    }
    located = dict(zip(points, await locate_all(session, jurisdiction_id, list(points.values())), strict=True))
    pasts = []
    for at, (row, one) in enumerate(zip(rows, asked, strict=True)):
        place = located.get(at)
        if place is not None and place.grid is None and one.urgent:
            # What is urgent goes to the nearest grid in reach, which only the whole question knows.
            point = points[at]
            place = await locate(session, jurisdiction_id, point.lon, point.lat, point.accuracy_m, point.at)
        pasts.append(
            Past(
                ticket_id=row.ticket_id,
                ticket_no=official_number(row.number_day, row.number),
                received_at=row.received_at,
                category=one.category,
                grid_id=row.grid_id,
                lon=row.lon,
                lat=row.lat,
                gathered=await _gathered(session, row, one, place, rule_set, known, zone),
                before=way_kept(row.routing),
            )
        )
    return pasts


async def _gathered(
    session: ReadSession,
    row: PastRow,
    asked: Asked,
    located: Located | None,
    rule_set: RuleSet,
    known: Terrain,
    zone: ZoneInfo,
) -> Gathered:
    local = known.local(located.community_id if located else None, row.received_at)
    condition = None
    if asked.condition_id is not None and any(rule.choose.by is By.standard for rule in rule_set.rules):
        condition = (await standard_by_id(session, row.standard_id)).conditions.get(asked.condition_id)
    last_resorts = located.last_resorts or local.last_resorts if located else ()
    return Gathered(
        category=asked.category,
        condition_id=asked.condition_id,
        condition_named=asked.condition_named,
        urgent=asked.urgent,
        automatic=asked.automatic,
        area_class=asked.area_class,
        located=located,
        area_ids=local.area_ids,
        units=local.units,
        last_resorts=last_resorts,
        twins=tuple(
            Twin(
                ticket_id=UUID(twin["ticket_id"]),
                distance_m=twin["distance_m"],
                status=twin["status"],
                short_no=twin["short_no"],
            )
            for twin in row.routing["twins"] or ()
        ),
        named=named_at(condition, local.meanings),
        local_at=row.received_at.astimezone(zone).replace(tzinfo=None),
    )
