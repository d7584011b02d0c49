"""Who is told what, what rings a phone, and when: the tables and the clock, without a database."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from gridward.domain.accounts import Role
from gridward.domain.errors import Malformed
from gridward.domain.notifications import MessageKind, Party, told
from gridward.domain.notifications_outward import (
    ALARMS,
    MOST_TEXTS_A_DAY,
    MOST_TRIES,
    USUAL_QUIET,
    Channel,
    Due,
    Hold,
    Quiet,
    State,
    Text,
    Wishes,
    alarm_of,
    bundles,
    judge,
    kinds_for,
    next_try,
)

ZONE = ZoneInfo("Asia/Shanghai")


def at(clock: str, day: int = 2) -> datetime:
    """That time of the town's clock on a day of March 2026."""
    return datetime.combine(datetime(2026, 3, day, tzinfo=ZONE).date(), time.fromisoformat(clock), ZONE).astimezone(UTC)


def due(kind: MessageKind | None = MessageKind.assigned, **more: object) -> Due:
    given = {
        "delivery_id": UUID(int=1),
        "channel": Channel.push,
        "phone": UUID(int=7),
        "kind": kind,
        "alarm": False,
        "made_at": at("12:00"),
        "read": False,
        "reachable": True,
    }
    return Due(**{**given, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("quiet", "clock", "until"),
    [
        (USUAL_QUIET, "20:59:59", None),
        (USUAL_QUIET, "21:00", at("07:30", 3)),
        (USUAL_QUIET, "23:59:59", at("07:30", 3)),
        (USUAL_QUIET, "00:00", at("07:30", 2)),
        (USUAL_QUIET, "07:29:59", at("07:30", 2)),
        (USUAL_QUIET, "07:30", None),
        (Quiet(time(12, 0), time(14, 0)), "11:59", None),
        (Quiet(time(12, 0), time(14, 0)), "13:00", at("14:00")),
        (Quiet(time(12, 0), time(14, 0)), "14:00", None),
        (Quiet(time(8, 0), time(7, 59)), "07:59:30", None),
        (Quiet(time(8, 0), time(7, 59)), "08:00", at("07:59", 3)),
    ],
)
def test_quiet_hours_by_the_towns_clock_over_midnight(quiet: Quiet, clock: str, until: datetime | None) -> None:
    assert quiet.until(at(clock), ZONE) == until


def test_quiet_hours_that_begin_where_they_end_are_refused() -> None:
    with pytest.raises(Malformed, match="quiet_hours_empty"):
        Quiet(time(21), time(21))


def test_at_night_an_alarm_rings_and_everything_else_waits_for_the_morning() -> None:
    night = at("23:00")
    assert judge(due(made_at=night), Wishes(), ZONE, night) == Hold(at("07:30", 3))
    assert judge(due(made_at=night, alarm=True), Wishes(), ZONE, night) is State.sent
    assert judge(due(None, made_at=night, alarm=True), Wishes(), ZONE, night) is State.sent
    assert judge(due(made_at=night), Wishes(quiet=None), ZONE, night) is State.sent
    assert judge(due(made_at=night), Wishes(), ZONE, at("07:30", 3)) is State.sent


@pytest.mark.parametrize(
    ("delivery", "wishes", "becomes"),
    [
        (due(read=True), Wishes(), State.read),
        (due(reachable=False), Wishes(), State.unreachable),
        (due(made_at=at("12:00", 1)), Wishes(), State.too_old),
        (due(None, made_at=at("11:49")), Wishes(), State.too_old),
        (due(None, made_at=at("11:51")), Wishes(off=frozenset(MessageKind)), State.sent),
        (due(MessageKind.closed), Wishes(off=frozenset({MessageKind.closed})), State.switched_off),
        (due(MessageKind.closed), Wishes(off=frozenset({MessageKind.rejected})), State.sent),
        (due(channel=Channel.sms, phone=None, alarm=True), Wishes(), State.switched_off),
        (due(channel=Channel.sms, phone=None, alarm=True), Wishes(sms=True), State.sent),
        (
            due(channel=Channel.sms, phone=None, alarm=True, texts_today=MOST_TEXTS_A_DAY - 1),
            Wishes(sms=True),
            State.sent,
        ),
        (
            due(channel=Channel.sms, phone=None, alarm=True, texts_today=MOST_TEXTS_A_DAY),
            Wishes(sms=True),
            State.over_limit,
        ),
    ],
)
def test_what_becomes_of_a_message_at_noon(delivery: Due, wishes: Wishes, becomes: State) -> None:
    assert judge(delivery, wishes, ZONE, at("12:00")) is becomes


def test_a_nights_messages_ring_once_and_alarms_ring_for_themselves() -> None:
    here, there = UUID(int=7), UUID(int=8)
    night = [
        due(MessageKind.said_done, phone=here),
        due(MessageKind.assigned, phone=here, alarm=True),
        due(MessageKind.closed, phone=here),
        due(MessageKind.closed, phone=there),
        due(MessageKind.assigned, phone=None, channel=Channel.sms, alarm=True),
        due(None, phone=here, alarm=True),
    ]
    found = sorted([[one.kind for one in bundle] for bundle in bundles(night)], key=str)
    assert found == sorted(
        [
            [MessageKind.said_done, MessageKind.closed],
            [MessageKind.closed],
            [MessageKind.assigned],
            [MessageKind.assigned],
            [None],
        ],
        key=str,
    )


def test_tries_come_slower_and_end() -> None:
    now = at("12:00")
    pauses = [next_try(tries, now) for tries in range(1, MOST_TRIES + 1)]
    spans = [None if one is None else (one - now).total_seconds() for one in pauses]
    assert spans == [15, 60, 240, 960, 3600, None]
    assert next_try(1, now, timedelta(minutes=2)) == now + timedelta(minutes=2)
    assert next_try(1, now, timedelta(days=1)) == now + timedelta(hours=1)


def test_only_people_on_duty_are_called_out() -> None:
    """Reporters, stewards asked to look and supervisors are never woken."""
    called = {party for rows in ALARMS.values() for alarm in rows for party in alarm.parties}
    assert called == {Party.unit, Party.worker, Party.dispatchers, Party.shift_leaders}


@pytest.mark.parametrize(
    ("party", "kind", "urgent", "step", "text"),
    [
        (Party.unit, MessageKind.assigned, True, None, Text.urgent_work),
        (Party.unit, MessageKind.assigned, False, None, None),
        (Party.worker, MessageKind.handed, True, None, Text.urgent_work),
        (Party.shift_leaders, MessageKind.reminder, False, 100, Text.overdue),
        (Party.shift_leaders, MessageKind.reminder, False, 80, None),
        (Party.unit, MessageKind.reminder, True, 80, None),
        (Party.unit, MessageKind.supervised, False, None, Text.supervised),
        (Party.reporters, MessageKind.closed, True, None, None),
    ],
)
def test_what_is_texted_and_to_whom(
    party: Party, kind: MessageKind, urgent: bool, step: int | None, text: Text | None
) -> None:
    alarm = alarm_of(party, kind, urgent=urgent, detail={"step": step} if step else {})
    assert (alarm.text if alarm else None) == text


def test_an_escalation_tells_those_whom_the_ladder_names() -> None:
    detail = {"step": 100, "to": ["shift_leader", "community"], "send": True}
    assert {(one.party, one.kind) for one in told("clock.reminded", detail, in_tray=False)} == {
        (Party.shift_leaders, MessageKind.reminder),
        (Party.dispatchers, MessageKind.reminder),
    }


def test_everybody_has_switches_for_what_that_person_can_be_told_and_no_others() -> None:
    volunteer, lead = set(kinds_for({Role.volunteer})), set(kinds_for({Role.unit_lead}))
    assert {MessageKind.closed, MessageKind.more_asked, MessageKind.said_done} <= volunteer
    assert not volunteer & {MessageKind.assigned, MessageKind.to_decide, MessageKind.reminder, MessageKind.supervised}
    assert {MessageKind.assigned, MessageKind.urged, MessageKind.reminder, MessageKind.request_granted} <= lead
    assert kinds_for({Role.system_admin}) == ()
    assert set(kinds_for(Role)) == set(MessageKind), "every kind has a switch for somebody"
