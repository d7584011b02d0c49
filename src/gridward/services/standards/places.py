"""Saying what kind of place a community or a grid is. What was filed before keeps what held then."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from gridward.domain.accounts import Actor
from gridward.domain.errors import Malformed
from gridward.persistence.database import WriteSession
from gridward.persistence.standards.places import PlaceType, places_by_code, put_place_types
from gridward.services.noting import note

CLASSES = frozenset({"A", "B", "C", None})


async def set_types(session: WriteSession, actor: Actor, lines: Sequence[PlaceType], *, now: datetime) -> None:
    """Set lines by official code; what is not named stays.

    Raises:
        Malformed: ``place_types.line`` with ``line`` (from 0), ``place`` and ``why``: ``place_unknown``, ``place_twice``,
            ``area_class``.
    """
    known = await places_by_code(session, actor.jurisdiction_id, {line.code for line in lines})
    seen: set[str] = set()
    for number, line in enumerate(lines):
        faults = {
            "place_unknown": line.code not in known,
            "place_twice": line.code in seen,
            "area_class": line.area_class not in CLASSES,
        }
        for why, holds in faults.items():
            if holds:
                raise Malformed("place_types.line", line=number, place=line.code, why=why)
        seen.add(line.code)
    placed = [(*known[line.code], line) for line in lines]
    await put_place_types(session, actor.jurisdiction_id, placed, at=now, by=actor.person_id)
    detail = {
        "places": [
            {"code": line.code, "community_type": line.community_type, "area_class": line.area_class} for line in lines
        ][:200],
        "lines": len(lines),
    }
    await note(session, actor, "place_types.set", "standard", actor.jurisdiction_id, detail, now)
