"""What leaves the app: which message rings a phone, which goes out as an SMS, and when. Pure.

The list inside the app is the base and holds every message. Outside of it there are two doors: push to a browser that
has shown that push arrives there, and SMS for people on duty. Nothing of a person or a place goes through either.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from gridward.domain.accounts import Role
from gridward.domain.errors import Malformed
from gridward.domain.notifications import LADDER, MISSES, NOTES, REQUESTS, TABLE, MessageKind, Party

_LEAD, _WORKER = Party.unit, Party.worker
_DESK, _SHIFT = Party.dispatchers, Party.shift_leaders


class Text(StrEnum):
    """What an SMS says: the template's name at a provider."""

    urgent_work = "urgent_work"
    overdue = "overdue"
    supervised = "supervised"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """A message that may not wait for the morning, for people on duty.

    Attributes:
        parties: To whom it is one; to all others the same message is an ordinary one.
        urgent_only: Only about a ticket of an urgent kind.
        from_step: Only from this percent of the limit on (reminders).
        text: The SMS that goes with it; None: push alone.
    """

    parties: frozenset[Party]
    urgent_only: bool = False
    from_step: int = 0
    text: Text | None = None


ALARMS: Mapping[MessageKind, tuple[Alarm, ...]] = MappingProxyType(
    {
        MessageKind.assigned: (Alarm(parties=frozenset({_LEAD}), urgent_only=True, text=Text.urgent_work),),
        MessageKind.handed: (Alarm(parties=frozenset({_WORKER}), urgent_only=True, text=Text.urgent_work),),
        MessageKind.rework: (Alarm(parties=frozenset({_LEAD, _WORKER}), urgent_only=True, text=Text.urgent_work),),
        MessageKind.supervised: (Alarm(parties=frozenset({_LEAD}), text=Text.supervised),),
        MessageKind.urged: (Alarm(parties=frozenset({_LEAD}), urgent_only=True),),
        MessageKind.to_decide: (Alarm(parties=frozenset({_DESK}), urgent_only=True),),
        MessageKind.reminder: (
            Alarm(parties=frozenset({_SHIFT}), from_step=100, text=Text.overdue),
            Alarm(parties=frozenset({_LEAD, _WORKER, _DESK}), urgent_only=True),
        ),
    }
)
"""MessageKind → when it is an alarm. A volunteer is asked, never called out: reporters stand in no row."""


def alarm_of(party: Party, kind: MessageKind, *, urgent: bool, detail: Mapping[str, Any]) -> Alarm | None:
    """The alarm that a message is to this party. ``urgent``: the ticket is of an urgent kind."""
    step = detail.get("step") or 0
    for alarm in ALARMS.get(kind, ()):
        if party in alarm.parties and (urgent or not alarm.urgent_only) and step >= alarm.from_step:
            return alarm
    return None


_PARTIES_OF: Mapping[Role, tuple[Party, ...]] = MappingProxyType(
    {
        Role.volunteer: (Party.reporters,),
        Role.liaison: (Party.reporters, Party.building_steward),
        Role.steward: (Party.stewards, Party.asked_steward, Party.reporters, Party.building_steward),
        Role.unit_lead: (_LEAD, Party.leads, Party.reporters),
        Role.unit_worker: (_WORKER, Party.reporters),
        Role.dispatcher: (_DESK, Party.reporters),
        Role.shift_leader: (_SHIFT, Party.reporters),
        Role.supervisor: (Party.supervisors,),
    }
)
ON_DUTY = frozenset({Role.unit_lead, Role.unit_worker, Role.shift_leader})
"""Roles that an SMS may be meant for: those of the parties in :data:`ALARMS` that name a text."""


def _all_told() -> Iterator[tuple[Party, MessageKind]]:
    for rows in (*TABLE.values(), *REQUESTS.values(), *NOTES.values(), MISSES):
        yield from rows
    for parties in LADDER.values():
        yield from ((party, MessageKind.reminder) for party in parties)
    for answer in (MessageKind.request_granted, MessageKind.request_refused):
        yield from ((party, answer) for party in (Party.reporters, Party.unit))


_TOLD = frozenset(_all_told())


def kinds_for(roles: Iterable[Role]) -> tuple[MessageKind, ...]:
    """The kinds that somebody with these roles can be told, in the order of :class:`MessageKind`."""
    parties = {party for role in roles for party in _PARTIES_OF.get(role, ())}
    return tuple(kind for kind in MessageKind if any((party, kind) in _TOLD for party in parties))


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours of the jurisdiction's clock in which no phone rings; ``starts`` later than ``ends``: over midnight.

    Raises:
        Malformed: ``quiet_hours_empty``: both the same; no quiet hours are None.
    """

    starts: time
    ends: time

    def __post_init__(self) -> None:
        if self.starts == self.ends:
            raise Malformed("quiet_hours_empty")

    def until(self, at: datetime, zone: ZoneInfo) -> datetime | None:
        """When the quiet hours end in which ``at`` lies; None: it lies in none. The end itself is no quiet time."""
        local = at.astimezone(zone)
        clock = local.time()
        over_midnight = self.starts > self.ends
        evening = clock >= self.starts and (over_midnight or clock < self.ends)
        morning = over_midnight and clock < self.ends
        if not evening and not morning:
            return None
        day = local.date() + timedelta(days=1 if over_midnight and evening else 0)
        return datetime.combine(day, self.ends, zone).astimezone(UTC)


USUAL_QUIET = Quiet(time(21, 0), time(7, 30))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What a person wants outside the app. ``off`` kinds are read in the list only; ``sms`` is by consent."""

    quiet: Quiet | None = USUAL_QUIET
    off: frozenset[MessageKind] = frozenset()
    sms: bool = False


class Channel(StrEnum):
    push = "push"
    sms = "sms"
    webhook = "webhook"


MOST_TRIES = 6
LEASE = timedelta(seconds=60)
"""A delivery that was taken and never reported about (the worker was killed) is taken again after this."""

LIFE = timedelta(hours=24)
"""Older news rings nobody's phone; it stands in the list."""

TEST_LIFE = timedelta(minutes=10)
"""A test message that has not arrived by then has not arrived."""

TEST_EVERY = timedelta(seconds=20)
MOST_TEXTS_A_DAY = 10
"""SMS per person and day of the jurisdiction."""

MOST_PHONES = 10
KEPT = timedelta(days=30)

_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=15), timedelta(hours=1)


def next_try(tries: int, now: datetime, asked: timedelta | None = None) -> datetime | None:
    """When to try again after ``tries`` failures: 15 s, then four times as long each; ``asked`` is what the other side
    wished, at most an hour. None: no more.
    """
    if tries >= MOST_TRIES:
        return None
    pause = max(_FIRST_PAUSE * 4.0 ** (tries - 1), asked or timedelta())
    return now + min(pause, _LONGEST_PAUSE)


class State(StrEnum):
    """Where a delivery stands; all but ``waiting`` are final."""

    waiting = "waiting"
    sent = "sent"
    failed = "failed"
    """Tried as often as is tried, or refused by the other side for good: a dead letter until somebody tries again."""
    gone = "gone"
    """The push service knows this phone no more."""
    read = "read"
    unreachable = "unreachable"
    too_old = "too_old"
    switched_off = "switched_off"
    over_limit = "over_limit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A delivery whose time has come, with everything that decides about it.

    Attributes:
        phone: The subscription; None for an SMS.
        kind: None: the test message of a phone.
        reachable: The person is not disabled and, for a push, the sign-in of that phone still holds.
        texts_today: SMS that this person was sent today before this one.
    """

    delivery_id: UUID
    channel: Channel
    phone: UUID | None
    kind: MessageKind | None
    alarm: bool
    made_at: datetime
    read: bool
    reachable: bool
    texts_today: int = 0

    def after(self, texts: int) -> Due:
        """The same with so many SMS before it."""
        return replace(self, texts_today=self.texts_today + texts)


@dataclass(frozen=True, slots=True)
class Hold:
    """Not now: quiet hours."""

    until: datetime


def judge(due: Due, wishes: Wishes, zone: ZoneInfo, now: datetime) -> Hold | State:
    """What becomes of a delivery now; ``State.sent`` says: send it.

    Judged when it is sent and not when it was made: what was read meanwhile, or switched off, rings no more.
    """
    if not due.reachable:
        return State.unreachable
    if due.made_at + (LIFE if due.kind else TEST_LIFE) <= now:
        return State.too_old
    if due.kind is None:
        return State.sent
    if due.read:
        return State.read
    if due.kind in wishes.off:
        return State.switched_off
    if due.channel is Channel.sms:
        if not wishes.sms:
            return State.switched_off
        return State.over_limit if due.texts_today >= MOST_TEXTS_A_DAY else State.sent
    until = None if due.alarm or wishes.quiet is None else wishes.quiet.until(now, zone)
    return State.sent if until is None else Hold(until)


def bundles(going: Iterable[Due]) -> Iterator[tuple[Due, ...]]:
    """What goes out as one message: alarms, tests and SMS each alone, all else for the same phone together.

    So a night's messages ring once in the morning, and a service that was away is not answered with a salvo.
    """
    together: dict[UUID, list[Due]] = {}
    for due in going:
        if due.phone is None or due.alarm or due.kind is None:
            yield (due,)
        else:
            together.setdefault(due.phone, []).append(due)
    yield from (tuple(one) for one in together.values())
