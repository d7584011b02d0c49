"""The JSON of one ticket with everything around it; :mod:`.details` fills it for a viewer."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from gridward.web.tickets.shapes import TicketBrief


class TimelineEntry(BaseModel):
    """One entry. ``at`` counts, ``recorded_at`` is when the server learned of it. ``who`` is a kind of person
    (``reporter``, ``unit``, ``desk``, ``steward``, ``supervisor``, ``program``); ``who_label`` the name where the viewer
    may know it, else the same word."""

    at: datetime
    recorded_at: datetime
    verb: str
    who: str
    who_label: str
    via: str
    text: str | None
    texts: dict[str, str]
    photos: list[str]
    detail: dict[str, Any]


class ClockShown(BaseModel):
    clock: str
    key: str
    round: int
    number: int | None
    unit_id: UUID | None
    state: str
    started_at: datetime
    due_at: datetime | None
    first_due_at: datetime | None
    stopped_at: datetime | None
    breached_at: datetime | None
    exempt: bool
    provisional: bool
    binding: str | None


class PhotoShown(BaseModel):
    sha256: str
    kind: str
    taken_at: datetime | None
    distance_m: float | None
    marks: list[str]
    hidden: bool
    added_at: datetime


class CandidateOut(BaseModel):
    unit_id: UUID
    unit_name: str
    unit_kind: str
    source: str
    needed: dict[str, Any]


class AssignmentShown(BaseModel):
    assignment_id: UUID
    unit_id: UUID
    unit_name: str | None
    unit_kind: str | None
    unit_telephone: str | None
    worker_id: UUID | None
    worker_name: str | None
    by_rule: bool
    assigned_at: datetime


class ResolutionShown(BaseModel):
    resolution_id: UUID
    unit_id: UUID
    way: str
    counted_at: datetime
    received_at: datetime


class RequestShown(BaseModel):
    """``state``: open, granted, refused, withdrawn, lapsed."""

    request_id: UUID
    kind: str
    state: str
    reason: str | None
    asked_at: datetime
    until_at: datetime | None
    by: dict[str, Any] | None
    decided_at: datetime | None


class TicketCondition(BaseModel):
    condition_id: str
    code: str
    name: str | None
    filing_text: str
    closing_text: str
    limit_text: str | None
    evidence: list[str]
    verification: str
    milestones: list[dict[str, Any]]


class Need(BaseModel):
    """A field of the step's body; ``given`` ones are filled in by the server."""

    name: str
    kind: str
    required: bool
    given: bool
    choices: list[str]


class ReasonOffered(BaseModel):
    """A line of the standard's list of reasons; ``en`` is empty where the standard has Chinese only."""

    code: str
    zh: str
    en: str


class StepOffered(BaseModel):
    """``reasons``: one of these codes goes into the body's ``reason``; empty where the standard has no list for it."""

    intent: str
    needs: list[Need]
    reasons: list[ReasonOffered]


class ReporterShown(BaseModel):
    """``speaker``: whom the desk filed it for, with masked number; the whole is asked for."""

    report_id: UUID
    name: str | None
    source: str
    speaker: str | None
    said_at: datetime | None
    outer_no: str | None
    outer_due_at: datetime | None
    received_at: datetime


class TicketDetail(TicketBrief):
    """A brief with everything around it; what is not for the viewer is null or empty.

    ``reasons_said``: the words of the codes that its timeline names, as its standard has them.
    """

    source: str | None
    timeline: list[TimelineEntry]
    clocks: list[ClockShown]
    photos: list[PhotoShown]
    routing: dict[str, Any] | None
    candidates: list[CandidateOut]
    assignment: AssignmentShown | None
    resolution: ResolutionShown | None
    requests: list[RequestShown]
    condition: TicketCondition | None
    allowed: list[StepOffered]
    reporter: list[ReporterShown] | None
    conflict: bool | None
    reasons_said: list[ReasonOffered]
