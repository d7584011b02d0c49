"""Another system's tickets from a file at the desk: its columns, what it would bring, then a thousand rows a request.

The page drives, and sends the file with every request, as the command reads it anew after it was cut off. So each batch of
rows is one transaction of one request; between two of them an import holds no place and no connection; what came in stays
when the page goes away; and nothing is kept here of a file that names people in columns nobody asked for. Where to go on is
what is there already: whoever sends the same file, read the same way, goes on with the same batch, here or by the command.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Base64Bytes, BaseModel, ConfigDict, Field

from gridward.domain.accounts import Actor, Subject, require
from gridward.domain.errors import Malformed
from gridward.domain.imports import ImportReport
from gridward.domain.tickets.past_times import DateOrder
from gridward.gateways.imports.tickets import AT_THE_DESK, columns_of
from gridward.persistence.database import ReadSession, WriteSession
from gridward.services.tickets import past, past_batch
from gridward.services.tickets.past_ground import Wish
from gridward.services.tickets.past_routing import compare_routing
from gridward.web.deps import CurrentActor, Now, Read, Write
from gridward.web.imports import MOST_BODY, SHOWN, ImportShown, check_seen, laid_down, mark_of, shown_import

router = APIRouter(tags=["tickets"])

ASKED = 300
"""Rows that the rules are asked about in a preview, spread over the file; the command asks about all, if wished."""

MOST_WORDS = 200
"""Of words that mean nothing here yet, the most frequent ones."""

Word = Annotated[str, Field(max_length=200)]


class PastFile(BaseModel):
    """A CSV, a workbook or a GeoJSON, base64. ``crs`` decides which of two pairs of coordinates is read."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=200)]
    content: Base64Bytes
    crs: Annotated[str, Field(max_length=40)] | None = None


class PastFileIn(PastFile):
    """What the command's options declare.

    Only what a person said otherwise than the headings do belongs into ``fields``: the batch is named after what was
    declared, and goes on wherever the same is declared.
    """

    fields: Annotated[dict[Word, Word], Field(max_length=20)] = {}
    categories: Annotated[dict[Word, Word], Field(max_length=2_000)] = {}
    units: Annotated[dict[Word, Word], Field(max_length=2_000)] = {}
    time_zone: Annotated[str, Field(max_length=64)] | None = None
    dates: DateOrder | None = None
    exchanged: bool = False
    system: Annotated[str, Field(max_length=80)] = ""

    def wish(self) -> Wish:
        return Wish(
            named=self.fields,
            categories=self.categories,
            units=self.units,
            time_zone=self.time_zone,
            crs=self.crs,
            dates=self.dates,
            exchanged=self.exchanged,
            system=self.system,
        )


class PastFileToImport(PastFileIn):
    """``seen``: the preview's own, for every batch of rows."""

    seen: Annotated[str, Field(max_length=64)]


class PastColumnsShown(BaseModel):
    """``fields``: our name of a column → the heading it is known by; ``refused``: why there are none."""

    headings: list[str]
    fields: dict[str, str]
    refused: ImportShown | None


class PastBatchShown(BaseModel):
    """``begun_at`` null: nothing of this file, read this way, has come in yet."""

    name: str
    begun_at: datetime | None
    finished: bool


class PastCounted(BaseModel):
    """``counted`` from the times: ``on_time``, ``overdue``, ``not_due_yet``, ``no_due``; ``flag`` of the file, or ``none``."""

    counted: str
    flag: str
    rows: int


class PastDiffers(BaseModel):
    """A row whose times say otherwise than its flag."""

    id: str
    place: str
    counted: str
    flag: str


class PastOnTimeShown(BaseModel):
    """As of the last instant that the file knows; ``differ`` at most 80 of ``disagree``."""

    as_of: datetime | None
    cells: list[PastCounted]
    agree: int
    disagree: int
    differ: list[PastDiffers]


class PastPair(BaseModel):
    unit: str
    rules: str
    rows: int


class PastRoutingShown(BaseModel):
    """The rules of today asked about ``asked`` of ``askable`` rows: same unit, another (``pairs``), or the tray (why)."""

    asked: int
    askable: int
    same: int
    other: int
    tray: int
    pairs: list[PastPair]
    doubts: dict[str, int]


class PastAbout(BaseModel):
    """What a person looks at before it comes in. ``time_zone`` null: every time carries its own; ``crs`` null: no places.

    ``unmapped_…``: the file's word → rows, the 200 most frequent; rows of such a category stay out, of such a unit come in
    without one.
    """

    kind_of_file: str
    fields: dict[str, str]
    time_zone: str | None
    crs: str | None
    opened_from: datetime | None
    opened_to: datetime | None
    open: int
    closed: int
    without_place: int
    batch: PastBatchShown
    on_time: PastOnTimeShown
    routing: PastRoutingShown
    unmapped_categories: dict[str, int]
    unmapped_units: dict[str, int]


class PastShown(BaseModel):
    """``about`` null: the file is refused as a whole, and the one refusal asks for what lets it in."""

    report: ImportShown
    about: PastAbout | None


class PastPutIn(BaseModel):
    """Rows that came in with this request, and rows that are still to come."""

    came: int
    left: int


@router.post("/past-tickets/columns", max_body_size=MOST_BODY)
async def columns(body: PastFile, who: CurrentActor) -> PastColumnsShown:
    """The columns of a file and what each is taken for; nothing is kept of it."""
    require(who, past_batch.ACTION, Subject(jurisdiction_id=who.jurisdiction_id))
    async with laid_down(body.name, body.content) as path:
        try:
            found = await asyncio.to_thread(lambda: columns_of(path, crs=body.crs, room=AT_THE_DESK))
        except Malformed as refused:
            report = past.refusal_of(Path(body.name), refused)
            return PastColumnsShown(headings=[], fields={}, refused=shown_import(report))
    return PastColumnsShown(headings=[one for one in found.headings if one], fields=dict(found.fields), refused=None)


@router.post("/past-tickets/draft", max_body_size=MOST_BODY)
async def draft(body: PastFileIn, session: Read, who: CurrentActor, at: Now) -> PastShown:
    """What a file would bring, as the command shows it; a file that cannot be read is a report that says why."""
    require(who, past_batch.ACTION, Subject(jurisdiction_id=who.jurisdiction_id))
    read = await _judged(body, session, who, at)
    if isinstance(read, ImportReport):
        return PastShown(report=shown_import(read), about=None)
    reading, found, batch = read
    routing = await compare_routing(session, who.jurisdiction_id, reading, found, most=ASKED, now=at)
    shown = shown_import(replace(found.report, facts={}))
    return PastShown(
        report=shown.model_copy(update={"seen": mark_of(_lasting(found.report))}),
        about=_about(reading, found.report.facts, batch, routing),
    )


@router.post("/past-tickets/imports", max_body_size=MOST_BODY)
async def put_in(body: PastFileToImport, session: Write, who: CurrentActor, at: Now) -> PastPutIn:
    """The next thousand rows of a file that was looked at; asked again until none are left, from any page.

    409 ``import_moved_on``: it would do something else by now, look again. 409 ``import_under_way``: another request, or the
    command, is bringing a file; come again.
    """
    await past_batch.take_turn(session, who)
    read = await _judged(body, session, who, at)
    if isinstance(read, ImportReport):
        check_seen(_lasting(read), body.seen)
        return PastPutIn(came=0, left=0)
    reading, found, _ = read
    check_seen(_lasting(found.report), body.seen)
    done = await past_batch.put_in_next(session, who, reading, found, at)
    return PastPutIn(came=done.came, left=done.left)


async def _judged(
    body: PastFileIn, session: ReadSession | WriteSession, who: Actor, at: datetime
) -> tuple[past.PastReading, past.JudgedFile, Mapping[str, Any]] | ImportReport:
    """The file, what it would bring, and its batch; or why it is refused as a whole."""
    async with laid_down(body.name, body.content) as path:
        try:
            reading = await asyncio.to_thread(past.read_file, path, body.wish(), at, AT_THE_DESK)
            name = past_batch.name_of(reading)
            begun = await past_batch.check_batch(session, who.jurisdiction_id, reading, name)
            found = await past.judge_file(session, who.jurisdiction_id, reading, at)
        except Malformed as refused:
            return past.refusal_of(Path(body.name), refused)
    return reading, found, past_batch.under_facts(begun, name)


def _lasting(report: ImportReport) -> ImportReport:
    """What stays the same while the rows of a file come in: a row that was to come is there afterwards."""
    return replace(report, ready=0, unchanged=report.ready + report.unchanged, facts={})


def _about(
    reading: past.PastReading, facts: Mapping[str, Any], batch: Mapping[str, Any], routing: Mapping[str, Any]
) -> PastAbout:
    on_time = facts["on_time"]
    cells = [PastCounted(counted=counted, flag=flag, rows=rows) for counted, flag, rows in on_time["cells"]]
    pairs = [PastPair(unit=unit, rules=rules, rows=rows) for unit, rules, rows in routing["pairs"][:SHOWN]]
    return PastAbout.model_validate(
        {
            **{name: facts[name] for name in PastAbout.model_fields.keys() & facts.keys()},
            "time_zone": reading.zone.key if reading.zone else None,
            "batch": batch,
            "on_time": {**on_time, "cells": cells, "differ": on_time["differ"][:SHOWN]},
            "routing": {**routing, "pairs": pairs},
            "unmapped_categories": _most(facts["unmapped_categories"]),
            "unmapped_units": _most(facts["unmapped_units"]),
        }
    )


def _most(words: Mapping[str, int]) -> dict[str, int]:
    return dict(list(words.items())[:MOST_WORDS])
