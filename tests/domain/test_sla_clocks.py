"""The clocks of a ticket against the rule book: each agreed example, then each rule as a short story."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from gridward.domain.accounts import Role
from gridward.domain.calendar import Shift, SpecialDay
from gridward.domain.errors import Forbidden, Malformed, Refusal
from gridward.domain.facts import read_instant
from gridward.domain.sla.advance import differences, replay
from gridward.domain.sla.clocks import Why
from gridward.domain.sla.ledger import ledger
from gridward.domain.sla.terms import Terms
from gridward.domain.standards import ClockKind, DayRule, Limit, LimitKind
from gridward.domain.tickets.act import next_step_at
from gridward.domain.tickets.decide import allowed
from gridward.domain.tickets.words import Status
from story import (
    PHOTO,
    PORTER,
    PROPERTY,
    SANITATION,
    SECOND_SUPERVISOR,
    SHIFT_LEADER,
    SUPERVISOR,
    Story,
    at,
    calendar,
    condition,
    hours,
    person,
    standard,
    terms,
    urgent,
)

HOUR = timedelta(hours=1)


def with_limit(limit: Limit, rule: DayRule = DayRule.HOURS, **more: Any) -> Terms:
    return terms(standard(rule, condition("litter", limit, **more)))


def days(amount: int) -> Limit:
    return Limit(LimitKind.WORK_DAY, amount)


def paused(story: Story, since: str, until: str) -> None:
    """Deferred from the instant of asking until that day."""
    story.do(since, "ask_defer", until=at(until).isoformat())
    story.do(since, "grant_defer")


def due(story: Story, kind: str = "resolve") -> datetime | None:
    return story.clock(kind).due_at


# The agreed examples ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "limit", "rule", "expected"),
    [
        ("Fri 17:00", hours(4), DayRule.HOURS, "Mon+1 11:00"),
        ("Fri 17:00", urgent(2), DayRule.HOURS, "Fri 19:00"),
        ("Mon 11:30", hours(2), DayRule.HOURS, "Mon 15:30"),
        ("Mon 13:00", hours(1), DayRule.HOURS, "Mon 15:00"),
        ("Mon 09:00", days(1), DayRule.NEXT_DAY, "Tue 18:00"),
        ("Mon 09:00", days(1), DayRule.HOURS, "Tue 09:00"),
        ("Sat 10:00", days(1), DayRule.NEXT_DAY, "Mon+1 18:00"),
        ("Sat 10:00", days(1), DayRule.HOURS, "Mon+1 18:00"),
        ("Fri 17:00", days(2), DayRule.HOURS, "Tue+1 17:00"),
        ("Fri 22:10", urgent(2), DayRule.HOURS, "Sat 00:10"),
    ],
)
def test_a_limit_runs_from_the_assignment(start: str, limit: Limit, rule: DayRule, expected: str) -> None:
    story = Story(terms=with_limit(limit, rule)).opened(start)
    assert due(story) == due(story, "overall") == at(expected)


@pytest.mark.parametrize(
    ("limit", "start", "since", "until", "expected"),
    [
        (hours(4), "Mon 09:00", "Mon 10:00", "Wed 10:00", "Wed 15:00"),
        (days(3), "Mon 09:00", "Mon 10:00", "Thu 10:00", "Tue+1 09:00"),
        (urgent(4), "Mon 09:00", "Mon 10:00", "Thu 10:00", "Thu 13:00"),
    ],
)
def test_a_pause_freezes_what_is_left(limit: Limit, start: str, since: str, until: str, expected: str) -> None:
    story = Story(terms=with_limit(limit)).opened(start)
    paused(story, since, until)
    assert story.status is Status.DEFERRED
    story.sweep(until)
    assert story.status is Status.IN_PROGRESS
    assert due(story) == due(story, "overall") == at(expected)
    assert story.clock("resolve").first_due_at != due(story)


def test_a_holiday_and_a_made_up_saturday() -> None:
    off, on = SpecialDay((), "节日"), SpecialDay((Shift(480, 720), Shift(840, 1080)), "调休")
    exceptions = {date(2026, 3, 5): off, date(2026, 3, 6): off, date(2026, 3, 7): on}
    story = Story(terms=terms(None, calendar("city", 2, exceptions))).opened("Wed 16:00")
    assert due(story) == at("Sat 10:00")


@pytest.mark.parametrize(("kind", "expected"), [("litter", "Mon 14:35"), ("anew", "Tue 08:30")])
def test_a_false_done_banks_no_time(kind: str, expected: str) -> None:
    story = Story(condition_id=kind).opened("Mon 08:00")
    story.do("Mon 11:55", "resolve")
    assert story.clock("resolve").stopped_at == at("Mon 11:55")
    assert not story.clock("resolve").final
    story.do("Mon 14:30", "rework")
    assert due(story) == at(expected)
    assert due(story, "overall") == at("Mon 14:35")
    story.do("Mon 14:34", "resolve")
    story.do("Mon 17:00", "verify")
    assert story.clock("resolve").final
    assert story.clock("resolve").stopped_at == at("Mon 14:34")
    assert not story.of("clock.breached", "resolve")


def test_an_extension_counts_from_the_asking() -> None:
    story = Story().opened("Mon 08:00")
    story.do("Mon 11:30", "ask_extend")
    story.sweep("Mon 14:10")
    assert not story.of("clock.breached", "resolve")
    story.do("Mon 14:20", "grant_extend")
    assert due(story) == due(story, "overall") == at("Mon 18:00")
    story.sweep("Mon 17:59")
    assert not story.of("clock.breached", "resolve")
    assert story.clock("resolve").first_due_at == at("Mon 12:00")


def test_a_refused_extension_was_never_there() -> None:
    story = Story().opened("Mon 08:00")
    story.do("Mon 11:30", "ask_extend")
    story.sweep("Mon 14:10")
    assert not story.of("clock.breached", "overall")
    story.do("Mon 14:20", "refuse_extend")
    (breach,) = story.of("clock.breached", "resolve")
    assert read_instant(breach.detail["breached_at"]) == breach.occurred_at == at("Mon 12:00")
    assert breach.recorded_at == at("Mon 14:20")
    (told,) = [f for f in story.of("clock.reminded", "overall") if f.detail["step"] == 100]
    assert told.occurred_at == at("Mon 12:00")


@pytest.mark.parametrize("first", ["extend", "defer"])
def test_extended_and_paused(first: str) -> None:
    """Mon 09:00, extended by 4, paused Mon 11:30 to Wed 08:30; in whichever order it was granted."""
    story = Story().opened("Mon 09:00")
    if first == "extend":
        story.do("Mon 11:00", "ask_extend")
        story.do("Mon 11:10", "grant_extend")
        paused(story, "Mon 11:30", "Wed 08:30")
    else:
        story.do("Mon 11:00", "ask_extend")
        story.do("Mon 11:30", "ask_defer", until=at("Wed 08:30").isoformat())
        story.do("Mon 17:00", "grant_defer")
        story.do("Tue 10:00", "grant_extend")
    assert due(story) == at("Wed 16:00")
    assert due(story, "overall") == at("Wed 16:00")


def test_three_days_pause_are_not_nine_working_days() -> None:
    story = Story(terms=with_limit(days(3), DayRule.NEXT_DAY)).opened("Mon 09:00")
    assert due(story) == at("Thu 18:00")
    paused(story, "Mon 10:00", "Thu 10:00")
    assert due(story) == at("Tue+1 18:00")


# Which clocks run ------------------------------------------------------------------------------------------------------


def test_every_clock_starts_and_stops_where_it_should() -> None:
    story = Story()
    story.do("Mon 08:00", "file")
    story.do("Mon 08:10", "accept")
    story.do("Mon 08:20", "assign")
    story.do("Mon 08:30", "acknowledge")
    story.do("Mon 09:00", "arrive")
    story.do("Mon 10:00", "resolve")
    story.do("Mon 11:00", "verify")
    spans = {
        kind.value: (story.clock(kind).started_at, story.clock(kind).stopped_at)
        for kind in (
            ClockKind.FILE,
            ClockKind.DISPATCH,
            ClockKind.ACKNOWLEDGE,
            ClockKind.RESPOND,
            ClockKind.RESOLVE,
            ClockKind.VERIFY,
            ClockKind.OVERALL,
        )
    }
    assert spans == {
        "file": (at("Mon 08:00"), at("Mon 08:10")),
        "dispatch": (at("Mon 08:10"), at("Mon 08:20")),
        "acknowledge": (at("Mon 08:20"), at("Mon 08:30")),
        "respond": (at("Mon 08:20"), at("Mon 09:00")),
        "resolve": (at("Mon 08:20"), at("Mon 10:00")),
        "verify": (at("Mon 10:00"), at("Mon 11:00")),
        "overall": (at("Mon 08:20"), at("Mon 10:00")),
    }
    assert story.ticket is not None
    assert all(clock.final for clock in story.ticket.clocks.clocks)
    assert not story.of("clock.breached")


def test_no_limit_no_clock() -> None:
    story = Story(condition_id="free").opened("Mon 08:00")
    assert story.ticket is not None
    assert {clock.kind for clock in story.ticket.clocks.clocks} == {ClockKind.FILE, ClockKind.DISPATCH}


def test_urgent_filing_and_dispatch_run_day_and_night() -> None:
    story = Story(condition_id="cover")
    story.do("Fri 22:00", "file")
    assert due(story, "file") == at("Fri 23:00")
    story.do("Fri 22:10", "accept")
    assert due(story, "dispatch") == at("Fri 23:10")


def test_milestones_have_their_own_clock_the_last_is_the_resolving() -> None:
    story = Story(condition_id="built").opened("Mon 08:00")
    assert story.clock("milestone").number == 1
    assert due(story, "milestone") == at("Mon 09:00")
    story.do("Mon 08:40", "reach")
    assert story.clock("milestone").stopped_at == at("Mon 08:40")
    assert story.ticket is not None
    assert len(story.ticket.clocks.of(ClockKind.MILESTONE)) == 1


def test_filing_waits_for_the_reporter() -> None:
    story = Story()
    story.do("Mon 08:00", "file")
    story.do("Mon 08:30", "ask_more")
    assert due(story, "file") is None
    story.sweep("Mon 17:00")
    assert not story.of("clock.breached")
    story.do("Tue 10:00", "answer_more")
    assert due(story, "file") == at("Tue 10:30")


def test_verifying_is_timed_by_its_way() -> None:
    for kind, expected in (("litter", "Mon 14:00"), ("desk", "Mon 11:00"), ("phone", "Tue 09:00")):
        story = Story(condition_id=kind).opened("Mon 08:00")
        story.do("Mon 09:00", "resolve", photos=[PHOTO])
        assert due(story, "verify") == at(expected.replace("Mon 14:00", "Mon 15:00"))


def test_a_suspension_holds_for_clocks_that_start_while_it_lasts() -> None:
    story = Story()
    story.do("Mon 08:00", "file")
    story.do("Mon 08:00", "suspend", **{"from": at("Mon 08:00").isoformat(), "to": at("Mon 10:00").isoformat()})
    story.do("Mon 08:30", "accept")
    story.do("Mon 08:30", "assign")
    assert due(story, "dispatch") == at("Mon 09:30"), "the desk goes on"
    assert due(story) == at("Mon 16:00")


def test_a_suspension_told_while_the_unit_was_away_holds_when_it_is_back() -> None:
    story = Story().opened("Mon 08:00")
    story.do("Mon 09:00", "assign", unit_id=PROPERTY, unit_kind="estate")
    story.do("Mon 10:00", "suspend", **{"from": at("Mon 09:30").isoformat(), "to": at("Tue 10:00").isoformat()})
    story.do("Mon 11:00", "assign")
    assert story.ticket is not None
    first = story.ticket.clocks.get("resolve-1-1")
    assert first is not None
    assert first.due_at == at("Tue 15:00"), "three hours were left, none of them before Tuesday 10:00"


# Passing on ------------------------------------------------------------------------------------------------------------


def sent_back(story: Story, asked: str, granted: str) -> None:
    story.do(asked, "ask_send_back")
    story.do(granted, "send_back")


def test_asking_to_send_back_stops_nothing() -> None:
    story = Story().opened("Mon 08:00")
    story.do("Mon 08:20", "ask_send_back")
    story.do("Mon 11:00", "refuse_send_back")
    assert due(story) == at("Mon 12:00")
    story.sweep("Mon 12:01")
    assert story.of("clock.breached", "resolve")


def test_a_breach_does_not_wait_for_the_answer_to_a_send_back() -> None:
    story = Story(condition_id="cover").opened("Fri 22:00")
    story.do("Fri 22:50", "ask_send_back")
    story.sweep("Sat 00:01")
    assert story.clock("resolve").breached_at == at("Sat 00:00")


def test_sent_back_clocks_are_void_and_go_on_where_they_stood() -> None:
    story = Story().opened("Mon 08:00")
    sent_back(story, "Mon 08:20", "Mon 09:00")
    assert story.clock("resolve").voided_at == at("Mon 09:00")
    assert story.clock("overall").voided_at is None
    assert due(story, "dispatch") == at("Mon 10:00")
    story.do("Tue 08:00", "assign", role="last_resort")
    assert story.clock("resolve").key == "resolve-1-1"
    assert due(story) == at("Tue 11:00"), "one hour had been used"
    assert due(story, "overall") == at("Mon 12:00"), "the whole was never moved"


def test_another_unit_starts_anew_and_a_breach_stays_with_the_first() -> None:
    story = Story().opened("Mon 08:00")
    story.do("Mon 14:00", "assign", unit_id=PROPERTY, unit_kind="estate")
    assert story.ticket is not None
    first, second = story.ticket.clocks.of(ClockKind.RESOLVE)
    assert first.ended_by == "assign"
    assert first.breached_at == at("Mon 12:00")
    assert second.unit_id == PROPERTY
    assert second.due_at == at("Mon 18:00")
    story.do("Mon 15:00", "assign", unit_id=SANITATION, unit_kind="work")
    first, second = story.ticket.clocks.of(ClockKind.RESOLVE)
    assert (first.stopped_at, first.breached) == (None, True)
    assert second.void_why == "assign"


def test_the_same_unit_again_changes_nothing() -> None:
    story = Story().opened("Mon 08:00")
    story.do("Mon 08:30", "acknowledge")
    story.do("Mon 09:00", "assign")
    assert story.status is Status.ASSIGNED
    assert due(story) == at("Mon 12:00")
    assert story.clock("acknowledge").stopped_at == at("Mon 08:30")
    story.do("Mon 10:00", "acknowledge")
    assert story.clock("acknowledge").stopped_at == at("Mon 08:30")


def test_an_undecided_request_speaks_for_the_unit_that_is_sent_away() -> None:
    story = Story().opened("Mon 08:00")
    story.do("Mon 11:00", "ask_extend")
    story.do("Mon 14:30", "assign", unit_id=PROPERTY, unit_kind="estate")
    assert story.ticket is not None
    first, _ = story.ticket.clocks.of(ClockKind.RESOLVE)
    assert first.void_why == "assign"
    assert not story.of("clock.breached", "resolve")
    assert story.of("clock.breached", "overall")[0].occurred_at == at("Mon 12:00")
    assert story.of("request.lapsed")


# Breach ----------------------------------------------------------------------------------------------------------------


def test_a_breach_has_the_time_of_the_due_however_late_the_sweep() -> None:
    story = Story().opened("Mon 08:00")
    story.sweep("Thu 09:00")
    (breach,) = story.of("clock.breached", "resolve")
    assert breach.occurred_at == at("Mon 12:00")
    assert breach.recorded_at == at("Thu 09:00")
    again = story.sweep("Thu 09:01")
    assert not again.facts


def test_a_stop_at_exactly_the_due_instant_is_on_time() -> None:
    story = Story().opened("Mon 08:00")
    story.do("Mon 12:00", "resolve")
    story.do("Mon 14:00", "verify")
    story.sweep("Fri 12:00")
    assert not story.of("clock.breached", "resolve")
    late = Story().opened("Mon 08:00")
    late.do("Mon 14:00:01", "resolve")
    assert late.of("clock.breached", "resolve")


def test_reminders_once_with_their_true_times_and_only_the_highest_sent() -> None:
    story = Story().opened("Mon 08:00")
    story.sweep("Tue 09:00")
    told = {(f.detail["kind"], f.detail["step"]): (f.occurred_at, f.detail["send"]) for f in story.of("clock.reminded")}
    assert told["resolve", 50] == (at("Mon 10:00"), False)
    assert told["resolve", 80] == (at("Mon 11:12"), True)
    assert told["overall", 100] == (at("Mon 12:00"), False)
    assert told["overall", 150] == (at("Mon 16:00"), False)
    assert told["overall", 200] == (at("Mon 18:00"), True)
    assert len(story.of("clock.reminded")) == len(
        {(f.detail["clock"], f.detail["step"]) for f in story.of("clock.reminded")}
    )


def test_reminders_follow_the_extended_span_and_never_fire_twice() -> None:
    story = Story().opened("Mon 08:00")
    story.sweep("Mon 10:30")
    story.do("Mon 11:00", "ask_extend")
    story.do("Mon 11:10", "grant_extend")
    story.sweep("Tue 18:00")
    told = {f.detail["step"]: f.occurred_at for f in story.of("clock.reminded", "resolve")}
    assert told == {50: at("Mon 10:00"), 80: at("Mon 16:24")}


def test_the_sweep_is_told_when_to_come_back() -> None:
    story = Story().opened("Mon 08:00")
    story.do("Mon 08:10", "arrive")
    assert story.ticket is not None
    assert next_step_at(story.state, story.ticket.clocks, story.terms) == at("Mon 10:00")
    story.sweep("Mon 10:00")
    assert next_step_at(story.state, story.ticket.clocks, story.terms) == at("Mon 11:12")
    story.do("Mon 11:20", "resolve")
    story.do("Mon 11:30", "verify")
    assert next_step_at(story.state, story.ticket.clocks, story.terms) is None


# Work without signal ----------------------------------------------------------------------------------------------------


def test_late_sent_work_lifts_the_breach() -> None:
    story = Story().opened("Mon 08:00")
    story.sweep("Mon 12:30")
    assert story.of("clock.breached", "resolve")
    story.do("Mon 15:30", "resolve", captured="Mon 11:50")
    assert story.clock("resolve").stopped_at == at("Mon 11:50")
    assert {f.detail["why"] for f in story.of("clock.breach_lifted")} == {"late_stop"}
    assert not story.clock("resolve").breached
    assert story.clock("verify").started_at == at("Mon 15:30"), "nobody could know before"


def test_the_credit_for_late_sending_is_capped_unless_a_supervisor_accepts_more() -> None:
    story = Story().opened("Mon 08:00")
    story.do("Mon 17:00", "resolve", captured="Mon 11:50")
    assert story.clock("resolve").stopped_at == at("Mon 15:00"), "two working hours before it was received"
    assert story.clock("resolve").breached
    operation = next(iter(story.state.late_work))
    with pytest.raises(Forbidden):
        story.do("Mon 17:10", "accept_late", SHIFT_LEADER)
    story.do("Mon 17:30", "accept_late", operation_id=operation)
    assert story.clock("resolve").stopped_at == at("Mon 11:50")
    assert not story.clock("resolve").breached


def test_accepted_late_work_counts_in_a_rework_too() -> None:
    story = Story().opened("Mon 08:00")
    story.do("Mon 17:00", "resolve", captured="Mon 11:50")
    operation = next(iter(story.state.late_work))
    story.do("Mon 17:30", "rework")
    story.do("Mon 17:31", "accept_late", operation_id=operation)
    assert due(story) == at("Mon 17:40"), "ten minutes were left at 11:50"


@pytest.mark.parametrize(
    ("captured", "expected"),
    [("Mon 07:00", "Mon 08:00"), ("Mon 10:30", "Mon 10:00")],
    ids=["before the clock began", "after it was received"],
)
def test_counted_time_lies_inside_the_clock(captured: str, expected: str) -> None:
    story = Story().opened("Mon 08:00")
    story.do("Mon 10:00" if captured > "Mon 08:00" else "Mon 09:30", "resolve", captured=captured)
    assert story.clock("resolve").stopped_at == at(expected)


def test_work_from_beyond_the_late_limit_counts_as_received() -> None:
    story = Story(terms=with_limit(days(9))).opened("Mon 08:00")
    story.do("Fri 10:00", "resolve", captured="Tue 09:59")
    assert story.clock("resolve").stopped_at == at("Fri 10:00")
    assert story.of("ticket.resolved")[0].detail["counted_why"] == "too_late"


def test_a_request_asked_in_time_without_signal_lifts_the_breach_when_granted() -> None:
    story = Story().opened("Mon 08:00")
    story.sweep("Mon 12:30")
    story.do("Mon 14:30", "ask_extend", captured="Mon 11:30")
    assert story.clock("resolve").breached, "until somebody decides, what was recorded stands"
    story.do("Mon 15:00", "grant_extend")
    assert due(story) == at("Mon 18:00")
    assert not story.clock("resolve").breached
    assert story.of("clock.breach_lifted", "resolve")[0].detail["why"] == "extend"


def test_after_due_nothing_can_be_extended() -> None:
    story = Story().opened("Mon 08:00")
    with pytest.raises(Refusal, match=r"extend\.after_due"):
        story.do("Mon 14:30", "ask_extend")


def test_an_extension_does_not_revive_what_was_due_before_the_asking() -> None:
    """The second unit asks in its own time; the whole had run over before."""
    story = Story().opened("Mon 08:00")
    story.do("Mon 11:00", "assign", unit_id=PROPERTY, unit_kind="estate")
    story.do("Mon 14:30", "ask_extend")
    story.do("Mon 14:40", "grant_extend")
    assert due(story) == at("Tue 11:00")
    assert due(story, "overall") == at("Mon 12:00")
    assert story.clock("overall").breached


def test_the_decision_may_come_after_the_work() -> None:
    """The unit asked in time and worked on; a slow approval must not cost it the limit."""
    story = Story().opened("Mon 08:00")
    story.do("Mon 11:30", "ask_extend")
    story.do("Mon 15:00", "resolve")
    story.do("Mon 15:30", "verify")
    assert not story.of("clock.breached", "resolve")
    story.do("Mon 15:40", "grant_extend")
    assert due(story) == at("Mon 18:00")
    assert not story.of("clock.breached", "resolve")
    other = Story().opened("Mon 08:00")
    other.do("Mon 11:30", "ask_extend")
    other.do("Mon 15:00", "resolve")
    other.do("Mon 15:40", "refuse_extend")
    assert other.of("clock.breached", "resolve")[0].occurred_at == at("Mon 12:00")


# Corrections, cancelling, suspensions, calendars -----------------------------------------------------------------------


def test_a_correction_counts_from_the_same_start_and_keeps_the_old_due() -> None:
    story = Story().opened("Mon 08:00")
    story.do("Mon 09:00", "correct", condition_id="short", grid_id=None)
    assert due(story) == due(story, "overall") == at("Mon 10:00")
    assert [past.due_at for past in story.clock("resolve").past_dues] == [at("Mon 12:00")]
    assert story.clock("resolve").first_due_at == at("Mon 12:00")
    assert story.clock("acknowledge").void_why == "correct"
    story.do("Mon 09:10", "correct", condition_id="litter", grid_id=None)
    assert story.clock("acknowledge").due_at == at("Mon 09:00")
    assert due(story) == at("Mon 12:00")


def test_a_correction_moves_a_breach_that_was_none() -> None:
    story = Story(condition_id="short").opened("Mon 08:00")
    story.sweep("Mon 11:00")
    assert story.of("clock.breached", "resolve")
    story.do("Mon 11:10", "correct", condition_id="litter", grid_id=None)
    assert story.of("clock.breach_lifted", "resolve")[0].detail["why"] == "correct"
    story.sweep("Mon 15:00")
    assert story.clock("resolve").breached_at == at("Mon 12:00")


def test_cancelled_clocks_are_void_but_a_breach_stays_in_the_figures() -> None:
    story = Story().opened("Mon 08:00")
    story.do("Mon 08:30", "acknowledge")
    story.do("Mon 11:00", "cancel")
    assert story.clock("acknowledge").voided_at is None
    assert story.clock("resolve").void_why == "cancel"
    late = Story().opened("Mon 08:00")
    late.do("Mon 15:00", "cancel")
    assert late.clock("resolve").breached
    assert late.clock("resolve").stopped_at == at("Mon 15:00")


def test_a_suspension_pauses_the_work_outside_and_nothing_inside() -> None:
    story = Story().opened("Mon 08:00")
    story.do("Mon 09:00", "suspend", **{"from": at("Mon 08:30").isoformat(), "to": at("Mon 10:30").isoformat()})
    assert due(story) == due(story, "overall") == at("Mon 16:00")
    story.do("Mon 09:30", "change_suspension", to=at("Mon 09:30").isoformat())
    assert due(story) == at("Mon 15:00")
    story.do("Mon 09:40", "suspend", **{"from": at("Tue 08:00").isoformat(), "to": at("Tue 12:00").isoformat()})
    story.do("Mon 10:00", "resolve")
    assert due(story, "verify") == at("Mon 16:00")


def test_a_suspension_told_afterwards_lifts_the_breach() -> None:
    story = Story().opened("Mon 08:00")
    story.do("Mon 14:30", "resolve")
    story.do("Mon 15:00", "verify")
    assert story.clock("resolve").breached
    story.do("Mon 17:00", "suspend", **{"from": at("Mon 09:00").isoformat(), "to": at("Mon 11:00").isoformat()})
    assert not story.clock("resolve").breached
    assert story.of("clock.breach_lifted", "resolve")[0].detail["why"] == "suspension"


def test_a_new_calendar_moves_running_clocks_only_and_names_both_versions() -> None:
    story = Story().opened("Mon 08:00")
    story.do("Mon 08:30", "acknowledge")
    off = {date(2026, 3, 2): SpecialDay((Shift(480, 600),), "停电")}
    story.terms = terms(None, calendar("city", 2, off))
    story.sweep("Mon 09:00")
    (moved,) = story.of("clock.rescheduled")
    assert (moved.detail["from_version"], moved.detail["to_version"]) == (1, 2)
    assert "acknowledge-1-1" not in moved.detail["clocks"]
    assert due(story) == at("Tue 10:00")
    assert story.ticket is not None
    assert replay(story.facts, story.terms) == story.ticket.clocks


def test_due_in_a_year_without_calendar_is_provisional() -> None:
    story = Story(terms=terms(years=frozenset({2025}))).opened("Mon 08:00")
    assert story.clock("resolve").provisional


# Appeals, closing, rounds ------------------------------------------------------------------------------------------------


def late_and_closed() -> Story:
    story = Story().opened("Mon 08:00")
    story.do("Mon 15:00", "resolve")
    story.do("Mon 16:00", "verify")
    return story


def test_an_appeal_has_two_levels_and_leaves_the_raw_fact() -> None:
    story = late_and_closed()
    story.do("Tue 09:00", "appeal")
    story.do("Tue 10:00", "refuse_appeal")
    story.do("Tue 11:00", "appeal")
    with pytest.raises(Forbidden, match=r"appeal\.same_person"):
        story.do("Tue 11:30", "exempt")
    story.do("Tue 11:40", "exempt", SECOND_SUPERVISOR)
    clock = story.clock("resolve")
    assert clock.exempt
    assert clock.breached_at == at("Mon 12:00")
    again = late_and_closed()
    for day in ("Tue", "Wed"):
        again.do(f"{day} 09:00", "appeal")
        again.do(f"{day} 10:00", "refuse_appeal", SUPERVISOR if day == "Tue" else SECOND_SUPERVISOR)
    with pytest.raises(Refusal, match=r"appeal\.heard"):
        again.do("Thu 09:00", "appeal")


def test_the_desk_notes_the_appeal_of_a_unit_that_never_signs_in_and_does_not_grant_it() -> None:
    both = person("赵值班", Role.dispatcher, Role.supervisor)
    story = late_and_closed()
    with pytest.raises(Forbidden, match=r"appeal\.not_your_clock"):
        story.do("Tue 09:00", "appeal", PORTER)
    with pytest.raises(Malformed, match=r"body\.missing"):
        story.do("Tue 09:00", "appeal", both)
    with pytest.raises(Malformed, match=r"body\.needs_one_of"):
        story.do("Tue 09:00", "appeal", both, taken_by="老李")
    story.do("Tue 09:00", "appeal", both, taken_by="老李", call="08:50 老李说那天停电")
    asked = story.of("request.asked")[0].detail
    assert (asked["on_behalf"], asked["unit_id"]) == (True, str(SANITATION))
    assert "exempt" not in [one.intent for one in allowed(story.state, both)]
    with pytest.raises(Forbidden, match=r"request\.own"):
        story.do("Tue 10:00", "exempt", both)
    story.do("Tue 10:00", "exempt")
    assert story.clock("resolve").exempt


def test_a_reopened_ticket_has_new_clocks_and_the_old_readings() -> None:
    story = late_and_closed()
    story.do("Tue 09:00", "ask_reopen")
    story.do("Tue 09:30", "reopen")
    assert story.clock("dispatch").key == "dispatch-2-1"
    story.do("Tue 09:40", "assign")
    assert story.clock("resolve").started_at == story.clock("overall").started_at == at("Tue 09:40")
    assert story.ticket is not None
    first = story.ticket.clocks.get("resolve-1-1")
    assert first is not None
    assert first.final


def test_a_merged_ticket_comes_back_as_it_was() -> None:
    story = Story().opened("Mon 08:00")
    story.do("Mon 09:00", "merge")
    assert story.clock("resolve").void_why == "merge"
    story.do("Mon 10:00", "unmerge")
    assert story.status is Status.ASSIGNED
    assert due(story) == at("Mon 15:00")
    assert due(story, "overall") == at("Mon 12:00"), "a merge does not move the whole"


def test_closings_that_are_not_verified_stop_what_ran() -> None:
    story = Story(condition_id="desk").opened("Mon 08:00")
    story.do("Mon 08:10", "acknowledge")
    story.do("Mon 09:00", "close_informed")
    assert story.state.closing == "informed"
    assert story.clock("resolve").stopped_at == at("Mon 09:00")
    waiting = Story().opened("Mon 08:00")
    waiting.do("Mon 09:00", "resolve")
    with pytest.raises(Refusal, match=r"close\.too_early"):
        waiting.do("Thu 17:59", "close_unverified")
    waiting.do("Thu 18:00", "close_unverified")
    assert waiting.clock("resolve").stopped_at == at("Mon 09:00")
    assert waiting.state.closing == "unverified"
    assert waiting.clock("verify").breached


# Ledger ------------------------------------------------------------------------------------------------------------------


def test_the_ledger_explains_every_stretch() -> None:
    story = Story().opened("Mon 09:00")
    story.do("Mon 10:00", "ask_extend")
    story.do("Mon 10:10", "grant_extend")
    paused(story, "Mon 11:30", "Wed 08:30")
    story.sweep("Wed 08:30")
    story.do("Wed 15:00", "resolve")
    story.do("Wed 16:00", "verify")
    book = ledger(story.clock("resolve"), story.terms, at("Fri 12:00"))
    assert [(line.start, line.end, line.counted, line.why) for line in book.lines] == [
        (at("Mon 09:00"), at("Mon 11:30"), True, "working"),
        (at("Mon 11:30"), at("Wed 08:30"), False, Why.DEFER),
        (at("Wed 08:30"), at("Wed 12:00"), True, "working"),
        (at("Wed 12:00"), at("Wed 14:00"), False, "off_hours"),
        (at("Wed 14:00"), at("Wed 15:00"), True, "working"),
    ]
    assert book.counted == 7 * HOUR
    assert book.span == 8 * HOUR
    assert book.left == HOUR
    assert book.lines[1].by == SHIFT_LEADER.person_id
    assert [change.why for change in book.changes] == ["extend", "defer"]
    assert book.changes[-1].to_due == at("Wed 16:00")


def test_the_ledger_shows_what_ran_over() -> None:
    story = Story().opened("Mon 08:00")
    story.do("Mon 15:00", "resolve")
    book = ledger(story.clock("resolve"), story.terms, at("Fri 12:00"))
    assert book.counted == 5 * HOUR
    assert [line.over for line in book.lines if line.counted] == [False, True]
    assert book.basis is None, "a limit without basis is a reference"


def test_replay_finds_what_was_changed() -> None:
    story = late_and_closed()
    assert story.ticket is not None
    again = replay(story.facts, story.terms)
    assert not differences(story.ticket.clocks, again)
    tampered = story.ticket.clocks.change(lambda c: c.key == "resolve-1-1", lambda c: story.clock("overall"))
    assert differences(tampered, again) == ("resolve-1-1",)
