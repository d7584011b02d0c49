"""成因: the same kind of ticket again and again in one building is a cause to look into. When there is one, and whether
what was done about it helped. Pure.

Source: from solving to preventing (未诉先办): *times* tickets of a kind in a building within *days* days.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from gridward.domain.errors import Malformed

LEAST_TIMES, MOST_TIMES = 2, 50
LEAST_DAYS, MOST_DAYS = 1, 365
MOST_WORDS = 1_000


class CauseState(StrEnum):
    """``open``: nobody has decided. ``taken_up``: somebody does something about it. ``set_aside``: not a cause, with a reason."""

    open = "open"
    taken_up = "taken_up"
    set_aside = "set_aside"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """``times`` tickets within ``days`` days propose a cause; ``watched`` false: this kind never does."""

    times: int = 3
    days: int = 30
    watched: bool = True

    @property
    def span(self) -> timedelta:
        return timedelta(days=self.days)


USUAL = Rule()
"""What holds where nobody set anything."""


def check_rule(rule: Rule) -> Rule:
    """Raises:
    Malformed: ``cause.rule_out_of_range`` with the bounds.
    """
    if not LEAST_TIMES <= rule.times <= MOST_TIMES:
        raise Malformed("cause.rule_out_of_range", field="times", least=LEAST_TIMES, most=MOST_TIMES)
    if not LEAST_DAYS <= rule.days <= MOST_DAYS:
        raise Malformed("cause.rule_out_of_range", field="days", least=LEAST_DAYS, most=MOST_DAYS)
    return rule


def check_words(words: str) -> str:
    """What was done, or why there is nothing to do.

    Raises:
        Malformed: ``cause.words_missing``, ``cause.words_too_long``.
    """
    plain = words.strip()
    if not plain:
        raise Malformed("cause.words_missing")
    if len(plain) > MOST_WORDS:
        raise Malformed("cause.words_too_long", most=MOST_WORDS)
    return plain


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One ticket of the kind in the building; duplicates that were merged and reports that were turned down are none."""

    ticket_id: UUID
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """The newest cause of the same kind and building. ``decided_at`` None: it still waits."""

    cause_id: UUID
    decided_at: datetime | None
    ticket_ids: frozenset[UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What a look found. ``joins``: the waiting cause that these tickets are added to; None: a new one."""

    tickets: tuple[Occurrence, ...]
    joins: UUID | None


def propose(occurrences: Sequence[Occurrence], rule: Rule, before: Before | None, now: datetime) -> Proposal | None:
    """A cause to look into, or tickets for the one that waits; None: nothing new.

    What came before the last decision was weighed by it: only later tickets make a new cause.
    """
    recent = tuple(one for one in occurrences if now - rule.span < one.received_at <= now)
    if before is not None and before.decided_at is None:
        more = tuple(one for one in recent if one.ticket_id not in before.ticket_ids)
        return Proposal(tickets=more, joins=before.cause_id) if more else None
    if before is not None and before.decided_at is not None:
        decided = before.decided_at
        recent = tuple(one for one in recent if one.received_at > decided)
    if not rule.watched or len(recent) < rule.times:
        return None
    return Proposal(tickets=recent, joins=None)


class Helped(StrEnum):
    """What became of it in as many days after as were counted before."""

    watching = "watching"
    """The days are not over."""
    stopped = "stopped"
    fewer = "fewer"
    no_better = "no_better"


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """Tickets in the ``days`` before something was done and in those after; ``until``: when the latter are over."""

    before: int
    after: int
    until: datetime
    helped: Helped


def effect(occurrences: Sequence[datetime], taken_up_at: datetime, days: int, now: datetime) -> Effect:
    """Whether it helped. As many tickets as before are no better at once; that it helped is said when the days are over."""
    span = timedelta(days=days)
    until = taken_up_at + span
    before = sum(taken_up_at - span < at <= taken_up_at for at in occurrences)
    after = sum(taken_up_at < at <= min(until, now) for at in occurrences)
    if after and after >= before:
        helped = Helped.no_better
    elif now < until:
        helped = Helped.watching
    else:
        helped = Helped.fewer if after else Helped.stopped
    return Effect(before=before, after=after, until=until, helped=helped)
