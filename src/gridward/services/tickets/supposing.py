"""What another standard or calendar would have meant for the clocks of a period (``audit-sla --what-if``). Never writes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from gridward.domain.calendar import WorkingCalendar
from gridward.domain.errors import NotFound
from gridward.domain.sla.terms import Terms
from gridward.domain.sla.what_if import COUNTED, Judged, Other, compare
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


NOT_COMPARABLE = "not_comparable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A clock by both rules. ``sums``: in which of the numbers of its kind it was counted, as :class:`Sum` names them.

    ``clock`` and ``kind`` None: a whole ticket that cannot be compared, counted as ``not_comparable``.
    """

    ticket_id: UUID
    number: str
    clock: str | None
    kind: ClockKind | None
    due_at: datetime | None
    other_due_at: datetime | None
    judged: Judged
    other_judged: Judged
    sums: tuple[str, ...]

    @property
    def changes_sides(self) -> bool:
        """It would have been late instead of on time, or the other way round."""
        return "to_late" in self.sums or "to_on_time" in self.sums


@dataclass(slots=True)
class Sum:
    """The clocks of one kind that were due in the period, by the rule that held; counted as the figures count them.

    ``on_time`` of ``due`` is the share by the rule that held, ``other_on_time`` of ``other_due`` the share of the same
    clocks by the other one. ``gone``: by the other rule there is none that counts. ``added``: there was none, by the other
    rule one was due then.
    """

    due: int = 0
    on_time: int = 0
    other_due: int = 0
    other_on_time: int = 0
    to_late: int = 0
    to_on_time: int = 0
    gone: int = 0
    added: int = 0

    def count(self, names: Iterable[str]) -> None:
        for name in names:
            setattr(self, name, getattr(self, name) + 1)


@dataclass(slots=True)
class Supposed:
    """All clocks of a period by two rules; with ``unit_id`` those of this unit.

    ``not_comparable``: tickets whose condition the other standard does not have.
    """

    start: datetime
    end: datetime
    unit_id: UUID | None = None
    sums: dict[ClockKind, Sum] = field(default_factory=dict)
    tickets: int = 0
    changed: int = 0
    not_comparable: int = 0

    def add(self, ticket: Stored, terms: Terms, other: Terms, now: datetime) -> list[Counted]:
        """Count one ticket in; answers whatever of it was counted."""
        self.tickets += 1
        try:
            clocks = compare(ticket.facts, terms, other, now)
        except NotFound:
            self.not_comparable += 1
            return [_left_out(ticket)]
        found = []
        for one in clocks:
            if self.unit_id not in (None, one.unit_id):
                continue
            names = tuple(self._sums(one))
            self.sums.setdefault(one.kind, Sum()).count(names)
            if names:
                found.append(_counted(ticket, one, names))
        self.changed += any(each.changes_sides for each in found)
        return found

    def _sums(self, one: Other) -> Iterator[str]:
        """In which numbers a clock counts. What opens from a number is what was counted in it: there is no second rule."""
        nowhere = (Judged.NONE, Judged.APART)
        if one.judged in nowhere:
            if one.other_judged not in nowhere and self._in_period(one.other_due_at):
                yield "added"
            return
        if not self._in_period(one.due_at):
            return
        if one.judged in COUNTED:
            yield "due"
        if one.judged is Judged.ON_TIME:
            yield "on_time"
        if one.other_judged in COUNTED:
            yield "other_due"
        if one.other_judged is Judged.ON_TIME:
            yield "other_on_time"
        if one.other_judged in nowhere:
            yield "gone"
        if one.changes_sides:
            yield "to_late" if one.other_judged is Judged.LATE else "to_on_time"

    def _in_period(self, due_at: datetime | None) -> bool:
        return due_at is not None and self.start <= due_at < self.end


def _counted(ticket: Stored, one: Other, sums: tuple[str, ...]) -> Counted:
    return Counted(
        ticket_id=ticket.row.ticket_id,
        number=ticket.number,
        clock=one.key,
        kind=one.kind,
        due_at=one.due_at,
        other_due_at=one.other_due_at,
        judged=one.judged,
        other_judged=one.other_judged,
        sums=sums,
    )


def _left_out(ticket: Stored) -> Counted:
    return Counted(
        ticket_id=ticket.row.ticket_id,
        number=ticket.number,
        clock=None,
        kind=None,
        due_at=None,
        other_due_at=None,
        judged=Judged.NONE,
        other_judged=Judged.NONE,
        sums=(NOT_COMPARABLE,),
    )
