"""What an operation names must be there: the rules of the lifecycle believe it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from gridward.domain.errors import Malformed
from gridward.domain.tickets.words import Intent
from gridward.persistence.database import WriteSession
from gridward.persistence.territory.queries import locate
from gridward.persistence.tickets.named import grid_place, unit_kinds, works_for
from gridward.services.evidence.showing import photos_of
from gridward.services.tickets.case import Case

MOVES_PLACE = frozenset({Intent.CORRECT, Intent.ACCEPT})


async def checked(
    session: WriteSession, case: Case, intent: Intent, raw: Mapping[str, Any], now: datetime
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The body with what only the server knows filled in, and the columns of the ticket that a new place moves.

    The kind of a unit is the unit's own, whatever was sent; the grid of a corrected place is looked up unless named.

    Raises:
        Malformed: ``unit_unknown``, ``worker_unknown``, ``grid_unknown``, ``photo_unknown``, or ``body.unreadable``.
    """
    body, place = dict(raw), dict[str, Any]()
    if intent is Intent.ASSIGN:
        unit_id = _id(body.get("unit_id"), intent, "unit_id")
        body["unit_kind"] = (await _kinds(session, case, {unit_id}, now))[unit_id]
        if "worker_id" in body:
            await _check_worker(session, case, body["worker_id"], unit_id, intent, now)
    elif intent is Intent.HAND_TO and case.state.assignment is not None:
        await _check_worker(session, case, body.get("worker_id"), case.state.assignment.unit_id, intent, now)
    elif intent is Intent.SPLIT and isinstance(body.get("parts"), list):
        parts = [part if isinstance(part, Mapping) else {} for part in body["parts"]]
        ids = [_id(part.get("unit_id"), intent, "parts") for part in parts]
        kinds = await _kinds(session, case, set(ids), now)
        body["parts"] = [{**part, "unit_kind": kinds[one]} for part, one in zip(parts, ids, strict=True)]
    elif intent is Intent.SEND_BACK and "whose_unit_id" in body:
        await _kinds(session, case, {_id(body["whose_unit_id"], intent, "whose_unit_id")}, now)
    elif intent is Intent.HIDE_PHOTO and isinstance(body.get("photos"), list):
        held = {
            one["sha256"] for one in (await photos_of(session, [case.ticket_id], with_hidden=False))[case.ticket_id]
        }
        unknown = [one for one in body["photos"] if one not in held]
        if unknown:
            raise Malformed("photo_unknown", photos=unknown)
    elif intent in MOVES_PLACE:
        place = await _place(session, case, intent, body, now)
    return body, place


async def _kinds(session: WriteSession, case: Case, unit_ids: set[UUID], now: datetime) -> dict[UUID, str]:
    kinds = await unit_kinds(session, case.jurisdiction_id, unit_ids, now)
    unknown = unit_ids - kinds.keys()
    if unknown:
        raise Malformed("unit_unknown", units=sorted(map(str, unknown)))
    return kinds


async def _check_worker(
    session: WriteSession, case: Case, worker: object, unit_id: UUID, intent: Intent, now: datetime
) -> None:
    worker_id = _id(worker, intent, "worker_id")
    if not await works_for(session, case.jurisdiction_id, worker_id, unit_id, now):
        raise Malformed("worker_unknown", worker_id=str(worker_id))


async def _place(
    session: WriteSession, case: Case, intent: Intent, body: dict[str, Any], now: datetime
) -> dict[str, Any]:
    place: dict[str, Any] = {}
    lon, lat = body.get("lon"), body.get("lat")
    if intent is Intent.CORRECT and isinstance(lon, int | float) and isinstance(lat, int | float):
        if not (-180 <= lon <= 180 and -90 <= lat <= 90):
            raise Malformed("body.unreadable", intent=intent, field="lon")
        located = await locate(session, case.jurisdiction_id, float(lon), float(lat), 0.0, now)
        place |= {
            "location": f"SRID=4326;POINT({lon} {lat})",
            "accuracy_m": 0.0,
            "building_id": located.building.building_id if located.building else None,
        }
        if "grid_id" not in body and located.grid is not None:
            body["grid_id"] = str(located.grid.grid_id)
    if body.get("grid_id") is not None:
        grid = await grid_place(session, case.jurisdiction_id, _id(body["grid_id"], intent, "grid_id"), now)
        if grid is None:
            raise Malformed("grid_unknown")
        place["community_id"] = grid.community_id
    return place


def _id(value: object, intent: Intent, field: str) -> UUID:
    try:
        return UUID(str(value))
    except ValueError:
        raise Malformed("body.unreadable", intent=intent, field=field) from None
