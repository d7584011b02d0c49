"""Months that are over: which of them a period holds whole, whose sums may answer for them, and what lies beside them. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from gridward.domain.statements import Month

Stretch = tuple[datetime, datetime]
"""``[since, until)``."""

Gap = tuple[datetime | None, datetime | None]
"""A stretch that may have no beginning or no end."""

RIPE = timedelta(days=3)
"""How long after its end a month is summed: longer than any transaction of that month is still open, and a day more than
``figure_stale`` leaves out (migration ``20261201v``)."""


def month_of(instant: datetime, zone: ZoneInfo) -> Month:
    return Month(instant.astimezone(zone).date().replace(day=1))


def whole_months(since: datetime, until: datetime, zone: ZoneInfo) -> tuple[Month, ...]:
    """The months of which every instant lies in ``[since, until)``, the earliest first."""
    found = []
    month = month_of(since, zone)
    if month.span(zone)[0] < since:
        month = month.next()
    while month.span(zone)[1] <= until:
        found.append(month)
        month = month.next()
    return tuple(found)


def ripe_months(first: datetime, now: datetime, zone: ZoneInfo) -> tuple[Month, ...]:
    """Those from the month of ``first`` on that were over :data:`RIPE` ago, the earliest first."""
    return whole_months(month_of(first, zone).span(zone)[0], now - RIPE, zone)


def beside(months: Collection[Month], zone: ZoneInfo) -> Sequence[Gap]:
    """What lies in none of the months, from the beginning of time to its end."""
    gaps: list[Gap] = []
    edge: datetime | None = None
    for month in sorted(months, key=lambda one: one.first):
        since, until = month.span(zone)
        if edge is None or edge < since:
            gaps.append((edge, since))
        edge = until
    gaps.append((edge, None))
    return gaps


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """What of a question may be answered by sums.

    Args:
        period: What the question is about.
        months: Those that the period holds whole, one after the other.
        fresh: Months of which the sums say what the rows say.
        judged: The instant at which the question judges.
    """

    period: Stretch
    months: tuple[Month, ...]
    fresh: frozenset[Month]
    judged: datetime
    zone: ZoneInfo

    @property
    def span(self) -> Stretch:
        """From the first of the months to the end of the last."""
        return self.months[0].span(self.zone)[0], self.months[-1].span(self.zone)[1]

    def settled(self, *, judges: bool) -> frozenset[Month]:
        """The months whose sums count: what settled in them counts the same now.

        ``judges``: how a row counts also depends on ``judged``, so it must have settled before.
        """
        if not judges:
            return self.fresh
        return frozenset(month for month in self.fresh if month.span(self.zone)[1] <= self.judged)

    def edges(self) -> Sequence[Stretch]:
        """What of the period lies in none of the months."""
        (since, until), (start, end) = self.period, self.span
        return [edge for edge in ((since, start), (end, until)) if edge[0] < edge[1]]
