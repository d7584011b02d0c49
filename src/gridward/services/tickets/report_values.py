"""A report as the body of its first step, and as rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from gridward.domain import sync
from gridward.domain.accounts import Actor
from gridward.domain.facts import write_instant
from gridward.domain.tickets.intake import warn_at
from gridward.persistence.tickets.search import search_vector
from gridward.services.sla import local_date
from gridward.services.tickets.case import Case, columns
from gridward.services.tickets.gathering import Gathered

DESK_SOURCES = frozenset(
    {"wechat", "call", "walk_in", "hotline", "superior", "video", "visit", "media", "other_system"}
)
"""来源 of reports that the desk files for others; whoever files for himself names none."""


def community_of(gathered: Gathered) -> UUID | None:
    """Of the grid that the ticket gets; a place outside of all grids may lie in a community all the same."""
    located = gathered.located
    if located is None:
        return None
    hit = next((hit for hit in located.grids if hit.grid_id == gathered.choice.grid_id), None)
    return hit.community_id if hit else located.community_id


def file_body(actor: Actor, report_id: UUID, body: sync.ReportBody, gathered: Gathered, case: Case) -> dict[str, Any]:
    kind, choice = gathered.kind, gathered.choice
    photos = [photo.sha256 for photo in body.photos]
    raw: dict[str, Any] = {
        "report_id": str(report_id),
        "reporter_id": str(actor.person_id) if actor.person_id else None,
        "standard_id": gathered.standard_id,
        "applied": gathered.applied.why,
        "category": kind.category.code,
        "condition_id": kind.condition.condition_id if kind.condition else None,
        "grid_id": str(choice.grid_id) if choice.grid_id else None,
        "community_id": str(case.place["community_id"]) if case.place["community_id"] else None,
        "captured_at": write_instant(gathered.captured_at),
        "marks": [mark.value for mark in gathered.marks] or None,
        "photos": photos or None,
    }
    if gathered.self_resolved:
        after = [body.after_photo] if body.after_photo else []
        raw |= {"after_photos": after, "photos": [one for one in photos if one not in after], "note": body.done_note}
    else:
        raw |= {
            "area_class": gathered.applied.area_class,
            "urgent": bool(kind.condition and kind.condition.urgent),
            "source": source_of(actor, body),
            "said_at": write_instant(body.said_at) if body.said_at else None,
            "outer_due_at": write_instant(body.outer_due_at) if body.outer_due_at else None,
            "note": body.note,
        }
    return {name: value for name, value in raw.items() if value is not None and value != ""}


def source_of(actor: Actor, body: sync.ReportBody) -> str:
    """Where it came from, for units to read: 志愿者, 网格员, 热线…; never who."""
    if body.source in DESK_SOURCES:
        return body.source
    return min((role.value for role in actor.roles), key=SOURCES.index, default="program")


SOURCES = (
    "dispatcher",
    "shift_leader",
    "steward",
    "liaison",
    "volunteer",
    "unit_worker",
    "unit_lead",
    "supervisor",
    "system_admin",
    "security_admin",
    "audit_admin",
)
"""Of several roles the first is named."""


def _point(body: sync.ReportBody) -> str | None:
    return f"SRID=4326;POINT({body.location.lon} {body.location.lat})" if body.location else None


def report_values(
    actor: Actor, report_id: UUID, envelope: sync.ReportEnvelope, gathered: Gathered, now: datetime
) -> dict[str, Any]:
    body, place = envelope.body, envelope.body.location
    return {
        "report_id": report_id,
        "jurisdiction_id": actor.jurisdiction_id,
        "digest": envelope.digest,
        "schema": envelope.schema,
        "reporter_id": actor.person_id,
        "source": source_of(actor, body),
        "speaker": body.speaker,
        "said_at": body.said_at,
        "outer_no": body.outer_no,
        "outer_due_at": body.outer_due_at,
        "outer_warn_at": warn_at(now, body.outer_due_at) if body.outer_due_at and body.outer_due_at > now else None,
        "patrol_id": body.patrol_id,
        "visit_id": body.visit_id,
        "category_code": body.category,
        "condition_id": body.condition_id,
        "location": _point(body),
        "accuracy_m": place.accuracy_m if place else None,
        "location_age_s": place.age_s if place else None,
        "location_source": place.source if place else None,
        "place_note": body.place_note,
        "captured_at": gathered.captured_at,
        "received_at": now,
        "clock": envelope.clock.as_json(),
        "agent": envelope.sending.agent,
        "self_resolved": gathered.self_resolved,
        "marks": marks(gathered),
    }


def marks(gathered: Gathered) -> list[str]:
    of_photos = {mark.value for photo in gathered.photos for mark in photo.agreement.marks}
    return [mark.value for mark in gathered.marks] + sorted(of_photos)


def ticket_values(
    case: Case, body: sync.ReportBody, gathered: Gathered, report: dict[str, Any], now: datetime
) -> dict[str, Any]:
    community_id = case.place["community_id"]
    building = gathered.located.building if gathered.located else None
    words: Sequence[str | None] = (body.place_note, gathered.kind.category.name.zh)
    return {
        **columns(case, now),
        "ticket_id": case.ticket_id,
        "jurisdiction_id": case.jurisdiction_id,
        "number_day": local_date(gathered.terms, now),
        "number_area_id": community_id or case.jurisdiction_id,
        "source": report["source"],
        "place_note": body.place_note,
        "location": report["location"],
        "accuracy_m": report["accuracy_m"],
        "building_id": building.building_id if building else None,
        "received_at": now,
        "captured_at": gathered.captured_at,
        "photo_sha256": body.photos[0].sha256 if body.photos else None,
        "conflict": False,
        # The number leads to the person in the other system: only whoever may read notes finds a ticket by it.
        "search": search_vector(words, (body.note, body.outer_no)),
    }
