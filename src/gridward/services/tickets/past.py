"""Reading a file of another system's tickets: what it would bring, and everything that should be looked at before."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np

from gridward.domain.calendar import zone_named
from gridward.domain.errors import Malformed
from gridward.domain.facts import write_instant
from gridward.domain.imports import Finding, ImportReport
from gridward.domain.tickets.past import PastRow, Reading, read_row
from gridward.domain.tickets.past_figures import on_time_facts
from gridward.domain.tickets.past_judge import Ground, JudgedPast, hours_of, judge, unlikely_hours
from gridward.domain.tickets.past_places import Point, check_places
from gridward.domain.tickets.past_times import date_order, needs_zone
from gridward.gateways.imports.crs import Reference, reference
from gridward.gateways.imports.tickets import AT_THE_COMMAND, PastFile, Room, open_past
from gridward.persistence.accounts.tenants import time_zone_of
from gridward.persistence.database import ReadSession, WriteSession
from gridward.services.tickets.past_ground import Wish, ground_of

SUBJECT = "tickets"
TIMES = ("opened", "due", "closed")
FOOT_M = 1200 / 3937
"""The US survey foot, in which state plane coordinates are counted."""

INEXACT_M = 1.0
TRIED = 2_000
"""Places that another reading of a file is tried on."""

ZONE_QUESTION = (
    "The times carry no zone: which clock showed them? Say --time-zone Asia/Shanghai, --time-zone America/New_York, …"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PastReading:
    """A file whose lines were read; ``points`` are those of ``rows`` in WGS-84, None where a row names no place."""

    file: PastFile
    wish: Wish
    zone: ZoneInfo | None
    reference: Reference | None
    rows: tuple[PastRow, ...]
    points: tuple[Point | None, ...]
    refused: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedFile:
    """A file held against what stands here; ``ground`` is what its words mean."""

    judged: JudgedPast
    ground: Ground
    report: ImportReport


def read_file(path: Path, wish: Wish, now: datetime, room: Room = AT_THE_COMMAND) -> PastReading:
    """Read every line, each by itself; nothing is asked of the database.

    Raises:
        Malformed: the file as a whole is refused, with the question whose answer lets it in (see :func:`refusal_of`).
    """
    file = open_past(path, named=wish.named, crs=wish.crs, room=room)
    zone = _zone(file, wish)
    texts = (line.cell(name) for line in file.lines for name in TIMES if name in line.cells)
    order = wish.dates or date_order(texts)
    reading = Reading(zone=zone, order=order, now=now, exchanged=wish.exchanged)
    found = [read_row(line, reading) for line in file.lines]
    rows = tuple(one for one in found if isinstance(one, PastRow))
    to_earth = reference(wish.crs, file.stated_crs) if file.has_places else None
    return PastReading(
        file=file,
        wish=wish,
        zone=zone,
        reference=to_earth,
        rows=rows,
        points=tuple(_moved(to_earth, [row.xy for row in rows])),
        refused=tuple(one for one in found if isinstance(one, Finding)),
    )


def _zone(file: PastFile, wish: Wish) -> ZoneInfo | None:
    if wish.time_zone is not None:
        try:
            return zone_named(wish.time_zone)
        except Malformed:
            why = f"No zone is called so. {ZONE_QUESTION}"
            raise Malformed("time_zone_unknown", field="--time-zone", text=wish.time_zone, why=why) from None
    local = (line.cell(name) for line in file.lines for name in TIMES if needs_zone(line.cell(name)))
    bare = next(local, None)
    if bare is not None:
        raise Malformed("time_zone_needed", field="--time-zone", text=bare, why=ZONE_QUESTION)
    return None


def _moved(
    to_earth: Reference | None,
    places: Sequence[tuple[float, float] | None],
    scale: float = 1.0,
    *,
    turned: bool = False,
) -> list[Point | None]:
    """The places in WGS-84; one outside of what its reference can say is None like one that is not there."""
    given = np.array([place or (np.nan, np.nan) for place in places], dtype=float).reshape(-1, 2) * scale
    if to_earth is None or not len(given):
        return [None] * len(places)
    moved = to_earth.move(given[:, ::-1] if turned else given)
    return [
        (float(lon), float(lat)) if place is not None else None for place, (lon, lat) in zip(places, moved, strict=True)
    ]


async def judge_file(
    session: ReadSession | WriteSession, jurisdiction_id: UUID, reading: PastReading, now: datetime
) -> JudgedFile:
    """What publishing the file would do; nothing is written.

    Raises:
        Malformed: its places lie somewhere else as a whole (see ``domain/tickets/past_places``).
    """
    ground = await ground_of(session, jurisdiction_id, reading.rows, reading.wish, now)
    zone = reading.zone or await time_zone_of(session, jurisdiction_id)
    # Beside the event loop, which serves everybody else meanwhile.
    return await asyncio.to_thread(_judged, reading, ground, zone)


def _judged(reading: PastReading, ground: Ground, zone: ZoneInfo) -> JudgedFile:
    _check_places(reading, ground)
    judged = judge(reading.rows, reading.points, ground, refused=reading.refused)
    return JudgedFile(judged=judged, ground=ground, report=_report(reading, judged, zone))


def _check_places(reading: PastReading, ground: Ground) -> None:
    sample = [row.xy for row in reading.rows if row.xy is not None]
    sample = sample[:: max(1, len(sample) // TRIED)]
    if ground.extent is None or not sample:
        return

    def read(scale: float = 1.0, *, turned: bool = False) -> list[Point]:
        return [point for point in _moved(reading.reference, sample, scale, turned=turned) if point is not None]

    others = {
        "axes_exchanged": read(turned=True),
        "coordinates_in_feet": read(FOOT_M),
        "coordinates_in_metres": read(1 / FOOT_M),
    }
    check_places(read(), others, ground.extent, max(abs(number) for place in sample for number in place))


def _report(reading: PastReading, judged: JudgedPast, zone: ZoneInfo) -> ImportReport:
    hours = hours_of(judged.believed, zone)
    about = (_of_dates(reading.rows), _of_accuracy(reading), unlikely_hours(hours))
    opened = [row.opened_at for row in judged.believed]
    facts: dict[str, Any] = {
        "kind_of_file": reading.file.kind,
        "fields": dict(reading.file.fields),
        "time_zone": reading.zone.key if reading.zone else "in the file",
        "crs": reading.reference.name if reading.reference else None,
        "opened_from": write_instant(min(opened)) if opened else None,
        "opened_to": write_instant(max(opened)) if opened else None,
        "open": sum(plan.row.closed_at is None for plan in judged.ready),
        "closed": sum(plan.row.closed_at is not None for plan in judged.ready),
        "hours": hours,
        **judged.facts,
        "on_time": on_time_facts(judged.believed),
    }
    return ImportReport(
        subject=SUBJECT,
        read=len(reading.file.lines),
        ready=len(judged.ready),
        unchanged=judged.unchanged,
        refused=judged.refused,
        warnings=(*(one for one in about if one is not None), *judged.warnings),
        facts=facts,
    )


def _of_dates(rows: Sequence[PastRow]) -> Finding | None:
    counted = {name: sum(name in row.whole_days for row in rows) for name in TIMES}
    given = {name: count for name, count in counted.items() if count}
    if not given:
        return None
    text = ", ".join(f"{name}: {count:,} rows" for name, count in given.items())
    why = "Dates without a time: an opening counts from 0:00 of its day, a due time and a closing until 24:00."
    return Finding(code="dates_only", place="file", field=", ".join(given), text=text, why=why, facts=given)


def _of_accuracy(reading: PastReading) -> Finding | None:
    found = reading.reference
    if found is None or found.accuracy_m <= INEXACT_M:
        return None
    why = f"The way from this datum to WGS-84 is known to {found.accuracy_m:g} m only."
    return Finding(code="datum_inexact", place="file", field="--crs", text=found.name, why=why)


def refusal_of(path: Path, refused: Malformed) -> ImportReport:
    """The report on a file that was refused as a whole."""
    field, words, why = (str(refused.facts.get(name, "")) for name in ("field", "text", "why"))
    finding = Finding(code=refused.code, place=path.name, field=field, text=words, why=why)
    return ImportReport.of_refused_file(SUBJECT, finding)
