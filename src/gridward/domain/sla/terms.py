"""What the clocks of a ticket are counted by: the standard it pins and the calendars, in every version that was used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gridward.domain.calendar import WorkingCalendar
from gridward.domain.errors import NotFound, Unavailable
from gridward.domain.sla.clocks import Clock
from gridward.domain.standards import (
    CITY,
    Basis,
    ClockKind,
    Condition,
    LadderStep,
    Limit,
    Measure,
    Standard,
    Timekeeping,
    Verification,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Published rules. A standard or a calendar version, once used, must be here for ever: else nothing can be replayed.

    Args:
        standards: standard_id → the standard.
        calendars: (calendar_id, version) → the calendar.
        current: calendar_id → the version that new clocks pin.
    """

    standards: Mapping[str, Standard]
    calendars: Mapping[tuple[str, int], WorkingCalendar]
    current: Mapping[str, int]

    def standard(self, standard_id: str) -> Standard:
        """Raises: NotFound: ``standard.unknown``."""
        try:
            return self.standards[standard_id]
        except KeyError:
            raise NotFound("standard.unknown", standard_id=standard_id) from None

    def condition(self, standard_id: str, condition_id: str | None) -> Condition | None:
        return None if condition_id is None else self.standard(standard_id).condition(condition_id)

    def limit_of(
        self,
        kind: ClockKind,
        standard_id: str,
        condition_id: str | None,
        *,
        urgent: bool,
        area_class: str | None = None,
        way: Verification | None = None,
    ) -> Limit | None:
        """The limit of a clock; ``file`` and ``dispatch`` need no condition, only whether the kind is an urgent one."""
        standard = self.standard(standard_id)
        if kind is ClockKind.FILE:
            return standard.terms.urgent_file_limit if urgent else standard.terms.file_limit
        if kind is ClockKind.DISPATCH:
            return standard.terms.urgent_dispatch_limit if urgent else standard.terms.dispatch_limit
        if kind is ClockKind.APPROVAL:
            return standard.terms.approval_limit
        condition = self.condition(standard_id, condition_id)
        return None if condition is None else standard.limit_of(kind, condition, area_class=area_class, way=way)

    def pinned(self, standard_id: str, kind: ClockKind, unit_kind: str | None) -> Mapping[str, int]:
        """The calendars that a new clock would pin, with their current versions."""
        names = dict.fromkeys((CITY, self.standard(standard_id).calendar_id(kind, unit_kind)))
        missing = next((name for name in names if name not in self.current), None)
        if missing is not None:
            raise Unavailable("calendar.missing", calendar_id=missing)
        return {name: self.current[name] for name in names}

    def keeping(self, clock: Clock) -> Timekeeping:
        """Days and hours for a clock, by the calendar versions that it pins."""
        calendars: dict[str, WorkingCalendar] = {}
        for name, version in clock.calendars.items():
            if (name, version) not in self.calendars:
                raise Unavailable("calendar.missing", calendar_id=name, version=version)
            calendars[name] = self.calendars[name, version]
        return self.standard(clock.standard_id).timekeeping(clock.kind, clock.unit_kind, calendars)

    def measure(self, clock: Clock) -> Measure:
        """What this clock's time is counted in."""
        return clock.limit.measure(self.keeping(clock))

    def basis(self, clock: Clock) -> Basis | None:
        """What binds whoever answers for a clock to its limit; None: a reference (参考时限), counted in no index."""
        condition = self.condition(clock.standard_id, clock.condition_id)
        if condition is None or clock.imported:
            return None
        return self.standard(clock.standard_id).basis_of(condition, clock.unit_kind)

    def steps(self, clock: Clock) -> tuple[LadderStep, ...]:
        """The reminders of a clock. A kind that the ladder does not name tells whoever answers for it, once, at 100 %.

        What was due in another system was that system's to remind of: a city's past must not ring every phone at once.
        """
        if clock.imported:
            return ()
        named = self.standard(clock.standard_id).ladder_of(clock.kind)
        if named or clock.kind in (ClockKind.RESOLVE, ClockKind.OVERALL):
            return named
        return (LadderStep(clock.kind, 100, (clock.party.value,)),)
