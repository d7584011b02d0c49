"""Clocks (环节计时) of one ticket: plain values. What moves them is :mod:`.advance`, what they count :mod:`.course`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID, uuid5

from gridward.domain.standards import ClockKind, Limit, Verification
from gridward.domain.values import replace

UNIT_KINDS = frozenset({ClockKind.ACKNOWLEDGE, ClockKind.RESPOND, ClockKind.MILESTONE, ClockKind.RESOLVE})
"""The clocks by which a unit is judged."""

SUSPENDED_KINDS = UNIT_KINDS | {ClockKind.VERIFY, ClockKind.OVERALL}
"""What a suspension stops: work outside. The desk goes on."""


class Why(StrEnum):
    """Why a clock did not count for a while."""

    DEFER = "defer"
    SHELVE = "shelve"
    SUSPENSION = "suspension"
    REPORTER = "reporter"
    VERIFICATION = "verification"
    AWAY = "away"
    """The ticket was with another unit, or back at the desk."""
    MERGED = "merged"


class ClockState(StrEnum):
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    VOID = "void"


class Party(StrEnum):
    """Who answers for a clock."""

    DESK = "desk"
    UNIT = "unit"
    VERIFIER = "verifier"
    COMMUNITY = "community"
    APPROVER = "approver"


PARTY_OF: Mapping[ClockKind, Party] = MappingProxyType(
    {
        ClockKind.FILE: Party.DESK,
        ClockKind.DISPATCH: Party.DESK,
        **dict.fromkeys(UNIT_KINDS, Party.UNIT),
        ClockKind.VERIFY: Party.VERIFIER,
        ClockKind.OVERALL: Party.COMMUNITY,
        ClockKind.APPROVAL: Party.APPROVER,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """``[start, end)`` in which nothing counted; ``end`` None: nobody knows yet.

    ``basis`` names the request, suspension or operation behind it, ``by`` who granted it.
    """

    why: Why
    start: datetime
    end: datetime | None
    basis: str | None = None
    by: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """A span added to a limit. It counts from ``asked_at``, whenever it was granted."""

    limit: Limit
    asked_at: datetime
    granted_at: datetime
    basis: str
    by: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PastDue:
    """A due instant that held until ``moved_at``; ``why``: extend, defer, shelve, suspension, rework, correct, calendar, …"""

    due_at: datetime | None
    moved_at: datetime
    why: str


@dataclass(frozen=True, kw_only=True)
class Clock:
    """One clock.

    Args:
        key: Unique in the ticket and the same in every replay: ``resolve-1-2`` = kind, round, number in that round.
        number: Of the milestone.
        way: How this ticket is verified, for ``verify``.
        request_id: For ``approval``.
        calendars: Calendar → version pinned at the start or by a reschedule.
        due_at: None only while a pause without a known end is on.
        final: A stop that stands. One that is not final can run on: "done" banks no time.
        stop_operation: The step that stopped it.
        ended_by: Set where it was ended, breached, by something that is not its own step: cancel, assign.
        breached_at, lifted_at: The last of the two counts.
        exempt: 不计考核; the raw breach stays.
        provisional: 暂定: the due instant depends on a year whose holidays nobody has published.
        rework: It counts the limit that the standard gives for a rework.
        by_rule: It was the rules that stopped it, nobody at the desk.
        imported: Start and due are those of another system's file: no standard of ours gave them, they bind nobody, and
            nobody is reminded of them.
        reminded: Steps of the ladder in percent that have fired; never again, also when the span grows.

    ``_course`` is what :func:`.course.course_of` last worked out for it, and from what.
    """

    key: str
    kind: ClockKind
    round: int
    number: int | None = None
    assignment_id: UUID | None = None
    unit_id: UUID | None = None
    unit_kind: str | None = None
    request_id: UUID | None = None
    way: Verification | None = None
    standard_id: str
    condition_id: str | None = None
    limit: Limit
    calendars: Mapping[str, int]
    started_at: datetime
    pauses: tuple[Pause, ...] = ()
    extensions: tuple[Extension, ...] = ()
    due_at: datetime | None = None
    first_due_at: datetime | None = None
    past_dues: tuple[PastDue, ...] = ()
    _course: tuple[object, ...] | None = field(default=None, init=False, repr=False, compare=False)
    stopped_at: datetime | None = None
    final: bool = False
    stop_operation: str | None = None
    ended_by: str | None = None
    voided_at: datetime | None = None
    void_why: str | None = None
    breached_at: datetime | None = None
    lifted_at: datetime | None = None
    lift_why: str | None = None
    reminded: tuple[int, ...] = ()
    exempt: bool = False
    provisional: bool = False
    rework: bool = False
    by_rule: bool = False
    imported: bool = False

    @property
    def party(self) -> Party:
        return PARTY_OF[self.kind]

    @property
    def running(self) -> bool:
        """Neither stopped nor void (a paused clock runs in this sense: it will go on)."""
        return self.stopped_at is None and self.voided_at is None

    @property
    def breached(self) -> bool:
        """The breach that stands now; a void clock has none."""
        return self.breached_at is not None and self.lifted_at is None and self.voided_at is None

    def state(self, now: datetime) -> ClockState:
        if self.voided_at is not None:
            return ClockState.VOID
        if self.stopped_at is not None:
            return ClockState.STOPPED
        paused = any(pause.start <= now and (pause.end is None or now < pause.end) for pause in self.pauses)
        return ClockState.PAUSED if paused else ClockState.RUNNING


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """An open request: while nobody has decided, no breach is recorded for ``clocks`` that were not yet due when asked."""

    request_id: UUID
    kind: str
    asked_at: datetime
    clocks: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Duty:
    """The unit that has the ticket, from which start its clocks count, which steps it has done, when it was paused."""

    assignment_id: UUID
    unit_id: UUID
    unit_kind: str
    since: datetime
    done: frozenset[str] = frozenset()
    pauses: tuple[Pause, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Clocks:
    """All clocks of a ticket, and what the next ones need to start."""

    clocks: tuple[Clock, ...] = ()
    round: int = 1
    standard_id: str = ""
    condition_id: str | None = None
    urgent: bool = False
    area_class: str | None = None
    duty: Duty | None = None
    held: tuple[Held, ...] = ()
    suspensions: tuple[Pause, ...] = field(default=())

    def get(self, key: str) -> Clock | None:
        return next((clock for clock in self.clocks if clock.key == key), None)

    def of(self, kind: ClockKind) -> tuple[Clock, ...]:
        """Those of a kind in the present round."""
        return tuple(clock for clock in self.clocks if clock.kind is kind and clock.round == self.round)

    def current(self, kind: ClockKind) -> Clock | None:
        """The newest of a kind in the present round that is not void."""
        return next((clock for clock in reversed(self.of(kind)) if clock.voided_at is None), None)

    @property
    def judging(self) -> Clock | None:
        """The clock that judges the work of the unit on duty: its newest ``resolve`` of this round that is not void."""
        mine = (clock for clock in reversed(self.of(ClockKind.RESOLVE)) if clock.voided_at is None)
        return next((clock for clock in mine if self.duty is not None and clock.unit_id == self.duty.unit_id), None)

    def change(self, which: Callable[[Clock], bool], how: Callable[[Clock], Clock]) -> Clocks:
        """The same with every clock that ``which`` picks changed by ``how``."""
        return replace(self, clocks=tuple(how(clock) if which(clock) else clock for clock in self.clocks))

    def is_held(self, clock: Clock) -> bool:
        """Whether an open request, asked in time, keeps this clock from being called breached."""
        return any(
            clock.key in held.clocks and (clock.due_at is None or held.asked_at <= clock.due_at) for held in self.held
        )


def clock_id(ticket_id: UUID, key: str) -> UUID:
    """The stable id of a clock's row."""
    return uuid5(ticket_id, key)
