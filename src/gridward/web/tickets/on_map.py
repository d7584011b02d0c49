"""Which tickets a map shows to somebody, and what of each: for all of them alike."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import Query

from gridward.domain.accounts import Actor, Subject, ticket_fields
from gridward.domain.errors import Forbidden, Malformed
from gridward.persistence.tickets.asking import Reach
from gridward.web.tickets.reach import reach_of
from gridward.web.tickets.shapes import visible

MOST_CORNERS = 200
Within = Annotated[
    str | None, Query(max_length=8_000, description="corners of a drawn shape, lon,lat in degrees, with semicolons")
]

PLACED = frozenset({"lon", "lat", "status"})


def on_map(actor: Actor, **filters: object) -> tuple[Reach, frozenset[str]]:
    """What the actor may find on a map, and the fields that are shown of every ticket there.

    A map is made in one piece, so a ticket shows no more on it than the least that any of them opens. Somebody with an
    area or a unit sees its tickets; own reports from elsewhere are in the lists. ``filters`` that are not None are fields
    too: whoever may not see one could learn it from what is left.

    Raises:
        Forbidden: ``not_permitted``.
    """
    reach = reach_of(actor)
    here = actor.jurisdiction_id
    if reach.everything:
        ways = [Subject(jurisdiction_id=here)]
        # Whoever sees all of it sees the same map.
        reach = replace(reach, person_id=None)
    else:
        ways = [Subject(jurisdiction_id=here, community_id=area) for area in reach.community_ids]
        ways += [Subject(jurisdiction_id=here, unit_ids=frozenset({unit})) for unit in reach.unit_ids]
        if ways:
            reach = replace(reach, person_id=None)
        elif reach.person_id is not None:
            ways = [Subject(jurisdiction_id=here, owner_ids=frozenset({reach.person_id}))]
    fields = [visible(ticket_fields(actor, way)) for way in ways]
    shown = frozenset.intersection(*fields) if fields else frozenset()
    if not shown.issuperset(PLACED | {name for name, value in filters.items() if value is not None}):
        raise Forbidden("not_permitted", action="ticket:read_outline")
    return reach, shown


def corners_of(words: str) -> list[tuple[float, float]]:
    """The corners of a drawn shape.

    Raises:
        Malformed: ``query_unreadable``.
    """
    try:
        found = [(float(lon), float(lat)) for lon, lat in (pair.split(",") for pair in words.split(";"))]
    except ValueError:
        raise Malformed("query_unreadable", field="within") from None
    if not 3 <= len(found) <= MOST_CORNERS or not all(-180 <= lon <= 180 and -90 <= lat <= 90 for lon, lat in found):
        raise Malformed("query_unreadable", field="within")
    return found
