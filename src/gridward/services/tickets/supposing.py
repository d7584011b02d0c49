"""What another standard or calendar would have meant for the clocks of a period (``audit-sla --what-if``). Never writes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from gridward.domain.calendar import WorkingCalendar
from gridward.domain.errors import NotFound
from gridward.domain.sla.terms import Terms
from gridward.domain.sla.what_if import Judged, Other, compare
from gridward.domain.standards import ClockKind, Standard
from gridward.persistence.database import ReadSession
from gridward.persistence.standards import queries
from gridward.services.tickets.auditing import Stored


async def rule_named(session: ReadSession, jurisdiction_id: UUID, name: str) -> Standard | WorkingCalendar:
    """A published rule: the id of a standard, ``scheme/version``, or ``calendar/version``.

    Raises:
        NotFound: ``rule.unknown``.
    """
    try:
        return await queries.standard_in(session, jurisdiction_id, UUID(name))
    except ValueError:
        pass
    called, _, version = name.rpartition("/")
    if version.isdecimal():
        number = int(version)
        calendars = await queries.calendar_versions(session, jurisdiction_id, [(called, number)])
        if calendars:
            return calendars[called, number]
        for line in await queries.list_standards(session, jurisdiction_id):
            if (line.scheme, line.version) == (called, number):
                return await queries.standard_by_id(session, line.standard_id)
    raise NotFound("rule.unknown", name=name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A clock that would have been late instead of on time, or the other way round."""

    ticket_id: UUID
    number: str
    clock: str
    due_at: datetime
    other_due_at: datetime | None
    judged: Judged
    other_judged: Judged


@dataclass(slots=True)
class Sum:
    """The clocks of one kind that were due in the period, by the rule that held.

    ``gone``: by the other rule there is no such clock. ``added``: there was none, by the other rule one was due then.
    """

    due: int = 0
    on_time: int = 0
    other_on_time: int = 0
    to_late: int = 0
    to_on_time: int = 0
    gone: int = 0
    added: int = 0


@dataclass(slots=True)
class Supposed:
    """All clocks of a period by two rules. ``not_comparable``: tickets whose condition the other standard does not have."""

    start: datetime
    end: datetime
    sums: dict[ClockKind, Sum] = field(default_factory=dict)
    tickets: int = 0
    changed: int = 0
    not_comparable: int = 0

    def add(self, ticket: Stored, terms: Terms, other: Terms, now: datetime) -> list[Change]:
        """Count one ticket in; answers its clocks that change sides."""
        self.tickets += 1
        try:
            clocks = compare(ticket.facts, terms, other, now)
        except NotFound:
            self.not_comparable += 1
            return []
        found = list(self._counted(ticket, clocks))
        self.changed += bool(found)
        return found

    def _counted(self, ticket: Stored, clocks: tuple[Other, ...]) -> Iterator[Change]:
        for one in clocks:
            mine = self.sums.setdefault(one.kind, Sum())
            if one.judged is Judged.NONE:
                mine.added += one.other_judged is not Judged.NONE and self._in_period(one.other_due_at)
                continue
            if not self._in_period(one.due_at):
                continue
            mine.due += 1
            mine.on_time += one.judged is Judged.ON_TIME
            mine.other_on_time += one.other_judged is Judged.ON_TIME
            mine.gone += one.other_judged is Judged.NONE
            if one.changes_sides and one.due_at is not None:
                mine.to_late += one.other_judged is Judged.LATE
                mine.to_on_time += one.other_judged is Judged.ON_TIME
                yield Change(
                    ticket_id=ticket.row.ticket_id,
                    number=ticket.number,
                    clock=one.key,
                    due_at=one.due_at,
                    other_due_at=one.other_due_at,
                    judged=one.judged,
                    other_judged=one.other_judged,
                )

    def _in_period(self, due_at: datetime | None) -> bool:
        return due_at is not None and self.start <= due_at < self.end
