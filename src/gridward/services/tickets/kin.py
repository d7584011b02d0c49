"""What belongs to a ticket: what was merged into it, its parts or its whole, and what probably tells of the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from gridward.domain.geometry import box_around
from gridward.domain.tickets.state import Child
from gridward.domain.tickets.twins import LIKELY, Likeness, Told, likeness, reach_m
from gridward.persistence.database import ReadSession
from gridward.persistence.tickets import kin as stored
from gridward.persistence.tickets import lists
from gridward.persistence.tickets.asking import Reach, Wanted
from gridward.services.tickets.gathering import UNSAID_ACCURACY_M
from gridward.services.tickets.read import Folded, folded

SHOWN = 5
LOOKED_AT = 100
"""Open tickets near by that are compared, the newest; more lie in no place where people live."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """A ticket worked on in parts: the whole's row, its parts in their order, and the rows of these by id."""

    whole: Any
    in_order: bool
    parts: tuple[Child, ...]
    rows: dict[UUID, Any]


async def split_of(session: ReadSession, row: Any) -> Split | None:
    """The split that a ticket is the whole or a part of. Whoever may read one may know of the others; who that is, and
    how much of each, is asked before and after."""
    whole_id = row.parent_id or row.ticket_id
    state = (await folded(session, row.jurisdiction_id, whole_id)).ticket.state
    if not state.children:
        return None
    everything = Reach(jurisdiction_id=row.jurisdiction_id, person_id=None, everything=True)
    rows = await lists.briefs(session, everything, [whole_id, *(child.child_id for child in state.children)])
    return Split(whole=rows[whole_id], in_order=state.in_order, parts=state.children, rows=rows)


async def merged_here(session: ReadSession, reach: Reach, ticket_id: UUID) -> Sequence[Any]:
    """The rows of what is merged into a ticket, as far as the viewer may find them."""
    found = await stored.merged_into(session, ticket_id)
    rows = await lists.briefs(session, reach, found)
    return [rows[one] for one in found if one in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class Twin:
    """An open ticket that probably tells of the same."""

    row: Any
    alike: Likeness


async def twins_of(session: ReadSession, reach: Reach, row: Any, what: Folded) -> list[Twin]:
    """The likeliest twins among the open tickets near by, likeliest first; none of a ticket whose place nobody knows."""
    if row.lon is None or not row.is_open:
        return []
    category = what.terms.standard(str(row.standard_id)).categories.get(row.category_code)
    radius_m = category.duplicate_radius_m if category else UNSAID_ACCURACY_M
    box = box_around(row.lon, row.lat, reach_m(radius_m, _accuracy(row) + UNSAID_ACCURACY_M))
    near = [one for one in await lists.tickets(session, reach, Wanted(bbox=box, limit=LOOKED_AT)) if _other(one, row)]
    words = await stored.told_of(session, [row.ticket_id, *(one.ticket_id for one in near)])
    told = _told(row, words)
    compared = [Twin(row=one, alike=likeness(told, _told(one, words), radius_m=radius_m)) for one in near]
    likely = [twin for twin in compared if twin.alike.score >= LIKELY]
    return sorted(likely, key=lambda twin: (-twin.alike.score, twin.row.ticket_id))[:SHOWN]


def _other(one: Any, row: Any) -> bool:
    """Parts of one whole are no twins of each other."""
    family = {row.ticket_id, row.parent_id} - {None}
    return one.lon is not None and not family & {one.ticket_id, one.parent_id}


def _accuracy(row: Any) -> float:
    return UNSAID_ACCURACY_M if row.accuracy_m is None else min(row.accuracy_m, UNSAID_ACCURACY_M)


def _told(row: Any, words: dict[UUID, str]) -> Told:
    said: Iterator[str] = (one for one in (row.place_note, words.get(row.ticket_id)) if one)
    return Told(
        category=row.category_code,
        condition_id=row.condition_id,
        lon=row.lon,
        lat=row.lat,
        accuracy_m=_accuracy(row),
        seen_at=row.captured_at,
        words=" ".join(said),
    )
