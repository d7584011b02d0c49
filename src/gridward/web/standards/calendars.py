"""Calendars: which there are, what a new version would change, publishing one."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from gridward.domain.accounts import Subject, require
from gridward.domain.calendar import Shift
from gridward.domain.calendar_changes import years_unpublished
from gridward.domain.standards_document import to_document
from gridward.persistence.standards import queries
from gridward.services.standards import calendars
from gridward.web.deps import CurrentActor, Now, Read, Write

router = APIRouter(tags=["calendars"])

MOST_LOOKED_AT = 2_000
"""Tickets that a screen waits for; the command line looks at all."""


class SpecialShown(BaseModel):
    on: date
    shifts: list[str]
    why: str


class CalendarShown(BaseModel):
    """The version in force. ``provisional_years``: this year or the next, without official holidays (暂定)."""

    calendar_id: str
    version: int
    time_zone: str
    weekly: list[list[str]]
    special: list[SpecialShown]
    published_years: list[int]
    holiday_free: bool
    provisional_years: list[int]


class CalendarsShown(BaseModel):
    calendars: list[CalendarShown]


class CalendarDraft(BaseModel):
    """A calendar file: ``calendar_id`` and what changes (``exceptions_changed``, ``years_added``), or all of it."""

    model_config = ConfigDict(extra="forbid")

    document: dict[str, Any]


class CalendarToPublish(CalendarDraft):
    """``based_on``: the version that was seen. ``past_acknowledged``: days gone by may count otherwise."""

    based_on: int | None
    past_acknowledged: bool = False


class DayChangeShown(BaseModel):
    on: date
    before: list[str]
    after: list[str]
    why: str | None
    past: bool


class MoveShown(BaseModel):
    """A running clock that would be due at another time; ``turns``: ``late``, ``in_time`` or empty."""

    ticket_id: UUID
    number: str
    clock: str
    kind: str
    from_due_at: datetime | None
    to_due_at: datetime | None
    turns: str


class EffectShown(BaseModel):
    """What publishing would change. ``looked_at`` of ``tickets`` were recomputed; ``moves`` are the first few."""

    calendar_id: str
    based_on: int | None
    new: bool
    days: list[DayChangeShown]
    weekly: list[int]
    years_added: list[int]
    years_gone: list[int]
    touches_past: bool
    tickets: int
    looked_at: int
    moved: int
    turn_late: int
    turn_in_time: int
    moves: list[MoveShown]


class CalendarPublished(BaseModel):
    version: int = Field(description="That stands now; the old one where nothing changed")


@router.get("/calendars")
async def read_calendars(session: Read, who: CurrentActor, at: Now) -> CalendarsShown:
    """The calendars in force."""
    require(who, "standard:read", Subject(jurisdiction_id=who.jurisdiction_id))
    known = await queries.current_calendars(session, who.jurisdiction_id)
    return CalendarsShown(
        calendars=[
            CalendarShown(
                calendar_id=one.calendar_id,
                version=one.version,
                time_zone=one.time_zone,
                weekly=[_hours(shifts) for shifts in one.weekly],
                special=[
                    SpecialShown(on=on, shifts=_hours(day.shifts), why=day.why)
                    for on, day in sorted(one.exceptions.items())
                ],
                published_years=sorted(one.published_years),
                holiday_free=one.holiday_free,
                provisional_years=list(years_unpublished(one, one.local_date(at))),
            )
            for one in known.values()
        ]
    )


@router.get("/calendars/{calendar_id}/document")
async def document(calendar_id: str, session: Read, who: CurrentActor) -> dict[str, Any]:
    """A calendar as the file that would say the same."""
    require(who, "standard:read", Subject(jurisdiction_id=who.jurisdiction_id))
    whole: dict[str, Any] = to_document(await calendars.calendar_named(session, who.jurisdiction_id, calendar_id))
    return {name: value for name, value in whole.items() if name != "version"}


@router.post("/calendars/draft")
async def draft(body: CalendarDraft, session: Read, who: CurrentActor, at: Now) -> EffectShown:
    """What a new version would change: which days, which running clocks, and which of them change sides."""
    require(who, "calendar:publish", Subject(jurisdiction_id=who.jurisdiction_id))
    effect = await calendars.effect_of(session, who, body.document, now=at, most=MOST_LOOKED_AT)
    change = effect.change
    return EffectShown(
        calendar_id=effect.calendar.calendar_id,
        based_on=effect.based_on,
        new=change is None or not change.empty,
        days=[
            DayChangeShown(on=day.on, before=_hours(day.before), after=_hours(day.after), why=day.why, past=day.past)
            for day in (change.days if change else ())
        ],
        weekly=list(change.weekly) if change else [],
        years_added=list(change.years_added) if change else [],
        years_gone=list(change.years_gone) if change else [],
        touches_past=change.touches_past if change else False,
        tickets=effect.tickets,
        looked_at=effect.looked_at,
        moved=effect.moved,
        turn_late=effect.turn_late,
        turn_in_time=effect.turn_in_time,
        moves=[MoveShown.model_validate(move, from_attributes=True) for move in effect.moves],
    )


@router.post("/calendars")
async def publish(body: CalendarToPublish, session: Write, who: CurrentActor, at: Now) -> CalendarPublished:
    """Publish a new version. Running clocks are moved by an entry that names both versions, stopped ones never.

    409 ``calendar.past`` with the days where it would count otherwise for days gone by, unless acknowledged.
    """
    require(who, "calendar:publish", Subject(jurisdiction_id=who.jurisdiction_id))
    version = await calendars.publish_file(
        session, who, body.document, based_on=body.based_on, past_acknowledged=body.past_acknowledged, now=at
    )
    return CalendarPublished(version=version)


def _hours(shifts: tuple[Shift, ...]) -> list[str]:
    def hour(minute: int) -> str:
        return f"{minute // 60:02d}:{minute % 60:02d}"

    return [f"{hour(one.start_minute)}–{hour(one.end_minute)}" for one in shifts]
