"""Tickets as JSON: which fields there are, and which of them this viewer gets.

Every answer that shows a ticket is made here, lists, details and the change feed alike, from ``ticket_fields``: one
table decides, so nothing can show in one place what is hidden in another. A field that is not for the viewer is null.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import Row

from gridward.domain.accounts import Actor, ScopeKind, Subject, ticket_fields
from gridward.domain.tickets.numbers import official_number, spoken_number


class NextDue(BaseModel):
    """The clock that ends next."""

    clock: str
    due_at: datetime


class TicketBrief(BaseModel):
    """A ticket as lists and maps show it. Times are UTC, places WGS-84 degrees, accuracy metres.

    ``outer_no`` and ``outer_due_at``: the number it has in another system (12345 …), and when that one wants an answer.
    """

    ticket_id: UUID
    ticket_no: str | None
    short_no: str
    status: str
    category: str
    category_name: str | None
    condition_id: str | None
    urgent: bool
    place_note: str | None
    lon: float | None
    lat: float | None
    accuracy_m: float | None
    grid_id: UUID | None
    grid_name: str | None
    community_id: UUID | None
    unit_id: UUID | None
    unit_name: str | None
    unit_kind: str | None
    assignee_id: UUID | None
    assignment_id: UUID | None
    resolution_id: UUID | None
    received_at: datetime
    captured_at: datetime | None
    ended_at: datetime | None
    closing: str | None
    due_at: datetime | None
    resolve_due_at: datetime | None
    next_due: NextDue | None
    near_breach: bool | None
    breached_at: datetime | None
    paused: bool | None
    verify_way: str | None
    tray_reason: str | None
    photo: str | None
    thumbnail: str | None
    version: int
    reports_count: int | None
    marks: list[str] | None
    merged_into_id: UUID | None
    parent_id: UUID | None
    outer_no: str | None
    outer_due_at: datetime | None
    mine: bool


class TicketPage(BaseModel):
    """``next`` is the ``after`` of the next page; null: this was the last."""

    tickets: list[TicketBrief]
    next: str | None


ALWAYS = frozenset({"ticket_id", "version", "mine", "ended_at", "merged_into_id"})

OPENED_BY: Mapping[str, str] = {
    "assignment_id": "assignment",
    "resolution_id": "resolution",
    "closing": "resolution",
    "verify_way": "resolution",
    "parent_id": "ticket_no",
}
"""Fields that follow another field's rule; every other follows its own name in the policy."""


def subject_of(row: Row[Any], viewer: Actor) -> Subject:
    """A list row as the policy knows it; of its reporters only the viewer matters."""
    owners = {viewer.person_id} if row.mine and viewer.person_id is not None else set()
    return Subject(
        jurisdiction_id=row.jurisdiction_id,
        owner_ids=frozenset(owners),
        grid_id=row.grid_id,
        community_id=row.community_id,
        unit_ids=frozenset({row.unit_id}) if row.unit_id is not None else frozenset(),
    )


def fields_for(viewer: Actor) -> Callable[[Row[Any]], frozenset[str]]:
    """What the viewer may see of a row; remembers the answer for rows that stand alike."""
    known: dict[tuple[Any, ...], frozenset[str]] = {}

    def fields(row: Row[Any]) -> frozenset[str]:
        key = (row.jurisdiction_id, row.mine, row.grid_id, row.community_id, row.unit_id)
        if key not in known:
            known[key] = ticket_fields(viewer, subject_of(row, viewer))
        return known[key]

    return fields


def shown_alike(viewer: Actor) -> frozenset[str] | None:
    """The fields of :class:`TicketBrief` that the viewer sees of every ticket; None where it depends on the ticket.

    Roles for the whole jurisdiction stand to every ticket alike, whether or not the viewer reported it.
    """
    if not viewer.grants or any(grant.scope_kind is not ScopeKind.jurisdiction for grant in viewer.grants):
        return None
    owners = frozenset() if viewer.person_id is None else frozenset({viewer.person_id})
    anybodys = Subject(jurisdiction_id=viewer.jurisdiction_id)
    own = Subject(jurisdiction_id=viewer.jurisdiction_id, owner_ids=owners)
    of_anybodys, of_own = (ticket_fields(viewer, subject) for subject in (anybodys, own))
    shown = visible(of_anybodys)
    return shown if of_anybodys and shown == visible(of_own) else None


@lru_cache(maxsize=256)
def visible(fields: frozenset[str]) -> frozenset[str]:
    """The fields of :class:`TicketBrief` that these fields of the policy open."""
    return frozenset(name for name in TicketBrief.model_fields if name in ALWAYS or OPENED_BY.get(name, name) in fields)


COLUMN_OF: Mapping[str, str] = {
    "category": "category_code",
    "assignee_id": "worker_id",
    "photo": "photo_sha256",
    "thumbnail": "photo_sha256",
}
"""Fields that a row calls otherwise."""


def _next_due(row: Row[Any], now: datetime) -> dict[str, Any] | None:
    due = row.next_due_at
    return {"clock": row.next_clock, "due_at": due} if due is not None else None


MADE: Mapping[str, Callable[[Row[Any], datetime], Any]] = {
    "ticket_no": lambda row, now: official_number(row.number_day, row.number),
    "short_no": lambda row, now: spoken_number(row.short_no),
    "next_due": _next_due,
    "near_breach": lambda row, now: (
        row.near_breach_at is not None and row.near_breach_at <= now and row.breached_at is None
    ),
}
"""Fields that no column holds."""

NOTHING: Mapping[str, None] = dict.fromkeys(TicketBrief.model_fields)


@lru_cache(maxsize=256)
def _reading(fields: frozenset[str]) -> tuple[tuple[str, ...], Callable[[Row[Any]], tuple[Any, ...]], tuple[str, ...]]:
    """What these fields of the policy open: names that columns hold, how they are read from a row, names that are made."""
    shown = visible(fields)
    held = tuple(name for name in TicketBrief.model_fields if name in shown and name not in MADE)
    read = attrgetter(*(COLUMN_OF.get(name, name) for name in held))
    return held, read, tuple(name for name in MADE if name in shown)


def brief(row: Row[Any], fields: frozenset[str], now: datetime) -> dict[str, Any] | None:
    """The ticket for a viewer with these fields; None: for this viewer there is no such ticket."""
    if not fields:
        return None
    held, read, made = _reading(fields)
    return {**NOTHING, **dict(zip(held, read(row), strict=True)), **{name: MADE[name](row, now) for name in made}}
