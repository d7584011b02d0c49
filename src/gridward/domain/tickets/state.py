"""What a ticket is now: the fold of its facts. Nothing here is stored; queries use a projection of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from gridward.domain.tickets.rounds import Round, Rounds
from gridward.domain.tickets.words import OPEN, Closing, RequestKind, Status


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """One unit's turn on the ticket. A rework opens a new one, so what was sent before it is recognised as stale.

    ``assigned_at``: since when this one; ``dispatched_at``: when the unit was named, also across a rework.
    """

    assignment_id: UUID
    unit_id: UUID
    unit_kind: str
    assigned_at: datetime
    dispatched_at: datetime
    worker_id: UUID | None = None
    role: str = "lead"
    acknowledged: bool = False
    arrived: bool = False
    reached: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """A "done" that somebody said. ``way``: how it is to be checked (``spot``, ``desk``, ``phone``)."""

    resolution_id: UUID
    unit_id: UUID
    way: str
    counted_at: datetime
    received_at: datetime
    has_photo: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """An open request. ``asked_at`` is the counted instant of asking; ``unit_id`` None: a reporter's."""

    request_id: UUID
    kind: RequestKind
    asked_at: datetime
    received_at: datetime
    actor_id: UUID | None
    unit_id: UUID | None
    terms: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Appeal:
    """What became of the appeals in one matter (a clock): how many levels were heard, and by whom."""

    clock: str
    asked: int
    refused_by: tuple[UUID | None, ...] = ()
    granted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """One part of a split. ``open``: still being worked on."""

    child_id: UUID
    unit_id: UUID
    lead: bool
    open: bool = True
    on_turn: bool = True


@dataclass(frozen=True, kw_only=True)
class TicketState:
    """A ticket after ``version`` facts.

    Args:
        round: 1, 2, …: a restore or a reopening begins a new one, with new clocks.
        dispatched: A unit was named in this round.
        reporters: report_id → who reported (None: not a person here). Never shown to a unit.
        unit_ids: Every unit that was ever named on the ticket: nobody of these may verify.
        answerable_unit_id: Who must keep the place safe until the next unit has acknowledged (首接负责).
        send_backs_asked: Units that have asked once; they may not again.
        send_backs_granted: In this ticket; after the second the last resort acts first.
        status_before: Where a merged ticket goes back to.
        late_work: Operation → when it was done, where the credit for late sending did not reach so far.
        orders: Open supervision orders, and the unit that has to answer each (None: there was none yet).
        rounds: How far it came in each round, as figures count it; the last one is the present one.
        shirked: Units that a supervisor has ruled to have shirked (推诿) here.
    """

    status: Status
    version: int = 1
    round: int = 1
    standard_id: str
    category: str | None = None
    condition_id: str | None = None
    urgent: bool = False
    grid_id: UUID | None = None
    area_class: str | None = None
    reporters: Mapping[UUID, UUID | None] = field(default_factory=lambda: MappingProxyType({}))
    received_at: datetime
    captured_at: datetime
    accepted_at: datetime | None = None
    dispatched: bool = False
    assignment: Assignment | None = None
    unit_ids: frozenset[UUID] = frozenset()
    answerable_unit_id: UUID | None = None
    resolution: Resolution | None = None
    reworks: int = 0
    requests: tuple[Request, ...] = ()
    extensions: int = 0
    grants: Mapping[RequestKind, int] = field(default_factory=lambda: MappingProxyType({}))
    send_backs_asked: frozenset[UUID] = frozenset()
    send_backs_granted: int = 0
    last_resort_due: bool = False
    paused_until: datetime | None = None
    shelved_at: datetime | None = None
    reviews: int = 0
    ended_at: datetime | None = None
    closing: Closing | None = None
    waits_for_reporter: bool = False
    checks_asked: int = 0
    rated_round: int = 0
    wishes: frozenset[str] = frozenset()
    orders: Mapping[UUID, UUID | None] = field(default_factory=lambda: MappingProxyType({}))
    shirked: frozenset[UUID] = frozenset()
    appeals: tuple[Appeal, ...] = ()
    merged_into: UUID | None = None
    status_before: Status | None = None
    parent_id: UUID | None = None
    children: tuple[Child, ...] = ()
    in_order: bool = False
    waiting_turn: bool = False
    rounds: Rounds = (Round(),)
    late_work: Mapping[UUID, datetime] = field(default_factory=lambda: MappingProxyType({}))
    suspensions: Mapping[UUID, tuple[datetime, datetime]] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def assignment_id(self) -> UUID | None:
        return self.assignment.assignment_id if self.assignment else None

    @property
    def resolution_id(self) -> UUID | None:
        return self.resolution.resolution_id if self.resolution else None

    @property
    def reporter_ids(self) -> frozenset[UUID]:
        """The persons who reported it."""
        return frozenset(person for person in self.reporters.values() if person is not None)

    @property
    def ordered_unit_id(self) -> UUID | None:
        """Who has to answer an order given now: the unit on duty; of a ticket that several work on their lead."""
        if self.assignment is not None:
            return self.assignment.unit_id
        return next((child.unit_id for child in self.children if child.lead), None)

    def request(self, kind: RequestKind) -> Request | None:
        """The open request of a kind."""
        return next((request for request in self.requests if request.kind is kind), None)
